"""The four transactions: what the actions of `transaction_tables.py` do.

A transaction moves only by `_step`, which looks up its table; an event in an illegal cell changes
nothing. It knows its host (to send and to arm timers) and its user (a leg or the host), nothing of
dialogs or scripts.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from harness.base.endpoint import RELIABLE, Endpoint, Transport
from harness.protocol.machine import Machine
from harness.protocol.timers import T1_NS, T2_NS, T4_NS, TIMER_D_NS, TRANSACTION_NS, Alarm, Timers
from harness.protocol.transaction_tables import INVITE_CLIENT, INVITE_SERVER, NON_INVITE_CLIENT, NON_INVITE_SERVER
from harness.wire.sip.message import Message

if TYPE_CHECKING:
    from harness.protocol.host import Host

EXPIRY_NS = {
    # timer: (unreliable transport, reliable transport), RFC 3261 table 4
    "B": (TRANSACTION_NS, TRANSACTION_NS),
    "D": (TIMER_D_NS, 0),
    "F": (TRANSACTION_NS, TRANSACTION_NS),
    "H": (TRANSACTION_NS, TRANSACTION_NS),
    "I": (T4_NS, 0),
    "J": (TRANSACTION_NS, 0),
    "K": (T4_NS, 0),
    "L": (TRANSACTION_NS, TRANSACTION_NS),
    "M": (TRANSACTION_NS, TRANSACTION_NS),
}
CAPPED_NS = {"A": TRANSACTION_NS, "E": T2_NS, "G": T2_NS}
"""Retransmission timers and the interval they stop doubling at; A is never capped."""

SETTLED = frozenset(("completed", "accepted", "confirmed", "terminated"))
SETTLED_INVITE_SERVER = frozenset(("accepted", "confirmed", "terminated"))


def status_class(status: int) -> str:
    """The event name of a response status: `1xx`, `2xx` or `3xx-6xx`."""
    if status < 200:
        return "1xx"
    return "2xx" if status < 300 else "3xx-6xx"


class ClientUser(Protocol):
    """Who sent the request: hears of its responses."""

    def on_response(self, transaction: "ClientTransaction", message: Message) -> None:
        """A response that the transaction lets through."""

    def on_failure(self, transaction: "ClientTransaction", status: int) -> None:
        """No response: 408 for a timeout, 503 for a transport error (RFC 3261 section 8.1.3.1)."""

    def ack_for(self, transaction: "ClientTransaction", message: Message) -> bytes:
        """The ACK to a 3xx-6xx (RFC 3261 section 17.1.1.3)."""


class _Transaction:
    """What the four have in common: a table, a state, one retransmission timer and one expiry timer."""

    __slots__ = ("_expiry", "_interval_ns", "_retransmission", "_settled", "host", "machine", "reliable", "state")

    def __init__(self, host: "Host", machine: Machine, transport: Transport) -> None:
        self.host = host
        self.machine = machine
        self.state = machine.initial
        self.reliable = transport in RELIABLE
        self._retransmission: Alarm | None = None
        self._expiry: Alarm | None = None
        self._interval_ns = 0
        self._settled = False

    @property
    def terminated(self) -> bool:
        """True when the transaction can be forgotten."""
        return self.state == "terminated"

    def _step(self, event: str, message: Message | None = None) -> bool:
        row = self.machine.rows.get((self.state, event))
        if row is None:
            return False
        self.state = row.next
        for action in row.actions:
            ACTIONS[action](self, message)
        if not self._settled and self.state in self._settled_states():
            self._settled = True
            self.host.open_work -= 1
        if self.state == "terminated":
            self.host.forget(self)
        return True

    def _settled_states(self) -> frozenset[str]:
        return SETTLED

    def _do_send(self, message: Message | None) -> None:
        raise NotImplementedError("each kind of transaction says what it sends")

    def _start_retransmission(self, timer: str, interval_ns: int) -> None:
        if not self.reliable:
            self._interval_ns = interval_ns
            host = self.host
            self._retransmission = host.timers.arm(host.now_ns + interval_ns, lambda: self._ring(timer))

    def _ring(self, timer: str) -> None:
        self._step(timer)

    def _start_expiry(self, timer: str) -> None:
        after_ns = EXPIRY_NS[timer][self.reliable]
        if after_ns == 0:
            self._step(timer)
            return
        host = self.host
        self._expiry = host.timers.arm(host.now_ns + after_ns, lambda: self._ring(timer))

    def _stop(self) -> None:
        Timers.cancel(self._retransmission)
        Timers.cancel(self._expiry)


class ClientTransaction(_Transaction):
    """A request of ours and its responses. `root` is the first of a chain of challenged requests."""

    __slots__ = ("branch", "data", "destination", "method", "number", "root", "transport", "tries", "user")

    def __init__(
        self,
        host: "Host",
        user: ClientUser,
        *,
        method: str,
        number: int,
        branch: str,
        data: bytes,
        destination: Endpoint,
        transport: Transport,
    ) -> None:
        super().__init__(host, INVITE_CLIENT if method == "INVITE" else NON_INVITE_CLIENT, transport)
        self.user = user
        self.method = method
        self.number = number
        self.branch = branch
        self.data = data
        self.destination = destination
        self.transport = transport
        self.root: ClientTransaction = self
        self.tries = 0

    def start(self) -> None:
        """Send the request and wait for what comes."""
        self.host.open_work += 1
        self._step("start")

    def receive(self, message: Message) -> None:
        """Take a response that belongs here by branch and CSeq method."""
        self._step(status_class(message.status), message)

    def fail(self) -> None:
        """The transport could not deliver (RFC 3261 section 17.1.4)."""
        self._step("transport error")

    def _do_send(self, message: Message | None) -> None:
        self.host.transmit(self.destination, self.transport, self.data)

    def _do_ack(self, message: Message | None) -> None:
        assert message is not None, "only a response is acknowledged"
        self.host.transmit(self.destination, self.transport, self.user.ack_for(self, message))

    def _do_pass(self, message: Message | None) -> None:
        assert message is not None, "only a response is passed up"
        self.user.on_response(self, message)


class ServerTransaction(_Transaction):
    """A request of a peer and our responses to it."""

    __slots__ = ("branch", "data", "destination", "method", "on_timeout", "request", "sent_by", "status", "transport")

    def __init__(self, host: "Host", request: Message, source: Endpoint, transport: Transport) -> None:
        method = request.method
        super().__init__(host, INVITE_SERVER if method == "INVITE" else NON_INVITE_SERVER, transport)
        self.request = request
        self.method = method
        self.branch = request.branch
        self.sent_by = sent_by(request)
        self.destination = source
        self.transport = transport
        self.data = b""
        self.status = 0
        """Last status sent; 0 before any."""
        self.on_timeout: Callable[[], None] | None = None
        host.open_work += 1

    @property
    def answered(self) -> bool:
        """True when a final response was sent."""
        return self.status >= 200

    def repeat(self) -> None:
        """The same request came again."""
        self._step("INVITE" if self.method == "INVITE" else "request")

    def acknowledge(self) -> None:
        """The ACK to our 3xx-6xx came."""
        self._step("ACK")

    def respond(self, status: int, data: bytes) -> bool:
        """Send a response; false when the machine does not allow it any more (final already sent)."""
        # RFC 4320 section 4.1 and 4.2: what a non-INVITE request is never answered with.
        assert self.method == "INVITE" or status not in (408, *range(101, 200)), (self.method, status)
        kept = (self.data, self.status)
        self.data, self.status = data, status
        if self._step(f"send {status_class(status)}"):
            return True
        self.data, self.status = kept
        return False

    def _settled_states(self) -> frozenset[str]:
        return SETTLED_INVITE_SERVER if self.method == "INVITE" else SETTLED

    def _do_send(self, message: Message | None) -> None:
        if self.data:
            self.host.transmit(self.destination, self.transport, self.data)


def sent_by(request: Message) -> str:
    """Protocol, host and port of the top Via: with the branch it names the sender's transaction
    (RFC 3261 section 17.2.3)."""
    return (request.first("via") or "").partition(";")[0]


def _timeout(transaction: _Transaction, _: Message | None) -> None:
    if isinstance(transaction, ClientTransaction):
        transaction.user.on_failure(transaction, 408)
    elif isinstance(transaction, ServerTransaction) and transaction.on_timeout is not None:
        transaction.on_timeout()


def _failed(transaction: _Transaction, _: Message | None) -> None:
    assert isinstance(transaction, ClientTransaction), "only a client transaction hears of transport errors"
    transaction.user.on_failure(transaction, 503)


def _starter(timer: str) -> Callable[[_Transaction, Message | None], None]:
    if timer in CAPPED_NS:
        return lambda transaction, _: transaction._start_retransmission(timer, T1_NS)
    return lambda transaction, _: transaction._start_expiry(timer)


def _repeater(timer: str) -> Callable[[_Transaction, Message | None], None]:
    most_ns = CAPPED_NS[timer]
    return lambda transaction, _: transaction._start_retransmission(timer, min(2 * transaction._interval_ns, most_ns))


def _slow(transaction: _Transaction, _: Message | None) -> None:
    Timers.cancel(transaction._retransmission)
    transaction._start_retransmission("E", T2_NS)


def _ack(transaction: _Transaction, message: Message | None) -> None:
    assert isinstance(transaction, ClientTransaction), "only an INVITE client transaction acknowledges"
    transaction._do_ack(message)


def _pass(transaction: _Transaction, message: Message | None) -> None:
    assert isinstance(transaction, ClientTransaction), "only a client transaction passes responses up"
    transaction._do_pass(message)


ACTIONS: dict[str, Callable[[_Transaction, Message | None], None]] = {
    "send": lambda transaction, message: transaction._do_send(message),
    "resend": lambda transaction, message: transaction._do_send(message),
    "ack": _ack,
    "pass": _pass,
    "timeout": _timeout,
    "failed": _failed,
    "stop": lambda transaction, _: transaction._stop(),
    "slow E": _slow,
    **{f"start {timer}": _starter(timer) for timer in (*CAPPED_NS, *EXPIRY_NS)},
    **{f"again {timer}": _repeater(timer) for timer in CAPPED_NS},
}
"""Every action word of the tables."""
