"""TCP connections of a live run: opened when a message needs one, reused both ways, framed.

RFC 3261 section 18: one connection for each destination; a response goes back on the connection the
request came on; a connection that a peer opened serves our requests to the address in its Via too.
Must not live here: UDP, what a message means.
"""

import errno
import selectors
import socket
from collections.abc import Callable, Mapping
from typing import Protocol

from harness.base.endpoint import Endpoint
from harness.base.limits import DRAIN_BYTES_MAX, LIVE_CONNECTIONS_MAX, STREAM_BUFFER_BYTES_MAX
from harness.runtime.live.clock import Clock
from harness.runtime.live.recorder import Recorder, Way
from harness.runtime.live.sockets import errno_text
from harness.wire.sip.frame import Framer
from harness.wire.sip.message import Message, parse

_READ = selectors.EVENT_READ
_WRITE = selectors.EVENT_WRITE
_ACCEPTS_MAX = 16
_PONGS_MAX = 16
_SIP_PORT = 5060


class Receiver(Protocol):
    """Who is told about messages and failures: the player."""

    def deliver(self, party: str, source: Endpoint, message: Message) -> None:
        """One whole message arrived for a party."""

    def failed(self, party: str, destination: Endpoint) -> None:
        """A message to this destination could not be sent."""


class Connection:
    """One TCP connection of one of our parties."""

    __slots__ = (
        "alias",
        "connected",
        "framer",
        "inbound",
        "label",
        "number",
        "opened",
        "outgoing",
        "party",
        "peer",
        "pings",
        "waiting",
    )

    def __init__(
        self, number: int, party: str, opened: socket.socket, peer: Endpoint, *, inbound: bool
    ) -> None:
        self.number = number
        self.label = number
        """What the trace calls it; both ends of a connection between two of ours share it."""
        self.party = party
        self.opened = opened
        self.peer = peer
        self.inbound = inbound
        self.connected = inbound
        self.alias: Endpoint | None = None if inbound else peer
        """Where the peer listens; None until an inbound connection has shown it."""
        self.framer = Framer()
        self.waiting: list[bytes] = []
        """Messages for a connection that is not yet up."""
        self.outgoing = bytearray()
        """Bytes the kernel has not taken yet."""
        self.pings = 0
        """Keep-alives of the peer that were answered."""

    @property
    def far(self) -> Endpoint:
        """What the trace calls the other end: where it listens, as far as that is known."""
        return self.alias or self.peer

    def __str__(self) -> str:
        return f"TCP connection {self.label} with {self.far}"


class Streams:
    """All connections of a run."""

    def __init__(
        self,
        selector: selectors.BaseSelector,
        clock: Clock,
        recorder: Recorder,
        receiver: Receiver,
        addresses: Mapping[str, Endpoint],
    ) -> None:
        self._selector = selector
        self._clock = clock
        self._recorder = recorder
        self._receiver = receiver
        self._addresses = addresses
        self._open: dict[int, Connection] = {}
        self._by_peer: dict[tuple[str, Endpoint], Connection] = {}
        self._own: dict[Endpoint, Connection] = {}
        """The connections we opened, by our local address: where the other end may be ours too."""
        self._count = 0

    def listen(self, party: str, listener: socket.socket) -> None:
        """Accept connections for a party."""
        self._selector.register(listener, _READ, lambda _: self._accept(party, listener))

    def send(self, party: str, destination: Endpoint, data: bytes) -> None:
        """Send one message, on the connection there is or on a new one."""
        connection = self._by_peer.get((party, destination)) or self._connect(party, destination)
        if connection is None:
            return
        if connection.connected:
            self._write(connection, data)
        else:
            connection.waiting.append(data)

    def close(self) -> None:
        """Close every connection."""
        for connection in list(self._open.values()):
            self._drop(connection)

    def _connect(self, party: str, destination: Endpoint) -> Connection | None:
        ours = self._addresses[party]
        family = socket.AF_INET6 if ":" in destination.host else socket.AF_INET
        opened: socket.socket | None = None
        try:
            opened = socket.socket(family, socket.SOCK_STREAM)
            opened.setblocking(False)
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            opened.bind((ours.host, 0))
            number: int | None = opened.connect_ex((destination.host, destination.port))
        except OSError as error:
            number = error.errno
        if opened is None or number not in (0, errno.EINPROGRESS):
            if opened is not None:
                opened.close()
            self._report(party, destination, number)
            return None
        connection = self._add(party, opened, destination, inbound=False)
        self._own[Endpoint(*opened.getsockname()[:2])] = connection
        return connection

    def _add(self, party: str, opened: socket.socket, peer: Endpoint, *, inbound: bool) -> Connection:
        self._count += 1
        connection = Connection(self._count, party, opened, peer, inbound=inbound)
        self._open[connection.number] = connection
        self._by_peer[party, peer] = connection
        events = _READ if inbound else _READ | _WRITE
        self._selector.register(opened, events, lambda ready: self._serve(connection, ready))
        return connection

    def _accept(self, party: str, listener: socket.socket) -> None:
        for _ in range(_ACCEPTS_MAX):
            try:
                opened, address = listener.accept()
            except BlockingIOError:
                return
            except OSError as error:
                if error.errno in (errno.EMFILE, errno.ENFILE):
                    # The listener would stay readable for ever and eat the processor.
                    self._selector.unregister(listener)
                self._recorder.note(
                    self._clock.now(), party, f"no connection accepted: {errno_text(error.errno)}"
                )
                return
            peer = Endpoint(address[0], address[1])
            if len(self._open) >= LIVE_CONNECTIONS_MAX:
                opened.close()
                self._recorder.note(self._clock.now(), party, f"connection from {peer} closed: too many")
                continue
            opened.setblocking(False)
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection = self._add(party, opened, peer, inbound=True)
            other_end = self._own.get(peer)
            if other_end is not None:
                connection.label = other_end.label
                self._learn(connection, self._addresses[other_end.party])

    def _serve(self, connection: Connection, ready: int) -> None:
        if ready & _WRITE:
            self._writable(connection)
        if ready & _READ and connection.number in self._open:
            self._readable(connection)

    def _writable(self, connection: Connection) -> None:
        if not connection.connected:
            number = connection.opened.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if number:
                self._fail(connection, number)
                return
            connection.connected = True
            waiting, connection.waiting = connection.waiting, []
            self._selector.modify(connection.opened, _READ, self._handler(connection))
            for data in waiting:
                self._write(connection, data)
            return
        self._flush(connection)

    def _write(self, connection: Connection, data: bytes) -> None:
        if connection.number not in self._open:
            self._receiver.failed(connection.party, connection.far)
            return
        ours = self._addresses[connection.party]
        theirs = connection.far
        self._recorder.sent(self._clock.now(), Way(ours, theirs, "tcp", connection.label), data)
        connection.outgoing += data
        self._flush(connection)

    def _flush(self, connection: Connection) -> None:
        try:
            while connection.outgoing:
                taken = connection.opened.send(connection.outgoing)
                del connection.outgoing[:taken]
        except BlockingIOError:
            if len(connection.outgoing) > STREAM_BUFFER_BYTES_MAX:
                self._fail(connection, errno.ETIMEDOUT)
                return
        except OSError as error:
            self._fail(connection, error.errno)
            return
        events = _READ | _WRITE if connection.outgoing else _READ
        if self._selector.get_key(connection.opened).events != events:
            self._selector.modify(connection.opened, events, self._handler(connection))

    def _readable(self, connection: Connection) -> None:
        try:
            data = connection.opened.recv(DRAIN_BYTES_MAX)
        except BlockingIOError:
            return
        except OSError as error:
            self._fail(connection, error.errno)
            return
        if not data:
            # The peer has closed. RFC 3261 section 18: the next message opens a new connection.
            if connection.outgoing or connection.waiting:
                self._fail(connection, errno.ECONNRESET)
                return
            if connection.framer.pending_bytes:
                text = f"{connection} ended in the middle of a message"
                self._recorder.note(self._clock.now(), connection.party, text)
            self._drop(connection)
            return
        at_ns = self._clock.now()
        messages = connection.framer.feed(data)
        self._answer_pings(connection)
        for message in messages:
            self._arrived(connection, at_ns, parse(message))
        if connection.framer.broken is not None and connection.number in self._open:
            self._recorder.note(at_ns, connection.party, f"{connection} closed: {connection.framer.broken}")
            self._drop(connection)

    def _answer_pings(self, connection: Connection) -> None:
        pings = connection.framer.pings - connection.pings
        if pings > 0 and connection.connected:
            connection.pings += pings
            connection.outgoing += b"\r\n" * min(pings, _PONGS_MAX)  # RFC 5626 section 4.4.1
            self._flush(connection)

    def _arrived(self, connection: Connection, at_ns: int, message: Message) -> None:
        if connection.alias is None:
            self._learn(connection, _listens_at(message, connection.peer))
        source = connection.far
        way = Way(source, self._addresses[connection.party], "tcp", connection.label)
        self._recorder.received(at_ns, way, message, kernel=False)
        self._receiver.deliver(connection.party, connection.peer, message)

    def _learn(self, connection: Connection, alias: Endpoint | None) -> None:
        if alias is not None:
            connection.alias = alias
            self._by_peer.setdefault((connection.party, alias), connection)

    def _handler(self, connection: Connection) -> Callable[[int], None]:
        return lambda ready: self._serve(connection, ready)

    def _fail(self, connection: Connection, number: int | None) -> None:
        lost = connection.far
        unsent = bool(connection.waiting or connection.outgoing)
        self._drop(connection)
        self._recorder.note(self._clock.now(), connection.party, f"TCP to {lost}: {errno_text(number)}")
        if unsent:
            self._receiver.failed(connection.party, lost)

    def _report(self, party: str, destination: Endpoint, number: int | None) -> None:
        self._recorder.note(self._clock.now(), party, f"TCP to {destination}: {errno_text(number)}")
        self._receiver.failed(party, destination)

    def _drop(self, connection: Connection) -> None:
        if self._open.pop(connection.number, None) is None:
            return
        for key in (
            (connection.party, connection.peer),
            (connection.party, connection.far),
        ):
            if self._by_peer.get(key) is connection:
                del self._by_peer[key]
        if not connection.inbound:
            self._own.pop(Endpoint(*connection.opened.getsockname()[:2]), None)
        self._selector.unregister(connection.opened)
        connection.opened.close()


def _listens_at(message: Message, peer: Endpoint) -> Endpoint | None:
    """Where the sender of a request listens: the sent-by of its Via, if that is the peer's own address.

    A sent-by with another host is not believed: it would draw other parties' messages to this peer.
    """
    via = message.via if message.is_request else None
    if via is None or via.host.strip("[]") != peer.host:
        return None
    return Endpoint(peer.host, via.port or _SIP_PORT)
