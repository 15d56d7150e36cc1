"""One party as a runtime sees it: packets and time in, commands out (sans I/O).

The host finds the transaction, the leg or the script a message belongs to, and holds what legs and
scripts share: timers, identity, streams of chance. What it answers inside a dialog is in
`answering.py`. Must not live here: what a party wants (`actors`), sockets, clocks.
"""

from collections import deque
from collections.abc import Callable

from harness.base.endpoint import Endpoint, Transport
from harness.base.entropy import Stream
from harness.base.instant import MS
from harness.base.limits import LEGS_MAX, TRANSACTIONS_MAX
from harness.protocol import answering
from harness.protocol.authorization import Account
from harness.protocol.dialog import Dialog, Headers, resolve
from harness.protocol.leg import Leg
from harness.protocol.offer import Session
from harness.protocol.packet import Command, Note, Packet, Transmit
from harness.protocol.script import Hit, Script, Source, Task
from harness.protocol.timers import Timers
from harness.protocol.transaction import ClientTransaction, ServerTransaction, _Transaction, sent_by
from harness.wire.sip.headers import NameAddress
from harness.wire.sip.message import Message, build_response, parse
from harness.wire.sip.status import reason_phrase

TRYING_AFTER_NS = 200 * MS
"""An INVITE that is not answered within this time gets a 100 (RFC 3261 section 17.2.1)."""

ALLOW = "INVITE, ACK, BYE, CANCEL, OPTIONS, REFER, NOTIFY"

OnCall = Callable[[Task, Leg], Script[None]]
OnStart = Callable[[Task], Script[None]]


class Host:
    """A user agent. A runtime drives it with `start`, `receive` and `wake`, and drains `commands`."""

    def __init__(
        self,
        name: str,
        endpoint: Endpoint,
        stream: Stream,
        *,
        user: str,
        display: str = "",
        transport: Transport = "udp",
        on_start: OnStart | None = None,
        on_call: OnCall | None = None,
        account: Account | None = None,
        takes_refer: bool = False,
        supported: str = "",
        trying_at_once: bool = False,
        deaf: bool = False,
    ) -> None:
        """`user` is the user part of its own URI. `on_start` runs once, `on_call` for each INVITE.

        `deaf` hosts take no packet at all: nothing answers at their address.
        """
        self.name = name
        self.endpoint = endpoint
        self.transport: Transport = transport
        self.user = user
        self.display = display
        self.takes_refer = takes_refer
        self.allow = ALLOW
        self.capabilities: list[tuple[str, str]] = [("Allow", ALLOW)]
        if supported:
            self.capabilities.append(("Supported", supported))
        if takes_refer:
            self.capabilities.append(("Allow-Events", "refer"))
        suffix = "" if transport == "udp" else f";transport={transport}"
        self.uri = f"sip:{user}@{endpoint}"
        self.contact = f"<sip:{user}@{endpoint}{suffix}>"
        self.now_ns = 0
        self.timers = Timers()
        self.open_work = 0
        """Transactions and repetitions that still have something to send or to wait for."""
        self._via = f"SIP/2.0/{transport.upper()} {endpoint};branch="
        self._stream = stream
        self._account = account
        self._on_start = on_start
        self._on_call = on_call
        self._trying_at_once = trying_at_once
        self._deaf = deaf
        self.arrivals = Source(self)
        """Gets a `call` event for each INVITE that came in."""
        self._commands: list[Command] = []
        self._clients: dict[tuple[str, str], ClientTransaction] = {}
        self._servers: dict[tuple[str, str], ServerTransaction] = {}
        self._legs: dict[tuple[str, str], Leg] = {}
        self._tasks = 0
        self._top: list[Task] = []
        self._ready: deque[tuple[Task, Hit]] = deque()
        self._events = 0
        self._sessions = 0

    # What a runtime calls.

    def start(self, now_ns: int) -> None:
        """Begin: run the script that needs no call to wake it."""
        self.now_ns = now_ns
        if self._on_start is not None:
            self._run_script(self.name, self._on_start)
        self._drain()

    def receive(self, now_ns: int, packet: Packet) -> None:
        """Take one whole SIP message from the wire. Never raises on what a peer sent."""
        self.now_ns = now_ns
        if self._deaf:
            return
        message = packet.message if packet.message is not None else parse(packet.data)
        if not message.method or not message.call_id or message.cseq_number < 0:
            self.note(f"ignored what came from {packet.source}: not a SIP message that can be answered")
            return
        if message.is_request:
            self._take_request(message, packet)
        else:
            self._take_response(message)
        self._drain()

    def wake(self, now_ns: int) -> None:
        """Ring the alarms that are due."""
        self.now_ns = now_ns
        self.timers.ring(now_ns)
        self._drain()

    def next_wake(self) -> int | None:
        """When the next alarm rings, or None."""
        return self.timers.next()

    def commands(self) -> list[Command]:
        """What the host wants done since the last call, in order."""
        drained, self._commands = self._commands, []
        return drained

    def idle(self) -> bool:
        """True when no script is alive and nothing is left to send or to wait for."""
        return self._tasks == 0 and self.open_work == 0

    def unreachable(self, now_ns: int, destination: Endpoint) -> None:
        """The transport could not deliver to that address: fail what waits for it."""
        self.now_ns = now_ns
        for transaction in tuple(self._clients.values()):
            if transaction.destination == destination:
                transaction.fail()
        self._drain()

    def stop(self, now_ns: int) -> None:
        """End every script and release every leg; the host is idle soon after."""
        self.now_ns = now_ns
        for task in tuple(self._top):
            task.cancel()
        for leg in self._legs.values():
            leg.release()
        self._drain()

    def open_legs(self) -> list[Leg]:
        """Legs that were not ended yet: empty after every run, whatever happened."""
        return [leg for leg in self._legs.values() if not leg.over and leg.state != "idle"]

    def waiting_for(self) -> str:
        """What its scripts wait for, for the message of a run that does not end."""
        return "; ".join(f"{task.name} waits for {task.waiting_for()}" for task in self._top if task.alive)

    # What scripts and legs call.

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
        leg = Leg(self, dialog, self._new_session(), destination=destination, transport=self.transport)
        self._legs[(dialog.call_id, tag)] = leg
        return leg

    def request(self, leg: Leg, method: str, number: int, extra: Headers, body: bytes) -> ClientTransaction:
        """A client transaction for a request in the dialog of `leg`; not yet started."""
        branch = self.new_branch()
        destination, transport = self.hop(leg)
        data = leg.dialog.request(method, number, self.via(branch, transport), extra, body)
        transaction = ClientTransaction(
            self, leg, method=method, number=number, branch=branch, data=data, destination=destination,
            transport=transport,
        )  # fmt: skip
        self._clients[(branch, method)] = transaction
        return transaction

    def repeat_as(self, leg: Leg, invite: ClientTransaction, method: str, data: bytes) -> ClientTransaction:
        """A client transaction with the branch of the INVITE: CANCEL (RFC 3261 section 9.1)."""
        transaction = ClientTransaction(
            self, leg, method=method, number=invite.number, branch=invite.branch, data=data,
            destination=invite.destination, transport=invite.transport,
        )  # fmt: skip
        self._clients[(invite.branch, method)] = transaction
        return transaction

    def respond(
        self, transaction: ServerTransaction, status: int, tag: str, extra: Headers = (), body: bytes = b""
    ) -> bool:
        """Send a response: Via, From, Call-ID and CSeq as they came, one To tag (RFC 3261 section 8.2.6.2)."""
        request = transaction.request
        to = request.first("to") or ""
        if status != 100 and not request.to_tag:
            to = f"{to};tag={tag}"
        vias = request.rows("via")
        headers = [
            ("Via", _with_received(vias[0], transaction.destination)),
            *[("Via", via) for via in vias[1:]],
            *([("Record-Route", row) for row in request.rows("record-route")] if 100 < status < 300 else ()),
            ("From", request.first("from") or ""),
            ("To", to),
            ("Call-ID", request.call_id),
            ("CSeq", request.first("cseq") or ""),
            *extra,
        ]
        return transaction.respond(status, build_response(status, reason_phrase(status), headers, body))

    def retry(self, leg: Leg, transaction: ClientTransaction, challenge: Message) -> bool:
        """Repeat a challenged request with credentials (RFC 3261 section 8.1.3.5); False when we cannot."""
        if self._account is None:
            return False
        data = self._account.retry(self, leg, transaction, challenge)
        if data is None:
            return False
        branch, number, raw = data
        again = ClientTransaction(
            self, leg, method=transaction.method, number=number, branch=branch, data=raw,
            destination=transaction.destination, transport=transaction.transport,
        )  # fmt: skip
        again.root, again.tries = transaction.root, transaction.tries + 1
        self._clients[(branch, transaction.method)] = again
        for subscriber in leg.subscribers:
            if subscriber.number == transaction.number:
                subscriber.number = number
        leg.latest = again
        again.start()
        return True

    def shed(self, leg: Leg, transaction: ClientTransaction, message: Message) -> None:
        """A second fork answered our INVITE: acknowledge and end it (RFC 3261 section 13.2.2.4)."""
        dialog = leg.dialog.branch_off(message)
        extra = Leg(self, dialog, self._new_session(), destination=leg.destination, transport=leg.transport)
        extra.state = "calling"
        extra.invite = transaction.root
        extra.step("2xx", transaction)
        extra.release()

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

    def transmit(self, destination: Endpoint, transport: Transport, data: bytes) -> None:
        """Send bytes from our address."""
        self._commands.append(Transmit(destination, transport, data))

    def note(self, text: str) -> None:
        """Leave a remark in the trace."""
        self._commands.append(Note(text))

    def next_event_number(self) -> int:
        """Numbers the events of all sources of this host in order of arrival."""
        self._events += 1
        return self._events

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

    def forget(self, transaction: _Transaction) -> None:
        """A transaction has terminated."""
        if isinstance(transaction, ClientTransaction):
            self._clients.pop((transaction.branch, transaction.method), None)
        elif isinstance(transaction, ServerTransaction):
            self._servers.pop((transaction.branch, transaction.method), None)

    # Finding whom a message belongs to.

    def _take_response(self, message: Message) -> None:
        transaction = self._clients.get((message.branch, message.cseq_method))
        if transaction is not None:
            transaction.receive(message)
            return
        leg = self._legs.get((message.call_id, message.from_tag))
        if leg is not None and message.cseq_method == "INVITE" and 200 <= message.status < 300:
            leg.acknowledge_again(message)

    def _take_request(self, message: Message, packet: Packet) -> None:
        method = message.method
        if method == "ACK":
            self._take_ack(message)
            return
        known = self._servers.get((message.branch, method))
        if known is not None and known.sent_by == sent_by(message):
            known.repeat()
            return
        if len(self._servers) >= TRANSACTIONS_MAX:
            return  # RFC 3261 section 8.2: a flood is not answered one by one
        transaction = ServerTransaction(self, message, packet.source, packet.transport)
        self._servers[(message.branch, method)] = transaction
        if method == "CANCEL":
            self._take_cancel(transaction, message)
            return
        leg = self._legs.get((message.call_id, message.to_tag)) if message.to_tag else None
        if leg is not None and leg.dialog.remote_tag == message.from_tag:
            answering.answer(leg, transaction, message)
        elif message.to_tag:
            self.respond(transaction, 481, message.to_tag)  # RFC 3261 section 12.2.2
        else:
            self._take_new(transaction, message)

    def _take_ack(self, message: Message) -> None:
        invite = self._servers.get((message.branch, "INVITE"))
        if invite is not None and invite.status >= 300:
            invite.acknowledge()
            return
        leg = self._legs.get((message.call_id, message.to_tag))
        if leg is not None:
            answering.take_ack(leg, message)

    def _take_cancel(self, transaction: ServerTransaction, message: Message) -> None:
        invite = self._servers.get((message.branch, "INVITE"))
        tag = self.token(10)
        if invite is None or invite.sent_by != transaction.sent_by:
            self.respond(transaction, 481, tag)  # RFC 3261 section 9.2
            return
        leg = next((known for known in self._legs.values() if known.incoming is invite), None)
        self.respond(transaction, 200, leg.dialog.local_tag if leg is not None else tag)
        if leg is not None and leg.step("CANCEL") and leg.state == "ended":
            leg.put("CANCEL", message=message, transaction=transaction, lasting=True)

    def _take_new(self, transaction: ServerTransaction, message: Message) -> None:
        """A request outside every dialog."""
        method = message.method
        tag = self.token(10)
        if method == "OPTIONS":
            self.respond(transaction, 200, tag, self.capabilities)  # RFC 3261 section 11.2
        elif method != "INVITE":
            status = 481 if method in ("BYE", "NOTIFY") else 405
            self.respond(transaction, status, tag, [("Allow", self.allow)] if status == 405 else ())
        elif self._on_call is None or len(self._legs) >= LEGS_MAX:
            self.respond(transaction, 480 if self._on_call is None else 503, tag)
        else:
            self._take_call(transaction, message, tag, self._on_call)

    def _take_call(self, transaction: ServerTransaction, message: Message, tag: str, on_call: OnCall) -> None:
        dialog = Dialog.of_request(message, tag)
        leg = Leg(
            self, dialog, self._new_session(), destination=transaction.destination, transport=transaction.transport
        )
        leg.incoming = transaction
        leg.step("INVITE")
        self._legs[(message.call_id, tag)] = leg
        if self._trying_at_once:
            self.respond(transaction, 100, tag)
        else:
            self.timers.arm(self.now_ns + TRYING_AFTER_NS, lambda: self._try(transaction, tag))

        def script(me: Task) -> Script[None]:
            me.legs.append(leg)
            return on_call(me, leg)

        self.arrivals.put("call", message=message, transaction=transaction)
        self._run_script(f"{self.name} call {len(self._legs)}", script)

    def _try(self, transaction: ServerTransaction, tag: str) -> None:
        if transaction.status == 0:
            self.respond(transaction, 100, tag)

    def _run_script(self, name: str, make: Callable[[Task], Script[None]]) -> None:
        task = Task(self, name)
        self._top.append(task)
        self.begin(task, make)

    def _drain(self) -> None:
        while self._ready:
            task, hit = self._ready.popleft()
            task.resume(hit)

    def _new_session(self) -> Session:
        self._sessions += 1
        return Session(self.endpoint, self._sessions + 1_000_000, 40_000 + 2 * (self._sessions % 10_000))


def _with_received(via: str, source: Endpoint) -> str:
    """The top Via with where the request really came from (RFC 3261 section 18.2.1, RFC 3581)."""
    if ";rport" in via and ";rport=" not in via:
        return via.replace(";rport", f";received={source.host};rport={source.port}", 1)
    return via


