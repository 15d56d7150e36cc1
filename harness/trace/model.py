"""What reconstruction makes of message entries: transactions, legs, subscriptions, transfers, cases.

Values only, filled by `trace/calls.py` and read by the judge, the ladder and the reports. Every
reference points at entries of one trace. Nothing here was told by a player.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from harness.base.endpoint import Endpoint
from harness.trace.entries import MessageEntry, Trace


@dataclass(slots=True, eq=False)
class Transaction:
    """One request and what answered it (RFC 3261 section 17), retransmissions merged.

    An ACK is no transaction: it is in `acks`, also that of a 2xx (which stands in `Leg.acks` as well).
    Over a proxy this is the first hop; the copies on further hops are in `onward`.
    """

    request: MessageEntry
    copies: list[MessageEntry] = field(default_factory=list)
    """Retransmissions of the request, in order."""
    responses: list[MessageEntry] = field(default_factory=list)
    """Every response entry, retransmissions included, in order."""
    spoilt: list[MessageEntry] = field(default_factory=list)
    """Responses whose receiver cannot take them: a mandatory header or a Via is missing (RFC 3261
    sections 8.1.1 and 8.1.3.3)."""
    acks: list[MessageEntry] = field(default_factory=list)
    onward: list["Transaction"] = field(default_factory=list)
    """The same request as a proxy sent it on (RFC 3261 section 16.6), one for each branch of a fork."""
    method: str = field(init=False)
    """Method of the request."""
    final: MessageEntry | None = field(init=False, default=None)
    """The first final response (200-699), or None."""

    def __post_init__(self) -> None:
        self.method = self.request.message.method

    def add_response(self, entry: MessageEntry) -> None:
        """Add the next response on the wire."""
        self.responses.append(entry)
        if self.final is None and entry.message.status >= 200:
            self.final = entry

    @property
    def number(self) -> int:
        """CSeq number of the request; -1 when it has none that can be read."""
        return self.request.message.cseq_number

    @property
    def sender(self) -> Endpoint:
        """Who sent the request: its address, on a stream the one it says it listens on."""
        return self.request.source

    @property
    def receiver(self) -> Endpoint:
        """Where the request went (over a proxy: to the proxy)."""
        return self.request.destination

    @property
    def reached(self) -> Endpoint:
        """Who got the request in the end: behind proxies the last hop, of a fork the one that accepted."""
        if not self.onward:
            return self.receiver
        accepting = [hop for hop in self.onward if hop.final_status is not None and hop.final_status < 300]
        return (accepting or self.onward)[-1].reached

    def hops(self) -> "Iterator[Transaction]":
        """This transaction and every copy of it behind proxies."""
        yield self
        for hop in self.onward:
            yield from hop.hops()

    @property
    def final_status(self) -> int | None:
        """Status of the first final response, or None."""
        return None if self.final is None else self.final.message.status

    @property
    def provisionals(self) -> list[MessageEntry]:
        """The 1xx responses, in order."""
        return [entry for entry in self.responses if entry.message.status < 200]


@dataclass(slots=True, eq=False)
class Leg:
    """One call between two endpoints: the INVITE that began it and all that followed in its dialog.

    Over a proxy a leg is end to end: `caller` and `callee` are the two user agents.
    A challenged INVITE and its retry are one leg with two transactions in `invites`. `callee_tag` is
    the To tag of the 2xx, else of the first tagged 1xx, else empty. Where the start is missing from
    a capture, `invites` is empty and the caller is whoever was seen sending first.
    """

    number: int
    """Position in the trace, from 1."""
    call_id: str
    caller_tag: str
    callee_tag: str
    caller: Endpoint
    """Who sent the INVITE (as seen on the wire)."""
    callee: Endpoint
    invites: list[Transaction] = field(default_factory=list)
    """The dialog-forming INVITE, once for each challenge or redirection on the same Call-ID."""
    transactions: list[Transaction] = field(default_factory=list)
    """Every transaction of the leg in wire order, `invites` and their CANCELs included."""
    acks: list[MessageEntry] = field(default_factory=list)
    """ACKs to 2xx responses."""
    ringing: MessageEntry | None = None
    """First 180, or 183 with a session description."""
    answered: MessageEntry | None = None
    """First 2xx to a dialog-forming INVITE."""
    refused: MessageEntry | None = None
    """Final 3xx-6xx of the last dialog-forming INVITE."""
    cancel: Transaction | None = None
    """The first CANCEL of a dialog-forming INVITE; that of a re-INVITE does not end the call."""
    bye: Transaction | None = None
    """The first BYE; its sender ended the leg."""
    bridged: "Leg | None" = None
    """The other leg of a B2BUA that is in the middle of this call; None where none was recognised."""

    @property
    def acknowledged(self) -> bool:
        """True when a 2xx of the leg was followed by an ACK."""
        return bool(self.acks)

    @property
    def began_ns(self) -> int:
        """When its first message was on the wire."""
        return self.transactions[0].request.at_ns

    @property
    def answered_ns(self) -> int | None:
        """When the 2xx was sent."""
        return None if self.answered is None else self.answered.at_ns

    @property
    def ended_ns(self) -> int | None:
        """When the BYE or the final refusal was sent; None while the leg is up or pending."""
        if self.bye is not None:
            return self.bye.request.at_ns
        return None if self.refused is None else self.refused.at_ns

    @property
    def ended_by(self) -> Endpoint | None:
        """Who sent the BYE, or None."""
        return None if self.bye is None else self.bye.sender

    def other(self, endpoint: Endpoint) -> Endpoint:
        """The far end as seen from `endpoint`."""
        return self.callee if endpoint == self.caller else self.caller

    def tag_of(self, endpoint: Endpoint) -> str:
        """The dialog tag that `endpoint` chose."""
        return self.caller_tag if endpoint == self.caller else self.callee_tag

    def up_at(self, at_ns: int) -> bool:
        """True when the leg was answered and not ended at that time."""
        if self.answered_ns is None or self.answered_ns > at_ns:
            return False
        return self.bye is None or self.bye.request.at_ns > at_ns

    def in_method(self, *methods: str) -> Iterator[Transaction]:
        """Transactions of these methods, in order."""
        return (transaction for transaction in self.transactions if transaction.method in methods)


@dataclass(slots=True, eq=False)
class Subscription:
    """The implicit subscription of one REFER: the NOTIFYs that report on it (RFC 3515)."""

    notifies: list[Transaction] = field(default_factory=list)
    """NOTIFY transactions joined to this REFER, in wire order."""


@dataclass(slots=True, eq=False)
class Transfer:
    """One REFER request (retransmissions merged) and everything it led to.

    A challenged REFER and its retry are two transfers; `retry_of` joins them.
    """

    number: int
    """Position among the REFERs of the trace, from 1."""
    refer: Transaction
    leg: Leg | None
    """The leg whose dialog carried the REFER; None for a REFER out of dialog."""
    subscription: Subscription = field(default_factory=Subscription)
    triggered: list[Leg] = field(default_factory=list)
    """Legs the referee began because of this REFER, in order (a redirection adds one)."""
    despite: list[Leg] = field(default_factory=list)
    """Legs the referee began to the asked-for target although it had refused this REFER."""
    moved: Leg | None = None
    """The leg of the moved party with the referee. Between phones the referee is itself the moved
    party, and this is None."""
    about: Leg | None = None
    """The leg that is to be transferred: `leg`, or the one that Target-Dialog names (RFC 4538)."""
    retry_of: "Transfer | None" = None
    """The challenged REFER (401/407) that this one repeats with credentials."""

    @property
    def referrer(self) -> Endpoint:
        """Who sent the REFER."""
        return self.refer.sender

    @property
    def referee(self) -> Endpoint:
        """Who received the REFER, behind proxies if there are any; also the notifier."""
        return self.refer.reached

    @property
    def status(self) -> int | None:
        """Final response to the REFER, or None."""
        return self.refer.final_status

    @property
    def accepted(self) -> bool:
        """True when the REFER got a 2xx."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def target_leg(self) -> Leg | None:
        """The last triggered leg: the one that decides the outcome."""
        return self.triggered[-1] if self.triggered else None


@dataclass(slots=True, eq=False)
class Case:
    """A closed group of legs joined by transfer, Replaces or bridging: what the rules judge."""

    number: int
    trace: Trace
    legs: list[Leg] = field(default_factory=list)
    transfers: list[Transfer] = field(default_factory=list)
    others: list[Transaction] = field(default_factory=list)
    """Transactions outside every leg that concern this case (out-of-dialog REFER, OPTIONS, stray NOTIFY)."""
    strays: list[MessageEntry] = field(default_factory=list)
    """Responses without request, ACKs without INVITE and messages that could not be parsed."""
    judged: object | None = field(default=None, repr=False)
    """What the judge made of the case, kept here for its rules (`judge/judged.py`); nobody else reads it."""
    known_end_ns: int | None = field(default=None, repr=False)
    """`end_of(trace)`, worked out once for all cases of a trace."""

    def transactions(self) -> Iterator[Transaction]:
        """Every transaction of the case, leg by leg, then the others."""
        for leg in self.legs:
            yield from leg.transactions
        yield from self.others

    def messages(self) -> list[MessageEntry]:
        """Every message of the case, in the order of the trace."""
        found = list(self.strays)
        for transaction in self.transactions():
            for hop in transaction.hops():
                found += [hop.request, *hop.copies, *hop.responses, *hop.spoilt, *hop.acks]
        return sorted(found, key=lambda entry: entry.n)

    @property
    def ended_ns(self) -> int:
        """When the trace ended: the last moment at which something could have been seen."""
        if self.known_end_ns is None:
            self.known_end_ns = end_of(self.trace)
        return self.known_end_ns


def end_of(trace: Trace) -> int:
    """When a trace ended, in ns: its last message or its header's end; where our side began to stop."""
    if trace.header.stopped_ns is not None:
        return trace.header.stopped_ns
    last = max((max(entry.at_ns, entry.received_ns or 0) for entry in trace.messages()), default=0)
    return max(last, trace.header.ended_ns)
