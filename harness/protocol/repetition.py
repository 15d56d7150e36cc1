"""A 2xx to an INVITE is repeated by the user agent, not by the transaction, until the ACK comes
(RFC 3261 section 13.3.1.4): at T1, doubling to T2, for 64*T1, on every transport.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from harness.protocol.timers import T1_NS, T2_NS, TRANSACTION_NS, Timers
from harness.protocol.transaction import ServerTransaction

if TYPE_CHECKING:
    from harness.protocol.stack import Stack


class Repetition:
    """One 2xx that waits for its ACK; counts as open work of the host."""

    __slots__ = ("_alarm", "_gap_ns", "_give_up", "_host", "_transaction", "_until_ns")

    def __init__(self, host: "Stack", transaction: ServerTransaction, give_up: Callable[[], None]) -> None:
        """`give_up` is called when no ACK came within 64*T1."""
        self._host = host
        self._transaction = transaction
        self._give_up = give_up
        self._gap_ns = T1_NS
        self._until_ns = host.now_ns + TRANSACTION_NS
        self._alarm = host.timers.arm(host.now_ns + T1_NS, self._again)
        host.open_work += 1

    def stop(self) -> None:
        """The ACK came, or the leg is over."""
        Timers.cancel(self._alarm)
        self._host.open_work -= 1

    def _again(self) -> None:
        host = self._host
        if host.now_ns >= self._until_ns:
            self._give_up()
            return
        self._transaction.send()
        self._gap_ns = min(2 * self._gap_ns, T2_NS)
        self._alarm = host.timers.arm(min(host.now_ns + self._gap_ns, self._until_ns), self._again)
