"""Sockets of a live run."""

import socket
from time import time_ns

import pytest

from harness.base.endpoint import Endpoint, Transport
from harness.base.errors import EXIT_BROKEN, BrokenEnvironment
from harness.base.instant import SECOND
from harness.runtime.live.sockets import Datagram, open_sockets, reachable, read_datagram, read_refusals
from tests.real.ports import free_endpoint


def arrived(opened: socket.socket) -> Datagram:
    """The next datagram, within 2 s."""
    opened.settimeout(2)
    opened.recv(1, socket.MSG_PEEK)
    opened.setblocking(False)
    datagram = read_datagram(opened)
    assert datagram is not None
    return datagram


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1"])
def test_each_party_gets_a_free_port_of_its_own(host: str) -> None:
    with open_sockets(("caller", "agent"), host) as sockets:
        assert list(sockets.addresses) == ["caller", "agent"]
        assert {address.host for address in sockets.addresses.values()} == {host}
        assert len({address.port for address in sockets.addresses.values()} - {0}) == 2


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_datagram_carries_the_stamp_of_the_kernel(host: str) -> None:
    with open_sockets(("a", "b"), host) as sockets:
        before_ns = time_ns()
        sockets.datagrams["a"].sendto(b"hello", sockets.addresses["b"])
        datagram = arrived(sockets.datagrams["b"])
        assert datagram.data == b"hello"
        assert datagram.source == sockets.addresses["a"]
        assert datagram.stamp_ns is not None and before_ns <= datagram.stamp_ns <= time_ns()
        assert datagram.dropped == 0
        assert read_datagram(sockets.datagrams["b"]) is None


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_the_network_names_the_destination_where_nothing_listens(host: str) -> None:
    with open_sockets(("a", "gone"), host) as sockets:
        nowhere = sockets.addresses["gone"]
        sockets.datagrams["gone"].close()
        sockets.datagrams["a"].sendto(b"hello", nowhere)
        refusals = read_refusals(sockets.datagrams["a"])
        assert [refusal.destination for refusal in refusals] == [nowhere]
        assert "refused" in refusals[0].reason


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_an_asked_port_is_used_and_a_taken_one_says_what_to_do(transport: Transport) -> None:
    where = free_endpoint()
    with open_sockets(("agent",), where.host, transport, ports={"agent": where.port}) as sockets:
        assert sockets.addresses["agent"] == where
        with pytest.raises(BrokenEnvironment, match=f"port {where.port} .* is taken") as caught:
            open_sockets(("carrier",), where.host, transport, ports={"carrier": where.port})
    assert "another" in caught.value.do
    assert caught.value.exit_code == EXIT_BROKEN


@pytest.mark.parametrize(
    ("host", "words"),
    [
        ("192.0.2.77", "not an address of this machine"),
        ("2001:db8::77", "not an address of this machine"),
        ("0.0.0.0", "every address"),
        ("::", "every address"),
        ("example.net", "not an IP address"),
        ("", "not an IP address"),
    ],
)
def test_an_address_that_is_not_ours_says_what_to_do(host: str, words: str) -> None:
    with pytest.raises(BrokenEnvironment, match=words) as caught:
        open_sockets(("agent",), host)
    assert caught.value.do


def test_a_port_that_cannot_be_and_a_transport_that_is_not_played_are_refused() -> None:
    with pytest.raises(BrokenEnvironment, match="70000 is not a port"):
        open_sockets(("agent",), ports={"agent": 70_000})
    with pytest.raises(BrokenEnvironment, match="tls"):
        open_sockets(("agent",), transport="tls")


def test_a_failure_leaves_no_socket_open() -> None:
    where = free_endpoint()
    held = open_sockets(("agent",), where.host, ports={"agent": where.port})
    first = free_endpoint()
    with pytest.raises(BrokenEnvironment):
        open_sockets(("a", "b"), where.host, ports={"a": first.port, "b": where.port})
    with open_sockets(("a",), where.host, ports={"a": first.port}) as sockets:
        assert sockets.addresses["a"] == Endpoint(where.host, first.port)
    held.close()
    held.close()


def test_what_the_kernel_dropped_is_counted() -> None:
    with open_sockets(("a", "b")) as sockets:
        sender, receiver = sockets.datagrams["a"], sockets.datagrams["b"]
        receiver.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        for _ in range(100):
            sender.sendto(b"x" * 1000, sockets.addresses["b"])
        while read_datagram(receiver) is not None:
            pass
        sender.sendto(b"last", sockets.addresses["b"])
        assert arrived(receiver).dropped > 0


def test_a_stamp_is_within_a_second_of_now() -> None:
    with open_sockets(("a",)) as sockets:
        sockets.datagrams["a"].sendto(b"x", sockets.addresses["a"])
        stamp_ns = arrived(sockets.datagrams["a"]).stamp_ns
        assert stamp_ns is not None and abs(time_ns() - stamp_ns) < SECOND


def test_only_numeric_addresses_of_our_family_can_be_sent_to() -> None:
    four, six = Endpoint("127.0.0.1", 5060), Endpoint("::1", 5060)
    assert reachable(Endpoint("127.0.0.2", 9), four)
    assert reachable(Endpoint("fe80::1%lo", 9), six)
    assert not reachable(six, four)
    assert not reachable(four, six)
    for hopeless in (("localhost", 9), ("a" * 300, 9), ("", 9), ("127.0.0.1", 0), ("127.0.0.1", 65_536)):
        assert not reachable(Endpoint(*hopeless), four)
