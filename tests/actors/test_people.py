"""Every way a party may treat a call, as the wire shows it. The human is called by the carrier."""

import itertools
from dataclasses import replace
from typing import Any

import pytest

from harness.actors import patience, people
from harness.base.instant import MS, SECOND
from harness.protocol.script import Script, Task
from harness.scenario.plan import Behaviour, Fallback
from tests.ends import End, Played, together
from tests.flows import cold, entries_between, messages, played


def answered(behaviour: Behaviour, **more: Any) -> Played:
    return played(cold(human=behaviour, **more))


def after_invite_ms(run: Played, what: str) -> list[float]:
    """When the human sent such messages, counted from the INVITE's arrival."""
    invite = entries_between(run.trace, "carrier", "human", "INVITE")[0]
    assert invite.received_ns is not None
    return [
        (entry.at_ns - invite.received_ns) / MS
        for entry in entries_between(run.trace, "human", "carrier", what)
    ]


def test_the_human_rings_and_answers_when_told() -> None:
    run = answered(Behaviour(rings_after_ns=100 * MS, answers_after_ns=1500 * MS, hangs_up_after_ns=SECOND))
    assert after_invite_ms(run, "180 INVITE") == [100]
    assert after_invite_ms(run, "200 INVITE") == [1500]


def test_the_human_answers_without_ringing() -> None:
    run = answered(Behaviour(rings_after_ns=None, answers_after_ns=150 * MS, hangs_up_after_ns=SECOND))
    assert after_invite_ms(run, "180 INVITE") == []
    assert after_invite_ms(run, "200 INVITE") == [150]


@pytest.mark.parametrize("status", [404, 480, 486, 503, 600, 603])
@pytest.mark.parametrize("rings", [True, False])
def test_the_human_rejects_after_ringing_or_at_once(status: int, rings: bool) -> None:
    behaviour = Behaviour(rings_after_ns=0 if rings else None, answers_after_ns=700 * MS, rejects=status)
    run = answered(behaviour)
    assert after_invite_ms(run, f"{status} INVITE") == [700 if rings else 0]
    assert after_invite_ms(run, "180 INVITE") == ([0] if rings else [])
    assert after_invite_ms(run, "200 INVITE") == []


def test_the_human_who_does_not_answer_rings_until_the_cancel_and_again_each_minute() -> None:
    """RFC 3261 section 13.3.1.1."""
    run = answered(Behaviour(no_answer=True))
    rung = after_invite_ms(run, "180 INVITE")
    assert rung[0] == 0 and len(rung) == 3 and all(b - a < 60_000 for a, b in itertools.pairwise(rung))
    assert len(messages(run, "human", "carrier", "487 INVITE")) == 1
    assert len(messages(run, "human", "carrier", "200 CANCEL")) == 1


def test_a_party_whom_nobody_cancels_gives_up_ringing_in_the_end() -> None:
    def calls(me: Task) -> Script[None]:
        leg = me.call("sip:b@192.0.2.11")
        assert leg.invite is not None
        yield from me.wait(leg.final(leg.invite))

    run = together({"a": End(calls), "b": End(on_call=people.taking(Behaviour(no_answer=True)))})
    assert run.said()[-2:] == ["b>a 480 INVITE", "a>b ACK"]
    assert run.trace.header.ended_ns - run.trace.header.started_ns == patience.CALL_NS + 3 * 5 * MS


def test_nothing_answers_at_the_address_of_an_unreachable_human() -> None:
    run = answered(Behaviour(unreachable=True))
    assert [said for said in run.said() if said.startswith("human>")] == []
    assert len(messages(run, "carrier", "human", "INVITE")) == 7


@pytest.mark.parametrize(
    ("to", "contact"),
    [("+12025550103", "sip:+12025550103@192.0.2.13:5060"), ("sip:x@192.0.2.50", "sip:x@192.0.2.50")],
)
def test_the_human_redirects_to_a_number_or_a_uri(to: str, contact: str) -> None:
    run = answered(Behaviour(redirects_to=to))
    (moved,) = messages(run, "human", "carrier", "302 INVITE")
    assert moved.contact_uri == contact


FORWARDS = [
    # (what the human does, the condition, when its system sends the call on: ms after the INVITE)
    (Behaviour(rejects=486, rings_after_ns=None), "busy", 0),
    (Behaviour(rejects=603, rings_after_ns=0, answers_after_ns=700 * MS), "declined", 700),
    (Behaviour(no_answer=True), "no-answer", 20_000),
    (Behaviour(rejects=404, rings_after_ns=None), "unreachable", 0),
]


@pytest.mark.parametrize(("behaviour", "when", "after_ms"), FORWARDS)
def test_the_system_of_the_human_sends_a_call_on_that_he_does_not_take(
    behaviour: Behaviour, when: str, after_ms: int
) -> None:
    forward = (Fallback((when,), "desk", by="target"),)
    run = answered(behaviour, desk=Behaviour(hangs_up_after_ns=SECOND), fallback=forward)
    assert after_invite_ms(run, "302 INVITE") == [after_ms]
    assert len(messages(run, "carrier", "desk", "ACK")) == 1


def test_it_sends_nothing_on_for_another_reason_than_the_one_named() -> None:
    forward = (Fallback(("declined",), "desk", by="target"),)
    run = answered(Behaviour(rejects=486), desk=Behaviour(), fallback=forward)
    assert messages(run, "human", "carrier", "302 INVITE") == []
    assert len(messages(run, "human", "carrier", "486 INVITE")) == 1


def test_a_caller_who_hides_his_number_shows_it_to_nobody_but_the_carrier() -> None:
    """RFC 3323 section 4.1, RFC 3325 section 9.2."""
    plan = cold()
    parties = tuple(replace(party, privacy=party.role == "caller") for party in plan.parties)
    run = played(replace(plan, parties=parties))
    (invite,) = messages(run, "caller", "carrier", "INVITE")
    assert invite.first("privacy") == "id"
    assert "+12025550101" in (invite.first("p-preferred-identity") or "")
    for callee in ("agent", "human"):
        (shown,) = messages(run, "carrier", callee, "INVITE")[:1]
        assert shown.from_.uri.text == "sip:anonymous@anonymous.invalid"
        assert b"+12025550101" not in shown.raw


def test_the_human_hangs_up_when_told_counted_from_the_ack() -> None:
    run = answered(Behaviour(hangs_up_after_ns=1200 * MS))
    (ack,) = entries_between(run.trace, "carrier", "human", "ACK")
    (bye,) = entries_between(run.trace, "human", "carrier", "BYE")
    assert bye.at_ns - (ack.received_ns or 0) == 1200 * MS


def test_the_caller_hangs_up_when_told() -> None:
    run = played(cold(caller=Behaviour(hangs_up_after_ns=500 * MS)))
    (answer,) = entries_between(run.trace, "carrier", "caller", "200 INVITE")
    (bye,) = entries_between(run.trace, "caller", "carrier", "BYE")
    assert bye.at_ns - (answer.received_ns or 0) == 500 * MS
    assert messages(run, "agent", "carrier", "REFER") == []


def test_who_is_not_told_when_to_hang_up_waits_for_the_other_side() -> None:
    run = played(cold(human=Behaviour(hangs_up_after_ns=SECOND)))
    assert messages(run, "caller", "carrier", "BYE") == []
    assert len(messages(run, "carrier", "caller", "BYE")) == 1


def test_parties_show_their_names_and_numbers() -> None:
    run = played(cold())
    (invite,) = messages(run, "caller", "carrier", "INVITE")
    assert invite.from_.display == "Maria"
    assert invite.from_.uri.user == "+12025550101"
    assert invite.to.uri.user == "+12025550100"
