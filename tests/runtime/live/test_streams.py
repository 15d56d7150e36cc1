"""TCP connections of a live run."""

import socket
import threading
from collections.abc import Callable

import pytest

from harness.base.endpoint import Endpoint
from harness.base.instant import MS, SECOND
from harness.base.limits import STREAM_BUFFER_BYTES_MAX
from harness.protocol.packet import Transmit
from harness.runtime.live.play import play
from harness.runtime.live.sockets import open_sockets
from harness.trace.entries import NoteEntry, Trace
from tests.real.ports import free_endpoint
from tests.runtime.live.talkers import Answerer, Asker, Silent, header, request


def notes(trace: Trace) -> str:
    return "\n".join(entry.text for entry in trace.entries if isinstance(entry, NoteEntry))


def beside(party: Silent, act: Callable[[Endpoint], None], *, quiet_ns: int = 300 * MS) -> Trace:
    """Play one TCP party while `act(its address)` runs in another thread."""
    sockets = open_sockets(("agent",), transport="tcp")
    thread = threading.Thread(target=act, args=(sockets.addresses["agent"],))
    thread.start()
    try:
        return play({"agent": party}, sockets, header(sockets), deadline_ns=5 * SECOND, quiet_ns=quiet_ns)
    finally:
        thread.join()


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_one_connection_carries_requests_and_answers(host: str) -> None:
    sockets = open_sockets(("agent", "carrier"), host, "tcp")
    ours, theirs = sockets.addresses["agent"], sockets.addresses["carrier"]
    hosts = {"agent": Asker(ours, theirs, 5, "tcp"), "carrier": Answerer()}
    trace = play(hosts, sockets, header(sockets), deadline_ns=5 * SECOND)
    entries = trace.messages()
    assert len(entries) == 10
    for entry in entries:
        assert {entry.source, entry.destination} == {ours, theirs}
        assert entry.sent_ns is not None and entry.received_ns is not None
        assert entry.stamp_source == "application"
        assert entry.transport == "tcp"
    assert {entry.connection for entry in entries} == {1}


def test_a_request_to_a_party_that_has_connected_uses_its_connection() -> None:
    sockets = open_sockets(("agent", "carrier"), transport="tcp")
    ours, theirs = sockets.addresses["agent"], sockets.addresses["carrier"]

    class AnswersAndAsks(Answerer):
        def receive(self, now_ns: int, packet: object) -> None:
            super().receive(now_ns, packet)  # type: ignore[arg-type]
            if len(self.packets) == 1:
                self.outbox.append(Transmit(ours, "tcp", request(7, theirs, "tcp")))

    agent = Asker(ours, theirs, 1, "tcp")
    play({"agent": agent, "carrier": AnswersAndAsks()}, sockets, header(sockets), deadline_ns=5 * SECOND)
    # The agent sees it come from where it had connected to, not from a new ephemeral port.
    assert {packet.source for packet in agent.packets} == {theirs}
    assert any(packet.data.startswith(b"OPTIONS") for packet in agent.packets)


def test_a_large_message_arrives_whole() -> None:
    sockets = open_sockets(("agent", "carrier"), transport="tcp")
    ours, theirs = sockets.addresses["agent"], sockets.addresses["carrier"]
    hosts = {"agent": Asker(ours, theirs, 3, "tcp", padding=60_000), "carrier": Answerer()}
    trace = play(hosts, sockets, header(sockets), deadline_ns=5 * SECOND)
    assert [len(entry.message.body) for entry in trace.messages()] == [60_000] * 6


def test_a_connection_that_nobody_accepts_is_told_to_the_sender() -> None:
    sockets = open_sockets(("agent",), transport="tcp")
    nowhere = free_endpoint()
    asker = Asker(sockets.addresses["agent"], nowhere, 1, "tcp")
    trace = play({"agent": asker}, sockets, header(sockets), deadline_ns=5 * SECOND)
    assert asker.failed == [nowhere]
    assert trace.messages() == []
    assert "connection refused" in notes(trace)


def test_messages_in_pieces_and_several_at_once_are_cut_right() -> None:
    answerer = Answerer()

    def act(where: Endpoint) -> None:
        with socket.create_connection(where) as peer:
            ours = Endpoint(*peer.getsockname())
            stream = b"".join(request(number, ours, "tcp", 10) for number in (1, 2, 3))
            for begin in range(0, len(stream), 50):
                peer.sendall(stream[begin : begin + 50])
            received = b""
            while received.count(b"SIP/2.0 200") < 3:
                received += peer.recv(65_536)

    trace = beside(answerer, act)
    assert [entry.message.cseq_number for entry in trace.messages() if entry.message.is_request] == [1, 2, 3]


def test_a_peer_is_named_by_where_it_listens_if_its_via_says_so_truly() -> None:
    def act(where: Endpoint) -> None:
        for listens in (Endpoint("127.0.0.1", 5999), Endpoint("192.0.2.9", 5999)):
            with socket.create_connection(where) as peer:
                peer.sendall(request(1, listens, "tcp"))
                peer.recv(65_536)

    trace = beside(Answerer(), act)
    sources = [entry.source for entry in trace.messages() if entry.message.is_request]
    assert sources[0] == Endpoint("127.0.0.1", 5999)
    assert sources[1].host == "127.0.0.1" and sources[1].port != 5999


def test_an_endless_stream_is_cut_off_and_the_run_goes_on() -> None:
    def act(where: Endpoint) -> None:
        with socket.create_connection(where) as endless:
            try:
                for _ in range(2 * STREAM_BUFFER_BYTES_MAX // 1000):
                    endless.sendall(b"x" * 1000)
            except OSError:
                pass
        with socket.create_connection(where) as peer:
            peer.sendall(request(1, Endpoint(*peer.getsockname()), "tcp"))
            peer.recv(65_536)

    trace = beside(Answerer(), act)
    assert "closed: no end of the head" in notes(trace)
    assert [entry.message.method for entry in trace.messages()] == ["OPTIONS", "OPTIONS"]
    assert trace.header.complete


def test_a_message_that_is_cut_short_by_the_peer_is_noted() -> None:
    def act(where: Endpoint) -> None:
        with socket.create_connection(where) as peer:
            peer.sendall(request(1, Endpoint(*peer.getsockname()), "tcp", 10)[:-5])

    trace = beside(Silent(), act)
    assert "ended in the middle of a message" in notes(trace)


def test_a_keep_alive_is_answered() -> None:
    answers = []

    def act(where: Endpoint) -> None:
        with socket.create_connection(where) as peer:
            peer.sendall(b"\r\n\r\n")
            answers.append(peer.recv(16))

    trace = beside(Silent(), act)
    assert answers == [b"\r\n"]
    assert trace.messages() == []


def test_too_many_connections_are_closed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.runtime.live.streams.LIVE_CONNECTIONS_MAX", 2)
    closed = []

    def act(where: Endpoint) -> None:
        peers = [socket.create_connection(where) for _ in range(3)]
        peers[2].settimeout(2)
        closed.append(peers[2].recv(1))
        for peer in peers:
            peer.close()

    trace = beside(Silent(), act)
    assert closed == [b""]
    assert "too many" in notes(trace)


def test_a_peer_that_never_reads_is_given_up() -> None:
    class Flooder(Silent):
        def receive(self, now_ns: int, packet: object) -> None:
            self.packets.append(packet)  # type: ignore[arg-type]
            source = self.packets[0].source
            self.outbox += [
                Transmit(source, "tcp", request(number, source, "tcp", 60_000)) for number in range(200)
            ]

    over = threading.Event()

    def act(where: Endpoint) -> None:
        with socket.create_connection(where) as peer:
            peer.sendall(request(1, Endpoint(*peer.getsockname()), "tcp"))
            over.wait(1)

    flooder = Flooder()
    trace = beside(flooder, act)
    over.set()
    assert flooder.failed
    assert "no answer from the host" in notes(trace)
