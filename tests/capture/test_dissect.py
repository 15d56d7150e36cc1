"""IP packets in frames of rare link types."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scapy.layers.dot11 import Dot11, RadioTap
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import LLC, SNAP
from scapy.layers.ppp import PPP
from scapy.packet import Packet as Layers

from harness.capture.blocks import Frame
from harness.capture.dissect import KNOWN_LAYERS, inner_packet
from harness.capture.packets import Decoder
from tests.capture.frames import REQUEST

PACKET = bytes(IP(src="192.0.2.1", dst="192.0.2.2") / UDP(sport=1, dport=2) / REQUEST)
WIFI = RadioTap() / Dot11(type=2, addr1="02:00:00:00:00:01", addr2="02:00:00:00:00:02") / LLC() / SNAP()
PPP_LINK, RADIOTAP_LINK, UNKNOWN_LINK = 9, 127, 147


@pytest.mark.parametrize(("link", "frame"), [(PPP_LINK, PPP()), (RADIOTAP_LINK, WIFI)])
def test_the_packet_is_found_and_decoded(link: int, frame: Layers) -> None:
    data = bytes(frame / IP(PACKET))
    assert inner_packet(link, data) == PACKET
    decoder = Decoder(memoryview(b"??" + data))
    packet = decoder.packet(Frame(1, 0, link, 2, 2 + len(data), len(data), 0, ()))
    assert packet is not None
    assert packet.data == REQUEST
    assert (decoder.dissected, decoder.unknown_links) == (1, {})


def test_what_scapy_does_not_know_is_nothing() -> None:
    assert KNOWN_LAYERS > 0
    assert inner_packet(UNKNOWN_LINK, PACKET) is None
    assert inner_packet(PPP_LINK, b"\x00\x99abc") is None


@settings(max_examples=100, deadline=None)
@given(st.sampled_from([PPP_LINK, RADIOTAP_LINK, 104, 105, 192]), st.binary(max_size=80))
def test_any_frame_is_survived(link: int, data: bytes) -> None:
    found = inner_packet(link, data)
    assert found is None or len(found) <= len(data)
