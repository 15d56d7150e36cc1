"""The two guards of the root conftest.py, and that the scripts of .ci are shell."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.suite.places import PACKAGE_AT

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parent.parent
SKIPPED = """
import pytest

def test_needs_a_phone():
    pytest.skip("baresip is not installed")
"""


@pytest.fixture
def checkout(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A folder with our conftest.py and one test that skips in tests/real."""
    monkeypatch.setenv("PYTHONPATH", PACKAGE_AT)
    monkeypatch.delenv("SIPTRANSFER_INSTALLED", raising=False)
    (pytester.path / "conftest.py").write_text((ROOT / "conftest.py").read_text(encoding="utf-8"))
    folder = pytester.path / "tests" / "real"
    folder.mkdir(parents=True)
    (folder / "test_phone.py").write_text(SKIPPED)
    return pytester


def test_a_skipped_real_system_is_a_failure_where_it_is_required(
    checkout: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIPTRANSFER_REQUIRE_REAL", "1")
    done = checkout.runpytest_subprocess("tests")
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(["*skipped although real systems are required*baresip is not installed*"])


def test_a_real_module_that_skips_as_a_whole_is_a_failure_too(
    checkout: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIPTRANSFER_REQUIRE_REAL", "1")
    whole = "import pytest\npytest.skip('no sipp', allow_module_level=True)\n"
    (checkout.path / "tests" / "real" / "test_phone.py").write_text(whole)
    assert checkout.runpytest_subprocess("tests").ret != 0


def test_elsewhere_it_is_just_skipped(checkout: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SIPTRANSFER_REQUIRE_REAL", raising=False)
    checkout.runpytest_subprocess("tests").assert_outcomes(skipped=1)


def test_the_checkout_is_refused_where_the_installed_wheel_was_meant(
    checkout: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = checkout.path / "harness"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "pytest_plugin.py").touch()
    monkeypatch.setenv("PYTHONPATH", str(checkout.path))
    monkeypatch.setenv("SIPTRANSFER_INSTALLED", "1")
    done = checkout.runpytest_subprocess("-p", "no:cacheprovider", "tests")
    assert done.ret == 3
    assert "the installed wheel was to be tested" in done.stdout.str() + done.stderr.str()


@pytest.mark.parametrize("name", sorted(path.name for path in (ROOT / ".ci").iterdir()))
def test_every_script_is_executable_posix_shell(name: str) -> None:
    script = ROOT / ".ci" / name
    assert os.access(script, os.X_OK)
    assert script.read_text(encoding="utf-8").startswith("#!/bin/sh\n")
    subprocess.run(["sh", "-n", str(script)], check=True, timeout=10)
