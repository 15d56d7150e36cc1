"""Our players wait longer than what they wait for takes, and never for ever."""

import pytest

from harness.actors import patience
from harness.base.instant import SECOND
from harness.base.limits import RUN_VIRTUAL_SECONDS_MAX
from harness.protocol.timers import TRANSACTION_NS
from harness.scenario.plan import CarrierPlan
from harness.suite.play import Settings, play
from tests.long_form import plan_of, sent
from tests.scenario.written import plan


def test_an_answer_of_the_stack_is_awaited_longer_than_a_transaction_lives() -> None:
    assert patience.SIGNALLING_NS > TRANSACTION_NS


def test_a_caller_lets_it_ring_longer_than_the_carriers_window() -> None:
    window_ns = CarrierPlan().no_answer_after_ns
    assert window_ns + TRANSACTION_NS < patience.ANSWER_NS


def test_a_provisional_response_is_repeated_within_each_minute() -> None:
    """RFC 3261 section 13.3.1.1."""
    assert patience.RING_AGAIN_NS < 60 * SECOND


def test_the_longest_call_ends_long_before_the_run_is_called_endless() -> None:
    assert patience.CALL_NS + patience.ANSWER_NS + patience.LEAVING_NS < RUN_VIRTUAL_SECONDS_MAX * SECOND


@pytest.mark.parametrize(
    "text",
    [
        "agent: {waits: 50m}",
        "agent: {answers_after: 5m}",
        "human: {hangs_up_after: 30m}",
        "human: {answers_after: 9m}\ncarrier: {window: 10m}\nagent: {leaves: on-refer-accepted}",
        "direction: outbound\ncaller: {rings_after: 6m, answers_after: 7m}",
    ],
)
def test_whoever_takes_its_time_is_waited_for(text: str) -> None:
    trace = play(plan(text), Settings())
    assert sent(trace, "agent").count("REFER") == 1
    assert "200 INVITE" in sent(trace, "human")
    assert sent(trace, "caller")[-1] == "200 BYE"


def test_steps_that_take_their_time_are_waited_for() -> None:
    trace = play(plan_of("wait: 20m\nhold: agent\nwait: 20m\nbye: agent"), Settings())
    assert sent(trace, "caller")[-1] == "200 BYE"


def test_a_plan_of_usual_length_asks_for_no_more_patience() -> None:
    assert patience.extra_ns(plan("")) == 0
