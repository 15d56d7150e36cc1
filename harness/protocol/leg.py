"""A leg: one call with its dialog, its session and its reports; the actions of `leg_table.py`.

Scripts act on a leg by plain calls and wait on its events. The stack itself answers BYE, CANCEL,
NOTIFY, OPTIONS and re-INVITE (`answering.py`). Must not live here: what a party wants.
"""

from typing import TYPE_CHECKING

from harness.base.endpoint import Endpoint, Transport
from harness.protocol.dialog import Dialog, Headers
from harness.protocol.leg_table import LEG
from harness.protocol.offer import Session
from harness.protocol.repetition import Repetition
from harness.protocol.script import Source, When
from harness.protocol.subscription import Notifier, Subscriber
from harness.protocol.timers import TRANSACTION_NS
from harness.protocol.transaction import ClientTransaction, ServerTransaction
from harness.wire.sdp import Direction
from harness.wire.sip.message import Message, compose_request

if TYPE_CHECKING:
    from harness.protocol.stack import Stack


class Leg(Source):
    """One call as one party sees it. Made by `Task.call` or by an INVITE that came in."""

    __slots__ = (
        "_acks", "_forks", "_repetitions", "contact", "destination", "dialog", "incoming", "invite", "latest",
        "name", "notifiers", "reinvited", "session", "state", "subscribers", "transport",
    )  # fmt: skip

    def __init__(
        self, host: "Stack", dialog: Dialog, session: Session, *, destination: Endpoint, transport: Transport
    ) -> None:
        super().__init__(host)
        self.dialog = dialog
        self.session = session
        self.state = LEG.initial
        self.destination = destination
        """Where requests go while the remote target is no address we can reach by itself."""
        self.transport = transport
        self.contact = host.contact
        self.name = ""
        """For whom the leg stands in the script: caller, agent, target."""
        self.invite: ClientTransaction | None = None
        self.latest: ClientTransaction | None = None
        """The last request that was repeated with credentials."""
        self.incoming: ServerTransaction | None = None
        self.notifiers: list[Notifier] = []
        self.subscribers: list[Subscriber] = []
        self.reinvited: ClientTransaction | None = None
        """Our last re-INVITE."""
        self._acks: dict[int, tuple[str, Message]] = {}
        """CSeq number of an INVITE of ours -> To tag that was acknowledged, and the ACK."""
        self._forks: dict[str, Leg] = {}
        """To tag -> another fork that answered our INVITE too, and was ended."""
        self._repetitions: dict[int, Repetition] = {}
        """CSeq number of an INVITE of theirs -> our 2xx, until its ACK comes."""

    # What scripts do with a leg.

    def call(self, extra: Headers = ()) -> ClientTransaction:
        """Send the INVITE with our offer; `extra` are further header fields."""
        self._step("send INVITE")
        self.session.step("send offer")
        headers = [*self.host.capabilities, *extra, ("Content-Type", "application/sdp")]
        self.invite = self.send("INVITE", headers, self.session.offer("sendrecv"))
        return self.invite

    def send(self, method: str, extra: Headers = (), body: bytes = b"") -> ClientTransaction:
        """Send a request in the dialog of this leg; wait on `final` of what it returns."""
        number = self.dialog.next_number()
        transaction = self.host.request(self, method, number, [("Contact", self.contact), *extra], body)
        transaction.start()
        return transaction

    def refer(self, refer_to: str, extra: Headers = ()) -> ClientTransaction:
        """Send a REFER (RFC 3515); its NOTIFYs are answered by the stack and come as events."""
        subscriber = Subscriber(self, self.dialog.local_number + 1)
        self.subscribers.append(subscriber)
        return self.send("REFER", [("Refer-To", refer_to), *extra])

    def reinvite(self, direction: Direction) -> ClientTransaction | None:
        """Offer another direction (hold: sendonly). None when an offer is already open (RFC 3261 14.1)."""
        if not self.session.step("send offer"):
            return None
        headers = [*self.host.capabilities, ("Content-Type", "application/sdp")]
        self.reinvited = self.send("INVITE", headers, self.session.offer(direction))
        return self.reinvited

    def ring(self, status: int = 180) -> None:
        """Send a provisional response to the INVITE that made this leg."""
        if self.incoming is not None and self._step("send 1xx"):
            self.reply(self.incoming, status)

    def accept(self) -> None:
        """Answer the INVITE with 200 and our description; repeated until the ACK comes."""
        transaction = self.incoming
        if transaction is None or self.state != "incoming":
            return
        body = self.session.description_for(transaction.request.body)
        if body is None:
            self.reject(488)  # RFC 3261 section 13.3.1.3
            return
        headers = [*self.host.capabilities, ("Content-Type", "application/sdp")]
        self.reply(transaction, 200, headers, body)
        self._step("send 2xx")

    def reject(self, status: int, extra: Headers = ()) -> None:
        """Answer the INVITE with a final 3xx-6xx."""
        if self.incoming is not None and self._step("send 3xx-6xx"):
            self.reply(self.incoming, status, extra)

    def reply(
        self, transaction: ServerTransaction, status: int, extra: Headers = (), body: bytes = b""
    ) -> None:
        """Answer a request that came in on this leg."""
        headers = list(extra)
        if status < 300:
            headers = [("Contact", self.contact), *headers]
        self.host.respond(transaction, status, self.dialog.local_tag, headers, body)

    def release(self) -> None:
        """Whatever the state: CANCEL, BYE or a refusal, so that nothing of this leg is left."""
        self._step("release")

    @property
    def up(self) -> bool:
        """True from the 2xx until a BYE."""
        return self.state in ("up", "answered")

    @property
    def over(self) -> bool:
        """True when no BYE or final response is due any more."""
        return self.state in ("ending", "ended")

    # What scripts wait for.

    def request(self, *methods: str) -> When:
        """A request of one of these methods came in on this leg."""
        return When(self, methods)

    def final(self, transaction: ClientTransaction) -> When:
        """The final response to a request of ours, or its time-out."""
        return When(self, ("final",), transaction.root)

    def progress(self, transaction: ClientTransaction) -> When:
        """A provisional response other than 100."""
        return When(self, ("1xx",), transaction.root)

    def wanted(self, when: When) -> str:
        """What a condition on this leg waits for, in words."""
        what = " or ".join(when.kinds)
        if when.transaction is not None:
            what = "progress" if "1xx" in when.kinds else f"the answer to {when.transaction.method}"
        return f"{what} from {self.name or 'the far end'}"

    # What the stack tells the leg (ClientUser).

    def on_response(self, transaction: ClientTransaction, message: Message) -> None:
        """A response to a request of ours."""
        status, method, root = message.status, transaction.method, transaction.root
        if status in (401, 407) and self._may_retry(method) and self.host.retry(self, transaction, message):
            if root is self.invite:
                self._step("challenged")
            return
        if method == "INVITE":
            if not self._on_invite_response(transaction, message):
                return
        elif status >= 200:
            self._on_final(transaction, status, message)
        if status != 100:
            kind = "1xx" if status < 200 else "final"
            self.put(kind, status=status, message=message, transaction=root)

    def _on_final(self, transaction: ClientTransaction, status: int, message: Message | None = None) -> None:
        """Subscriptions and the leg hear of the end of a request other than INVITE."""
        method = transaction.method
        if method == "REFER":
            if message is not None and status < 300 and not self.dialog.remote_tag:
                self.dialog.learn(message)
            self._tell_subscriber(transaction.number, status)
        elif method == "NOTIFY":
            self._tell_notifiers(transaction, status)
        elif method == "BYE":
            self._step("BYE answered")

    def _may_retry(self, method: str) -> bool:
        """A CANCEL cannot be repeated (RFC 3261 section 22.1), and what it cancelled is not wanted."""
        return method != "CANCEL" and self.state not in ("cancel wanted", "cancelling")

    def on_failure(self, transaction: ClientTransaction, status: int) -> None:
        """No response came: 408, or 503 where the transport failed (RFC 3261 section 8.1.3.1)."""
        if transaction.method == "INVITE":
            self.session.step("fail")
            if transaction.root is self.invite:
                self._step("failure")
            self._lose(transaction.root)
        else:  # a NOTIFY that could not be delivered ends its subscription like one without answer
            self._on_final(transaction, 408 if transaction.method == "NOTIFY" else status)
        self.put("final", status=status, transaction=transaction.root)

    def _lose(self, invite: ClientTransaction) -> None:
        """A re-INVITE met 481, 408 or silence: the dialog is gone (RFC 3261 section 12.2.1.2)."""
        if invite is not self.invite and self.up and self._step("release"):
            self.put("BYE", lasting=True)

    def ack_for(self, transaction: ClientTransaction, message: Message) -> Message:
        """The ACK to a 3xx-6xx: all of the INVITE, but To of the response (RFC 3261 section 17.1.1.3)."""
        return self._like_invite(transaction, "ACK", message.first("to") or "")

    def _like_invite(self, invite: ClientTransaction, method: str, to: str | None = None) -> Message:
        """ACK or CANCEL: Request-URI, top Via, Route, From, Call-ID and CSeq number of the INVITE."""
        sent = invite.request
        headers = [
            ("Via", sent.rows("via")[0]),
            ("Max-Forwards", "70"),
            *[("Route", route) for route in sent.rows("route")],
            ("From", sent.first("from") or ""),
            ("To", to or sent.first("to") or ""),
            ("Call-ID", sent.call_id),
            ("CSeq", f"{invite.number} {method}"),
        ]
        return compose_request(method, sent.uri, headers)

    def _on_invite_response(self, transaction: ClientTransaction, message: Message) -> bool:
        """Move leg and session; False when scripts need not hear of it (a repeated 2xx)."""
        status = message.status
        first = transaction.root is self.invite
        if 200 <= status < 300:
            known = self._acks.get(transaction.number)
            if known is not None:
                self._repeat_ack(transaction, known, message)
                return False
            if first:
                self.dialog.learn(message)
            else:  # RFC 3261 section 12.2: a re-INVITE renews the target, never the route set
                self.dialog.refresh(message)
            if not self.session.step("receive answer"):
                self.session.step("fail")
            self.session.remote = message.body
            if first:
                return self._step("2xx", transaction)
            self._acknowledge(transaction)
            return True
        if status >= 300:
            self.session.step("fail")
            if status in (408, 481):
                self._lose(transaction.root)
            return not first or self._step("failure")
        if message.to_tag and not self.dialog.remote_tag:
            self.dialog.learn(message)
        return not first or self._step("1xx", transaction)

    def _repeat_ack(
        self, transaction: ClientTransaction, known: tuple[str, Message], message: Message
    ) -> None:
        tag = message.to_tag
        if tag == known[0]:
            self.host.transmit(*self.host.hop(self), known[1])
        elif tag in self._forks:
            self._forks[tag].acknowledge_again(message)
        else:  # another fork answered too: it gets its own ACK, then BYE (RFC 3261 section 13.2.2.4)
            self._forks[tag] = self.host.shed(self, transaction, message)

    def acknowledge_again(self, message: Message) -> None:
        """A 2xx to an INVITE came after its transaction was forgotten (RFC 3261 section 13.2.2.4)."""
        known = self._acks.get(message.cseq_number)
        if known is not None and known[0] == message.to_tag:
            self.host.transmit(*self.host.hop(self), known[1])
        elif known is None and self.state == "ended" and self.invite is not None:
            self.dialog.learn(message)  # a BYE had overtaken this 2xx: it is acknowledged all the same
            self._acknowledge(self.invite)

    # The actions of the table.

    def _step(self, event: str, transaction: ClientTransaction | None = None) -> bool:
        row = LEG.rows.get((self.state, event))
        if row is None:
            return False
        self.state = row.next
        for action in row.actions:
            self._act(action, transaction)
        if row.next == "ended":
            self._give_up(self.reinvited)
        if self.over:
            self._refuse_pending()
        return True

    def _refuse_pending(self) -> None:
        """A REFER that no script took gets its final response all the same (RFC 3261 section 15.1.2)."""
        for event in [known for known in self.inbox if known.kind == "REFER"]:
            self.inbox.remove(event)
            if isinstance(event.transaction, ServerTransaction):
                self.reply(event.transaction, 487)

    def step(self, event: str, transaction: ClientTransaction | None = None) -> bool:
        """Tell the leg what happened to it; False when the table has no row for it now."""
        return self._step(event, transaction)

    def _act(self, action: str, transaction: ClientTransaction | None) -> None:
        if action == "ack":
            assert transaction is not None, "an ACK answers a 2xx"
            self._acknowledge(transaction)
        elif action == "bye":
            self.send("BYE")
        elif action == "cancel":
            self._cancel()
        elif action == "repeat 2xx":
            assert self.incoming is not None, "only an INVITE that came in is answered"
            self.repeat_2xx(self.incoming)
        elif action == "stop":
            self.stop_repeating()
        elif action == "give up later":
            self.host.timers.arm(self.host.now_ns + TRANSACTION_NS, self._give_up_cancelled)
        else:
            assert action.startswith("refuse ") and self.incoming is not None, action
            self.reply(self.incoming, int(action[7:]))

    def _acknowledge(self, transaction: ClientTransaction) -> None:
        number = transaction.number
        via = self.host.via(self.host.new_branch(), transaction.transport)
        credentials: Headers = ()
        if transaction.tries:  # RFC 3261 section 13.2.2.4: the ACK carries the credentials of the INVITE
            sent = transaction.request
            credentials = [
                (name, value)
                for name, value in sent.headers()
                if name in ("Authorization", "Proxy-Authorization")
            ]
        ack = self.dialog.request("ACK", number, via, credentials)
        self._acks[number] = (self.dialog.remote_tag, ack)
        self.host.transmit(*self.host.hop(self), ack)

    def _cancel(self) -> None:
        """RFC 3261 section 9.1."""
        invite = self.invite
        assert invite is not None, "only our own INVITE is cancelled"
        invite = self._repeated(invite)
        self.host.repeat_as(self, invite, "CANCEL", self._like_invite(invite, "CANCEL")).start()
        self.host.timers.arm(self.host.now_ns + TRANSACTION_NS, self._give_up_cancelled)

    def _give_up_cancelled(self) -> None:
        self._give_up(self.invite)
        if self.state == "cancelling":  # RFC 3261 section 9.1: no final response within 64*T1
            self._step("failure")
            self.put("final", status=408, transaction=self.invite)

    def _repeated(self, transaction: ClientTransaction) -> ClientTransaction:
        """The same request as it was last sent, with credentials where it was challenged."""
        latest = self.latest
        return latest if latest is not None and latest.root is transaction else transaction

    def _give_up(self, invite: ClientTransaction | None) -> None:
        if invite is not None:
            self._repeated(invite).give_up()

    def repeat_2xx(self, transaction: ServerTransaction) -> None:
        """Repeat our 2xx to an INVITE until its ACK comes (RFC 3261 section 13.3.1.4)."""
        number = transaction.request.cseq_number
        self.stop_repeating(number)  # the same INVITE on another branch: its ACK ends both
        self._repetitions[number] = Repetition(self.host, transaction, self._no_ack)

    def stop_repeating(self, number: int | None = None) -> bool:
        """The ACK with this CSeq number came; None: nothing is to be repeated any more.

        False when nothing was: the ACK was not waited for.
        """
        waiting = len(self._repetitions)
        for known in tuple(self._repetitions) if number is None else (number,):
            repetition = self._repetitions.pop(known, None)
            if repetition is not None:
                repetition.stop()
        return len(self._repetitions) < waiting

    def untie(self) -> None:
        """Forget whom it knows; for `Host.close`."""
        self.invite = self.latest = self.reinvited = self.incoming = None
        for known in (self.inbox, self.notifiers, self.subscribers, self._forks):
            known.clear()

    def _no_ack(self) -> None:
        self.stop_repeating()
        if self._step("no ACK") or self._step("release"):  # RFC 3261 sections 13.3.1.4 and 14.2
            self.put("BYE", lasting=True)

    def _tell_subscriber(self, number: int, status: int) -> None:
        for subscriber in self.subscribers:
            if subscriber.number == number:
                subscriber.refer_answered(status)

    def _tell_notifiers(self, transaction: ClientTransaction, status: int) -> None:
        for notifier in self.notifiers:
            notifier.answered(transaction, status)
