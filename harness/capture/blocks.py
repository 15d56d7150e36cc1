"""Walks the frames of a pcap or pcapng file that is mapped into memory.

Frames are numbered as Wireshark numbers them. Nothing is copied: a frame is a range of the file.
What is damaged ends the walk with a reason; what came before is kept. Must not live here: what is
in a frame (`packets.py`).
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from harness.base.errors import CaptureError
from harness.base.instant import SECOND
from harness.base.limits import FRAME_BYTES_MAX

OWN_ENTERPRISE = 32473
"""RFC 5612: the enterprise number for examples. We own none, and text marks our options as ours."""

_PCAP = {
    b"\xd4\xc3\xb2\xa1": ("<", 1000),
    b"\xa1\xb2\xc3\xd4": (">", 1000),
    b"\x4d\x3c\xb2\xa1": ("<", 1),
    b"\xa1\xb2\x3c\x4d": (">", 1),
}
_SECTION = b"\x0a\x0d\x0d\x0a"
_NOT_READ = {
    b"\x1f\x8b": "gzip data; unpack it first (gunzip)",
    b"\x28\xb5\x2f\xfd": "zstd data; unpack it first (unzstd)",
    b"\x34\xcd\xb2\xa1": "a pcap of a patched libpcap; convert it with editcap",
    b"snoop\x00\x00\x00": "a snoop file; convert it with editcap",
}

_INTERFACE_BLOCK = 1
_OLD_PACKET_BLOCK = 2
_SIMPLE_PACKET_BLOCK = 3
_PACKET_BLOCK = 6

_RESOLUTION = 9
_OFFSET = 14
_CUSTOM_TEXT = (2988, 19372)
"""Custom options that hold text: copied by editors, and not."""


class Frame(NamedTuple):
    """One captured frame: a range of the mapped file."""

    number: int
    """As Wireshark counts, from 1."""
    at_ns: int
    link: int
    """Link type (the LINKTYPE registry of tcpdump.org)."""
    start: int
    end: int
    length: int
    """Bytes that were on the wire; more than end - start where the capture cut the frame."""
    interface: int
    custom: tuple[str, ...]
    """Texts of our own custom options."""


@dataclass(slots=True)
class _Interface:
    link: int
    units_per_second: int = 1_000_000
    offset_ns: int = 0


class _Block(NamedTuple):
    """Where the body of a pcapng block is."""

    order: str
    kind: int
    body: int
    end: int


@dataclass(slots=True)
class Walk:
    """One pass over a file. Iterate `frames()`, then look at the other fields."""

    data: memoryview
    custom: list[str] = field(default_factory=list)
    """Texts of our own custom options in section headers; there once the first frame was given."""
    damage: str = ""
    """Why the walk ended before the end of the file, or empty."""

    def frames(self) -> Iterator[Frame]:
        """The frames in file order. Raises CaptureError when the file is no capture at all."""
        magic = bytes(self.data[:4])
        if magic in _PCAP:
            return self._pcap(*_PCAP[magic])
        if magic == _SECTION:
            return self._pcapng()
        raise CaptureError(_what_it_is(bytes(self.data[:16])))

    def _pcap(self, order: str, ns_per_unit: int) -> Iterator[Frame]:
        if len(self.data) < 24:
            raise CaptureError("a pcap file that ends inside its header")
        (link,) = struct.unpack_from(order + "I", self.data, 20)
        link &= 0x0FFF_FFFF
        record = struct.Struct(order + "IIII").unpack_from
        data, size = self.data, len(self.data)
        position, number = 24, 0
        while position + 16 <= size:
            seconds, fraction, captured, length = record(data, position)
            number += 1
            start = position + 16
            position = start + captured
            if captured > FRAME_BYTES_MAX:
                self.damage = f"frame {number} claims {captured} bytes"
                return
            if position > size:
                self.damage = f"the file ends inside frame {number}"
                return
            at_ns = seconds * SECOND + fraction * ns_per_unit
            yield Frame(number, at_ns, link, start, position, length, 0, ())
        if position != size:
            self.damage = f"the file ends inside the header of frame {number + 1}"

    def _pcapng(self) -> Iterator[Frame]:
        data, size = self.data, len(self.data)
        order, position, number = "<", 0, 0
        interfaces: list[_Interface] = []
        while position + 12 <= size:
            if bytes(data[position : position + 4]) == _SECTION:
                order = "<" if bytes(data[position + 8 : position + 12]) == b"\x4d\x3c\x2b\x1a" else ">"
                interfaces = []
            kind, length = struct.unpack_from(order + "II", data, position)
            if length < 12 or length % 4 or position + length > size:
                self.damage = f"a damaged block after frame {number}"
                return
            body, end = position + 8, position + length - 4
            position += length
            if kind == 0x0A0D0D0A:
                self._section(order, body + 16, end)
            elif kind == _INTERFACE_BLOCK and end - body >= 8:
                interfaces.append(_interface(data, order, body, end))
            elif kind in (_PACKET_BLOCK, _SIMPLE_PACKET_BLOCK, _OLD_PACKET_BLOCK):
                number += 1
                block = _Block(order, kind, body, end)
                frame = _packet(data, block, number, interfaces)
                if frame is None:
                    self.damage = f"frame {number} does not fit into its block"
                    return
                yield frame
        if position != size:
            self.damage = f"the file ends inside a block after frame {number}"

    def _section(self, order: str, start: int, end: int) -> None:
        self.custom += _custom(self.data, order, start, end)


def _what_it_is(head: bytes) -> str:
    if not head:
        return "empty file"
    for magic, text in _NOT_READ.items():
        if head.startswith(magic):
            return text
    return "not a capture (neither pcap nor pcapng)"


def _interface(data: memoryview, order: str, body: int, end: int) -> _Interface:
    (link,) = struct.unpack_from(order + "H", data, body)
    made = _Interface(link)
    for code, value in _options(data, order, body + 8, end):
        if code == _RESOLUTION and value:
            power = value[0] & 0x7F
            made.units_per_second = 2 ** min(power, 63) if value[0] & 0x80 else 10 ** min(power, 18)
        elif code == _OFFSET and len(value) >= 8:
            made.offset_ns = int(struct.unpack_from(order + "q", value)[0]) * SECOND
    return made


def _packet(data: memoryview, block: _Block, number: int, interfaces: list[_Interface]) -> Frame | None:
    """Read one packet block; None when its lengths do not fit."""
    order, kind, body, end = block
    if kind == _SIMPLE_PACKET_BLOCK:
        if end - body < 4 or not interfaces:
            return None
        (length,) = struct.unpack_from(order + "I", data, body)
        start = body + 4
        return Frame(number, 0, interfaces[0].link, start, min(start + length, end), length, 0, ())
    if end - body < 20:
        return None
    index, high, low, captured, length = struct.unpack_from(order + "IIIII", data, body)
    if kind == _OLD_PACKET_BLOCK:
        (index,) = struct.unpack_from(order + "H", data, body)
    start = body + 20
    if captured > end - start or index >= len(interfaces):
        return None
    interface = interfaces[index]
    stamp: int = high << 32 | low
    at_ns = stamp * SECOND // interface.units_per_second + interface.offset_ns
    after = start + (captured + 3) // 4 * 4
    custom: tuple[str, ...] = ()
    if after < end:
        custom = tuple(_custom(data, order, after, end))
    return Frame(number, max(at_ns, 0), interface.link, start, start + captured, length, index, custom)


def _custom(data: memoryview, order: str, start: int, end: int) -> list[str]:
    """Texts of custom options that carry our enterprise number."""
    return [
        value[4:].decode("utf-8", "replace")
        for code, value in _options(data, order, start, end)
        if code in _CUSTOM_TEXT and len(value) >= 4
        if struct.unpack_from(order + "I", value)[0] == OWN_ENTERPRISE
    ]


def _options(data: memoryview, order: str, start: int, end: int) -> Iterator[tuple[int, bytes]]:
    """Code and value of each option; stops at the end mark and at anything that does not fit."""
    header = struct.Struct(order + "HH").unpack_from
    while start + 4 <= end:
        code, length = header(data, start)
        start += 4
        if code == 0 or start + length > end:
            return
        yield code, bytes(data[start : start + length])
        start += (length + 3) // 4 * 4
