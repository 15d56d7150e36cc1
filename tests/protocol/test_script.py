"""Scripts: waits, guards, children, legs handed over. Times are ms."""

from collections.abc import Callable

import pytest

from harness.base.instant import MS
from harness.base.limits import INBOX_EVENTS_MAX
from harness.protocol.leg import Leg
from harness.protocol.script import TIMED_OUT, Hit, Interrupted, Script, Source, Task, When
from tests.ends import THEM, Bench, ask, forever, in_dialog, reply, sdp

Notes = list[str]


def happens(source: Source, *kinds: str) -> When:
    return When(source, kinds)


def started(make: Callable[[Task, Notes], Script[object]]) -> tuple[Bench, Notes]:
    """A host that runs this script, and what the script notes."""
    notes: Notes = []

    def script(me: Task) -> Script[None]:
        result = yield from make(me, notes)
        notes.append(f"ended {result}")

    return Bench(on_start=script), notes


def put(bench: Bench, source: Source, kind: str, **more: bool) -> None:
    """Let an event happen, as the stack does, and let the scripts go on."""
    source.put(kind, **more)  # type: ignore[arg-type]  # lasting only
    bench.host.wake(bench.host.now_ns)
    bench.collect()


def test_a_wait_returns_the_condition_that_came_true_and_its_event() -> None:
    here: list[Source] = []

    def script(me: Task, notes: Notes) -> Script[object]:
        here.append(Source(me.host))
        first, second = happens(here[0], "a"), happens(here[0], "b")
        hit = yield from me.wait(first, second)
        notes.append(f"{hit.when is second} {hit.event.kind if hit.event else None}")
        return None

    bench, notes = started(script)
    put(bench, here[0], "c")
    assert notes == []
    put(bench, here[0], "b")
    assert notes == ["True b", "ended None"]


def test_the_earliest_arrival_wins_whatever_the_order_of_the_conditions() -> None:
    def script(me: Task, notes: Notes) -> Script[object]:
        one, two = Source(me.host), Source(me.host)
        two.put("x")
        one.put("x")
        first = yield from me.wait(happens(one, "x"), happens(two, "x"))
        second = yield from me.wait(happens(one, "x"), happens(two, "x"))
        notes.append(f"{first.when.source is two} {second.when.source is one}")
        return None

    _, notes = started(script)
    assert notes == ["True True", "ended None"]


def test_an_event_is_kept_until_a_wait_takes_it_and_then_gone() -> None:
    def script(me: Task, notes: Notes) -> Script[object]:
        source = Source(me.host)
        source.put("a")
        source.put("b")
        yield from me.wait(happens(source, "b"))
        yield from me.wait(happens(source, "a"))
        hit = yield from me.wait(happens(source, "a", "b"), timeout_ns=MS)
        return hit.when is TIMED_OUT

    bench, notes = started(script)
    bench.until(1)
    assert notes == ["ended True"]


def test_a_lasting_event_is_seen_by_every_wait() -> None:
    def script(me: Task, notes: Notes) -> Script[object]:
        source = Source(me.host)
        source.put("BYE", lasting=True)
        for _ in range(3):
            yield from me.wait(happens(source, "BYE"))
        return "three times"

    assert started(script)[1] == ["ended three times"]


def test_a_wait_that_times_out_says_so_at_its_time() -> None:
    def script(me: Task, notes: Notes) -> Script[object]:
        hit: Hit = yield from me.wait(happens(Source(me.host), "x"), timeout_ns=250 * MS)
        return (hit.when is TIMED_OUT, hit.event, hit.status)

    bench, notes = started(script)
    bench.until(249)
    assert notes == []
    bench.until(250)
    assert notes == ["ended (True, None, 0)"]


def test_an_event_at_the_last_moment_beats_the_timeout() -> None:
    here: list[Source] = []

    def script(me: Task, notes: Notes) -> Script[object]:
        here.append(Source(me.host))
        hit = yield from me.wait(happens(here[0], "x"), timeout_ns=100 * MS)
        return hit.when is TIMED_OUT

    bench, notes = started(script)
    bench.until(99)
    put(bench, here[0], "x")
    bench.until(500)
    assert notes == ["ended False"]


def test_a_guard_interrupts_every_wait_inside_and_none_outside() -> None:
    here: list[Source] = []

    def script(me: Task, notes: Notes) -> Script[object]:
        here.append(Source(me.host))
        try:
            with me.unless(happens(here[0], "BYE")):
                yield from me.sleep(100 * MS)
                notes.append("slept")
                yield from me.wait(happens(here[0], "never"))
        except Interrupted as interrupted:
            notes.append(f"interrupted by {interrupted.hit.when.name}")
        yield from me.sleep(100 * MS)
        return "later"

    bench, notes = started(script)
    bench.until(150)
    put(bench, here[0], "BYE", lasting=True)
    assert notes == ["slept", "interrupted by BYE"]
    bench.until(250)
    assert notes[-1] == "ended later"


def test_a_guard_that_is_already_true_interrupts_the_first_wait() -> None:
    def script(me: Task, notes: Notes) -> Script[object]:
        source = Source(me.host)
        source.put("BYE", lasting=True)
        source.put("x")
        try:
            with me.unless(happens(source, "BYE")):
                yield from me.wait(happens(source, "x"))
        except Interrupted:
            return "interrupted"
        return "went on"

    assert started(script)[1] == ["ended interrupted"]


def test_guards_nest_and_the_inner_one_ends_with_its_block() -> None:
    def script(me: Task, notes: Notes) -> Script[object]:
        outer, inner = Source(me.host), Source(me.host)
        with me.unless(happens(outer, "out")):
            try:
                with me.unless(happens(inner, "in")):
                    inner.put("in", lasting=True)
                    yield from me.sleep(MS)
            except Interrupted as interrupted:
                notes.append(interrupted.hit.when.name)
            yield from me.sleep(MS)
            notes.append("inner guard is gone")
            outer.put("out")
            try:
                yield from me.sleep(MS)
            except Interrupted as interrupted:
                notes.append(interrupted.hit.when.name)
        return None

    bench, notes = started(script)
    bench.until(10)
    assert notes == ["in", "inner guard is gone", "out", "ended None"]


def test_a_script_that_lets_an_interruption_through_simply_ends() -> None:
    def script(me: Task) -> Script[None]:
        source = Source(me.host)
        source.put("BYE")
        with me.unless(happens(source, "BYE")):
            yield from me.sleep(MS)

    assert Bench(on_start=script).host.idle()


def test_a_child_ends_with_its_parent_and_tells_that_it_ended() -> None:
    children: list[Task] = []

    def child(me: Task) -> Script[str]:
        yield from me.wait(happens(Source(me.host), "never"))
        return "never"

    def script(me: Task, notes: Notes) -> Script[object]:
        children.append(me.spawn("child", child))
        yield from me.sleep(100 * MS)
        return children[0].alive

    bench, notes = started(script)
    bench.until(100)
    assert notes == ["ended True"]
    assert not children[0].alive and children[0].result is None
    assert [event.kind for event in children[0].inbox] == ["done"]
    assert bench.host.idle()


def test_a_parent_can_wait_for_a_child_and_take_its_result() -> None:
    def child(me: Task) -> Script[str]:
        yield from me.sleep(50 * MS)
        return "found"

    def script(me: Task, notes: Notes) -> Script[object]:
        task = me.spawn("child", child)
        yield from me.wait(task.done())
        yield from me.wait(task.done())
        return task.result

    bench, notes = started(script)
    bench.until(50)
    assert notes == ["ended found"]


def test_a_child_that_ends_at_once_is_seen_all_the_same() -> None:
    def child(me: Task) -> Script[int]:
        yield from ()
        return 5

    def script(me: Task, notes: Notes) -> Script[object]:
        task = me.spawn("child", child)
        yield from me.wait(task.done())
        return task.result

    assert started(script)[1] == ["ended 5"]


def test_the_end_of_a_script_releases_its_legs() -> None:
    def script(me: Task, notes: Notes) -> Script[object]:
        leg = me.call(f"sip:far@{THEM}")
        assert leg.invite is not None
        hit = yield from me.wait(leg.final(leg.invite))
        return hit.status

    bench, notes = started(script)
    assert bench.receive(reply(bench.last("INVITE"), 200, body=sdp())) == ["ACK", "BYE"]
    assert notes == ["ended 200"]


def test_a_leg_that_was_adopted_outlives_the_script_that_made_it() -> None:
    def child(me: Task) -> Script[Leg]:
        leg = me.call(f"sip:far@{THEM}")
        assert leg.invite is not None
        yield from me.wait(leg.final(leg.invite))
        assert me.parent is not None
        me.parent.adopt(leg, me)
        return leg

    def script(me: Task, notes: Notes) -> Script[object]:
        task = me.spawn("child", child)
        yield from me.wait(task.done())
        yield from me.sleep(1000 * MS)
        return None

    bench, _ = started(script)
    assert bench.receive(reply(bench.last("INVITE"), 200, body=sdp())) == ["ACK"]
    assert bench.leg.state == "up"
    assert bench.until(1000) == ["BYE"]


def test_events_of_a_leg_follow_it_to_the_script_that_takes_it_over() -> None:
    def child(me: Task) -> Script[Leg]:
        leg = me.call(f"sip:far@{THEM}")
        assert leg.invite is not None and me.parent is not None
        yield from me.wait(leg.final(leg.invite))
        me.parent.adopt(leg, me)
        yield from me.sleep(100 * MS)
        return leg

    def script(me: Task, notes: Notes) -> Script[object]:
        task = me.spawn("child", child)
        yield from me.wait(task.done())
        leg = task.result
        hit = yield from me.wait(leg.request("BYE"), timeout_ns=MS)
        return hit.when is TIMED_OUT

    bench, notes = started(script)
    bench.receive(reply(bench.last("INVITE"), 200, body=sdp()))
    bench.until(50)
    bench.receive(in_dialog(bench.leg, "BYE", 1))
    bench.until(150)
    assert notes == ["ended False"]


@pytest.mark.parametrize("moment_ms", [0, 50])
def test_a_cancelled_script_waits_no_more_and_its_legs_are_released(moment_ms: int) -> None:
    def script(me: Task) -> Script[None]:
        leg = me.call(f"sip:far@{THEM}")
        try:
            yield from me.wait(forever(leg))
        finally:
            me.host.note("cleaned up")

    bench = Bench(on_start=script)
    bench.until(moment_ms)
    bench.receive(reply(bench.last("INVITE"), 180))
    bench.host.stop(bench.host.now_ns)
    assert bench.said() == ["CANCEL"]
    assert bench.host.waiting_for() == ""


def test_two_scripts_may_wait_for_one_source_and_an_event_goes_to_one_of_them() -> None:
    here: list[Source] = []
    taken: Notes = []

    def waiter(name: str) -> Callable[[Task], Script[None]]:
        def script(me: Task) -> Script[None]:
            yield from me.wait(happens(here[0], "x"))
            taken.append(name)

        return script

    def script(me: Task, notes: Notes) -> Script[object]:
        here.append(Source(me.host))
        for name in ("first", "second"):
            me.spawn(name, waiter(name))
        yield from me.sleep(1000 * MS)
        return None

    bench, _ = started(script)
    put(bench, here[0], "x")
    assert taken == ["first"] and here[0].inbox == []
    put(bench, here[0], "x")
    assert taken == ["first", "second"]


def test_what_a_script_waits_for_can_be_told() -> None:
    def script(me: Task) -> Script[None]:
        leg = me.call(f"sip:far@{THEM}")
        leg.name = "the human"
        assert leg.invite is not None
        yield from me.wait(leg.final(leg.invite), leg.request("BYE", "CANCEL"))

    bench = Bench(on_start=script)
    wanted = "us waits for the answer to INVITE from the human or BYE or CANCEL from the human"
    assert bench.host.waiting_for() == wanted


def test_an_inbox_is_bounded_and_keeps_what_lasts() -> None:
    source = Source(Bench().host)
    source.put("BYE", lasting=True)
    for _ in range(INBOX_EVENTS_MAX + 50):
        source.put("NOTIFY")
    assert len(source.inbox) <= INBOX_EVENTS_MAX
    assert source.inbox[0].kind == "BYE"


def test_a_call_that_comes_in_belongs_to_its_script() -> None:
    def script(me: Task, leg: Leg) -> Script[None]:
        leg.ring()
        yield from me.sleep(100 * MS)

    bench = Bench(on_call=script)
    assert bench.receive(ask("INVITE", 1, body=sdp())) == ["180 INVITE"]
    assert bench.until(100) == ["480 INVITE"]
