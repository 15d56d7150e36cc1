"""Puts messages together to transactions: request, retransmissions, responses, ACKs, proxy copies.

Matching follows RFC 3261 section 17: by branch, method and hop. Must not live here: what
transactions belong to (`legs.py`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from harness.base.endpoint import RELIABLE, Endpoint
from harness.trace.entries import Entry, MessageEntry, Trace
from harness.trace.model import Transaction
from harness.wire.sip.headers import Via
from harness.wire.sip.message import Message

_Hop = tuple[Endpoint, Endpoint]
_Key = tuple[str, str, str, int, _Hop]


@dataclass(slots=True)
class Exchanges:
    """All transactions of a trace, and the messages that belong to none."""

    transactions: list[Transaction] = field(default_factory=list)
    """First hops, in wire order; copies behind proxies are in `Transaction.onward`."""
    strays: list[MessageEntry] = field(default_factory=list)


def collect(trace: Trace) -> Exchanges:
    """Sort every message of a trace, which is `at_home`, into a transaction or among the strays."""
    collector = _Collector()
    for entry in trace.messages():
        collector.take(entry)
    return collector.exchanges


def at_home(trace: Trace) -> Trace:
    """The trace as if every party had sent from the port it listens on; the same one where all did.

    Who did what is asked of addresses in many places, and none of them has to think of streams.
    """
    homes = listening(trace.messages())
    return Trace(trace.header, [_moved(entry, homes) for entry in trace.entries]) if homes else trace


def _moved(entry: Entry, homes: Mapping[Endpoint, Endpoint]) -> Entry:
    if not isinstance(entry, MessageEntry) or not (entry.source in homes or entry.destination in homes):
        return entry
    source = homes.get(entry.source, entry.source)
    destination = homes.get(entry.destination, entry.destination)
    return replace(entry, source=source, destination=destination, parsed=entry.message)


def listening(entries: Iterable[MessageEntry]) -> dict[Endpoint, Endpoint]:
    """On streams: the ports that connections came from, by the port their owner listens on.

    A client opens a connection from any port and names its own in the Via (RFC 3261 section 18.1.1).
    """
    homes: dict[Endpoint, Endpoint] = {}
    for entry in entries:
        if entry.transport not in RELIABLE or entry.source in homes:
            continue
        message = entry.message
        via = message.via
        if message.is_request and via is not None and via.port and via.port != entry.source.port:
            homes[entry.source] = Endpoint(entry.source.host, via.port)
    return homes


@dataclass(slots=True)
class _Collector:
    exchanges: Exchanges = field(default_factory=Exchanges)
    _by_key: dict[_Key, Transaction] = field(default_factory=dict)
    _by_branch: dict[tuple[str, str, str], list[Transaction]] = field(default_factory=dict)
    _by_hop: dict[tuple[str, _Hop], list[Transaction]] = field(default_factory=dict)
    _invites: dict[tuple[str, str, int], list[Transaction]] = field(default_factory=dict)

    def take(self, entry: MessageEntry) -> None:
        """Put one message where it belongs."""
        message = entry.message
        if message.is_request and message.method:
            taken = self._ack(entry, message) if message.method == "ACK" else self._request(entry, message)
        else:
            taken = message.status > 0 and self._response(entry, message)
        if not taken:
            self.exchanges.strays.append(entry)

    def _request(self, entry: MessageEntry, message: Message) -> bool:
        hop = entry.source, entry.destination
        key = message.branch, message.method, message.call_id, message.cseq_number, hop
        known = self._by_key.get(key)
        if known is not None:
            known.copies.append(entry)
            return True
        made = Transaction(entry)
        self._by_key[key] = made
        self._by_branch.setdefault((message.branch, message.method, message.call_id), []).append(made)
        self._by_hop.setdefault((message.branch, hop), []).append(made)
        if message.method == "INVITE":
            group = message.call_id, message.from_tag, message.cseq_number
            self._invites.setdefault(group, []).append(made)
        before = self._hop_before(made, message)
        if before is not None:
            before.onward.append(made)
        else:
            self.exchanges.transactions.append(made)
        return True

    def _hop_before(self, made: Transaction, message: Message) -> Transaction | None:
        """The transaction that a proxy sent on as `made`: its Via stands right below the proxy's own
        (RFC 3261 section 16.6, item 8)."""
        vias = message.values("via")
        if len(vias) < 2:
            return None
        branch = Via.parse(vias[1]).branch
        for candidate in self._by_branch.get((branch, message.method, message.call_id), ()):
            same_host = candidate.receiver.host == made.sender.host
            if candidate is not made and candidate.number == made.number and same_host:
                return candidate
        return None

    def _response(self, entry: MessageEntry, message: Message) -> bool:
        hop = entry.destination, entry.source
        by_branch = self._by_branch.get((message.branch, message.cseq_method, message.call_id), [])
        # The branch is enough (RFC 3261 section 17.1.3); the rest helps where a broken peer used one twice.
        candidates = [one for one in by_branch if one.number in (message.cseq_number, -1)] or by_branch
        candidates = candidates or self._misnamed(message, hop)
        if not candidates:
            return False
        exact = [one for one in candidates if (one.sender, one.receiver) == hop]
        near = [one for one in candidates if one.sender == hop[0]]
        found = (exact or near or candidates)[-1]
        if exact and _spoilt(found, message):
            found.spoilt.append(entry)
        else:
            found.add_response(entry)
        return True

    def _misnamed(self, message: Message, hop: _Hop) -> list[Transaction]:
        """Transactions between the same two whose branch a response has, but not Call-ID or CSeq."""
        return [
            one
            for one in self._by_hop.get((message.branch, hop), ())
            if message.cseq_method in (one.method, "") and message.branch
        ]

    def _ack(self, entry: MessageEntry, message: Message) -> bool:
        """An ACK goes with its INVITE: by branch after a 3xx-6xx, by CSeq number and tags after a 2xx."""
        group = message.call_id, message.from_tag, message.cseq_number
        candidates = self._invites.get(group, [])
        if not candidates:
            return False
        source, destination = entry.source, entry.destination
        same_branch = [one for one in candidates if one.request.message.branch == message.branch]
        same_hop = [one for one in candidates if (one.sender, one.receiver) == (source, destination)]
        same_sender = [one for one in candidates if one.sender == source]
        found = (same_branch or same_hop or same_sender or candidates)[-1]
        if found.spoilt and found.final is None:  # it was taken all the same
            for answer in found.spoilt:
                found.add_response(answer)
            found.spoilt.clear()
        found.acks.append(entry)
        return True


def _spoilt(transaction: Transaction, answer: Message) -> bool:
    """True for a response that the sender of the request has to throw away."""
    present = answer.names()
    if not ("from" in present and "to" in present and "call-id" in present and "cseq" in present):
        return True
    return len(answer.values("via")) != len(transaction.request.message.values("via"))
