"""Rules on the call to the refer target as a whole: that it is made, kept, and its failure told.

Must not live here: what is taken over into its INVITE (`triggered.py`, `uri_forming.py`), whether the
report is true (`sipfrag.py`).
"""

from collections.abc import Iterator

from harness.base.instant import MS, SECOND, format_duration
from harness.judge.claims import owed, subscriber_refused
from harness.judge.parties import number_of
from harness.judge.rule import PASSED, Check, rule
from harness.judge.rules.facts import SUBSCRIPTION_ENDING, Report, arrival_ns, facts_of, unheard
from harness.judge.rules.triggered import triggered_invites
from harness.judge.thresholds import AT_ONCE_NS, EXPIRES_SLACK_NS, PROMPT_NS, TRANSACTION_TIMEOUT_NS
from harness.trace.model import Case, Leg, Transaction, Transfer
from harness.wire.sip.headers import NameAddress
from harness.wire.sip.message import Message

_EXPIRES_DIGITS = 10
"""A delta-seconds has at most so many digits (RFC 3261 section 20.19: up to 2**32-1)."""


def _final_report(case: Case, transfer: Transfer) -> Report | None:
    return next((r for r in reversed(facts_of(case).reports_of(transfer)) if r.final), None)


@rule(
    "RFC3515-2.4.2-2",
    level="MUST",
    severity="breaks-transfer",
    cites="RFC 3515 section 2.4.2",
    role="referee",
    text="Who accepts a REFER contacts the refer target, or reports that it does not",
)
def target_is_contacted(case: Case) -> Iterator[Check]:
    """Look for the triggered call, or for a reported failure; only a whole trace shows that there is none."""
    facts = facts_of(case)
    for transfer in case.transfers:
        final = transfer.refer.final
        if final is None or not transfer.accepted:
            continue
        told = _final_report(case, transfer)
        if transfer.triggered or (told is not None and (told.status or 0) >= 300):
            yield PASSED
        elif not facts.closed:
            yield Check.undecided("the call to the refer target is not in the trace", final)
        elif told is not None or not _left_soon(transfer.moved, final.at_ns):
            told_entry = None if told is None else told.entry
            text = "the REFER was accepted, but nobody was called and no failure was reported"
            yield Check.failed(text, final, told_entry, who=transfer.referee)


def _left_soon(moved: Leg | None, since_ns: int) -> bool:
    """True when the moved party hung up before the target could be called."""
    return moved is not None and moved.bye is not None and moved.bye.request.at_ns - since_ns < PROMPT_NS


@rule(
    "RFC3515-2.4.4-4",
    level="SHOULD NOT",
    severity="breaks-transfer",
    cites="RFC 3515 section 2.4.4",
    role="referee",
    text="A referrer that ends the subscription does not end the call to the refer target",
)
def subscription_is_not_the_call(case: Case) -> Iterator[Check]:
    """Look for a CANCEL after a refused NOTIFY, or a SUBSCRIBE that unsubscribes.

    Only one that follows at once shows its cause; up to 4 s later it is information, for a timer of the
    referee may have run out.
    """
    facts = facts_of(case)
    for transfer in case.transfers:
        ended = [
            arrival_ns(answer)
            for report in facts.reports_of(transfer)
            if (answer := report.transaction.final) is not None
            and answer.message.status in SUBSCRIPTION_ENDING
            and answer.arrived
        ]
        ended += [
            arrival_ns(each.request)
            for each in facts.transactions
            if each.method == "SUBSCRIBE"
            and each.request.message.call_id == transfer.refer.request.message.call_id
            and (each.request.message.first("expires") or "").strip() == "0"
        ]
        for leg in transfer.triggered:
            pending = [
                at for at in ended if leg.began_ns < at and (leg.ended_ns is None or at < leg.ended_ns)
            ]
            if not pending or (leg.answered_ns is not None and leg.answered_ns <= pending[0]):
                continue
            cancel = leg.cancel
            after_ns = PROMPT_NS + 1 if cancel is None else cancel.request.at_ns - pending[0]
            if cancel is None or not 0 <= after_ns <= PROMPT_NS or _had_cause(transfer, leg, cancel):
                yield PASSED
            elif after_ns <= AT_ONCE_NS:
                text = "the call to the refer target was cancelled because the subscription had ended"
                yield Check.failed(text, cancel.request, who=cancel.sender)
            else:
                late = format_duration(after_ns // MS * MS)
                text = f"the call to the refer target was cancelled {late} after the subscription had ended"
                yield Check.informed(text, cancel.request, who=cancel.sender)


def _had_cause(transfer: Transfer, leg: Leg, cancel: Transaction) -> bool:
    """True when the wire shows another reason to cancel: somebody left, the INVITE expired (RFC 3261
    section 13.3.1), or another phone that was rung for the same REFER answered first."""
    at_ns = cancel.request.at_ns
    if _others_left(transfer, at_ns):
        return True
    if any(other.answered_ns is not None and other.answered_ns <= at_ns for other in transfer.triggered):
        return True
    asked = leg.invites[-1].request
    written = (asked.message.first("expires") or "").strip()
    if not (written.isascii() and written.isdigit()) or len(written) > _EXPIRES_DIGITS:
        return False
    return abs(asked.at_ns + int(written) * SECOND - at_ns) <= EXPIRES_SLACK_NS


def _others_left(transfer: Transfer, at_ns: int) -> bool:
    """True when a call ended by then, which is reason enough to cancel the target."""
    legs = (transfer.leg, transfer.moved)
    return any(leg is not None and leg.bye is not None and leg.bye.request.at_ns <= at_ns for leg in legs)


@rule(
    "RFC5589-5-3",
    level="SHOULD",
    severity="breaks-transfer",
    cites="RFC 5589 section 5",
    role="referee",
    text="The triggered INVITE does not offer the media of the referrer",
)
def own_media_is_offered(case: Case) -> Iterator[Check]:
    """Compare the origin line (RFC 8866 section 5.2) with those that the referrer sent."""
    for transfer in case.transfers:
        if transfer.leg is None:
            continue
        theirs = {
            line
            for transaction in transfer.leg.in_method("INVITE", "UPDATE")
            for entry in (transaction.request, *transaction.responses)
            if entry.source == transfer.referrer and (line := _origin(entry.message))
        }
        for invite in triggered_invites(transfer):
            line = _origin(invite.request.message)
            if not line or not theirs:
                continue
            if line in theirs:
                text = "the triggered INVITE offers the session description of the referrer"
                yield Check.failed(text, invite.request, who=invite.sender)
            else:
                yield PASSED


def _origin(message: Message) -> bytes:
    """The o= line of a session description; empty when there is none."""
    body = message.body
    at = body.find(b"o=")
    return b"" if at < 0 else body[at:].partition(b"\n")[0].rstrip(b"\r")


@rule(
    "RFC5589-6.3.2-1",
    level="SHOULD",
    severity="breaks-transfer",
    cites="RFC 5589 section 6.3.2",
    role="notifier",
    text="A refer target that does not answer is cancelled, and the failure is reported",
)
def no_answer_is_reported(case: Case) -> Iterator[Check]:
    """Look for a final NOTIFY of a failure after the referee cancelled the target."""
    facts = facts_of(case)
    for transfer in case.transfers:
        leg = transfer.target_leg
        cancel = None if leg is None else leg.cancel
        if leg is None or cancel is None or leg.answered is not None or not owed(transfer):
            continue
        if subscriber_refused(transfer) is not None or unheard(facts, transfer):
            continue
        told = _final_report(case, transfer)
        evidence = (transfer.refer.final, cancel.request)
        if told is not None:
            if (told.status or 0) >= 300:
                yield PASSED
        elif facts.waited(cancel.request.at_ns, TRANSACTION_TIMEOUT_NS):
            text = "the refer target was cancelled, and no failure was reported"
            yield Check.failed(text, *evidence, who=transfer.referee)
        else:
            yield facts.too_short(cancel.request.at_ns, "the refer target was cancelled", *evidence)


@rule(
    "RFC3892-5-1",
    level="SHOULD",
    severity="interop-risk",
    cites="RFC 3892 section 5",
    role="notifier",
    text="A refer target's 429 is reported as 429, so that the referrer can identify itself",
)
def missing_identity_is_reported(case: Case) -> Iterator[Check]:
    """Compare the final report with a 429 of the target."""
    for transfer in case.transfers:
        leg, told = transfer.target_leg, _final_report(case, transfer)
        if leg is None or leg.refused is None or told is None or leg.refused.message.status != 429:
            continue
        if told.status == 429:
            yield PASSED
        else:
            text = f"the refer target wanted the referrer's identity (429), and {told.status} was reported"
            yield Check.failed(text, told.entry, leg.refused, who=told.entry.source)


@rule(
    "RFC3261-8.1.3.1-1",
    level="MUST",
    severity="breaks-transfer",
    cites="RFC 3261 section 8.1.3.1",
    role="notifier",
    text="A refer target that sends no response at all is reported as 408, or 503",
)
def timeout_is_reported(case: Case) -> Iterator[Check]:
    """Judge the report on an INVITE without any response; another failure is information."""
    for transfer in case.transfers:
        leg, told = transfer.target_leg, _final_report(case, transfer)
        if leg is None or told is None or not leg.invites or any(each.responses for each in leg.invites):
            continue
        asked = leg.invites[-1].request
        waited_ns = told.entry.at_ns - asked.at_ns
        if told.status in (408, 503):
            yield PASSED
        elif (told.status or 0) >= 300:
            waited = format_duration(waited_ns // MS * MS)
            text = f"{told.status} was reported {waited} after an INVITE that nobody answered"
            yield Check.informed(text, told.entry, asked, who=told.entry.source)


@rule(
    "RFC3892-2.2-2",
    level="SHOULD",
    severity="loses-context",
    cites="RFC 3892 section 2.2",
    role="referee",
    text="The refer target sees the identity that the referrer saw",
)
def identity_is_kept(case: Case) -> Iterator[Check]:
    """Compare number or user part of From, or of P-Asserted-Identity, with that in the call of the REFER."""
    for transfer in case.transfers:
        leg = transfer.leg
        if leg is None or not leg.invites:
            continue
        first = leg.invites[0].request.message
        shown = first.from_ if leg.caller == transfer.referee else first.to
        known = number_of(shown.uri)
        for invite in triggered_invites(transfer):
            message = invite.request.message
            if not known or message.first("privacy") or message.from_.uri.host == "anonymous.invalid":
                continue
            seen = [number_of(message.from_.uri), *map(_number, message.values("p-asserted-identity"))]
            if known in seen:
                yield PASSED
            else:
                text = f"the referrer saw {known}, the refer target is shown {seen[0] or 'nobody'}"
                evidence = (invite.request, leg.invites[0].request)
                # Who was called never said who it is: the referrer only knows what was dialled.
                blame = Check.failed if leg.caller == transfer.referee else Check.informed
                yield blame(text, *evidence, who=invite.sender)


def _number(value: str) -> str:
    return number_of(NameAddress.parse(value).uri)
