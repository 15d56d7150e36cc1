"""The judge's limits are those of the definitions."""

from harness.base.instant import SECOND
from harness.judge import thresholds


def test_the_limits_of_the_definitions() -> None:
    assert thresholds.STAYS_UP_NS == 2 * SECOND
    assert thresholds.LATE_REPORT_NS == 5 * SECOND
    assert thresholds.ALONE_NS == 5 * SECOND


def test_a_transaction_lives_for_64_times_t1() -> None:
    assert thresholds.TRANSACTION_TIMEOUT_NS == 32 * SECOND


def test_every_limit_is_a_whole_number_of_nanoseconds() -> None:
    named = {name: value for name, value in vars(thresholds).items() if name.endswith("_NS")}
    assert named and all(isinstance(value, int) and value > 0 for value in named.values())
