"""What several rules need to know of a case, worked out once for each case.

Everything here follows from the messages. Must not live here: opinions; those are the rules'.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address

from harness.base.endpoint import Endpoint
from harness.base.instant import MS, format_duration
from harness.judge.rule import Check
from harness.judge.thresholds import TRANSACTION_TIMEOUT_NS
from harness.trace.entries import MessageEntry, Trace
from harness.trace.legs import callee_tags_of
from harness.trace.model import Case, Leg, Transaction, Transfer
from harness.wire.sip.headers import Event, NameAddress, SubscriptionState, option_tags
from harness.wire.sip.message import Message
from harness.wire.sip.transfer import sipfrag
from harness.wire.sip.uri import Uri

SUBSCRIPTION_ENDING = frozenset((404, 405, 410, 416, 480, 481, 482, 483, 484, 485, 489, 501, 604))
"""Answers to NOTIFY that remove the subscription (RFC 6665 section 4.2.2)."""


@dataclass(frozen=True, slots=True)
class Report:
    """One NOTIFY about a REFER, read."""

    transfer: Transfer
    transaction: Transaction
    event: Event | None
    """None when there is no Event header."""
    state: SubscriptionState | None
    """None when there is no Subscription-State header."""
    status: int | None
    """Status in the sipfrag; None when the body is no sipfrag with a status line."""

    @property
    def entry(self) -> MessageEntry:
        """The NOTIFY as first sent."""
        return self.transaction.request

    @property
    def message(self) -> Message:
        """The NOTIFY itself."""
        return self.transaction.request.message

    @property
    def about_refer(self) -> bool:
        """True when the Event says refer, in whatever case."""
        return self.event is not None and self.event.package.lower() == "refer"

    @property
    def final(self) -> bool:
        """True when the sipfrag has a final status (200-699)."""
        return self.status is not None and self.status >= 200

    @property
    def terminated(self) -> bool:
        """True when the Subscription-State is terminated."""
        return self.state is not None and self.state.state.lower() == "terminated"


@dataclass(frozen=True, slots=True)
class Facts:
    """A case as the rules look at it. All times in nanoseconds since 1970."""

    case: Case
    closed: bool
    """True when every party was ours and the run ended by itself: what is not there did not happen."""
    ended_ns: int
    transactions: tuple[Transaction, ...]
    requests: tuple[MessageEntry, ...]
    """Every request once (retransmissions left out), the ACKs included, in the order of the case."""
    messages: tuple[MessageEntry, ...]
    """`requests`, then every response, retransmissions included."""
    refusals: tuple[tuple[Transaction, MessageEntry], ...]
    """Every transaction whose final response is 300-699, with that response."""
    reports: tuple[Report, ...]
    """Every NOTIFY that belongs to a REFER of the case, REFER by REFER."""

    def waited(self, since_ns: int, limit_ns: int) -> bool:
        """True when the trace shows at least `limit_ns` after `since_ns`."""
        return self.closed or self.ended_ns - since_ns >= limit_ns

    def too_short(self, since_ns: int, what: str, *evidence: MessageEntry | None) -> Check:
        """The undecided check of a trace that ended too soon after `what`."""
        left = format_duration((self.ended_ns - since_ns) // MS * MS)
        return Check.undecided(f"the trace ended {left} after {what}", *evidence)

    def reports_of(self, transfer: Transfer) -> list[Report]:
        """The NOTIFYs of one REFER, in wire order."""
        return [report for report in self.reports if report.transfer is transfer]


@lru_cache(maxsize=1)
def facts_of(case: Case) -> Facts:
    """Work out the facts of a case; kept for the case last asked about."""
    transactions = tuple(case.transactions())
    requests = tuple(_requests(case, transactions))
    finals = [(transaction, transaction.final) for transaction in transactions]
    return Facts(
        case=case,
        closed=case.trace.header.settled,
        ended_ns=case.ended_ns,
        transactions=transactions,
        requests=requests,
        messages=(*requests, *(answer for each in transactions for answer in each.responses)),
        refusals=tuple((each, end) for each, end in finals if end is not None and end.message.status >= 300),
        reports=tuple(_reports(case)),
    )


def _requests(case: Case, transactions: tuple[Transaction, ...]) -> Iterator[MessageEntry]:
    seen: set[int] = set()
    for transaction in transactions:
        yield transaction.request
        for ack in transaction.acks[:1]:
            seen.add(ack.n)
            yield ack
    for leg in case.legs:
        yield from (ack for ack in leg.acks if ack.n not in seen)


def _reports(case: Case) -> Iterator[Report]:
    for transfer in case.transfers:
        for transaction in transfer.subscription.notifies:
            message = transaction.request.message
            event, state = message.first("event"), message.first("subscription-state")
            yield Report(
                transfer,
                transaction,
                None if event is None else Event.parse(event),
                None if state is None else SubscriptionState.parse(state),
                sipfrag(message.body).status if message.content_type == "message/sipfrag" else None,
            )


# --- small questions about entries and transactions -----------------------------------------------


def arrival_ns(entry: MessageEntry) -> int:
    """When the receiver had it; for a capture, when it passed the point of capture."""
    return entry.at_ns if entry.received_ns is None else entry.received_ns


def first_arrival(transaction: Transaction) -> MessageEntry | None:
    """The first transmission of a request that may have reached its receiver, or None."""
    if transaction.request.arrived:
        return transaction.request
    return next((copy for copy in transaction.copies if copy.arrived), None)


def overtaken(facts: Facts, transaction: Transaction) -> bool:
    """True when a later request of the same side arrived first: then 500 is the right answer
    (RFC 3261 section 12.2.2)."""
    message = transaction.request.message
    by_ns = _arrived_by(transaction)
    for other in facts.transactions:
        rival = other.request.message
        if (rival.call_id, rival.from_tag) != (message.call_id, message.from_tag) or other.method == "CANCEL":
            continue
        arrived = first_arrival(other) if rival.cseq_number > message.cseq_number else None
        if arrived is not None and by_ns is not None and arrival_ns(arrived) < by_ns:
            return True
    return False


def _arrived_by(transaction: Transaction) -> int | None:
    """The latest moment at which the request may first have arrived; None when it never did.

    Where its receiver was not seen, any copy may be the first that came through, and the network may
    have held it back until it was answered.
    """
    arrived = first_arrival(transaction)
    if arrived is None or arrived.received_ns is not None or not on_datagrams(arrived):
        return None if arrived is None else arrival_ns(arrived)
    if arrived.stamp_source == "capture":
        return arrival_ns(arrived)
    return arrived.at_ns if transaction.final is None else transaction.final.at_ns


def seen_at_one_end(entry: MessageEntry) -> bool:
    """True for a message of a live run with a real system: only one of its two times is known."""
    return entry.stamp_source != "capture" and (entry.sent_ns is None or entry.received_ns is None)


def answerer(transaction: Transaction, entry: MessageEntry) -> Endpoint:
    """Who made a response: behind a proxy the one it reached, when it is seen to send this status."""
    status = entry.message.status
    for hop in transaction.onward:
        if any(answer.message.status == status for answer in hop.responses):
            return transaction.reached
    return transaction.receiver


def from_its_contact(entry: MessageEntry) -> bool:
    """True when the sender of a message is the user agent its Contact names, and no proxy."""
    contact = entry.message.contact
    return contact is not None and (contact.uri.host, contact.uri.port or 5060) == entry.source


def on_datagrams(entry: MessageEntry) -> bool:
    """True when the entry went over UDP."""
    return entry.transport == "udp"


def nobody_there(facts: Facts, endpoint: Endpoint) -> bool:
    """True when it is known that nobody listens at that address: who named it is to blame, not it."""
    return facts.closed and all(member.endpoint != endpoint for member in facts.case.trace.header.cast)


def acknowledged(leg: Leg, answer: MessageEntry) -> bool:
    """True when an ACK to this 2xx went to the right place and can be read."""
    return any(
        ack.message.cseq_number == answer.message.cseq_number
        and not astray(leg, ack)
        and can_be_answered(ack)
        and names_dialog(leg, ack)
        for ack in leg.acks
    )


def unheard(facts: Facts, transfer: Transfer) -> bool:
    """True when a NOTIFY arrived and its sender got no answer: that ends the subscription as well
    (RFC 6665 section 4.2.2)."""
    return any(
        not any(answer.destination.host == notify.sender.host for answer in notify.responses)
        and first_arrival(notify) is not None
        and facts.waited(notify.request.at_ns, TRANSACTION_TIMEOUT_NS)
        for notify in transfer.subscription.notifies
    )


def disturbed(facts: Facts) -> bool:
    """True when a message that holds calls together went astray: its sender is blamed for that, and what
    others did without it is not held against them."""
    if not facts.closed:
        return False
    return any(_begun_nowhere(entry, facts) for entry in facts.case.trace.messages()) or any(
        transaction.spoilt
        or nobody_there(facts, transaction.reached)
        or (transaction.method in ("BYE", "REFER", "INVITE") and not can_be_answered(transaction.request))
        or _misnamed(facts.case, transaction)
        for transaction in facts.transactions
    )


def _begun_nowhere(entry: MessageEntry, facts: Facts) -> bool:
    """True for a request of a dialog whose INVITE is nowhere in the trace."""
    message = entry.message
    return message.is_request and bool(message.to_tag) and message.call_id not in _begun(facts.case.trace)


@lru_cache(maxsize=1)
def _begun(trace: Trace) -> frozenset[str]:
    messages = (entry.message for entry in trace.messages())
    return frozenset(one.call_id for one in messages if one.method == "INVITE" and not one.to_tag)


def _misnamed(case: Case, transaction: Transaction) -> bool:
    if transaction.method not in ("BYE", "REFER") or not in_dialog(transaction):
        return False
    leg = next((leg for leg in case.legs if transaction in leg.transactions), None)
    return leg is not None and not names_dialog(leg, transaction.request)


def can_be_answered(entry: MessageEntry) -> bool:
    """False for a request so malformed that nobody can be held to answer it (RFC 3261 section 8.1.1)."""
    message = entry.message
    return bool(
        message.from_tag
        and message.call_id
        and message.branch
        and message.cseq_method == message.method
        and message.cseq_number >= 0
        and message.first("to") is not None
        and not any(defect.code in _UNREADABLE for defect in message.framing_defects)
    )


_UNREADABLE = frozenset(("start-line", "version", "no-end-of-head", "head-too-large", "too-many-rows"))


def names_dialog(leg: Leg, entry: MessageEntry) -> bool:
    """True when Call-ID and both tags of a request are those of the leg, in the sender's order.

    Also where the trace does not tell: the leg began before it.
    """
    if not leg.invites:
        return True
    message = entry.message
    tags, callee_tags = (message.from_tag, message.to_tag), callee_tags_of(leg)
    if leg.answered is not None and entry.n > leg.answered.n:  # early dialogs of other tags are over
        answers = (one.message for invite in leg.invites for one in invite.responses)
        callee_tags = {one.to_tag for one in answers if 200 <= one.status < 300 and one.to_tag} or callee_tags
    # Behind a proxy, or on another port, the address does not say which side sent it.
    forth = entry.source != leg.callee and tags[0] == leg.caller_tag and tags[1] in callee_tags
    back = entry.source != leg.caller and tags[1] == leg.caller_tag and tags[0] in callee_tags
    return message.call_id == leg.call_id and (forth or back)


def astray(leg: Leg, ack: MessageEntry) -> bool:
    """True when an ACK was sent neither to an end of its leg nor to the address that it names itself."""
    known = {leg.caller, leg.callee}
    known.update(hop.receiver for invite in leg.in_method("INVITE") for hop in invite.hops())
    if ack.destination in known:
        return False
    routes = ack.message.values("route")
    uri = NameAddress.parse(routes[0]).uri if routes else Uri.parse(ack.message.uri)
    try:
        ip_address(uri.host)
    except ValueError:
        return False  # a host name: anything may stand behind it
    return uri.host != ack.destination.host


def in_dialog(transaction: Transaction) -> bool:
    """True for a request inside a dialog: it has a To tag."""
    return bool(transaction.request.message.to_tag)


def bye_of(leg: Leg, by: Endpoint) -> Transaction | None:
    """The first BYE that `by` sent on the leg, or None."""
    return next((bye for bye in leg.in_method("BYE") if bye.sender == by), None)


def tried_to_change(leg: Leg, by: Endpoint, since_ns: int) -> bool:
    """True when `by` sent a re-INVITE or UPDATE from then on, with whatever success."""
    tries = leg.in_method("INVITE", "UPDATE")
    return any(each.sender == by and each.request.at_ns >= since_ns for each in tries)


def dialog_of(transfer: Transfer) -> tuple[str, str, str]:
    """What identifies the dialog a REFER was sent in: Call-ID, the sender's tag, the receiver's."""
    message = transfer.refer.request.message
    return message.call_id, message.from_tag, message.to_tag


def requires(message: Message, tag: str) -> bool:
    """True when a request has the option tag in Require."""
    rows = message.rows("require")
    return bool(rows) and tag in (each.lower() for each in option_tags(rows))


def wanted_target(transfer: Transfer) -> NameAddress | None:
    """The one Refer-To of a REFER; None when there is none, or several."""
    values = transfer.refer.request.message.values("refer-to")
    return NameAddress.parse(values[0]) if len(values) == 1 else None


def shares_gruu(leg: Leg | None, endpoint: Endpoint) -> bool:
    """True when `endpoint` put a GRUU in a Contact of the leg: it follows RFC 6665 (section 4.5.1)."""
    if leg is None:
        return False
    for transaction in leg.transactions:
        for entry in (transaction.request, *transaction.responses):
            if entry.source != endpoint:
                continue
            contact = entry.message.contact
            if contact is not None and contact.uri.parameter("gr") is not None:
                return True
    return False
