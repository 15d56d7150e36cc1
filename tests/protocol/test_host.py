"""What a host does with what arrives, in and outside of calls; and that nothing a peer sends breaks it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.base.entropy import Stream
from harness.base.instant import SECOND
from harness.base.limits import LEGS_MAX
from harness.protocol.host import Host
from harness.protocol.leg import Leg
from harness.protocol.packet import Note, Packet
from harness.protocol.script import Script, Task
from harness.protocol.stack import ALLOW, Identity
from harness.wire.sip.message import parse
from tests.ends import (
    THEM,
    US,
    Bench,
    ask,
    called,
    calling,
    in_call,
    in_dialog,
    in_own_call,
    nothing,
    notify,
    reply,
    sdp,
)


def busy(me: Task, leg: Leg) -> Script[None]:
    yield from me.sleep(SECOND)
    leg.reject(486)


# Requests outside a dialog.


def test_options_is_answered_with_what_the_host_can() -> None:
    """RFC 3261 section 11.2."""
    bench = Bench()
    assert bench.receive(ask("OPTIONS", 1)) == ["200 OPTIONS"]
    assert bench.last("200 OPTIONS").first("allow") == ALLOW
    assert bench.last("200 OPTIONS").to_tag


@pytest.mark.parametrize("method", ["REGISTER", "SUBSCRIBE", "PUBLISH", "MESSAGE", "INFO", "FOO"])
def test_a_method_that_is_not_taken_gets_405_with_allow(method: str) -> None:
    bench = Bench()
    assert bench.receive(ask(method, 1)) == [f"405 {method}"]
    allowed = bench.last(f"405 {method}").values("allow")
    assert "INVITE" in allowed and method not in allowed


@pytest.mark.parametrize("method", ["BYE", "NOTIFY"])
def test_what_only_a_dialog_can_hold_gets_481(method: str) -> None:
    assert Bench().receive(ask(method, 1)) == [f"481 {method}"]


def test_a_refer_outside_a_dialog_is_refused_without_saying_that_refer_is_unknown() -> None:
    """405 means that the method is not allowed, and Allow lists it: 403 refuses this one request."""
    assert Bench().receive(ask("REFER", 1, extra=[("Refer-To", "<sip:x@192.0.2.1>")])) == ["403 REFER"]


def test_an_ack_is_never_answered() -> None:
    assert Bench().receive(ask("ACK", 1)) == []
    bench, leg = in_call()
    assert bench.receive(in_dialog(leg, "ACK", 9)) == []


def test_who_takes_no_calls_says_480() -> None:
    assert Bench().receive(ask("INVITE", 1, body=sdp())) == ["480 INVITE"]


def test_a_host_that_is_full_says_503() -> None:
    bench, leg = called()
    bench.host.legs.update({("x", str(number)): leg for number in range(LEGS_MAX)})
    assert bench.receive(ask("INVITE", 1, call_id="another", branch="z9hG4bKother")) == ["503 INVITE"]


# Calls that come in.


def test_an_invite_that_is_not_answered_within_200_ms_gets_100() -> None:
    """RFC 3261 section 17.2.1."""
    bench, _ = called()
    assert bench.until(199) == []
    assert bench.until(200) == ["100 INVITE"]
    assert bench.last("100 INVITE").to_tag == "", "RFC 3261 section 8.2.6.2: no tag in a 100"


def test_an_invite_that_is_answered_in_time_gets_no_100() -> None:
    bench, leg = called()
    leg.ring()
    assert bench.until(1000) == []
    assert bench.said() == [] and bench.times_ms("180 INVITE") == [0]


def test_a_host_may_say_100_at_once() -> None:
    bench, _ = called(trying_at_once=True)
    assert bench.times_ms("100 INVITE") == [0]


def test_a_repeated_invite_gets_the_last_provisional_response_again() -> None:
    bench, leg = called()
    leg.ring()
    assert bench.receive(ask("INVITE", 1, body=sdp())) == ["180 INVITE"]
    assert len(bench.host.legs) == 1


@pytest.mark.parametrize("status", [302, 404, 486, 503, 603])
def test_a_refusal_is_repeated_until_its_ack(status: int) -> None:
    bench, leg = called()
    leg.reject(status)
    bench.until(600)
    tag = bench.last(f"{status} INVITE").to_tag
    bench.receive(ask("ACK", 1, branch="z9hG4bKfarINVITE1", to_tag=tag))
    bench.until(60_000)
    assert bench.times_ms(f"{status} INVITE") == [0, 500]
    assert bench.host.open_work == 0 and bench.host.open_legs() == []


def test_a_refusal_without_ack_ends_all_the_same() -> None:
    bench, leg = called()
    leg.reject(486)
    bench.until(33_000)
    assert bench.host.open_work == 0 and leg.state == "ended"


@pytest.mark.parametrize("action", ["ring", "accept"])
def test_what_forms_a_dialog_carries_a_contact_and_a_tag_and_the_record_routes(action: str) -> None:
    """RFC 3261 section 12.1.1."""
    bench = Bench(on_call=nothing)
    rows = [("Record-Route", "<sip:192.0.2.21;lr>"), ("Record-Route", "<sip:192.0.2.22;lr>")]
    bench.receive(ask("INVITE", 1, extra=rows, body=sdp()))
    getattr(bench.leg, action)()
    answer = bench.last("180 INVITE" if action == "ring" else "200 INVITE")
    assert answer.contact_uri == f"sip:us@{US}"
    assert answer.to_tag == bench.leg.dialog.local_tag
    assert answer.rows("record-route") == [value for _, value in rows]


def test_an_offer_with_nothing_in_common_gets_488() -> None:
    """RFC 3261 section 13.3.1.3."""
    bench = Bench(on_call=nothing)
    video = sdp().replace(b"m=audio 30000 RTP/AVP 0 8 101", b"m=video 30000 RTP/AVP 96")
    bench.receive(ask("INVITE", 1, body=video))
    bench.leg.accept()
    assert bench.said()[-1:] == ["488 INVITE"]
    assert bench.leg.state == "ended"


# Matching.


def test_the_same_branch_of_another_sender_is_another_request() -> None:
    """RFC 3261 section 17.2.3: branch and sent-by together."""
    bench = Bench()
    raw = ask("OPTIONS", 1, branch="z9hG4bKsame")
    assert bench.receive(raw) == ["200 OPTIONS"]
    other = raw.replace(b"UDP 192.0.2.20:5060", b"UDP 192.0.2.99:5060")
    assert bench.receive(other) == ["200 OPTIONS"]
    assert bench.sent[0].message.to_tag != bench.sent[1].message.to_tag


def test_a_response_of_another_branch_or_method_is_nobodys() -> None:
    """RFC 3261 section 17.1.3."""
    bench = Bench()
    leg = calling(bench)
    answer = reply(bench.last("INVITE"), 486)
    branch = bench.last("INVITE").branch.encode()
    assert bench.receive(answer.replace(branch, b"z9hG4bKother")) == []
    assert bench.receive(answer.replace(b"1 INVITE", b"1 OPTIONS")) == []
    assert leg.state == "calling"


def test_a_deaf_host_takes_nothing() -> None:
    deaf = Host(Identity("deaf", US, "deaf"), Stream(1), deaf=True)
    deaf.receive(0, Packet(THEM, US, "udp", ask("OPTIONS", 1)))
    assert deaf.commands() == []


# The life of a host.


def test_stopping_releases_every_leg_and_ends_every_script() -> None:
    bench, _ = called()
    calling(bench)
    bench.receive(reply(bench.last("INVITE"), 180))
    bench.host.stop(bench.host.now_ns)
    assert sorted(bench.said()) == ["480 INVITE", "CANCEL"]
    bench.receive(reply(bench.last("CANCEL"), 200))
    bench.after(40_000)
    assert bench.host.idle() and bench.host.open_legs() == []


def test_a_host_is_idle_when_nothing_is_left_to_send_or_to_wait_for() -> None:
    bench = Bench(on_call=busy)
    assert bench.host.idle()
    bench.receive(ask("INVITE", 1, body=sdp()))
    assert not bench.host.idle(), "its script waits"
    assert bench.host.waiting_for() == "us call 1 waits for the time to pass"
    bench.until(1000)
    assert not bench.host.idle(), "its 486 waits for the ACK"
    tag = bench.last("486 INVITE").to_tag
    bench.receive(ask("ACK", 1, branch="z9hG4bKfarINVITE1", to_tag=tag))
    assert bench.host.idle()


def test_legs_are_open_until_they_are_released() -> None:
    bench, leg = in_own_call()
    assert bench.host.open_legs() == [leg]
    leg.release()
    assert bench.host.open_legs() == []


# Rubbish.

RUBBISH = [
    b"",
    b"\x00" * 100,
    b"\r\n\r\n",
    b"INVITE",
    b"INVITE sip:us@192.0.2.10 SIP/2.0\r\n\r\n",
    b"SIP/2.0 200 OK\r\n\r\n",
    ask("INVITE", 1).replace(b"Via", b"Wia"),
    ask("INVITE", 1).replace(b"CSeq: 1 INVITE", b"CSeq: x"),
    ask("INVITE", 1).replace(b"Call-ID: call-from-far\r\n", b""),
]


@pytest.mark.parametrize("data", RUBBISH)
def test_what_cannot_be_answered_is_noted_and_ignored(data: bytes) -> None:
    bench = Bench()
    bench.host.receive(0, Packet(THEM, US, "udp", data))
    commands = bench.host.commands()
    assert all(isinstance(command, Note) for command in commands) and len(commands) == 1


def hosts_in_every_state() -> list[Bench]:
    """Hosts in the middle of something."""
    ringing, leg = called()
    leg.ring()
    answered, leg = called()
    leg.accept()
    up, leg = in_call()
    leg.reinvite("sendonly")
    referring, leg = in_own_call()
    leg.refer("<sip:x@192.0.2.30>")
    waiting = Bench()
    calling(waiting)
    return [ringing, answered, up, referring, waiting]


def messages_for(bench: Bench) -> list[bytes]:
    """Good messages that belong to its leg: what is damaged is one of these."""
    leg = bench.leg
    own = [sent.message for sent in bench.sent if sent.message.is_request and sent.message.method != "ACK"]
    return [
        *[reply(message, status, body=sdp()) for message in own for status in (100, 180, 200, 302, 401, 481)],
        *[
            in_dialog(leg, method, 7, body=sdp())
            for method in ("INVITE", "BYE", "REFER", "OPTIONS", "ACK", "FOO")
        ],
        notify(leg, 7, "active;expires=60", 180),
        ask("INVITE", 1, call_id="new", extra=[("Record-Route", "<sip:192.0.2.9;lr>")], body=sdp()),
        ask("CANCEL", 1, branch="z9hG4bKfarINVITE1"),
    ]


PIECES = [
    b"\x00",
    b"\r",
    b"\n",
    b"\r\n",
    b"\r\n\r\n",
    b'"',
    b"<",
    b">",
    b";",
    b",",
    b"\xff\xfe",
    b":",
    b"%",
    b"@",
    b"[::1",
]


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_damaged_messages_never_raise(data: st.DataObject) -> None:
    bench = data.draw(st.sampled_from(range(5)).map(lambda index: hosts_in_every_state()[index]))
    raw = data.draw(st.sampled_from(messages_for(bench)))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(raw)))
        cut = data.draw(st.integers(0, 12))
        piece = data.draw(st.one_of(st.sampled_from(PIECES), st.binary(max_size=6)))
        raw = raw[:at] + piece + raw[at + cut :]
    bench.receive(raw)
    bench.after(1000)
    bench.leg.release()
    bench.after(40_000)


@settings(max_examples=60, deadline=None)
@given(data=st.binary(max_size=400))
def test_bytes_never_raise(data: bytes) -> None:
    bench, _ = called()
    bench.receive(data)
    assert bench.leg.state == "incoming"


@pytest.mark.parametrize(
    "name", ["From", "To", "Via", "Call-ID", "CSeq", "Contact", "Record-Route", "Refer-To"]
)
@pytest.mark.parametrize("piece", [b"\x00", b"\r", b"\n", b"\xff", b"\r x", b"\r\n \x00"])
def test_control_characters_in_any_header_are_survived(name: str, piece: bytes) -> None:
    for bench in hosts_in_every_state():
        for raw in messages_for(bench):
            at = raw.find(name.encode() + b": ")
            if at >= 0:
                bench.receive(raw[: at + len(name) + 4] + piece + raw[at + len(name) + 4 :])
        bench.leg.release()
        bench.after(2000)


def test_a_message_with_the_biggest_number_is_survived() -> None:
    bench, leg = in_call()
    assert bench.receive(in_dialog(leg, "OPTIONS", 2**32 - 1)) in (["200 OPTIONS"], ["400 OPTIONS"])
    assert parse(in_dialog(leg, "OPTIONS", 2**31)).cseq_number == 2**31


# What RFC 3261 section 8 asks of whoever receives a message.


@pytest.mark.parametrize("method", ["INVITE", "OPTIONS", "REFER"])
def test_an_extension_that_is_required_and_unknown_gets_420_and_is_named(method: str) -> None:
    """RFC 3261 section 8.2.2.3."""
    bench = Bench(on_call=busy)
    assert bench.receive(ask(method, 1, extra=[("Require", "100rel, foo")])) == [f"420 {method}"]
    assert bench.last(f"420 {method}").values("unsupported") == ["100rel", "foo"]
    assert not bench.host.legs


def test_an_invite_without_contact_makes_no_dialog() -> None:
    """RFC 3261 section 8.1.1.8: later requests would have no Request-URI."""
    bench = Bench(on_call=busy)
    assert bench.receive(ask("INVITE", 1, contact="", body=sdp())) == ["400 INVITE"]
    assert not bench.host.legs


@pytest.mark.parametrize("name", [b"From", b"To", b"Via", b"Call-ID", b"CSeq"])
def test_what_cannot_be_answered_is_noted_and_left(name: bytes) -> None:
    bench = Bench(on_call=busy)
    rows = [row for row in ask("INVITE", 1, body=sdp()).split(b"\r\n") if not row.startswith(name + b":")]
    assert bench.receive(b"\r\n".join(rows)) == []
    assert not bench.host.legs


def test_a_response_with_two_vias_was_meant_for_somebody_else() -> None:
    """RFC 3261 section 8.1.3.3."""
    bench = Bench()
    leg = calling(bench)
    invite = bench.last("INVITE")
    twice = reply(invite, 486).replace(
        b"\r\nFrom:", b"\r\nVia: SIP/2.0/UDP 192.0.2.99;branch=z9hG4bKx\r\nFrom:"
    )
    assert bench.receive(twice) == []
    assert leg.state == "calling"
