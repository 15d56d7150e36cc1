"""What passes between a host and a runtime is plain values."""

from harness.base.endpoint import Endpoint
from harness.protocol.packet import Note, Packet, Transmit
from tests.ends import THEM, US, Bench, ask


def test_a_packet_carries_its_parsed_form_only_when_somebody_has_it() -> None:
    packet = Packet(THEM, US, "udp", b"x")
    assert packet.message is None
    assert packet == (Endpoint("192.0.2.20", 5060), Endpoint("192.0.2.10", 5060), "udp", b"x", None)


def test_a_host_asks_for_transmissions_and_notes_only_and_forgets_them_once_asked() -> None:
    bench = Bench()
    bench.host.receive(0, Packet(THEM, US, "udp", b"garbage"))
    bench.host.receive(0, Packet(THEM, US, "udp", ask("OPTIONS", 1)))
    note, transmit = bench.host.commands()
    assert isinstance(note, Note) and "not a SIP message" in note.text
    assert isinstance(transmit, Transmit)
    assert (transmit.destination, transmit.transport) == (THEM, "udp")
    assert bench.host.commands() == []
