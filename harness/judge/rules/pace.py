"""Rules on when NOTIFYs are sent and how a subscription runs out.

Must not live here: whether the first NOTIFY comes at once (`notify.py`), what a NOTIFY says (`sipfrag.py`).
"""

from collections.abc import Iterator
from itertools import pairwise

from harness.base.instant import MS, SECOND, format_duration
from harness.judge.rule import PASSED, Check, rule
from harness.judge.rules.facts import SUBSCRIPTION_ENDING, Report, arrival_ns, facts_of
from harness.judge.rules.subscription_state import announced_end, refreshed
from harness.judge.thresholds import FINAL_NOTIFY_NS, PROMPT_NS, TRANSACTION_TIMEOUT_NS
from harness.trace.entries import MessageEntry
from harness.trace.model import Case, Transfer


@rule(
    "RFC3515-3.10-1",
    level="SHOULD NOT",
    severity="cosmetic",
    cites="RFC 3515 section 3.10",
    role="notifier",
    text="A NOTIFY that tells nothing new waits until a second after the one before",
)
def notifies_are_a_second_apart(case: Case) -> Iterator[Check]:
    """Information only. A change is told at once (RFC 6665 section 4.2.2), so it is not counted."""
    facts = facts_of(case)
    for transfer in case.transfers:
        reports = facts.reports_of(transfer)
        for before, after in pairwise(reports):
            gap_ns = after.entry.at_ns - before.entry.at_ns
            if gap_ns >= SECOND or _news(before) != _news(after):
                yield PASSED
            else:
                gap = format_duration(max(0, gap_ns) // MS * MS)
                text = f"a NOTIFY with the same status as the one before came {gap} after it"
                yield Check.informed(text, after.entry, before.entry, who=after.entry.source)


def _news(report: Report) -> tuple[int | None, bool]:
    return report.status, report.terminated


@rule(
    "RFC6665-4.2.2-1",
    level="SHOULD",
    severity="breaks-transfer",
    cites="RFC 6665 section 4.2.2",
    role="notifier",
    text="The outcome is reported as soon as the notifier knows it",
)
def outcome_is_reported_at_once(case: Case) -> Iterator[Check]:
    """Measure from the target's final response to the final NOTIFY; seconds fail, less is information.

    A notifier that waits for the answer to an earlier NOTIFY is not late.
    """
    facts = facts_of(case)
    for transfer in case.transfers:
        reports = facts.reports_of(transfer)
        told = next((report for report in reports if report.final), None)
        known = _known_at(transfer)
        if told is None or known is None or told.entry.at_ns < known.at_ns:
            continue
        since_ns = max([arrival_ns(known), *_answers_after(reports, told, known)])
        delay_ns = told.entry.at_ns - since_ns
        if delay_ns <= FINAL_NOTIFY_NS:
            yield PASSED
            continue
        late = format_duration(delay_ns // MS * MS)
        text = f"the outcome was reported {late} after the refer target's {known.message.status}"
        # Where the notifier was not seen, the network may have lost the first copies.
        limit_ns = PROMPT_NS if told.entry.sent_ns is not None else TRANSACTION_TIMEOUT_NS
        blame = Check.failed if delay_ns > limit_ns else Check.informed
        yield blame(text, told.entry, known, who=told.entry.source)


def _known_at(transfer: Transfer) -> MessageEntry | None:
    """The first final response of the refer target that reached the referee; None for a redirection."""
    leg = transfer.target_leg
    if leg is None or not leg.invites:
        return None
    finals = (e for e in leg.invites[-1].responses if e.message.status >= 200 and e.arrived)
    final = next(finals, None)
    return None if final is None or 300 <= final.message.status < 400 else final


def _answers_after(reports: list[Report], told: Report, known: MessageEntry) -> Iterator[int]:
    """When earlier NOTIFYs, still open when the outcome was known, were answered."""
    for report in reports:
        answer = report.transaction.final if report.entry.n < told.entry.n else None
        if answer is not None and answer.arrived and known.at_ns < arrival_ns(answer) <= told.entry.at_ns:
            yield arrival_ns(answer)


@rule(
    "RFC6665-4.2.1.4-1",
    level="SHOULD",
    severity="interop-risk",
    cites="RFC 6665 section 4.2.1.4",
    role="notifier",
    text="A subscription that runs out is closed by a NOTIFY with terminated;reason=timeout",
)
def run_out_subscription_is_closed(case: Case) -> Iterator[Check]:
    """Judge subscriptions whose announced end stands in the trace and came before any terminated NOTIFY."""
    facts = facts_of(case)
    for transfer in case.transfers:
        reports = facts.reports_of(transfer)
        ends = [end for end in map(announced_end, reports) if end is not None]
        refused = any(r.transaction.final_status in SUBSCRIPTION_ENDING for r in reports)
        if not ends or refused or refreshed(facts, transfer):
            continue
        end_ns = max(ends)
        over = next((report for report in reports if report.terminated), None)
        if over is not None and over.entry.at_ns <= end_ns + PROMPT_NS:
            if over.entry.at_ns >= end_ns - PROMPT_NS:
                yield PASSED
        elif facts.ended_ns - end_ns > PROMPT_NS:
            text = "the subscription ran out without a NOTIFY that says terminated"
            last = reports[-1].entry
            yield Check.failed(text, last, who=last.source)


@rule(
    "RFC6665-4.1.3-5",
    level="SHOULD NOT",
    severity="cosmetic",
    cites="RFC 6665 section 4.1.3",
    role="notifier",
    text="Subscription-State terminated has no expires",
)
def ended_state_has_no_expires(case: Case) -> Iterator[Check]:
    """Look at the parameters of terminated."""
    for report in facts_of(case).reports:
        if not report.terminated or report.state is None:
            continue
        if report.state.expires is None:
            yield PASSED
        else:
            text = f"Subscription-State is {report.message.first('subscription-state')}"
            yield Check.failed(text, report.entry, who=report.entry.source)
