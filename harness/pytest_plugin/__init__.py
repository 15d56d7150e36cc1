"""`pytest scenarios/`: every scenario is a pytest item, alone and with `-n auto`.

Imported at the start of every pytest run on the machine, so it imports nothing of the harness until
it meets a scenario file or an option of ours. Holds the hooks only. Must not live here: playing (`suite`),
explanations (`report/failure.py`), items (`items.py`), options (`options.py`), reports (`reporting.py`).
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from harness.pytest_plugin.fixture import Siptransfer
    from harness.pytest_plugin.items import ScenarioFile
    from harness.pytest_plugin.reporting import Reporting

MARKERS = (
    "siptransfer: a call transfer scenario (every item of a scenario file)",
    "cold: a scenario of a cold transfer (RFC 5589: basic transfer)",
    "warm: a scenario of a warm transfer (RFC 5589: attended transfer)",
    "attended: a scenario of an attended transfer (RFC 5589: three-way)",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    from harness.pytest_plugin.options import add_options

    add_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Refuse wrong values before anything is collected; a project without scenarios pays for nothing."""
    from harness.pytest_plugin.options import any_given

    for line in MARKERS:
        config.addinivalue_line("markers", line)
    hooks = _Hooks(config)
    config.pluginmanager.register(hooks, "siptransfer-hooks")
    if any_given(config):
        hooks.begin()


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> ScenarioFile | None:
    if file_path.suffix.lower() not in (".yaml", ".yml"):
        return None
    from harness.suite.collect import is_scenario

    if not is_scenario(file_path):
        return None
    from harness.pytest_plugin.items import ScenarioFile

    made: ScenarioFile = ScenarioFile.from_parent(parent, path=file_path)
    return made


@pytest.fixture
def siptransfer(request: pytest.FixtureRequest) -> Siptransfer:
    """Play scenarios inside a Python test: `run = siptransfer.run("scenarios/cold/busy.yaml")`."""
    from harness.pytest_plugin.fixture import Siptransfer

    return Siptransfer(request.node)


class _Hooks:
    """Hooks that need to know the session. They do nothing until there is a scenario or an option of ours."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.reporting: Reporting | None = None

    def begin(self) -> Reporting:
        """From here on there is something to report. Raises pytest.UsageError for a wrong option."""
        if self.reporting is None:
            from harness.pytest_plugin.reporting import Reporting

            self.reporting = Reporting(self.config)
        return self.reporting

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """What is to be played: whoever reads the results must see what was left out."""
        items = [item for item in session.items if type(item).__name__ == "ScenarioItem"]
        if (items or self.reporting is not None) and not self.config.option.collectonly:
            self.begin().planned(items)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Tie what a scenario brought to the report that pytest sends to its controller."""
        report = yield
        if self.reporting is not None and report.when == "call":
            self.reporting.made(item, report)
        return report

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A report arrives, perhaps from a worker; in the worker itself it only passes by."""
        if hasattr(self.config, "workerinput"):
            return
        if hasattr(report, "siptransfer"):
            self.begin().arrived(report)
        elif report.skipped and self.reporting is not None:
            self.reporting.skipped(str(report.nodeid))

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: Sequence[str]) -> None:
        """A worker of xdist has collected. All the controller knows if it is interrupted before the end."""
        if self.reporting is not None:
            self.reporting.named_elsewhere(ids)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """A worker of xdist has ended and tells what it had planned."""
        plan = getattr(node, "workeroutput", {}).get("siptransfer")
        if plan and self.reporting is not None:
            self.reporting.planned_elsewhere(plan)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write the reports."""
        if self.reporting is not None and not self.config.option.collectonly:
            self.reporting.finish(session)

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """The verdict, files written, and what changed."""
        if self.reporting is not None:
            self.reporting.summary(terminalreporter.write_line)
