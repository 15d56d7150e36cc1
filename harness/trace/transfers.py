"""Finds every REFER of a trace and joins to it what it led to: NOTIFYs, triggered calls, the moved leg.

Joining by content comes first (Refer-To, Referred-By, Replaces, Event id), timing and order only
where content leaves it open. Must not live here: which call a
REFER triggered (`triggered.py`), whether any of it was right (`judge/`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.trace import triggered
from harness.trace.legs import Calls
from harness.trace.model import Leg, Transaction, Transfer
from harness.wire.sip.headers import Event
from harness.wire.sip.message import Message
from harness.wire.sip.transfer import Replaces, TargetDialog


def collect(calls: Calls, transactions: Sequence[Transaction]) -> list[Transfer]:
    """All transfers in wire order, with everything joined; also sets `Leg.bridged`."""
    transfers: list[Transfer] = []
    for transaction in transactions:
        if transaction.method == "REFER":
            transfers.append(_transfer(calls, transfers, transaction))
    by_call_id: dict[str, list[Transfer]] = {}
    for transfer in transfers:
        by_call_id.setdefault(transfer.refer.request.message.call_id, []).append(transfer)
    for transaction in transactions:
        if transaction.method == "NOTIFY" and _is_report(transaction.request.message):
            owner = _reported_by(by_call_id.get(transaction.request.message.call_id, ()), transaction)
            if owner is not None:
                owner.subscription.notifies.append(transaction)
    triggered.join(calls.legs, transfers)
    for transfer in transfers:
        transfer.moved = _moved(transfer)
    return transfers


def _transfer(calls: Calls, before: Sequence[Transfer], refer: Transaction) -> Transfer:
    made = Transfer(number=len(before) + 1, refer=refer, leg=calls.leg_of.get(refer))
    made.about = made.leg or _target_dialog(calls.legs, refer.request.message)
    made.retry_of = _retried(before, refer)
    return made


def _target_dialog(legs: Sequence[Leg], message: Message) -> Leg | None:
    """The leg that Target-Dialog names, whichever way round its tags are (RFC 4538 section 7)."""
    text = message.first("target-dialog")
    if text is None:
        return None
    named = TargetDialog.parse(text)
    tags = {named.local_tag, named.remote_tag}
    return next(
        (leg for leg in legs if leg.call_id == named.call_id and {leg.caller_tag, leg.callee_tag} == tags),
        None,
    )


def _retried(before: Sequence[Transfer], refer: Transaction) -> Transfer | None:
    """The challenged REFER that this one repeats (RFC 3261 section 22.2)."""
    message = refer.request.message
    if message.first("authorization") is None and message.first("proxy-authorization") is None:
        return None
    for earlier in reversed(before):
        other = earlier.refer.request.message
        final = earlier.refer.final
        if other.call_id != message.call_id or other.from_tag != message.from_tag:
            continue
        if final is not None and final.message.status in (401, 407) and final.n < refer.request.n:
            return earlier
    return None


# --- NOTIFYs ------------------------------------------------------------------------------------


def _is_report(message: Message) -> bool:
    """A NOTIFY of package refer; also one that lost its Event header but carries a sipfrag."""
    text = message.first("event")
    if text is None or not text.strip():
        return message.content_type.startswith("message/sipfrag")
    return Event.parse(text).package.lower() == "refer"


def _reported_by(transfers: Sequence[Transfer], notify: Transaction) -> Transfer | None:
    """The transfer that a NOTIFY is about: by dialog, then by Event id, then the newest accepted.

    `transfers` are those with its Call-ID.
    """
    message = notify.request.message
    candidates = [
        one
        for one in transfers
        if one.refer.request.n < notify.request.n and _same_subscription(one.refer, notify)
    ]
    text = message.first("event")
    event_id = Event.parse(text).id if text is not None else None
    if event_id is not None:
        named = [one for one in candidates if str(one.refer.number) == event_id.strip()]
        if named:
            return named[-1]
    accepted = [one for one in candidates if one.status is None or one.accepted]
    pool = accepted or candidates
    return pool[-1] if pool else None


def _same_subscription(refer: Transaction, notify: Transaction) -> bool:
    """Same Call-ID, and the tags of the REFER the other way round (RFC 3515 section 2.4.4).

    A notifier that gets a tag wrong is still known by the two ends.
    """
    asked, told = refer.request.message, notify.request.message
    if asked.call_id != told.call_id:
        return False
    ends = notify.sender == refer.reached and refer.sender in (notify.reached, notify.receiver)
    return told.to_tag == asked.from_tag or ends


# --- the moved party ----------------------------------------------------------------------------


def _moved(transfer: Transfer) -> Leg | None:
    """The other leg of the B2BUA that got the REFER; None between phones."""
    about = transfer.about
    if about is None:
        return None
    if about.bridged is not None and transfer.referee in _ends(about.bridged):
        return about.bridged
    return None


def _ends(leg: Leg) -> tuple[object, object]:
    return leg.caller, leg.callee


@dataclass(frozen=True, slots=True)
class Link:
    """Two legs that an INVITE with Replaces joins (RFC 3891 section 3)."""

    leg: Leg
    replaced: Leg


def replacements(legs: Sequence[Leg]) -> Iterator[Link]:
    """Each leg whose INVITE names another leg of the trace in Replaces."""
    by_call_id: dict[str, list[Leg]] = {}
    for leg in legs:
        by_call_id.setdefault(leg.call_id, []).append(leg)
    for leg in legs:
        for invite in leg.invites:
            text = invite.request.message.first("replaces")
            for other in by_call_id.get(Replaces.parse(text).call_id, ()) if text else ():
                if other is not leg:
                    yield Link(leg, other)
