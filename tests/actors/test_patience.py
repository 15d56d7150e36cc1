"""Our players wait longer than what they wait for takes, and never for ever."""

from harness.actors import patience
from harness.base.instant import SECOND
from harness.base.limits import RUN_VIRTUAL_SECONDS_MAX
from harness.protocol.timers import TRANSACTION_NS
from harness.scenario.plan import CarrierPlan


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
