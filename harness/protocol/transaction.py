"""The four transactions: what the actions of `transaction_tables.py` do.

A transaction moves only by `_step`, which looks up its table; an event in an illegal cell changes
nothing. It knows its host (to send and to arm timers) and its user (a leg or the host), nothing of
dialogs or scripts.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from harness.base.endpoint import RELIABLE, Endpoint, Transport
from harness.protocol.machine import Machine
from harness.protocol.response_path import reply_to
from harness.protocol.timers import T1_NS, T2_NS, T4_NS, TIMER_D_NS, TRANSACTION_NS, Alarm, Timers
from harness.protocol.transaction_tables import (
    INVITE_CLIENT,
    INVITE_SERVER,
    NON_INVITE_CLIENT,
    NON_INVITE_SERVER,
)
from harness.wire.sip.message import Message

if TYPE_CHECKING:
    from harness.protocol.stack import Stack

PATIENCE = ("B", "F", "H")
"""Timers that give a transaction up: 64*T1 on every transport (RFC 3261 table 4)."""

LINGERING_NS = {
    # Timers that only keep a settled transaction: (unreliable, reliable transport), RFC 3261 table 4.
    "D": (TIMER_D_NS, 0),
    "I": (T4_NS, 0),
    "J": (TRANSACTION_NS, 0),
    "K": (T4_NS, 0),
    "L": (TRANSACTION_NS, TRANSACTION_NS),
    "M": (TRANSACTION_NS, TRANSACTION_NS),
}
CAPPED_NS = {"A": TRANSACTION_NS, "E": T2_NS, "G": T2_NS}
"""Retransmission timers and the interval they stop doubling at; A is never capped."""


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

    def ack_for(self, transaction: "ClientTransaction", message: Message) -> Message:
        """The ACK to a 3xx-6xx (RFC 3261 section 17.1.1.3)."""


class _Transaction:
    """What the four have in common: a table, a state, and one alarm for the earlier of the next
    retransmission and the end of patience. Timers that only keep a settled transaction ring no
    alarm: the host sweeps such transactions out when something else happens (`Host.retire`)."""

    __slots__ = (
        "_alarm", "_deadline", "_deadline_ns", "_interval_ns", "_repeats", "_rows", "_settled", "branch",
        "destination", "host", "machine", "method", "outgoing", "reliable", "state", "transport",
    )  # fmt: skip

    settled_states = frozenset(("completed", "accepted", "terminated"))

    def __init__(
        self,
        host: "Stack",
        machine: Machine,
        *,
        method: str,
        branch: str,
        destination: Endpoint,
        transport: Transport,
    ) -> None:
        self.host = host
        self.machine = machine
        self.method = method
        self.branch = branch
        self.destination = destination
        self.transport = transport
        self.outgoing: Message | None = None
        """The request of ours, or our last response."""
        self.state = machine.initial
        self.reliable = transport in RELIABLE
        self._rows = COMPILED[machine.name]
        self._alarm: Alarm | None = None
        self._repeats = ""
        self._interval_ns = 0
        self._deadline = ""
        self._deadline_ns = 0
        self._settled = False

    @property
    def terminated(self) -> bool:
        """True when the transaction can be forgotten."""
        return self.state == "terminated"

    def step(self, event: str, message: Message | None = None) -> bool:
        """Take one event; False in an illegal cell, where nothing changes."""
        row = self._rows.get((self.state, event))
        if row is None:
            return False
        self.state, actions = row
        for action in actions:
            action(self, message)
        state = self.state
        if state in self.settled_states:
            if not self._settled:
                self._settled = True
                self.host.open_work -= 1
            if state == "terminated":
                self.forget()
        return True

    def send(self, _: Message | None = None) -> None:
        """Put the request, or the last response, on the wire (again)."""
        if self.outgoing is not None:
            self.host.transmit(self.destination, self.transport, self.outgoing)

    def forget(self) -> None:
        """Leave the host's tables."""
        raise NotImplementedError("each kind of transaction knows its table")

    def start_repeating(self, timer: str, interval_ns: int) -> None:
        """Arm a retransmission timer; not on a reliable transport."""
        if not self.reliable:
            self._repeats, self._interval_ns = timer, interval_ns
            self._arm()

    def repeat_again(self, timer: str, most_ns: int) -> None:
        """Arm it with twice the last interval, at most `most_ns`."""
        self.start_repeating(timer, min(2 * self._interval_ns, most_ns))

    def start_patience(self, timer: str) -> None:
        """Arm the timer that gives up."""
        self._deadline, self._deadline_ns = timer, self.host.now_ns + TRANSACTION_NS
        if not self._repeats:  # else the alarm of the retransmission, always earlier, is armed already
            self._arm()

    def linger(self, timer: str) -> None:
        """Stay for retransmissions of the peer, then terminate; at once on a reliable transport."""
        after_ns = LINGERING_NS[timer][self.reliable]
        if after_ns:
            self.host.retire(self.step, timer, after_ns)
        else:
            self.step(timer)

    def stop(self, _: Message | None = None) -> None:
        """Cancel what was armed."""
        if self._alarm is not None:
            Timers.cancel(self._alarm)
            self._alarm = None
        self._repeats = self._deadline = ""

    def _arm(self) -> None:
        if self._alarm is not None:
            Timers.cancel(self._alarm)
        host = self.host
        at_ns = host.now_ns + self._interval_ns if self._repeats else self._deadline_ns
        if self._deadline and self._deadline_ns < at_ns:
            at_ns = self._deadline_ns
        self._alarm = host.timers.arm(at_ns, self._ring)

    def _ring(self) -> None:
        self._alarm = None
        if self._deadline and self.host.now_ns >= self._deadline_ns:
            self.step(self._deadline)
        else:
            self.step(self._repeats)


class ClientTransaction(_Transaction):
    """A request of ours and its responses."""

    __slots__ = ("first", "number", "request", "tries", "user")

    def __init__(
        self,
        host: "Stack",
        user: ClientUser,
        request: Message,
        *,
        method: str,
        number: int,
        branch: str,
        destination: Endpoint,
        transport: Transport,
    ) -> None:
        """Method, CSeq number and branch are said again: a hostile Contact can make `request` unreadable."""
        machine = INVITE_CLIENT if method == "INVITE" else NON_INVITE_CLIENT
        super().__init__(
            host, machine, method=method, branch=branch, destination=destination, transport=transport
        )
        self.user = user
        self.request = self.outgoing = request
        self.number = number
        self.first: ClientTransaction | None = None
        """The one that was challenged; this one repeats it with credentials."""
        self.tries = 0

    @property
    def root(self) -> "ClientTransaction":
        """The first of a chain of challenged requests."""
        return self.first or self

    def start(self) -> None:
        """Send the request and wait for what comes."""
        self.host.open_work += 1
        self.step("start")

    def receive(self, message: Message) -> None:
        """Take a response that belongs here by branch and CSeq method."""
        self.step(status_class(message.status), message)

    def fail(self) -> None:
        """The transport could not deliver (RFC 3261 section 17.1.4)."""
        self.step("transport error")

    def give_up(self) -> None:
        """Nobody waits for the answer any more: an INVITE that rings is forgotten (RFC 3261 section 9.1)."""
        self.step("given up")

    def forget(self) -> None:
        """Leave the host's tables."""
        self.host.clients.pop((self.branch, self.method), None)


class ServerTransaction(_Transaction):
    """A request of a peer and our responses to it."""

    __slots__ = ("on_timeout", "request", "sent_by", "source", "status")

    def __init__(self, host: "Stack", request: Message, source: Endpoint, transport: Transport) -> None:
        method = request.method
        machine = INVITE_SERVER if method == "INVITE" else NON_INVITE_SERVER
        super().__init__(
            host,
            machine,
            method=method,
            branch=request.branch,
            destination=reply_to(request, source, transport),
            transport=transport,
        )
        self.source = source
        self.request = request
        self.sent_by = sent_by(request)
        self.status = 0
        """Of the last response; 0 before any."""
        self.on_timeout: Callable[[], None] | None = None
        host.open_work += 1

    @property
    def answered(self) -> bool:
        """True when a final response was sent."""
        return self.status >= 200

    def repeat(self) -> None:
        """The same request came again."""
        self.step("INVITE" if self.method == "INVITE" else "request")

    def acknowledge(self) -> None:
        """The ACK to our 3xx-6xx came."""
        self.step("ACK")

    def respond(self, status: int, response: Message) -> bool:
        """Send a response; false when the machine does not allow it any more (final already sent)."""
        # RFC 4320 section 4.1. A 408 (section 4.2) comes from nobody but a carrier that was told to send it.
        assert self.method == "INVITE" or not 100 < status < 200, (self.method, status)
        kept = (self.outgoing, self.status)
        self.outgoing, self.status = response, status
        if self.step(f"send {status_class(status)}"):
            return True
        self.outgoing, self.status = kept
        return False

    def forget(self) -> None:
        """Leave the host's tables."""
        self.host.servers.pop((self.branch, self.method, self.sent_by), None)


class InviteServerTransaction(ServerTransaction):
    """An INVITE of a peer: a refusal is settled only by its ACK."""

    __slots__ = ()

    settled_states = frozenset(("accepted", "confirmed", "terminated"))


def sent_by(request: Message) -> str:
    """Protocol, host and port of the top Via: with the branch it names the sender's transaction
    (RFC 3261 section 17.2.3)."""
    return (request.first("via") or "").partition(";")[0]


Action = Callable[[Any, Message | None], None]
"""What one word of a table does to a transaction; tables are tested to hold only known words."""


def _timeout(transaction: ClientTransaction | ServerTransaction, _: Message | None) -> None:
    if isinstance(transaction, ClientTransaction):
        transaction.user.on_failure(transaction, 408)
    elif transaction.on_timeout is not None:
        transaction.on_timeout()


def _failed(transaction: ClientTransaction, _: Message | None) -> None:
    transaction.user.on_failure(transaction, 503)


def _ack(transaction: ClientTransaction, message: Message | None) -> None:
    assert message is not None, "only a response is acknowledged"
    transaction.host.transmit(
        transaction.destination, transaction.transport, transaction.user.ack_for(transaction, message)
    )


def _pass(transaction: ClientTransaction, message: Message | None) -> None:
    assert message is not None, "only a response is passed up"
    transaction.user.on_response(transaction, message)


def _starting(timer: str) -> Action:
    if timer in CAPPED_NS:
        return lambda transaction, _: transaction.start_repeating(timer, T1_NS)
    if timer in PATIENCE:
        return lambda transaction, _: transaction.start_patience(timer)
    return lambda transaction, _: transaction.linger(timer)


def _repeating(timer: str) -> Action:
    most_ns = CAPPED_NS[timer]
    return lambda transaction, _: transaction.repeat_again(timer, most_ns)


ACTIONS: dict[str, Action] = {
    "send": _Transaction.send,
    "resend": _Transaction.send,
    "ack": _ack,
    "pass": _pass,
    "timeout": _timeout,
    "failed": _failed,
    "stop": _Transaction.stop,
    "slow E": lambda transaction, _: transaction.start_repeating("E", T2_NS),
    **{f"start {timer}": _starting(timer) for timer in (*CAPPED_NS, *PATIENCE, *LINGERING_NS)},
    **{f"again {timer}": _repeating(timer) for timer in CAPPED_NS},
}
"""Every action word of the tables."""

COMPILED: dict[str, dict[tuple[str, str], tuple[str, tuple[Action, ...]]]] = {
    machine.name: {
        cell: (row.next, tuple(ACTIONS[action] for action in row.actions))
        for cell, row in machine.rows.items()
    }
    for machine in (INVITE_CLIENT, NON_INVITE_CLIENT, INVITE_SERVER, NON_INVITE_SERVER)
}
"""The tables with their words looked up once."""
