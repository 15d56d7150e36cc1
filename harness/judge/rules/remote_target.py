"""Where a request inside a dialog must go: remote target and route set, as far as the trace shows.

Both are read from the same hop the request was seen on, so that a proxy that rewrites Contact on its
other side is not held against anybody. Must not live here: rules (`refer.py`, `dialog.py`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from harness.base.endpoint import Endpoint
from harness.judge.rule import PASSED, Check
from harness.judge.thresholds import CROSSING_NS
from harness.trace.model import Leg, Transaction
from harness.wire.sip.grammar import Parameters
from harness.wire.sip.headers import NameAddress
from harness.wire.sip.uri import Uri, equivalent

_REFRESHING = frozenset(("INVITE", "UPDATE", "SUBSCRIBE", "NOTIFY", "REFER"))
"""Target refresh requests (RFC 6665 sections 3.1 and 3.2, RFC 3261 section 12.2, RFC 3311)."""


@dataclass(frozen=True, slots=True)
class Target:
    """A Contact: who gave it in which dialog role and to whom, when, whether by INVITE or UPDATE, and whether
    in a request."""

    since_ns: int
    text: str
    by_call: bool
    by_request: bool
    hop: tuple[Endpoint, Endpoint]
    """Who gave it, and to whom."""
    tag: str
    """The dialog tag of who gave it."""


def misrouted(leg: Leg, transaction: Transaction) -> Iterator[Check]:
    """Check one in-dialog request against the dialog; nothing when its start is not in the trace."""
    entry, what = transaction.request, transaction.method
    message = entry.message
    latest = latest_target(leg, transaction)
    if latest is None:
        return
    if latest.text != message.uri and not _may_go_to(message.uri, accepted_targets(leg, transaction)):
        text = f"the {what} goes to {message.uri}, but the peer's Contact is <{latest.text}>"
        yield Check.failed(text, entry, who=entry.source)
        return
    if not records_route(leg) and message.values("route") and len(message.values("via")) == 1:
        # RFC 3261 section 12.2.1.1: with an empty route set the request MUST NOT have a Route. Information
        # only, because many user agents are told to go by an outbound proxy.
        yield Check.informed(f"the {what} has a Route, but no proxy recorded itself", entry, who=entry.source)
        return
    wanted = route_set(leg, transaction) if records_route(leg) else None
    if wanted is None or _same_route(message.values("route"), wanted):
        yield PASSED
    else:
        text = f"the Route of the {what} is not the dialog's route set ({', '.join(wanted)})"
        yield Check.failed(text, entry, who=entry.source)


def _may_go_to(uri: str, accepted: list[str]) -> bool:
    return any(same_target(uri, text) for text in accepted)


def latest_target(leg: Leg, transaction: Transaction) -> Target | None:
    """The Contact the peer gave last before this request, on the same hop."""
    at_ns, tag = transaction.request.at_ns, transaction.request.message.to_tag
    hop = (transaction.receiver, transaction.sender)
    for target in reversed(targets_of(leg)):
        if target.since_ns < at_ns and target.hop == hop and target.tag == tag:
            return target
    return None


def accepted_targets(leg: Leg, transaction: Transaction) -> list[str]:
    """URIs the request may be sent to, the likeliest first; empty when the trace does not tell."""
    at_ns, tag = transaction.request.at_ns, transaction.request.message.to_tag
    hop = (transaction.receiver, transaction.sender)
    known = [
        target
        for target in targets_of(leg)
        if target.hop == hop and target.tag == tag and target.since_ns < at_ns
    ]
    if not known:
        return []
    accepted = [known[-1].text]
    # Stacks differ on whether REFER and NOTIFY refresh the target (RFC 5057 section 5.4): both pass.
    accepted += [target.text for target in reversed(known) if target.by_call][:1]
    accepted += [target.text for target in reversed(known) if target.by_request][:1]
    accepted += [before.text for before, after in pairwise(known) if at_ns - after.since_ns < CROSSING_NS]
    return accepted


@lru_cache(maxsize=16)
def targets_of(leg: Leg) -> tuple[Target, ...]:
    """Every Contact that can set a remote target, on each hop; kept for the legs last asked about."""
    found = []
    for transaction in leg.transactions:
        method = transaction.method
        if method not in _REFRESHING:
            continue
        by_call = method in ("INVITE", "UPDATE")
        for hop in transaction.hops():
            message, forth = hop.request.message, (hop.sender, hop.receiver)
            if message.contact_uri:
                found.append(
                    Target(hop.request.at_ns, message.contact_uri, by_call, True, forth, message.from_tag)
                )
            for entry in hop.responses:
                message = entry.message
                if 100 < message.status < 300 and message.contact_uri:
                    found.append(
                        Target(entry.at_ns, message.contact_uri, by_call, False, forth[::-1], message.to_tag)
                    )
    return tuple(sorted(found, key=lambda target: target.since_ns))


@lru_cache(maxsize=16)
def records_route(leg: Leg) -> bool:
    """True when a proxy put Record-Route into the INVITE of the leg or into an answer to it."""
    return any(
        entry.message.first("record-route") is not None
        for invite in leg.invites
        for hop in invite.hops()
        for entry in (hop.request, *hop.responses)
    )


def route_set(leg: Leg, transaction: Transaction) -> list[str] | None:
    """The Route values the request must have; None when there is nothing to compare with.

    Only the user agent's own hop is judged: further on, proxies have taken their Route away.
    """
    message = transaction.request.message
    if len(message.values("via")) != 1 or not leg.invites:
        return None
    if message.from_tag == leg.caller_tag:
        answers = [
            entry
            for invite in leg.invites
            for entry in invite.responses
            if entry.message.to_tag == message.to_tag and 200 <= entry.message.status < 300
        ]
        if not answers or leg.invites[-1].sender != transaction.sender:
            return None
        recorded = answers[0].message.values("record-route")[::-1]
    else:
        arrived = [hop for hop in leg.invites[-1].hops() if hop.receiver == transaction.sender]
        if not arrived:
            return None
        recorded = arrived[0].request.message.values("record-route")
    loose = all(NameAddress.parse(value).uri.parameter("lr") is not None for value in recorded)
    # RFC 3261 section 12.2.1.1: behind a strict router Request-URI and Route change places.
    return recorded if recorded and loose else None


def same_target(left: str, right: str) -> bool:
    """True when a Request-URI is the Contact it was taken from: equal by RFC 3261 section 19.1.4, and
    no parameter lost, because the remote target is copied whole (RFC 3261 section 12.2.1.1)."""
    if left == right:
        return True
    one, other = Uri.parse(left), Uri.parse(right)
    return equivalent(one, other) and _names(one.parameters) == _names(other.parameters)


def _names(parameters: Parameters) -> set[str]:
    return {name.lower() for name, _ in parameters}


def _same_route(written: list[str], wanted: list[str]) -> bool:
    if len(written) != len(wanted):
        return False
    return all(
        same_target(NameAddress.parse(one).uri.text, NameAddress.parse(other).uri.text)
        for one, other in zip(written, wanted, strict=True)
    )
