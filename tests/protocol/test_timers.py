"""The values of RFC 3261 table 4, and the one queue of alarms."""

from harness.protocol import timers
from harness.protocol.timers import Timers


def test_the_values_are_those_of_rfc_3261_table_4() -> None:
    known = (timers.T1_NS, timers.T2_NS, timers.T4_NS, timers.TRANSACTION_NS, timers.TIMER_D_NS)
    assert [ns // 1_000_000 for ns in known] == [500, 4000, 5000, 64 * 500, 32_000]


def test_alarms_ring_by_time_and_ties_in_the_order_they_were_armed() -> None:
    queue, rung = Timers(), list[str]()
    for at, name in ((30, "late"), (10, "first"), (10, "second"), (20, "middle")):
        queue.arm(at, lambda name=name: rung.append(name))  # type: ignore[misc]  # a default binds the name
    assert queue.next() == 10
    queue.ring(20)
    assert rung == ["first", "second", "middle"]
    assert queue.next() == 30


def test_a_cancelled_alarm_does_not_ring_and_wakes_nobody() -> None:
    queue, rung = Timers(), list[str]()
    alarm = queue.arm(10, lambda: rung.append("cancelled"))
    queue.arm(20, lambda: rung.append("kept"))
    queue.cancel(alarm)
    queue.cancel(alarm)
    queue.cancel(None)
    assert queue.next() == 20
    queue.ring(50)
    assert rung == ["kept"]
    assert queue.next() is None


def test_an_alarm_that_is_armed_while_others_ring_rings_too_when_it_is_due() -> None:
    queue, rung = Timers(), list[int]()

    def again() -> None:
        rung.append(len(rung))
        if len(rung) < 3:
            queue.arm(10, again)

    queue.arm(10, again)
    queue.ring(10)
    assert rung == [0, 1, 2]


def test_an_alarm_may_cancel_another_that_is_due_at_the_same_time() -> None:
    queue, rung = Timers(), list[str]()
    queue.arm(10, lambda: queue.cancel(later))
    later = queue.arm(10, lambda: rung.append("no"))
    queue.ring(10)
    assert rung == []
