"""Rules on the life of a refer subscription at its subscriber: SUBSCRIBE, stray NOTIFYs, no NOTIFY at all.

Must not live here: answers to NOTIFYs in order (`subscription.py`), what a NOTIFY says (`notify.py`).
"""

from collections.abc import Iterator

from harness.base.endpoint import Endpoint
from harness.judge.claims import owed
from harness.judge.rule import PASSED, Check, rule
from harness.judge.rules.facts import arrival_ns, dialog_of, facts_of, first_arrival, in_dialog
from harness.judge.thresholds import TRANSACTION_TIMEOUT_NS
from harness.trace.model import Case, Transaction, Transfer
from harness.wire.sip.headers import Event


def _subscribes(case: Case) -> Iterator[tuple[Transaction, Event]]:
    """Every SUBSCRIBE to the package refer."""
    for transaction in facts_of(case).transactions:
        if transaction.method == "SUBSCRIBE":
            event = Event.parse(transaction.request.message.first("event") or "")
            if event.package.lower() == "refer":
                yield transaction, event


@rule(
    "RFC3515-2.4.4-5",
    level="MUST",
    severity="cosmetic",
    cites="RFC 3515 section 2.4.4",
    role="referee",
    text="A SUBSCRIBE to refer without a REFER before it is refused with 403",
    profile="rfc3515",
)
def subscription_needs_a_refer(case: Case) -> Iterator[Check]:
    """Judge SUBSCRIBEs outside a dialog, unless a 2xx invited to them (RFC 7614 section 4.8)."""
    invited = any(
        transfer.refer.final is not None and transfer.refer.final.message.first("refer-events-at")
        for transfer in case.transfers
    )
    for transaction, _ in _subscribes(case):
        final = transaction.final
        if invited or in_dialog(transaction) or final is None or final.message.status in (401, 407):
            continue
        status = final.message.status
        if status == 403:
            yield PASSED
        else:
            text = f"a SUBSCRIBE to refer without a REFER was answered with {status}, not 403"
            blame = Check.failed if status < 300 else Check.informed
            yield blame(text, final, transaction.request, who=transaction.reached)


@rule(
    "RFC3515-2.4.6-2",
    level="MUST",
    severity="interop-risk",
    cites="RFC 3515 section 2.4.6",
    role="subscriber",
    text="A SUBSCRIBE to a subscription whose NOTIFYs have an id has that id",
)
def refresh_names_the_refer(case: Case) -> Iterator[Check]:
    """Compare with the ids of the NOTIFYs that came before in that dialog."""
    for transaction, event in _subscribes(case):
        entry = transaction.request
        message = entry.message
        ids = [
            report.event.id
            for report in facts_of(case).reports
            if report.event is not None
            and report.entry.n < entry.n
            and (report.message.call_id, report.message.to_tag) == (message.call_id, message.from_tag)
        ]
        if not in_dialog(transaction) or not ids or not all(ids):
            continue
        if event.id in ids:
            yield PASSED
        else:
            text = (
                f"the SUBSCRIBE has id {event.id or 'none'}, the NOTIFYs have {', '.join(sorted(set(ids)))}"
            )
            yield Check.failed(text, entry, who=entry.source)


@rule(
    "RFC6665-4.1.3-4",
    level="MUST",
    severity="cosmetic",
    cites="RFC 6665 section 4.1.3",
    role="subscriber",
    text="A subscription that was terminated is over: nobody refreshes it",
)
def ended_subscription_is_left_alone(case: Case) -> Iterator[Check]:
    """Look for a SUBSCRIBE of that dialog and id after the terminated NOTIFY was answered."""
    facts = facts_of(case)
    for transfer in case.transfers:
        end = next((report for report in facts.reports_of(transfer) if report.terminated), None)
        answer = None if end is None else end.transaction.final
        if end is None or answer is None or answer.message.status >= 300:
            continue
        later = [
            transaction.request
            for transaction, event in _subscribes(case)
            if transaction.request.message.call_id == end.message.call_id
            and transaction.request.at_ns > answer.at_ns
            and event.id == ("" if end.event is None else end.event.id)
        ]
        if later:
            text = "a SUBSCRIBE was sent on a subscription that had been terminated"
            yield Check.failed(text, later[0], end.entry, who=later[0].source)
        else:
            yield PASSED


@rule(
    "RFC6665-4.1.2.4-1",
    level="SHOULD",
    severity="breaks-transfer",
    cites="RFC 6665 section 4.1.2.4",
    role="referrer",
    text="A referrer that gets no NOTIFY within 32 s takes the transfer as failed and acts",
)
def silence_counts_as_failure(case: Case) -> Iterator[Check]:
    """Look for anything the referrer does on its call in the 32 s after Timer N."""
    facts = facts_of(case)
    for transfer in case.transfers:
        leg, final = transfer.leg, transfer.refer.final
        if leg is None or final is None or not final.arrived or not owed(transfer):
            continue
        if transfer.subscription.notifies:
            continue
        since_ns = transfer.refer.request.at_ns
        acts = [
            each.request.at_ns
            for each in leg.transactions
            if each.sender == transfer.referrer and each.request.at_ns > final.at_ns
        ]
        if acts or (leg.bye is not None and leg.bye.request.at_ns - since_ns < 2 * TRANSACTION_TIMEOUT_NS):
            yield PASSED
        elif facts.waited(since_ns, 2 * TRANSACTION_TIMEOUT_NS):
            text = "no NOTIFY came within 32 s, and the referrer did nothing about it in the next 32 s"
            yield Check.failed(text, final, who=transfer.referrer)
        else:
            yield facts.too_short(since_ns, "a REFER for which no NOTIFY came", final)


def _fits(transfer: Transfer, notify: Transaction) -> bool:
    refer, message = transfer.refer.request.message, notify.request.message
    if (refer.call_id, refer.from_tag) != (message.call_id, message.to_tag):
        return False
    # A REFER outside a dialog may have forked: then every branch has a tag of its own.
    return not in_dialog(transfer.refer) or message.from_tag == refer.to_tag


@rule(
    "RFC6665-4.1.3-1",
    level="MUST",
    severity="interop-risk",
    cites="RFC 6665 section 4.1.3",
    role="subscriber",
    text="A NOTIFY that belongs to no subscription is refused with 481",
)
def stray_notify_is_refused(case: Case) -> Iterator[Check]:
    """Judge NOTIFYs about a REFER whose dialog is that of none sent there; other refusals pass too."""
    facts = facts_of(case)
    if not case.transfers or any(True for _ in _subscribes(case)):
        return
    own = {(call_id, remote, local) for call_id, local, remote in map(dialog_of, case.transfers)}
    for transaction in facts.transactions:
        if transaction.method != "NOTIFY":
            continue
        message = transaction.request.message
        if (message.call_id, message.from_tag, message.to_tag) in own:
            continue
        entry, final = transaction.request, transaction.final
        if final is None or not _about_refer(entry.message.first("event")):
            continue
        ends = (transaction.sender, transaction.reached)
        asked = [t for t in case.transfers if (t.referee, t.referrer) == ends]
        asked = [t for t in asked if t.refer.request.n < entry.n]
        if not asked or any(_fits(transfer, transaction) for transfer in asked):
            continue
        if final.message.status >= 300:
            yield PASSED
        else:
            text = "a NOTIFY that belongs to no REFER was accepted"
            yield Check.failed(text, final, entry, who=transaction.reached)


def _about_refer(event: str | None) -> bool:
    return (event or "").partition(";")[0].strip().lower() == "refer"


@rule(
    "RFC3515-3.9-1",
    level="MUST",
    severity="interop-risk",
    cites="RFC 3515 section 3.9",
    role="subscriber",
    text="When a REFER outside a dialog was forked, the NOTIFYs of every branch are accepted",
)
def every_branch_is_heard(case: Case) -> Iterator[Check]:
    """Judge the first NOTIFY of each further From tag within 32 s of the REFER."""
    facts = facts_of(case)
    for transfer in case.transfers:
        if in_dialog(transfer.refer):
            continue
        seen: set[str] = set()
        for report in facts.reports_of(transfer):
            tag, answer = report.message.from_tag, report.transaction.final
            first = not seen
            if tag in seen:
                continue
            seen.add(tag)
            asked = first_arrival(report.transaction)
            late = asked is None or arrival_ns(asked) - transfer.refer.request.at_ns > TRANSACTION_TIMEOUT_NS
            if first or late or answer is None:
                continue
            if answer.message.status == 481:
                text = f"the NOTIFY of a further branch (From tag {tag}) was refused with 481"
                yield Check.failed(text, answer, report.entry, who=report.transaction.reached)
            elif answer.message.status < 300:
                yield PASSED


@rule(
    "RFC6665-4.6-1",
    level="SHOULD NOT",
    severity="cosmetic",
    cites="RFC 6665 section 4.6",
    role="any",
    text="REFER, NOTIFY and SUBSCRIBE are not cancelled",
)
def only_invites_are_cancelled(case: Case) -> Iterator[Check]:
    """Look for a CANCEL with the CSeq number of such a request of the same sender."""
    transactions = facts_of(case).transactions
    cancels: dict[tuple[str, str, int, Endpoint], Transaction] = {
        (t.request.message.call_id, t.request.message.from_tag, t.number, t.sender): t
        for t in transactions
        if t.method == "CANCEL"
    }
    for transaction in transactions:
        if transaction.method not in ("REFER", "NOTIFY", "SUBSCRIBE"):
            continue
        message = transaction.request.message
        key = (message.call_id, message.from_tag, transaction.number, transaction.sender)
        cancel = cancels.get(key) if cancels else None
        if cancel is None:
            yield PASSED
        else:
            text = f"a {transaction.method} was cancelled"
            yield Check.failed(text, cancel.request, transaction.request, who=cancel.sender)
