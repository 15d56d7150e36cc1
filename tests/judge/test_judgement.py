"""A trace in, everything that can be said about it out; captures of real systems included."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.judge.judgement import judge
from harness.judge.rules import ALL
from harness.scenario.plan import Expectation
from harness.trace.entries import Trace
from tests.judge.stories import BUSY, captured, phone_transfer, plan, with_header
from tests.judge.test_handoff import challenged, twice
from tests.ladders import cold_transfer, drop, find, repeat, with_entries

CLEAN = cold_transfer()


def test_a_clean_transfer_breaks_nothing() -> None:
    judgement = judge(CLEAN)
    assert [finding for finding in judgement.findings if finding.verdict == "fail"] == []
    assert judgement.causes == ()
    tally = judgement.tally
    counted = (tally.passed, tally.failed, tally.informed, tally.not_applicable, tally.inconclusive)
    assert sum(counted) == len(ALL)


def test_there_is_one_attempt_for_each_refer_in_wire_order() -> None:
    for trace in (CLEAN, twice(), challenged(), cold_transfer(refer_status=400)):
        attempts = judge(trace).attempts
        assert [attempt.number for attempt in attempts] == list(range(1, len(attempts) + 1))
    assert len(judge(twice()).attempts) == 2


def test_a_retransmitted_refer_is_no_further_attempt() -> None:
    assert len(judge(repeat(CLEAN, 14)).attempts) == 1


def test_an_empty_trace_is_judged_too() -> None:
    judgement = judge(Trace(CLEAN.header, []))
    assert (judgement.attempts, judgement.handoffs, judgement.legs, judgement.findings) == ((), (), (), ())
    assert judgement.tally.not_applicable == len(ALL)


def test_the_same_trace_is_judged_the_same() -> None:
    assert _told(CLEAN) == _told(cold_transfer())


@pytest.mark.parametrize(
    "trace", [CLEAN, cold_transfer(**BUSY), cold_transfer(refer_status=603), phone_transfer()]
)
def test_a_capture_without_names_is_judged_like_the_run(trace: Trace) -> None:
    one, other = judge(trace).attempts[0], judge(captured(trace)).attempts[0]
    assert (one.true_outcome, one.truth, one.caller_fate.value) == (
        other.true_outcome,
        other.truth,
        other.caller_fate.value,
    )


@pytest.mark.parametrize("n", range(1, 33))
def test_no_single_lost_message_stops_the_judge(n: int) -> None:
    for trace in (drop(CLEAN, n), captured(drop(CLEAN, n))):
        judgement = judge(trace)
        assert all(attempt.why["truth"] for attempt in judgement.attempts)


@pytest.mark.parametrize("n", range(32))
def test_a_capture_that_ends_early_accuses_nobody_of_silence_or_ghosts(n: int) -> None:
    """Of a clean transfer, whatever its first messages are, no practice fails."""
    trace = captured(with_entries(CLEAN, CLEAN.messages()[:n]), cast=True)
    accused = [each.rule for each in judge(trace).findings if each.verdict == "fail" and each.rule.islower()]
    assert accused == []


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_garbage_in_any_message_is_judged_without_an_exception(data: st.DataObject) -> None:
    items = CLEAN.messages()
    n = data.draw(st.integers(0, len(items) - 1))
    cut = data.draw(st.integers(0, len(items[n].raw)))
    noise = data.draw(st.binary(max_size=40))
    changed = with_entries(CLEAN, items)
    changed.messages()[n].raw = items[n].raw[:cut] + noise + items[n].raw[cut + len(noise) :]
    judge(changed)


def test_what_happened_after_our_side_began_to_stop_is_no_evidence() -> None:
    """Interrupted while the human's phone rings: our CANCEL and BYEs say nothing of anybody."""
    trace = cold_transfer(target_status=None)
    cancel = trace.messages()[find(trace, "CANCEL") - 1]
    stopped = with_header(trace, stopped_ns=cancel.at_ns - 1, complete=False)
    judgement = judge(stopped, plan=plan())
    assert (judgement.attempts[0].true_outcome, judgement.causes) == ("unknown", ())
    assert [each for each in judgement.findings if each.verdict == "fail"] == []
    assert all(leg.ended_ns is None for leg in judgement.legs)
    assert judgement.cases[0].ended_ns == cancel.at_ns - 1


WISHES = (
    Expectation("outcome", "connected", 1, 1),
    Expectation("reaches", "human", 1, 1),
    Expectation("refer", "accepted", 1, 1),
    Expectation("progress", (100, 180, 200), 1, 1),
    Expectation("truth", ("truthful", "not-owed"), 1, 1),
    Expectation("caller.fate", "with-human", 1, 1),
    Expectation("caller.never", ("dropped", "alone", "held"), 1, 1),
    Expectation("legs_left", ("caller-human",), 1, 1),
    Expectation("attempts", 1, 1, 1),
    Expectation("attempts.0.refer", "accepted", 1, 1),
    Expectation("attempts.0.reported", "connected", 1, 1),
    Expectation("attempts.0.caller_fate", "with-human", 1, 1),
    Expectation("attempts.1.outcome", "connected", 1, 1),
)


@pytest.mark.parametrize("n", range(1, 33))
def test_nothing_that_is_merely_missing_fails_in_a_run_that_was_interrupted(n: int) -> None:
    stopped = with_header(CLEAN, stopped_ns=CLEAN.messages()[n - 1].at_ns, complete=False)
    judgement = judge(stopped, WISHES)
    assert [(each.name, each.got) for each in judgement.expectations if each.verdict == "fail"] == []
    assert [(each.rule, each.text) for each in judgement.findings if each.verdict == "fail"] == []


def test_what_is_missing_when_the_time_of_a_run_is_up_fails() -> None:
    stopped = with_header(CLEAN, stopped_ns=CLEAN.messages()[find(CLEAN, "REFER") - 2].at_ns)
    told = {each.name: each.verdict for each in judge(stopped, WISHES).expectations}
    assert (told["refer"], told["outcome"], told["attempts"], told["legs_left"]) == ("fail",) * 4


def test_causes_of_several_attempts_stand_once() -> None:
    judgement = judge(twice(486))
    ids = [(cause.id, cause.who) for cause in judgement.causes]
    assert len(ids) == len(set(ids))
    assert ("target-busy", "human") in ids


def test_a_plan_is_not_needed_and_the_header_may_say_anything() -> None:
    assert judge(with_header(CLEAN, tool="", scenario="", seed=9)).attempts[0].truth == "truthful"


def _told(trace: Trace) -> list[object]:
    judgement = judge(trace)
    return [judgement.findings, judgement.tally, judgement.causes, [each.why for each in judgement.attempts]]
