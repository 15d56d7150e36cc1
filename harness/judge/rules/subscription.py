"""Rules on the subscriber: how the referrer answers the NOTIFYs about its REFER.

Must not live here: what is in the NOTIFYs (`notify.py`, `sipfrag.py`).
"""

from collections.abc import Iterator

from harness.base.instant import MS, format_duration
from harness.judge.rule import PASSED, Check, rule
from harness.judge.rules.facts import (
    SUBSCRIPTION_ENDING,
    Report,
    arrival_ns,
    bye_of,
    can_be_answered,
    facts_of,
    first_arrival,
    names_dialog,
    nobody_there,
    overtaken,
)
from harness.judge.thresholds import PROMPT_NS, TRANSACTION_TIMEOUT_NS
from harness.trace.model import Case


@rule(
    "RFC3515-2.4.4-3",
    level="MUST",
    severity="breaks-transfer",
    cites="RFC 3515 section 2.4.4",
    role="subscriber",
    text="The referrer accepts a NOTIFY that overtakes the answer to its REFER",
)
def early_notify_is_accepted(case: Case) -> Iterator[Check]:
    """Judge the answer to NOTIFYs that arrived before the final response to the REFER."""
    for report in facts_of(case).reports:
        answer = report.transaction.final
        if not _overtaking(report) or answer is None:
            continue
        if answer.message.status < 300 or answer.message.status in (401, 407):
            yield PASSED
        else:
            text = f"a NOTIFY that overtook the answer to the REFER was refused with {answer.message.status}"
            yield Check.failed(text, answer, report.entry, who=report.transaction.reached)


def _overtaking(report: Report) -> bool:
    """True when the NOTIFY arrived before the (accepting) answer to its REFER did."""
    arrived = first_arrival(report.transaction)
    final = report.transfer.refer.final
    if arrived is None or final is None or not report.transfer.accepted:
        return False
    answers = [
        entry for entry in report.transfer.refer.responses if entry.arrived and entry.message.status >= 200
    ]
    # What arrives in the same instant arrives in the order of the trace.
    return all((arrival_ns(arrived), arrived.n) < (arrival_ns(answer), answer.n) for answer in answers)


@rule(
    "RFC6665-4.1.3-3",
    level="SHOULD",
    severity="breaks-transfer",
    cites="RFC 6665 section 4.1.3",
    role="subscriber",
    text="A NOTIFY that is in order is answered with 200",
)
def good_notify_gets_200(case: Case) -> Iterator[Check]:
    """Judge the answer to well-formed NOTIFYs of live subscriptions."""
    facts = facts_of(case)
    for transfer in case.transfers:
        over = transfer.status is not None and not transfer.accepted  # nobody is subscribed
        for report in facts.reports_of(transfer):
            answer = report.transaction.final
            if answer is None or over or not _in_order(report) or _overtaking(report):
                continue
            status = answer.message.status
            if status in (401, 407) or 200 <= status < 300:
                yield PASSED
            elif status == 500 and overtaken(facts, report.transaction):
                continue
            else:
                text = f"a NOTIFY in order was refused with {status}"
                yield Check.failed(text, answer, report.entry, who=report.transaction.reached)
            over = status in SUBSCRIPTION_ENDING or report.terminated


def _in_order(report: Report) -> bool:
    """True when nothing in the NOTIFY gives a reason to refuse it."""
    state = "" if report.state is None else report.state.state.lower()
    right_event = report.event is not None and report.event.package == "refer"
    known_id = (
        right_event
        and report.event is not None
        and report.event.id in ("", str(report.transfer.refer.number))
    )
    leg = report.transfer.leg
    meant = leg is None or names_dialog(leg, report.entry)
    return meant and known_id and state in ("active", "pending", "terminated") and report.status is not None


@rule(
    "RFC6665-4.1.3-2",
    level="MUST NOT",
    severity="interop-risk",
    cites="RFC 6665 section 4.1.3",
    role="subscriber",
    text="The answer to a NOTIFY does not wait for a human: it comes within 4 s",
)
def notify_is_answered_at_once(case: Case) -> Iterator[Check]:
    """Measure from the first NOTIFY that may have arrived to its answer (limit of the harness)."""
    facts = facts_of(case)
    for report in facts.reports:
        asked = first_arrival(report.transaction)
        if asked is None or not can_be_answered(asked) or nobody_there(facts, report.transaction.reached):
            continue
        answer = report.transaction.final
        if answer is not None:
            delay_ns = answer.at_ns - asked.at_ns
            if delay_ns <= PROMPT_NS:
                yield PASSED
            else:
                text = f"the NOTIFY was answered after {format_duration(delay_ns // MS * MS)}"
                yield Check.failed(text, answer, asked, who=report.transaction.reached)
        elif facts.waited(asked.at_ns, TRANSACTION_TIMEOUT_NS):
            yield Check.failed("the NOTIFY was never answered", asked, who=report.transaction.reached)
        else:
            yield facts.too_short(asked.at_ns, "a NOTIFY, which was not yet answered", asked)


@rule(
    "RFC3420-5-1",
    level="MUST",
    severity="interop-risk",
    cites="RFC 3420 section 5",
    role="subscriber",
    text="message/sipfrag is understood with and without its version parameter",
)
def sipfrag_type_is_known(case: Case) -> Iterator[Check]:
    """Look for 415 to a NOTIFY with a readable sipfrag."""
    for report in facts_of(case).reports:
        answer = report.transaction.final
        if answer is None or not _in_order(report):
            continue
        if answer.message.status != 415:
            yield PASSED
        else:
            yield Check.failed(
                "a NOTIFY with a sipfrag was refused with 415",
                answer,
                report.entry,
                who=report.transaction.reached,
            )


@rule(
    "RFC5057-5.1-1",
    level="SHOULD",
    severity="breaks-transfer",
    cites="RFC 5057 section 5.1",
    role="notifier",
    text="A NOTIFY answered with 481 ends the subscription only, not the call in the same dialog",
)
def refused_notify_spares_the_call(case: Case) -> Iterator[Check]:
    """Look for a BYE of the notifier within 4 s of the 481. Prose in the RFC: information only."""
    for report in facts_of(case).reports:
        answer, leg = report.transaction.final, report.transfer.leg
        if leg is None or answer is None or answer.message.status != 481 or not answer.arrived:
            continue
        bye = bye_of(leg, report.entry.source)
        since_ns = arrival_ns(answer)
        if bye is not None and since_ns <= bye.request.at_ns <= since_ns + PROMPT_NS:
            text = "the notifier ended the call after its NOTIFY was answered 481"
            yield Check.informed(text, bye.request, answer, who=bye.sender)
        else:
            yield PASSED
