"""The flaws of a template as mistakes at the place in the file where its text stands.

jinja2 is loaded only where a scenario has such a text. Must not live here: what a template may hold
(`template.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from harness.base.limits import TEMPLATE_WORK_MAX
from harness.base.span import Mistake, Span
from harness.scenario.source import Pair, Scalar

if TYPE_CHECKING:
    from harness.scenario.template import Flaw


class Templates:
    """The templates of one file: each text is looked at once, and all together cost no more than they may."""

    def __init__(self) -> None:
        self._left = TEMPLATE_WORK_MAX
        self._known: dict[tuple[str, tuple[str, ...], tuple[str, ...]], list[Flaw]] = {}

    def mistakes(
        self, pair: Pair | None, calls: tuple[str, ...], parties: tuple[str, ...]
    ) -> Iterator[Mistake]:
        """What is wrong with the text behind `text:`, with line and column."""
        if pair is None or not isinstance(pair.value, Scalar):
            return
        from harness.scenario.rendering import Work
        from harness.scenario.template import flaws

        scalar = pair.value
        people = tuple(name for name in parties if name != "carrier")
        asked = (scalar.text, calls, people)
        if asked not in self._known:
            work = Work(self._left)
            self._known[asked] = flaws(*asked, work)
            self._left = work.left
        for flaw in self._known[asked]:
            yield Mistake(_place(scalar, flaw.line, flaw.word), flaw.text, flaw.hint)


def _place(scalar: Scalar, line: int, word: str) -> Span:
    """Where a word stands; in a text that is no block after `|`, where the text begins."""
    span = scalar.span
    if scalar.indent is None:
        return span
    lines = scalar.text.split("\n")
    text = lines[line - 1] if line <= len(lines) else ""
    column = max(0, text.find(word)) if word else len(text) - len(text.lstrip())
    length = len(word) if word and word in text else max(1, len(text.strip()))
    return Span(span.path, span.line + line, scalar.indent + column + 1, length)
