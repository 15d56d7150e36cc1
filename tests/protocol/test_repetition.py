"""A 2xx that waits for its ACK (RFC 3261 section 13.3.1.4)."""

import itertools

from harness.protocol.repetition import Repetition
from harness.protocol.transaction import InviteServerTransaction
from harness.wire.sip.message import parse
from tests.ends import THEM, Bench, ask, reply


def waiting() -> tuple[Bench, Repetition, list[str]]:
    bench, given_up = Bench(), list[str]()
    request = parse(ask("INVITE", 1))
    transaction = InviteServerTransaction(bench.host, request, THEM, "udp")
    transaction.respond(200, parse(reply(request, 200, tag="ours")))
    repetition = Repetition(bench.host, transaction, lambda: given_up.append("given up"))
    return bench, repetition, given_up


def test_it_is_sent_again_at_t1_doubling_to_t2_and_given_up_at_64_t1() -> None:
    bench, _, given_up = waiting()
    bench.until(31_999)
    assert given_up == []
    bench.until(100_000)
    assert given_up == ["given up"]
    times = bench.times_ms("200 INVITE")
    gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert gaps == [500, 1000, 2000, *[4000] * 7]


def test_it_is_open_work_until_it_is_stopped() -> None:
    bench, repetition, given_up = waiting()
    bench.until(700)
    assert bench.host.open_work == 1
    repetition.stop()
    assert bench.host.open_work == 0
    bench.until(100_000)
    assert bench.times_ms("200 INVITE") == [0, 500] and given_up == []


def test_each_repetition_is_the_same_bytes() -> None:
    bench, _, _ = waiting()
    bench.until(8000)
    assert len({sent.data for sent in bench.sent}) == 1
