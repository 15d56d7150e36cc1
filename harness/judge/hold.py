"""Hold and resume as the session descriptions of one leg show them (RFC 3264 section 8.4).

Must not live here: who hears whom, and the rules about hold.
"""

from collections.abc import Iterator

from harness.base.endpoint import Endpoint
from harness.trace.entries import MessageEntry
from harness.trace.model import Leg, Transaction
from harness.wire.sdp import SessionDescription
from harness.wire.sip.message import Message


def held_at(leg: Leg, at_ns: int) -> bool:
    """True when one side had put the other on hold by then, by an offer the other accepted."""
    holding: dict[Endpoint, bool] = {}
    for offerer, holds, entry in _offers(leg):
        if entry.at_ns > at_ns:
            break
        holding[offerer] = holds
    return any(holding.values())


def resumed(leg: Leg, after_ns: int) -> MessageEntry | None:
    """The first accepted offer from `after_ns` on that ends a hold, by either side; None without one."""
    holding: dict[Endpoint, bool] = {}
    for offerer, holds, entry in _offers(leg):
        ends_one = holding.get(offerer, False) and not holds
        holding[offerer] = holds
        if ends_one and not any(holding.values()) and entry.at_ns >= after_ns:
            return entry
    return None


def _offers(leg: Leg) -> Iterator[tuple[Endpoint, bool, MessageEntry]]:
    """Who offered hold or not, by which message, for every accepted offer after the first."""
    first = {invite.request.n for invite in leg.invites}
    for transaction in leg.in_method("INVITE", "UPDATE"):
        accepted = _accepted(transaction)
        if transaction.request.n in first or accepted is None:
            continue
        request = transaction.request
        # A re-INVITE without description: the 2xx carries the offer (RFC 3261 section 14.2).
        for offerer, entry in ((transaction.sender, request), (leg.other(transaction.sender), accepted)):
            description = _description(entry.message)
            if description is not None:
                yield offerer, description.held, entry
                break


def _accepted(transaction: Transaction) -> MessageEntry | None:
    final = transaction.final
    return final if final is not None and final.message.status < 300 else None


def _description(message: Message) -> SessionDescription | None:
    if message.content_type != "application/sdp" or not message.body:
        return None
    description = SessionDescription.parse(message.body)
    return None if description.audio is None else description
