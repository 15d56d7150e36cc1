"""From a captured frame to the UDP datagram or TCP segment inside it.

Reads Ethernet (with VLAN and PPPoE), Linux cooked, raw IP and loopback frames, IPv4 and IPv6, and
puts IP fragments together. What cannot be SIP is passed over as early as possible. Never raises on
what a frame holds. Must not live here: files (`blocks.py`), streams (`streams.py`).
"""

import struct
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Literal, NamedTuple

from harness.base.endpoint import Endpoint
from harness.base.limits import CAPTURE_DISSECTED_MAX, CAPTURE_FRAGMENTS_MAX, MESSAGE_BYTES_MAX
from harness.capture.blocks import Frame

FIN, SYN, RST = 1, 2, 4

_TCP, _UDP = 6, 17
_EXTENSIONS = {0, 43, 60, 135}  # hop-by-hop, routing, destination options, mobility: RFC 8200 section 4
_FRAGMENT, _AUTHENTICATION = 44, 51
_LETTERS = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
_VLAN = {0x8100, 0x88A8, 0x9100}
_PPPOE = 0x8864
_IP_TYPES = {0x0800, 0x86DD}

NULL, ETHERNET, RAW, LOOP, SLL, IPV4, IPV6, SLL2 = 0, 1, 101, 108, 113, 228, 229, 276
_RAW_TYPES = {RAW, IPV4, IPV6, 12, 14}
_READ = {NULL, ETHERNET, LOOP, SLL, SLL2, *_RAW_TYPES}


class _Datagram(NamedTuple):
    """What the IP layer hands up."""

    protocol: int
    hosts: tuple[bytes, bytes]
    body: memoryview
    missing: int
    identification: int
    header: int
    """Where the IP header begins in the file."""


class Packet(NamedTuple):
    """One UDP datagram or TCP segment."""

    kind: Literal["udp", "tcp"]
    source: Endpoint
    destination: Endpoint
    data: bytes
    missing: int
    """Bytes that were on the wire but not in the capture."""
    identification: int
    """IPv4 identification; 0 where the sender set none, and for IPv6."""
    sighting: bytes
    """Link header and TTL: differs where one packet was seen at two places."""
    sequence: int = 0
    flags: int = 0


@dataclass(slots=True)
class _Parts:
    """Fragments of one datagram. `end` is known once the last fragment was seen."""

    pieces: dict[int, bytes] = field(default_factory=dict)
    end: int | None = None

    def whole(self) -> bytes | None:
        if self.end is None:
            return None
        joined = b""
        for offset in sorted(self.pieces):
            if offset > len(joined):
                return None
            joined = joined[:offset] + self.pieces[offset]
        return joined if len(joined) >= self.end else None


@dataclass(slots=True)
class Decoder:
    """Takes frames of one file, in order; keeps what waits for further fragments."""

    data: memoryview
    everything: bool = False
    """Also datagrams that cannot be SIP: for files of our own, which hold garbage on purpose."""
    unknown_links: dict[int, int] = field(default_factory=dict)
    """Frames of link types that nobody here can read."""
    dissected: int = 0
    """Frames that scapy was asked about."""
    altered: int = 0
    """With `everything`: packets whose checksum does not fit them. Captures of others are full of those,
    because network cards compute checksums after the capture point; in a file of ours it is damage."""
    _hosts: dict[bytes, str] = field(default_factory=dict)
    _parts: OrderedDict[Hashable, _Parts] = field(default_factory=OrderedDict)

    def packet(self, frame: Frame) -> Packet | None:
        """The datagram or segment in this frame; None when there is none, or no SIP can be in it."""
        if frame.link not in _READ:
            return self._foreign(frame)
        start = self._network(frame)
        if start is None or frame.end - start < 20:
            return None
        version = self.data[start] >> 4
        if version == 4:
            return self._ipv4(frame, start)
        return self._ipv6(frame, start) if version == 6 else None

    def _network(self, frame: Frame) -> int | None:
        """Where the IP header begins; None when the frame holds no IP."""
        data, start, end, link = self.data, frame.start, frame.end, frame.link
        if link == ETHERNET:
            return self._ethernet(start + 12, end)
        if link in _RAW_TYPES:
            return start
        if link in (NULL, LOOP):
            return start + 4
        if link == SLL and end - start >= 16:
            return self._ethernet(start + 14, end)
        if link == SLL2 and end - start >= 20:
            kind = data[start] << 8 | data[start + 1]
            return start + 20 if kind in _IP_TYPES else None
        return None

    def _foreign(self, frame: Frame) -> Packet | None:
        """A frame of a link type that is not read here: scapy may know it."""
        inner = None
        if self.dissected < CAPTURE_DISSECTED_MAX:
            from harness.capture.dissect import inner_packet  # noqa: PLC0415 - slow, and rarely needed

            self.dissected += 1
            inner = inner_packet(frame.link, bytes(self.data[frame.start : frame.end]))
        if inner is None:
            self.unknown_links[frame.link] = self.unknown_links.get(frame.link, 0) + 1
            return None
        decoder = Decoder(memoryview(inner), everything=self.everything)
        return decoder.packet(frame._replace(link=RAW, start=0, end=len(inner), length=len(inner)))

    def _ethernet(self, position: int, end: int) -> int | None:
        """Step over the EtherType at `position`, VLAN tags and PPPoE."""
        data = self.data
        while position + 2 <= end:
            kind = data[position] << 8 | data[position + 1]
            position += 2
            if kind in _IP_TYPES:
                return position
            if kind == _PPPOE:
                return position + 8
            if kind not in _VLAN:
                return None
            position += 2
        return None

    def _ipv4(self, frame: Frame, start: int) -> Packet | None:
        data = self.data
        header = (data[start] & 15) * 4
        protocol = data[start + 9]
        if protocol not in (_UDP, _TCP) or header < 20:
            return None
        total = data[start + 2] << 8 | data[start + 3]
        begin, until = start + header, frame.end
        missing = max(frame.length - (frame.end - frame.start), 0)
        if total:  # 0: segmentation was left to the card, and the frame is all there is
            missing = max(start + total - frame.end, 0)
            until = min(until, start + total)
        fragment = data[start + 6] << 8 | data[start + 7]
        if protocol == _UDP and not fragment & 0x3FFF and self._passed_over(begin, until):
            return None
        identification = data[start + 4] << 8 | data[start + 5]
        hosts = bytes(data[start + 12 : start + 16]), bytes(data[start + 16 : start + 20])
        if fragment & 0x3FFF:
            key = (*hosts, protocol, identification)
            offset = (fragment & 0x1FFF) * 8
            joined = self._join(key, offset, bytes(data[begin:until]), last=not fragment & 0x2000)
            if joined is None:
                return None
            return self._transport(
                frame, _Datagram(protocol, hosts, memoryview(joined), 0, identification, start)
            )
        return self._transport(
            frame, _Datagram(protocol, hosts, data[begin:until], missing, identification, start)
        )

    def _passed_over(self, begin: int, until: int) -> bool:
        """Whether the UDP datagram there cannot be SIP. SIP begins with a letter: this sorts out RTP,
        RTCP, STUN and keep-alives before anything is copied."""
        return not self.everything and (until - begin < 9 or self.data[begin + 8] not in _LETTERS)

    def _ipv6(self, frame: Frame, start: int) -> Packet | None:
        data, end = self.data, frame.end
        if end - start < 40:
            return None
        length = data[start + 4] << 8 | data[start + 5]
        missing = max(start + 40 + length - end, 0) if length else 0
        if length:  # 0: a jumbogram, or segmentation was left to the card
            end = min(end, start + 40 + length)
        hosts = bytes(data[start + 8 : start + 24]), bytes(data[start + 24 : start + 40])
        protocol, position = data[start + 6], start + 40
        while position + 8 <= end:
            if protocol in (_UDP, _TCP):
                return self._transport(
                    frame, _Datagram(protocol, hosts, data[position:end], missing, 0, start)
                )
            following = data[position]
            if protocol == _FRAGMENT:
                return self._fragment6(frame, start, position, end, hosts)
            if protocol == _AUTHENTICATION:
                position += (data[position + 1] + 2) * 4
            elif protocol in _EXTENSIONS:
                position += (data[position + 1] + 1) * 8
            else:
                return None
            protocol = following
        return None

    def _fragment6(
        self, frame: Frame, start: int, position: int, end: int, hosts: tuple[bytes, bytes]
    ) -> Packet | None:
        data = self.data
        protocol = data[position]
        field_value = data[position + 2] << 8 | data[position + 3]
        key = (*hosts, protocol, bytes(data[position + 4 : position + 8]))
        piece = bytes(data[position + 8 : end])
        joined = self._join(key, field_value & 0xFFF8, piece, last=not field_value & 1)
        if joined is None or protocol not in (_UDP, _TCP):
            return None
        return self._transport(frame, _Datagram(protocol, hosts, memoryview(joined), 0, 0, start))

    def _join(self, key: Hashable, offset: int, piece: bytes, *, last: bool) -> bytes | None:
        """Keep one fragment; the whole datagram once nothing is missing."""
        parts = self._parts.setdefault(key, _Parts())
        if offset + len(piece) > MESSAGE_BYTES_MAX:
            del self._parts[key]
            return None
        parts.pieces[offset] = piece
        if last:
            parts.end = offset + len(piece)
        whole = parts.whole()
        if whole is not None:
            del self._parts[key]
        elif len(self._parts) > CAPTURE_FRAGMENTS_MAX:
            self._parts.popitem(last=False)
        return whole

    def _transport(self, frame: Frame, datagram: _Datagram) -> Packet | None:
        protocol, hosts, body, missing, identification, header = datagram
        size = len(body)
        sequence = flags = 0
        if protocol == _UDP:
            if not self.everything and (size < 9 or body[8] not in _LETTERS):
                return None
            if size < 8:
                return None
            length = body[4] << 8 | body[5]
            payload = bytes(body[8 : length if length >= 8 else size])
        else:
            if size < 20:
                return None
            payload, flags = bytes(body[max((body[12] >> 4) * 4, 20) :]), body[13]
            sequence = int.from_bytes(body[4:8], "big")
        data = self.data
        if self.everything and not missing and not _fits(protocol, hosts, body):
            self.altered += 1
        lifetime = data[header + 8] if data[header] >> 4 == 4 else data[header + 7]
        return Packet(
            "udp" if protocol == _UDP else "tcp",
            Endpoint(self._host(hosts[0]), body[0] << 8 | body[1]),
            Endpoint(self._host(hosts[1]), body[2] << 8 | body[3]),
            payload,
            missing,
            identification,
            bytes(data[frame.start : header]) + bytes((frame.interface & 0xFF, lifetime)),
            sequence,
            flags,
        )

    def _host(self, address: bytes) -> str:
        text = self._hosts.get(address)
        if text is None:
            parsed = ip_address(address)
            mapped = getattr(parsed, "ipv4_mapped", None)
            text = str(mapped or parsed)
            self._hosts[address] = text
        return text


def _fits(protocol: int, hosts: tuple[bytes, bytes], body: memoryview) -> bool:
    """Whether the checksum of a whole datagram or segment is right, or was left out."""
    if protocol == _UDP and not body[6] and not body[7]:
        return True
    pseudo = b"".join(hosts) + struct.pack(">IHBB", len(body), 0, 0, protocol)
    return checksum(pseudo + bytes(body)) == 0


def checksum(data: bytes) -> int:
    """The Internet checksum (RFC 1071)."""
    if len(data) % 2:
        data += b"\0"
    total: int = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
