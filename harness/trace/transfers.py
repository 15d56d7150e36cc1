"""Finds every REFER of a trace and joins to it what it led to: NOTIFYs, triggered calls, the moved leg.

Joining by content comes first (Refer-To, Referred-By, Replaces, Event id), timing and order only
where content leaves it open. Must not live here: whether any of it was right (`judge/`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.base.instant import SECOND
from harness.trace import bridges
from harness.trace.legs import Calls
from harness.trace.model import Leg, Transaction, Transfer
from harness.wire.sip.headers import Event
from harness.wire.sip.message import Message
from harness.wire.sip.transfer import (
    ReferTo,
    Replaces,
    TargetDialog,
    refer_to,
    referred_by,
    replaces_of,
)
from harness.wire.sip.uri import Uri, equivalent

_WITHOUT_LIKENESS_NS = 5 * SECOND
"""A call of the referee that fits the Refer-To in nothing is joined to the REFER within this time."""


def collect(calls: Calls, transactions: Sequence[Transaction]) -> list[Transfer]:
    """All transfers in wire order, with everything joined; also sets `Leg.bridged`."""
    transfers: list[Transfer] = []
    for transaction in transactions:
        if transaction.method == "REFER":
            transfers.append(_transfer(calls, transfers, transaction))
    for transaction in transactions:
        if transaction.method == "NOTIFY" and _is_report(transaction.request.message):
            owner = _reported_by(transfers, transaction)
            if owner is not None:
                owner.subscription.notifies.append(transaction)
    _join_triggered(calls.legs, transfers)
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
    """The transfer that a NOTIFY is about: by dialog, then by Event id, then the newest accepted."""
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


# --- triggered calls ----------------------------------------------------------------------------


def _join_triggered(legs: Sequence[Leg], transfers: Sequence[Transfer]) -> None:
    """Give each leg to the REFER it fits best; then recognise bridges; then look at what is left."""
    loose: list[Leg] = []
    for leg in legs:
        owner = _owner(leg, transfers)
        if owner is None:
            loose.append(leg)
        else:
            owner.triggered.append(leg)
    bridges.join(legs, taken=[leg for transfer in transfers for leg in transfer.triggered])
    for leg in loose:
        if leg.bridged is None and leg.invites:
            owner = _owner_by_order(leg, transfers)
            if owner is not None:
                owner.triggered.append(leg)
    for transfer in transfers:
        transfer.triggered.sort(key=lambda one: one.number)


def _owner(leg: Leg, transfers: Sequence[Transfer]) -> Transfer | None:
    best: tuple[int, int] | None = None
    for position, transfer in enumerate(transfers):
        score = _likeness(leg, transfer)
        if score and (best is None or score >= best[0]):
            best = score, position
    return transfers[best[1]] if best is not None else None


def _may_trigger(transfer: Transfer, leg: Leg) -> bool:
    """Whether the leg began after this REFER, on the referee's side, and the REFER was not refused."""
    if not leg.invites or leg.invites[0].request.n < transfer.refer.request.n:
        return False
    if transfer.status is not None and not transfer.accepted:
        return False
    return leg.caller == transfer.referee or (
        leg.caller.host == transfer.referee.host and transfer.referee.host != transfer.referrer.host
    )


def _likeness(leg: Leg, transfer: Transfer) -> int:
    """How well the content of an INVITE fits the REFER; 0: in nothing."""
    if not _may_trigger(transfer, leg):
        return 0
    wanted = _target(transfer)
    if wanted is None:
        return 0
    invite, refer = leg.invites[0].request.message, transfer.refer.request.message
    score = _same_target(Uri.parse(invite.uri), wanted.uri) or _same_target(invite.to.uri, wanted.uri) // 2
    score += _redirected(leg, transfer)
    asked, told = referred_by(refer), referred_by(invite)
    if told is not None:
        expected = asked.uri if asked is not None else refer.from_.uri
        score += 3 if _same_target(told.uri, expected) else 0
    replaces = replaces_of(wanted.uri)
    text = invite.first("replaces")
    if replaces is not None and text is not None:
        score += 4 if Replaces.parse(text).call_id == replaces.call_id else 0
    return score + (leg.caller == transfer.referee) if score else 0


def _target(transfer: Transfer) -> ReferTo | None:
    return refer_to(transfer.refer.request.message)


def _same_target(found: Uri, wanted: Uri) -> int:
    """4: the same URI; 2: the same user or number at another host; 0: somebody else."""
    if not wanted.scheme:
        return 0
    if equivalent(found.without_headers(), wanted.without_headers()):
        return 4
    user = bridges.user_of(wanted)
    if user and user == bridges.user_of(found):
        return 2
    return 1 if not user and found.host and (found.host, found.port) == (wanted.host, wanted.port) else 0


def _redirected(leg: Leg, transfer: Transfer) -> int:
    """2 when the INVITE goes where a 3xx to an earlier triggered INVITE pointed."""
    target = Uri.parse(leg.invites[0].request.message.uri)
    for earlier in transfer.triggered:
        for invite in earlier.invites:
            if invite.final is None or not 300 <= invite.final.message.status < 400:
                continue
            contact = invite.final.message.contact
            if contact is not None and _same_target(target, contact.uri):
                return 2
    return 0


def _owner_by_order(leg: Leg, transfers: Sequence[Transfer]) -> Transfer | None:
    """The newest REFER that still waits for its call: a referee that dials something else entirely."""
    for transfer in reversed(transfers):
        if not _may_trigger(transfer, leg) or transfer.triggered:
            continue
        if leg.callee == transfer.referrer:
            continue
        if leg.began_ns - transfer.refer.request.at_ns <= _WITHOUT_LIKENESS_NS:
            return transfer
    return None


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
