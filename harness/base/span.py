"""A place in a text file, and a mistake made there, printed with source line and caret.

Must not live here: what counts as a mistake (`scenario`).
"""

from dataclasses import dataclass


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
        return f"{where}: {self.text}" + (f"; {self.hint}" if self.hint else "")

    def render(self, source_lines: list[str]) -> str:
        """The headline, then the source line and the caret, indented, without the path."""
        lines = [self.headline()]
        if 0 < self.span.line <= len(source_lines):
            source = source_lines[self.span.line - 1].rstrip("\r\n")
            shown = "".join(character if character.isprintable() else " " for character in source)
            width = max(1, min(self.span.length, len(shown) - self.span.column + 1))
            lines += [f"    {shown}", f"    {' ' * (self.span.column - 1)}{'^' * width}"]
        return "\n".join(lines)
