"""What a command reports: its runs so far, the reports that were asked for, and where people are told.

Must not live here: what is in a report (`report`, `results`), how files are written (`report/files.py`).
"""

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TextIO

from harness.base.errors import EXIT_BROKEN, EXIT_PASS
from harness.report.files import Files, Played
from harness.report.github import Choice, commands
from harness.report.readable import on_terminal
from harness.report.story import counted as number_of
from harness.report.terminal import Terminal
from harness.results.model import Results, RunEntry
from harness.results.verdict import exit_code
from harness.suite.collect import SKIPPED_MAX, skipped
from harness.suite.events import RunFinished


@dataclass(slots=True)
class Outputs:
    """Where reports go, and what has been seen so far."""

    files: Files = field(default_factory=Files)
    verbose: bool = False
    annotations: Choice = "auto"
    keep_in: str | None = None
    """Folder for traces and captures."""
    played: list[Played] = field(default_factory=list)
    _kept: int = 0
    """Runs of which files are in that folder."""

    def add(self, finished: RunFinished, path: str = "") -> None:
        """Note a run that has ended; `path` is how the user named its file. Its messages are kept only for
        a report that shows them."""
        self._kept += bool(finished.kept)
        trace = finished.trace if self.files.shows_messages(finished.run.verdict) else None
        self.played.append(Played(finished.run, trace, finished.source, path, finished.mistakes))

    def entries(self) -> list[RunEntry]:
        """The entries of all runs so far."""
        return [each.run for each in self.played]

    def terminal(self, total: int = 1) -> Terminal:
        """For people: stdout, or stderr when a report has stdout for itself. `total` runs are to come."""
        stream: TextIO = sys.stderr if self.files.takes_stdout() else sys.stdout
        return Terminal(stream, ladders=self.verbose, total=total)

    def refuse(self, results: Results, inputs: Sequence[str]) -> None:
        """Results of what cannot even be begun, in every report that can be written: whoever reads them
        must not find those of yesterday."""
        self.files.without_refused(inputs).write(results, [Played(run) for run in results.runs])

    def close(
        self, terminal: Terminal, whole: Results, counted: Results, selection: Sequence[str] = ()
    ) -> int:
        """Remember the run, write the reports, say the last lines; the exit code.

        `counted` are the results without what was not played: only these are counted and remembered.
        """
        complete = len(counted.runs) == len(whole.runs)
        past, problem = self.files.remember(counted, self.played, selection=selection, complete=complete)
        written, unwritten = self.files.write(whole, self.played, past)
        told = commands(self.annotations, whole, self.played, past, os.environ)
        if not self.files.takes_stdout():  # GitHub reads stdout, which is then no report
            for line in told:
                terminal.command(line)
        if self.keep_in is not None and self._kept:
            written.append(f"{self.keep_in}: trace and capture of {number_of(self._kept, 'run')}")
        terminal.closing(counted, written, past)
        code = exit_code(whole.verdict)
        for each in filter(None, (problem, unwritten)):
            for line in f"siptransfer: {each}".splitlines():
                print(on_terminal(line), file=sys.stderr)
            code = EXIT_BROKEN if code == EXIT_PASS else code
        return code


def tell_skipped(paths: Sequence[str]) -> None:
    """Name on stderr the YAML files below the folders given that are no scenarios."""
    names = skipped(paths)
    for path in names[:SKIPPED_MAX]:
        print(f"skipped: {on_terminal(path)}: no 'scenario:' line", file=sys.stderr)
    if len(names) > SKIPPED_MAX:
        print("skipped: more YAML files without a 'scenario:' line", file=sys.stderr)
