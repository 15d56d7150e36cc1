"""Datagrams and segments inside frames of every kind that is read; frames are written by scapy."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scapy.layers.inet import IP, TCP, UDP, fragment
from scapy.layers.inet6 import IPv6, IPv6ExtHdrDestOpt, IPv6ExtHdrFragment, IPv6ExtHdrHopByHop, fragment6
from scapy.layers.l2 import ARP, CookedLinux, CookedLinuxV2, Dot1Q, Ether, Loopback
from scapy.layers.ppp import PPP, PPPoE
from scapy.packet import Packet as Layers

from harness.base.endpoint import Endpoint
from harness.capture.blocks import Frame, Walk
from harness.capture.packets import NULL, RAW, Decoder, Packet
from tests.capture.frames import ETHERNET, REQUEST, save, with_body

V4 = IP(src="192.0.2.1", dst="192.0.2.2", id=77)
V6 = IPv6(src="2001:db8::1", dst="2001:db8::2")
DATAGRAM = UDP(sport=5070, dport=5080)


def decoded(data: bytes, *, everything: bool = False) -> list[Packet]:
    decoder = Decoder(memoryview(data), everything=everything)
    found = (decoder.packet(frame) for frame in Walk(memoryview(data)).frames())
    return [packet for packet in found if packet is not None]


def written(tmp_path: Path, *packets: Layers, link: int | None = None) -> bytes:
    return save(tmp_path / "x.pcap", packets, link=link).read_bytes()


@pytest.mark.parametrize(
    ("frame", "link"),
    [
        (ETHERNET / V4, None),
        (ETHERNET / Dot1Q(vlan=5) / V4, None),
        (ETHERNET / Dot1Q(vlan=5, type=0x8100) / Dot1Q(vlan=6) / V4, None),
        (ETHERNET / PPPoE(sessionid=1) / PPP() / V4, None),
        (CookedLinux(proto=0x0800) / V4, 113),
        (CookedLinuxV2(proto=0x0800) / V4, 276),
        (V4, RAW),
        (V4, 228),
        (Loopback(type=2) / V4, NULL),
        (ETHERNET / V6, None),
        (V6, 229),
        (ETHERNET / V6 / IPv6ExtHdrHopByHop() / IPv6ExtHdrDestOpt(), None),
    ],
)
def test_a_datagram_is_found_in_every_kind_of_frame(tmp_path: Path, frame: Layers, link: int | None) -> None:
    (packet,) = decoded(written(tmp_path, frame / DATAGRAM / REQUEST, link=link))
    assert packet.kind == "udp"
    assert packet.data == REQUEST
    assert (packet.source.port, packet.destination.port) == (5070, 5080)
    assert packet.source.host in ("192.0.2.1", "2001:db8::1")
    assert packet.missing == 0


def test_a_segment_has_its_sequence_number_and_flags(tmp_path: Path) -> None:
    segment = TCP(sport=5070, dport=5080, seq=12345, flags="PA", options=[("MSS", 1460)])
    (packet,) = decoded(written(tmp_path, ETHERNET / V4 / segment / b"abc"))
    assert (packet.kind, packet.sequence, packet.flags, packet.data) == ("tcp", 12345, 0x18, b"abc")
    assert packet.source == Endpoint("192.0.2.1", 5070)


def test_padding_of_short_ethernet_frames_is_cut_off(tmp_path: Path) -> None:
    frame = bytes(ETHERNET / V4 / DATAGRAM / b"SIP/2.0 ") + b"\0" * 20
    assert [packet.data for packet in decoded(written(tmp_path, Ether(frame)))] == [b"SIP/2.0 "]


def test_fragments_are_put_together_in_any_order(tmp_path: Path) -> None:
    message = with_body(5000)
    v4 = fragment(V4 / DATAGRAM / message, fragsize=1400)
    v6 = fragment6(V6 / IPv6ExtHdrFragment(id=9) / DATAGRAM / message, 1400)
    for pieces in (v4, v6):
        for order in (pieces, list(reversed(pieces)), [pieces[0], *pieces]):
            packets = decoded(written(tmp_path, *(ETHERNET / piece for piece in order)))
            assert [packet.data for packet in packets] == [message]


def test_a_missing_fragment_gives_nothing(tmp_path: Path) -> None:
    pieces = fragment(V4 / DATAGRAM / with_body(5000), fragsize=1400)
    for gone in range(len(pieces)):
        kept = [ETHERNET / piece for number, piece in enumerate(pieces) if number != gone]
        assert decoded(written(tmp_path, *kept)) == []


def test_bytes_that_the_capture_cut_off_are_counted(tmp_path: Path) -> None:
    frame = ETHERNET / V4 / DATAGRAM / with_body(500)
    data = bytes(frame)[:300]
    (packet,) = decoded(written(tmp_path, Ether(data)))
    assert packet.missing == len(bytes(frame)) - 300


def test_what_cannot_be_sip_is_passed_over_unless_everything_is_wanted(tmp_path: Path) -> None:
    rtp = ETHERNET / V4 / DATAGRAM / b"\x80\x00\x00\x01"
    data = written(tmp_path, rtp, ETHERNET / V4 / DATAGRAM)
    assert decoded(data) == []
    assert [packet.data for packet in decoded(data, everything=True)] == [b"\x80\x00\x00\x01", b""]


def test_other_protocols_and_links_are_passed_over(tmp_path: Path) -> None:
    data = written(
        tmp_path,
        ETHERNET / ARP(psrc="192.0.2.1", hwsrc="02:00:00:00:00:01"),
        ETHERNET / IP(src="192.0.2.1", dst="192.0.2.2", proto=47) / (b"gre" * 9),
    )
    assert decoded(data) == []
    decoder = Decoder(memoryview(b"\0" * 100))
    assert decoder.packet(Frame(1, 0, 147, 0, 100, 100, 0, ())) is None
    assert decoder.unknown_links == {147: 1}


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_any_frame_is_survived(data: st.DataObject) -> None:
    link = data.draw(st.sampled_from([0, 1, 12, 101, 108, 113, 228, 229, 276]))
    whole = bytes(ETHERNET / V6 / IPv6ExtHdrHopByHop() / DATAGRAM / REQUEST)
    start = data.draw(st.integers(0, 120))
    frame = data.draw(st.sampled_from([b"", whole[:start]])) + data.draw(st.binary(max_size=120))
    decoder = Decoder(memoryview(frame), everything=True)
    decoder.packet(Frame(1, 0, link, 0, len(frame), len(frame), 0, ()))
