"""Scenarios inside Python tests: `siptransfer.run(path)` plays one and gives its entry of the results.

Must not live here: the fixture itself (`__init__.py`), playing (`suite`).
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from harness.base.errors import ScenarioError, UsageError
from harness.pytest_plugin.items import settings_of
from harness.results.model import RunEntry
from harness.suite.collect import COMBINATIONS_NAMED, Item, collect, read_lines, split_label, vocabulary
from harness.trace.entries import Trace


class Siptransfer:
    """What the fixture `siptransfer` gives. A test that fails shows the ladders of what it played."""

    def __init__(self, node: pytest.Item) -> None:
        self._node = node
        self.trace: Trace | None = None
        """What was on the wire in the latest run."""

    def run(self, path: str | os.PathLike[str], *, seed: int | None = None) -> RunEntry:
        """Play a scenario in virtual time or as the options of pytest say; its entry of the results.

        `path` is looked for in the current folder, then beside the test's file; of a scenario with
        parameters it names the combination: `busy.yaml[code=486]`. Raises UsageError when there is no
        such scenario, with every mistake when it is wrong. Any verdict is a result: assert
        what the test is about.
        """
        from harness.suite.run import run_item

        item = self._find(os.fspath(path))
        settings = settings_of(self._node.config)
        if seed is not None:
            settings = replace(settings, seed=seed)
        finished = run_item(item, settings, Path(item.source).stem)
        self.trace = finished.trace
        if finished.trace is not None:
            from harness.trace.ladder import render

            self._node.add_report_section("call", f"siptransfer {item.id}", render(finished.trace))
        if finished.interrupted:
            raise KeyboardInterrupt
        return finished.run

    def _find(self, name: str) -> Item:
        if not os.path.exists(split_label(name)[0]):
            beside = os.path.join(os.path.dirname(self._node.path), name)
            name = beside if os.path.exists(split_label(beside)[0]) else name
        items = collect([name], vocabulary())
        for item in items:
            if isinstance(item.error, ScenarioError):
                lines = list(read_lines(item.path))
                raise UsageError("\n".join(mistake.render(lines) for mistake in item.error.mistakes))
            if item.error is not None:
                raise item.error
        if len(items) != 1:
            there = " ".join(item.id.removeprefix(item.source) for item in items[:COMBINATIONS_NAMED])
            raise UsageError(f"{name}: names {len(items)} scenarios, not one", do=f"It has {there}")
        return items[0]
