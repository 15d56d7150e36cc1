"""The two guards of the root conftest.py, and that the scripts of .ci are shell."""

import os
import shutil
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


def test_a_skipped_browser_is_a_failure_there_too(
    checkout: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIPTRANSFER_REQUIRE_REAL", "1")
    (checkout.path / "tests" / "real" / "test_phone.py").unlink()
    (checkout.path / "tests" / "test_browsing.py").write_text(SKIPPED)
    checkout.runpytest_subprocess("tests").assert_outcomes(failed=1)


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


@pytest.fixture
def bare_machine(tmp_path: Path) -> Path:
    """A copy of .ci in a folder of its own, and a PATH on which next to nothing is installed."""
    shutil.copytree(ROOT / ".ci", tmp_path / ".ci")
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("sh", "dirname", "grep", "cmp", "rm", "mktemp", "tail", "mkdir"):
        (programs / name).symlink_to(shutil.which(name) or name)
    fake(programs, "id", "echo 1000")
    return tmp_path


def fake(programs: Path, name: str, body: str) -> None:
    """A program that does nothing but `body`."""
    path = programs / name
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)


def script(machine: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", *command],
        cwd=machine, env={"PATH": str(machine / "bin")}, capture_output=True, text=True, check=False,
        stdin=subprocess.DEVNULL, timeout=30,
    )  # fmt: skip


@pytest.mark.parametrize("python", ["exit 1", 'case "$2" in *ensurepip*) exit 1 ;; *) exit 0 ;; esac'])
def test_without_python_or_its_venv_module_one_sentence_names_the_line_to_type(
    python: str, bare_machine: Path
) -> None:
    fake(bare_machine / "bin", "python3", python)
    for name in (".ci/venv", ".ci/play", ".ci/test"):
        told = script(bare_machine, name)
        assert told.returncode == 3
        assert "apt-get install -y git make python3-venv" in told.stderr
        assert len(told.stderr.splitlines()) == 2


def test_who_may_not_install_is_told_the_line_to_type(bare_machine: Path) -> None:
    fake(bare_machine / "bin", "dpkg-query", "exit 1")
    told = script(bare_machine, ".ci/packages", "tshark", "sip-tester")
    assert told.returncode == 1
    assert told.stderr.endswith("apt-get install -y --no-install-recommends tshark sip-tester\n")


def test_packages_that_are_there_are_not_asked_for(bare_machine: Path) -> None:
    fake(bare_machine / "bin", "dpkg-query", "echo install ok installed")
    told = script(bare_machine, ".ci/packages", "tshark")
    assert (told.returncode, told.stdout, told.stderr) == (0, "", "")


def test_root_installs_what_is_missing_and_updates_the_list_once_when_that_fails(bare_machine: Path) -> None:
    programs = bare_machine / "bin"
    fake(programs, "id", "echo 0")
    fake(programs, "dpkg-query", "exit 1")
    log = bare_machine / "log"
    fake(programs, "apt-get", f'echo "$1" >> {log}; [ "$1" = update ] || grep -q update {log}')
    assert script(bare_machine, ".ci/packages", "tshark").returncode == 0
    assert log.read_text().split() == ["install", "update", "install"]
