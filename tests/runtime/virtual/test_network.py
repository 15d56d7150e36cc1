"""The links of virtual time: delay, loss from the seed, planned faults."""

import pytest

from harness.base.entropy import Stream
from harness.base.instant import MS
from harness.runtime.virtual.network import Fault, Link, Network


def network(link: Link | None = None, *faults: Fault, seed: int = 1) -> Network:
    return Network(link or Link(), faults, Stream(seed, "network"))


def test_a_message_arrives_once_after_the_delay_of_the_link() -> None:
    assert network().arrivals(1, 1000) == ((1000 + 5 * MS,), "")
    assert network(Link(delay_ns=70 * MS)).arrivals(1, 0) == ((70 * MS,), "")


@pytest.mark.parametrize(
    ("fault", "arrivals"),
    [
        (Fault("drop", 2), ()),
        (Fault("duplicate", 2, 30 * MS), (5 * MS, 35 * MS)),
        (Fault("delay", 2, 700 * MS), (705 * MS,)),
    ],
)
def test_a_planned_fault_meets_its_transmission_and_no_other(fault: Fault, arrivals: tuple[int, ...]) -> None:
    planned = network(None, fault)
    assert planned.arrivals(1, 0) == ((5 * MS,), "")
    assert planned.arrivals(2, 0) == (arrivals, fault.kind)
    assert planned.arrivals(3, 0) == ((5 * MS,), "")


def test_loss_has_its_share_and_follows_the_seed() -> None:
    def lost(seed: int, permille: int) -> list[bool]:
        links = network(Link(loss_permille=permille), seed=seed)
        return [links.arrivals(number, 0) == ((), "drop") for number in range(2000)]

    assert 320 < sum(lost(1, 200)) < 480
    assert lost(1, 200) == lost(1, 200) != lost(2, 200)
    assert not any(lost(1, 0)) and all(lost(1, 1000))
