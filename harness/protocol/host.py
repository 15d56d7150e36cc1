"""One party as a runtime sees it: packets and time in, commands out (sans I/O).

The host finds the transaction, the leg or the script a message belongs to. What it answers inside a
dialog is in `answering.py`. Must not live here: what a party wants (`actors`), sockets, clocks.
"""

from __future__ import annotations

from collections.abc import Callable

from harness.base.endpoint import Endpoint
from harness.base.entropy import Stream
from harness.base.instant import MS
from harness.base.limits import LEGS_MAX, TRANSACTIONS_MAX
from harness.protocol import answering
from harness.protocol.dialog import Dialog
from harness.protocol.leg import Leg
from harness.protocol.packet import Command, Packet
from harness.protocol.script import Script, Source, Task
from harness.protocol.stack import ALLOW, NEVER_NS, Identity, Stack
from harness.protocol.timers import Timers
from harness.protocol.transaction import InviteServerTransaction, ServerTransaction, sent_by
from harness.wire.sip.headers import option_tags
from harness.wire.sip.message import Message, parse

TRYING_AFTER_NS = 200 * MS
"""An INVITE that is not answered within this time gets a 100 (RFC 3261 section 17.2.1)."""

OUTSIDE = {"BYE": 481, "NOTIFY": 481, "REFER": 403}
"""Answers to requests that we take inside a dialog only; 405 would say that we never take them."""

OnCall = Callable[[Task, Leg], Script[None]]
OnStart = Callable[[Task], Script[None]]


class Host(Stack):
    """A user agent. A runtime drives it with `start`, `receive` and `wake`, and drains `commands`."""

    def __init__(
        self,
        identity: Identity,
        stream: Stream,
        *,
        on_start: OnStart | None = None,
        on_call: OnCall | None = None,
        trying_at_once: bool = False,
        deaf: bool = False,
    ) -> None:
        """`on_start` runs once, `on_call` for each INVITE that begins a call.

        `deaf` hosts take no packet at all: nothing answers at their address.
        """
        super().__init__(identity, stream)
        self._on_start = on_start
        self._on_call = on_call
        self._trying_at_once = trying_at_once
        self._deaf = deaf
        self.on_message: Callable[[Message], None] | None = None
        """Sees every message that came in, before it is dealt with."""
        self.arrivals = Source(self)
        """Gets a `call` event for each INVITE that came in."""

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
        if now_ns >= self.next_retirement_ns:
            self._sweep()
        message = packet.message if packet.message is not None else parse(packet.data)
        if not _answerable(message):
            self.note(f"ignored what came from {packet.source}: not a SIP message that can be answered")
            return
        if self.on_message is not None:
            self.on_message(message)
        if message.is_request:
            self._take_request(message, packet)
        else:
            self._take_response(message)
        self._drain()

    def wake(self, now_ns: int) -> None:
        """Ring the alarms that are due."""
        self.now_ns = now_ns
        if now_ns >= self.next_retirement_ns:
            self._sweep()
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
        for transaction in tuple(self.clients.values()):
            if transaction.destination == destination:
                transaction.fail()
        self._drain()

    def stop(self, now_ns: int) -> None:
        """End every script and release every leg; the host is idle soon after."""
        self.now_ns = now_ns
        for task in tuple(self._top):
            task.cancel()
        for leg in self.legs.values():
            leg.release()
        self._drain()

    def close(self) -> None:
        """Let go of everything after a run; the host is of no use any more.

        Legs, transactions and scripts know each other. Untied, their memory is free for the next run at
        once, and need not wait for the garbage collector.
        """
        for leg in self.legs.values():
            leg.untie()
        for each in (self.legs, self.clients, self.servers, self.retired):
            each.clear()
        self._on_start = self._on_call = self.on_message = None
        self._top.clear()
        self.timers = Timers()
        del self.arrivals

    def open_legs(self) -> list[Leg]:
        """Legs that were not ended yet: empty after every run, whatever happened."""
        return [leg for leg in self.legs.values() if not leg.over and leg.state != "idle"]

    def waiting_for(self) -> str:
        """What its scripts wait for, for the message of a run that does not end."""
        return "; ".join(f"{task.name} waits for {task.waiting_for()}" for task in self._top if task.alive)

    def _sweep(self) -> None:
        self.next_retirement_ns = NEVER_NS
        for retired in self.retired.values():
            while retired and retired[0][0] <= self.now_ns:
                _, step, timer = retired.popleft()
                step(timer)
            if retired:
                self.next_retirement_ns = min(self.next_retirement_ns, retired[0][0])

    # Finding whom a message belongs to.

    def _take_response(self, message: Message) -> None:
        if len(message.rows("via")) != 1:
            return  # RFC 3261 section 8.1.3.3: it was meant for somebody else
        transaction = self.clients.get((message.branch, message.cseq_method))
        if transaction is not None:
            transaction.receive(message)
            return
        leg = self.legs.get((message.call_id, message.from_tag))
        if leg is not None and message.cseq_method == "INVITE" and 200 <= message.status < 300:
            leg.acknowledge_again(message)

    def _take_request(self, message: Message, packet: Packet) -> None:
        method = message.method
        if method == "ACK":
            self._take_ack(message)
            return
        key = (message.branch, method, sent_by(message))
        known = self.servers.get(key)
        if known is not None:
            known.repeat()
            return
        if len(self.servers) >= TRANSACTIONS_MAX:
            return  # a flood: who means it sends again
        kind = InviteServerTransaction if method == "INVITE" else ServerTransaction
        transaction = kind(self, message, packet.source, packet.transport)
        self.servers[key] = transaction
        if method == "CANCEL":
            self._take_cancel(transaction, message)
            return
        unknown = self._unknown_extensions(message)
        if unknown:
            self.respond(transaction, 420, message.to_tag or self.token(10), [("Unsupported", unknown)])
            return
        leg = self.legs.get((message.call_id, message.to_tag)) if message.to_tag else None
        if leg is not None and leg.dialog.remote_tag == message.from_tag:
            answering.answer(leg, transaction, message)
        elif message.to_tag:
            self.respond(transaction, 481, message.to_tag)  # RFC 3261 section 12.2.2
        else:
            self._take_new(transaction, message)

    def _unknown_extensions(self, message: Message) -> str:
        """Option tags of Require that we do not know (RFC 3261 section 8.2.2.3), comma-joined."""
        if message.first("require") is None:
            return ""
        return ", ".join(tag for tag in option_tags(message.values("require")) if tag not in self.supported)

    def _take_ack(self, message: Message) -> None:
        invite = self.servers.get((message.branch, "INVITE", sent_by(message)))
        if invite is not None and invite.status >= 300:
            invite.acknowledge()
            return
        leg = self.legs.get((message.call_id, message.to_tag))
        if leg is not None:
            answering.take_ack(leg, message)

    def _take_cancel(self, transaction: ServerTransaction, message: Message) -> None:
        invite = self.servers.get((message.branch, "INVITE", transaction.sent_by))
        tag = self.token(10)
        if invite is None:
            self.respond(transaction, 481, tag)  # RFC 3261 section 9.2
            return
        leg = next((known for known in self.legs.values() if known.incoming is invite), None)
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
            status = OUTSIDE.get(method, 405)
            self.respond(transaction, status, tag, [("Allow", ALLOW)] if status == 405 else ())
        elif not message.contact_uri:  # RFC 3261 section 8.1.1.8: without Contact there is no dialog
            self.respond(transaction, 400, tag)
        elif self._on_call is None or len(self.legs) >= LEGS_MAX:
            self.respond(transaction, 480 if self._on_call is None else 503, tag)
        else:
            self._take_call(transaction, message, tag, self._on_call)

    def _take_call(self, transaction: ServerTransaction, message: Message, tag: str, on_call: OnCall) -> None:
        dialog = Dialog.of_request(message, tag)
        leg = Leg(
            self,
            dialog,
            self.new_session(),
            destination=transaction.destination,
            transport=transaction.transport,
        )
        leg.incoming = transaction
        leg.step("INVITE")
        self.legs[(message.call_id, tag)] = leg
        if self._trying_at_once:
            self.respond(transaction, 100, tag)
        else:
            self.timers.arm(self.now_ns + TRYING_AFTER_NS, lambda: self._try(transaction, tag))

        def script(me: Task) -> Script[None]:
            me.legs.append(leg)
            return on_call(me, leg)

        self.arrivals.put("call", message=message, transaction=transaction)
        self._run_script(f"{self.name} call {len(self.legs)}", script)

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


def _answerable(message: Message) -> bool:
    """What RFC 3261 section 8.1.1 demands of every message, as far as an answer needs it."""
    return bool(
        message.method
        and message.call_id
        and message.cseq_number >= 0
        and message.first("via")
        and message.first("from")
        and message.first("to")
    )
