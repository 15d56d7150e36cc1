"""Calls of one host with a far end written by hand: ACK, CANCEL, BYE, forks, races, re-INVITE.

Challenges are in `test_authorization.py`, requests inside a dialog in `test_answering.py`.
"""

import pytest

from harness.base.endpoint import Endpoint, Transport
from harness.protocol.authorization import Account
from harness.wire.sip.message import Message
from tests.ends import (
    FAR_TAG,
    THEM,
    Bench,
    ask,
    called,
    calling,
    in_call,
    in_dialog,
    in_own_call,
    nothing,
    reply,
    sdp,
)

TWO_XX_TIMES_MS = [0, 500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500]
"""RFC 3261 section 13.3.1.4: T1, doubled until it reaches T2."""
CHALLENGE = [("WWW-Authenticate", 'Digest realm="r", nonce="n", algorithm=SHA-256, qop="auth"')]


# ACK.


def test_the_ack_of_a_refusal_is_made_of_the_invite_and_the_to_of_the_response() -> None:
    """RFC 3261 section 17.1.1.3."""
    bench = Bench()
    leg = bench.host.prepare(f"sip:far@{THEM}")
    leg.dialog.routes = ["<sip:192.0.2.20;lr>", "<sip:192.0.2.77;lr>"]
    leg.call()
    invite = bench.last("INVITE")
    assert bench.receive(reply(invite, 486, tag="busy-tag")) == ["ACK"]
    ack = bench.last("ACK")
    assert ack.uri == invite.uri
    assert ack.rows("via") == invite.rows("via") and len(ack.rows("via")) == 1
    assert ack.values("route") == invite.values("route") == leg.dialog.routes
    assert ack.first("from") == invite.first("from")
    assert ack.call_id == invite.call_id
    assert (ack.cseq_number, ack.cseq_method) == (invite.cseq_number, "ACK")
    assert ack.to_tag == "busy-tag"
    assert ack.first("max-forwards") == "70"
    assert bench.sent[-1].destination == bench.sent[0].destination


def test_every_repetition_of_a_refusal_is_acknowledged_alike() -> None:
    bench = Bench()
    calling(bench)
    refusal = reply(bench.last("INVITE"), 486)
    for _ in range(3):
        assert bench.receive(refusal) == ["ACK"]
    assert len({sent.data for sent in bench.sent[1:]}) == 1
    assert bench.host.idle()


def test_the_ack_of_an_answer_is_a_request_of_its_own_to_the_contact() -> None:
    """RFC 3261 section 13.2.2.4: new branch, same CSeq number, the remote target as Request-URI."""
    bench, _ = in_own_call()
    invite, ack = bench.last("INVITE"), bench.last("ACK")
    assert ack.uri == f"sip:far@{THEM}"
    assert ack.branch != invite.branch
    assert ack.cseq_number == invite.cseq_number
    assert (ack.from_tag, ack.to_tag) == (invite.from_tag, FAR_TAG)


def test_a_repeated_answer_gets_the_same_ack_again_also_when_its_transaction_is_gone() -> None:
    bench, _ = in_own_call()
    answer = reply(bench.last("INVITE"), 200, body=sdp())
    assert bench.receive(answer) == ["ACK"]
    bench.after(40_000)
    assert bench.receive(answer) == ["ACK"]
    assert len({sent.data for sent in bench.sent if sent.message.method == "ACK"}) == 1


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_an_answer_is_repeated_on_every_transport_until_its_ack_for_32_s_then_bye(
    transport: Transport,
) -> None:
    bench, leg = called(transport=transport)
    leg.accept()
    bench.until(31_999)
    assert leg.state == "answered"
    assert "BYE" in bench.until(32_000)
    assert leg.state == "ending"
    bench.receive(reply(bench.last("BYE"), 200))
    bench.until(90_000)
    assert bench.times_ms("200 INVITE") == TWO_XX_TIMES_MS
    assert bench.times_ms("BYE") == [32_000]
    assert bench.host.open_work == 0 and bench.host.open_legs() == []


def test_the_ack_ends_the_repetition_of_an_answer() -> None:
    bench, leg = called()
    leg.accept()
    bench.until(600)
    bench.receive(in_dialog(leg, "ACK", 1))
    bench.until(60_000)
    assert bench.times_ms("200 INVITE") == [0, 500]
    assert leg.state == "up" and bench.host.open_work == 0


def test_an_invite_that_comes_again_after_the_answer_is_absorbed() -> None:
    """RFC 6026 section 7.1: the user agent repeats the 2xx, not the transaction."""
    bench, leg = called()
    leg.accept()
    assert bench.receive(ask("INVITE", 1, body=sdp())) == []
    assert len(bench.host.legs) == 1


def test_nobody_hangs_up_before_the_ack() -> None:
    """RFC 3261 section 15: the callee must not send BYE before it got the ACK."""
    bench, leg = called()
    leg.accept()
    leg.release()
    assert bench.until(600) == ["200 INVITE"]
    assert bench.receive(in_dialog(leg, "ACK", 1)) == ["BYE"]
    assert bench.after(400) == []


def test_a_stray_ack_does_not_end_an_offer_of_ours() -> None:
    """A repeated ACK has nothing to do with the re-INVITE we sent meanwhile: the glare stays one."""
    bench, leg = in_call()
    assert leg.reinvite("sendonly") is not None
    bench.receive(in_dialog(leg, "ACK", 1))
    assert bench.receive(in_dialog(leg, "INVITE", 2, body=sdp("sendonly", 2))) == ["491 INVITE"]


# CANCEL.


def test_a_cancel_waits_for_a_provisional_response_and_looks_like_the_invite() -> None:
    """RFC 3261 section 9.1."""
    bench = Bench()
    leg = calling(bench)
    invite = bench.last("INVITE")
    leg.release()
    assert "CANCEL" not in bench.until(400)
    assert bench.receive(reply(invite, 100)) == ["CANCEL"]
    cancel = bench.last("CANCEL")
    assert cancel.uri == invite.uri
    assert cancel.rows("via") == invite.rows("via")
    assert cancel.first("from") == invite.first("from")
    assert cancel.first("to") == invite.first("to")
    assert (cancel.call_id, cancel.cseq_number, cancel.cseq_method) == (invite.call_id, 1, "CANCEL")
    bench.receive(reply(cancel, 200))
    assert bench.receive(reply(invite, 487)) == ["ACK"]
    assert leg.state == "ended" and bench.host.idle()


def test_a_call_that_is_released_before_any_response_ends_with_the_invite() -> None:
    bench = Bench()
    leg = calling(bench)
    leg.release()
    bench.until(33_000)
    assert "CANCEL" not in [sent.message.method for sent in bench.sent]
    assert leg.state == "ended" and bench.host.idle()


@pytest.mark.parametrize("rings", [False, True])
def test_an_answer_that_crosses_the_cancel_is_acknowledged_and_ended(rings: bool) -> None:
    bench = Bench()
    leg = calling(bench)
    invite = bench.last("INVITE")
    if rings:
        bench.receive(reply(invite, 180))
    leg.release()
    assert bench.receive(reply(invite, 200, body=sdp()))[-2:] == ["ACK", "BYE"]
    assert bench.receive(reply(invite, 200, body=sdp())) == ["ACK"], "a repeated 2xx gets an ACK, no BYE"
    bench.receive(reply(bench.last("BYE"), 200))
    assert leg.state == "ended" and bench.host.open_legs() == []


def test_a_cancelled_invite_without_final_response_is_given_up_after_32_s() -> None:
    """RFC 3261 section 9.1: 64*T1 after the CANCEL the transaction is destroyed."""
    bench = Bench()
    leg = calling(bench)
    bench.receive(reply(bench.last("INVITE"), 180))
    leg.release()
    bench.receive(reply(bench.last("CANCEL"), 200))
    bench.until(31_999)
    assert leg.state == "cancelling"
    bench.until(32_000)
    assert leg.state == "ended"
    assert bench.host.idle(), "nothing is left that could keep the run alive"


def test_a_cancelled_call_is_not_tried_again_with_credentials() -> None:
    bench = Bench(account=Account("u", "p"))
    leg = calling(bench)
    invite = bench.last("INVITE")
    bench.receive(reply(invite, 100))
    leg.release()
    assert bench.receive(reply(invite, 401, extra=CHALLENGE)) == ["CANCEL", "ACK"][1:]
    assert leg.state == "ended"


def test_a_challenged_cancel_is_not_repeated() -> None:
    """RFC 3261 section 22.1: a CANCEL cannot be resubmitted."""
    bench = Bench(account=Account("u", "p"))
    leg = calling(bench)
    bench.receive(reply(bench.last("INVITE"), 180))
    leg.release()
    assert bench.receive(reply(bench.last("CANCEL"), 401, extra=CHALLENGE)) == []


def test_the_cancel_of_a_repeated_invite_waits_for_its_own_provisional_response() -> None:
    bench = Bench(account=Account("u", "p"))
    leg = calling(bench)
    first = bench.last("INVITE")
    bench.receive(reply(first, 100))
    assert bench.receive(reply(first, 401, extra=CHALLENGE)) == ["ACK", "INVITE"]
    second = bench.last("INVITE")
    leg.release()
    assert bench.said() == []
    assert bench.receive(reply(second, 100)) == ["CANCEL"]
    assert bench.last("CANCEL").branch == second.branch != first.branch
    assert bench.last("CANCEL").cseq_number == second.cseq_number == first.cseq_number + 1


def test_a_cancel_of_the_caller_gets_200_and_the_invite_487() -> None:
    bench, leg = called()
    bench.receive(ask("CANCEL", 1, branch="z9hG4bKfarINVITE1"))
    assert sorted(what for what in [str(s.message.status) for s in bench.sent]) == ["200", "487"]
    assert bench.last("200 CANCEL").to_tag == bench.last("487 INVITE").to_tag == leg.dialog.local_tag
    assert leg.state == "ended"


def test_a_cancel_that_comes_too_late_changes_nothing() -> None:
    """RFC 3261 section 9.2: 200 to the CANCEL, the call stays."""
    bench, leg = in_call()
    assert bench.receive(ask("CANCEL", 1, branch="z9hG4bKfarINVITE1")) == ["200 CANCEL"]
    assert leg.state == "up"


def test_a_cancel_of_no_invite_gets_481() -> None:
    assert Bench().receive(ask("CANCEL", 1)) == ["481 CANCEL"]


# Forks and overtaking.


def test_the_answer_of_a_second_fork_is_acknowledged_and_ended() -> None:
    """RFC 3261 section 13.2.2.4."""
    bench, leg = in_own_call()
    invite = bench.last("INVITE")
    other = "<sip:other@192.0.2.30:5060>"
    fork = reply(invite, 200, tag="fork-tag", contact=other, body=sdp())
    assert bench.receive(fork) == ["ACK", "BYE"]
    ack, bye = bench.last("ACK"), bench.last("BYE")
    assert (ack.uri, bye.uri) == ("sip:other@192.0.2.30:5060",) * 2
    assert (ack.to_tag, bye.to_tag) == ("fork-tag", "fork-tag")
    assert ack.cseq_number == invite.cseq_number < bye.cseq_number
    assert bench.sent[-1].destination == Endpoint("192.0.2.30", 5060)
    assert leg.state == "up" and leg.dialog.remote_tag == FAR_TAG
    bench.receive(reply(bye, 200), Endpoint("192.0.2.30", 5060))
    assert bench.host.open_work == 0


def test_the_repeated_answer_of_a_second_fork_is_acknowledged_without_a_second_bye() -> None:
    bench, _ = in_own_call()
    fork = reply(bench.last("INVITE"), 200, tag="fork-tag", contact="<sip:o@192.0.2.30>", body=sdp())
    bench.receive(fork)
    assert bench.receive(fork) == ["ACK"]


def test_a_bye_that_overtakes_a_lost_answer_does_not_bring_the_leg_back() -> None:
    bench = Bench()
    leg = calling(bench)
    invite = bench.last("INVITE")
    bench.receive(reply(invite, 180))
    assert bench.receive(in_dialog(leg, "BYE", 1)) == ["200 BYE"]
    assert leg.state == "ended"
    assert bench.receive(reply(invite, 200, body=sdp())) == ["ACK"]
    assert leg.state == "ended" and bench.host.open_legs() == [] and bench.host.idle()


@pytest.mark.parametrize("cancelled", [False, True])
def test_a_bye_that_replaces_a_lost_answer_for_good_leaves_nothing_to_wait_for(cancelled: bool) -> None:
    bench = Bench()
    leg = calling(bench)
    bench.receive(reply(bench.last("INVITE"), 180))
    if cancelled:
        leg.release()
        bench.receive(reply(bench.last("CANCEL"), 200))
    bench.receive(in_dialog(leg, "BYE", 1))
    bench.until(32_000)
    assert leg.state == "ended" and bench.host.idle()
    assert [event.kind for event in leg.inbox if event.kind != "final"] == ["1xx", "BYE"]


def test_both_hang_up_at_once_and_both_byes_are_answered() -> None:
    bench, leg = in_own_call()
    leg.release()
    assert bench.receive(in_dialog(leg, "BYE", 1)) == ["200 BYE"]
    bench.receive(reply(bench.last("BYE"), 200))
    assert leg.state == "ended" and bench.host.idle()


def test_a_bye_that_nobody_answers_ends_the_leg_after_32_s() -> None:
    bench, leg = in_own_call()
    leg.release()
    bench.after(31_999)
    assert leg.state == "ending"
    bench.after(1)
    assert leg.state == "ended" and bench.host.idle()


# Sessions inside the call.


def answered_reinvite() -> tuple[Bench, Message]:
    bench, leg = in_own_call()
    assert leg.reinvite("sendonly") is not None
    return bench, bench.last("INVITE")


def test_a_reinvite_has_the_next_number_the_dialog_and_a_higher_version() -> None:
    bench, leg = in_own_call()
    first = bench.last("INVITE")
    assert leg.reinvite("sendonly") is not None
    second = bench.last("INVITE")
    assert second.cseq_number == first.cseq_number + 1
    assert (second.from_tag, second.to_tag, second.call_id) == (first.from_tag, FAR_TAG, first.call_id)
    assert b"a=sendonly" in second.body
    old, new = (line for m in (first, second) for line in m.body.split(b"\r\n") if line.startswith(b"o="))
    assert int(new.split()[2]) == int(old.split()[2]) + 1 and new.split()[:2] == old.split()[:2]
    assert bench.receive(reply(second, 200, body=sdp("recvonly", 2))) == ["ACK"]
    assert bench.last("ACK").cseq_number == second.cseq_number


def test_while_an_offer_is_open_no_other_is_made() -> None:
    bench, _ = answered_reinvite()
    assert bench.leg.reinvite("sendrecv") is None
    bench.receive(reply(bench.last("INVITE"), 491))
    assert bench.leg.state == "up"
    assert bench.leg.reinvite("sendrecv") is not None


def test_the_route_set_stays_when_a_reinvite_is_answered() -> None:
    """RFC 3261 section 12.2: requests inside a dialog do not modify its route set; the target they do."""
    bench = Bench()
    leg = calling(bench)
    recorded = [("Record-Route", "<sip:192.0.2.20;lr>")]
    bench.receive(reply(bench.last("INVITE"), 200, extra=recorded, body=sdp()))
    leg.reinvite("sendonly")
    other = [("Record-Route", "<sip:192.0.2.99;lr>")]
    moved = "<sip:far@192.0.2.21:5060>"
    bench.receive(reply(bench.last("INVITE"), 200, contact=moved, extra=other, body=sdp("recvonly", 2)))
    assert leg.dialog.routes == ["<sip:192.0.2.20;lr>"]
    assert leg.dialog.target == "sip:far@192.0.2.21:5060"


def test_a_reinvite_that_is_never_finished_does_not_outlive_its_leg() -> None:
    bench, _ = answered_reinvite()
    bench.receive(reply(bench.last("INVITE"), 100))
    bench.leg.release()
    bench.receive(reply(bench.last("BYE"), 200))
    assert bench.leg.state == "ended"
    assert bench.host.idle()


def test_an_invite_that_cannot_be_delivered_ends_the_leg_at_once() -> None:
    """RFC 3261 section 8.1.3.1: a transport error counts as 503."""
    bench = Bench()
    leg = calling(bench)
    bench.host.unreachable(0, THEM)
    assert [(event.kind, event.status) for event in leg.inbox] == [("final", 503)]
    assert leg.state == "ended" and bench.host.idle()


def test_a_call_without_an_offer_gets_ours_and_the_ack_has_the_answer() -> None:
    """RFC 3261 section 13.2.1."""
    bench = Bench(on_call=nothing)
    bench.receive(ask("INVITE", 1))
    bench.leg.accept()
    assert bench.last("200 INVITE").content_type == "application/sdp"
    assert bench.leg.session.state == "offered"
    bench.receive(in_dialog(bench.leg, "ACK", 1, body=sdp()))
    assert bench.leg.session.state == "stable" and bench.leg.session.remote == sdp()


def test_the_events_of_a_call_reach_its_inbox_in_order() -> None:
    bench = Bench()
    leg = calling(bench)
    invite = bench.last("INVITE")
    for status in (100, 180, 183, 200, 200):
        bench.receive(reply(invite, status, body=sdp()))
    bench.receive(in_dialog(leg, "BYE", 1))
    seen = [(event.kind, event.status) for event in leg.inbox]
    assert seen == [("1xx", 180), ("1xx", 183), ("final", 200), ("BYE", 0)]
    numbers = [event.number for event in leg.inbox]
    assert numbers == sorted(set(numbers))


@pytest.mark.parametrize("status", [408, 481])
def test_a_reinvite_that_meets_a_lost_dialog_ends_the_call(status: int) -> None:
    """RFC 3261 section 12.2.1.2."""
    bench, leg = in_own_call()
    leg.reinvite("sendonly")
    assert bench.receive(reply(bench.last("INVITE"), status)) == ["ACK", "BYE"]
    assert [event.kind for event in leg.inbox if event.kind == "BYE"] == ["BYE"]


@pytest.mark.parametrize("status", [488, 491, 500])
def test_a_reinvite_that_is_only_refused_leaves_the_call_up(status: int) -> None:
    """RFC 3261 section 14.1."""
    bench, leg = in_own_call()
    leg.reinvite("sendonly")
    assert bench.receive(reply(bench.last("INVITE"), status)) == ["ACK"]
    assert leg.state == "up"


def test_an_answer_that_comes_after_the_bye_that_overtook_it_is_acknowledged() -> None:
    bench = Bench()
    leg = calling(bench)
    invite = bench.last("INVITE")
    bench.receive(reply(invite, 180))
    bench.receive(ask("BYE", 1, call_id=invite.call_id, to_tag=invite.from_tag))
    assert leg.state == "ended"
    bench.after(40_000)
    assert bench.receive(reply(invite, 200, body=sdp())) == ["ACK"]
    assert leg.state == "ended"
