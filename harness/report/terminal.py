"""What is printed while scenarios are played and after. The only file with rich.

Readable without colour; in a pipe there is no progress, no colour and no line is ever wrapped or
cut. Text of peers is made harmless before it reaches a terminal. Must not live here: sentences
(`story.py`), explanations (`failure.py`), what makes text harmless (`readable.py`).
"""

import io
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from textwrap import wrap
from time import monotonic
from typing import TextIO

from rich.console import Console
from rich.status import Status
from rich.text import Text

from harness.base.span import Mistake
from harness.report.failure import Line, LineKind, can_draw, explain, rule_counts, warned
from harness.report.past import changes, times
from harness.report.readable import on_terminal
from harness.report.story import VERDICTS, counted, kind_of_runs, story, warnings
from harness.results.comparison import Comparisons
from harness.results.model import Results, RunEntry, RunVerdict
from harness.trace.entries import Trace
from harness.trace.ladder import OVERHANG, WIDTH, render

PATIENCE_SECONDS = 2.0
"""After this long without an end in sight the reader is told what goes on."""

LISTED_MAX = 60
"""With more runs than these the ones that passed are counted, not listed."""

EXPLAINED_MAX = 40
"""Runs that are explained; of the others the first line says enough."""

RECALLED_MAX = 20
"""Runs that did not pass and are named once more at the end."""

PULSE_SECONDS = 10.0
"""In a pipe a line says how far it is this often; so that the log of a CI server does not seem to hang."""

_INDENT = "  "
_NOT_ASKED = (
    "The scenario asks nothing about the outcome: only the rules were judged. An 'expect:' block asks."
)
NO_SCENARIO = "A file is judged by the rules alone: no scenario says what the outcome should have been."
"""What `judge` says in place of the advice to ask for an outcome."""
_STYLES: dict[RunVerdict, str] = {
    "pass": "green",
    "fail": "bold red",
    "invalid": "bold red",
    "inconclusive": "bold yellow",
    "broken": "bold magenta",
}
_KINDS: dict[LineKind, str] = {"bad": "red", "warn": "yellow", "plain": "", "source": "cyan", "ladder": "dim"}


class _Console(Console):
    """A console whose reader may leave: `| head` has seen enough, the runs and the reports go on."""

    def on_broken_pipe(self) -> None:
        """Fall silent; rich would end the program."""
        self.quiet = True
        with suppress(OSError, ValueError):
            # What is still buffered must not break the pipe once more when the program ends.
            os.dup2(os.open(os.devnull, os.O_WRONLY), self.file.fileno())


class Terminal:
    """Prints to one stream. Call `started`, `finished` for each run, then `closing`."""

    def __init__(self, stream: TextIO, *, ladders: bool = False, total: int = 1) -> None:
        """`ladders` leaves nothing out: every run, its whole ladder, the count of every rule. `total` is how
        many runs there will be."""
        self._console = _Console(file=stream, highlight=False, markup=False, emoji=False, soft_wrap=True)
        self._ladders = ladders
        self._total = total
        self._counts: Counter[RunVerdict] = Counter()
        self._bad: list[str] = []
        """The lines of runs that did not pass."""
        self._spoke = monotonic()
        self._width = _ladder_width(self._console)
        self._ascii_only = not forgiving(stream)
        self._status: Status | None = None
        self._began = monotonic()

    def started(self, number: int, total: int, name: str, *, live: bool) -> None:
        """A run begins. Says so only where somebody watches and it takes its time; in a pipe now and then."""
        if not self._console.is_terminal:
            if total > LISTED_MAX and monotonic() - self._spoke > PULSE_SECONDS:
                self.say(f"{number} of {total}: {self._so_far()}")
            return
        if live or monotonic() - self._began > PATIENCE_SECONDS:
            text = Text(
                f"{number} of {total}  {on_terminal(name)}" + ("  on sockets, in real time" if live else "")
            )
            text.append(f"  {self._so_far()}" if self._counts else "")
            if self._status is None:
                self._status = self._console.status(text)
                self._status.start()
            else:
                self._status.update(text)

    def finished(
        self,
        run: RunEntry,
        trace: Trace | None = None,
        source: Sequence[str] = (),
        mistakes: Sequence[Mistake] = (),
        *,
        path: str = "",
        again: str = "",
        not_asked: str = _NOT_ASKED,
    ) -> None:
        """A run ended: one line; unless it passed its story and an explanation. A single run that passed
        tells its story too. `path` is how the user named its file, `again` what to type to see all of it,
        `not_asked` what is said where nothing but the rules was judged."""
        self._counts[run.verdict] += 1
        passed, alone = run.verdict == "pass", self._total == 1
        if passed and self._total > LISTED_MAX and not self._ladders:
            return
        self._stop_status()
        line = Text(f"{run.verdict:<14}", style=_STYLES[run.verdict])
        line.append(on_terminal(run.scenario or _named(run, path)), style="not bold default")
        if run.scenario:
            line.append(f"  {on_terminal(_named(run, path))}", style="not bold cyan")
        if run.messages:
            text = f"  {counted(run.messages, 'message')}, {run.seconds:.3f} s"
            line.append(text, style="not bold dim")
        if warnings(run):
            line.append(f"  {counted(len(warnings(run)), 'warning')}", style="not bold yellow")
        self._print(line)
        self._spoke = monotonic()
        if not passed:
            self._bad.append(f"{run.verdict:<14}{_named(run, path)}")
            if len(self._bad) > EXPLAINED_MAX and not self._ladders:
                return
        if alone if passed else run.transfers:
            self._sentences(story(run))
        if alone and passed and not any(each.asked for each in run.expectations):
            self._sentences(not_asked)
        for each in self._explanation(run, trace, source, mistakes, path=path, again=again):
            self._line(each)

    def _explanation(
        self,
        run: RunEntry,
        trace: Trace | None,
        source: Sequence[str],
        mistakes: Sequence[Mistake],
        *,
        path: str,
        again: str,
    ) -> Iterator[Line]:
        """Why it did not pass, with the ladder nearby; or the whole ladder of any run."""
        whole = self._ladders
        yield from explain(
            run,
            None if whole else trace,
            source,
            attempts=False,
            path=path,
            width=self._width,
            ascii_only=self._ascii_only,
            mistakes=mistakes,
        )
        if whole or (self._total == 1 and run.verdict == "pass"):
            yield from warned(run)
        if whole and trace is not None:
            for text in render(trace, width=self._width, ascii_only=self._ascii_only).splitlines():
                yield Line("ladder", text)
        elif again and trace is not None and run.verdict != "pass":
            yield Line("plain", f"to see all of it: {again}")

    def closing(self, results: Results, written: Sequence[str] = (), past: Comparisons | None = None) -> None:
        """The last lines: what failed, what is different from earlier runs, which files were written, how
        many runs passed, how long it took."""
        self._stop_status()
        self._recall()
        if self._ladders:
            self._print_all(rule_counts(results))
        if past is not None:
            self._print_all([*changes(past), *times(past)])
        for path in written:
            self._print(Text(f"wrote {on_terminal(path)}", style="dim"))
        if not results.runs:
            self.say("nothing was played")
            return
        counts = Counter(run.verdict for run in results.runs)
        line = Text(f"{kind_of_runs(results)}: ")
        for place, verdict in enumerate(verdict for verdict in VERDICTS if counts[verdict]):
            line.append(", " if place else "")
            line.append(f"{counts[verdict]} {VERDICTS[verdict]}", style=_STYLES[verdict])
        count = sum(len(warnings(run)) for run in results.runs)
        if count:
            line.append(f", {counted(count, 'warning')}", style="yellow")
        line.append(f" in {monotonic() - self._began:.2f} s", style="dim")
        self._print(line)

    def say(self, text: str) -> None:
        """One plain line."""
        self._stop_status()
        self._spoke = monotonic()
        self._print(Text(on_terminal(text)))

    def command(self, line: str) -> None:
        """One line for a CI server, which obeys it: what peers wrote in it is escaped already."""
        self._stop_status()
        self._print(Text(line))

    def _recall(self) -> None:
        """What did not pass, once more, where it may have scrolled away; what was not listed."""
        if len(self._bad) > EXPLAINED_MAX and not self._ladders:
            self.say(f"the first {EXPLAINED_MAX} were explained; --verbose and the reports explain all")
        if len(self._bad) > 1:
            self.say("not passed:")
            for line in self._bad[:RECALLED_MAX]:
                self._print(Text(f"{_INDENT}{on_terminal(line)}"))
            if len(self._bad) > RECALLED_MAX:
                self.say(f"{_INDENT}and {len(self._bad) - RECALLED_MAX} more")
        if self._total > LISTED_MAX and self._counts["pass"] and not self._ladders:
            self.say(f"{self._counts['pass']} passed and are not listed; --verbose lists them")

    def _so_far(self) -> str:
        return ", ".join(f"{count} {VERDICTS[verdict]}" for verdict, count in sorted(self._counts.items()))

    def _print_all(self, lines: Iterable[Line]) -> None:
        for line in lines:
            self._print(Text(on_terminal(line.text), style=_KINDS[line.kind]))

    def _line(self, line: Line) -> None:
        """A line of an explanation; what is wrong is wrapped, places and commands stay whole to be copied."""
        lines = self._wrapped(line.text, hanging=_INDENT) if line.kind in ("bad", "warn") else [line.text]
        for text in lines:
            self._print(Text(f"{_INDENT}{on_terminal(text)}", style=_KINDS[line.kind]))

    def _sentences(self, text: str) -> None:
        for line in self._wrapped(text):
            self._line(Line("plain", line))

    def _wrapped(self, text: str, hanging: str = "") -> list[str]:
        """Text to be read: wrapped between words on a screen, one line in a pipe."""
        if not self._console.is_terminal:
            return [text]
        room = max(self._console.width - len(_INDENT), 20)
        lines = wrap(text, room, subsequent_indent=hanging, break_long_words=False, break_on_hyphens=False)
        return lines or [text]

    def _print(self, text: Text) -> None:
        self._console.print(text, soft_wrap=True)

    def _stop_status(self) -> None:
        if self._status is not None:
            self._status.stop()
            self._status = None


def _named(run: RunEntry, path: str) -> str:
    """The file as the user named it, with the parameters of the run."""
    return path + run.id.removeprefix(run.source) if path else run.id


def forgiving(stream: TextIO) -> bool:
    """Make a stream replace what its encoding does not have, instead of raising an error. Whether it has the
    characters of a drawing."""
    if isinstance(stream, io.TextIOWrapper) and stream.errors == "strict":
        stream.reconfigure(errors="replace")
    return can_draw(getattr(stream, "encoding", None))


def _ladder_width(console: Console) -> int:
    """Columns for a ladder beside its indentation: those of the terminal, in a pipe those that COLUMNS names;
    else, and at most, those that a ladder takes by itself."""
    told = os.environ.get("COLUMNS", "").isdecimal()
    return min(console.width - len(_INDENT) - OVERHANG, WIDTH) if told or console.is_terminal else WIDTH
