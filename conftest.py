"""pytest at the root of the checkout: makes `pytest scenarios/` work without an installation.

Holds two guards for CI: tests meant for the installed wheel must not see the checkout, and tests
with real SIP systems must not be skipped where they are required.
"""

import os
import sys
from collections.abc import Generator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent

if str(ROOT) not in sys.path:
    # Last, not first: `tests` is found here, while `harness` is the installed one where there is one.
    sys.path.append(str(ROOT))

pytest_plugins = ["harness.pytest_plugin"]


def pytest_configure() -> None:
    """Refuse to test the checkout when the installed wheel was meant (set by tox.ini)."""
    import harness  # noqa: PLC0415 - only after the path is settled

    origin = Path(harness.__file__).resolve()
    if os.environ.get("SIPTRANSFER_INSTALLED") == "1" and origin.is_relative_to(ROOT / "harness"):
        pytest.exit(f"the installed wheel was to be tested, but harness comes from {origin}", returncode=3)


def _required(path: Path) -> bool:
    """Whether a skip there is a failure: they were promised (`.ci/run` sets the variable)."""
    return os.environ.get("SIPTRANSFER_REQUIRE_REAL") == "1" and (
        "real" in path.parts or path.name == "test_browsing.py"
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.skipped and _required(item.path) and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped although real systems are required: {report.longrepr}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    if report.skipped and _required(collector.path):
        report.outcome = "failed"
        report.longrepr = f"skipped although real systems are required: {report.longrepr}"
    return report
