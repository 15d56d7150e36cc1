"""Rules on Subscription-State of the NOTIFYs about a REFER: the state, its time, its reason.

Must not live here: which state the final NOTIFY must have (`notify.py`).
"""

from collections.abc import Iterator

from harness.base.instant import SECOND, format_duration
from harness.judge.rule import PASSED, Check, rule
from harness.judge.rules.facts import Facts, Report, facts_of
from harness.judge.thresholds import EXPIRES_SLACK_NS, TRANSACTION_TIMEOUT_NS
from harness.trace.model import Case, Transfer

STATES = frozenset(("active", "pending", "terminated"))


@rule(
    "RFC6665-4.2.2-2",
    level="MUST",
    severity="breaks-transfer",
    cites="RFC 6665 section 4.2.2",
    role="notifier",
    text="Each NOTIFY has one Subscription-State: active, pending or terminated",
)
def notify_has_state(case: Case) -> Iterator[Check]:
    """Count Subscription-State rows and read the state."""
    for report in facts_of(case).reports:
        rows = report.message.rows("subscription-state")
        if len(rows) == 1 and report.state is not None and report.state.state.lower() in STATES:
            yield PASSED
        else:
            text = (
                f"the NOTIFY has Subscription-State {' and '.join(rows)}"
                if rows
                else ("the NOTIFY has no Subscription-State")
            )
            yield Check.failed(text, report.entry, who=report.entry.source)


@rule(
    "RFC6665-4.2.2-3",
    level="MUST",
    severity="interop-risk",
    cites="RFC 6665 section 4.2.2",
    role="notifier",
    text="Subscription-State active or pending has an expires parameter",
)
def live_state_has_expires(case: Case) -> Iterator[Check]:
    """Look for a number of seconds."""
    for report in facts_of(case).reports:
        state = report.state
        if state is None or state.state.lower() not in ("active", "pending"):
            continue
        if state.expires is not None:
            yield PASSED
        else:
            text = f"Subscription-State {report.message.first('subscription-state')} has no expires"
            yield Check.failed(text, report.entry, who=report.entry.source)


@rule(
    "RFC6665-4.2.2-5",
    level="SHOULD",
    severity="interop-risk",
    cites="RFC 6665 section 4.2.2",
    role="notifier",
    text="Subscription-State terminated has a reason",
)
def ended_state_has_reason(case: Case) -> Iterator[Check]:
    """Look for any reason; which one it must be is RFC 3515's matter."""
    for report in facts_of(case).reports:
        if not report.terminated or report.state is None:
            continue
        if report.state.reason:
            yield PASSED
        else:
            yield Check.failed(
                "Subscription-State terminated has no reason", report.entry, who=report.entry.source
            )


@rule(
    "RFC6665-4.2.2-4",
    level="MUST NOT",
    severity="cosmetic",
    cites="RFC 6665 section 4.2.2",
    role="notifier",
    text="A later NOTIFY does not make the subscription longer by its expires",
)
def state_does_not_stretch(case: Case) -> Iterator[Check]:
    """Compare the announced ends; a SUBSCRIBE may have asked for more time.

    A NOTIFY may have waited up to 32 s for the answer to the one before it, its text already written.
    """
    facts = facts_of(case)
    for transfer in case.transfers:
        if refreshed(facts, transfer):
            continue
        earliest_ns: int | None = None
        for report in facts.reports_of(transfer):
            end_ns = announced_end(report)
            if end_ns is None:
                continue
            if earliest_ns is not None and end_ns > earliest_ns + TRANSACTION_TIMEOUT_NS:
                longer = format_duration((end_ns - earliest_ns) // SECOND * SECOND)
                text = f"expires makes the subscription {longer} longer than before"
                yield Check.failed(text, report.entry, who=report.entry.source)
            else:
                yield PASSED
            earliest_ns = end_ns if earliest_ns is None else min(end_ns, earliest_ns)


@rule(
    "RFC3515-3.4-1",
    level="SHOULD",
    severity="breaks-transfer",
    cites="RFC 3515 section 3.4",
    role="notifier",
    text="The subscription lasts as long as the referred request may take",
)
def subscription_lasts(case: Case) -> Iterator[Check]:
    """Compare the announced end with the NOTIFY of the final status."""
    facts = facts_of(case)
    for transfer in case.transfers:
        reports = facts.reports_of(transfer)
        final = next((report for report in reports if report.final), None)
        ends = [end for end in map(announced_end, reports) if end is not None]
        if final is None or not ends or refreshed(facts, transfer):
            continue
        over_ns = final.entry.at_ns - max(ends)
        if over_ns <= EXPIRES_SLACK_NS:
            yield PASSED
        else:
            over = format_duration(over_ns // SECOND * SECOND)
            text = f"the subscription had run out {over} before the final status was reported"
            yield Check.failed(text, final.entry, reports[0].entry, who=final.entry.source)


def announced_end(report: Report) -> int | None:
    """When a live subscription will run out by this NOTIFY."""
    state = report.state
    if state is None or state.expires is None or report.terminated:
        return None
    return report.entry.at_ns + state.expires * SECOND


def refreshed(facts: Facts, transfer: Transfer) -> bool:
    """True when a SUBSCRIBE may have made the subscription longer."""
    call_id = transfer.refer.request.message.call_id
    return any(
        transaction.method == "SUBSCRIBE" and transaction.request.message.call_id == call_id
        for transaction in facts.transactions
    )


@rule(
    "no-notify-after-termination",
    level="PRACTICE",
    severity="interop-risk",
    cites="RFC 6665 section 4.2.2",
    role="notifier",
    text="After a NOTIFY that says terminated there is no further NOTIFY of that subscription",
)
def no_notify_after_termination(case: Case) -> Iterator[Check]:
    """Look for a NOTIFY with a higher CSeq behind the one that ended the subscription."""
    facts = facts_of(case)
    for transfer in case.transfers:
        reports = facts.reports_of(transfer)
        ended = next((report for report in reports if report.terminated), None)
        if ended is None or ended.transaction.final_status in (401, 407):
            continue
        later = next((one for one in reports if _follows(one, ended)), None)
        if later is None:
            yield PASSED
        else:
            text = "a NOTIFY was sent after the one that had ended the subscription"
            yield Check.failed(text, later.entry, ended.entry, who=later.entry.source)


def _follows(one: Report, ended: Report) -> bool:
    same = one.message.from_tag == ended.message.from_tag
    return same and one.message.cseq_number > ended.message.cseq_number and one.entry.n > ended.entry.n
