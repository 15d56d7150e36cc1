"""Practices: what trips each, who is blamed, and where they stay silent or undecided."""

from collections.abc import Callable

import pytest

from harness.base.instant import SECOND
from harness.judge.finding import Finding
from harness.judge.rule import apply
from harness.trace.calls import rebuild
from harness.trace.entries import Trace
from tests.judge.stories import (
    BUSY,
    abandoned,
    captured,
    later,
    longer,
    phone_transfer,
    plain_call,
    recast,
    until,
    without_human,
)
from tests.judge.test_causes import second_bye
from tests.judge.test_fates import agent_without_hold, byes, caller_stays_up, network_drops_the_caller
from tests.judge.test_handoff import challenged, twice
from tests.judge.test_truth import (
    MAILBOX,
    late,
    pending,
    second_report,
    suppressed,
    undelivered,
    uninformative,
)
from tests.ladders import cold_transfer, drop, edit, find

PRACTICES = (
    "truthful-notify",
    "success-by-wrong-party",
    "final-notify-present",
    "status-collapsed",
    "caller-not-dropped-on-failure",
    "ghost-leg",
    "duplicate-bye",
)


def found(trace: Trace, *practices: str) -> list[Finding]:
    return [each for case in rebuild(trace) for each in apply(case, *(practices or PRACTICES)).findings]


def verdict(trace: Trace, practice: str) -> str:
    return apply(rebuild(trace)[0], practice).verdicts[practice]


def parked() -> Trace:
    return longer(abandoned(leaves="never"), 20 * SECOND)


FAILING: list[tuple[str, str, Callable[[], Trace], str, tuple[str, ...]]] = [
    ("truthful-notify", "200 before the answer", lambda: cold_transfer(report_early=True), "carrier", ()),
    (
        "truthful-notify",
        "200 for a busy target",
        lambda: cold_transfer(report="200 OK", report_early=True, **BUSY),
        "carrier",
        (),
    ),
    ("truthful-notify", "503 for an answer", lambda: cold_transfer(report="503 No"), "carrier", ()),
    ("truthful-notify", "two reports", lambda: second_report("503 No"), "carrier", ()),
    (
        "success-by-wrong-party",
        "another number's mailbox",
        lambda: recast(cold_transfer(refer_to=MAILBOX), "human", "voicemail"),
        "carrier",
        (),
    ),
    ("final-notify-present", "silence", lambda: cold_transfer(report=None), "carrier", ()),
    ("final-notify-present", "ended on 100", uninformative, "carrier", ()),
    ("status-collapsed", "486 becomes 503", lambda: cold_transfer(report="503 No", **BUSY), "carrier", ()),
    (
        "caller-not-dropped-on-failure",
        "the agent hangs up",
        lambda: cold_transfer(resumes=False, **BUSY),
        "agent",
        (),
    ),
    (
        "caller-not-dropped-on-failure",
        "the agent hangs up on a refusal",
        lambda: agent_without_hold(0),
        "agent",
        (),
    ),
    ("caller-not-dropped-on-failure", "the carrier hangs up", network_drops_the_caller, "carrier", ()),
    (
        "caller-not-dropped-on-failure",
        "between phones",
        lambda: phone_transfer(status=486),
        "agent",
        (),
    ),
    (
        "caller-not-dropped-on-failure",
        "a blind BYE, and then busy",
        lambda: cold_transfer(leaves="on-refer-accepted", **BUSY),
        "agent",
        (),
    ),
    ("ghost-leg", "the agent never leaves", lambda: cold_transfer(leaves="never"), "agent", ()),
    ("ghost-leg", "the caller's leg is kept", caller_stays_up, "carrier", ()),
    ("ghost-leg", "the agent's leg is parked", parked, "carrier", ()),
    ("duplicate-bye", "BYE twice", second_bye, "agent", ()),
]


@pytest.mark.parametrize(
    ("practice", "make", "who", "also"),
    [(row[0], *row[2:]) for row in FAILING],
    ids=[f"{row[0]}: {row[1]}" for row in FAILING],
)
def test_exactly_this_practice_trips_and_the_right_one_is_blamed(
    practice: str, make: Callable[[], Trace], who: str, also: tuple[str, ...]
) -> None:
    failed = [each for each in found(make()) if each.verdict == "fail"]
    assert {each.rule for each in failed} == {practice, *also}, failed
    assert {each.who for each in failed} == {who}
    assert all(each.evidence and each.text for each in failed)


CLEAN = [
    cold_transfer(),
    cold_transfer(**BUSY),
    cold_transfer(target_status=None),
    cold_transfer(refer_status=603),
    cold_transfer(leaves="on-refer-accepted"),
    phone_transfer(),
    phone_transfer(status=486, resumes=True),
    abandoned(),
    twice(),
    challenged(),
    plain_call(),
    recast(cold_transfer(), "human", "voicemail"),
]


@pytest.mark.parametrize("trace", CLEAN)
def test_clean_stories_break_no_practice(trace: Trace) -> None:
    assert found(trace) == []
    assert found(captured(trace)) == []


@pytest.mark.parametrize("practice", PRACTICES)
def test_every_practice_is_exercised_by_a_clean_story(practice: str) -> None:
    assert "pass" in {verdict(trace, practice) for trace in CLEAN}


@pytest.mark.parametrize(
    ("practice", "trace"),
    [
        ("truthful-notify", without_human(cold_transfer())),
        ("final-notify-present", pending()),
        ("ghost-leg", until(cold_transfer(), 25)),
    ],
)
def test_what_the_trace_cannot_tell_is_undecided(practice: str, trace: Trace) -> None:
    assert verdict(trace, practice) == "inconclusive"


@pytest.mark.parametrize("trace", [cold_transfer(refer_status=603), suppressed(), plain_call()])
def test_where_no_report_is_owed_none_is_missed(trace: Trace) -> None:
    assert verdict(trace, "final-notify-present") == "not-applicable"


def test_a_referrer_that_answered_481_ended_the_reports_itself() -> None:
    trace = cold_transfer(report=None)
    n = find(trace, "200 NOTIFY")
    trace = edit(trace, n, "SIP/2.0 200 OK", "SIP/2.0 481 Gone")
    assert verdict(trace, "final-notify-present") == "not-applicable"


def test_a_late_report_is_information() -> None:
    assert verdict(late(), "truthful-notify") == "info"


def test_a_report_that_was_not_taken_was_still_true() -> None:
    assert verdict(undelivered(), "truthful-notify") == "pass"


def test_a_false_failure_after_which_the_agent_leaves_drops_nobody() -> None:
    trace = cold_transfer(report="503 No", resumes=False)
    assert verdict(trace, "caller-not-dropped-on-failure") == "not-applicable"


def test_an_agent_who_stays_for_5_s_without_hold_kept_the_caller() -> None:
    assert verdict(agent_without_hold(6 * SECOND), "caller-not-dropped-on-failure") == "pass"


def test_a_referrer_that_answers_no_notify_gets_no_final_one() -> None:
    trace = cold_transfer()
    last = find(trace, "200 NOTIFY", 3)
    silent = drop(trace, find(trace, "200 NOTIFY", 2), find(trace, "NOTIFY", 3), last)
    assert found(captured(silent, cast=True), "final-notify-present")
    assert not found(longer(silent, 40 * SECOND), "final-notify-present")


def test_nobody_keeps_a_leg_that_waits_for_its_ack() -> None:
    trace = cold_transfer(resumes=False, **BUSY)
    trace = later(trace, byes(trace)[1], 20 * SECOND)
    assert [each.who for each in found(trace, "ghost-leg")] == ["carrier"]
    assert not found(drop(trace, find(trace, "ACK", 2)), "ghost-leg")


def test_two_reports_that_contradict_each_other_are_shown_in_the_order_of_the_text() -> None:
    trace = second_report("503 Service Unavailable")
    (told,) = found(trace, "truthful-notify")
    assert told.text == "two different final reports: 200 and 503"
    shown = {entry.n: entry.message for entry in trace.messages()}
    bodies = [shown[n].body.split(b"\r\n")[0] for n in told.evidence[:2]]
    assert bodies == [b"SIP/2.0 200 OK", b"SIP/2.0 503 Service Unavailable"]
