"""What the legs and scripts of one party share: identity, timers, chance, transactions under way.

Must not live here: whom an incoming message belongs to (`host.py`), what a party wants (`actors`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from harness.base.endpoint import Endpoint, Transport
from harness.base.entropy import Stream
from harness.protocol.authorization import Account
from harness.protocol.dialog import Dialog, Headers, resolve
from harness.protocol.leg import Leg
from harness.protocol.offer import Session
from harness.protocol.packet import Command, Note, Reached, Transmit
from harness.protocol.response_path import vias
from harness.protocol.script import Hit, Script, Task
from harness.protocol.timers import Timers
from harness.protocol.transaction import LINGERING_NS, ClientTransaction, ServerTransaction
from harness.wire.sip.headers import NameAddress, option_tags
from harness.wire.sip.message import Message, compose_response
from harness.wire.sip.status import reason_phrase

NEVER_NS = 1 << 63
"""Later than any time of a run."""

ALLOW = "INVITE, ACK, BYE, CANCEL, OPTIONS, REFER, NOTIFY"


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a party is on the wire. `user` is the user part of its own URI, `display` its name."""

    name: str
    endpoint: Endpoint
    user: str
    display: str = ""
    transport: Transport = "udp"
    account: Account | None = None
    takes_refer: bool = False
    supported: str = ""
    """Option tags for Supported."""
    patience_ns: int = 0
    """How much longer than usual its scripts wait for others."""


class Stack:
    """The shared part of a user agent; `Host` adds what a runtime calls."""

    def __init__(self, identity: Identity, stream: Stream) -> None:
        endpoint, transport = identity.endpoint, identity.transport
        self.name = identity.name
        self.patience_ns = identity.patience_ns
        self.endpoint = endpoint
        self.transport: Transport = transport
        self.display = identity.display
        self.takes_refer = identity.takes_refer
        self.capabilities: list[tuple[str, str]] = [("Allow", ALLOW)]
        """Header fields of every message that forms a dialog, and of answers to OPTIONS."""
        self.supported = option_tags([identity.supported])
        """Extensions a peer may require of us (RFC 3261 section 8.2.2.3)."""
        if identity.supported:
            self.capabilities.append(("Supported", identity.supported))
        if identity.takes_refer:
            self.capabilities.append(("Allow-Events", "refer"))
        suffix = "" if transport == "udp" else f";transport={transport}"
        self.uri = f"sip:{identity.user}@{endpoint}"
        self.contact = f"<sip:{identity.user}@{endpoint}{suffix}>"
        self.now_ns = 0
        self.timers = Timers()
        self.open_work = 0
        """Transactions and repetitions that still have something to send or to wait for."""
        self.events = 0
        """Numbers the events of all sources of this host in order of arrival."""
        self.clients: dict[tuple[str, str], ClientTransaction] = {}
        """By branch and method (RFC 3261 section 17.1.3)."""
        self.servers: dict[tuple[str, str, str], ServerTransaction] = {}
        """By branch, method and sent-by (RFC 3261 section 17.2.3)."""
        self.legs: dict[tuple[str, str], Leg] = {}
        """By Call-ID and our tag."""
        self.retired: dict[int, deque[tuple[int, Callable[[str], bool], str]]] = {
            after_ns: deque() for after_ns in _LINGERING
        }
        """Settled transactions by how long they stay, each queue in order of its end."""
        self.next_retirement_ns = NEVER_NS
        self._via = f"SIP/2.0/{transport.upper()} {endpoint};branch="
        self._stream = stream
        self._account = identity.account
        self._commands: list[Command] = []
        self._tasks = 0
        self._top: list[Task] = []
        self._ready: deque[tuple[Task, Hit]] = deque()
        self._sessions = 0
        self.step: int | None = None
        """The step of the scenario that a script carries out right now."""
        self.step_sent: list[Message] = []
        """What the present step, or the last one, put on the wire."""
        self.deliberate: set[bytes] = set()
        """Messages that the scenario has us send malformed."""

    def prepare(self, uri: str, *, sender: str | None = None, destination: Endpoint | None = None) -> Leg:
        """A leg towards `uri` that has not called yet. `sender` is the From value without tag.

        `destination` is where its requests go when the URI itself names no address.
        """
        tag = self.token(10)
        sender = sender or str(NameAddress.of(self.uri, self.display))
        dialog = Dialog(self.token(24), tag, f"{sender};tag={tag}", f"<{uri}>", uri)
        resolved = resolve(uri)
        if destination is None:
            destination = resolved[0] if resolved else self.endpoint
        leg = Leg(self, dialog, self.new_session(), destination=destination, transport=self.transport)
        self.legs[(dialog.call_id, tag)] = leg
        return leg

    def request(self, leg: Leg, method: str, number: int, extra: Headers, body: bytes) -> ClientTransaction:
        """A client transaction for a request in the dialog of `leg`; not yet started."""
        branch = self.new_branch()
        destination, transport = self.hop(leg)
        request = leg.dialog.request(method, number, self.via(branch, transport), extra, body)
        transaction = ClientTransaction(
            self, leg, request, method=method, number=number, branch=branch, destination=destination,
            transport=transport,
        )  # fmt: skip
        self.clients[(branch, method)] = transaction
        return transaction

    def repeat_as(
        self, leg: Leg, invite: ClientTransaction, method: str, request: Message
    ) -> ClientTransaction:
        """A client transaction with the branch of the INVITE: CANCEL (RFC 3261 section 9.1)."""
        transaction = ClientTransaction(
            self, leg, request, method=method, number=invite.number, branch=invite.branch,
            destination=invite.destination, transport=invite.transport,
        )  # fmt: skip
        self.clients[(invite.branch, method)] = transaction
        return transaction

    def respond(
        self, transaction: ServerTransaction, status: int, tag: str, extra: Headers = (), body: bytes = b""
    ) -> bool:
        """Send a response; Via, From, Call-ID and CSeq as they came (RFC 3261 section 8.2.6.2)."""
        request = transaction.request
        to = request.first("to") or ""
        if status != 100 and not request.to_tag:
            to = f"{to};tag={tag}"
        headers = [("Via", via) for via in vias(request, transaction.source)]
        if 100 < status < 300 and request.first("record-route") is not None:
            headers += [("Record-Route", row) for row in request.rows("record-route")]
        headers += [
            ("From", request.first("from") or ""),
            ("To", to),
            ("Call-ID", request.call_id),
            ("CSeq", request.first("cseq") or ""),
            *extra,
        ]
        return transaction.respond(status, compose_response(status, reason_phrase(status), headers, body))

    def retry(self, leg: Leg, transaction: ClientTransaction, challenge: Message) -> bool:
        """Repeat a challenged request with credentials (RFC 3261 section 8.1.3.5); False when we cannot."""
        if self._account is None:
            return False
        repeated = self._account.retry(self, leg, transaction, challenge)
        if repeated is None:
            return False
        branch, number, request = repeated
        again = ClientTransaction(
            self, leg, request, method=transaction.method, number=number, branch=branch,
            destination=transaction.destination, transport=transaction.transport,
        )  # fmt: skip
        again.first, again.tries = transaction.root, transaction.tries + 1
        self.clients[(branch, transaction.method)] = again
        for subscriber in leg.subscribers:
            if subscriber.number == transaction.number:
                subscriber.number = number
        leg.latest = again
        again.start()
        return True

    def shed(self, leg: Leg, transaction: ClientTransaction, message: Message) -> Leg:
        """A second fork answered our INVITE: acknowledge and end it (RFC 3261 section 13.2.2.4)."""
        dialog = leg.dialog.branch_off(message)
        extra = Leg(self, dialog, self.new_session(), destination=leg.destination, transport=leg.transport)
        extra.state = "calling"
        extra.invite = transaction.root
        extra.step("2xx", transaction)
        extra.release()
        return extra

    def via(self, branch: str, transport: Transport) -> str:
        """The Via value of a request of ours."""
        if transport == self.transport:
            return f"{self._via}{branch};rport"
        return f"SIP/2.0/{transport.upper()} {self.endpoint};branch={branch};rport"

    def new_branch(self) -> str:
        """A branch that no other request has (RFC 3261 section 8.1.1.7)."""
        return f"z9hG4bK{self.token(16)}"

    def token(self, length: int) -> str:
        """Hexadecimal digits from this host's own stream."""
        return self._stream.token(length)

    def hop(self, leg: Leg) -> tuple[Endpoint, Transport]:
        """Where the next request of a leg goes (RFC 3261 section 8.1.2)."""
        resolved = resolve(leg.dialog.next_hop())
        if resolved is None:
            return leg.destination, leg.transport
        return resolved[0], resolved[1] or leg.transport

    def transmit(self, destination: Endpoint, transport: Transport, message: Message) -> None:
        """Send a message from our address."""
        raw = message.raw
        if self.step is not None:
            self.step_sent.append(message)
        deliberate = bool(self.deliberate) and raw in self.deliberate
        self._commands.append(Transmit(destination, transport, raw, message, self.step, deliberate))

    def note(self, text: str) -> None:
        """Leave a remark in the trace."""
        self._commands.append(Note(text))

    def reached(self, step: int) -> None:
        """Tell the runtime that a step of the scenario has happened."""
        self._commands.append(Reached(step))

    def schedule(self, task: Task, hit: Hit) -> None:
        """Resume a script once the present message or alarm has been dealt with."""
        self._ready.append((task, hit))

    def begin(self, task: Task, make: Callable[[Task], Script[object]]) -> None:
        """Run a new script to its first wait."""
        self._tasks += 1
        task.begin(make(task))

    def ended(self, task: Task) -> None:
        """A script has ended."""
        self._tasks -= 1
        if task in self._top:
            self._top.remove(task)

    def retire(self, step: Callable[[str], bool], timer: str, after_ns: int) -> None:
        """Keep a settled transaction for `after_ns`; that wakes nobody, `_sweep` ends it."""
        ends_ns = self.now_ns + after_ns
        self.retired[after_ns].append((ends_ns, step, timer))
        self.next_retirement_ns = min(self.next_retirement_ns, ends_ns)

    def new_session(self) -> Session:
        """A session description of our own, with an origin and a port nobody else here has."""
        self._sessions += 1
        return Session(self.endpoint, self._sessions + 1_000_000, 40_000 + 2 * (self._sessions % 10_000))


_LINGERING = sorted({after_ns for pair in LINGERING_NS.values() for after_ns in pair if after_ns})
