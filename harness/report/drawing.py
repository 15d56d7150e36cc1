"""The ladder of a trace as lanes and arrows with coordinates, for the SVG of the page.

The text ladder is `trace/ladder.py`. Must not live here: HTML, colours (the page's style sheet).
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from harness.base.endpoint import Endpoint
from harness.base.instant import MS
from harness.trace.entries import MessageEntry, Trace

ArrowKind = Literal["request", "provisional", "success", "refusal"]

LANE_GAP = 170
FIRST_LANE_X = 150
FIRST_ROW_Y = 64
ROW_GAP = 26
ARROWS_MAX = 400
"""Arrows drawn of one run; a page with more cannot be read, and `--json` has them all."""

LANES_MAX = 24


@dataclass(frozen=True, slots=True)
class Lane:
    """One party's vertical line."""

    x: int
    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Arrow:
    """One message. `lost` did not arrive; `marked` is evidence of something that failed."""

    number: int
    y: int
    from_x: int
    to_x: int
    label: str
    time: str
    kind: ArrowKind
    lost: bool
    marked: bool

    @property
    def tip_x(self) -> int:
        """Where the arrow head ends: short of the lane when the message was lost."""
        return (self.from_x + self.to_x) // 2 if self.lost else self.to_x

    @property
    def label_x(self) -> int:
        """The middle between the lanes."""
        return (self.from_x + self.to_x) // 2

    @property
    def direction(self) -> int:
        """1 to the right, -1 to the left."""
        return 1 if self.to_x >= self.from_x else -1


@dataclass(frozen=True, slots=True)
class Drawing:
    """Lanes, arrows from top to bottom, size in pixels, and how many messages were left out."""

    lanes: tuple[Lane, ...]
    arrows: tuple[Arrow, ...]
    width: int
    height: int
    left_out: int


def draw(trace: Trace, marked: Collection[int] = ()) -> Drawing:
    """Place the messages of a trace; `marked` are entry numbers that prove something."""
    messages = trace.messages()
    lanes = _lanes(trace, messages)
    shown = [entry for entry in messages if entry.source in lanes and entry.destination in lanes][:ARROWS_MAX]
    start_ns = messages[0].at_ns if messages else 0
    arrows = tuple(
        Arrow(
            number=entry.n,
            y=FIRST_ROW_Y + row * ROW_GAP,
            from_x=lanes[entry.source].x,
            to_x=lanes[entry.destination].x,
            label=label(entry),
            time=elapsed(entry.at_ns - start_ns),
            kind=_kind(entry),
            lost=not entry.arrived and not entry.vantage,
            marked=entry.n in marked,
        )
        for row, entry in enumerate(shown, 1)
    )
    return Drawing(
        lanes=tuple(sorted(set(lanes.values()), key=lambda lane: lane.x)),
        arrows=arrows,
        width=max((lane.x for lane in lanes.values()), default=FIRST_LANE_X) + 100,
        height=FIRST_ROW_Y + ROW_GAP * (len(arrows) + 1),
        left_out=len(messages) - len(shown),
    )


def label(entry: MessageEntry) -> str:
    """`REFER`, `202 Accepted (REFER)`, `NOTIFY 200 OK`: enough to read a flow without opening it."""
    message = entry.message
    if message.is_request:
        if message.method == "NOTIFY" and message.body.startswith(b"SIP/2.0 "):
            first = message.body.splitlines()[0][8:40].decode("latin-1")
            return f"NOTIFY {first}"
        return (message.method or "unreadable")[:20]
    if not message.status:
        return "unreadable"
    method = f" ({message.method})" if message.method else ""
    return f"{message.status} {message.reason[:24]}{method}"


def elapsed(ns: int) -> str:
    """Seconds since the first message, with milliseconds."""
    ms = ns // MS
    return f"{ms // 1000}.{ms % 1000:03d}"


def _kind(entry: MessageEntry) -> ArrowKind:
    status = entry.message.status
    if entry.message.is_request or not status:
        return "request"
    if status < 200:
        return "provisional"
    return "success" if status < 300 else "refusal"


def _lanes(trace: Trace, messages: list[MessageEntry]) -> dict[Endpoint, Lane]:
    """A lane for every endpoint that speaks or is spoken to, in order of appearance. Where hosts tell the
    members of the cast apart, a TCP client's port shares the lane of its member."""
    members = [member.endpoint for member in trace.header.cast]
    by_host = {endpoint.host: endpoint for endpoint in members}
    told_by_host = by_host if len(by_host) == len(members) else {}
    homes = {
        end: end if end in members else told_by_host.get(end.host, end)
        for entry in messages
        for end in (entry.source, entry.destination)
    }
    order = list(dict.fromkeys(homes.values()))[:LANES_MAX]
    lanes = {end: _lane(trace, end, place) for place, end in enumerate(order)}
    return {end: lanes[home] for end, home in homes.items() if home in lanes}


def _lane(trace: Trace, endpoint: Endpoint, place: int) -> Lane:
    name = trace.name_of(endpoint)
    return Lane(FIRST_LANE_X + place * LANE_GAP, name, "" if name == str(endpoint) else str(endpoint))
