"""Many virtual items: the bytes of one process, in order; nothing stays behind, whoever dies."""

import multiprocessing
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from harness.results.json_text import to_json
from harness.suite import run
from harness.suite.ahead import ahead, processors
from harness.suite.collect import collect
from harness.suite.events import RunFinished
from harness.suite.play import Settings
from harness.trace.store import dumps
from tests.suite.places import BUSY_AND_WRONG, MISTAKEN, PACKAGE_AT, scenario

MANY = """\
scenario: Every cause of failure
transfer: cold
human: {rejects: $code}
parameters: {code: [%s]}
expect: {outcome: failed}
"""

needs_processes = pytest.mark.skipif(processors() < 2, reason="one processor: nothing is played ahead")


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def finished(settings: Settings) -> list[RunFinished]:
    events = run.run_all(collect(["scenarios"]), settings)
    return [event for event in events if isinstance(event, RunFinished)]


def test_results_come_in_the_order_of_their_places() -> None:
    with ahead(lambda place: place * place, 103, 2) as made:
        assert list(made) == [place * place for place in range(103)]


def test_what_was_raised_is_raised_at_its_place() -> None:
    def work(place: int) -> int:
        return 1 // (2 - place)

    with pytest.raises(ZeroDivisionError), ahead(work, 5, 2) as made:
        list(made)


def test_leaving_early_does_not_play_the_rest(tmp_path: Path) -> None:
    def work(place: int) -> int:
        (tmp_path / str(place)).touch()
        return place

    with ahead(work, 2000, 2) as made:
        assert next(made) == 0
    assert len(list(tmp_path.iterdir())) < 1000


@needs_processes
def test_the_bytes_are_those_of_one_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    codes = ", ".join(str(code) for code in range(480, 480 + 60) if code not in (401, 407))
    scenario(tmp_path / "scenarios", MANY % codes, "a.yaml")
    scenario(tmp_path / "scenarios", MISTAKEN, "b.yaml")
    scenario(tmp_path / "scenarios", BUSY_AND_WRONG, "c.yaml")
    several = finished(Settings(seed=3, keep_in="several"))
    monkeypatch.setattr(run, "WORTH_IT", 1000)
    one = finished(Settings(seed=3, keep_in="one"))
    assert to_json(run.results([each.run for each in several], 3)) == to_json(
        run.results([each.run for each in one], 3)
    )
    assert [(each.number, each.total, each.source) for each in several] == [
        (each.number, each.total, each.source) for each in one
    ]
    for left, right in zip(several, one, strict=True):
        assert (left.trace is None) == (right.trace is None)
        if left.trace is not None and right.trace is not None:
            assert dumps(left.trace) == dumps(right.trace)
    assert {path.name: path.read_bytes() for path in Path("several").iterdir()} == {
        path.name: path.read_bytes() for path in Path("one").iterdir()
    }


@needs_processes
def test_only_the_traces_that_are_needed_travel(tmp_path: Path) -> None:
    codes = ", ".join(str(code) for code in range(480, 480 + 50))
    scenario(tmp_path / "scenarios", MANY % codes, "a.yaml")
    scenario(tmp_path / "scenarios", BUSY_AND_WRONG, "b.yaml")
    runs = finished(Settings(every_trace=False))
    assert {each.run.verdict: each.trace is not None for each in runs} == {"pass": False, "fail": True}


SLOW = """
import os, sys
from harness.suite.ahead import ahead
def work(place):
    if place == 0:
        return os.getpid()
    while True:
        pass
with ahead(work, 2, 2) as made:
    print(next(made), flush=True)
    list(made)
"""


def test_nobody_is_left_behind_when_the_parent_is_killed() -> None:
    environment = {**os.environ, "PYTHONPATH": PACKAGE_AT}
    parent = subprocess.Popen([sys.executable, "-c", SLOW], stdout=subprocess.PIPE, env=environment)
    assert parent.stdout is not None
    int(parent.stdout.readline())  # both play now: the first has ended its chunk, the second never will
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    # The processes hold the other end of the pipe: it ends when the last of them is gone.
    assert parent.stdout.read() == b""


def test_leaving_waits_for_the_processes_so_that_none_is_left() -> None:
    with ahead(lambda place: place, 500, 2) as made:
        assert next(made) == 0
    assert multiprocessing.active_children() == []
