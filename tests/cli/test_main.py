"""The commands as a shell sees them: options, help, exit codes, no tracebacks."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from harness import __version__
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


@pytest.mark.parametrize("seed", ["x", "-1", "1.5"])
def test_a_seed_that_is_none_is_told_in_words(seed: str) -> None:
    told = CliRunner().invoke(main.program, ["run", "x.yaml", "--seed", seed]).stderr
    assert f"Invalid value for '--seed': '{seed}' is not a whole number from 0\n" in told


def test_the_program_plays_and_leaves_with_the_code_of_the_verdict(tmp_path: Path) -> None:
    scenario(tmp_path / "scenarios", ANSWERED)
    assert shell("run", "scenarios", folder=tmp_path).returncode == 0
    scenario(tmp_path / "scenarios", MISTAKEN, "two.yaml")
    told = shell("run", "scenarios", folder=tmp_path)
    assert told.returncode == 2
    assert told.stderr == ""


def patched(change: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """`siptransfer lint x.yaml` in a process of its own, in which `lint_command` does something else."""
    program = f"""
import os, signal, sys
from harness.cli import author, main
def lint_command(_paths):
    {change}
author.lint_command = lint_command
sys.argv = ["siptransfer", "lint", "x.yaml"]
main.main()
"""
    return subprocess.run(
        [sys.executable, "-P", "-c", program],
        cwd=folder, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, timeout=60,
        env={**os.environ, **environment},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("change", "code", "said"),
    [
        ("from harness.base.errors import BrokenEnvironment as B; raise B('taken', do='Move.')", 3, "taken"),
        ("os.kill(os.getpid(), signal.SIGINT); signal.pause()", 1, "siptransfer: interrupted"),
        ("os.kill(os.getpid(), signal.SIGTERM); signal.pause()", 1, "siptransfer: interrupted"),
        ("raise ZeroDivisionError('oops')", 3, "a bug of this program: ZeroDivisionError: oops"),
        ("raise BrokenPipeError", 3, ""),
        ("sys.exit(1)", 1, ""),
        ("pass", 0, ""),
    ],
)
def test_no_exception_reaches_a_user_as_a_traceback(
    change: str, code: int, said: str, tmp_path: Path
) -> None:
    told = patched(change, tmp_path)
    assert told.returncode == code
    assert said in told.stderr
    assert "Traceback" not in told.stderr and "Aborted" not in told.stderr


def test_a_bug_shows_its_traceback_when_asked(tmp_path: Path) -> None:
    assert "Traceback" in patched("raise ZeroDivisionError", tmp_path, SIPTRANSFER_DEBUG="1").stderr


def test_a_reader_who_leaves_a_pipe_gets_no_complaint(tmp_path: Path) -> None:
    scenario(tmp_path / "scenarios", ANSWERED)
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "harness", "show", "scenarios"],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert process.stdout is not None and process.stderr is not None
    process.stdout.close()
    with process.stderr as stream:
        assert stream.read() == b""
    assert process.wait(60) == 3


@pytest.mark.parametrize(("arguments", "code"), [([], 2), (["fly"], 2), (["run"], 2), (["--help"], 0)])
def test_the_program_itself_keeps_the_codes_of_usage(arguments: list[str], code: int, tmp_path: Path) -> None:
    told = shell(*arguments, folder=tmp_path)
    assert told.returncode == code
    assert "siptransfer" in told.stdout + told.stderr
    assert "Traceback" not in told.stderr


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


def bash(command: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-c", command.replace("siptransfer", f"{sys.executable} -P -m harness", 1)],
        cwd=folder, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, timeout=60,
        env={**os.environ, **environment},
    )  # fmt: skip


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize(
    ("command", "code", "said"),
    [
        ("siptransfer run scenarios --json - > /dev/full", 2, "No space left on device"),
        ("siptransfer run scenarios > /dev/full", 3, "No space left on device"),
        ("siptransfer lint scenarios > /dev/full", 3, "No space left on device"),
        ("siptransfer run scenarios --json - >&-", 3, "standard output is closed"),
    ],
)
def test_an_output_that_takes_nothing_is_a_broken_environment_not_a_bug(
    command: str, code: int, said: str, tmp_path: Path
) -> None:
    scenario(tmp_path / "scenarios", MISTAKEN)
    told = bash(command, tmp_path)
    assert told.returncode == code
    assert said in told.stderr
    assert "bug" not in told.stderr


def test_who_wants_no_output_still_gets_the_exit_code(tmp_path: Path) -> None:
    scenario(tmp_path / "scenarios")
    for command in ("siptransfer run scenarios >&-", "siptransfer lint scenarios >&- 2>&-"):
        told = bash(command, tmp_path)
        assert (told.returncode, told.stderr) == (0, "")


def test_a_reader_who_leaves_does_not_change_the_code_of_lint(tmp_path: Path) -> None:
    for number in range(300):
        scenario(tmp_path / "scenarios", MISTAKEN, f"{number}.yaml")
    told = bash("siptransfer lint scenarios | head -1; exit ${PIPESTATUS[0]}", tmp_path)
    assert (told.returncode, told.stderr) == (2, "300 files, 600 mistakes in 300 of them\n")


def test_an_encoding_without_a_character_prints_another(tmp_path: Path) -> None:
    text = ANSWERED.replace("Cold", "Kälte") + "  outcome: failed\n"
    scenario(tmp_path / "scenarios", text)
    told = bash("siptransfer run scenarios", tmp_path, PYTHONIOENCODING="ascii")
    assert (told.returncode, told.stderr) == (1, "")
    assert told.stdout.isascii()
    scenario(tmp_path / "scenarios", MISTAKEN.replace("lukewarm", "lüke"))
    assert bash("siptransfer lint scenarios", tmp_path, PYTHONIOENCODING="ascii").returncode == 2


@pytest.mark.parametrize("command", ["show", "lint", "run", "judge"])
def test_an_error_commands_no_ci_server(command: str, tmp_path: Path) -> None:
    told = shell(command, "##[add-mask]a.yaml", folder=tmp_path)
    assert "## [add-mask]a.yaml" in told.stdout + told.stderr
    assert "##[" not in told.stdout + told.stderr
