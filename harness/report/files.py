"""Reports as files: whether they can be written, writing them, and remembering the run in its history.

For every face alike. Must not live here: what is in a report, and options (`cli`, `pytest_plugin`).
"""

import os
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from harness.base.errors import BrokenEnvironment, HarnessError, UsageError
from harness.base.span import Mistake
from harness.report.failure import as_text, explain
from harness.results.comparison import Comparisons
from harness.results.json_text import to_json
from harness.results.model import Results, RunEntry, RunVerdict
from harness.trace.entries import Trace

STDOUT = "-"


@dataclass(frozen=True, slots=True)
class Played:
    """A run as reports need it: its entry, what was on the wire, the scenario's text."""

    run: RunEntry
    trace: Trace | None = None
    source: Sequence[str] = ()
    """Lines of the scenario file; none for captures."""
    path: str = ""
    """Where that file is, as the user named it; "" where nobody knows."""
    mistakes: Sequence[Mistake] = ()
    """What is wrong with that file, where it could not be played for that."""
    told: str | None = None
    """The explanation as text, from who has told it already; None: made from the trace."""

    def explanation(self) -> str:
        """Why it did not pass, without colour; "" when it did."""
        if self.told is not None:
            return self.told
        return as_text(explain(self.run, self.trace, self.source, mistakes=self.mistakes))


@dataclass(frozen=True, slots=True)
class Files:
    """What the user asked for: a path each, `-` is stdout."""

    json: str | None = None
    html: str | None = None
    junit: str | None = None
    history: str | None = None
    """SQLite file of earlier runs: read, and added to."""

    def without_refused(self, inputs: Sequence[str]) -> "Files":
        """Only the reports that can go where they should, of which one alone tells why nothing was played.
        `inputs` are files that are read."""
        sound: dict[str, str] = {}
        places = Counter(os.path.realpath(path) for path in self.reports().values() if path is not None)
        for name, path in self.reports().items():
            alone = Files(json=path)
            try:
                alone.check()
                alone.spare([*inputs, *filter(None, [self.history])])
            except HarnessError:
                continue
            if path is not None and places[os.path.realpath(path)] == 1:
                sound[name] = path
        return Files(**sound)

    def check(self) -> None:
        """Raise UsageError when two want the same place or one is a folder, BrokenEnvironment when a file
        cannot be written: better now than after the runs."""
        named = [path for path in (*self.reports().values(), self.history) if path is not None]
        if len({path if path == STDOUT else os.path.realpath(path) for path in named}) < len(named):
            raise UsageError("two reports would go to the same place", do="Give each its own file.")
        if self.history == STDOUT:
            raise UsageError("the history is a file that is kept; it cannot go to stdout", do="Name a file.")
        for path in named:
            if path != STDOUT:
                _check_file(path)
            elif getattr(sys.stdout, "name", "") == os.devnull:  # as `cli.main` leaves it
                raise BrokenEnvironment("standard output is closed", do="Name a file for the report.")

    def spare(self, inputs: Sequence[str]) -> None:
        """Raise UsageError when a report would replace a file that is read."""
        read = {os.path.realpath(path) for path in inputs}
        for path in (*self.reports().values(), self.history):
            if path is not None and path != STDOUT and os.path.realpath(path) in read:
                raise UsageError(f"{path} would be replaced by a report on it", do="Name another file.")

    def takes_stdout(self) -> bool:
        """Whether a report has stdout for itself."""
        return STDOUT in self.reports().values()

    def shows_messages(self, verdict: RunVerdict) -> bool:
        """Whether a report needs the trace of a run; without, it need not be kept."""
        return self.html is not None or (self.junit is not None and verdict != "pass")

    def remember(
        self, results: Results, played: Sequence[Played], *, selection: Sequence[str], complete: bool
    ) -> tuple[Comparisons | None, BrokenEnvironment | None]:
        """Compare with earlier runs and add this one, where a history was asked for.

        The error is returned, not raised: results are written all the same. `selection` is what the user
        chose to play. Where nothing was played nothing is remembered.
        """
        if self.history is None or not results.runs:
            return None, None
        from harness.results.history import fingerprint, record  # noqa: PLC0415 - few ask for it

        fingerprints = {each.run.id: fingerprint(each.run.id, *each.source) for each in played}
        at = datetime.now(UTC).isoformat(timespec="seconds")
        chosen = fingerprint(*selection)
        try:
            told = record(
                self.history, results, at=at, selection=chosen, fingerprints=fingerprints, complete=complete
            )
        except BrokenEnvironment as error:
            return None, error
        return told, None

    def write(
        self, results: Results, played: Sequence[Played], past: Comparisons | None = None
    ) -> tuple[list[str], BrokenEnvironment | None]:
        """Write everything that was asked for; the paths of the files, and why the first of those that
        could not be written was not: one report does not keep the others from being written."""
        written: list[str] = []
        problem: BrokenEnvironment | None = None
        for name, path in self.reports().items():
            if path is None:
                continue
            data = _text(name, results, played, past).encode("utf-8", "replace")
            try:
                if path == STDOUT:
                    _to_stdout(data)
                    continue
                Path(path).write_bytes(data)
            except OSError as error:
                problem = problem or _unwritable("standard output" if path == STDOUT else path, error)
                continue
            written.append(path)
        return written, problem

    def reports(self) -> Mapping[str, str | None]:
        """Every report by its kind."""
        return {"json": self.json, "html": self.html, "junit": self.junit}


def _text(name: str, results: Results, played: Sequence[Played], past: Comparisons | None) -> str:
    if name == "json":
        return to_json(results)
    if name == "html":
        from harness.report import page, panel  # noqa: PLC0415 - jinja2 is slow to import

        shown = [panel.Shown(each.run, each.trace, "\n".join(each.source)) for each in played]
        return page.render(results, shown, past)
    from harness.report import junit  # noqa: PLC0415 - few ask for it

    return junit.render(results, {each.run.id: each.explanation() for each in played}, past)


def _to_stdout(data: bytes) -> None:
    try:
        sys.stdout.buffer.write(data)
        sys.stdout.flush()
    except OSError:
        # What is still buffered must not fail once more when the program ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise


def _check_file(path: str) -> None:
    folder = os.path.dirname(path) or "."
    if os.path.isdir(path):
        raise UsageError(f"{path} is a folder", do="Name a file.")
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        raise _unwritable(path, error) from None
    if not os.access(path if os.path.exists(path) else folder, os.W_OK):
        raise _unwritable(path, PermissionError("Permission denied"))


def _unwritable(path: str, error: OSError) -> BrokenEnvironment:
    return BrokenEnvironment(
        f"{path}: cannot be written: {error.strerror or error}", do="Name a file in a folder that is yours."
    )
