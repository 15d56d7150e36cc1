"""The commands as a shell sees them: options, help, exit codes, no tracebacks."""

import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from harness import __version__
from harness.base.errors import BrokenEnvironment
from harness.cli import main
from tests.suite.places import ANSWERED, MISTAKEN, PACKAGE_AT, scenario


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", PACKAGE_AT)


def shell(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", "-m", "harness", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        timeout=60,
    )


@pytest.mark.parametrize("command", ["run", "judge", "show", "lint", "doctor"])
def test_every_command_teaches_with_an_example(command: str) -> None:
    told = CliRunner().invoke(main.program, [command, "--help"])
    assert told.exit_code == 0
    assert f"Example:  siptransfer {command}" in told.output


def test_help_names_the_exit_codes_and_a_first_step() -> None:
    told = CliRunner().invoke(main.program, ["--help"])
    assert "Exit codes:" in told.output
    assert "siptransfer run scenarios/cold/answered.yaml" in told.output


def test_the_version_is_that_of_the_package() -> None:
    assert CliRunner().invoke(main.program, ["--version"]).output == f"siptransfer {__version__}\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ["run"],
        ["fly"],
        ["run", "x.yaml", "--fail-on", "nothing"],
        ["run", "x.yaml", "--seed", "-1"],
        ["run", "x.yaml", "--transport", "pigeon"],
    ],
)
def test_a_wrong_command_line_is_exit_code_2(arguments: list[str]) -> None:
    assert CliRunner().invoke(main.program, arguments).exit_code == 2


def test_the_program_plays_and_leaves_with_the_code_of_the_verdict(tmp_path: Path) -> None:
    scenario(tmp_path / "scenarios", ANSWERED)
    assert shell("run", "scenarios", folder=tmp_path).returncode == 0
    scenario(tmp_path / "scenarios", MISTAKEN, "two.yaml")
    told = shell("run", "scenarios", folder=tmp_path)
    assert told.returncode == 2
    assert told.stderr == ""


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (BrokenEnvironment("the port is taken", do="Take another."), 3),
        (KeyboardInterrupt(), 3),
        (ZeroDivisionError("oops"), 3),
        (BrokenPipeError(), 3),
    ],
)
def test_no_exception_reaches_a_user_as_a_traceback(
    error: BaseException, code: int, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    @click.command()
    def failing() -> None:
        raise error

    monkeypatch.setattr(main, "program", lambda **_: failing.main([], standalone_mode=False))
    with pytest.raises(SystemExit) as left:
        main.main()
    assert left.value.code == code
    assert "Traceback" not in capfd.readouterr().err


def test_a_bug_shows_its_traceback_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(**_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(main, "program", failing)
    monkeypatch.setenv("SIPTRANSFER_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        main.main()


def test_a_virtual_run_loads_nothing_that_only_others_need(tmp_path: Path) -> None:
    scenario(tmp_path / "scenarios", ANSWERED)
    program = """
import sys
from harness.cli.main import main
sys.argv = ["siptransfer", "run", "scenarios"]
try:
    main()
finally:
    heavy = ("scapy", "pyshark", "pytest", "asyncio", "jinja2", "multiprocessing", "harness.runtime.live")
    print([name for name in heavy if name in sys.modules])
"""
    told = subprocess.run(
        [sys.executable, "-P", "-c", program],
        cwd=tmp_path, capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL, timeout=60,
    )  # fmt: skip
    assert told.stdout.splitlines()[-1] == "[]"
