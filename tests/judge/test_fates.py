"""What became of the caller and the human, one row for each story."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from harness.base.instant import SECOND
from harness.judge.attempt import decide_all
from harness.judge.fates import Fate, caller_of, human_fate, never_had
from harness.judge.judgement import judge
from harness.judge.parties import Parties
from harness.trace.entries import Trace
from tests.judge.stories import (
    BUSY,
    abandoned,
    captured,
    later,
    longer,
    only,
    phone_transfer,
    plain_call,
    recast,
    redirected_call,
    reverse,
    until,
    without_human,
)
from tests.ladders import AGENT, CALLER, HUMAN, cold_transfer, drop, find, move, with_entries


def byes(trace: Trace) -> list[int]:
    return [item.n for item in trace.messages() if item.raw.startswith(b"BYE")]


def caller_stays_up() -> Trace:
    """Busy; the agent hangs up without taking the caller back, and the carrier keeps the caller's leg."""
    trace = cold_transfer(resumes=False, **BUSY)
    caller = byes(trace)[1]
    return longer(drop(trace, caller, caller + 1), 6 * SECOND)


def forgotten_on_hold() -> Trace:
    trace = cold_transfer(resumes=False, **BUSY)
    agent, caller = byes(trace)
    return longer(drop(trace, agent, agent + 1, caller, caller + 1), 6 * SECOND)


def agent_without_hold(pause_ns: int) -> Trace:
    """The agent never held the caller; the transfer is refused; the agent hangs up some time later."""
    trace = cold_transfer(refer_status=603, hold=False)
    return later(trace, byes(trace)[0], pause_ns)


def caller_hangs_up_on_hold() -> Trace:
    """Busy, nobody resumes, and the caller hangs up 1 s later, before the agent does."""
    trace = cold_transfer(resumes=False, **BUSY)
    agent, caller = byes(trace)
    trace = move(reverse(trace, caller), caller, agent - 1)
    return later(trace, agent, SECOND)


def network_drops_the_caller() -> Trace:
    """Busy, and the carrier ends the caller's leg although the agent is still there."""
    trace = cold_transfer(resumes=False, **BUSY)
    agent, caller = byes(trace)
    return move(trace, caller, agent - 1)


CASES: list[tuple[str, Callable[[], Trace], str, str]] = [
    ("connected with the human", cold_transfer, "with-human", "with-human"),
    ("connected without a cast", lambda: captured(cold_transfer()), "with-human", "with-human"),
    (
        "connected with a mailbox",
        lambda: recast(cold_transfer(), "human", "voicemail"),
        "with-voicemail",
        "with-human",
    ),
    ("connected with a queue", lambda: recast(cold_transfer(), "human", "queue"), "in-queue", "with-human"),
    ("busy, resumed, and later hung up", lambda: cold_transfer(**BUSY), "with-agent", "unknown"),
    ("no answer, resumed", lambda: cold_transfer(target_status=None), "with-agent", "unknown"),
    ("refused, resumed", lambda: cold_transfer(refer_status=603), "with-agent", "unknown"),
    ("the agent hangs up on a failure", lambda: cold_transfer(resumes=False, **BUSY), "dropped", "unknown"),
    ("the carrier drops the caller", network_drops_the_caller, "dropped", "unknown"),
    ("the caller leaves while the target rings", abandoned, "hung-up", "unknown"),
    ("the caller leaves on hold after a failure", caller_hangs_up_on_hold, "hung-up", "unknown"),
    ("left up with no second leg", caller_stays_up, "alone", "unknown"),
    ("left on hold", forgotten_on_hold, "held", "unknown"),
    ("refused, never held, agent leaves at once", lambda: agent_without_hold(0), "dropped", "unknown"),
    ("refused, never held, agent stays 6 s", lambda: agent_without_hold(6 * SECOND), "with-agent", "unknown"),
    ("blind BYE, then busy", lambda: cold_transfer(leaves="on-refer-accepted", **BUSY), "dropped", "unknown"),
    ("target leg not in the trace", lambda: without_human(cold_transfer()), "unknown", "unknown"),
    ("phone: connected", phone_transfer, "with-human", "with-human"),
    ("phone: busy, agent hangs up", lambda: phone_transfer(status=486), "dropped", "unknown"),
    ("phone: busy, resumed", lambda: phone_transfer(status=486, resumes=True), "with-agent", "unknown"),
    ("phone: it left", lambda: phone_transfer(status=None, caller_leaves=True), "hung-up", "unknown"),
    ("no REFER at all", plain_call, "with-agent", "unknown"),
]


@pytest.mark.parametrize(
    ("make", "caller", "human"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_a_fate_is_where_somebody_was_left(make: Callable[[], Trace], caller: str, human: str) -> None:
    (handoff,) = judge(make()).handoffs
    assert (handoff.caller_fate.value, handoff.caller_fate.why != "") == (caller, True)
    if human != "with-human" or caller == "with-human":
        assert handoff.human_fate.value == human, handoff.human_fate.why


def test_without_a_cast_the_fate_of_an_unresumed_failure_is_the_same() -> None:
    for trace in (cold_transfer(resumes=False, **BUSY), abandoned(), cold_transfer(**BUSY)):
        assert only(captured(trace)).caller_fate.value == only(trace).caller_fate.value


def test_the_moved_party_is_behind_the_b2bua_and_is_the_referee_between_phones() -> None:
    for trace in (cold_transfer(), phone_transfer()):
        assert caller_of(only(trace).transfer, Parties(trace)) == CALLER


def test_behind_a_carrier_whose_other_leg_is_not_in_the_trace_the_moved_party_is_unknown() -> None:
    trace = cold_transfer(resumes=False, **BUSY)
    items = [item for item in trace.messages() if CALLER not in (item.source, item.destination)]
    attempt = only(captured(with_entries(trace, items), cast=True))
    assert attempt.moved is None
    assert attempt.caller_fate.value == "unknown"
    assert attempt.why["moved"] == "the moved party's leg is not in the trace"


def test_somebody_unknown_to_the_cast_is_no_human() -> None:
    trace = recast(cold_transfer(), "human", "")
    assert only(trace).caller_fate.value == "unknown"


def test_a_trace_that_ends_while_the_caller_is_on_hold_tells_no_fate() -> None:
    trace = cold_transfer(resumes=False, **BUSY)
    cut = until(trace, byes(trace)[0] - 1)
    assert only(cut).caller_fate.value == "unknown"


def test_a_call_that_was_redirected_before_any_answer_reached_whom_the_3xx_named() -> None:
    (handoff,) = judge(redirected_call()).handoffs
    assert (handoff.mechanism, handoff.reached) == ("redirect-3xx", "human")
    assert handoff.caller_fate.value == "with-human"


def test_a_caller_who_gave_up_before_an_answer_has_hung_up() -> None:
    trace = cold_transfer(target_status=None)
    leg = [item for item in trace.messages() if "human-leg" in item.raw.decode()]
    (handoff,) = judge(captured(with_entries(trace, leg))).handoffs
    assert handoff.caller_fate.value == "hung-up"


def test_never_had_finds_the_first_unwanted_fate() -> None:
    fates = [Fate("held", 1, "x"), Fate("dropped", 2, "y")]
    assert never_had(fates, ("dropped", "alone")) == fates[1]
    assert never_had(fates, ("alone",)) is None


def test_the_agent_who_resumed_had_the_caller_from_the_resume_on() -> None:
    trace = cold_transfer(**BUSY)
    resume = trace.messages()[find(trace, "INVITE sip:+15550101@192.0.2.2", 2) - 1]
    fate = only(trace).caller_fate
    assert (fate.at_ns, fate.evidence) == (resume.at_ns, (resume.n,))


def outside_the_dialog() -> Trace:
    """REFER and NOTIFYs have a Call-ID of their own; Target-Dialog names the call."""
    trace = cold_transfer(resumes=True, **BUSY)
    items = []
    for item in trace.messages():
        text = item.raw.decode()
        if re.search(r"(?m)^CSeq: \d+ (REFER|NOTIFY)", text):
            text = text.replace("agent-leg@192.0.2.2", "own-refer@192.0.2.3").replace(
                "tag=agent-b", "tag=own"
            )
        if text.startswith("REFER"):
            text = text.replace(";tag=carrier-b", "")
            named = "agent-leg@192.0.2.2;local-tag=carrier-b;remote-tag=agent-b"
            text = text.replace("Refer-To:", f"Target-Dialog: {named}\r\nRefer-To:")
        items.append(replace(item, raw=text.encode(), parsed=None))
    return with_entries(trace, items)


def test_a_refer_outside_the_dialog_moves_the_call_that_target_dialog_names() -> None:
    attempt = only(outside_the_dialog())
    assert attempt.transfer.leg is None
    assert (attempt.true_outcome, attempt.truth, attempt.caller_fate.value) == (
        "failed",
        "truthful",
        "with-agent",
    )
    assert attempt.moved is not None and attempt.moved.name == "caller"


def test_the_fate_of_one_of_several_people_is_told_by_its_own_legs() -> None:
    trace = cold_transfer()
    case = judge(trace).cases[0]
    parties = Parties(trace)
    decided = decide_all(case, parties)
    assert human_fate(case, decided, parties, HUMAN).value == "with-human"
    assert human_fate(case, decided, parties, AGENT).why == "the human was not called"
