"""The ladder of a trace as lanes and rows with coordinates, for the SVG of the page.

The text ladder is `trace/ladder.py`. Must not live here: HTML, colours (the page's style sheet).
"""

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from harness.base.endpoint import Endpoint
from harness.base.instant import MS, SECOND
from harness.trace.entries import Cast, Entry, FaultEntry, MessageEntry, NoteEntry, Trace
from harness.trace.labels import variants
from harness.trace.transactions import listening

ArrowKind = Literal["request", "provisional", "success", "refusal"]

FIRST_LANE_X = 144
"""Left of it stand number and time."""

LADDER_WIDTH = 704
"""Pixels a ladder takes where its lanes allow: what fits beside the text of a message."""

LANE_GAP_MIN = 150
LANE_GAP_MAX = 320
MARGIN = 70
"""Right of the last lane, for half of its name."""

FIRST_ROW_Y = 70
ROW_HEIGHT = 30
PAUSE_HEIGHT = 26
REMARK_HEIGHT = 16
CHARACTER = 6.9
"""Width of a character on an arrow."""

ARROWS_MAX = 400
"""Arrows drawn of one run; a page with more cannot be read, and `--json` has them all."""

LANES_MAX = 24
LOOP = 64
"""Right of the lane of a party that speaks to itself stands what it says."""

REMARK_LINES_MAX = 3
REMARKS_MAX = 6
"""Remarks below one arrow; a message can break any number of rules."""

REMARK_X = 92
"""Right of number and time."""
PAUSE_NS = 1 * SECOND


@dataclass(frozen=True, slots=True)
class Lane:
    """One party's vertical line."""

    x: int
    name: str
    address: str
    role: str = ""
    """`referrer` and so on, where it is known."""
    under_test: bool = False


@dataclass(frozen=True, slots=True)
class Remark:
    """A line below an arrow: what a rule or an expectation has against this message."""

    kind: str
    """`fail`, `warn`, `info` or `inconclusive`."""
    y: int
    """Below the arrow."""
    text: str


@dataclass(frozen=True, slots=True)
class Arrow:
    """One message. Paths are in the language of SVG, from the left edge and from the height of the arrow."""

    number: int
    y: int
    kind: str
    """Words for the style sheet: request, provisional, success or refusal; `lost` did not arrive, `again` is
    a retransmission; `fail` or `warn` is evidence of that."""
    shaft: str
    head: str
    """A cross in the middle when the message was lost."""
    label_x: int
    label: str
    name: str
    """The label in full."""
    spoken: str
    """The whole row for who cannot see it."""
    time: str
    height: int
    """With its remarks."""
    remarks: tuple[Remark, ...] = ()


@dataclass(frozen=True, slots=True)
class Pause:
    """A silence of a second or more."""

    y: int
    text: str


@dataclass(frozen=True, slots=True)
class Aside:
    """Something that is no message: a note of a party, a fault that the run put on the wire."""

    y: int
    time: str
    text: str
    fault: bool


Row = Arrow | Pause | Aside


@dataclass(frozen=True, slots=True)
class Drawing:
    """Lanes, rows from top to bottom, size in pixels, and how many messages were left out."""

    lanes: tuple[Lane, ...]
    arrows: tuple[Arrow, ...]
    pauses: tuple[Pause, ...]
    asides: tuple[Aside, ...]
    width: int
    height: int
    left_out: int


def draw(
    trace: Trace,
    marks: Mapping[int, Sequence[tuple[str, str]]] | None = None,
    roles: Mapping[str, str] | None = None,
) -> Drawing:
    """Place the messages of a trace; `marks` are kind and text of remarks, worst first, by entry number.

    A remark without text marks its message and adds no line. `roles` are by address.
    """
    messages = trace.messages()
    homes = _homes(trace, messages)
    lanes = _lanes(trace, homes, roles or {})
    places = {end: lanes[home] for end, home in homes.items() if home in lanes}
    width = max((lane.x for lane in lanes.values()), default=FIRST_LANE_X) + MARGIN
    start_ns = messages[0].at_ns if messages else 0
    rows = _Rows(places, marks or {}, width, start_ns)
    for entry in trace.entries:
        rows.take(entry)
    return Drawing(
        lanes=tuple(lanes.values()),
        arrows=tuple(rows.arrows),
        pauses=tuple(rows.pauses),
        asides=tuple(rows.asides),
        width=width,
        height=rows.y + 16,
        left_out=len(messages) - len(rows.arrows),
    )


def elapsed(ns: int) -> str:
    """Seconds since the first message, with milliseconds."""
    ms = abs(ns) // MS
    return f"{'-' if ns < 0 else ''}{ms // 1000}.{ms % 1000:03d}"


@dataclass(slots=True)
class _Rows:
    """Collects rows from top to bottom; lives for one drawing."""

    places: Mapping[Endpoint, Lane]
    marks: Mapping[int, Sequence[tuple[str, str]]]
    width: int
    start_ns: int
    y: int = FIRST_ROW_Y
    arrows: list[Arrow] = field(default_factory=list)
    pauses: list[Pause] = field(default_factory=list)
    asides: list[Aside] = field(default_factory=list)
    before_ns: int | None = None
    seen: set[tuple[Endpoint, Endpoint, bytes]] = field(default_factory=set)

    def take(self, entry: Entry) -> None:
        """Add what this entry needs."""
        if len(self.arrows) >= ARROWS_MAX:
            return
        if not isinstance(entry, MessageEntry):
            self.aside(entry)
        elif entry.source in self.places and entry.destination in self.places:
            self.pause(entry.at_ns)
            self.arrow(entry)

    def pause(self, at_ns: int) -> None:
        """A broken line where nothing was said for long."""
        before_ns = at_ns if self.before_ns is None else self.before_ns
        if at_ns - before_ns >= PAUSE_NS:
            self.y += PAUSE_HEIGHT
            tenths = (at_ns - before_ns + SECOND // 20) // (SECOND // 10)
            self.pauses.append(Pause(self.y + 3, f"{tenths // 10}.{tenths % 10} s"))
        self.before_ns = max(before_ns, at_ns)

    def aside(self, entry: NoteEntry | FaultEntry) -> None:
        """A remark of a party, or a fault."""
        self.y += PAUSE_HEIGHT
        fault = isinstance(entry, FaultEntry)
        text = (
            f"{entry.kind}: {entry.text}" if isinstance(entry, FaultEntry) else f"{entry.party}: {entry.text}"
        )
        self.asides.append(Aside(self.y, elapsed(entry.at_ns - self.start_ns), _cut(text, self.room), fault))

    @property
    def room(self) -> int:
        """Characters beside number and time."""
        return int((self.width - REMARK_X - 8) / CHARACTER)

    def arrow(self, entry: MessageEntry) -> None:
        """The message and what is held against it."""
        self.y += ROW_HEIGHT
        y = self.y
        source, target = self.places[entry.source].x, self.places[entry.destination].x
        key = entry.source, entry.destination, entry.raw
        lost = not entry.arrived and not entry.vantage
        against = self.marks.get(entry.n, ())
        mark = against[0][0] if against else ""
        states = [word for word, true in (("lost", lost), ("again", key in self.seen)) if true]
        names = variants(entry.message)
        remarks = tuple(self.remarks(against))
        time = elapsed(entry.at_ns - self.start_ns)
        self.arrows.append(
            Arrow(
                number=entry.n,
                y=y,
                kind=" ".join(filter(None, (_kind(entry), mark, *states))),
                shaft=_shaft(source, target, lost=lost),
                head=_head(source, target, lost=lost),
                label_x=source + LOOP if source == target else (source + target) // 2,
                name=names[0],
                label=_fitting(names, abs(source - target) or LANE_GAP_MIN, CHARACTER + bool(mark)),
                spoken=", ".join(
                    (
                        f"{entry.n}: {names[0]}",
                        self.path(entry),
                        f"{time} s",
                        *states,
                        *(["evidence"] * bool(mark)),
                    )
                ),
                time=time,
                height=self.y - y + 27,
                remarks=remarks,
            )
        )
        self.seen.add(key)

    def path(self, entry: MessageEntry) -> str:
        """`agent to carrier`."""
        return f"{self.places[entry.source].name} to {self.places[entry.destination].name}"

    def remarks(self, against: Sequence[tuple[str, str]]) -> Iterable[Remark]:
        """Lines below the arrow, moved down by their height."""
        above = self.y
        left_out = len(against) - REMARKS_MAX
        rest = [("more", f"and {left_out} more, told in the message")] if left_out > 0 else []
        for kind, text in (*against[:REMARKS_MAX], *rest):
            for line in textwrap.wrap(text, self.room, max_lines=REMARK_LINES_MAX, placeholder=" …"):
                self.y += REMARK_HEIGHT
                yield Remark(kind, self.y - above + 2, line)


def _shaft(source: int, target: int, *, lost: bool) -> str:
    if source == target:
        return f"M{source} -8h26v8h-18"
    tip = (source + target) // 2 if lost else target
    return f"M{source} 0H{tip - 7 if target > source else tip + 7}"


def _head(source: int, target: int, *, lost: bool) -> str:
    if lost:
        return f"M{(source + target) // 2 - 5} -5l10 10m0 -10l-10 10"
    return f"M{target} 0l{-9 if target > source else 9} -4.5v9z"


def _fitting(names: Sequence[str], pixels: int, character: float) -> str:
    """The longest name that fits on the arrow, else the shortest, cut. What is evidence is bold, so wider."""
    room = int((pixels - 4) / character)
    return next((name for name in names if len(name) <= room), _cut(names[-1], room))


def _cut(text: str, characters: int) -> str:
    return text if len(text) <= characters else text[: characters - 1] + "…"


def _kind(entry: MessageEntry) -> ArrowKind:
    status = entry.message.status
    if entry.message.is_request or not status:
        return "request"
    if status < 200:
        return "provisional"
    return "success" if status < 300 else "refusal"


def _homes(trace: Trace, messages: Sequence[MessageEntry]) -> dict[Endpoint, Endpoint]:
    """Every endpoint that speaks or is spoken to, and the one whose lane it has: a client's port on a
    stream belongs to the port its owner listens on, or to the one member of the cast with its host."""
    members = [member.endpoint for member in trace.header.cast]
    by_host = {endpoint.host: endpoint for endpoint in members}
    told_by_host = by_host if len(by_host) == len(members) else {}
    clients = listening(messages)
    ends = dict.fromkeys(end for entry in messages for end in (entry.source, entry.destination))
    owners = {end: clients.get(end, end) for end in ends}
    return {end: own if own in members else told_by_host.get(own.host, own) for end, own in owners.items()}


def _lanes(
    trace: Trace, homes: Mapping[Endpoint, Endpoint], roles: Mapping[str, str]
) -> dict[Endpoint, Lane]:
    """A lane for every party, in order of appearance."""
    order = list(dict.fromkeys(homes.values()))[:LANES_MAX]
    room = (LADDER_WIDTH - FIRST_LANE_X - MARGIN) // max(len(order) - 1, 1)
    gap = min(max(room, LANE_GAP_MIN), LANE_GAP_MAX)
    members = {member.endpoint: member for member in trace.header.cast}
    return {
        end: _lane(end, members.get(end), roles.get(str(end), ""), FIRST_LANE_X + place * gap, gap)
        for place, end in enumerate(order)
    }


def _lane(endpoint: Endpoint, member: Cast | None, role: str, x: int, gap: int) -> Lane:
    room = int((gap - 8) / 7.5)
    name, address = (str(endpoint), "") if member is None else (member.name, str(endpoint))
    under_test = member is not None and member.under_test
    return Lane(x, _cut(name, room), _cut(address, room + 2), _cut(role, room + 2), under_test)
