"""Practices on what gets lost on the way: context headers, Referred-By, and reports that nobody could read.

Must not live here: what a Refer-To URI carries (`uri_forming.py`, `triggered.py`).
"""

from collections import Counter
from collections.abc import Iterator

from harness.judge.claims import unreadable
from harness.judge.judged import judged
from harness.judge.rule import PASSED, Check, rule
from harness.judge.rules.facts import arrival_ns, facts_of, tried_to_change, wanted_target
from harness.judge.rules.triggered import triggered_invites
from harness.judge.thresholds import PROMPT_NS
from harness.trace.entries import MessageEntry
from harness.trace.model import Case, Transfer
from harness.wire.sip.headers import NameAddress
from harness.wire.sip.message import Message
from harness.wire.sip.uri import equivalent

_USER_TO_USER = "user-to-user"

_MARKS = (b"\nX-", b"\nx-", b"\nUser-", b"\nuser-")
"""What a message with such a header holds; most have none, and are not cut into headers for it."""


def context_of(message: Message) -> dict[str, list[str]]:
    """The headers that carry context for people: X- headers and User-to-User, by lower-case name.

    Each with the values of all its rows, in order.
    """
    found: dict[str, list[str]] = {}
    if any(mark in message.raw for mark in _MARKS):
        for name, value in message.headers():
            if name[:2] in ("X-", "x-") or name.lower() == _USER_TO_USER:
                found.setdefault(name.lower(), []).append(value.strip())
    return found


def _lost(given: MessageEntry, taken: MessageEntry) -> list[str]:
    """The names, as written, that lost a value; rows may be joined by commas (RFC 3261 section 7.3.1)."""
    had = context_of(given.message)
    has = context_of(taken.message) if had else {}
    lost = {name for name, values in had.items() if not _arrived(values, has.get(name, []))}
    written = {name.lower(): name for name, _ in given.message.headers()} if lost else {}
    return [written[name] for name in had if name in lost]


def _arrived(given: list[str], taken: list[str]) -> bool:
    return not Counter(given) - Counter(taken) or ", ".join(given) == ", ".join(taken)


@rule(
    "context-lost",
    level="PRACTICE",
    severity="loses-context",
    cites="practice",
    role="referee",
    text="The context in the REFER's own headers arrives at the refer target.",
)
def context_arrives(case: Case) -> Iterator[Check]:
    """Compare X- headers and User-to-User; of a phone it is information, for no RFC asks it to copy them."""
    for transfer in case.transfers:
        refer = transfer.refer.request
        if not context_of(refer.message):
            continue
        for invite in triggered_invites(transfer):
            lost = _lost(refer, invite.request)
            if not lost:
                yield PASSED
                continue
            text = f"{', '.join(lost)} of the REFER did not arrive at the refer target"
            blame = Check.informed if transfer.moved is None else Check.failed
            yield blame(text, invite.request, refer, who=invite.sender)


def _relayed(case: Case) -> Iterator[tuple[Transfer, Transfer]]:
    """(a REFER that a B2BUA got, the REFER it sent on for it): same target, within 4 s."""
    if len(case.transfers) < 2:
        return
    for first in case.transfers:
        target = wanted_target(first)
        for other in case.transfers:
            gap_ns = other.refer.request.at_ns - first.refer.request.at_ns
            if other.referrer != first.referee or not 0 <= gap_ns <= PROMPT_NS or target is None:
                continue
            same = wanted_target(other)
            if same is not None and same.uri.user == target.uri.user:
                yield first, other
                break


@rule(
    "referred-by-preserved",
    level="PRACTICE",
    severity="loses-context",
    cites="RFC 3892 section 2.2",
    role="referee",
    text="A B2BUA that passes a REFER on leaves Referred-By as it is.",
)
def referred_by_survives(case: Case) -> Iterator[Check]:
    """Compare Referred-By on both sides by value."""
    for first, other in _relayed(case):
        given = first.refer.request.message.first("referred-by")
        if given is None:
            continue
        passed = other.refer.request.message.first("referred-by")
        evidence = (other.refer.request, first.refer.request)
        if passed is None:
            text = "the REFER was passed on without its Referred-By"
            yield Check.failed(text, *evidence, who=other.referrer)
        elif equivalent(NameAddress.parse(given).uri, NameAddress.parse(passed).uri):
            yield PASSED
        else:
            text = f"Referred-By {given} was passed on as {passed}"
            yield Check.failed(text, *evidence, who=other.referrer)


@rule(
    "context-survives-b2bua",
    level="PRACTICE",
    severity="loses-context",
    cites="practice",
    role="referee",
    text="A B2BUA that passes a call or a REFER on keeps its context headers.",
)
def context_survives(case: Case) -> Iterator[Check]:
    """Compare X- headers and User-to-User of both sides: of relayed REFERs, and of bridged calls.

    An X- header of a call may be a matter between two hops: of bridged calls only User-to-User counts, and
    what the plan hands over as context; the rest is information.
    """
    for one, other in _relayed(case):
        yield from _through(one.refer.request, other.refer.request, None)
    plan = judged(case).parties.plan
    meant = {_USER_TO_USER, *(name.lower() for name, _ in (() if plan is None else plan.context_headers))}
    for leg in case.legs:
        inner = leg.bridged
        if inner is not None and leg.invites and inner.invites and leg.callee.host == inner.caller.host:
            given, taken = leg.invites[0].request, inner.invites[0].request
            if given.n < taken.n:
                yield from _through(given, taken, meant)


def _through(given: MessageEntry, taken: MessageEntry, meant: set[str] | None) -> Iterator[Check]:
    """Compare both sides of a B2BUA; `meant` are the names that count, None: all."""
    if not context_of(given.message):
        return
    lost = _lost(given, taken)
    if not lost:
        yield PASSED
        return
    blame = Check.failed if meant is None or any(name.lower() in meant for name in lost) else Check.informed
    yield blame(f"{', '.join(lost)} did not get through the B2BUA", taken, given, who=taken.source)


@rule(
    "outcome-only-from-sipfrag",
    level="PRACTICE",
    severity="breaks-transfer",
    cites="RFC 3515 section 2.4.5",
    role="referrer",
    text="The referrer takes a transfer as done only when a sipfrag says so.",
)
def unreadable_report_is_no_success(case: Case) -> Iterator[Check]:
    """Look for a BYE of the referrer within 4 s of a NOTIFY it accepted but that is no report."""
    facts = facts_of(case)
    for transfer in case.transfers:
        leg, reports = transfer.leg, facts.reports_of(transfer)
        silent = (r for r in reports if r.status is None and (r.transaction.final_status or 300) < 300)
        odd = next((report for report in silent if unreadable(report.transaction)), None)
        if leg is None or odd is None:
            continue
        bye = leg.bye
        since_ns = arrival_ns(odd.entry)
        if tried_to_change(leg, transfer.referrer, since_ns):
            yield PASSED
            continue
        told = any(report.final and report.entry.at_ns <= since_ns + PROMPT_NS for report in reports)
        soon = bye is not None and 0 <= bye.request.at_ns - since_ns <= PROMPT_NS
        if bye is not None and soon and bye.sender == transfer.referrer and not told:
            text = "the referrer hung up on a NOTIFY whose body tells no outcome"
            yield Check.failed(text, bye.request, odd.entry, who=transfer.referrer)
        else:
            yield PASSED
