"""Puts TCP segments in order and cuts SIP messages out of the stream.

One `Direction` follows what one side sends; a stream is SIP when it looks like SIP, on any port.
Works from the middle of a connection and jumps over what the capture missed. Must not live here:
frames (`packets.py`).
"""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from harness.base.endpoint import Endpoint
from harness.base.limits import CAPTURE_SEGMENTS_MAX, CAPTURE_STREAMS_MAX
from harness.capture.packets import FIN, RST, SYN, Packet
from harness.capture.recognition import looks_like_sip, may_become_sip
from harness.wire.sip.frame import Framer

_WRAP = 1 << 32


class Cut(NamedTuple):
    """One message cut out of a stream, and the frames its bytes came in."""

    data: bytes
    frames: tuple[int, ...]
    connection: int


@dataclass(slots=True)
class Direction:
    """What one side of a connection sends."""

    connection: int
    following: int | None = None
    """Sequence number of the next byte; None until the first segment."""
    waiting: dict[int, tuple[bytes, int]] = field(default_factory=dict)
    framer: Framer | None = None
    """None while the stream does not look like SIP."""
    begun: bytes = b""
    """The beginning of what may become a start line."""
    frames: list[int] = field(default_factory=list)
    """Frames since the last whole message."""

    def feed(self, packet: Packet, frame: int) -> Iterator[Cut]:
        """Take one segment with data; yield the messages that are whole now."""
        sequence = packet.sequence
        if self.following is None:
            self.following = sequence
        ahead = (sequence - self.following) % _WRAP
        data = packet.data
        if ahead >= _WRAP // 2:  # begins in the past: a retransmission, perhaps with something new
            known = _WRAP - ahead
            if known >= len(data):
                return
            data, sequence, ahead = data[known:], self.following, 0
        if ahead:
            self.waiting.setdefault(sequence, (data, frame))
            if len(self.waiting) <= CAPTURE_SEGMENTS_MAX:
                return
            yield from self.jump()
            return
        yield from self._read(data, frame)
        yield from self._read_waiting()

    def jump(self) -> Iterator[Cut]:
        """Give up on what the capture missed and go on with what came after it."""
        while self.waiting:
            assert self.following is not None, "a segment waits only behind another"
            base = self.following
            self.following = min(self.waiting, key=lambda sequence: (sequence - base) % _WRAP)
            self.framer, self.begun, self.frames = None, b"", []
            yield from self._read_waiting()

    def _read_waiting(self) -> Iterator[Cut]:
        while self.waiting:
            assert self.following is not None, "a segment waits only behind another"
            if self.following not in self.waiting:
                if not self._trim_overlap():
                    return
                continue
            data, frame = self.waiting.pop(self.following)
            yield from self._read(data, frame)

    def _trim_overlap(self) -> bool:
        """Cut off what is already read from a waiting segment; False when all begin later."""
        assert self.following is not None, "a segment waits only behind another"
        for sequence, (data, frame) in list(self.waiting.items()):
            known = (self.following - sequence) % _WRAP
            if known < _WRAP // 2:
                del self.waiting[sequence]
                if known < len(data):
                    self.waiting[self.following] = data[known:], frame
                return True
        return False

    def _read(self, data: bytes, frame: int) -> Iterator[Cut]:
        assert self.following is not None, "set by the first segment"
        self.following = (self.following + len(data)) % _WRAP
        if self.framer is None:
            if not self.begun:
                self.frames = []
            data = (self.begun + data).lstrip(b"\r\n")
            self.begun = b""
            if not looks_like_sip(data):
                if may_become_sip(data):
                    self.begun = data
                    self.frames.append(frame)
                return
            self.framer = Framer()
        self.frames.append(frame)
        for message in self.framer.feed(data):
            yield Cut(message, tuple(self.frames), self.connection)
            self.frames = [frame]
        if not self.framer.pending_bytes:
            self.frames = []
        if self.framer.broken:
            self.framer = None


@dataclass(slots=True)
class Streams:
    """All TCP streams of a capture."""

    connections: int = 0
    _directions: OrderedDict[tuple[Endpoint, Endpoint], Direction] = field(default_factory=OrderedDict)

    def feed(self, packet: Packet, frame: int) -> Iterator[Cut]:
        """Take one TCP segment; yield the messages that are whole now."""
        way = packet.source, packet.destination
        direction = self._directions.get(way)
        if packet.flags & SYN:
            if direction is not None and direction.following == (packet.sequence + 1) % _WRAP:
                return
            opened = self._open(way)
            opened.following = (packet.sequence + 1) % _WRAP
            return
        if packet.data:
            if direction is None:
                direction = self._open(way)
            yield from direction.feed(packet, frame)
        if direction is not None and packet.flags & (FIN | RST) and not direction.waiting:
            self._directions.pop(way, None)

    def rest(self) -> Iterator[tuple[tuple[Endpoint, Endpoint], Cut]]:
        """At the end of the file: messages behind gaps that were never filled."""
        for way, direction in self._directions.items():
            for cut in direction.jump():
                yield way, cut

    def _open(self, way: tuple[Endpoint, Endpoint]) -> Direction:
        back = self._directions.get((way[1], way[0]))
        if back is not None and way not in self._directions:
            connection = back.connection
        else:
            self.connections += 1
            connection = self.connections
        made = Direction(connection)
        self._directions[way] = made
        if len(self._directions) > CAPTURE_STREAMS_MAX:
            self._directions.popitem(last=False)
        return made
