"""Scenario files and scenarios as pytest sees them: names, markers, playing, the text of a failure.

Must not live here: options (`options.py`), reports of the session (`reporting.py`).
"""

from __future__ import annotations

import hashlib
import os
import shlex
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from harness.base.errors import HarnessError
from harness.pytest_plugin import options
from harness.suite.collect import items_of, vocabulary

if TYPE_CHECKING:
    from harness.pytest_plugin.ahead import Ahead
    from harness.suite.collect import Item
    from harness.suite.events import RunFinished
    from harness.suite.play import Settings

NAME_MAX = 120
"""Characters of an item's name; a parameter of a scenario may have any number."""

AHEAD: pytest.StashKey[Ahead] = pytest.StashKey()
"""Where many scenarios are played ahead of pytest."""
_SETTINGS: pytest.StashKey[Settings] = pytest.StashKey()
_COUNT: pytest.StashKey[int] = pytest.StashKey()


class ScenarioFailed(Exception):
    """A scenario did not pass. Its text is the explanation."""

    def __init__(self, finished: RunFinished) -> None:
        super().__init__(finished.run.id)
        self.finished = finished


class Explanation:
    """A failure as pytest prints it: plain lines, and one sentence for the short summary."""

    def __init__(self, text: str, crash: Crash) -> None:
        self.text = text
        self.reprcrash = crash

    def __str__(self) -> str:
        return self.text

    def toterminal(self, tw: Any) -> None:
        """Print it line by line."""
        for line in self.text.splitlines():
            tw.line(line)


class Crash:
    """Where a failure is, in the words of pytest's own reports."""

    def __init__(self, path: str, line: int, message: str) -> None:
        self.path = path
        self.lineno = line
        self.message = message

    def __str__(self) -> str:
        return f"{self.path}:{self.lineno}: {self.message}"


class ScenarioFile(pytest.File):
    """One scenario file: an item for each combination of its parameters."""

    def collect(self) -> Iterator[ScenarioItem]:
        """One item for each plan; a file with mistakes is one item that shows them all."""
        path = os.path.relpath(self.path)
        for item in items_of(path, given_path(self.config, self.path), vocabulary()):
            name = item_name(self.path.stem, item.id.removeprefix(item.source))
            made: ScenarioItem = ScenarioItem.from_parent(self, name=name, item=item)
            yield made


class ScenarioItem(pytest.Item):
    """One scenario, played when pytest runs it."""

    def __init__(self, *, item: Item, **more: Any) -> None:
        super().__init__(**more)
        self.item = item
        self.finished: RunFinished | None = None
        self.file_name = ""
        """Of its trace and capture, where they are kept."""
        self.number = self.config.stash.get(_COUNT, 0)
        """Its place in the order of the files, whatever order other plugins play them in."""
        self.config.stash[_COUNT] = self.number + 1
        self.add_marker("siptransfer")
        if item.plan is not None:
            for name in dict.fromkeys((item.plan.style, *item.plan.tags)):
                mark(self, name)

    def runtest(self) -> None:
        """Play and judge. Raises ScenarioFailed unless the verdict is pass."""
        finished = self.finished = self.play()
        self.user_properties.append(("siptransfer_verdict", finished.run.verdict))
        if finished.interrupted:
            raise KeyboardInterrupt
        if finished.run.verdict != "pass":
            raise ScenarioFailed(finished)

    def play(self) -> RunFinished:
        """How an item gets its run, in whatever process; Ctrl-C in a live run releases the calls."""
        from harness.suite.run import run_item

        ahead = self.config.stash.get(AHEAD, None)
        run = None if ahead is None else ahead.take(self.item)
        if run is not None:
            return run
        settings, name = settings_of(self.config), self.file_name
        if self.item.plan is None or not settings.is_live(self.item.plan):
            return run_item(self.item, settings, name)
        from harness.runtime.live.interrupt import interrupts

        with interrupts() as stop:
            return run_item(self.item, settings, name, stop)

    def again(self) -> str:
        """What to type to play just this again and see everything."""
        words = f"pytest -vv {options.given_again(self.config)}".rstrip()
        return f"{words} {shlex.quote(f'{os.path.relpath(self.path)}::{self.name}')}"

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The explanation instead of a traceback; errors of ours without one, too."""
        error = excinfo.value
        if isinstance(error, ScenarioFailed):
            finished = error.finished
            whole = self.config.get_verbosity() > 1
            crash = Crash(str(self.path), finished.run.line, one_line(finished))
            return Explanation(explained(finished, again=self.again(), whole=whole), crash)
        if isinstance(error, HarnessError):
            return str(error)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where the scenario begins, and its name."""
        plan = self.item.plan
        return self.path, 0 if plan is None else plan.line - 1, self.name


def item_name(stem: str, label: str) -> str:
    """`busy[code=486]`: what stands behind `::`. Printable and bounded, so that it can be copied from a
    terminal, and different for different labels."""
    written = label.replace("\\", "\\\\")
    written = "".join(sign if sign.isprintable() else _escaped(sign) for sign in written)
    if len(written) > NAME_MAX:
        digest = hashlib.sha256(label.encode("utf-8", "surrogatepass")).hexdigest()[:8]
        written = f"{written[:NAME_MAX]}~{digest}]"
    return stem + written


def _escaped(sign: str) -> str:
    return sign.encode("unicode_escape", "surrogatepass").decode("ascii")


def mark(node: pytest.Item, name: str) -> None:
    """Give an item a marker that its file names, known to `--strict-markers` from now on."""
    if name.startswith("_"):  # pytest keeps these to itself
        return
    known = {line.partition(":")[0].partition("(")[0].strip() for line in node.config.getini("markers")}
    if name not in known:
        node.config.addinivalue_line("markers", f"{name}: a marker of a scenario file")
    node.add_marker(name)


def settings_of(config: pytest.Config) -> Settings:
    """What the command line asked for; read once."""
    if _SETTINGS not in config.stash:
        config.stash[_SETTINGS] = options.settings(config)
    return config.stash[_SETTINGS]


def explained(finished: RunFinished, *, again: str = "", whole: bool = False) -> str:
    """The failure as text: verdict and sentence, what was wanted and got, the ladder nearby or whole."""
    from harness.report.failure import as_text, can_draw, explain
    from harness.report.readable import lines_on_terminal
    from harness.report.story import story
    from harness.trace.ladder import OVERHANG, WIDTH

    run = finished.run
    head = f"{run.verdict}: {run.scenario or run.id}"
    told = [] if run.verdict == "invalid" else [story(run)]
    columns = shutil.get_terminal_size((WIDTH + OVERHANG, 24)).columns
    lines = explain(
        run,
        finished.trace,
        finished.source,
        attempts=False,
        width=min(columns - OVERHANG, WIDTH),
        ascii_only=not can_draw(getattr(sys.__stdout__, "encoding", None)),
        whole=whole,
        mistakes=finished.mistakes,
    )
    hint = [f"to {'play it again' if whole else 'see all of it'}: {again}"]
    hint = hint if again and finished.trace is not None else []
    return lines_on_terminal("\n".join([head, *told, as_text(lines), *hint]))


def one_line(finished: RunFinished) -> str:
    """The verdict and the first thing that is wrong, for one line of a summary."""
    from harness.report.readable import on_terminal
    from harness.report.story import broken_rules, complaint, unmet, wish

    run = finished.run
    told = (run.error or "").splitlines()[:1]
    told += [wish(each) for each in unmet(run)[:1]] + [complaint(each) for each in broken_rules(run)[:1]]
    return on_terminal(f"{run.verdict}: {(told or [run.scenario])[0]}")


def given_path(config: pytest.Config, path: Path) -> str:
    """What the user named that holds this file: it decides the id of one outside the current folder."""
    for argument in config.args:
        base = str(argument).partition("[")[0].partition("::")[0]
        whole = Path(os.path.abspath(config.invocation_params.dir / base))
        if path == whole or whole in path.parents:
            return str(whole)
    return str(path)
