"""One judged REFER: style and mechanism, who is who, and reasons for what is missing."""

import pytest

from harness.judge.attempt import consultation
from harness.judge.judgement import judge
from harness.trace.entries import Trace
from tests.judge.stories import BUSY, captured, only, phone_transfer, plan, without_human
from tests.ladders import cold_transfer, edit, find


def warm() -> Trace:
    """A Refer-To with a Replaces that names no call of the trace."""
    return cold_transfer(refer_to="<sip:+15550103@carrier.example?Replaces=x%3Bto-tag%3Da%3Bfrom-tag%3Db>")


def focus() -> Trace:
    trace = cold_transfer()
    return edit(trace, find(trace, "REFER"), "@192.0.2.3:5060>", "@192.0.2.3:5060>;isfocus")


@pytest.mark.parametrize(
    ("trace", "style", "mechanism"),
    [
        (cold_transfer(), "cold", "refer"),
        (warm(), "warm", "refer-replaces"),
        (focus(), "attended", "refer"),
        (phone_transfer(), "cold", "refer"),
    ],
    ids=["plain", "Replaces, even a bogus one", "isfocus", "between phones"],
)
def test_style_and_mechanism_follow_from_the_wire(trace: Trace, style: str, mechanism: str) -> None:
    attempt = only(trace)
    assert (attempt.style, attempt.mechanism) == (style, mechanism)


def test_with_a_plan_style_is_what_the_user_asked_for() -> None:
    assert only(cold_transfer(), plan(style="warm")).style == "warm"


def test_the_carriers_own_second_leg_is_no_consultation_call() -> None:
    trace = cold_transfer()
    case = judge(trace).cases[0]
    assert consultation(case, case.transfers[0]) is None


def test_roles_are_those_of_the_messages_and_names_those_of_the_cast() -> None:
    attempt = only(cold_transfer())
    assert attempt.target is not None and attempt.moved is not None
    names = (attempt.referrer.name, attempt.referee.name, attempt.target.name, attempt.moved.name)
    assert names == ("agent", "carrier", "human", "caller")


def test_without_a_cast_names_are_addresses() -> None:
    attempt = only(captured(cold_transfer()))
    assert attempt.moved is not None
    assert (attempt.referrer.name, attempt.moved.name) == ("192.0.2.3:5060", "192.0.2.1:5060")


def test_a_target_that_is_not_in_the_trace_is_none_and_has_a_reason() -> None:
    attempt = only(without_human(cold_transfer()))
    assert attempt.target is None
    assert attempt.why["target"] == "the target leg is not in the trace"


def test_a_judged_refer_carries_its_codes_and_claims() -> None:
    attempt = only(cold_transfer(**BUSY))
    assert (attempt.number, attempt.refer_status, attempt.progress) == (1, 202, (100, 180, 486))
    assert (attempt.reported_outcome, [claim.status for claim in attempt.claims]) == ("failed", [486])
    assert not attempt.superseded
