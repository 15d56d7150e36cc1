"""The virtual runtime: order, time, faults, the end of a run, the same bytes everywhere."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from harness.actors.cast import build, places
from harness.base.endpoint import Endpoint
from harness.base.entropy import Stream
from harness.base.instant import MS, SECOND, VIRTUAL_EPOCH_NS
from harness.protocol.host import Host
from harness.protocol.leg import Leg
from harness.protocol.script import Script, Task
from harness.protocol.stack import Identity
from harness.runtime.virtual import play as playing
from harness.runtime.virtual.network import Fault, Link
from harness.runtime.virtual.play import RunDidNotEnd, addresses, play
from harness.trace.entries import FaultEntry, Header, MessageEntry, NoteEntry, Trace
from harness.trace.store import dumps
from tests.ends import End, Played, forever, together
from tests.flows import FLOWS, header_of, played

ROOT = Path(__file__).parents[3]
CALLEE = "sip:b@192.0.2.11:5060"


def calls(me: Task) -> Script[None]:
    leg = me.call(CALLEE)
    assert leg.invite is not None
    hit = yield from me.wait(leg.final(leg.invite))
    if hit.status < 300:
        yield from me.sleep(SECOND)


def answers(me: Task, leg: Leg) -> Script[None]:
    leg.accept()
    yield from me.wait(leg.request("BYE"))


def two(link: Link | None = None, *faults: Fault, seed: int = 7) -> Played:
    return together({"a": End(calls), "b": End(on_call=answers)}, link=link, faults=faults, seed=seed)


def times_ms(run: Played) -> list[tuple[float, float | None]]:
    """When each message was sent and arrived."""
    start = VIRTUAL_EPOCH_NS
    return [
        ((entry.at_ns - start) / MS, None if entry.received_ns is None else (entry.received_ns - start) / MS)
        for entry in run.trace.messages()
    ]


CALL = ["a>b INVITE", "b>a 200 INVITE", "a>b ACK", "a>b BYE", "b>a 200 BYE"]


def test_a_call_is_played_and_recorded_with_both_stamps() -> None:
    run = two()
    assert run.said() == CALL
    assert times_ms(run) == [(0, 5), (5, 10), (10, 15), (1010, 1015), (1015, 1020)]
    header = run.trace.header
    assert (header.started_ns, header.ended_ns) == (VIRTUAL_EPOCH_NS, VIRTUAL_EPOCH_NS + 1020 * MS)
    assert [entry.n for entry in run.trace.entries] == [1, 2, 3, 4, 5]
    assert run.settled()


def test_the_delay_of_the_link_is_kept() -> None:
    assert times_ms(two(Link(delay_ns=40 * MS)))[:3] == [(0, 40), (40, 80), (80, 120)]


def test_a_dropped_message_never_arrives_and_is_sent_again() -> None:
    run = two(None, Fault("drop", 1))
    assert times_ms(run)[:2] == [(0, None), (500, 505)]
    assert run.first_said() == CALL
    faults = [entry for entry in run.trace.entries if isinstance(entry, FaultEntry)]
    assert [(fault.kind, fault.entry) for fault in faults] == [("drop", 1)]


def test_a_duplicate_is_an_entry_of_its_own() -> None:
    run = two(None, Fault("duplicate", 1, 30 * MS))
    first, second = [entry for entry in run.trace.messages() if entry.message.method == "INVITE"][:2]
    assert first.raw == second.raw and first.at_ns == second.at_ns
    assert (second.received_ns or 0) - (first.received_ns or 0) == 30 * MS
    assert run.first_said() == CALL


def test_a_delayed_message_arrives_late() -> None:
    run = two(None, Fault("delay", 5, 100 * MS))
    assert times_ms(run)[-1] == (1015, 1120)


def test_what_is_sent_to_nobody_vanishes() -> None:
    def calls_nobody(me: Task) -> Script[None]:
        leg = me.call("sip:x@192.0.2.99")
        assert leg.invite is not None
        hit = yield from me.wait(leg.final(leg.invite))
        me.host.note(f"status {hit.status}")

    run = together({"a": End(calls_nobody)})
    assert run.said() == ["a>192.0.2.99:5060 INVITE"] * 7
    notes = [entry for entry in run.trace.entries if isinstance(entry, NoteEntry)]
    assert [(note.party, note.text) for note in notes] == [("a", "status 408")]
    assert run.trace.header.ended_ns == VIRTUAL_EPOCH_NS + 32 * SECOND


def test_names_get_addresses_that_are_nobodys() -> None:
    """RFC 5737: 192.0.2.0/24 is for documentation."""
    where = addresses(["x", "y"])
    assert where == {"x": Endpoint("192.0.2.10", 5060), "y": Endpoint("192.0.2.11", 5060)}


# The end.


def waits_for_ever(me: Task) -> Script[None]:
    leg = me.host.prepare(CALLEE)
    leg.name = "the moon"
    yield from me.wait(leg.request("BYE"))


def host_with(script: object, name: str = "a") -> dict[str, Host]:
    return {name: Host(Identity(name, Endpoint("192.0.2.10", 5060), name), Stream(1), on_start=script)}  # type: ignore[arg-type]  # a script


def test_a_run_in_which_nothing_can_happen_any_more_is_told_with_what_it_waits_for() -> None:
    with pytest.raises(RunDidNotEnd) as raised:
        play(host_with(waits_for_ever), Header())
    assert "a waits for BYE from the moon" in str(raised.value.do)


def test_a_run_that_takes_too_long_is_told_with_what_it_waits_for() -> None:
    def sleeps(me: Task) -> Script[None]:
        while True:
            yield from me.sleep(600 * SECOND)

    with pytest.raises(RunDidNotEnd, match="3600 s") as raised:
        play(host_with(sleeps), Header())
    assert "a waits for the time to pass" in str(raised.value.do)


def test_a_run_of_too_many_events_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(playing, "RUN_EVENTS_MAX", 100)

    def restless(me: Task) -> Script[None]:
        while True:
            yield from me.sleep(MS)

    with pytest.raises(RunDidNotEnd, match="100 events"):
        play(host_with(restless), Header())


def test_a_run_does_not_wait_for_alarms_that_nobody_needs() -> None:
    """The last transaction stays for 32 s, a subscription for 180 s: the run is over before."""
    run = played(FLOWS["answered"])
    assert run.trace.header.ended_ns - VIRTUAL_EPOCH_NS < 10 * SECOND


def test_packets_come_before_alarms_of_the_same_moment() -> None:
    order: list[str] = []

    def listens(me: Task, leg: Leg) -> Script[None]:
        order.append("packet")
        leg.reject(486)
        yield from ()

    def wakes(me: Task) -> Script[None]:
        yield from me.sleep(5 * MS)
        order.append("alarm")

    together({"c": End(wakes), "b": End(on_call=listens), "a": End(calls)})
    assert order == ["packet", "alarm"]


def test_a_script_may_keep_a_run_going_with_nothing_to_say() -> None:
    def waits(me: Task) -> Script[None]:
        leg = me.host.prepare(CALLEE)
        yield from me.wait(forever(leg), timeout_ns=90 * SECOND)

    assert together({"a": End(waits)}).trace.header.ended_ns == VIRTUAL_EPOCH_NS + 90 * SECOND


# The same bytes everywhere.


def bytes_of(seed: int, **options: Any) -> bytes:
    return dumps(played(FLOWS["falls back"], seed=seed, **options).trace)


def test_the_same_seed_gives_the_same_bytes_and_another_one_others() -> None:
    assert bytes_of(1) == bytes_of(1) != bytes_of(2)
    lossy = Link(loss_permille=150)
    assert bytes_of(3, link=lossy) == bytes_of(3, link=lossy) != bytes_of(3)


def test_the_order_of_what_is_said_does_not_depend_on_the_seed() -> None:
    assert played(FLOWS["falls back"], seed=1).said() == played(FLOWS["falls back"], seed=2).said()


@pytest.fixture(scope="module")
def digests() -> str:
    return digest("0", ROOT, "UTC")


def digest(hash_seed: str, folder: Path, zone: str) -> str:
    env = {**os.environ, "PYTHONHASHSEED": hash_seed, "TZ": zone, "PYTHONPATH": python_path()}
    command = [sys.executable, "-m", "tests.runtime.virtual.deterministic"]
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=True).stdout


def python_path() -> str:
    """Where this very process finds the package, then the tests."""
    import harness

    return os.pathsep.join((str(Path(harness.__file__).parents[1]), str(ROOT)))


@pytest.mark.parametrize(
    ("hash_seed", "zone", "elsewhere"),
    [("1", "UTC", False), ("random", "Asia/Kolkata", False), ("0", "America/New_York", True)],
)
def test_hash_seed_time_zone_and_folder_change_no_byte(
    digests: str, hash_seed: str, zone: str, elsewhere: bool, tmp_path: Path
) -> None:
    assert len(digests.splitlines()) == len(FLOWS)
    assert digest(hash_seed, tmp_path if elsewhere else ROOT, zone) == digests


def test_a_run_can_be_made_of_the_plan_alone() -> None:
    plan = FLOWS["answered"]
    where = addresses(places(plan))
    trace = play(build(plan, 7, where), header_of(where))
    assert dumps(trace) == dumps(played(plan).trace)
    assert all(isinstance(entry, MessageEntry) for entry in trace.entries)


# Faults that change more than the time of arrival.


def disturbed(fault: Fault) -> Trace:
    return played(FLOWS["falls back"], faults=[fault]).trace


def test_what_is_reordered_arrives_right_after_the_next_one_on_its_way() -> None:
    trace = disturbed(Fault("reorder", 1, message="180"))
    late = next(entry for entry in trace.messages() if entry.message.status == 180)
    same_way = [entry for entry in trace.messages()
                if (entry.source, entry.destination) == (late.source, late.destination)]  # fmt: skip
    overtaking = same_way[same_way.index(late) + 1]
    assert late.received_ns is not None and overtaking.received_ns is not None
    assert late.received_ns == overtaking.received_ns + 1


def test_what_is_corrupted_leaves_as_it_was_and_arrives_damaged_and_blames_nobody() -> None:
    trace = disturbed(Fault("corrupt", 1, message="REFER"))
    left = next(entry for entry in trace.messages() if entry.message.method == "REFER")
    arrived = next(entry for entry in trace.messages() if entry.sent_ns is None)
    assert left.received_ns is None
    assert sum(one != other for one, other in zip(left.raw, arrived.raw, strict=True)) == 1
    assert trace.header.deliberate == (arrived.n,)


def test_after_a_cut_the_run_ends_by_itself() -> None:
    trace = disturbed(Fault("cut", 1, message="REFER"))
    cut = [entry for entry in trace.entries if isinstance(entry, FaultEntry)]
    assert {entry.kind for entry in cut} == {"cut"}
    assert len(cut) > 3
