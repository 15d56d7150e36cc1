"""The sockets of a live run: opened for named parties, closed together, read with kernel stamps.

A party gets one address of its own: a UDP socket, or a TCP listener. Lives here also: reading one
datagram with its SO_TIMESTAMPNS stamp and reading ICMP errors from the error queue (`ip(7)`). Must
not live here: who gets a message (`play.py`), connections (`streams.py`).
"""

import errno
import ipaddress
import socket
import struct
import sys
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import NamedTuple, Self

from harness.base.endpoint import Endpoint, Transport
from harness.base.errors import BrokenEnvironment
from harness.base.limits import MESSAGE_BYTES_MAX

RECEIVE_BUFFER_BYTES = 4 * 1024**2
"""Asked for; Linux gives at most net.core.rmem_max without a word."""

_BACKLOG = 128
_ANCILLARY_BYTES = 256
_STAMP = struct.Struct("qq")
_DROPPED = struct.Struct("I")
_ERROR = struct.Struct("I")

# Numbers of <asm-generic/socket.h> and <linux/in.h> that Python 3.11 has no names for.
_SO_TIMESTAMPNS = 35
_SO_RXQ_OVFL = 40
_IP_RECVERR = 11
_IPV6_RECVERR = 25
_MSG_ERRQUEUE = 0x2000


class Datagram(NamedTuple):
    """One datagram. `stamp_ns` is the kernel's realtime stamp, or None where it gives none.

    `dropped` counts what the kernel threw away at this socket so far because its buffer was full.
    """

    data: bytes
    source: Endpoint
    stamp_ns: int | None
    dropped: int


class Refusal(NamedTuple):
    """The network's answer to a datagram: it could not be delivered to `destination`."""

    destination: Endpoint
    reason: str


class Sockets:
    """Open sockets by party name. Use as a context manager, or call `close()`."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport
        self.addresses: dict[str, Endpoint] = {}
        self.datagrams: dict[str, socket.socket] = {}
        self.listeners: dict[str, socket.socket] = {}

    def close(self) -> None:
        """Close all of them. Harmless when called twice."""
        for opened in (*self.datagrams.values(), *self.listeners.values()):
            opened.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_sockets(
    names: Iterable[str],
    host: str = "127.0.0.1",
    transport: Transport = "udp",
    *,
    ports: Mapping[str, int] | None = None,
) -> Sockets:
    """Open one socket for each name on `host`, a numeric IPv4 or IPv6 address of this machine.

    `ports` asks for certain ports; the others get free ones. Raises BrokenEnvironment, with nothing
    left open, when a port is taken, the address is not ours, or permission is missing.
    """
    family = _family(host)
    if transport not in ("udp", "tcp"):
        raise BrokenEnvironment(f"live runs cannot use {transport} yet", do="Use udp or tcp.")
    sockets = Sockets(transport)
    try:
        for name in names:
            port = (ports or {}).get(name, 0)
            opened = _open(family, transport, name, Endpoint(host, port))
            (sockets.datagrams if transport == "udp" else sockets.listeners)[name] = opened
            sockets.addresses[name] = Endpoint(*opened.getsockname()[:2])
    except BaseException:
        sockets.close()
        raise
    return sockets


def read_datagram(opened: socket.socket) -> Datagram | None:
    """Read one datagram; None when there is none. Raises OSError for a pending ICMP error."""
    try:
        data, ancillary, _, address = opened.recvmsg(MESSAGE_BYTES_MAX, _ANCILLARY_BYTES)
    except BlockingIOError:
        return None
    stamp_ns: int | None = None
    dropped = 0
    for level, kind, value in ancillary:
        if level == socket.SOL_SOCKET and kind == _SO_TIMESTAMPNS:
            seconds, rest = _STAMP.unpack_from(value)
            stamp_ns = seconds * 1_000_000_000 + rest
        elif level == socket.SOL_SOCKET and kind == _SO_RXQ_OVFL:
            (dropped,) = _DROPPED.unpack_from(value)
    return Datagram(data, Endpoint(address[0], address[1]), stamp_ns, dropped)


def read_refusals(opened: socket.socket) -> list[Refusal]:
    """Drain the error queue of a UDP socket: every destination that an ICMP error named."""
    refusals: list[Refusal] = []
    if sys.platform != "linux":
        return refusals
    while True:
        try:
            _, ancillary, _, address = opened.recvmsg(MESSAGE_BYTES_MAX, 512, _MSG_ERRQUEUE)
        except OSError:
            return refusals
        for level, kind, value in ancillary:
            if (level, kind) in ((socket.IPPROTO_IP, _IP_RECVERR), (socket.IPPROTO_IPV6, _IPV6_RECVERR)):
                (number,) = _ERROR.unpack_from(value)
                refusals.append(Refusal(Endpoint(address[0], address[1]), errno_text(number)))


def reachable(destination: Endpoint, ours: Endpoint) -> bool:
    """True when something can be sent there at all: a numeric address of our family, a real port.

    Names are not looked up: a name in a peer's Contact would make the whole run wait for a name server.
    """
    try:
        address = ipaddress.ip_address(destination.host.partition("%")[0])
    except ValueError:
        return False
    return (address.version == 6) == (":" in ours.host) and 0 < destination.port < 65_536


def errno_text(number: int | None) -> str:
    """The words for an error number, for notes and error texts."""
    if number is None:
        return "unknown error"
    return {
        errno.ECONNREFUSED: "connection refused, nothing listens there",
        errno.EHOSTUNREACH: "no route to the host",
        errno.ENETUNREACH: "no route to the network",
        errno.EMSGSIZE: "the message is too large for a datagram",
        errno.ETIMEDOUT: "no answer from the host",
        errno.ECONNRESET: "connection reset by the peer",
    }.get(number, errno.errorcode.get(number, f"error {number}"))


def _family(host: str) -> socket.AddressFamily:
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        raise BrokenEnvironment(
            f"{host!r} is not an IP address",
            do="Name a numeric address of this machine, such as 127.0.0.1 or ::1.",
        ) from None
    if address.is_unspecified:
        # It would stand in Contact and Via, where nobody could reach it.
        raise BrokenEnvironment(
            f"{host} means every address, but the parties must tell others where they are",
            do="Name one address of this machine; `ip address` lists them.",
        )
    return socket.AF_INET if address.version == 4 else socket.AF_INET6


def _open(family: socket.AddressFamily, transport: Transport, name: str, asked: Endpoint) -> socket.socket:
    kind = socket.SOCK_DGRAM if transport == "udp" else socket.SOCK_STREAM
    opened: socket.socket | None = None
    try:
        opened = socket.socket(family, kind)
        opened.setblocking(False)
        if family == socket.AF_INET6:
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        if kind == socket.SOCK_STREAM:
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        else:
            _ask_for_stamps(opened, family)
        opened.bind(_socket_address(opened, asked))
        if kind == socket.SOCK_STREAM:
            opened.listen(_BACKLOG)
    except OSError as error:
        if opened is not None:
            opened.close()
        raise _broken(error, name, transport, asked) from error
    except OverflowError:
        opened.close() if opened is not None else None
        raise BrokenEnvironment(f"{asked.port} is not a port", do="Ports are 1 to 65535.") from None
    return opened


def _socket_address(opened: socket.socket, asked: Endpoint) -> tuple[str, int] | tuple[object, ...]:
    if "%" not in asked.host:
        return (asked.host, asked.port)
    found = socket.getaddrinfo(asked.host, asked.port, opened.family, opened.type, 0, socket.AI_NUMERICHOST)
    return found[0][4]


def _ask_for_stamps(opened: socket.socket, family: socket.AddressFamily) -> None:
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
    if sys.platform != "linux":
        return
    opened.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
    opened.setsockopt(socket.SOL_SOCKET, _SO_RXQ_OVFL, 1)
    # Without it an unconnected UDP socket is never told that nothing listens at a destination.
    if family == socket.AF_INET:
        opened.setsockopt(socket.IPPROTO_IP, _IP_RECVERR, 1)
    else:
        opened.setsockopt(socket.IPPROTO_IPV6, _IPV6_RECVERR, 1)


def _broken(error: OSError, name: str, transport: Transport, asked: Endpoint) -> BrokenEnvironment:
    if error.errno == errno.EADDRINUSE:
        flag = "u" if transport == "udp" else "t"
        return BrokenEnvironment(
            f"{transport.upper()} port {asked.port} of {asked.host}, asked for {name}, is taken",
            do=f"End the program that `ss -ln{flag}p 'sport = :{asked.port}'` shows, or ask for another.",
        )
    if error.errno == errno.EADDRNOTAVAIL:
        return BrokenEnvironment(
            f"{asked.host}, asked for {name}, is not an address of this machine",
            do="`ip address` lists its addresses; 127.0.0.1 is always there.",
        )
    if error.errno in (errno.EACCES, errno.EPERM):
        return BrokenEnvironment(
            f"no permission to open port {asked.port} of {asked.host} for {name}",
            do="Use a port of 1024 or higher.",
        )
    if error.errno in (errno.EMFILE, errno.ENFILE):
        return BrokenEnvironment(
            "too many open files for one more socket", do="Raise the limit: `ulimit -n 8192`."
        )
    return BrokenEnvironment(f"{transport.upper()} on {asked} for {name}: {error.strerror or error}")
