"""RFC 3261 timer values and the one queue of a host's alarms. Must not live here: what an alarm does."""

from collections.abc import Callable
from heapq import heappop, heappush

from harness.base.instant import MS, SECOND

T1_NS = 500 * MS
"""Round-trip estimate, RFC 3261 section 17.1.1.1."""
T2_NS = 4 * SECOND
"""Largest interval between retransmissions of non-INVITE requests and INVITE responses."""
T4_NS = 5 * SECOND
"""How long a message may stay in the network."""
TRANSACTION_NS = 64 * T1_NS
"""Timers B, F, H, J, L, M (RFC 3261, RFC 6026) and N (RFC 6665): 32 s."""
TIMER_D_NS = 32 * SECOND
"""RFC 3261 section 17.1.1.2: at least 32 s on an unreliable transport."""

Alarm = list[Callable[[], None] | None]
"""[callback or None]: a list, so that cancelling is one assignment."""


class Timers:
    """Alarms by time, ties by arming order; a cancelled alarm is dropped when it comes up."""

    __slots__ = ("_armed", "_heap")

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, Alarm]] = []
        self._armed = 0

    def arm(self, at_ns: int, callback: Callable[[], None]) -> Alarm:
        """Call `callback` at `at_ns`; keep the alarm to cancel it."""
        self._armed += 1
        alarm: Alarm = [callback]
        heappush(self._heap, (at_ns, self._armed, alarm))
        return alarm

    @staticmethod
    def cancel(alarm: Alarm | None) -> None:
        """Make sure that the alarm does not ring; None and rung alarms are fine."""
        if alarm is not None:
            alarm[0] = None

    def next(self) -> int | None:
        """When the next alarm rings, or None."""
        heap = self._heap
        while heap:
            if heap[0][2][0] is not None:
                return heap[0][0]
            heappop(heap)
        return None

    def ring(self, now_ns: int) -> None:
        """Ring every alarm that is due, in order, those armed meanwhile included."""
        heap = self._heap
        while heap and heap[0][0] <= now_ns:
            callback = heappop(heap)[2][0]
            if callback is not None:
                callback()
