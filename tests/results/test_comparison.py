"""When a verdict has changed and when a time is worse: the numbers are worked out by hand from the rule."""

from dataclasses import replace

import pytest

from harness.results.comparison import (
    GOOD_RUNS_LOOKED_AT,
    GOOD_RUNS_NEEDED,
    Comparison,
    Earlier,
    TimeKey,
    TimeTrend,
    compare,
    times_of,
)
from harness.results.model import Mode, RunEntry, RunVerdict
from tests.results.samples import RUN, TRANSFER

ANSWER = TimeKey("transfer", 0, "refer_to_answer")


def run(
    ms: float | None, mode: Mode = "live", verdict: RunVerdict = "pass", name: str = ANSWER.name
) -> RunEntry:
    times = {name: ms, "why": {name: "nobody answered"} if ms is None else {}}
    return replace(
        RUN, mode=mode, verdict=verdict, transfers=(replace(TRANSFER, latency_ms=times),), handoffs=()
    )


def earlier(
    *samples: float, mode: Mode = "live", seed: int = 0, digest: str = "x", name: str = ANSWER.name
) -> list[Earlier]:
    """Good runs 1, 2, ... with these times, newest first as `compare` wants them."""
    made = [
        Earlier(number, seed, "pass", mode, digest, {replace(ANSWER, name=name): ms})
        for number, ms in enumerate(samples, 1)
    ]
    return made[::-1]


def trend(compared: Comparison) -> TimeTrend:
    (only,) = compared.times
    return only


def test_every_known_time_of_transfers_and_handoffs_is_read() -> None:
    assert times_of(RUN) == {TimeKey("transfer", 0, "refer_response"): 1.04}


@pytest.mark.parametrize(
    ("now", "before", "change"),
    [
        ("pass", "pass", "same"),
        ("fail", "pass", "newly-failing"),
        ("inconclusive", "pass", "newly-failing"),
        ("pass", "fail", "fixed"),
        ("fail", "broken", "still-failing"),
    ],
)
def test_a_verdict_is_compared_with_the_one_before(now: RunVerdict, before: RunVerdict, change: str) -> None:
    past = [replace(earlier(1.0)[0], verdict=before)]
    compared = compare(run(1.0, verdict=now), "x", 0, past)
    assert (compared.change, compared.verdict_before) == (change, before)


def test_a_scenario_never_seen_is_new() -> None:
    compared = compare(run(1.0), "x", 0, [])
    assert (compared.change, compared.last_good, trend(compared).earlier_ms) == ("new", None, ())


def test_the_last_good_run_is_the_latest_that_passed() -> None:
    failed = Earlier(3, 0, "fail", "live", "x", {ANSWER: 900.0})
    compared = compare(run(10.0), "x", 0, [failed, *earlier(11.0, 12.0)])
    assert compared.last_good == 2
    assert (trend(compared).last_good_ms, trend(compared).earlier_ms) == (12.0, (11.0, 12.0))


def test_beyond_three_sigmas_of_the_good_runs_a_time_is_worse() -> None:
    # median 1000, absolute deviations 0 100 100 200 200: MAD 100; 1000 + 3 * 1.4826 * 100 = 1444.78
    past = earlier(800.0, 900.0, 1000.0, 1100.0, 1200.0)
    assert not trend(compare(run(1444.0), "x", 0, past)).worse
    worse = trend(compare(run(1445.0), "x", 0, past))
    assert worse.worse
    assert worse.why == "the median of 5 good runs is 1.000 s; more than 1.445 s is worse"


def test_a_steady_time_may_grow_by_a_twentieth() -> None:
    past = earlier(*[1000.0] * 5)
    assert not trend(compare(run(1050.0), "x", 0, past)).worse
    assert trend(compare(run(1050.1), "x", 0, past)).worse


def test_what_nobody_can_hear_is_not_worse() -> None:
    past = earlier(*[1.0] * 5)
    assert not trend(compare(run(20.9), "x", 0, past)).worse
    assert trend(compare(run(21.1), "x", 0, past)).worse


def test_too_few_good_runs_tell_nothing() -> None:
    only = trend(compare(run(9000.0), "x", 0, earlier(*[1.0] * (GOOD_RUNS_NEEDED - 1))))
    assert not only.worse
    assert only.why == "4 good runs so far; 5 are needed to tell"


def test_only_the_latest_good_runs_count() -> None:
    past = earlier(*[9000.0] * 30, *[1.0] * GOOD_RUNS_LOOKED_AT)
    only = trend(compare(run(100.0), "x", 0, past))
    assert only.worse
    assert only.earlier_ms == (1.0,) * GOOD_RUNS_LOOKED_AT


def test_virtual_time_with_equal_seed_is_worse_at_once() -> None:
    past = earlier(1.04, mode="virtual")
    assert not trend(compare(run(1.04, "virtual"), "x", 0, past)).worse
    only = trend(compare(run(1.041, "virtual"), "x", 0, past))
    assert only.worse
    assert only.why.startswith("1.040 ms in run 1 with the same scenario and seed")


def test_virtual_time_with_another_seed_is_compared_by_its_spread() -> None:
    assert not trend(compare(run(1.041, "virtual"), "x", 1, earlier(1.04, mode="virtual"))).worse


def test_another_scenario_under_the_same_name_is_no_measure() -> None:
    only = trend(compare(run(9000.0, "virtual"), "y", 0, earlier(1.0, mode="virtual")))
    assert not only.worse
    assert only.why == "the scenario has changed since its last good run"
    assert only.earlier_ms == ()


def test_sockets_are_not_compared_with_virtual_time() -> None:
    compared = compare(run(9000.0), "x", 0, earlier(*[1.0] * 9, mode="virtual"))
    assert compared.last_good is None
    assert not trend(compared).worse


def test_a_time_that_is_known_no_more_is_said_so_but_not_worse() -> None:
    only = trend(compare(run(None), "x", 0, earlier(1.0)))
    assert (only.now_ms, only.last_good_ms, only.worse) == (None, 1.0, False)
    assert only.why == "it was known in the last good run and is not now"


def test_a_report_before_the_fact_is_as_bad_as_one_after_it() -> None:
    past = earlier(*[10.0] * 5, name="report_skew")
    assert trend(compare(run(-900.0, name="report_skew"), "x", 0, past)).worse
    assert not trend(compare(run(-10.0, name="report_skew"), "x", 0, past)).worse


def test_that_people_talk_for_longer_is_not_worse() -> None:
    past = earlier(*[10.0] * 5, name="consultation")
    assert not trend(compare(run(9000.0, name="consultation"), "x", 0, past)).worse


def test_worse_times_are_listed() -> None:
    compared = compare(run(9000.0), "x", 0, earlier(*[10.0] * 5))
    assert [each.key for each in compared.worse()] == [ANSWER]
