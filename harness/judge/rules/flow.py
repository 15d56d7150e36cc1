"""Rules on the order of a basic transfer: who leaves when, who takes the caller back (RFC 5589 section 6).

Must not live here: the referee's BYE and the BYE after success (`referee.py`), practices (`practice.py`).
"""

from collections.abc import Iterator

from harness.base.endpoint import Endpoint
from harness.judge.claims import owed, subscriber_refused
from harness.judge.hold import held_at, resumed
from harness.judge.judged import judged
from harness.judge.rule import PASSED, Check, rule
from harness.judge.rules.facts import Report, arrival_ns, facts_of, in_dialog, names_dialog, tried_to_change
from harness.judge.rules.outside import said_by
from harness.judge.thresholds import PROMPT_NS, RETRIEVE_NS, TRANSACTION_TIMEOUT_NS
from harness.trace.model import Case, Leg


@rule(
    "RFC5589-6-1",
    level="SHOULD",
    severity="interop-risk",
    cites="RFC 5589 section 6",
    role="any",
    text="Who takes part in transfers lists REFER and NOTIFY in Allow when a call begins",
)
def transfer_methods_are_announced(case: Case) -> Iterator[Check]:
    """Look at Allow of both sides' first INVITE or its 2xx; a missing Allow is information."""
    for leg, ends in _referring(case):
        for who in ends:
            said = [entry for entry in said_by(leg, who) if entry.message.first("contact") is not None]
            if not said:
                continue
            allowed = ", ".join(row.upper() for entry in said for row in entry.message.rows("allow"))
            missing = [method for method in ("REFER", "NOTIFY") if method not in allowed]
            if not allowed:
                yield Check.informed("no message that formed the dialog has Allow", said[0], who=who)
            elif missing:
                text = f"Allow does not list {' and '.join(missing)}"
                yield Check.failed(text, said[0], who=who)
            else:
                yield PASSED


def _referring(case: Case) -> Iterator[tuple[Leg, tuple[Endpoint, Endpoint]]]:
    """Every leg that carried a REFER, once, with the two ends of the REFER."""
    seen: set[int] = set()
    for transfer in case.transfers:
        if transfer.leg is not None and transfer.leg.number not in seen:
            seen.add(transfer.leg.number)
            yield transfer.leg, (transfer.referrer, transfer.referee)


@rule(
    "RFC5589-6-2",
    level="MAY",
    severity="breaks-transfer",
    cites="RFC 5589 section 6",
    role="referrer",
    text="The referrer does not hang up before its REFER is answered",
)
def referrer_waits_for_the_answer(case: Case) -> Iterator[Check]:
    """Compare the referrer's BYE with the final response; a BYE after the 2xx is a legal blind transfer.

    An early BYE is allowed: it is a fault only where the transfer then failed, with nobody to fall back on.
    """
    came_to = {attempt.number: attempt.true_outcome for attempt in judged(case).attempts}
    for transfer in case.transfers:
        leg, final = transfer.leg, transfer.refer.final
        if leg is None or leg.bye is None or leg.bye.sender != transfer.referrer:
            continue
        bye, asked = leg.bye.request, transfer.refer.request
        if final is not None and final.at_ns <= bye.at_ns:
            yield PASSED
        elif final is not None and bye.n > asked.n and bye.at_ns - asked.at_ns < TRANSACTION_TIMEOUT_NS:
            text = "the referrer sent BYE before its REFER was answered"
            failed = came_to.get(transfer.number) in ("failed", "refused")
            yield (Check.failed if failed else Check.informed)(text, bye, asked, who=transfer.referrer)


@rule(
    "RFC5589-6.3-1",
    level="SHOULD",
    severity="breaks-transfer",
    cites="RFC 5589 section 6.3",
    role="referrer",
    text="After a failed transfer the referrer takes the held caller back or tries again",
)
def caller_is_taken_back(case: Case) -> Iterator[Check]:
    """Look for a resume by either side, or another REFER, within 5 s, and for a BYE instead of it.

    A call that never was on hold needs no resume.
    """
    facts = facts_of(case)
    for transfer in case.transfers:
        leg, told = transfer.leg, _failure(facts.reports_of(transfer))
        if leg is None or told is None or not told.entry.arrived or not leg.up_at(told.entry.at_ns):
            continue
        sent = (told.entry, *told.transaction.copies)  # a copy may have overtaken the first
        since_ns = min(arrival_ns(entry) for entry in sent if entry.arrived)
        if _answered_elsewhere(case, since_ns):
            continue
        again = any(other.refer.request.at_ns >= told.entry.at_ns for other in case.transfers)
        again = again or tried_to_change(leg, transfer.referrer, since_ns)
        back = resumed(leg, since_ns)
        bye = leg.bye
        if again or (back is not None and back.at_ns - since_ns <= RETRIEVE_NS):
            yield PASSED
        elif (
            bye is not None and bye.sender != transfer.referrer and bye.request.at_ns - since_ns < RETRIEVE_NS
        ):
            continue  # the other side, or the caller, left first
        elif bye is not None and bye.request.at_ns - since_ns <= RETRIEVE_NS:
            text = "after the failure the referrer hung up instead of taking the caller back"
            yield Check.failed(text, bye.request, told.entry, who=transfer.referrer)
        elif not held_at(leg, since_ns):
            continue  # nothing to take back
        elif facts.waited(since_ns, RETRIEVE_NS):
            text = "the caller was still on hold 5 s after the failure was reported"
            yield Check.failed(text, told.entry, who=transfer.referrer)
        else:
            yield facts.too_short(since_ns, "the failure was reported", told.entry)


def _failure(reports: list[Report]) -> Report | None:
    """The first report of a failure; None when a success was reported, too."""
    if any(report.final and (report.status or 0) < 300 for report in reports):
        return None
    return next((report for report in reports if report.final), None)


def _answered_elsewhere(case: Case, at_ns: int) -> bool:
    """True when the caller is with somebody all the same: by this REFER, or by another."""
    return any(leg.up_at(at_ns) for transfer in case.transfers for leg in transfer.triggered)


@rule(
    "RFC5057-5.5-1",
    level="SHOULD",
    severity="breaks-transfer",
    cites="RFC 5057 section 5.5",
    role="notifier",
    text="BYE ends the call, not the subscription; terminated ends the subscription, not the call",
)
def usages_end_by_themselves(case: Case) -> Iterator[Check]:
    """After the referrer's BYE the outcome is still reported; after terminated the call still answers."""
    facts = facts_of(case)
    for transfer in case.transfers:
        leg = transfer.leg
        if leg is None or not in_dialog(transfer.refer):
            continue
        reports = facts.reports_of(transfer)
        over = next((report for report in reports if report.terminated), None)
        if over is not None:
            left_ns = None if transfer.moved is None else transfer.moved.ended_ns
            yield from _call_lives_on(leg, over, transfer.referee, left_ns)
        bye = leg.bye
        if bye is None or bye.sender != transfer.referrer or not owed(transfer):
            continue
        if not any(report.entry.at_ns < bye.request.at_ns for report in reports):
            continue  # whether there is any NOTIFY is another rule's matter
        if any(report.final and report.entry.at_ns >= bye.request.at_ns for report in reports):
            yield PASSED
        elif not any(report.final for report in reports) and subscriber_refused(transfer) is None:
            known_ns = max((leg.ended_ns or leg.answered_ns or 0 for leg in transfer.triggered), default=0)
            if known_ns > bye.request.at_ns and facts.waited(known_ns, PROMPT_NS):
                text = "after the referrer's BYE nothing was reported any more"
                yield Check.failed(text, bye.request, transfer.refer.final, who=transfer.referee)


def _call_lives_on(leg: Leg, over: Report, referee: Endpoint, left_ns: int | None) -> Iterator[Check]:
    """Judge what the referee answers in the call after its terminated NOTIFY, until somebody ends it."""
    for each in leg.transactions:
        final = each.final
        if each.sender == referee or each.request.at_ns <= over.entry.at_ns or final is None:
            continue
        if not names_dialog(leg, each.request):
            continue
        if left_ns is not None and left_ns <= final.at_ns:  # the moved party hung up: the call is over
            continue
        if each.method not in ("INVITE", "UPDATE", "INFO") or (
            leg.bye and each.request.n > leg.bye.request.n
        ):
            continue
        if final.message.status == 481 and not (leg.bye and leg.bye.sender == referee):
            text = f"{each.method} in the call was refused with 481 after the subscription had ended"
            yield Check.failed(text, final, over.entry, who=referee)
        else:
            yield PASSED


@rule(
    "RFC7647-5-2",
    level="MUST",
    severity="breaks-transfer",
    cites="RFC 7647 section 5",
    role="referrer",
    text="202 to a REFER is taken like 200",
)
def old_code_is_understood(case: Case) -> Iterator[Check]:
    """Look for the same REFER again within 4 s of the 202, with no NOTIFY of a failure between."""
    facts = facts_of(case)
    for transfer in case.transfers:
        final = transfer.refer.final
        if final is None or final.message.status != 202 or not final.arrived:
            continue
        first = transfer.refer.request
        wanted = first.message.first("refer-to")
        again = [
            other.refer.request
            for other in case.transfers
            if other.referrer == transfer.referrer
            and other.refer.request.message.first("refer-to") == wanted
            and arrival_ns(final) < other.refer.request.at_ns < arrival_ns(final) + PROMPT_NS
        ]
        if not again or _failure(facts.reports_of(transfer)) is not None:
            yield PASSED
        else:
            text = "the REFER was sent again although it had been accepted with 202"
            yield Check.failed(text, again[0], final, who=transfer.referrer)
