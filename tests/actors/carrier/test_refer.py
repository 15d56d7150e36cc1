"""How the carrier executes a REFER: what it answers, whom it calls, what it reports."""

from typing import Any

import pytest

from harness.actors.carrier import refer
from harness.actors.carrier.network import Network
from harness.actors.carrier.profiles import Profile
from harness.base.instant import MS, SECOND
from harness.protocol.transaction import ServerTransaction
from harness.scenario.plan import AgentPlan, Behaviour, CarrierPlan, Fallback
from tests.ends import Played, in_call, in_dialog
from tests.flows import BUSY, cold, entries_between, falling_back, messages, played, quirky, reports


def honest(behaviour: Behaviour, **more: Any) -> Played:
    return played(cold(human=behaviour, **more))


def test_progress_is_reported_as_it_happens() -> None:
    """RFC 3515 section 2.4.4 and 2.4.5: 100 at once, what the target says, the final status last."""
    run = honest(Behaviour(hangs_up_after_ns=SECOND))
    assert reports(run) == [
        ("active", "SIP/2.0 100 Trying"),
        ("active", "SIP/2.0 180 Ringing"),
        ("terminated", "SIP/2.0 200 OK"),
    ]
    (answer,) = entries_between(run.trace, "human", "carrier", "200 INVITE")
    assert entries_between(run.trace, "carrier", "agent", "NOTIFY")[-1].at_ns == answer.received_ns


FINALS = {
    404: "Not Found",
    480: "Temporarily Unavailable",
    486: "Busy Here",
    503: "Service Unavailable",
    603: "Decline",
}


@pytest.mark.parametrize("status", FINALS)
def test_a_failure_is_reported_with_its_own_status(status: int) -> None:
    run = honest(Behaviour(rejects=status, rings_after_ns=None))
    assert reports(run)[-1] == ("terminated", f"SIP/2.0 {status} {FINALS[status]}")


def test_a_target_that_does_not_answer_is_cancelled_after_the_window() -> None:
    run = honest(Behaviour(no_answer=True), carrier=CarrierPlan(no_answer_after_ns=9 * SECOND))
    (invite,) = entries_between(run.trace, "carrier", "human", "INVITE")
    (cancel,) = entries_between(run.trace, "carrier", "human", "CANCEL")
    assert cancel.at_ns - invite.at_ns == 9 * SECOND
    assert reports(run)[-1] == ("terminated", "SIP/2.0 487 Request Terminated")


def test_an_unreachable_target_is_reported_as_408() -> None:
    run = honest(Behaviour(unreachable=True))
    assert reports(run)[-1] == ("terminated", "SIP/2.0 408 Request Timeout")


def test_a_number_nobody_has_is_reported_as_404() -> None:
    run = honest(Behaviour(redirects_to="+999"))
    assert reports(run)[-1] == ("terminated", "SIP/2.0 404 Not Found")


@pytest.mark.parametrize("to", ["+12025550102", "+12025550103"], ids=["itself", "a ring of two"])
def test_a_redirection_in_a_circle_ends_with_482_and_calls_nobody_twice(to: str) -> None:
    """RFC 3261 section 8.1.3.4."""
    run = honest(Behaviour(redirects_to=to), desk=Behaviour(redirects_to="+12025550102"))
    assert reports(run)[-1] == ("terminated", "SIP/2.0 482 Loop Detected")
    assert len(messages(run, "carrier", "human", "INVITE")) == 1


@pytest.mark.parametrize(("status", "tried"), [(486, True), (603, False)])
def test_the_carrier_tries_its_own_next_number_for_the_same_refer(status: int, tried: bool) -> None:
    run = honest(
        Behaviour(rejects=status),
        desk=Behaviour(hangs_up_after_ns=SECOND),
        fallback=(Fallback(("busy",), "desk", by="carrier"),),
    )
    assert len(messages(run, "agent", "carrier", "REFER")) == 1
    assert len(messages(run, "carrier", "desk", "INVITE")) == tried
    assert reports(run)[-1][1].split()[1] == ("200" if tried else str(status))
    assert [state for state, _ in reports(run)].count("terminated") == 1


def test_the_carrier_tries_each_of_its_numbers_once() -> None:
    again = (Fallback(("busy",), "desk", by="carrier"), Fallback(("busy",), "human", by="carrier"))
    run = honest(BUSY, desk=BUSY, fallback=again)
    assert [len(messages(run, "carrier", who, "INVITE")) for who in ("human", "desk")] == [2, 1]
    assert reports(run)[-1] == ("terminated", "SIP/2.0 486 Busy Here")


def test_a_redirection_is_followed() -> None:
    run = played(cold(human=Behaviour(redirects_to="+12025550103"), desk=Behaviour(hangs_up_after_ns=SECOND)))
    assert len(messages(run, "carrier", "desk", "INVITE")) == 1
    assert reports(run)[-1] == ("terminated", "SIP/2.0 200 OK")


@pytest.mark.parametrize("status", [403, 408, 480, 503, 603])
def test_a_refused_refer_is_answered_so_and_nobody_is_called(status: int) -> None:
    run = honest(BUSY, carrier=CarrierPlan(refuses=status))
    assert len(messages(run, "carrier", "agent", f"{status} REFER")) == 1
    assert reports(run) == [] and messages(run, "carrier", "human", "INVITE") == []


def test_only_targets_outside_the_allowed_numbers_are_refused() -> None:
    for pattern, refused in (("+1202*", False), ("+44*", True)):
        run = played(cold(carrier=CarrierPlan(allows=(pattern,), refuses=403)))
        assert bool(messages(run, "carrier", "agent", "403 REFER")) == refused
        assert bool(messages(run, "carrier", "human", "INVITE")) != refused


def test_a_refusal_may_come_as_a_report() -> None:
    run = honest(BUSY, carrier=CarrierPlan(refuses_by_notify=403))
    assert len(messages(run, "carrier", "agent", "202 REFER")) == 1
    assert reports(run) == [("active", "SIP/2.0 100 Trying"), ("terminated", "SIP/2.0 403 Forbidden")]
    assert messages(run, "carrier", "human", "INVITE") == []


@pytest.mark.parametrize("status", [401, 407])
def test_a_challenged_refer_passes_with_credentials(status: int) -> None:
    run = played(cold(carrier=CarrierPlan(challenges=(("REFER", status),))))
    assert len(messages(run, "carrier", "agent", f"{status} REFER")) == 1
    assert len(messages(run, "carrier", "agent", "202 REFER")) == 1
    assert len(messages(run, "carrier", "human", "INVITE")) == 1


def test_the_triggered_invite_shows_the_caller_and_who_referred() -> None:
    """RFC 3892 section 2.2."""
    run = played(cold(context_headers=(("X-Case", "4711"), ("User-to-User", "00c9"), ("Subject", "no"))))
    (invite,) = messages(run, "carrier", "human", "INVITE")
    assert invite.from_.uri.user == "+12025550101"
    assert invite.first("referred-by") == messages(run, "agent", "carrier", "REFER")[0].first("referred-by")
    assert (invite.first("x-case"), invite.first("user-to-user")) == ("4711", "00c9")
    assert invite.first("subject") is None


# What makes a REFER bad is written by hand, to a carrier in a call.


def test_a_refer_must_name_exactly_one_target() -> None:
    """RFC 3515 section 2.4.2: no Refer-To or more than one gets 400."""
    target = ("Refer-To", "<sip:x@192.0.2.30>")
    for number, extra in enumerate(([], [target, target], [("Refer-To", "<sip:a@b>, <sip:c@d>")]), 2):
        bench, leg = in_call()
        bench.receive(in_dialog(leg, "REFER", number, extra=extra))
        transaction = leg.inbox[-1].transaction
        assert isinstance(transaction, ServerTransaction)
        assert refer.refused(Network(Profile(), {}), leg, transaction)
        assert bench.said() == ["400 REFER"]
    bench, leg = in_call()
    bench.receive(in_dialog(leg, "REFER", 2, extra=[target]))
    transaction = leg.inbox[-1].transaction
    assert isinstance(transaction, ServerTransaction)
    assert not refer.refused(Network(Profile(), {}), leg, transaction)


def test_while_a_transfer_is_under_way_another_gets_491() -> None:
    plan = cold(
        human=Behaviour(no_answer=True),
        desk=Behaviour(),
        agent=AgentPlan(notify_patience_ns=2 * SECOND),
        fallback=falling_back("unreachable"),
        carrier=CarrierPlan(no_answer_after_ns=60 * SECOND),
    )
    run = played(plan)
    assert len(messages(run, "agent", "carrier", "REFER")) == 2
    assert len(messages(run, "carrier", "agent", "491 REFER")) == 1


def test_the_moments_of_the_reports_are_those_of_the_target() -> None:
    run = honest(Behaviour(rings_after_ns=300 * MS, answers_after_ns=900 * MS, hangs_up_after_ns=SECOND))
    (ringing,) = entries_between(run.trace, "human", "carrier", "180 INVITE")
    told = entries_between(run.trace, "carrier", "agent", "NOTIFY")
    assert told[1].at_ns == ringing.received_ns


def test_an_early_answer_is_a_lie_only_the_wire_can_tell() -> None:
    run = honest(BUSY, carrier=quirky("notify-200-at-once"))
    first = entries_between(run.trace, "carrier", "agent", "NOTIFY")[0]
    assert first.message.body == b"SIP/2.0 200 OK\r\n"
    assert first.at_ns <= entries_between(run.trace, "carrier", "human", "INVITE")[0].at_ns
