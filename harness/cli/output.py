"""Where reports go: files, or stdout for one of them; then people are told on stderr.

Must not live here: what is in a report (`report`, `results`).
"""

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from harness.base.errors import BrokenEnvironment, UsageError
from harness.report.failure import as_text, explain
from harness.report.terminal import Terminal, harmless
from harness.results.model import Results, RunEntry, to_json
from harness.suite.collect import SKIPPED_MAX, skipped
from harness.suite.events import RunFinished

STDOUT = "-"


@dataclass(slots=True)
class Outputs:
    """What the user asked for, and what has been seen so far."""

    json_path: str | None = None
    html_path: str | None = None
    junit_path: str | None = None
    verbose: bool = False
    runs: list[RunFinished] = field(default_factory=list)
    wall_seconds: dict[str, float] = field(default_factory=dict)
    """Wall time by run id: for JUnit only."""

    def check(self) -> None:
        """Raise UsageError when two reports want stdout or the same file, BrokenEnvironment when a file
        cannot be written: better now than after the runs."""
        named = [path for path in self._paths().values() if path is not None]
        if len(named) != len(set(named)):
            raise UsageError("two reports would go to the same place", do="Give each its own file.")
        for path in named:
            if path == STDOUT:
                if getattr(sys.stdout, "name", "") == os.devnull:  # as `main` leaves it
                    raise BrokenEnvironment("standard output is closed", do="Name a file for the report.")
                continue
            folder = os.path.dirname(path) or "."
            if os.path.isdir(path):
                raise UsageError(f"{path} is a folder", do="Name a file.")
            try:
                os.makedirs(folder, exist_ok=True)
            except OSError as error:
                raise _unwritable(path, error) from None
            writable = os.access(path if os.path.exists(path) else folder, os.W_OK)
            if not writable:
                raise _unwritable(path, PermissionError("Permission denied"))

    def spare(self, inputs: Sequence[str]) -> None:
        """Raise UsageError when a report would replace a file that is read."""
        read = {os.path.realpath(path): path for path in inputs}
        for path in self._paths().values():
            if path is not None and path != STDOUT and os.path.realpath(path) in read:
                raise UsageError(f"{path} would be replaced by a report on it", do="Name another file.")

    def terminal(self) -> Terminal:
        """For people: stdout, or stderr when a report has stdout for itself."""
        stream: TextIO = sys.stderr if STDOUT in self._paths().values() else sys.stdout
        return Terminal(stream, ladders=self.verbose)

    def write(self, results: Results) -> list[str]:
        """Write everything that was asked for; the paths of the files."""
        written = []
        for name, path in self._paths().items():
            if path is None:
                continue
            text = self._text(name, results)
            if path == STDOUT:
                sys.stdout.buffer.write(text.encode("utf-8", "replace"))
                sys.stdout.flush()
                continue
            try:
                Path(path).write_bytes(text.encode("utf-8", "replace"))
            except OSError as error:
                raise _unwritable(path, error) from None
            written.append(path)
        return written

    def entries(self) -> list[RunEntry]:
        """The entries of all runs so far."""
        return [finished.run for finished in self.runs]

    def _paths(self) -> Mapping[str, str | None]:
        return {"json": self.json_path, "html": self.html_path, "junit": self.junit_path}

    def _text(self, name: str, results: Results) -> str:
        if name == "json":
            return to_json(results)
        if name == "html":
            from harness.report import page

            return page.render(
                results, [page.Shown(each.run, each.trace, "\n".join(each.source)) for each in self.runs]
            )
        from harness.report import junit

        texts = {each.run.id: as_text(explain(each.run, each.trace, each.source)) for each in self.runs}
        return junit.render(results, texts, self.wall_seconds)


def tell_skipped(paths: Sequence[str]) -> None:
    """Name on stderr the YAML files below the folders given that are no scenarios."""
    names = skipped(paths)
    for path in names[:SKIPPED_MAX]:
        print(f"skipped: {harmless(path)}: no 'scenario:' line", file=sys.stderr)
    if len(names) > SKIPPED_MAX:
        print("skipped: more YAML files without a 'scenario:' line", file=sys.stderr)


def _unwritable(path: str, error: OSError) -> BrokenEnvironment:
    return BrokenEnvironment(
        f"{path}: cannot be written: {error.strerror or error}", do="Name a file in a folder that is yours."
    )
