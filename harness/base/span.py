"""A place in a text file, and a mistake made there, printed with source line and caret.

Must not live here: what counts as a mistake (`scenario`).
"""

from dataclasses import dataclass

EXCERPT = 160
"""Characters of a source line that are shown around a mistake; a value may have a million."""

TEXT_MAX = 400
"""Characters of what is said about a mistake, its place included."""

_MORE = "..."


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Where a piece of text stands. Lines and columns count from 1, `length` in characters."""

    path: str
    line: int
    column: int
    length: int = 1


@dataclass(frozen=True, slots=True, order=True)
class Mistake:
    """One mistake of an author: where, what is wrong, and (in `hint`) what was probably meant."""

    span: Span
    text: str
    hint: str = ""

    def headline(self) -> str:
        """One unwrapped line `PATH:LINE:COL: text`, as `siptransfer lint` prints it."""
        where = f"{self.span.path}:{self.span.line}:{self.span.column}"
        return _cut(f"{where}: {self.text}", TEXT_MAX) + (
            f"; {_cut(self.hint, TEXT_MAX)}" if self.hint else ""
        )

    def render(self, source_lines: list[str]) -> str:
        """The headline, then the source line and the caret, indented, without the path."""
        lines = [self.headline()]
        if 0 < self.span.line <= len(source_lines):
            source = source_lines[self.span.line - 1].rstrip("\r\n")
            before = max(0, min(self.span.column - 1 - EXCERPT // 2, len(source) - EXCERPT))
            kept = source[before : before + EXCERPT]
            column = self.span.column - before + len(_MORE) * (before > 0)
            source = _MORE * (before > 0) + kept + _MORE * (before + len(kept) < len(source))
            shown = "".join(character if character.isprintable() else " " for character in source)
            width = max(1, min(self.span.length, len(shown) - column + 1))
            lines += [f"    {shown}", f"    {' ' * (column - 1)}{'^' * width}"]
        return "\n".join(lines)


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[:length] + _MORE
