"""Capture files for tests, written by scapy: a second opinion on frames that is not our own writer."""

import struct
from collections.abc import Sequence
from pathlib import Path

from scapy.layers.l2 import Ether
from scapy.packet import Packet
from scapy.utils import PcapWriter, wrpcapng

ETHERNET = Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02")
"""With both addresses: scapy would ask the network for one that is missing."""

REQUEST = (
    b"OPTIONS sip:b@192.0.2.2 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1:5070;branch=z9hG4bKx\r\n"
    b"From: <sip:a@x>;tag=1\r\nTo: <sip:b@x>\r\nCall-ID: c\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
)


def with_body(size: int) -> bytes:
    """A request with a body of that size."""
    return REQUEST.replace(b"Length: 0", b"Length: %d" % size) + bytes(97 + n % 26 for n in range(size))


def save(path: Path, packets: Sequence[Packet], *, link: int | None = None, nano: bool = False) -> Path:
    """Write a classic pcap file; packet n is stamped n seconds after 1,000,000,000 unless it has a time."""
    for number, packet in enumerate(packets, 1):
        if not getattr(packet, "stamped", False):
            packet.time = 1_000_000_000 + number
    with PcapWriter(str(path), linktype=link, nano=nano, sync=True) as writer:
        for packet in packets:
            writer.write(packet)
    return path


def save_ng(path: Path, packets: Sequence[Packet]) -> Path:
    """Write a pcapng file."""
    wrpcapng(str(path), list(packets))
    return path


def block(kind: int, body: bytes, order: str = "<") -> bytes:
    """One pcapng block."""
    body += b"\0" * (-len(body) % 4)
    return struct.pack(order + "II", kind, len(body) + 12) + body + struct.pack(order + "I", len(body) + 12)


def section(order: str = "<") -> bytes:
    """A pcapng section header without options."""
    return block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1), order)
