"""Captures become traces: any port, both transports, nothing twice, no crash."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import Ether
from scapy.packet import Packet

from harness.base.errors import CaptureError
from harness.base.instant import MS, SECOND
from harness.capture import pcapng
from harness.capture.reader import loads, read
from harness.trace import store
from harness.trace.entries import FaultEntry
from tests.capture.frames import ETHERNET, REQUEST, save, save_ng, with_body
from tests.ladders import cold_transfer

START_NS = 1_000_000_000 * SECOND
CAPTURES = Path(__file__).parent.parent.parent / "captures"


def datagram(data: bytes, *, identification: int = 1, ttl: int = 64, second_hop: bool = False) -> Packet:
    frame = ETHERNET if not second_hop else Ether(src="02:00:00:00:00:03", dst="02:00:00:00:00:04")
    ip = IP(src="192.0.2.1", dst="192.0.2.2", id=identification, ttl=ttl)
    return frame / ip / UDP(sport=5070, dport=15081) / data


def at(packet: Packet, ms: int) -> Packet:
    """The packet with a capture time in ms after the start."""
    packet.time = 1_000_000_000 + ms / 1000
    packet.stamped = True
    return packet


def segment(sequence: int, data: bytes, flags: str = "PA") -> Packet:
    ip = IP(src="192.0.2.1", dst="192.0.2.2", id=1)
    return ETHERNET / ip / TCP(sport=40000, dport=15081, seq=sequence, flags=flags) / data


def test_sip_is_found_on_any_port_between_other_traffic(tmp_path: Path) -> None:
    payloads = (b"\x80\0\0\1" + b"x" * 160, REQUEST, b"hello", b"\x80\0\0\2")
    trace = read(save(tmp_path / "x.pcap", [datagram(payload) for payload in payloads]))
    (entry,) = trace.messages()
    assert entry.raw == REQUEST
    assert entry.frames == (2,)
    assert (entry.sent_ns, entry.received_ns, entry.stamp_source) == (START_NS + 2 * SECOND, None, "capture")
    assert (str(entry.source), str(entry.destination), entry.transport) == (
        "192.0.2.1:5070",
        "192.0.2.2:15081",
        "udp",
    )
    header = trace.header
    assert (header.mode, header.complete) == ("capture", True)
    assert (header.started_ns, header.ended_ns) == (START_NS + SECOND, START_NS + 4 * SECOND)


def test_pcapng_of_another_writer_is_read(tmp_path: Path) -> None:
    trace = read(save_ng(tmp_path / "x.pcapng", [datagram(REQUEST)]))
    assert [entry.raw for entry in trace.messages()] == [REQUEST]


def test_messages_on_streams_are_found_too(tmp_path: Path) -> None:
    packets = [segment(9, b"", "S"), segment(10, REQUEST[:50]), segment(60, REQUEST[50:] + REQUEST)]
    trace = read(save(tmp_path / "x.pcap", packets))
    assert [(entry.raw, entry.transport, entry.frames) for entry in trace.messages()] == [
        (REQUEST, "tcp", (2, 3)),
        (REQUEST, "tcp", (3,)),
    ]
    assert trace.messages()[0].connection is not None


def test_the_same_packet_at_two_capture_points_is_one_message(tmp_path: Path) -> None:
    twice = [datagram(REQUEST), datagram(REQUEST, ttl=63, second_hop=True)]
    trace = read(save(tmp_path / "x.pcap", [at(packet, 10 * n) for n, packet in enumerate(twice)]))
    (entry,) = trace.messages()
    assert entry.frames == (1, 2)
    assert entry.received_ns == START_NS + 10 * MS


def test_without_identification_a_copy_must_have_been_seen_elsewhere(tmp_path: Path) -> None:
    for second_hop, messages in ((True, 1), (False, 2)):
        copy = datagram(REQUEST, identification=0, second_hop=second_hop)
        packets = [at(datagram(REQUEST, identification=0), 0), at(copy, 5)]
        assert len(read(save(tmp_path / "x.pcap", packets)).messages()) == messages


def test_a_retransmission_is_no_duplicate(tmp_path: Path) -> None:
    for copy in (at(datagram(REQUEST, identification=2), 5), at(datagram(REQUEST), 500)):
        packets = [at(datagram(REQUEST), 0), copy]
        assert len(read(save(tmp_path / "x.pcap", packets)).messages()) == 2


def test_ipv6_and_order_by_time(tmp_path: Path) -> None:
    ip6 = IPv6(src="2001:db8::1", dst="2001:db8::2")
    late = at(ETHERNET / ip6 / UDP(sport=1, dport=2) / REQUEST, 900)
    trace = read(save(tmp_path / "x.pcap", [late, at(datagram(REQUEST), 100)]))
    assert [entry.n for entry in trace.messages()] == [1, 2]
    assert [entry.frames for entry in trace.messages()] == [(2,), (1,)]
    assert str(trace.messages()[1].source) == "[2001:db8::1]:1"


def test_a_message_that_the_capture_cut_is_kept_and_said_to_be_cut(tmp_path: Path) -> None:
    frame = Ether(bytes(datagram(with_body(400)))[:300])
    trace = read(save(tmp_path / "x.pcap", [frame]))
    message, fault = trace.entries
    assert isinstance(fault, FaultEntry)
    assert (fault.kind, fault.entry) == ("cut", message.n)


def test_a_cut_file_gives_what_comes_before(tmp_path: Path) -> None:
    data = save(tmp_path / "x.pcap", [datagram(REQUEST), datagram(REQUEST, identification=2)]).read_bytes()
    trace = loads(data[:-9])
    assert len(trace.messages()) == 1
    assert not trace.header.complete
    assert isinstance(trace.entries[-1], FaultEntry)
    assert trace.entries[-1].kind == "damaged"


def test_a_capture_without_sip_is_a_trace_without_messages(tmp_path: Path) -> None:
    trace = read(save(tmp_path / "x.pcap", [datagram(b"\x80hello")]))
    assert trace.entries == []
    assert trace.header.complete


def test_what_is_no_capture_is_told_in_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "x"
    for content, said in ((b"", "empty file"), (b"hello", "not a capture"), (b"\x1f\x8b\x08", "gunzip")):
        path.write_bytes(content)
        with pytest.raises(CaptureError, match=f"{path}: .*{said}"):
            read(path)
    for missing in (tmp_path / "missing", tmp_path):
        with pytest.raises(CaptureError, match=str(missing)):
            read(missing)


def test_a_link_type_that_is_not_read_is_named(tmp_path: Path) -> None:
    path = save(tmp_path / "x.pcap", [datagram(REQUEST)], link=147)
    with pytest.raises(CaptureError, match="link type 147"):
        read(path)


def test_a_trace_file_is_read_as_one(tmp_path: Path) -> None:
    trace = cold_transfer()
    store.write(trace, tmp_path / "x.jsonl")
    assert store.dumps(read(tmp_path / "x.jsonl")) == store.dumps(trace)


def test_damaged_files_of_our_own_give_what_is_left() -> None:
    data = pcapng.dumps(cold_transfer())
    trace = loads(data[: len(data) - 700])
    assert not trace.header.complete
    assert 25 < len(trace.messages()) < 32
    assert trace.header.cast == cold_transfer().header.cast


def test_bytes_that_were_overwritten_in_a_file_of_our_own_are_damage() -> None:
    data = pcapng.dumps(cold_transfer())
    for place in (data.index(b"REFER sip"), data.index(b"REFER sip") - 28):
        trace = loads(data[:place] + b"\xff" * 300 + data[place + 300 :])
        assert not trace.header.complete
        told = trace.entries[-1]
        assert isinstance(told, FaultEntry)
        assert (told.kind, told.text) == ("damaged", "1 changed packet")
        assert told.n == max(entry.n for entry in trace.entries)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_damage_to_a_file_raises_anything_but_capture_error(data: st.DataObject) -> None:
    files = [
        pcapng.dumps(cold_transfer()),
        (CAPTURES / "sipp361_uac_vs_uas_200.pcap").read_bytes(),
        data.draw(st.binary(max_size=300)),
    ]
    content = bytearray(data.draw(st.sampled_from(files)))
    for _ in range(data.draw(st.integers(1, 20))):
        if content:
            content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with suppress(CaptureError):
        loads(bytes(content))
