"""The live clock."""

from time import time_ns

from harness.base.instant import MS
from harness.runtime.live.clock import Clock


def test_the_clock_tells_realtime_and_never_goes_back() -> None:
    clock = Clock()
    readings = [clock.now() for _ in range(1000)]
    assert readings == sorted(readings)
    assert abs(readings[-1] - time_ns()) < 50 * MS


def test_the_offset_stands_in_the_header() -> None:
    clock = Clock()
    assert clock.describe() == f"monotonic offset {clock.offset_ns}"


def test_a_step_of_the_wall_clock_is_measured() -> None:
    clock = Clock()
    assert clock.step_ns() == 0
    clock.offset_ns -= 500 * MS  # as if the wall clock had been put forward by half a second
    assert abs(clock.step_ns() - 500 * MS) < 50 * MS
