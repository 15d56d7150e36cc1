"""What the stack answers by itself inside a dialog (RFC 3261 sections 12.2.2, 14.2, 15.1.2)."""

import pytest

from harness.protocol.answering import ANSWERS
from harness.protocol.leg import Leg
from harness.wire.sip.message import parse
from tests.ends import Bench, ask, called, in_call, in_dialog, in_own_call, notify, reply, sdp


def kinds(leg: Leg) -> list[str]:
    return [event.kind for event in leg.inbox]


def test_a_bye_is_answered_and_told_and_ends_the_leg() -> None:
    bench, leg = in_call()
    assert bench.receive(in_dialog(leg, "BYE", 2)) == ["200 BYE"]
    assert leg.state == "ended" and kinds(leg)[-1] == "BYE"


def test_a_second_bye_finds_no_call() -> None:
    bench, leg = in_call()
    bench.receive(in_dialog(leg, "BYE", 2))
    assert bench.receive(in_dialog(leg, "BYE", 3)) == ["481 BYE"]


def test_a_repeated_bye_gets_the_same_answer_again() -> None:
    bench, leg = in_call()
    bye = in_dialog(leg, "BYE", 2)
    bench.receive(bye)
    assert bench.receive(bye) == ["200 BYE"]
    assert bench.sent[-1].data == bench.sent[-2].data
    assert kinds(leg).count("BYE") == 1


def test_a_bye_before_the_answer_ends_the_invite_with_487() -> None:
    """RFC 3261 section 15.1.2: pending requests get a final response; 487 is recommended."""
    bench, leg = called()
    leg.ring()
    assert sorted(bench.receive(in_dialog(leg, "BYE", 2))) == ["200 BYE", "487 INVITE"]
    assert leg.state == "ended"


@pytest.mark.parametrize("method", ["BYE", "INVITE", "NOTIFY", "OPTIONS", "REFER"])
def test_a_lower_number_gets_500(method: str) -> None:
    """RFC 3261 section 12.2.2."""
    bench, leg = in_call()
    assert bench.receive(in_dialog(leg, "OPTIONS", 10)) == ["200 OPTIONS"]
    assert bench.receive(in_dialog(leg, method, 9, body=b"")) == [f"500 {method}"]
    assert leg.state == "up"


@pytest.mark.parametrize("method", ["BYE", "INVITE", "NOTIFY", "OPTIONS", "REFER", "INFO"])
@pytest.mark.parametrize("wrong", ["call_id", "to_tag", "from_tag"])
def test_a_dialog_nobody_knows_gets_481(method: str, wrong: str) -> None:
    bench, leg = in_call()
    known = {
        "call_id": leg.dialog.call_id,
        "to_tag": leg.dialog.local_tag,
        "from_tag": leg.dialog.remote_tag,
        wrong: "other",
    }
    assert bench.receive(ask(method, 2, **known)) == [f"481 {method}"]  # type: ignore[arg-type]  # all text
    assert leg.state == "up"


@pytest.mark.parametrize("method", ["INFO", "UPDATE", "MESSAGE", "PRACK", "SUBSCRIBE", "PUBLISH", "FOO"])
def test_a_method_we_do_not_take_gets_405_with_allow(method: str) -> None:
    """RFC 3261 section 8.2.1."""
    bench, leg = in_call()
    assert bench.receive(in_dialog(leg, method, 2)) == [f"405 {method}"]
    allowed = set(bench.last(f"405 {method}").values("allow"))
    assert allowed >= set(ANSWERS) | {"ACK", "CANCEL"}
    assert method not in allowed


def test_options_in_a_call_is_answered_with_what_we_can() -> None:
    bench, leg = in_call()
    assert bench.receive(in_dialog(leg, "OPTIONS", 2)) == ["200 OPTIONS"]
    answer = bench.last("200 OPTIONS")
    assert "REFER" in answer.values("allow")
    assert answer.first("allow-events") == "refer"
    assert answer.to_tag == leg.dialog.local_tag


def test_glare_gets_491() -> None:
    """RFC 3261 section 14.2: an INVITE while ours is open."""
    bench, leg = in_own_call()
    leg.reinvite("sendonly")
    assert bench.receive(in_dialog(leg, "INVITE", 1, body=sdp("sendonly", 2))) == ["491 INVITE"]
    assert leg.state == "up" and leg.session.state == "offered"


def test_a_reinvite_before_the_first_is_answered_gets_500_with_retry_after() -> None:
    """RFC 3261 section 14.2."""
    bench, leg = called()
    assert bench.receive(in_dialog(leg, "INVITE", 2, body=sdp("sendonly", 2))) == ["500 INVITE"]
    assert bench.last("500 INVITE").first("retry-after") is not None
    assert leg.state == "incoming"


def test_a_reinvite_is_answered_and_its_answer_repeated_until_the_ack() -> None:
    bench, leg = in_call()
    start = bench.now_ms
    bench.receive(in_dialog(leg, "INVITE", 2, body=sdp("sendonly", 2)))
    bench.after(1600)
    bench.receive(in_dialog(leg, "ACK", 2))
    bench.after(40_000)
    assert [at - start for at in bench.times_ms("200 INVITE")][1:] == [0, 500, 1500]
    assert leg.state == "up"


def test_a_reinvite_whose_answer_is_never_acknowledged_ends_the_call() -> None:
    """RFC 3261 section 14.2."""
    bench, leg = in_call()
    bench.receive(in_dialog(leg, "INVITE", 2, body=sdp("sendonly", 2)))
    assert bench.after(32_000)[-1] == "BYE"
    assert kinds(leg)[-1] == "BYE"
    bench.receive(reply(bench.last("BYE"), 200))
    bench.after(40_000)
    assert leg.state == "ended" and bench.host.open_work == 0


def test_a_reinvite_without_offer_gets_ours() -> None:
    bench, leg = in_call()
    assert bench.receive(in_dialog(leg, "INVITE", 2)) == ["200 INVITE"]
    assert bench.last("200 INVITE").content_type == "application/sdp"
    assert leg.session.state == "offered"
    bench.receive(in_dialog(leg, "ACK", 2, body=sdp("sendrecv", 2)))
    assert leg.session.state == "stable"


def test_a_reinvite_without_offer_whose_ack_has_no_answer_leaves_the_call_usable() -> None:
    bench, leg = in_call()
    bench.receive(in_dialog(leg, "INVITE", 2))
    bench.receive(in_dialog(leg, "ACK", 2))
    assert leg.session.state == "stable"


@pytest.mark.parametrize("method", ["BYE", "INVITE", "REFER", "OPTIONS"])
def test_after_the_end_nothing_of_the_call_is_there(method: str) -> None:
    bench, leg = in_call()
    bench.receive(in_dialog(leg, "BYE", 2))
    assert bench.receive(in_dialog(leg, method, 3)) == [f"481 {method}"]


def test_a_refer_is_left_to_the_script() -> None:
    bench, leg = in_call()
    assert bench.receive(in_dialog(leg, "REFER", 2, extra=[("Refer-To", "<sip:x@192.0.2.1>")])) == []
    assert kinds(leg)[-1] == "REFER"


def test_who_takes_no_refer_says_603() -> None:
    """RFC 5057 section 5.6: a refusal that does not end the dialog."""
    bench, leg = in_call(takes_refer=False)
    assert bench.receive(in_dialog(leg, "REFER", 2)) == ["603 REFER"]
    assert leg.state == "up"


@pytest.mark.parametrize("ends", ["BYE", "release"])
def test_a_refer_that_nobody_took_is_answered_when_the_call_ends(ends: str) -> None:
    """RFC 3261 section 15.1.2: pending requests of the dialog still get a final response, 487."""
    bench, leg = in_call()
    bench.receive(in_dialog(leg, "REFER", 2))
    if ends == "BYE":
        sent = bench.receive(in_dialog(leg, "BYE", 3))
    else:
        leg.release()
        sent = bench.said()
    assert "487 REFER" in sent
    assert leg.inbox == [event for event in leg.inbox if event.kind != "REFER"]


def test_a_notify_is_answered_and_told_with_the_status_of_its_sipfrag() -> None:
    bench, leg = in_own_call()
    leg.refer("<sip:x@192.0.2.30>")
    assert bench.receive(notify(leg, 1, "active;expires=60", 180)) == ["200 NOTIFY"]
    event = leg.inbox[-1]
    assert (event.kind, event.status) == ("NOTIFY", 180)
    assert event.message is not None and event.message.cseq_number == 1


def test_a_body_that_is_no_sipfrag_reports_nothing() -> None:
    """RFC 3515 section 2.4.5: success is what a sipfrag says, not any text that looks like one."""
    bench, leg = in_own_call()
    leg.refer("<sip:x@192.0.2.30>")
    told = notify(leg, 1, "terminated", 200).replace(b"message/sipfrag;version=2.0", b"text/plain")
    assert bench.receive(told) == ["200 NOTIFY"]
    assert leg.inbox[-1].status == 0


def test_a_notify_without_any_refer_of_ours_gets_481() -> None:
    bench, leg = in_own_call()
    assert bench.receive(notify(leg, 1, "active", 100)) == ["481 NOTIFY"]


def test_responses_follow_rfc_3261_section_8_2_6() -> None:
    """Via as received (all of them), From, Call-ID, CSeq as they came; To with our tag; received/rport."""
    bench = Bench()
    raw = (
        ask("OPTIONS", 5)
        .replace(b";branch=", b";rport;branch=")
        .replace(b"Max-Forwards", b"Via: SIP/2.0/UDP 192.0.2.99;branch=z9hG4bKup\r\nMax-Forwards")
    )
    bench.receive(raw)
    request, answer = parse(raw), bench.last("200 OPTIONS")
    top, second = answer.rows("via")
    assert "received=192.0.2.20" in top and "rport=5060" in top and answer.branch == request.branch
    assert second == "SIP/2.0/UDP 192.0.2.99;branch=z9hG4bKup"
    assert answer.first("from") == request.first("from")
    assert answer.call_id == request.call_id
    assert answer.first("cseq") == "5 OPTIONS"
    assert answer.to_tag and (answer.first("to") or "").startswith(request.first("to") or "?")
    assert answer.defects == ()


@pytest.mark.parametrize("wrong", [{"number": 7}, {"from_tag": "another"}])
def test_an_ack_of_something_else_does_not_end_the_repetition_of_the_answer(wrong: dict[str, object]) -> None:
    """RFC 3261 section 13.2.2.4: the ACK has the CSeq number of its INVITE."""
    bench, leg = called()
    leg.accept()
    number = wrong.get("number", 1)
    tag = str(wrong.get("from_tag", "far-tag"))
    assert isinstance(number, int)
    local = leg.dialog.local_tag
    bench.receive(ask("ACK", number, from_tag=tag, to_tag=local, branch="z9hG4bKother"))
    assert leg.state == "answered"
    assert bench.after(600) == ["200 INVITE"]
    bench.receive(ask("ACK", 1, to_tag=local, branch="z9hG4bKright"))
    assert leg.state == "up"
