"""The story that expectations are checked against."""

from tests.judge.stories import with_header
from tests.judge.test_handoff import challenged
from tests.judge.test_legs_left import story
from tests.ladders import cold_transfer


def test_attempts_leave_out_what_was_challenged_and_repeated() -> None:
    told = story(challenged())
    assert (len(told.transfers), len(told.attempts)) == (2, 1)


def test_a_story_knows_when_its_trace_ended_and_whether_it_was_cut_off() -> None:
    trace = cold_transfer()
    assert story(trace).ended_ns == trace.header.ended_ns
    assert not story(trace).ends_early
    assert story(with_header(trace, complete=False)).ends_early


def test_decided_of_gives_the_refers_of_that_case() -> None:
    told = story(cold_transfer())
    assert [outcome.true_outcome for _, outcome in told.decided_of(told.cases[0])] == ["connected"]
