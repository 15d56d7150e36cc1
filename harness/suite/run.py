"""Items played and judged; what happens is told as a stream of events, in the order of the items.

Must not live here: how a plan is played (`play.py`), what is printed (`report`).
"""

import os
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from harness.base.errors import BrokenEnvironment, HarnessError, ScenarioError, UsageError
from harness.results import make
from harness.results.make import Subject
from harness.results.model import FORMAT, Mode, Results, RunEntry, RunVerdict
from harness.results.rule_totals import rule_totals
from harness.results.verdict import overall
from harness.scenario.plan import Plan
from harness.suite.collect import Item, mistakes_text, read_lines
from harness.suite.events import Event, RunFinished, RunStarted
from harness.suite.play import TOOL, Settings, play
from harness.suite.under_test import silence
from harness.trace.entries import Trace

if TYPE_CHECKING:
    from harness.suite.side_by_side import SideBySide

INTERRUPTED = "interrupted.trace.jsonl"
"""The name of an interrupted trace when no folder for traces was named: in `reports` where there is such a
folder, else in the current one."""

NOT_PLAYED = "not played: interrupted before its turn"

DEBUG = "SIPTRANSFER_DEBUG"
"""Set in the environment: our own bugs end the program with a traceback."""

WORTH_IT = 50
"""Fewer items are played in the time that further processes need to begin."""

Player = Callable[[Plan, Settings, Callable[[], bool] | None], Trace]
"""What plays a plan to a trace: `play.play`, or who waits for somebody else to do it."""


def run_all(
    items: Sequence[Item], settings: Settings, stop: Callable[[], bool] | None = None
) -> Iterator[Event]:
    """Play every item in order. After an interruption the rest is left out.

    Raises BrokenEnvironment only when files cannot be written; whatever is wrong with an item becomes
    its entry.
    """
    plans = [item.plan for item in items if item.plan is not None]
    if settings.live and len(plans) > 1 and not settings.ports and not any(map(settings.systems_for, plans)):
        yield from _run_side_by_side(items, plans, settings, stop)
        return
    if len(items) >= WORTH_IT and not any(map(settings.is_live, plans)):
        yield from _run_ahead(items, settings, stop)
        return
    names = file_names(items)
    for number, item in enumerate(items, 1):
        live = item.plan is not None and settings.is_live(item.plan)
        yield RunStarted(number, len(items), item.id, live)
        finished = run_item(item, settings, names[item.id], stop)
        yield replace(finished, number=number, total=len(items))
        if finished.interrupted or (stop is not None and stop()):
            return


def _run_ahead(items: Sequence[Item], settings: Settings, stop: Callable[[], bool] | None) -> Iterator[Event]:
    """The same events in the same order, for many virtual items."""
    with played_ahead(items, settings) as runs:
        for number, item in enumerate(items, 1):
            yield RunStarted(number, len(items), item.id, live=False)
            yield replace(next(runs), number=number, total=len(items))
            if stop is not None and stop():
                return


@contextmanager
def played_ahead(items: Sequence[Item], settings: Settings) -> Iterator[Iterator[RunFinished]]:
    """Virtual items played on every processor, ahead of whoever takes the runs, in their order.

    Leaving the block ends what is still going on. Taking one raises what `run_item` raises.
    """
    # Imported before processes are made of this one: what they share they need neither load nor look through.
    import harness.actors.cast
    import harness.judge.judgement
    import harness.runtime.virtual.play  # noqa: F401
    from harness.suite.ahead import ahead, processors

    names = file_names(items)

    def work(place: int) -> RunFinished:
        finished = run_item(items[place], settings, names[items[place].id])
        handed_on = settings.every_trace or finished.run.verdict != "pass"
        return finished if handed_on else replace(finished, trace=None)

    with ahead(work, len(items), processors()) as runs:
        yield runs


def _run_side_by_side(
    items: Sequence[Item], plans: Sequence[Plan], settings: Settings, stop: Callable[[], bool] | None
) -> Iterator[Event]:
    """The same events in the same order, for live items without a real system: all play at once."""
    from harness.suite.side_by_side import side_by_side

    names = file_names(items)
    places = iter(range(len(plans)))
    with side_by_side(plans, settings) as players:
        for number, item in enumerate(items, 1):
            place = None if item.plan is None else next(places)
            if place is not None and players.never_began(place):
                return
            yield RunStarted(number, len(items), item.id, place is not None)
            name = names[item.id]
            waiting = None if place is None else partial(_awaited, players, place)
            alone = f"interrupted-{name}.trace.jsonl"
            finished = run_item(item, settings, name, stop, player=waiting, alone=alone)
            yield replace(finished, number=number, total=len(items))


def _awaited(
    players: "SideBySide", place: int, _plan: Plan, _settings: Settings, stop: Callable[[], bool] | None
) -> Trace:
    """In the place of `play`: the trace of a plan that a process plays."""
    return players.trace_of(place, stop)


def run_item(
    item: Item,
    settings: Settings,
    name: str,
    stop: Callable[[], bool] | None = None,
    *,
    player: Player | None = None,
    alone: str = INTERRUPTED,
) -> RunFinished:
    """Play and judge one item. `name` is that of its files, without suffix; `player` plays instead of
    `play`; `alone` is where an interrupted trace goes when no folder was named."""
    source = read_lines(item.path)
    if item.plan is None:
        assert item.error is not None, "an item has a plan or an error"
        text = mistakes_text(item.error, item.path, item.source)
        wrong = item.error.mistakes if isinstance(item.error, ScenarioError) else ()
        entry = make.unplayed(_subject(item), "invalid", text)
        return RunFinished(1, 1, entry, source=source, mistakes=wrong)
    trace: Trace | None = None
    try:
        trace = (player or play)(item.plan, settings, stop)
        entry = judged(_subject(item), trace, settings, item.plan)
    except KeyboardInterrupt:
        entry = make.unplayed(_subject(item), "inconclusive", "interrupted before anything happened")
        return RunFinished(1, 1, entry, trace, source, interrupted=True)
    except Exception as error:
        if os.environ.get(DEBUG) and not isinstance(error, HarnessError):
            raise
        entry = _stopped_by(item, error, settings)
    if trace is None:
        return RunFinished(1, 1, entry, source=source)
    silent = silence(trace)
    if silent is not None:
        entry = replace(entry, verdict="broken", error=str(silent))
    interrupted = not trace.header.complete and stop is not None and stop()
    entry, kept = _keep(entry, trace, settings, name, alone=alone if interrupted else None)
    return RunFinished(1, 1, entry, trace, source, kept, interrupted)


def judged(subject: Subject, trace: Trace, settings: Settings, plan: Plan | None = None) -> RunEntry:
    """The entry of a trace; a trace that ends early is never a pass."""
    from harness.judge.judgement import judge

    expectations = () if plan is None else plan.expectations
    policy = settings.policy
    entry = make.entry(subject, trace, judge(trace, expectations, plan, policy.profile), policy)
    if not trace.header.complete and trace.header.mode != "capture":
        verdict = "inconclusive" if entry.verdict == "pass" else entry.verdict
        entry = replace(
            entry, verdict=verdict, error="the run ended early; the trace holds what happened until then"
        )
    return entry


def results(runs: Sequence[RunEntry], seed: int) -> Results:
    """All entries as one value, with the verdict over all of them."""
    verdict = overall(run.verdict for run in runs)
    return Results(FORMAT, TOOL, seed, verdict, tuple(runs), rule_totals(runs))


def file_names(items: Sequence[Item]) -> dict[str, str]:
    """A file name for each item's id: its own name where that is unique, else its whole path."""
    short = {item.id: _slug(item.id.rpartition("/")[2]) for item in items}
    taken = Counter(short.values())
    names: dict[str, str] = {}
    given: set[str] = set()
    for item in items:
        name = short[item.id] if taken[short[item.id]] == 1 else _slug(item.id)
        while name in given:
            name += "-"
        given.add(name)
        names[item.id] = name
    return names


def make_folder(path: str) -> None:
    """Make the folder for traces and captures. Raises BrokenEnvironment when that is not possible."""
    try:
        os.makedirs(path, exist_ok=True)
    except OSError as error:
        raise BrokenEnvironment(
            f"{path}: the folder cannot be made: {error.strerror or error}",
            do="Name a folder that you may write to.",
        ) from None


def _keep(
    entry: RunEntry, trace: Trace, settings: Settings, name: str, *, alone: str | None
) -> tuple[RunEntry, tuple[str, ...]]:
    """Write trace and capture where that was asked for; an interrupted one in any case, as `alone`."""
    from harness.trace import store

    folder = settings.keep_in
    if folder is None:
        if alone is None:
            return entry, ()
        path = os.path.join("reports", alone) if os.path.isdir("reports") else alone
        store.write(trace, path)
        return entry, (path,)
    from harness.capture import pcapng

    make_folder(folder)
    entry = replace(entry, trace=f"{name}.trace.jsonl", capture=f"{name}.pcapng")
    kept = (os.path.join(folder, f"{name}.trace.jsonl"), os.path.join(folder, f"{name}.pcapng"))
    store.write(trace, kept[0])
    pcapng.write(trace, kept[1])
    return entry, kept


def unplayed(items: Sequence[Item], error: HarnessError) -> list[RunEntry]:
    """Entries of items that cannot even be begun, because an option or a file of the command is wrong."""
    verdict: RunVerdict = "invalid" if isinstance(error, UsageError) else "broken"
    return [make.unplayed(_subject(item), verdict, str(error)) for item in items]


def left_out(items: Sequence[Item]) -> list[RunEntry]:
    """Entries of items whose turn did not come, because the user ended everything."""
    return [make.unplayed(_subject(item), "inconclusive", NOT_PLAYED) for item in items]


def _stopped_by(item: Item, error: Exception, settings: Settings) -> RunEntry:
    """The entry of an item that an exception ended: the scenario's fault, the environment's, or ours."""
    mode: Mode = "live" if item.plan is not None and settings.is_live(item.plan) else "virtual"
    if isinstance(error, UsageError):
        return make.unplayed(_subject(item), "invalid", str(error), mode)
    if isinstance(error, HarnessError):
        return make.unplayed(_subject(item), "broken", str(error), mode)
    text = f"a bug of siptransfer, not of the system under test: {type(error).__name__}: {error}"
    return make.unplayed(
        _subject(item), "broken", f"{text}\n  {DEBUG}=1 shows where it is; please report it.", mode
    )


def _subject(item: Item) -> Subject:
    if item.plan is None:
        return Subject(item.id, "", item.source)
    return Subject(item.id, item.plan.title, item.source, item.plan.line)


def _slug(text: str) -> str:
    text = re.sub(r"\.ya?ml(?=\[|$)", "", text)
    return re.sub(r"[^A-Za-z0-9._+-]+", "-", text).strip("-.") or "run"
