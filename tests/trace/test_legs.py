"""Transactions become legs by Call-ID, tags and ends."""

from harness.trace import legs, transactions
from harness.trace.entries import Trace
from harness.trace.legs import Calls, callee_tags_of
from harness.trace.model import Leg
from tests.ladders import AGENT, CALLER, CARRIER, HUMAN, cold_transfer, drop, edit, find, insert


def collected(trace: Trace) -> Calls:
    return legs.collect(transactions.collect(trace))


def leg_to(trace: Trace, callee: object) -> Leg:
    return next(leg for leg in collected(trace).legs if leg.callee == callee)


def test_a_cold_transfer_has_three_legs_and_nothing_else() -> None:
    calls = collected(cold_transfer())
    ends = [(leg.caller, leg.callee) for leg in calls.legs]
    assert ends == [(CALLER, CARRIER), (CARRIER, AGENT), (CARRIER, HUMAN)]
    assert calls.others == []
    assert [leg.number for leg in calls.legs] == [1, 2, 3]


def test_a_leg_knows_how_it_began_and_ended() -> None:
    leg = leg_to(cold_transfer(), AGENT)
    assert leg.ringing is not None
    assert leg.ringing.message.status == 180
    assert leg.answered is not None
    assert leg.answered.message.status == 200
    assert (leg.caller_tag, leg.callee_tag) == ("carrier-b", "agent-b")
    assert leg.bye is not None
    assert leg.ended_by == AGENT
    assert leg.acknowledged
    methods = [one.method for one in leg.transactions]
    assert methods == ["INVITE", "INVITE", "REFER", "NOTIFY", "NOTIFY", "NOTIFY", "BYE"]


def test_a_refused_leg_was_never_answered() -> None:
    leg = leg_to(cold_transfer(target_status=486), HUMAN)
    assert leg.answered is None
    assert leg.refused is not None
    assert leg.refused.message.status == 486
    assert not leg.acks


def test_a_cancelled_leg_holds_its_cancel() -> None:
    leg = leg_to(cold_transfer(target_status=None), HUMAN)
    assert leg.cancel is not None
    assert [one.method for one in leg.transactions] == ["INVITE", "CANCEL"]
    assert leg.ended_ns is not None


def challenged(trace: Trace) -> Trace:
    """The INVITE to the human is answered 407 first and sent again with credentials."""
    n = find(trace, "INVITE sip:+15550103")
    invite = trace.messages()[n - 1].raw.decode()
    refusal = (
        invite.partition("\r\n")[2]
        .partition("Max-Forwards")[0]
        .join(["SIP/2.0 407 Proxy Authentication Required\r\n", ""])
    )
    headers = [line for line in invite.split("\r\n") if line.startswith(("From", "Call-ID", "CSeq"))]
    refusal += "\r\n".join([*headers, f"To: <{'sip:+15550103@carrier.example'}>;tag=challenge", "", ""])
    retry = (
        invite.replace("CSeq: 1 ", "CSeq: 2 ")
        .replace("Max-Forwards", "Proxy-Authorization: Digest x=y\r\nMax-Forwards")
        .replace("branch=z9hG4bK-", "branch=z9hG4bK-retry-")
    )
    trace = insert(trace, n, refusal, source=HUMAN, destination=CARRIER)
    return insert(trace, n + 1, retry, source=CARRIER, destination=HUMAN)


def test_a_challenged_invite_and_its_retry_are_one_leg() -> None:
    leg = leg_to(challenged(cold_transfer()), HUMAN)
    assert [one.final_status for one in leg.invites] == [407, None]
    assert leg.number == 3


def test_a_wrong_tag_between_the_same_ends_stays_on_the_leg() -> None:
    trace = cold_transfer()
    trace = edit(trace, find(trace, "NOTIFY", 1), "tag=agent-b", "tag=nonsense")
    calls = collected(trace)
    assert calls.others == []
    assert len(calls.legs) == 3


def test_a_call_whose_start_is_missing_is_a_leg_all_the_same() -> None:
    trace = cold_transfer()
    whole = drop(trace, *range(1, find(trace, "REFER")))
    calls = collected(whole)
    assert [(leg.caller, leg.callee) for leg in calls.legs] == [
        (AGENT, CARRIER),
        (CARRIER, HUMAN),
        (CALLER, CARRIER),
    ]
    assert calls.legs[0].invites == []


def test_a_notify_outside_every_call_makes_no_leg() -> None:
    trace = cold_transfer()
    n = find(trace, "NOTIFY", 1)
    calls = collected(drop(trace, *(entry.n for entry in trace.messages() if entry.n != n)))
    assert calls.legs == []
    assert [one.method for one in calls.others] == ["NOTIFY"]


def test_legs_that_share_a_call_id_are_told_apart_by_tags_and_ends() -> None:
    trace = cold_transfer()
    for entry in trace.messages():
        text = entry.raw.decode()
        for leg in ("caller-leg", "human-leg"):
            if leg in text:
                trace = edit(trace, entry.n, leg, "agent-leg")
        trace = (
            edit(trace, entry.n, "@192.0.2.1\r\nCSeq", "@192.0.2.2\r\nCSeq")
            if "192.0.2.1\r\nCS" in text
            else trace
        )
    calls = collected(trace)
    assert len({leg.call_id for leg in calls.legs}) == 1
    assert [(leg.caller, leg.callee) for leg in calls.legs] == [
        (CALLER, CARRIER),
        (CARRIER, AGENT),
        (CARRIER, HUMAN),
    ]
    assert [len(leg.transactions) for leg in calls.legs] == [2, 7, 2]


def test_every_tag_of_the_callee_is_known() -> None:
    trace = cold_transfer()
    n = find(trace, "180 INVITE", 3)
    trace = insert(trace, n, trace.messages()[n - 1].raw.replace(b"human-c", b"human-d"))
    assert callee_tags_of(leg_to(trace, HUMAN)) == {"human-c", "human-d"}


def test_a_bye_without_to_tag_is_still_on_its_leg() -> None:
    trace = cold_transfer()
    trace = edit(trace, find(trace, "BYE", 1), ";tag=carrier-b", "")
    assert collected(trace).others == []
