"""Steps judged by the messages of the trace alone."""

from dataclasses import replace

import pytest

from harness.judge.judgement import judge
from harness.trace.entries import MessageEntry, Trace
from tests.long_form import HEAD, answers, answers_in, plan_of, played

REFERS = "refer: {as: agent, to: human, name: one}\nexpect: {at: agent, response: 202, to: one, within: 1s}"


def without(trace: Trace, status: int, method: str) -> Trace:
    """The trace as if this response had never been sent."""
    kept = [entry for entry in trace.entries
            if not isinstance(entry, MessageEntry) or entry.message.is_request
            or (entry.message.status, entry.message.cseq_method) != (status, method)]  # fmt: skip
    return Trace(trace.header, kept)


def test_a_response_is_found_by_the_request_that_it_answers() -> None:
    got = answers(REFERS)
    assert got["steps"] == ("pass", "3")
    assert got["steps.3.expect"] == ("pass", "202 10ms after step 2")


def test_another_status_is_told_as_what_came_instead() -> None:
    got = answers(REFERS.replace("202", "603"))
    assert got["steps.3.expect"] == ("fail", "202")
    assert got["steps"] == ("fail", "2: step 3 was not fulfilled")


def test_what_follows_a_disappointment_is_not_looked_for() -> None:
    more = (
        REFERS.replace("202", "603")
        + "\nexpect: {at: agent, request: NOTIFY}\nnever: {request: BYE, for: 1s}"
    )
    got = answers(more)
    for name in ("steps.4.expect", "steps.5.never"):
        assert got[name] == ("inconclusive", "unknown: not looked for: step 3 was not fulfilled")


def test_the_trace_decides_and_not_what_a_player_saw() -> None:
    plan = plan_of(REFERS)
    trace = played(plan)
    assert answers_in(plan, without(trace, 202, "REFER"))["steps.3.expect"] == ("fail", "no response")


def test_what_came_too_late_is_told_with_its_time() -> None:
    plan = plan_of(REFERS.replace("within: 1s", "within: 4ms"))
    assert answers_in(plan, played(plan))["steps.3.expect"] == ("fail", "202 10ms after step 2")


def test_a_header_must_have_its_value() -> None:
    asks = (
        "send: {as: agent, in: main, request: OPTIONS}\n"
        "expect: {at: agent, response: 200, to: last, headers: {%s}}"
    )
    assert answers(asks % "Allow: REFER")["steps.3.expect"][0] == "pass"
    assert answers(asks % "X-A: b")["steps.3.expect"] == ("fail", "200 without X-A")
    got = answers(asks % "Allow: CHEESE")["steps.3.expect"]
    assert got[0] == "fail" and got[1].startswith("200 with Allow: INVITE, ")


def test_in_names_the_call_a_message_must_belong_to() -> None:
    steps = (
        "consult: {as: second}\nhold: {as: agent, in: main}\n"
        "expect: {at: carrier, in: %s, request: INVITE, within: 1s}"
    )
    assert answers(steps % "main")["steps.4.expect"][0] == "pass"
    assert answers(steps % "second")["steps.4.expect"][0] == "fail"


@pytest.mark.parametrize(
    ("never", "verdict", "got"),
    [
        ("{request: INVITE, from: carrier, for: 1s}", "fail", "INVITE to human"),
        ("{request: INVITE, to: human, for: 1s}", "fail", "INVITE to human"),
        ("{request: INVITE, at: caller, for: 1s}", "pass", "not sent"),
        ("{request: INVITE, from: agent, for: 1s}", "pass", "not sent"),
        ("{request: BYE, for: 1s}", "pass", "not sent"),
    ],
)
def test_a_request_that_must_not_be_sent_is_looked_for_at_its_ends(
    never: str, verdict: str, got: str
) -> None:
    assert answers(f"refer: {{as: agent, to: human}}\nnever: {never}")["steps.3.never"] == (verdict, got)


@pytest.mark.parametrize("lost", ["", "faults: {drop: BYE, from: agent}\n"])
def test_what_the_step_before_sent_and_its_repetitions_are_no_new_request(lost: str) -> None:
    head = HEAD.replace("steps:", f"{lost}steps:")
    got = answers("bye: agent\nnever: {request: BYE, from: agent, for: 3s}", head=head)
    assert got["steps.3.never"] == ("pass", "not sent")


def test_what_others_do_at_once_because_of_the_step_before_is_new() -> None:
    got = answers(
        "refer: {as: agent, to: human}\n"
        "expect: {at: carrier, request: REFER}\n"
        "never: {request: INVITE, from: carrier, for: 1s}"
    )
    assert got["steps.4.never"] == ("fail", "INVITE to human")


def test_a_violated_never_does_not_stop_the_scenario() -> None:
    got = answers("refer: {as: agent, to: human}\nnever: {request: INVITE, to: human, for: 1s}\nbye: agent")
    assert got["steps"] == ("pass", "4")


def test_a_step_that_was_not_played_is_named() -> None:
    got = answers("bye: {as: carrier, to: agent}\nwait: 1s\nhold: agent")
    assert got["steps"] == ("fail", "3: step 4 (hold by agent) was not played")


def test_a_trace_that_ends_early_decides_nothing_that_is_missing() -> None:
    plan = plan_of(REFERS)
    trace = played(plan)
    cut = [entry for entry in trace.entries if isinstance(entry, MessageEntry) and entry.step != 2][:9]
    early = Trace(replace(trace.header, complete=False), [*cut])
    got = answers_in(plan, early)
    assert got["steps"][0] == "inconclusive"


def test_without_a_plan_there_are_no_steps_to_judge() -> None:
    plan = plan_of(REFERS)
    assert judge(played(plan)).expectations == ()


def test_a_call_without_its_mark_is_only_taken_for_one_of_a_real_system() -> None:
    plan = plan_of(REFERS)
    trace = played(plan)
    for entry in trace.messages():
        entry.step = None
    assert answers_in(plan, trace)["steps"] == ("fail", "0: step 1 (call by caller) was not played")
    members = [replace(member, under_test=member.name == "caller") for member in trace.header.cast]
    real = Trace(replace(trace.header, cast=tuple(members)), trace.entries)
    assert answers_in(plan, real)["steps"] == ("fail", "1: step 2 (refer by agent) was not played")
