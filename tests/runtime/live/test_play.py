"""The live loop over UDP, with parties that are no SIP stacks."""

import socket
import threading
from collections.abc import Mapping
from time import monotonic_ns

import pytest

from harness.base.endpoint import Endpoint, Transport
from harness.base.instant import MS, SECOND
from harness.protocol.packet import Packet, Transmit
from harness.runtime.live.play import GRACE_NS, Player, play
from harness.runtime.live.sockets import Sockets, open_sockets
from harness.trace.entries import Cast, Header, NoteEntry, Trace
from tests.real.ports import free_endpoint
from tests.runtime.live.talkers import Answerer, Asker, Silent, header, request


def notes(trace: Trace) -> list[str]:
    return [entry.text for entry in trace.entries if isinstance(entry, NoteEntry)]


def ping_pong(
    count: int = 5, host: str = "127.0.0.1", transport: Transport = "udp"
) -> tuple[Mapping[str, Player], Sockets]:
    sockets = open_sockets(("agent", "carrier"), host, transport)
    ours, theirs = sockets.addresses["agent"], sockets.addresses["carrier"]
    return {"agent": Asker(ours, theirs, count, transport), "carrier": Answerer()}, sockets


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_every_message_between_our_parties_is_one_entry_with_two_stamps(host: str) -> None:
    hosts, sockets = ping_pong(5, host)
    trace = play(hosts, sockets, header(sockets), deadline_ns=5 * SECOND)
    entries = trace.messages()
    assert len(entries) == len(trace.entries) == 10
    assert [entry.message.is_request for entry in entries] == [True, False] * 5
    for entry in entries:
        assert entry.sent_ns is not None and entry.received_ns is not None
        assert 0 <= entry.received_ns - entry.sent_ns < SECOND
        assert entry.stamp_source == "kernel"
    assert trace.name_of(entries[0].source) == "agent"
    assert trace.name_of(entries[0].destination) == "carrier"


def test_the_header_tells_the_clock_and_when_the_run_was() -> None:
    hosts, sockets = ping_pong()
    trace = play(hosts, sockets, header(sockets), deadline_ns=5 * SECOND)
    told = trace.header
    assert told.mode == "live" and told.complete
    assert told.clock.startswith("monotonic offset ")
    assert told.started_ns <= trace.messages()[0].at_ns <= told.ended_ns


def test_the_sockets_are_closed_after_a_run() -> None:
    hosts, sockets = ping_pong()
    where = sockets.addresses["agent"]
    play(hosts, sockets, header(sockets), deadline_ns=5 * SECOND)
    open_sockets(("agent",), where.host, ports={"agent": where.port}).close()


def test_a_party_is_woken_when_it_asked_to_be() -> None:
    class Sleeper(Silent):
        def start(self, now_ns: int) -> None:
            self.wake_ns = now_ns + 30 * MS

        def idle(self) -> bool:
            return bool(self.woken)

    sockets = open_sockets(("agent",))
    sleeper = Sleeper()
    trace = play({"agent": sleeper}, sockets, header(sockets), deadline_ns=5 * SECOND)
    (woken_ns,) = sleeper.woken
    assert 30 * MS <= woken_ns - trace.header.started_ns < SECOND


def test_a_datagram_to_nobody_is_told_to_the_sender() -> None:
    nowhere = free_endpoint()
    sockets = open_sockets(("agent",))
    asker = Asker(sockets.addresses["agent"], nowhere, 1)
    trace = play({"agent": asker}, sockets, header(sockets), deadline_ns=5 * SECOND)
    assert asker.failed == [nowhere]
    (entry,) = trace.messages()
    assert not entry.arrived
    assert any("connection refused" in text for text in notes(trace))


@pytest.mark.parametrize(
    "destination",
    [
        Endpoint("no such host", 5060),
        Endpoint("::1", 5060),
        Endpoint("127.0.0.1", 0),
        Endpoint("255.255.255.255", 9),
    ],
)
def test_a_destination_that_cannot_be_sent_to_is_told_to_the_sender(destination: Endpoint) -> None:
    sockets = open_sockets(("agent",))
    asker = Asker(sockets.addresses["agent"], destination, 1)
    trace = play({"agent": asker}, sockets, header(sockets), deadline_ns=5 * SECOND)
    assert asker.failed == [destination]
    assert trace.messages() == []
    assert any("nothing sent to" in text for text in notes(trace))


def test_a_message_too_large_for_a_datagram_and_a_transport_without_socket_fail_alike() -> None:
    sockets = open_sockets(("agent",))
    asker = Asker(sockets.addresses["agent"], free_endpoint(), 1, padding=70_000)
    trace = play({"agent": asker}, sockets, header(sockets), deadline_ns=5 * SECOND)
    assert any("too large for a datagram" in text for text in notes(trace))
    sockets = open_sockets(("agent",))
    silent = Silent()
    silent.outbox = [Transmit(free_endpoint(), "tls", b"x")]
    trace = play({"agent": silent}, sockets, header(sockets), deadline_ns=5 * SECOND)
    assert notes(trace)[0].endswith("this run has no tls socket")


def test_a_pending_network_error_does_not_eat_the_next_message() -> None:
    sockets = open_sockets(("agent", "carrier"))
    nowhere = free_endpoint()
    ours, theirs = sockets.addresses["agent"], sockets.addresses["carrier"]

    class Both(Asker):
        def start(self, now_ns: int) -> None:
            self.outbox += [Transmit(nowhere, "udp", b"lost"), Transmit(nowhere, "udp", b"lost too")]
            self._ask()

        def unreachable(self, now_ns: int, destination: Endpoint) -> None:
            self.failed.append(destination)

    both = Both(ours, theirs, 3)
    trace = play({"agent": both, "carrier": Answerer()}, sockets, header(sockets), deadline_ns=5 * SECOND)
    assert both.asked == 3 and both.left == 0
    assert set(both.failed) == {nowhere}
    assert trace.header.complete


def test_garbage_is_recorded_and_the_run_goes_on() -> None:
    hosts, sockets = ping_pong(3)
    rubbish = [b"\xff" * 100, b"INVITE", b"x" * 65_507, b"SIP/2.0 180\r\n\r\n", b"\r\n\r\n", b""]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.bind(("127.0.0.1", 0))
        for data in rubbish:
            stranger.sendto(data, sockets.addresses["agent"])
        source = Endpoint(*stranger.getsockname())
        trace = play(hosts, sockets, header(sockets), deadline_ns=5 * SECOND)
    assert trace.header.complete
    strange = [entry for entry in trace.messages() if entry.source == source]
    assert [entry.raw for entry in strange] == rubbish[:4]
    assert all(entry.message.defects for entry in strange)
    assert [text for text in notes(trace) if "keep-alive" in text] == [
        f"keep-alive of 4 bytes from {source}",
        f"keep-alive of 0 bytes from {source}",
    ]
    assert len(trace.messages()) == 6 + 4


def test_a_flood_of_garbage_does_not_keep_a_finished_run_alive() -> None:
    hosts, sockets = ping_pong(1)
    where = sockets.addresses["carrier"]
    over = threading.Event()

    def flood() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            while not over.wait(0.002):
                stranger.sendto(b"\xff garbage", where)

    thread = threading.Thread(target=flood)
    thread.start()
    before_ns = monotonic_ns()
    try:
        trace = play(hosts, sockets, header(sockets), deadline_ns=5 * SECOND)
    finally:
        over.set()
        thread.join()
    assert trace.header.complete
    assert monotonic_ns() - before_ns < 4 * SECOND, "the deadline would be 5 s"


def test_at_the_deadline_the_parties_are_stopped_and_the_trace_is_kept() -> None:
    sockets = open_sockets(("agent", "carrier"))
    asker = Asker(sockets.addresses["agent"], sockets.addresses["carrier"], 1)
    trace = play({"agent": asker, "carrier": Silent()}, sockets, header(sockets), deadline_ns=100 * MS)
    assert asker.stopped
    assert trace.header.complete, "the deadline is the planned end: what is missing by then is missing"
    assert "the run was ended early by its deadline of 100ms" in notes(trace)
    asked, goodbye = trace.messages()
    assert (asked.message.cseq_number, goodbye.message.cseq_number) == (1, 2)
    stopped_ns = trace.header.stopped_ns
    assert stopped_ns is not None and asked.at_ns < stopped_ns <= goodbye.at_ns


def test_a_run_that_ends_by_itself_was_not_stopped() -> None:
    hosts, sockets = ping_pong()
    assert play(hosts, sockets, header(sockets), deadline_ns=5 * SECOND).header.stopped_ns is None


def test_a_stop_ends_the_run_even_when_parties_do_not_come_to_rest() -> None:
    class Stubborn(Silent):
        def idle(self) -> bool:
            return False

    sockets = open_sockets(("agent",))
    before_ns = monotonic_ns()
    trace = play({"agent": Stubborn()}, sockets, header(sockets), deadline_ns=60 * SECOND, stop=lambda: True)
    assert GRACE_NS <= monotonic_ns() - before_ns < GRACE_NS + 3 * SECOND
    assert not trace.header.complete


def test_a_keyboard_interrupt_in_the_middle_is_a_stop() -> None:
    class Interrupted(Answerer):
        def receive(self, now_ns: int, packet: Packet) -> None:
            super().receive(now_ns, packet)
            if len(self.packets) == 2:
                raise KeyboardInterrupt

    sockets = open_sockets(("agent", "carrier"))
    asker = Asker(sockets.addresses["agent"], sockets.addresses["carrier"], 100)
    trace = play({"agent": asker, "carrier": Interrupted()}, sockets, header(sockets), deadline_ns=5 * SECOND)
    assert asker.stopped
    assert not trace.header.complete
    assert trace.header.stopped_ns is not None
    assert "the run was ended early by the user" in notes(trace)


def test_a_run_that_a_real_system_begins_waits_for_it() -> None:
    sockets = open_sockets(("carrier",))
    where = sockets.addresses["carrier"]
    told = Header(cast=(Cast("carrier", "carrier", where), Cast("agent", "agent", where, under_test=True)))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as real:
        real.bind(("127.0.0.1", 0))
        source = Endpoint(*real.getsockname())
        later = threading.Timer(0.15, real.sendto, (request(1, source), where))
        later.start()
        trace = play(
            {"carrier": Answerer()}, sockets, told, deadline_ns=5 * SECOND, quiet_ns=50 * MS, awaited=True
        )
        later.join()
    received, answered = trace.messages()
    assert received.sent_ns is None and answered.received_ns is None
    assert answered.arrived
