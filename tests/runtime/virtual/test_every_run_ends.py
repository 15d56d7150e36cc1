"""Whatever happens to the messages, every run ends and leaves nothing: no leg, no wait, no repetition.

Every single drop, duplicate and delay of every flow is played; then random loss; then two faults at
once in the shortest flow.
"""

from collections.abc import Sequence
from itertools import combinations

import pytest

from harness.base.instant import MS, SECOND, VIRTUAL_EPOCH_NS
from harness.runtime.virtual.network import Fault, Link
from tests.flows import FLOWS, left_over, played, stopped

KINDS = {
    "drop": ("drop", 0),
    "duplicate": ("duplicate", 20 * MS),
    "duplicate at once": ("duplicate", 0),
    "late duplicate": ("duplicate", 700 * MS),
    "delay of 700 ms": ("delay", 700 * MS),
}
"""What may happen to one message."""


def fault(kind: str, number: int) -> Fault:
    what, by_ns = KINDS[kind]
    return Fault("drop" if what == "drop" else "delay" if what == "delay" else "duplicate", number, by_ns)


def wrong(flow: str, faults: Sequence[Fault], seed: int = 7, link: Link | None = None) -> list[str]:
    """What is left over after this flow with these faults; RunDidNotEnd is let through."""
    run = played(FLOWS[flow], seed=seed, link=link, faults=faults)
    took_s = (run.trace.header.ended_ns - VIRTUAL_EPOCH_NS) // SECOND
    return left_over(run.hosts) + ([f"it took {took_s} s"] if took_s > 900 else [])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("flow", FLOWS)
def test_a_single_fault_leaves_nothing_behind(flow: str, kind: str) -> None:
    transmissions = len(played(FLOWS[flow]).trace.messages())
    bad = {
        number: left for number in range(1, transmissions + 1) if (left := wrong(flow, [fault(kind, number)]))
    }
    assert bad == {}


@pytest.mark.parametrize("flow", ["refused", "lies"])
def test_two_faults_at_once_leave_nothing_behind(flow: str) -> None:
    transmissions = len(played(FLOWS[flow]).trace.messages())
    for first, second in combinations(range(1, transmissions + 1), 2):
        assert wrong(flow, [fault("drop", first), fault("drop", second)]) == [], (first, second)


def test_an_invite_whose_branch_is_spoilt_on_the_way_leaves_nothing_behind() -> None:
    """The repeated INVITE has another branch, so that two transactions have the same CSeq number."""
    for seed in range(40):
        spoilt = Fault("corrupt", 3, message="INVITE")
        assert wrong("busy", [spoilt], seed) == [], seed


@pytest.mark.parametrize("permille", [50, 100, 200, 300])
def test_random_loss_leaves_nothing_behind(permille: int) -> None:
    for seed in range(100):
        flow = list(FLOWS)[seed % len(FLOWS)]
        assert wrong(flow, [], seed, Link(loss_permille=permille)) == [], (flow, seed)


@pytest.mark.parametrize("flow", FLOWS)
def test_when_everything_is_lost_everybody_gives_up(flow: str) -> None:
    assert wrong(flow, [], link=Link(loss_permille=1000)) == []


@pytest.mark.parametrize("flow", FLOWS)
@pytest.mark.parametrize("delay_ms", [0, 300, 900])
def test_slow_links_leave_nothing_behind(flow: str, delay_ms: int) -> None:
    assert wrong(flow, [], link=Link(delay_ns=delay_ms * MS)) == []


@pytest.mark.parametrize("flow", FLOWS)
def test_every_run_ends_on_tcp(flow: str) -> None:
    run = played(FLOWS[flow], transport="tcp")
    assert left_over(run.hosts) == []
    assert len({entry.raw for entry in run.trace.messages()}) == len(run.trace.messages()), "no repetition"


@pytest.mark.parametrize("flow", FLOWS)
@pytest.mark.parametrize("after", [1, 5, 9, 13, 17, 21])
def test_a_run_that_is_stopped_in_the_middle_releases_everything(flow: str, after: int) -> None:
    """Ctrl-C: every host is stopped after that many messages; then all of them become idle."""
    assert stopped(FLOWS[flow], after) == []
