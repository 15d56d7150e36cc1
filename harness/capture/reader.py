"""Reads a capture (pcap, pcapng) or a trace file of ours and makes a `Trace` of it.

SIP is found by content, on any port, in UDP and TCP. A file of our own gives back the very trace it
was written from. Damage never raises: what can be read is read, and the trace says what is missing.
Must not live here: the formats (`blocks.py`, `packets.py`, `streams.py`, `own.py`).
"""

import mmap
import os
from dataclasses import dataclass, field, replace

from harness.base.endpoint import Endpoint
from harness.base.errors import CaptureError
from harness.base.instant import MS
from harness.base.limits import CAPTURE_BYTES_MAX, CAPTURE_MESSAGES_MAX
from harness.capture import own
from harness.capture.blocks import Frame, Walk
from harness.capture.packets import Decoder, Packet
from harness.capture.recognition import looks_like_sip
from harness.capture.streams import Cut, Streams
from harness.trace import store
from harness.trace.entries import Entry, FaultEntry, Header, MessageEntry, Trace

_SAME_PACKET_NS = 100 * MS
"""One packet passes two capture points within this time; the first retransmission comes after 500 ms
(RFC 3261 section 17.1.1.1)."""

_WHAT_TO_DO = "Give a pcap or pcapng file, or a trace that siptransfer wrote."


def read(path: str | os.PathLike[str]) -> Trace:
    """Read a pcap, pcapng or trace file. A capture without SIP gives a trace without messages.

    Raises CaptureError when the file cannot be opened or is none of the three.
    """
    name = os.fspath(path)
    try:
        size = os.path.getsize(name)
        if size > CAPTURE_BYTES_MAX:
            raise CaptureError(f"{name}: larger than {CAPTURE_BYTES_MAX} bytes", do="Cut it with editcap.")
        with open(name, "rb") as file:
            if size == 0:
                raise CaptureError(f"{name}: empty file", do=_WHAT_TO_DO)
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except OSError as error:
        raise CaptureError(f"{name}: {error.strerror or error}") from None
    return loads(memoryview(mapped), name=name)


def loads(data: bytes | memoryview, *, name: str = "capture") -> Trace:
    """Read a capture or trace that is in memory; `name` stands in the text of a CaptureError."""
    view = memoryview(data)
    if bytes(view[:1]) == b"{":
        return store.loads(bytes(view), name=name)
    try:
        return _loads(view, name)
    except CaptureError as error:
        if error.what.startswith(f"{name}: "):
            raise
        raise CaptureError(f"{name}: {error.what}", do=_WHAT_TO_DO) from None


def _loads(view: memoryview, name: str) -> Trace:
    walk = Walk(view)
    collected = _Collected(name)
    decoder = Decoder(view)
    for frame in walk.frames():
        if frame.number == 1 and own.is_own(walk.custom):
            return _own(view, name)
        collected.frame(frame, decoder.packet(frame))
    if own.is_own(walk.custom):  # ours, without a single packet
        return _own(view, name)
    if decoder.unknown_links and sum(decoder.unknown_links.values()) == collected.frames:
        links = ", ".join(str(link) for link in sorted(decoder.unknown_links))
        raise CaptureError(
            f"{name}: no frame can be read: link type {links} is not known here",
            do="Ethernet, Linux cooked, raw IP, loopback and what scapy knows are read.",
        )
    return collected.trace(walk.damage)


def _own(view: memoryview, name: str) -> Trace:
    """Read a file of ours: a message is all that came its way since the last packet with an entry."""
    walk, decoder = Walk(view), Decoder(view, everything=True)
    pending: dict[tuple[Endpoint, Endpoint], bytes] = {}
    messages: list[tuple[str, bytes]] = []
    for frame in walk.frames():
        packet = decoder.packet(frame)
        if packet is None:
            decoder.altered += bool(frame.custom)
            continue
        way = packet.source, packet.destination
        data = pending.pop(way, b"") + packet.data
        if frame.custom:
            messages.append((frame.custom[0], data))
        elif packet.kind == "tcp":
            pending[way] = data
    trace = own.rebuilt(walk.custom, messages, name)
    changed = decoder.altered
    damage = walk.damage or (f"{changed} changed packet{'s' if changed != 1 else ''}" if changed else "")
    if not damage:
        return trace
    number = max((entry.n for entry in trace.entries), default=0) + 1
    told = FaultEntry(number, trace.header.ended_ns, "damaged", damage)
    return Trace(replace(trace.header, complete=False), [*trace.entries, told])


@dataclass(slots=True)
class _Seen:
    """The last sighting of a message, to know the same packet at a second capture point."""

    entry: MessageEntry
    packet: Packet
    at_ns: int


@dataclass(slots=True)
class _Collected:
    """The messages of one capture, in the making."""

    name: str
    frames: int = 0
    first_ns: int = 0
    last_ns: int = 0
    messages: list[MessageEntry] = field(default_factory=list)
    cut: dict[int, str] = field(default_factory=dict)
    """By position in `messages`: what the capture left out."""
    dropped: int = 0
    _streams: Streams = field(default_factory=Streams)
    _seen: dict[tuple[Endpoint, Endpoint, bytes], _Seen] = field(default_factory=dict)

    def frame(self, frame: Frame, packet: Packet | None) -> None:
        """Take one frame and what was found in it."""
        self.frames += 1
        if self.first_ns == 0 or frame.at_ns < self.first_ns:
            self.first_ns = frame.at_ns
        self.last_ns = max(self.last_ns, frame.at_ns)
        if packet is None:
            return
        if packet.kind == "tcp":
            for cut in self._streams.feed(packet, frame.number):
                self._stream_message(packet.source, packet.destination, cut, frame.at_ns)
        elif looks_like_sip(packet.data):
            self._datagram(frame, packet)

    def trace(self, damage: str) -> Trace:
        """All that was found, in order of time, with notes on what is missing."""
        for (source, destination), cut in self._streams.rest():
            self._stream_message(source, destination, cut, self.last_ns)
        order = sorted(range(len(self.messages)), key=lambda index: self.messages[index].at_ns)
        entries: list[Entry] = []
        for index in order:
            entry = self.messages[index]
            entry.n = len(entries) + 1
            entries.append(entry)
            if index in self.cut:
                text = self.cut[index]
                entries.append(FaultEntry(len(entries) + 1, entry.at_ns, "cut", text, entry.n))
        if self.dropped:
            damage = damage or f"{self.dropped} more messages than are looked at"
        if damage:
            entries.append(FaultEntry(len(entries) + 1, self.last_ns, "damaged", damage))
        header = Header(
            mode="capture",
            started_ns=self.first_ns,
            ended_ns=self.last_ns,
            complete=not damage,
        )
        return Trace(header, entries)

    def _datagram(self, frame: Frame, packet: Packet) -> None:
        key = packet.source, packet.destination, packet.data
        seen = self._seen.get(key)
        if seen is not None and _same_packet(seen, packet, frame.at_ns):
            seen.entry.frames += (frame.number,)
            seen.entry.received_ns = max(seen.entry.received_ns or 0, frame.at_ns)
            return
        entry = self._add(packet.source, packet.destination, packet.data, frame.at_ns)
        if entry is None:
            return
        entry.frames = (frame.number,)
        if packet.missing:
            self.cut[len(self.messages) - 1] = f"frame {frame.number} lacks {packet.missing} bytes"
        self._seen[key] = _Seen(entry, packet, frame.at_ns)

    def _stream_message(self, source: Endpoint, destination: Endpoint, cut: Cut, at_ns: int) -> None:
        entry = self._add(source, destination, cut.data, at_ns)
        if entry is not None:
            entry.transport, entry.connection, entry.frames = "tcp", cut.connection, cut.frames

    def _add(self, source: Endpoint, destination: Endpoint, raw: bytes, at_ns: int) -> MessageEntry | None:
        if len(self.messages) >= CAPTURE_MESSAGES_MAX:
            self.dropped += 1
            return None
        entry = MessageEntry(
            n=len(self.messages) + 1,
            sent_ns=at_ns,
            received_ns=None,
            source=source,
            destination=destination,
            transport="udp",
            raw=raw,
            stamp_source="capture",
        )
        self.messages.append(entry)
        return entry


def _same_packet(seen: _Seen, packet: Packet, at_ns: int) -> bool:
    """Whether this is a packet that was already seen, not a retransmission.

    A copy has the same IP identification. Where the sender sets none (0, or IPv6), it must have been
    seen at another place: other interface, link addresses or TTL.
    """
    if not 0 <= at_ns - seen.at_ns <= _SAME_PACKET_NS:
        return False
    if packet.identification != seen.packet.identification:
        return False
    return packet.identification != 0 or packet.sighting != seen.packet.sighting
