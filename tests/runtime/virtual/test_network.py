"""The links of virtual time: delay, loss from the seed, planned faults."""

import pytest

from harness.base.endpoint import Endpoint
from harness.base.entropy import Stream
from harness.base.instant import MS
from harness.runtime.virtual.network import Fault, Link, Network
from harness.wire.sip.message import Message, parse


def network(link: Link | None = None, *faults: Fault, seed: int = 1) -> Network:
    return Network(link or Link(), faults, Stream(seed, "network"))


A = Endpoint("192.0.2.10", 5060)
B = Endpoint("192.0.2.11", 5060)
REFER = parse(b"REFER sip:b@192.0.2.11 SIP/2.0\r\nCSeq: 1 REFER\r\n\r\n")
OK = parse(b"SIP/2.0 200 OK\r\nCSeq: 7 INVITE\r\n\r\n")


def sent(
    links: Network, now_ns: int = 0, message: Message = REFER, way: tuple[Endpoint, Endpoint] = (A, B)
) -> tuple[tuple[int, ...], str]:
    return links.arrivals(now_ns, message, *way)


def test_a_message_arrives_once_after_the_delay_of_the_link() -> None:
    assert sent(network(), 1000) == ((1000 + 5 * MS,), "")
    assert sent(network(Link(delay_ns=70 * MS))) == ((70 * MS,), "")


@pytest.mark.parametrize(
    ("fault", "arrivals"),
    [
        (Fault("drop", 2), ()),
        (Fault("duplicate", 2, 30 * MS), (5 * MS, 35 * MS)),
        (Fault("delay", 2, 700 * MS), (705 * MS,)),
        (Fault("reorder", 2), ()),
        (Fault("corrupt", 2), (5 * MS,)),
    ],
)
def test_a_planned_fault_meets_its_transmission_and_no_other(fault: Fault, arrivals: tuple[int, ...]) -> None:
    planned = network(None, fault)
    assert sent(planned) == ((5 * MS,), "")
    assert sent(planned) == (arrivals, fault.kind)
    assert sent(planned) == ((5 * MS,), "")


def test_loss_has_its_share_and_follows_the_seed() -> None:
    def lost(seed: int, permille: int) -> list[bool]:
        links = network(Link(loss_permille=permille), seed=seed)
        return [sent(links) == ((), "drop") for _ in range(2000)]

    assert 320 < sum(lost(1, 200)) < 480
    assert lost(1, 200) == lost(1, 200) != lost(2, 200)
    assert not any(lost(1, 0)) and all(lost(1, 1000))


@pytest.mark.parametrize("written", ["REFER", "200", "200 INVITE"])
def test_a_fault_counts_only_the_messages_that_it_names(written: str) -> None:
    planned = network(None, Fault("drop", 2, message=written, source=A, destination=B))
    named, other = (REFER, OK) if written == "REFER" else (OK, REFER)
    assert sent(planned, message=named)[1] == ""
    assert sent(planned, message=other)[1] == ""
    assert sent(planned, message=named, way=(B, A))[1] == ""
    assert sent(planned, message=named) == ((), "drop")
    assert sent(planned, message=named)[1] == ""


def test_after_a_cut_nothing_passes_in_either_direction() -> None:
    planned = network(None, Fault("cut", 2))
    assert sent(planned)[1] == ""
    assert [sent(planned)[1], sent(planned)[1], sent(planned, way=(B, A))[1]] == ["cut"] * 3
    assert sent(planned, way=(B, Endpoint("192.0.2.12", 5060)))[1] == ""


def test_a_fault_sleeps_until_its_step_has_happened() -> None:
    planned = network(None, Fault("drop", 1, after_step=2))
    assert sent(planned)[1] == ""
    planned.reached(2)
    assert sent(planned) == ((), "drop")


def test_damage_is_one_byte_and_follows_the_seed() -> None:
    damaged = network().damaged(REFER.raw)
    assert sum(one != other for one, other in zip(damaged, REFER.raw, strict=True)) == 1
    assert damaged == network().damaged(REFER.raw) != network(seed=2).damaged(REFER.raw)
