"""Legs as facts, and who had company when."""

import pytest

from harness.base.instant import SECOND
from harness.judge.attempt import decide_all
from harness.judge.judgement import judge
from harness.judge.legs import Span, alone_spans, company
from harness.judge.parties import Parties
from harness.trace.entries import Trace
from tests.judge.stories import BUSY, longer, phone_transfer, plain_call, until
from tests.judge.test_fates import caller_stays_up
from tests.ladders import cold_transfer, find


def spans(trace: Trace, leg: int) -> list[Span]:
    case = judge(trace).cases[0]
    parties = Parties(trace)
    return alone_spans(case, case.legs[leg], decide_all(case, parties), parties)


def test_a_leg_says_who_with_whom_and_how_it_ended() -> None:
    caller, agent, human = judge(cold_transfer()).legs
    assert (caller.caller.name, caller.callee.name, caller.ended_by) == ("caller", "carrier", "caller")
    assert (agent.caller.name, agent.callee.name, agent.ended_by) == ("carrier", "agent", "agent")
    assert (human.status, human.call_id, human.why) == (200, "human-leg@192.0.2.2", "")


@pytest.mark.parametrize(
    ("trace", "status", "ended_by", "why"),
    [
        (cold_transfer(**BUSY), 486, "human", "it was never answered"),
        (cold_transfer(target_status=None), 487, "carrier", "it was never answered"),
        (until(cold_transfer(), 20), None, None, "the trace holds no final response"),
        (until(cold_transfer(), 24), 200, None, "it was up when the trace ended"),
    ],
)
def test_what_a_leg_lacks_has_a_reason(
    trace: Trace, status: int | None, ended_by: str | None, why: str
) -> None:
    human = judge(trace).legs[-1]
    assert (human.status, human.ended_by, human.why) == (status, ended_by, why)


def test_in_a_clean_transfer_nobody_is_alone_for_more_than_it_takes_to_hang_up() -> None:
    for leg in range(3):
        assert all(end - start < SECOND for start, end in spans(cold_transfer(), leg))


def test_the_agents_leg_is_alone_from_the_handover_on() -> None:
    trace = longer(cold_transfer(leaves="never"), 20 * SECOND)
    answer = trace.messages()[find(trace, "200 INVITE", 4) - 1]
    assert spans(trace, 1) == [(answer.at_ns, trace.header.ended_ns)]


def test_the_callers_leg_is_alone_when_the_agent_has_left() -> None:
    trace = caller_stays_up()
    bye = trace.messages()[find(trace, "BYE") - 1]
    assert spans(trace, 0) == [(bye.at_ns, trace.header.ended_ns)]


def test_a_phone_is_behind_its_own_legs() -> None:
    assert spans(phone_transfer(), 1) == []
    (alone,) = spans(longer(phone_transfer(agent_leaves=False), 20 * SECOND), 0)
    assert alone[1] - alone[0] > 20 * SECOND


def test_without_a_transfer_the_other_leg_of_the_b2bua_is_company() -> None:
    trace = plain_call()
    case = judge(trace).cases[0]
    found = company(case, case.legs[0], [], Parties(trace))
    assert found is not None and len(found) == 1


def test_a_call_between_two_people_needs_nobody_behind_it() -> None:
    trace = phone_transfer()
    case = judge(trace).cases[0]
    case.legs = case.legs[:1]
    assert company(case, case.legs[0], [], Parties(trace)) is None
    assert alone_spans(case, case.legs[0], [], Parties(trace)) == []
