"""Live items at the same time: the same results in the same order, sooner; and Ctrl-C ends all of them."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from time import monotonic

import pytest

from harness.base.errors import BrokenEnvironment
from harness.scenario.plan import Plan
from harness.suite import run
from harness.suite.collect import collect
from harness.suite.events import RunFinished
from harness.suite.play import Settings
from harness.suite.side_by_side import side_by_side
from harness.trace.entries import Trace
from harness.trace.store import read as read_trace
from tests.suite.places import MISTAKEN, PACKAGE_AT, scenario

BUSY = "scenario: {name}\ntransfer: cold\nhuman: {{busy: true}}\nexpect: {{outcome: {outcome}}}\n"
LONG = "scenario: Long\ntransfer: cold\nhuman: {no_answer: true}\n"


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def finished(settings: Settings) -> list[RunFinished]:
    events = run.run_all(collect(["scenarios"]), settings)
    return [event for event in events if isinstance(event, RunFinished)]


def test_results_are_those_of_one_after_the_other_in_the_order_of_the_items(tmp_path: Path) -> None:
    for name, outcome in (("a", "failed"), ("b", "connected"), ("d", "failed"), ("e", "failed")):
        scenario(tmp_path / "scenarios", BUSY.format(name=name, outcome=outcome), f"{name}.yaml")
    scenario(tmp_path / "scenarios", MISTAKEN, "c.yaml")
    before = monotonic()
    runs = finished(Settings(live=True, keep_in="kept"))
    took = monotonic() - before
    assert [each.run.id for each in runs] == [f"scenarios/{name}.yaml" for name in "abcde"]
    assert [each.run.verdict for each in runs] == ["pass", "fail", "invalid", "pass", "pass"]
    assert took < sum(each.run.seconds for each in runs) / 2
    virtual = finished(Settings())
    assert [each.run.messages for each in runs] == [each.run.messages for each in virtual]
    assert len(list((tmp_path / "kept").iterdir())) == 8


def test_what_goes_wrong_in_a_process_is_raised_where_it_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (item,) = collect([str(scenario(tmp_path))])
    assert item.plan is not None

    def broken(*_: object) -> Trace:
        raise BrokenEnvironment("the port is taken", do="Take another.")

    monkeypatch.setattr("harness.suite.side_by_side.play", broken)
    with (
        side_by_side([item.plan], Settings(live=True)) as players,
        pytest.raises(BrokenEnvironment, match="Take another"),
    ):
        players.trace_of(0)


def test_after_the_end_no_other_plan_begins(tmp_path: Path) -> None:
    for number in range(12):
        scenario(tmp_path / "scenarios", LONG, f"{number:02}.yaml")
    plans: list[Plan] = [item.plan for item in collect(["scenarios"]) if item.plan is not None]
    settings = Settings(live=True)
    begun = monotonic()
    with side_by_side(plans, settings) as players:
        assert not players.trace_of(0, lambda: monotonic() > begun + 3).header.complete
        assert players.never_began(len(plans) - 1)


@pytest.mark.parametrize("folder", ["kept", None])
def test_an_interruption_releases_all_calls_and_keeps_all_traces(folder: str | None, tmp_path: Path) -> None:
    for name in ("a.yaml", "b.yaml"):
        scenario(tmp_path / "scenarios", LONG, name)
    keep = [] if folder is None else ["--pcap", folder]
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "harness", "run", "scenarios", "--live", "--json", "o.json", *keep],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": PACKAGE_AT}, start_new_session=True,
    )  # fmt: skip
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(5)  # long enough for the REFER, far too short for the end
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does it: every process of the group
    output, _ = process.communicate(timeout=30)
    assert b"Traceback" not in output
    assert process.returncode == 1
    told = json.loads((tmp_path / "o.json").read_text(encoding="utf-8"))
    assert [entry["verdict"] for entry in told["runs"]] == ["inconclusive", "inconclusive"]
    for name in ("a", "b"):
        where = f"interrupted-{name}.trace.jsonl" if folder is None else f"{folder}/{name}.trace.jsonl"
        trace = read_trace(tmp_path / where)
        assert trace.header.stopped_ns is not None
        after = [entry for entry in trace.messages() if entry.at_ns > trace.header.stopped_ns]
        assert {entry.message.method for entry in after if entry.message.is_request} >= {"BYE", "CANCEL"}
