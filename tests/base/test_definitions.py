"""The words of the results and their meanings."""

from typing import get_args

from harness.base.definitions import FATES, OUTCOMES, SEVERITIES, TIMES, TRUTHS, VERDICTS
from harness.judge.fates import FateValue
from harness.judge.finding import Severity
from harness.judge.judgement import judge
from harness.judge.truth import TruthValue
from harness.results.model import RunVerdict
from harness.scenario import words
from tests.ladders import cold_transfer


def test_every_time_that_the_judge_takes_is_defined() -> None:
    judgement = judge(cold_transfer())
    told = [attempt.times for attempt in judgement.attempts] + [
        handoff.times for handoff in judgement.handoffs
    ]
    taken = {name for times in told for name in (*times.ns, *times.why)}
    assert taken == set(TIMES)


def test_every_truth_verdict_and_severity_is_defined_in_its_order() -> None:
    assert list(TRUTHS) == list(get_args(TruthValue))
    assert set(VERDICTS) == set(get_args(RunVerdict))
    assert list(SEVERITIES) == list(get_args(Severity))


def test_every_outcome_and_fate_that_can_be_told_is_defined_in_its_order() -> None:
    assert list(OUTCOMES) == list(get_args(words.Outcome))
    assert [*FATES, "unknown"] == list(get_args(FateValue))


def test_a_time_says_where_it_begins_and_ends() -> None:
    assert TIMES["refer_response"].sentence == "From the REFER to its final response."
