"""Items played and judged: entries, events, kept files, and whose fault it is when nothing comes of it."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from harness.base.errors import BrokenEnvironment
from harness.capture.reader import read as read_capture
from harness.results.json_text import to_json
from harness.results.make import Subject
from harness.results.model import RunEntry
from harness.results.verdict import Policy
from harness.scenario.plan import Plan
from harness.suite import run
from harness.suite.collect import Item, collect
from harness.suite.events import RunFinished, RunStarted
from harness.suite.play import Settings, play
from harness.trace.entries import Trace
from harness.trace.store import read as read_trace
from tests.ladders import cold_transfer
from tests.suite.places import ANSWERED, BUSY_AND_WRONG, MISTAKEN, UNDECIDED, scenario


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def entries(settings: Settings | None = None) -> list[RunEntry]:
    events = run.run_all(collect(["scenarios"]), settings or Settings())
    return [event.run for event in events if isinstance(event, RunFinished)]


@pytest.mark.parametrize(
    ("text", "verdict"),
    [(ANSWERED, "pass"), (BUSY_AND_WRONG, "fail"), (MISTAKEN, "invalid"), (UNDECIDED, "inconclusive")],
)
def test_each_kind_of_scenario_gets_its_verdict(text: str, verdict: str, tmp_path: Path) -> None:
    scenario(tmp_path / "scenarios", text)
    (entry,) = entries()
    assert entry.verdict == verdict


def test_events_come_in_pairs_and_count(tmp_path: Path) -> None:
    for name in ("a.yaml", "b.yaml"):
        scenario(tmp_path / "scenarios", name=name)
    events = list(run.run_all(collect(["scenarios"]), Settings()))
    assert [type(event) for event in events] == [RunStarted, RunFinished] * 2
    assert [(event.number, event.total) for event in events] == [(1, 2), (1, 2), (2, 2), (2, 2)]


def test_trace_and_capture_are_kept_under_stable_names_and_read_back(tmp_path: Path) -> None:
    scenario(tmp_path / "scenarios", name="answered.yaml")
    (entry,) = entries(Settings(keep_in="kept/here"))
    assert (entry.trace, entry.capture) == ("answered.trace.jsonl", "answered.pcapng")
    trace = read_trace(tmp_path / "kept/here/answered.trace.jsonl")
    capture = read_capture(tmp_path / "kept/here/answered.pcapng")
    assert [each.raw for each in trace.messages()] == [each.raw for each in capture.messages()]
    assert len(trace.messages()) == entry.messages


def test_a_folder_that_cannot_be_made_is_a_broken_environment(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(BrokenEnvironment, match="cannot be made"):
        run.make_folder("file/below")


def items(*ids: str) -> list[Item]:
    return [Item(each, each, each) for each in ids]


def test_files_are_named_after_scenarios_and_after_paths_where_names_meet() -> None:
    names = run.file_names(items("a/x.yaml", "b/x.yaml", "b/y.yaml[n=1]", "b/y.yaml[n=2]"))
    assert list(names.values()) == ["a-x", "b-x", "y-n-1", "y-n-2"]
    assert run.file_names(items("s/--.yaml"))["s/--.yaml"] == "run"


def test_names_differ_even_when_cleaning_makes_them_equal() -> None:
    names = run.file_names(items("a/x y.yaml", "a/x-y.yaml"))
    assert len(set(names.values())) == 2


def test_results_of_equal_runs_are_equal_to_the_byte(tmp_path: Path) -> None:
    scenario(tmp_path / "scenarios")
    first, again = (to_json(run.results(entries(), 0)) for _ in range(2))
    assert first == again


def test_a_bug_of_ours_is_not_blamed_on_anybody_and_hides_no_other_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a.yaml", "b.yaml"):
        scenario(tmp_path / "scenarios", name=name)
    whole = play

    def buggy(plan: Plan, settings: Settings, stop: Callable[[], bool] | None = None) -> Trace:
        if plan.id.endswith("a.yaml"):
            raise ZeroDivisionError("division by zero")
        return whole(plan, settings, stop)

    monkeypatch.setattr("harness.suite.run.play", buggy)
    first, second = entries()
    assert first.verdict == "broken"
    assert "a bug of siptransfer" in (first.error or "")
    assert second.verdict == "pass"
    monkeypatch.setenv(run.DEBUG, "1")
    with pytest.raises(ZeroDivisionError):
        entries()


def test_a_run_that_ended_early_is_never_a_pass(tmp_path: Path) -> None:
    trace = cold_transfer()
    cut = Trace(replace(trace.header, complete=False), trace.entries)
    entry = run.judged(Subject("x", "X", "x"), cut, Settings())
    assert entry.verdict != "pass"
    assert "ended early" in (entry.error or "")


@pytest.mark.parametrize(("complete", "verdict"), [(True, "fail"), (False, "inconclusive")])
def test_what_is_missing_at_the_deadline_fails_and_what_the_user_cut_off_is_undecided(
    complete: bool, verdict: str, tmp_path: Path
) -> None:
    (item,) = collect([str(scenario(tmp_path))])
    assert item.plan is not None
    whole = play(item.plan, Settings())
    refer = next(entry for entry in whole.messages() if entry.message.method == "REFER")
    stopped = replace(whole.header, mode="live", stopped_ns=refer.at_ns - 1, complete=complete)
    entry = run.judged(Subject("x", "X", "x"), Trace(stopped, whole.entries), Settings(), item.plan)
    assert entry.transfers == (), "what came after the end is our own clearing away"
    assert entry.verdict == verdict


def test_an_interrupted_trace_is_kept_although_nobody_asked_and_the_rest_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a.yaml", "b.yaml"):
        scenario(tmp_path / "scenarios", name=name)
    whole = play

    def interrupted(plan: Plan, settings: Settings, stop: Callable[[], bool] | None = None) -> Trace:
        trace = whole(plan, settings, stop)
        return Trace(replace(trace.header, complete=False), trace.entries[:9])

    monkeypatch.setattr("harness.suite.run.play", interrupted)
    events = list(run.run_all(collect(["scenarios"]), Settings(), lambda: True))
    (finished,) = [event for event in events if isinstance(event, RunFinished)]
    assert finished.interrupted
    assert finished.run.verdict == "inconclusive", "what we cut off is nobody's failure"
    assert finished.kept == (run.INTERRUPTED,)
    assert len(read_trace(tmp_path / run.INTERRUPTED).entries) == 9


def test_an_interrupted_trace_goes_to_the_folder_for_reports_where_there_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario(tmp_path / "scenarios")
    (tmp_path / "reports").mkdir()
    whole = play

    def interrupted(plan: Plan, settings: Settings, stop: Callable[[], bool] | None = None) -> Trace:
        trace = whole(plan, settings, stop)
        return Trace(replace(trace.header, complete=False), trace.entries[:9])

    monkeypatch.setattr("harness.suite.run.play", interrupted)
    events = list(run.run_all(collect(["scenarios"]), Settings(), lambda: True))
    (finished,) = [event for event in events if isinstance(event, RunFinished)]
    assert finished.kept == (f"reports/{run.INTERRUPTED}",)
    assert (tmp_path / "reports" / run.INTERRUPTED).exists()
    assert not (tmp_path / run.INTERRUPTED).exists()


def test_strict_counts_what_stays_undecided(tmp_path: Path) -> None:
    scenario(tmp_path / "scenarios")
    (entry,) = entries(Settings(policy=Policy(strict=True)))
    undecided = [finding for finding in entry.findings if finding.verdict == "inconclusive"]
    assert entry.verdict == ("inconclusive" if undecided else "pass")
