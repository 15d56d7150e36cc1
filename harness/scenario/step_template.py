"""The flaws of a template as mistakes at the place in the file where its text stands.

jinja2 is loaded only where a scenario has such a text. Must not live here: what a template may hold
(`template.py`).
"""

from collections.abc import Iterator

from harness.base.span import Mistake, Span
from harness.scenario.source import Pair, Scalar


def template_mistakes(
    pair: Pair | None, calls: tuple[str, ...], parties: tuple[str, ...]
) -> Iterator[Mistake]:
    """What is wrong with the text behind `text:`, with line and column."""
    if pair is None or not isinstance(pair.value, Scalar):
        return
    from harness.scenario.template import flaws

    scalar = pair.value
    people = tuple(name for name in parties if name != "carrier")
    for flaw in flaws(scalar.text, calls, people):
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
