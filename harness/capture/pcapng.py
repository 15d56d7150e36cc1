"""Writes a trace as a pcapng file that Wireshark opens.

UDP messages become IP datagrams, stream messages become TCP connections with handshake and right
sequence numbers; no frame is split, so that one message is one packet. Time stamps are nanoseconds
of the sender's transmission. A message that never arrived is there all the same, with a comment.
Must not live here: reading (`reader.py`), what the options say (`own.py`).
"""

import os
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

from harness.base.endpoint import RELIABLE, Endpoint
from harness.base.errors import BrokenEnvironment
from harness.capture import own
from harness.capture.blocks import OWN_ENTERPRISE
from harness.capture.packets import RAW, SYN, checksum
from harness.trace.entries import FaultEntry, MessageEntry, Trace

_INTERFACE_NAME = "siptransfer"
_SNAP_LENGTH = 262_144
_ACK, _PUSH = 16, 8
_TCP, _UDP = 6, 17
_SEGMENT_BYTES_MAX = 60_000
_DATAGRAM_BYTES_MAX = 65_507
"""What IPv4 can carry in one UDP datagram (65,535 less 20 and 8)."""

_COMMENT, _CUSTOM = 1, 2988
_SECTION_APPLICATION, _INTERFACE_LABEL, _INTERFACE_RESOLUTION = 4, 2, 9


def write(trace: Trace, path: str | os.PathLike[str]) -> None:
    """Write the messages of a trace. Raises BrokenEnvironment when the file cannot be written."""
    try:
        Path(path).write_bytes(dumps(trace))
    except OSError as error:
        reason = error.strerror or str(error)
        raise BrokenEnvironment(
            f"{os.fspath(path)}: cannot write the capture: {reason}",
            do="Choose a folder that exists and is yours.",
        ) from None


def dumps(trace: Trace) -> bytes:
    """The capture as bytes; equal traces give equal bytes."""
    parts = [_section(trace), _interface()]
    comments = _comments(trace)
    wires = _Wires()
    for entry in trace.messages():
        packets = wires.packets(entry)
        parts += [_packet(entry.at_ns, packet, ()) for packet in packets[:-1]]
        options = [*comments.get(entry.n, ()), (_CUSTOM, _custom(own.packet_text(entry)))]
        parts.append(_packet(entry.at_ns, packets[-1], options))
    return b"".join(parts)


# --- blocks -------------------------------------------------------------------------------------

_Option = tuple[int, bytes]


def _block(kind: int, body: bytes) -> bytes:
    length = len(body) + 12
    return struct.pack("<II", kind, length) + body + struct.pack("<I", length)


def _options(options: Iterable[_Option]) -> bytes:
    parts = [struct.pack("<HH", code, len(value)) + _padded(value) for code, value in options]
    return b"".join([*parts, b"\0\0\0\0"]) if parts else b""


def _padded(data: bytes) -> bytes:
    return data + b"\0" * (-len(data) % 4)


def _custom(text: str) -> bytes:
    return struct.pack("<I", OWN_ENTERPRISE) + text.encode()


def _section(trace: Trace) -> bytes:
    header = trace.header
    what = f"{header.mode} run" if header.mode != "capture" else "capture"
    named = f" of {header.scenario}" if header.scenario else ""
    people = ", ".join(f"{member.name} {member.endpoint}" for member in header.cast)
    comment = f"{what}{named}, seed {header.seed}" + (f"\n{people}" if people else "")
    options: list[_Option] = [
        (_COMMENT, comment.encode()[:1000]),
        (_SECTION_APPLICATION, (header.tool or "siptransfer").encode()[:200]),
    ]
    options += [(_CUSTOM, _custom(text)) for text in own.section_texts(trace) if own.fits(text)]
    body = struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1) + _options(options)
    return _block(0x0A0D0D0A, body)


def _interface() -> bytes:
    options = [(_INTERFACE_LABEL, _INTERFACE_NAME.encode()), (_INTERFACE_RESOLUTION, b"\x09")]
    return _block(1, struct.pack("<HHI", RAW, 0, _SNAP_LENGTH) + _options(options))


def _packet(at_ns: int, data: bytes, options: Iterable[_Option]) -> bytes:
    head = struct.pack("<IIIII", 0, at_ns >> 32, at_ns & 0xFFFF_FFFF, len(data), len(data))
    return _block(6, head + _padded(data) + _options(options))


def _comments(trace: Trace) -> dict[int, list[_Option]]:
    """Packet comments by entry number: messages that were lost, and the faults about them."""
    found: dict[int, list[_Option]] = {}
    for entry in trace.entries:
        if isinstance(entry, MessageEntry) and not entry.arrived:
            found.setdefault(entry.n, []).append((_COMMENT, b"sent, but it never arrived"))
        elif isinstance(entry, FaultEntry) and entry.entry is not None:
            text = f"{entry.kind}: {entry.text}".encode()[:1000]
            found.setdefault(entry.entry, []).append((_COMMENT, text))
    return found


# --- packets ------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Connection:
    """Sequence numbers of one TCP connection, by sender."""

    following: dict[Endpoint, int] = field(default_factory=dict)


@dataclass(slots=True)
class _Wires:
    """Makes IP packets out of messages; remembers the connections and the stand-in addresses."""

    _connections: dict[tuple[Endpoint, Endpoint, int | None], _Connection] = field(default_factory=dict)
    _stand_ins: dict[str, IPv4Address | IPv6Address] = field(default_factory=dict)

    def packets(self, entry: MessageEntry) -> list[bytes]:
        """The packets that carry a message; the last one completes it."""
        if entry.transport in RELIABLE:
            return list(self._stream(entry))
        data = entry.raw[:_DATAGRAM_BYTES_MAX]
        source, destination = self._addresses(entry)
        ports = entry.source.port, entry.destination.port
        size = 8 + len(data)
        datagram = struct.pack(">HHHH", *ports, size, 0) + data
        total = checksum(_pseudo(source, destination, _UDP, size) + datagram) or 0xFFFF
        datagram = datagram[:6] + struct.pack(">H", total) + data
        return [_internet(source, destination, _UDP, datagram)]

    def _stream(self, entry: MessageEntry) -> Iterator[bytes]:
        ends = (entry.source, entry.destination)
        first, second = sorted(ends)
        connection = self._connections.get((first, second, entry.connection))
        if connection is None:
            connection = _Connection({entry.source: 1, entry.destination: 1})
            self._connections[first, second, entry.connection] = connection
            yield self._segment(entry, ends, (0, 0), SYN)
            yield self._segment(entry, ends[::-1], (0, 1), SYN | _ACK)
            yield self._segment(entry, ends, (1, 1), _ACK)
        following = connection.following
        for start in range(0, max(len(entry.raw), 1), _SEGMENT_BYTES_MAX):
            data = entry.raw[start : start + _SEGMENT_BYTES_MAX]
            numbers = following[entry.source], following[entry.destination]
            yield self._segment(entry, ends, numbers, _PUSH | _ACK, data)
            following[entry.source] = (following[entry.source] + len(data)) % (1 << 32)

    def _segment(
        self,
        entry: MessageEntry,
        ends: tuple[Endpoint, Endpoint],
        numbers: tuple[int, int],
        flags: int,
        data: bytes = b"",
    ) -> bytes:
        addresses = self._addresses(entry)
        source, destination = addresses if ends[0] == entry.source else addresses[::-1]
        head = struct.pack(">HHIIBBHHH", ends[0].port, ends[1].port, *numbers, 5 << 4, flags, 65535, 0, 0)
        segment = head + data
        total = checksum(_pseudo(source, destination, _TCP, len(segment)) + segment)
        return _internet(source, destination, _TCP, segment[:16] + struct.pack(">H", total) + segment[18:])

    def _addresses(self, entry: MessageEntry) -> tuple[IPv4Address | IPv6Address, IPv4Address | IPv6Address]:
        source, destination = self._address(entry.source.host), self._address(entry.destination.host)
        if source.version == destination.version:
            return source, destination
        return _wide(source), _wide(destination)

    def _address(self, host: str) -> IPv4Address | IPv6Address:
        known = self._stand_ins.get(host)
        if known is None:
            try:
                known = ip_address(host.partition("%")[0])
            except ValueError:
                # No address: a stand-in of the range for benchmarks (RFC 2544); the entry keeps the name.
                known = IPv4Address(int(IPv4Address("198.18.0.1")) + len(self._stand_ins) % 65536)
            self._stand_ins[host] = known
        return known


def _wide(address: IPv4Address | IPv6Address) -> IPv6Address:
    """An IPv4 address as IPv4-mapped IPv6 (RFC 4291 section 2.5.5.2)."""
    return (
        address
        if isinstance(address, IPv6Address)
        else IPv6Address(b"\0" * 10 + b"\xff\xff" + address.packed)
    )


def _internet(
    source: IPv4Address | IPv6Address, destination: IPv4Address | IPv6Address, protocol: int, body: bytes
) -> bytes:
    if source.version == 6:
        head = struct.pack(">IHBB", 6 << 28, len(body), protocol, 64)
        return head + source.packed + destination.packed + body
    # "Don't fragment" with identification 0 (RFC 6864 section 4.1).
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(body), 0, 0x4000, 64, protocol, 0)
    head += source.packed + destination.packed
    return head[:10] + struct.pack(">H", checksum(head)) + head[12:] + body


def _pseudo(
    source: IPv4Address | IPv6Address, destination: IPv4Address | IPv6Address, protocol: int, size: int
) -> bytes:
    """The header that transport checksums cover (RFC 768, RFC 8200 section 8.1)."""
    return source.packed + destination.packed + struct.pack(">IHBB", size, 0, 0, protocol)
