"""Draws a trace or a case as a text ladder: who sent what to whom, and when.

One column for each party, one line for each message, time in ms from the first message. The same
messages give the same text, byte for byte; text of a peer is escaped. Must not live here: what a
message is called (`labels.py`), colours (`report/terminal.py`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.base.endpoint import Endpoint
from harness.base.instant import SECOND
from harness.trace.entries import Entry, FaultEntry, MessageEntry, NoteEntry, Trace
from harness.trace.labels import safe, variants
from harness.trace.model import Case
from harness.trace.transactions import listening

WIDTH = 100

OVERHANG = 4
"""How far the name of the last party may reach beyond `width`."""

_SPAN_MIN = 14
"""Fewer characters between two lifelines, and messages are listed instead of drawn."""

_SPAN_MAX = 34

_PAUSE_NS = 1 * SECOND
"""A silence of this length is shown as a broken lifeline."""


@dataclass(frozen=True, slots=True)
class Glyphs:
    """The characters of a drawing."""

    life: str
    pause: str
    line: str
    again: str
    right: str
    left: str
    lost: str
    cut: str


UNICODE = Glyphs(life="│", pause="┊", line="─", again="╌", right="►", left="◄", lost="✗", cut="…")
ASCII = Glyphs(life="|", pause=":", line="-", again="~", right=">", left="<", lost="X", cut="~")


def render(
    what: Case | Trace,
    *,
    width: int = WIDTH,
    ascii_only: bool = False,
    marks: Mapping[int, str] | None = None,
) -> str:
    """Draw all messages of a case, or everything in a trace, notes and faults included.

    `marks` are remarks by entry number, written below the message. Lines are at most `width` wide
    where the parties fit (names: OVERHANG more), and end with a newline; "" when there is nothing to draw.
    """
    trace = what.trace if isinstance(what, Case) else what
    entries: Sequence[Entry] = what.messages() if isinstance(what, Case) else what.entries
    messages = [entry for entry in entries if isinstance(entry, MessageEntry)]
    if not messages:
        return ""
    glyphs = ASCII if ascii_only else UNICODE
    homes = listening(messages)
    parties: list[Endpoint] = []
    for entry in messages:
        for end in (homes.get(entry.source, entry.source), homes.get(entry.destination, entry.destination)):
            if end not in parties:
                parties.append(end)
    layout = _layout(messages, len(parties), width)
    drawing = _Drawing(trace, glyphs, homes, parties, layout, min(entry.at_ns for entry in messages))
    return drawing.all(entries, marks or {})


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where things stand in a line."""

    numbers: int
    times: int
    span: int
    """Characters from one lifeline to the next; 0: the list form."""
    width: int

    @property
    def first(self) -> int:
        """Position of the first lifeline."""
        return self.numbers + self.times + 3


def _layout(messages: Sequence[MessageEntry], parties: int, width: int) -> _Layout:
    began_ns = min(entry.at_ns for entry in messages)
    numbers = len(str(max(entry.n for entry in messages)))
    times = max(len(_ms(max(entry.at_ns for entry in messages) - began_ns)), len("ms"))
    room = width - (numbers + times + 3) - 1
    span = min(room // max(parties - 1, 1), _SPAN_MAX)
    return _Layout(numbers, times, span if span >= _SPAN_MIN else 0, width)


def _ms(ns: int) -> str:
    """Milliseconds with 3 decimals, without a detour over floats."""
    us = (abs(ns) + 500) // 1000
    return f"{'-' if ns < 0 else ''}{us // 1000}.{us % 1000:03d}"


@dataclass(frozen=True, slots=True)
class _Drawing:
    trace: Trace
    glyphs: Glyphs
    homes: Mapping[Endpoint, Endpoint]
    parties: Sequence[Endpoint]
    layout: _Layout
    began_ns: int

    def all(self, entries: Sequence[Entry], marks: Mapping[int, str]) -> str:
        """Every line of the ladder."""
        lines = self._head()
        seen: set[tuple[Endpoint, Endpoint, bytes]] = set()
        before_ns = self.began_ns
        for entry in entries:
            if isinstance(entry, MessageEntry):
                if entry.at_ns - before_ns >= _PAUSE_NS:
                    lines.append(self._pause(entry.at_ns - before_ns))
                before_ns = max(before_ns, entry.at_ns)
                key = entry.source, entry.destination, entry.raw
                lines.append(self._message(entry, again=key in seen))
                seen.add(key)
            else:
                lines.append(self._remark(entry))
            if entry.n in marks:
                lines.append(self._left("", "") + "   ^ " + safe(marks[entry.n]))
        return "".join(line.rstrip() + "\n" for line in lines)

    def _head(self) -> list[str]:
        names = [safe(self.trace.name_of(party)) for party in self.parties]
        addresses = [str(party) for party in self.parties]
        if not self.layout.span:
            pairs = zip(names, addresses, strict=True)
            return [name if name == address else f"{name} = {address}" for name, address in pairs]
        rows = [self._placed(names)]
        if names != addresses and self._fits(addresses):
            rows.append(self._placed(addresses))
        return [*map(self._row, rows), self._left("#", "ms") + self._lives(self.glyphs.life)]

    def _fits(self, names: Sequence[str]) -> bool:
        """Whether all can be read: whole, with room between them."""
        placed = self._placed(names)
        ends = [start + len(shown) for start, shown in placed]
        apart = all(start > end for (start, _), end in zip(placed[1:], ends, strict=False))
        return apart and [shown for _, shown in placed] == list(names)

    def _row(self, placed: Sequence[tuple[int, str]]) -> str:
        line = [" "] * (self.layout.first + self.layout.span * len(self.parties))
        for start, shown in placed:
            line[start : start + len(shown)] = shown
        return "".join(line)

    def _placed(self, names: Sequence[str]) -> list[tuple[int, str]]:
        """Where names begin over their lifelines, and what is shown of them: the first begins at its line,
        the last ends there, others are centred."""
        span, first = self.layout.span, self.layout.first
        end = first + span * (len(names) - 1) + 1
        placed: list[tuple[int, str]] = []
        for index, name in enumerate(names):
            shown = name if len(name) < span else name[: span - 2] + self.glyphs.cut
            middle = first + span * index
            start = middle - len(shown) // 2
            if index == 0:
                start = max(start, self.layout.numbers + 1) if len(names) > 1 else start
            elif index == len(names) - 1:
                free = placed[-1][0] + len(placed[-1][1]) + 1
                start = max(min(start, end - len(shown) + OVERHANG), free)
                room = end + OVERHANG - start
                shown = shown if len(shown) <= room else shown[: room - 1] + self.glyphs.cut
            placed.append((start, shown))
        return placed

    def _left(self, number: str, time: str) -> str:
        return f"{number:>{self.layout.numbers}} {time:>{self.layout.times}} "

    def _lives(self, glyph: str) -> str:
        gap = " " * (self.layout.span - 1)
        return " " + gap.join([glyph] * len(self.parties))

    def _pause(self, ns: int) -> str:
        tenths = (ns + SECOND // 20) // (SECOND // 10)
        left = self._left("", f"+{tenths // 10}.{tenths % 10}s")
        return left + (self._lives(self.glyphs.pause) if self.layout.span else "")

    def _remark(self, entry: NoteEntry | FaultEntry) -> str:
        text = (
            f"{safe(entry.party)}: {safe(entry.text)}"
            if isinstance(entry, NoteEntry)
            else f"[{safe(entry.kind)}] {safe(entry.text)}"
        )
        return self._left(str(entry.n), _ms(entry.at_ns - self.began_ns)) + f" * {text}"

    def _message(self, entry: MessageEntry, *, again: bool) -> str:
        left = self._left(str(entry.n), _ms(entry.at_ns - self.began_ns))
        names = variants(entry.message)
        if again:
            names = [*(f"{name} (again)" for name in names), names[-1]]
        if not entry.arrived:
            names = [*(f"{name} (lost)" for name in names), *names]
        source = self.parties.index(self.homes.get(entry.source, entry.source))
        target = self.parties.index(self.homes.get(entry.destination, entry.destination))
        if not self.layout.span:
            ends = [safe(self.trace.name_of(self.parties[index])) for index in (source, target)]
            begun = f"{left} {ends[0]} -> {ends[1]}: "
            return begun + next((name for name in names if len(begun + name) <= self.layout.width), names[-1])
        cells = list(self._lives(self.glyphs.life))
        if source == target:
            text = f" {self.glyphs.left} {names[0]}"
            start = 2 + source * self.layout.span
            cells[start : start + len(text)] = text
            return left + "".join(cells)
        low, high = sorted((source, target))
        start, end = 2 + low * self.layout.span, 1 + high * self.layout.span
        cells[start:end] = self._arrow(names, end - start, entry.arrived, again, source < target)
        return left + "".join(cells)

    def _arrow(self, names: Sequence[str], length: int, arrived: bool, again: bool, rightward: bool) -> str:
        """An arrow of `length` characters with the longest name that fits in its middle."""
        glyphs = self.glyphs
        line = glyphs.again if again else glyphs.line
        fitting = [name for name in names if len(name) <= length - 3]
        name = fitting[0] if fitting else names[-1][: length - 5] + glyphs.cut
        shaft = f" {name} ".center(length - 1, "\0").replace("\0", line)
        head = glyphs.right if rightward else glyphs.left
        tip = head if arrived else glyphs.lost
        return shaft + tip if rightward else tip + shaft
