"""Ctrl-C and SIGTERM: a question or an exception, and what the whole program makes of them."""

import json
import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from harness.cli.interruption import SIGNALS, interruption
from tests.suite.places import ANSWERED, PACKAGE_AT, scenario


@pytest.mark.parametrize("number", SIGNALS)
def test_the_first_signal_is_a_question_and_the_second_an_exception(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with interruption() as heard:
        assert not heard.asked()
        os.kill(os.getpid(), number)
        assert heard.asked()
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), number)
    assert signal.getsignal(number) is before


def test_while_nothing_is_lost_the_first_is_an_exception() -> None:
    with interruption() as heard:
        heard.at_once = True
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGTERM)
        assert heard.asked()


def test_a_signal_that_is_ignored_stays_so() -> None:
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        with interruption() as heard:
            os.kill(os.getpid(), signal.SIGTERM)
            assert not heard.asked()
    finally:
        signal.signal(signal.SIGTERM, before)


def test_outside_the_main_thread_nobody_is_asked() -> None:
    answers = []

    def ask() -> None:
        with interruption() as heard:
            answers.append(heard.asked())

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    assert answers == [False]


def begun(folder: Path, *more: str) -> subprocess.Popen[str]:
    for number in range(300):
        scenario(folder / "scenarios", ANSWERED, f"{number:03}.yaml")
    return subprocess.Popen(
        [sys.executable, "-P", *(more or ("-m", "harness")), "run", "scenarios", "--json", "out.json",
         "--junit", "out.xml"],
        cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True,
        env={**os.environ, "PYTHONPATH": PACKAGE_AT}, start_new_session=True,
    )  # fmt: skip


def nobody_left(group: int) -> bool:
    """Whether a process group is empty, soon."""
    for _ in range(100):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        threading.Event().wait(0.05)
    return False


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("whole_group", [False, True])
@pytest.mark.parametrize("after", [0.15, 0.3, 1.2])
def test_whenever_it_comes_the_code_is_1_and_nobody_is_left_behind(
    after: float, whole_group: bool, number: signal.Signals, tmp_path: Path
) -> None:
    process = begun(tmp_path)
    with suppress(subprocess.TimeoutExpired):
        process.wait(after)
    (os.killpg if whole_group else os.kill)(process.pid, number)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 1, output
    assert "interrupted" in output and "Traceback" not in output
    assert nobody_left(process.pid)
    if (tmp_path / "out.json").exists():
        assert len(json.loads((tmp_path / "out.json").read_text())["runs"]) in (1, 300)


LATE = """
import os, signal, sys
from harness.report import files
whole = files.Files.write
def write(*given):
    os.kill(os.getpid(), signal.SIGINT)
    return whole(*given)
files.Files.write = write
from harness.cli.main import main
main()
"""


def test_an_interruption_after_the_last_run_leaves_all_reports(tmp_path: Path) -> None:
    process = begun(tmp_path, "-c", LATE)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 1, output
    assert "interrupted; everything was played" in output
    assert json.loads((tmp_path / "out.json").read_text())["verdict"] == "pass"
    assert (tmp_path / "out.xml").exists()
