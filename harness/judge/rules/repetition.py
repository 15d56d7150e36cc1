"""Rules on what is sent again, and when: requests without an answer, ringing, INVITEs after the 2xx.

Must not live here: that what is sent again is the same (`retransmission.py`).
"""

from collections.abc import Iterator
from itertools import pairwise

from harness.base.instant import MS, SECOND, format_duration
from harness.judge.rule import PASSED, Check, rule
from harness.judge.rules.facts import Facts, arrival_ns, facts_of, on_datagrams
from harness.judge.thresholds import REPEATED_NS, TRANSACTION_TIMEOUT_NS
from harness.trace.entries import MessageEntry
from harness.trace.model import Case, Transaction

DOUBLED_NS = 50 * MS
"""What comes again this soon was doubled by the network, not sent again."""

TOO_SOON_NS = 250 * MS
"""Half of T1: no clock is that wrong (limit of the harness)."""

TOO_LONG_NS = TRANSACTION_TIMEOUT_NS + TRANSACTION_TIMEOUT_NS // 5
"""64*T1, and a fifth for the clock of whoever counts."""

RINGS_NS = 65 * SECOND
"""A minute, and 5 s of tolerance (limit of the harness)."""


def _repeated(facts: Facts, transaction: Transaction) -> Check | None:
    """Judge how a request without an answer was sent again; None where there is nothing to judge."""
    first = transaction.request
    sent = [first, *transaction.copies]
    if first.sent_ns is None and first.stamp_source != "capture":
        return None  # only the receiver was seen: the network may have changed every gap
    method, who = transaction.method, transaction.sender
    if not on_datagrams(first):
        again = next((copy for copy in transaction.copies if copy.at_ns - first.at_ns > DOUBLED_NS), None)
        if again is None:
            return PASSED if not transaction.responses else None
        text = f"{method} was sent again over {first.transport}, which loses nothing"
        return Check.failed(text, again, first, who=who)
    for before, after in pairwise(sent):
        gap_ns = after.at_ns - before.at_ns
        if DOUBLED_NS < gap_ns < TOO_SOON_NS:
            text = f"{method} was sent again after {format_duration(gap_ns // MS * MS)}"
            return Check.failed(text, after, before, who=who)
    if sent[-1].at_ns - first.at_ns > TOO_LONG_NS:
        late = format_duration((sent[-1].at_ns - first.at_ns) // MS * MS)
        return Check.failed(f"{method} was sent again {late} after the first time", sent[-1], first, who=who)
    return PASSED if len(sent) > 1 else _sent_once(facts, transaction)


def _sent_once(facts: Facts, transaction: Transaction) -> Check | None:
    first, method = transaction.request, transaction.method
    heard = next((entry for entry in transaction.responses if entry.arrived), None)
    if heard is not None and arrival_ns(heard) - first.at_ns <= REPEATED_NS:
        return None
    if heard is None and not facts.closed and facts.ended_ns - first.at_ns <= REPEATED_NS:
        return None
    if not transaction.responses and facts.case.trace.header.mode != "virtual":
        # A transport error ends the transaction (RFC 3261 section 17.1.4), and no trace shows ICMP.
        text = f"{method} got no answer and was not sent again; an ICMP error may have ended it"
        return Check.undecided(text, first)
    return Check.failed(
        f"{method} got no answer for 1 s and was not sent again", first, who=transaction.sender
    )


@rule(
    "RFC3261-17.1.1.2-1",
    level="MUST",
    severity="interop-risk",
    cites="RFC 3261 section 17.1.1.2",
    role="any",
    text="An INVITE without an answer is sent again over UDP after 0.5 s, 1 s, 2 s ..., and never over TCP",
)
def invite_is_repeated(case: Case) -> Iterator[Check]:
    """Judge INVITEs that were sent again, or got no answer for a second."""
    yield from _each(case, invites=True)


@rule(
    "RFC3261-17.1.2.2-1",
    level="MUST",
    severity="breaks-transfer",
    cites="RFC 3261 section 17.1.2.2",
    role="any",
    text="Any other request without an answer is sent again over UDP after 0.5 s, 1 s, 2 s, 4 s ...",
)
def request_is_repeated(case: Case) -> Iterator[Check]:
    """Judge requests other than INVITE that were sent again, or got no answer for a second."""
    yield from _each(case, invites=False)


def _each(case: Case, *, invites: bool) -> Iterator[Check]:
    facts = facts_of(case)
    for transaction in facts.transactions:
        if (transaction.method == "INVITE") is not invites or transaction.method == "ACK":
            continue
        quick = transaction.responses and transaction.responses[0].arrived and not transaction.copies
        if quick and transaction.responses[0].at_ns - transaction.request.at_ns < TOO_SOON_NS:
            continue  # answered at once: by far the most
        check = _repeated(facts, transaction)
        if check is not None:
            yield check


@rule(
    "RFC3261-13.3.1.1-1",
    level="MUST",
    severity="breaks-transfer",
    cites="RFC 3261 section 13.3.1.1",
    role="refer target",
    text="A phone that rings for long says so again every minute, so that no proxy gives up",
)
def ringing_is_repeated(case: Case) -> Iterator[Check]:
    """Judge the gaps between the 101-199 of INVITEs that were pending for more than a minute."""
    facts = facts_of(case)
    for leg in case.legs:
        for invite in leg.in_method("INVITE"):
            final = invite.final
            end_ns = facts.ended_ns if final is None else final.at_ns
            rung = [entry for entry in invite.provisionals if entry.message.status > 100]
            if not rung or end_ns - invite.request.at_ns <= RINGS_NS:
                continue
            stops_ns = min(end_ns, *(b.request.at_ns for b in leg.in_method("BYE", "CANCEL")), end_ns)
            times = [*(entry.at_ns for entry in rung if entry.at_ns < stops_ns), stops_ns]
            longest_ns = max((after - before for before, after in pairwise(times)), default=0)
            if longest_ns <= RINGS_NS:
                yield PASSED
            else:
                gap = format_duration(longest_ns // MS * MS)
                text = f"nothing was heard of the ringing for {gap}"
                yield Check.failed(text, rung[-1], invite.request, who=rung[-1].source)


@rule(
    "RFC6026-7.1-1",
    level="MUST",
    severity="breaks-transfer",
    cites="RFC 6026 section 7.1",
    role="any",
    text="An INVITE that comes again after its 2xx starts no new call",
)
def late_invite_is_absorbed(case: Case) -> Iterator[Check]:
    """Look for another To tag, or ringing, in answers to an INVITE that arrived again after the 2xx."""
    for leg in case.legs:
        for invite in leg.in_method("INVITE"):
            accepted = next((e for e in invite.responses if 200 <= e.message.status < 300), None)
            if accepted is None or not invite.copies or invite.onward:
                continue
            copies = [copy for copy in invite.copies if copy.arrived and arrival_ns(copy) > accepted.at_ns]
            if not copies:
                continue
            anew = _begun_anew(invite, accepted, copies[0])
            if anew is None:
                yield PASSED
            else:
                text = f"a repeated INVITE was answered with a new {anew.message.status} after its 2xx"
                yield Check.failed(text, anew, copies[0], who=anew.source)


def _begun_anew(invite: Transaction, accepted: MessageEntry, copy: MessageEntry) -> MessageEntry | None:
    """The answer that shows a second call: another To tag, or a 1xx, later than the repeated INVITE.

    What has the bytes of an earlier answer was held up or doubled by the network, and tells nothing new.
    """
    known: set[bytes] = set()
    for entry in invite.responses:
        other_tag = entry.message.to_tag not in ("", accepted.message.to_tag)
        new = entry.raw not in known
        known.add(entry.raw)
        if new and entry.at_ns > arrival_ns(copy) and (other_tag or entry.message.status < 200):
            return entry
    return None
