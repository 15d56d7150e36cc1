"""Every time of the definitions that signalling shows, measured by hand on the ladder."""

import pytest

from harness.base.instant import MS, SECOND
from harness.judge.judgement import judge
from harness.judge.latency import NO_AUDIO, Clock, handoff_times
from harness.trace.entries import Trace
from tests.judge.stories import BUSY, captured, only, recast, without_human
from tests.ladders import cold_transfer, find

NAMES = [
    "refer_response",
    "first_notify",
    "target_ringing",
    "refer_to_answer",
    "refer_to_report",
    "report_skew",
    "release_after_outcome",
    "human_answer",
    "consultation",
    "bridge",
    "dead_air",
    "media_cut",
    "human_heard",
    "caller_heard",
    "context_lead",
]


def between(trace: Trace, start: tuple[str, int], end: tuple[str, int]) -> int:
    one, two = (trace.messages()[find(trace, *what) - 1] for what in (start, end))
    return two.at_ns - one.at_ns


@pytest.mark.parametrize(
    ("name", "start", "end"),
    [
        ("refer_response", ("REFER", 1), ("202 REFER", 1)),
        ("first_notify", ("REFER", 1), ("NOTIFY", 1)),
        ("target_ringing", ("REFER", 1), ("180 INVITE", 3)),
        ("refer_to_answer", ("REFER", 1), ("200 INVITE", 4)),
        ("refer_to_report", ("REFER", 1), ("NOTIFY", 3)),
        ("report_skew", ("200 INVITE", 4), ("NOTIFY", 3)),
        ("release_after_outcome", ("200 INVITE", 4), ("BYE", 1)),
        ("human_answer", ("INVITE sip:+15550103", 1), ("200 INVITE", 4)),
    ],
)
def test_a_time_runs_from_the_one_transmission_to_the_other(
    name: str, start: tuple[str, int], end: tuple[str, int]
) -> None:
    trace = cold_transfer()
    assert only(trace).times.get(name) == between(trace, start, end)


@pytest.mark.parametrize(
    "trace", [cold_transfer(), cold_transfer(refer_status=603), without_human(cold_transfer())]
)
def test_every_name_has_a_time_or_a_reason(trace: Trace) -> None:
    times = only(trace).times
    assert sorted([*times.ns, *times.why]) == sorted(NAMES)
    assert all(times.why.values())


def test_a_premature_report_and_an_early_release_are_negative() -> None:
    times = only(cold_transfer(report_early=True)).times
    assert times.ns["report_skew"] < 0
    early = only(cold_transfer(leaves="on-refer-accepted")).times
    assert early.ns["release_after_outcome"] < 0
    assert early.released_by == "agent"


def test_181_and_183_without_description_are_no_ringing() -> None:
    assert only(cold_transfer(ringing=False)).times.why["target_ringing"] == "the target did not ring"


def test_the_stamp_source_is_the_weakest_of_those_used() -> None:
    assert only(cold_transfer()).times.stamp_source == "virtual"
    assert only(captured(cold_transfer())).times.stamp_source == "capture"
    clock = Clock()
    clock.lack("nothing", "x")
    assert clock.times().stamp_source is None


def test_a_mailbox_that_answers_is_no_human_answer() -> None:
    times = only(recast(cold_transfer(), "human", "voicemail")).times
    assert "human_answer" in times.why


def test_the_handoff_lasts_from_the_first_refer_until_caller_and_human_are_joined() -> None:
    trace = cold_transfer()
    (handoff,) = judge(trace).handoffs
    assert handoff.times.get("handoff") == between(trace, ("REFER", 1), ("200 INVITE", 4))
    assert handoff.times.why["dead_air"] == NO_AUDIO


def test_a_failed_handoff_has_no_duration_but_a_reason() -> None:
    (handoff,) = judge(cold_transfer(**BUSY)).handoffs
    assert handoff.times.why["handoff"].startswith("no person was joined")
    assert handoff_times(None, None, [], "nobody").why["human_answer"] == "the human was not called"


def test_times_are_integer_nanoseconds() -> None:
    times = only(cold_transfer()).times
    assert all(isinstance(ns, int) for ns in times.ns.values())
    assert MS <= times.ns["refer_response"] < SECOND
