"""Groups transactions to legs: one call between two user agents, end to end over proxies.

A leg is found by Call-ID, tags and the two ends (RFC 3261 section 12); legs of a transparent B2BUA
share Call-IDs and even tags, so the ends count. Must not live here: transfers (`transfers.py`).
"""

from dataclasses import dataclass, field

from harness.base.endpoint import Endpoint
from harness.trace.entries import MessageEntry
from harness.trace.model import Leg, Transaction
from harness.trace.transactions import Exchanges

_MAKES_NO_LEG = frozenset(("NOTIFY", "SUBSCRIBE", "OPTIONS", "REGISTER", "MESSAGE", "PUBLISH"))
"""In-dialog requests that do not prove a call when its start is missing from the trace."""


@dataclass(slots=True)
class Calls:
    """All legs of a trace, and what is in none."""

    legs: list[Leg] = field(default_factory=list)
    """In the order of their first messages."""
    others: list[Transaction] = field(default_factory=list)
    leg_of: dict[Transaction, Leg] = field(default_factory=dict)


def collect(exchanges: Exchanges) -> Calls:
    """Put every transaction into a leg or among the others."""
    collector = _Collector()
    for transaction in exchanges.transactions:
        collector.take(transaction)
    for leg in collector.calls.legs:
        _finish(leg)
    return collector.calls


@dataclass(slots=True)
class _Collector:
    calls: Calls = field(default_factory=Calls)
    _by_call_id: dict[str, list[Leg]] = field(default_factory=dict)

    def take(self, transaction: Transaction) -> None:
        """Put one transaction where it belongs; they come in wire order."""
        message = transaction.request.message
        leg: Leg | None
        if transaction.method == "CANCEL":
            leg = self._cancelled(transaction)
        elif message.to_tag:
            leg = self._in_dialog(transaction)
        elif transaction.method == "INVITE":
            leg = self._invited(transaction)
        else:
            leg = self._early(transaction)
        if leg is None:
            self.calls.others.append(transaction)
            return
        leg.transactions.append(transaction)
        self.calls.leg_of[transaction] = leg
        if transaction.method == "INVITE" and not message.to_tag:
            leg.invites.append(transaction)
            leg.callee = transaction.reached

    def _invited(self, invite: Transaction) -> Leg:
        """The leg that this INVITE repeats after a challenge or redirection, else a new one."""
        message = invite.request.message
        for leg in reversed(self._by_call_id.get(message.call_id, [])):
            if not leg.invites or leg.caller != invite.sender or leg.caller_tag != message.from_tag:
                continue
            status = leg.invites[-1].final_status
            final = leg.invites[-1].final
            if status is not None and final is not None and status >= 300 and final.n < invite.request.n:
                return leg
        return self._new(invite, message.from_tag, "")

    def _cancelled(self, cancel: Transaction) -> Leg | None:
        """The leg whose INVITE has the branch of this CANCEL (RFC 3261 section 9.1)."""
        message = cancel.request.message
        near: Leg | None = None
        for leg in reversed(self._by_call_id.get(message.call_id, [])):
            for invite in leg.transactions:
                if invite.method == "INVITE" and invite.sender == cancel.sender:
                    if invite.request.message.branch == message.branch:
                        return leg
                    near = near or leg
        return near

    def _in_dialog(self, transaction: Transaction) -> Leg | None:
        message = transaction.request.message
        candidates = self._by_call_id.get(message.call_id, [])
        ends = {transaction.sender, transaction.receiver, transaction.reached}
        best: tuple[int, int, Leg] | None = None
        for leg in candidates:
            score = _likeness(leg, message.from_tag, message.to_tag, ends)
            if score and (best is None or (score, leg.number) > best[:2]):
                best = score, leg.number, leg
        if best is not None:
            return best[2]
        if transaction.method in _MAKES_NO_LEG or not message.call_id:
            return None
        return self._new(transaction, message.from_tag, message.to_tag)

    def _early(self, transaction: Transaction) -> Leg | None:
        """A request without To tag that names a call all the same, such as UPDATE or BYE of a broken peer."""
        if transaction.method in _MAKES_NO_LEG or transaction.method == "REFER":
            return None
        tag = transaction.request.message.from_tag
        for leg in reversed(self._by_call_id.get(transaction.request.message.call_id, [])):
            known = tag == leg.caller_tag or tag in callee_tags_of(leg)
            if known and transaction.sender in (leg.caller, leg.callee):
                return leg
        return None

    def _new(self, transaction: Transaction, caller_tag: str, callee_tag: str) -> Leg:
        call_id = transaction.request.message.call_id
        leg = Leg(
            number=len(self.calls.legs) + 1,
            call_id=call_id,
            caller_tag=caller_tag,
            callee_tag=callee_tag,
            caller=transaction.sender,
            callee=transaction.reached,
        )
        self.calls.legs.append(leg)
        self._by_call_id.setdefault(call_id, []).append(leg)
        return leg


def _likeness(leg: Leg, from_tag: str, to_tag: str, ends: set[Endpoint]) -> int:
    """How well an in-dialog request fits a leg of its Call-ID; 0: not at all.

    Both tags and both ends fit: certain. A peer that gets a tag wrong is still on the leg between
    the two ends, so that the judge can say so.
    """
    callee_tags = callee_tags_of(leg)
    tags = (from_tag == leg.caller_tag and to_tag in callee_tags) or (
        to_tag == leg.caller_tag and from_tag in callee_tags
    )
    one_tag = leg.caller_tag in (from_tag, to_tag) or bool(callee_tags & {from_tag, to_tag})
    both_ends = {leg.caller, leg.callee} <= ends
    one_end = leg.caller in ends or leg.callee in ends
    if tags:
        return 8 + 2 * both_ends + one_end
    if one_tag and one_end:
        return 4 + 2 * both_ends
    return 2 if both_ends else 0


def callee_tags_of(leg: Leg) -> set[str]:
    """Every To tag that the callee side has used, forks included."""
    tags = {
        response.message.to_tag
        for invite in leg.invites
        for response in invite.responses
        if response.message.to_tag
    }
    if leg.callee_tag:
        tags.add(leg.callee_tag)
    return tags


def _finish(leg: Leg) -> None:
    """Fill in what the whole leg shows."""
    for invite in leg.invites:
        leg.ringing = leg.ringing or next((one for one in invite.responses if _is_ringing(one)), None)
        leg.answered = leg.answered or _first_accepting(invite)
    if leg.invites:
        last = leg.invites[-1]
        leg.callee = last.reached
        leg.callee_tag = _callee_tag(leg)
        if last.final_status is not None and last.final_status >= 300:
            leg.refused = last.final
    for transaction in leg.transactions:
        if transaction.method == "CANCEL":
            if leg.cancel is None and _gives_up_the_call(leg, transaction):
                leg.cancel = transaction
        elif transaction.method == "BYE":
            leg.bye = leg.bye or transaction
        elif transaction.method == "INVITE" and _first_accepting(transaction) is not None:
            leg.acks += transaction.acks
    leg.acks.sort(key=lambda entry: entry.n)


def _gives_up_the_call(leg: Leg, cancel: Transaction) -> bool:
    """False for the CANCEL of a re-INVITE, after which the call lives on (RFC 3261 section 9.1)."""
    return any(invite.request.message.branch == cancel.request.message.branch for invite in leg.invites)


def _callee_tag(leg: Leg) -> str:
    """To tag of the 2xx, else of the first tagged 1xx, else empty."""
    if leg.answered is not None:
        return leg.answered.message.to_tag
    tagged = (one.message.to_tag for invite in leg.invites for one in invite.provisionals)
    return next((tag for tag in tagged if tag), "")


def _is_ringing(response: MessageEntry) -> bool:
    """180, or 183 with a session description (which the caller hears)."""
    message = response.message
    return message.status == 180 or (message.status == 183 and message.content_type == "application/sdp")


def _first_accepting(invite: Transaction) -> MessageEntry | None:
    refused = False
    for one in invite.responses:
        # RFC 3261 section 17.1.1.2: after a 3xx-6xx the client transaction takes no 2xx any more.
        refused = refused or one.message.status >= 300
        if 200 <= one.message.status < 300 and (not refused or _acknowledged(invite, one)):
            return one
    return None


def _acknowledged(invite: Transaction, answer: MessageEntry) -> bool:
    """True when an ACK with a branch of its own followed: the 2xx was taken all the same."""
    branch = invite.request.message.branch
    return any(ack.n > answer.n and ack.message.branch != branch for ack in invite.acks)
