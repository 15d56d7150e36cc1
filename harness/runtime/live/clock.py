"""The clock of a live run: monotonic time shown as nanoseconds since 1970.

Kernel stamps are realtime; they are put on the same line, so that a step of the wall clock during
a run moves nothing. Must not live here: anything that waits.
"""

from time import monotonic_ns, time_ns

from harness.base.instant import MS

_STEP_NS = MS


class Clock:
    """`now()` never goes back. `offset_ns` is realtime minus monotonic at the start of the run."""

    __slots__ = ("offset_ns",)

    def __init__(self) -> None:
        self.offset_ns = _measured_offset_ns()

    def now(self) -> int:
        """Nanoseconds since 1970 on the monotonic line."""
        return monotonic_ns() + self.offset_ns

    def step_ns(self) -> int:
        """How far the wall clock was stepped since the start; 0 for anything under a millisecond."""
        step = time_ns() - self.now()
        return step if abs(step) > _STEP_NS else 0

    def describe(self) -> str:
        """The text for `Header.clock`."""
        return f"monotonic offset {self.offset_ns}"


def _measured_offset_ns() -> int:
    # The tightest of some readings: a pause between the two clocks would shift every kernel stamp.
    readings = []
    for _ in range(8):
        before = monotonic_ns()
        realtime = time_ns()
        after = monotonic_ns()
        readings.append((after - before, realtime - (before + after) // 2))
    return min(readings)[1]
