"""Messages that a script hands over as bytes: with a transaction where they can have one."""

import pytest

from harness.base.endpoint import Endpoint
from harness.base.entropy import Stream
from harness.protocol.host import Host
from harness.protocol.packet import Packet, Transmit
from harness.protocol.raw import send_raw
from harness.protocol.stack import Identity

HERE, THERE = Endpoint("192.0.2.10", 5060), Endpoint("192.0.2.11", 5060)
T1_NS = 500_000_000
INFO = (
    b"INFO sip:b@192.0.2.11 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.10;branch=z9hG4bKraw\r\n"
    b"From: <sip:a@192.0.2.10>;tag=1\r\nTo: <sip:b@192.0.2.11>\r\nCall-ID: c\r\nCSeq: 7 INFO\r\n\r\n"
)


def host() -> Host:
    return Host(Identity("agent", HERE, "a"), Stream(1, "host"))


def sent(party: Host) -> list[bytes]:
    return [command.data for command in party.commands() if isinstance(command, Transmit)]


def test_a_request_is_repeated_until_it_is_answered() -> None:
    party = host()
    leg = party.prepare("sip:b@192.0.2.11", destination=THERE)
    send_raw(leg, INFO)
    party.wake(T1_NS)
    assert sent(party) == [INFO, INFO]
    answer = INFO.replace(b"INFO sip:b@192.0.2.11 SIP/2.0", b"SIP/2.0 200 OK").replace(
        b"To: <sip:b@192.0.2.11>", b"To: <sip:b@192.0.2.11>;tag=2"
    )
    party.receive(T1_NS + 1, Packet(THERE, HERE, "udp", answer))
    party.wake(10 * T1_NS)
    assert sent(party) == []
    assert party.idle()


def test_it_is_sent_once_where_that_is_asked_for() -> None:
    party = host()
    send_raw(party.prepare("sip:b@192.0.2.11", destination=THERE), INFO, retransmit=False)
    assert party.next_wake() is None
    assert sent(party) == [INFO]


@pytest.mark.parametrize(
    "data",
    [
        b"\x00\xff garbage",
        b"",
        b"SIP/2.0 200 OK\r\nCSeq: 1 INVITE\r\n\r\n",
        INFO.replace(b";branch=z9hG4bKraw", b""),
        INFO.replace(b"7 INFO", b"7 REFER"),
        INFO.replace(b"INFO", b"ACK"),
    ],
)
def test_what_can_have_no_transaction_is_sent_as_it_is(data: bytes) -> None:
    party = host()
    send_raw(party.prepare("sip:b@192.0.2.11", destination=THERE), data)
    assert sent(party) == [data]
    assert party.idle()


def test_the_same_branch_twice_is_no_second_transaction() -> None:
    party = host()
    leg = party.prepare("sip:b@192.0.2.11", destination=THERE)
    send_raw(leg, INFO)
    send_raw(leg, INFO)
    assert len(party.clients) == 1
    assert sent(party) == [INFO, INFO]


def test_a_raw_refer_is_told_its_reports() -> None:
    party = host()
    leg = party.prepare("sip:b@192.0.2.11", destination=THERE)
    send_raw(leg, INFO.replace(b"INFO", b"REFER"))
    assert [known.number for known in leg.subscribers] == [7]
