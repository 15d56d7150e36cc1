"""What was wrong with a message: a stable code for programs and a plain sentence for people.

Lives here: the value and its collector with the bound. Must not live here: finding defects
(`split.py` for the frame of a message, `inspection.py` for its content), nor judging them (`judge`).
"""

from typing import NamedTuple

from harness.base.limits import DEFECTS_MAX


class Defect(NamedTuple):
    """One deviation from the RFCs in one message. `code` never changes once published."""

    code: str
    text: str


class Defects:
    """Collects defects of one text, at most DEFECTS_MAX; the last one then says that there were more."""

    __slots__ = ("_found",)

    def __init__(self, found: tuple[Defect, ...] = ()) -> None:
        self._found: list[Defect] = []
        if found:
            self.extend(found)

    def add(self, code: str, text: str) -> None:
        """Note one defect; the same one twice counts once."""
        defect = Defect(code, text)
        if defect in self._found or len(self._found) >= DEFECTS_MAX:
            return
        if len(self._found) == DEFECTS_MAX - 1:
            defect = Defect("more-defects", "there were more defects than are recorded")
        self._found.append(defect)

    def extend(self, found: tuple[Defect, ...]) -> None:
        """Note several."""
        for defect in found:
            self.add(defect.code, defect.text)

    def result(self) -> tuple[Defect, ...]:
        """All that were noted, in the order found."""
        return tuple(self._found)


def shown(text: str, length_max: int = 40) -> str:
    """A piece of a peer's text, cut and made printable, for use inside a sentence."""
    cut = text if len(text) <= length_max else text[:length_max] + "..."
    return repr(cut)
