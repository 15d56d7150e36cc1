"""Which pairs of parties were left when a transfer was over."""

import pytest

from harness.judge.judgement import judge
from harness.judge.legs_left import pairs_left
from harness.judge.parties import Parties
from harness.judge.story import Story
from harness.trace.entries import Trace
from tests.judge.stories import BUSY, abandoned, phone_transfer, plain_call
from tests.judge.test_fates import caller_stays_up
from tests.ladders import cold_transfer


def story(trace: Trace) -> Story:
    judgement = judge(trace)
    cases = judgement.cases
    pairs = tuple(
        [(each.transfer, each.outcome) for each in judgement.attempts if each.case is case] for case in cases
    )
    return Story(Parties(trace), cases, judgement.attempts, judgement.handoffs, judgement.findings, pairs)


@pytest.mark.parametrize(
    ("trace", "wanted"),
    [
        (cold_transfer(), ["caller-human"]),
        (cold_transfer(leaves="never"), ["caller-human", "carrier-agent"]),
        (cold_transfer(**BUSY), ["caller-agent"]),
        (cold_transfer(refer_status=603), ["caller-agent"]),
        (cold_transfer(resumes=False, **BUSY), []),
        (caller_stays_up(), ["caller-carrier"]),
        (abandoned(), []),
        (phone_transfer(), ["caller-human"]),
        (phone_transfer(status=486, resumes=True), ["caller-agent"]),
    ],
)
def test_two_legs_through_the_carrier_are_one_pair(trace: Trace, wanted: list[str]) -> None:
    assert pairs_left(story(trace))[0] == wanted


def test_a_call_that_is_over_has_left_nothing_and_no_call_has_no_answer() -> None:
    assert pairs_left(story(plain_call()))[0] == []
    empty = Trace(cold_transfer().header, [])
    assert pairs_left(story(empty))[0] is None
