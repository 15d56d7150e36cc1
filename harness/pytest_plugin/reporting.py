"""What a pytest session says about its scenarios: reports as files, history, the lines of its summary.

Equal for `-n 0`, `-n 2` and `siptransfer run`: the order of the files decides, not who was ready first.
Must not live here: hooks (`__init__.py`), how a failure reads (`items.py`), what is in a report (`report`).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest

from harness.base.errors import EXIT_BROKEN, BrokenEnvironment, HarnessError, UsageError
from harness.pytest_plugin import options
from harness.pytest_plugin.items import (
    AHEAD,
    Crash,
    Explanation,
    ScenarioItem,
    given_path,
    one_line,
    settings_of,
)
from harness.pytest_plugin.wire import Arrived, pack, unpack
from harness.report.files import Played
from harness.report.github import Choice, commands, summary_file, wanted
from harness.scenario.load import shown_path
from harness.suite.collect import SUFFIXES, distinct, is_scenario

if TYPE_CHECKING:
    from harness.results.comparison import Comparisons
    from harness.results.model import RunVerdict


@dataclass(frozen=True, slots=True)
class Planned:
    """A scenario that is to be played, as whoever plays it not knows it."""

    number: int
    id: str
    title: str
    source: str
    line: int
    path: str


class Reporting:
    """Collects what was planned and what became of it, in the controller; a worker only sends."""

    def __init__(self, config: pytest.Config) -> None:
        """Check the options. Raises pytest.UsageError for a wrong one; ends pytest with exit code 3 where a
        file cannot be written."""
        self.config = config
        self.in_worker = hasattr(config, "workerinput")
        self._planned: dict[str, Planned] = {}
        self._named: dict[str, Planned] = {}
        """What is planned, as far as a controller knows before a worker has ended."""
        self._arrived: dict[str, Arrived] = {}
        self._lines: list[str] = []
        try:
            self.files = options.files(config)
            self.settings = settings_of(config)
            if not self.in_worker:
                self._check()
        except UsageError as error:
            raise pytest.UsageError(str(error)) from None
        except BrokenEnvironment as error:
            pytest.exit(f"siptransfer: {error}", returncode=EXIT_BROKEN)
        self._annotations: Choice = options.value(config, "annotations") or "auto"
        self._whole = (
            any(self.files.reports().values())
            or self.files.history is not None
            or wanted(self._annotations, os.environ)
            or summary_file(self._annotations, os.environ) is not None
        )

    def _check(self) -> None:
        from harness.suite.run import make_folder

        if self.settings.ports and self.config.getoption("dist", "no") != "no":
            raise UsageError(
                "--siptransfer-listen: only one process can listen on a port", do="Leave out -n, or say -n 0."
            )
        self.files.check()
        deployment = options.value(self.config, "deployment")
        named = [str(argument).partition("::")[0] for argument in self.config.args]
        self.files.spare([*named, *([deployment] if deployment else [])])
        if self.settings.keep_in is not None:
            make_folder(self.settings.keep_in)

    def planned(self, collected: Sequence[pytest.Item]) -> None:
        """What this process has collected and not left out."""
        from harness.suite.run import file_names

        scenarios = [item for item in collected if isinstance(item, ScenarioItem)]
        items = distinct([each.item for each in scenarios])
        names = file_names(items)
        for each, named in zip(scenarios, items, strict=True):
            each.item = named
            each.file_name = names[each.item.id]
            plan = each.item.plan
            self._planned[str(each.nodeid)] = Planned(
                each.number,
                each.item.id,
                "" if plan is None else plan.title,
                each.item.source,
                1 if plan is None else plan.line,
                each.item.path,
            )
        self._play_ahead(scenarios)

    def _play_ahead(self, scenarios: Sequence[ScenarioItem]) -> None:
        """Begin to play many items on every processor; a worker of xdist has one to itself, and who wants
        to end at the first failure plays no more than that."""
        from harness.pytest_plugin.ahead import Ahead, worth_it

        items = [each.item for each in scenarios]
        distributed = self.in_worker or self.config.getoption("dist", "no") != "no"
        if distributed or self.config.option.maxfail or not worth_it(items, self.settings):
            return
        settings = replace(self.settings, every_trace=self.files.html is not None)
        self.config.stash[AHEAD] = Ahead(items, settings)

    def named_elsewhere(self, nodeids: Sequence[str]) -> None:
        """What a worker has collected, by name alone."""
        for number, nodeid in enumerate(map(str, nodeids)):
            place, _, name = nodeid.partition("::")
            path = self.config.rootpath / place
            if path.suffix.lower() in SUFFIXES and is_scenario(path):
                source = shown_path(str(path), given_path(self.config, path))
                label = name.removeprefix(path.stem)
                self._named[nodeid] = Planned(number, source + label, "", source, 1, str(path))

    def planned_elsewhere(self, rows: Sequence[Sequence[Any]]) -> None:
        """What a worker had collected; all workers collect the same."""
        for nodeid, *row in rows:
            self._planned[nodeid] = Planned(*row)

    def made(self, item: pytest.Item, report: pytest.TestReport) -> None:
        """A scenario was played in this process."""
        arrived = self._taken(item)
        if arrived is None:
            return
        if self.in_worker:
            report.__dict__["siptransfer"] = pack(arrived, trace=self.files.html is not None)
        else:
            self._arrived[str(report.nodeid)] = arrived

    def _taken(self, item: pytest.Item) -> Arrived | None:
        """What an item brought, once; pytest keeps its items to the end."""
        if not isinstance(item, ScenarioItem) or item.finished is None:
            return None
        finished, item.finished = item.finished, None
        played = None
        if self._whole:
            trace = finished.trace if self.files.shows_messages(finished.run.verdict) else None
            played = Played(finished.run, trace, tuple(finished.source), item.item.path, finished.mistakes)
        return Arrived(item.number, finished.run.verdict, one_line(finished), played)

    def arrived(self, report: pytest.TestReport) -> None:
        """A worker played a scenario."""
        arrived = unpack(report.__dict__.pop("siptransfer"))
        self._arrived[str(report.nodeid)] = arrived
        if isinstance(report.longrepr, str):
            path, line, _ = report.location
            crash = Crash(path, (line or 0) + 1, arrived.summary)
            report.__dict__["longrepr"] = Explanation(report.longrepr, crash)

    def skipped(self, nodeid: str) -> None:
        """A scenario that was left out on purpose is not missing."""
        if nodeid not in self._arrived:
            self._planned.pop(nodeid, None)

    def finish(self, session: pytest.Session) -> None:
        """Write the reports; a worker tells the controller what it had planned."""
        ahead = self.config.stash.get(AHEAD, None)
        if ahead is not None:
            ahead.close()
        if self.in_worker:
            rows = [[nodeid, *astuple(each)] for nodeid, each in self._planned.items()]
            self.config.workeroutput["siptransfer"] = rows  # type: ignore[attr-defined] # of xdist
            return
        for item in getattr(session, "items", ()):
            cut_off = self._taken(item)  # by Ctrl-C, of which pytest makes no report
            if cut_off is not None:
                self._arrived[str(item.nodeid)] = cut_off
        self._planned = self._planned or self._named
        if not self._arrived and not self._planned:
            self._lines = ["siptransfer: no scenario was played"] if self._whole else []
            return
        try:
            self._lines = self._report()
        except HarnessError as error:
            self._lines = [f"siptransfer: {error}"]
            session.exitstatus = session.exitstatus or EXIT_BROKEN

    def summary(self, write_line: Callable[[str], None]) -> None:
        """The lines at the end of pytest's output."""
        for line in self._lines:
            write_line(line)

    def _report(self) -> list[str]:
        """Write everything that was asked for; what there is to say."""
        from harness.report import past as past_runs
        from harness.report.story import verdict_counts
        from harness.results.verdict import overall

        verdicts = [each.verdict for each in self._arrived.values()]
        missing = [nodeid for nodeid in self._planned if nodeid not in self._arrived]
        nothing: RunVerdict = "inconclusive"
        verdict = overall([*verdicts, nothing] if missing else verdicts)
        counts = verdict_counts(verdicts) if verdicts else "nothing was played"
        left = f"; {len(missing)} not played" if missing and verdicts else ""
        lines = [f"siptransfer: {verdict}: {counts}{left} (seed {self.settings.seed})"]
        if not self._whole:
            return lines
        past, problem, told = self._write(missing)
        lines += told
        if past is not None:
            lines += [line.text for line in (*past_runs.changes(past), *past_runs.times(past))]
        if problem is not None:
            raise BrokenEnvironment("\n".join([str(problem), *lines]))
        return lines

    def _write(
        self, missing: Sequence[str]
    ) -> tuple[Comparisons | None, BrokenEnvironment | None, list[str]]:
        from harness.suite.run import results

        ran = [(each.number, each.played) for each in self._arrived.values() if each.played is not None]
        played = [each for _, each in sorted(ran, key=lambda pair: pair[0])]
        both = ran + [(self._planned[nodeid].number, _left_out(self._planned[nodeid])) for nodeid in missing]
        everything = [each for _, each in sorted(both, key=lambda pair: pair[0])]
        self.files.spare([each.path for each in everything])
        seed = self.settings.seed
        counted = results([each.run for each in played], seed)
        past, problem = self.files.remember(
            counted, played, selection=self._selection(), complete=not missing
        )
        whole = results([each.run for each in everything], seed)
        written, unwritten = self.files.write(whole, everything, past)
        told = commands(self._annotations, whole, everything, past, os.environ)
        return past, problem or unwritten, [*told, *(f"wrote {path}" for path in written)]

    def _selection(self) -> list[str]:
        """What the user chose to play."""
        option = self.config.option
        return [
            *map(str, self.config.args),
            option.keyword,
            option.markexpr,
            str(getattr(option, "lf", False)),
        ]


def _left_out(planned: Planned) -> Played:
    """What stands in the results for a scenario whose turn did not come."""
    from harness.results.make import Subject, unplayed
    from harness.suite.run import NOT_PLAYED

    subject = Subject(planned.id, planned.title, planned.source, planned.line)
    return Played(unplayed(subject, "inconclusive", NOT_PLAYED), path=planned.path)
