"""The implicit subscription of a REFER (RFC 3515, RFC 6665): both sides as tables.

`Notifier` reports, `Subscriber` is told. Both live in the dialog of a leg but end apart from it
(RFC 5057 section 5.5). Must not live here: when and what to report (`actors/carrier`).
"""

from collections import deque
from typing import TYPE_CHECKING

from harness.base.instant import SECOND
from harness.protocol.machine import Machine, table
from harness.protocol.timers import TRANSACTION_NS, Alarm, Timers
from harness.wire.sip.headers import Event as EventHeader
from harness.wire.sip.message import Message
from harness.wire.sip.status import reason_phrase

if TYPE_CHECKING:
    from harness.protocol.leg import Leg
    from harness.protocol.transaction import ClientTransaction

NOTIFIER = Machine(
    name="refer notifier",
    source="RFC 3515 section 2.4, RFC 6665 section 4.2",
    states=("accepted", "active", "terminated"),
    events=("progress", "result", "rejected", "expire"),
    initial="accepted",
    rows=table(
        """
        accepted + progress -> active: notify
        accepted + result -> terminated: notify, stop
        accepted + expire -> terminated: notify
        active + progress -> active: notify
        active + result -> terminated: notify, stop
        active + rejected -> terminated: stop         # 481 and its like to a NOTIFY, RFC 6665 section 4.2.2
        active + expire -> terminated: notify         # reason=timeout, RFC 6665 section 4.2.1.4
        """
    ),
)

SUBSCRIBER = Machine(
    name="refer subscriber",
    source="RFC 3515 section 2.4, RFC 6665 section 4.1",
    states=("waiting", "active", "terminated"),
    events=("accepted", "refused", "NOTIFY active", "NOTIFY terminated", "N"),
    initial="waiting",
    rows=table(
        """
        waiting + accepted -> waiting: start N
        waiting + refused -> terminated
        waiting + NOTIFY active -> active: stop N      # it may overtake the 2xx, RFC 6665 section 4.4.1
        waiting + NOTIFY terminated -> terminated: stop N
        waiting + N -> terminated
        active + accepted -> active
        active + NOTIFY active -> active
        active + NOTIFY terminated -> terminated
        """
    ),
)

REMOVING = frozenset((404, 405, 410, 416, 480, 481, 482, 483, 484, 485, 489, 501, 604))
"""Answers to a NOTIFY that remove the subscription (RFC 6665 section 4.2.2)."""


class Notifier:
    """Our reports on one REFER. One NOTIFY is in flight at a time, so that a lost one cannot arrive
    after its successor with a lower CSeq."""

    __slots__ = (
        "_alarm", "_expires_at_ns", "_flight", "_last", "_waiting", "event", "leg", "line_end", "state",
        "version",
    )  # fmt: skip

    def __init__(
        self,
        leg: "Leg",
        *,
        refer_number: int | None,
        expires_s: int,
        line_end: str = "\r\n",
        version: bool = True,
    ) -> None:
        """`refer_number` becomes the id of the Event header (RFC 3515 section 2.4.6); None: no id."""
        self.leg = leg
        self.state = NOTIFIER.initial
        self.event = "refer" if refer_number is None else f"refer;id={refer_number}"
        self.line_end = line_end
        self.version = version
        host = leg.host
        self._expires_at_ns = host.now_ns + expires_s * SECOND
        self._alarm: Alarm | None = host.timers.arm(self._expires_at_ns, self._expire)
        self._last = 100
        self._waiting: deque[tuple[str, str]] = deque()
        self._flight: ClientTransaction | None = None

    def tell(self, status: int, *, final_as_active: bool = False) -> None:
        """Report a status of the referred call; a final one (200-699) ends the subscription."""
        final = status >= 200 and not final_as_active
        if self._step("result" if final else "progress"):
            self._last = status
            self._queue("noresource", status)

    def answered(self, transaction: "ClientTransaction", status: int) -> None:
        """A NOTIFY of ours got its final response (408 when none came)."""
        if transaction.root is not self._flight:
            return
        self._flight = None
        if status in REMOVING or status == 408:  # RFC 6665 section 4.2.2: no answer removes it as well
            self._step("rejected")
            self._waiting.clear()
        self._send_next()

    def _step(self, event: str) -> bool:
        row = NOTIFIER.rows.get((self.state, event))
        if row is None:
            return False
        self.state = row.next
        if "stop" in row.actions:
            Timers.cancel(self._alarm)
        return True

    def _expire(self) -> None:
        if self._step("expire"):
            self._queue("timeout", self._last)

    def _queue(self, reason: str, status: int) -> None:
        left_s = max(1, (self._expires_at_ns - self.leg.host.now_ns) // SECOND)
        state = f"terminated;reason={reason}" if self.state == "terminated" else f"active;expires={left_s}"
        self._waiting.append((state, f"SIP/2.0 {status} {reason_phrase(status)}{self.line_end}"))
        self._send_next()

    def _send_next(self) -> None:
        if self._flight is not None or not self._waiting:
            return
        state, fragment = self._waiting.popleft()
        kind = "message/sipfrag;version=2.0" if self.version else "message/sipfrag"
        extra = [("Event", self.event), ("Subscription-State", state), ("Content-Type", kind)]
        self._flight = self.leg.send("NOTIFY", extra, fragment.encode())


class Subscriber:
    """What we know of one REFER of ours: whether reports are still due."""

    __slots__ = ("_alarm", "leg", "number", "state")

    def __init__(self, leg: "Leg", number: int) -> None:
        self.leg = leg
        self.number = number
        """CSeq number of the REFER; moves on with a challenged retry."""
        self.state = SUBSCRIBER.initial
        self._alarm: Alarm | None = None

    def refer_answered(self, status: int) -> None:
        """The REFER got its final response."""
        self._step("accepted" if status < 300 else "refused")

    def matches(self, notify: Message) -> bool:
        """True when a NOTIFY in our dialog reports on this REFER and the subscription lives."""
        if self.state == "terminated":
            return False
        named = EventHeader.parse(notify.first("event") or "").id
        return not named or named == str(self.number)

    def notified(self, terminated: bool) -> None:
        """A NOTIFY of this subscription was accepted."""
        self._step("NOTIFY terminated" if terminated else "NOTIFY active")

    def _step(self, event: str) -> None:
        row = SUBSCRIBER.rows.get((self.state, event))
        if row is None:
            return
        self.state = row.next
        for action in row.actions:
            if action == "start N":
                host = self.leg.host
                self._alarm = host.timers.arm(host.now_ns + TRANSACTION_NS, lambda: self._step("N"))
            else:
                Timers.cancel(self._alarm)
