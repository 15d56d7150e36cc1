"""Rules on the NOTIFYs that report on a REFER: dialog, Event, id, timing, end.

Must not live here: their state (`subscription_state.py`), their bodies (`sipfrag.py`) and how they are
answered (`subscription.py`).
"""

from collections.abc import Iterator

from harness.base.instant import MS, format_duration
from harness.judge.rule import PASSED, Check, rule
from harness.judge.rules.facts import (
    SUBSCRIPTION_ENDING,
    arrival_ns,
    dialog_of,
    facts_of,
    in_dialog,
)
from harness.judge.thresholds import AT_ONCE_NS, PROMPT_NS, TRANSACTION_TIMEOUT_NS
from harness.trace.model import Case, Transaction, Transfer
from harness.wire.sip.grammar import parameter
from harness.wire.sip.transfer import refer_sub


@rule(
    "RFC3515-2.4.4-1",
    level="MUST",
    severity="breaks-transfer",
    cites="RFC 3515 section 2.4.4",
    role="notifier",
    text="NOTIFYs use the Call-ID and the tags of the REFER, with roles swapped",
)
def notify_is_in_dialog_of_refer(case: Case) -> Iterator[Check]:
    """Compare each NOTIFY about a REFER with the REFERs between the same two parties."""
    if not case.transfers:
        return
    for transaction in facts_of(case).transactions:
        entry = transaction.request
        if transaction.method != "NOTIFY" or not _about_refer(transaction):
            continue
        between = [t for t in case.transfers if (t.referee, t.referrer) == (entry.source, entry.destination)]
        before = [t for t in between if t.refer.request.at_ns < entry.at_ns]
        if any(_fits(t, transaction) for t in between):
            yield PASSED
        elif before and not _subscribed(case, transaction):
            yield Check.failed(
                _mismatch(before[-1], transaction), entry, before[-1].refer.request, who=entry.source
            )


def _about_refer(notify: Transaction) -> bool:
    return (notify.request.message.first("event") or "").partition(";")[0].strip().lower() == "refer"


def _tags(transfer: Transfer) -> set[str]:
    """The tags the referee may use: that of its 2xx; any where the REFER was sent outside a dialog."""
    if in_dialog(transfer.refer):
        return {transfer.refer.request.message.to_tag}
    return {entry.message.to_tag for entry in transfer.refer.responses if entry.message.to_tag}


def _fits(transfer: Transfer, notify: Transaction) -> bool:
    refer, message = transfer.refer.request.message, notify.request.message
    if (refer.call_id, refer.from_tag) != (message.call_id, message.to_tag):
        return False
    # A REFER outside a dialog may have forked: then every branch has a tag of its own.
    return not in_dialog(transfer.refer) or message.from_tag in _tags(transfer)


def _subscribed(case: Case, notify: Transaction) -> bool:
    """True when a SUBSCRIBE, not a REFER, made the dialog of this NOTIFY (RFC 7614)."""
    call_id = notify.request.message.call_id
    return any(
        transaction.method == "SUBSCRIBE" and transaction.request.message.call_id == call_id
        for transaction in facts_of(case).transactions
    )


def _mismatch(transfer: Transfer, notify: Transaction) -> str:
    refer, message = transfer.refer.request.message, notify.request.message
    if refer.call_id != message.call_id:
        return f"the NOTIFY has Call-ID {message.call_id}, the REFER has {refer.call_id}"
    if refer.from_tag != message.to_tag:
        return f"the NOTIFY has To tag {message.to_tag or 'none'}, the REFER has From tag {refer.from_tag}"
    return f"the NOTIFY has From tag {message.from_tag or 'none'}, the REFER has To tag {refer.to_tag}"


@rule(
    "RFC3515-2.4.4-2",
    level="MUST",
    severity="breaks-transfer",
    cites="RFC 3515 section 2.4.4",
    role="notifier",
    text="Each NOTIFY about a REFER has exactly one Event, and it says refer",
)
def notify_says_event_refer(case: Case) -> Iterator[Check]:
    """Judge NOTIFYs of the REFER and NOTIFYs with a sipfrag in the dialog of an accepted REFER.

    A NOTIFY of another package without a sipfrag is another subscription of the same dialog.
    """
    facts = facts_of(case)
    dialogs = {(call_id, remote, local) for call_id, local, remote in map(dialog_of, _accepted(case))}
    for transaction in facts.transactions:
        message = transaction.request.message
        if transaction.method != "NOTIFY":
            continue
        if (message.call_id, message.from_tag, message.to_tag) not in dialogs:
            continue
        events = message.rows("event")
        named = [event.partition(";")[0].strip().lower() for event in events]
        if named == ["refer"]:
            yield PASSED
        elif not events or "refer" in named or message.content_type == "message/sipfrag":
            text = f"the NOTIFY has Event {' and '.join(events)}" if events else "the NOTIFY has no Event"
            yield Check.failed(text, transaction.request, who=transaction.sender)


def _accepted(case: Case) -> Iterator[Transfer]:
    return (transfer for transfer in case.transfers if transfer.accepted)


@rule(
    "RFC6665-8.2.1-2",
    level="MUST",
    severity="interop-risk",
    cites="RFC 6665 section 8.2.1",
    role="notifier",
    text="Event says refer in lower case: packages are compared byte by byte",
)
def event_is_lower_case(case: Case) -> Iterator[Check]:
    """Look at the package as written."""
    for report in facts_of(case).reports:
        if not report.about_refer:
            continue
        written = (report.message.first("event") or "").partition(";")[0].strip()
        if written == "refer":
            yield PASSED
        else:
            yield Check.failed(f"the NOTIFY says Event: {written}", report.entry, who=report.entry.source)


@rule(
    "RFC3515-2.4.6-1",
    level="MUST",
    severity="breaks-transfer",
    cites="RFC 3515 section 2.4.6",
    role="notifier",
    text="From the second REFER of a dialog on, NOTIFYs name their REFER by id, its CSeq number",
)
def notify_names_its_refer(case: Case) -> Iterator[Check]:
    """Judge the id of every NOTIFY; refused REFERs count, retries after a challenge do not."""
    facts = facts_of(case)
    for transfer in case.transfers:
        siblings = [other for other in case.transfers if dialog_of(other) == dialog_of(transfer)]
        numbers = {other.refer.number for other in siblings}
        before = {
            other.refer.number
            for other in siblings
            if -1 < other.refer.number < transfer.refer.number
            # A REFER that got no answer never came in.
            and other.status not in (None, 401, 407)
        }
        for report in facts.reports_of(transfer):
            if not report.about_refer or report.event is None:
                continue
            written = report.event.id
            if written and written not in map(str, numbers):
                text = f"the NOTIFY has id {written}, but no REFER of the dialog has that CSeq number"
                yield Check.failed(text, report.entry, transfer.refer.request, who=report.entry.source)
            elif not written and before:
                text = "the NOTIFY has no id, although it is not about the first REFER of the dialog"
                yield Check.failed(text, report.entry, transfer.refer.request, who=report.entry.source)
            else:
                yield PASSED


@rule(
    "RFC3515-2.4.7-1",
    level="MUST",
    severity="breaks-transfer",
    cites="RFC 3515 section 2.4.7",
    role="notifier",
    text="The NOTIFY with the final status says Subscription-State: terminated;reason=noresource",
)
def final_notify_terminates(case: Case) -> Iterator[Check]:
    """Judge the last NOTIFY with a final status of each REFER."""
    facts = facts_of(case)
    for transfer in case.transfers:
        reports = facts.reports_of(transfer)
        last = next((report for report in reversed(reports) if report.final), None)
        if last is None or last.transaction.final_status in SUBSCRIPTION_ENDING:
            continue
        written = last.message.first("subscription-state") or "none"
        reason = None if last.state is None else parameter(last.state.parameters, "reason")
        if last.terminated and (reason or "").lower() == "noresource":
            yield PASSED
        elif not last.terminated and any(report.terminated for report in reports[reports.index(last) :]):
            yield Check.informed(
                "the final status came in a NOTIFY before the one that ended the subscription",
                last.entry,
                who=last.entry.source,
            )
        else:
            text = f"the NOTIFY with the final status {last.status} has Subscription-State: {written}"
            yield Check.failed(text, last.entry, who=last.entry.source)


@rule(
    "RFC6665-4.2.1.2-1",
    level="MUST",
    severity="breaks-transfer",
    cites="RFC 6665 section 4.2.1.2",
    role="notifier",
    text="The first NOTIFY is sent at once when the REFER is accepted",
)
def first_notify_is_prompt(case: Case) -> Iterator[Check]:
    """Measure from the 2xx to the first NOTIFY; seconds fail, less is information."""
    for transfer in case.transfers:
        final, notifies = transfer.refer.final, transfer.subscription.notifies
        if final is None or not transfer.accepted or not notifies:
            continue
        first = notifies[0].request
        delay_ns = first.at_ns - final.at_ns
        if delay_ns <= AT_ONCE_NS:
            yield PASSED
            continue
        text = f"the first NOTIFY came {format_duration(delay_ns // MS * MS)} after the REFER was accepted"
        # Where the notifier was not seen, the network may have lost the first copies.
        limit_ns = PROMPT_NS if first.sent_ns is not None else TRANSACTION_TIMEOUT_NS
        blame = Check.failed if delay_ns > limit_ns else Check.informed
        yield blame(text, first, final, who=first.source)


@rule(
    "RFC6665-4.2.2-6",
    level="MUST",
    severity="interop-risk",
    cites="RFC 6665 section 4.2.2",
    role="notifier",
    text="When a NOTIFY is answered with 481 or its like, the subscription is over and no NOTIFY follows",
)
def rejected_subscription_is_over(case: Case) -> Iterator[Check]:
    """Look for a further NOTIFY sent after such an answer had arrived."""
    facts = facts_of(case)
    for transfer in case.transfers:
        reports = facts.reports_of(transfer)
        for position, report in enumerate(reports):
            answer = report.transaction.final
            if answer is None or not answer.arrived or answer.message.status not in SUBSCRIPTION_ENDING:
                continue
            # Of a forked REFER every branch has a subscription of its own (RFC 3515 section 3.9).
            same = (r for r in reports[position + 1 :] if r.message.from_tag == report.message.from_tag)
            later = next((r for r in same if r.entry.at_ns > arrival_ns(answer)), None)
            if later is None:
                yield PASSED
            else:
                text = f"a NOTIFY was sent although the one before was answered {answer.message.status}"
                yield Check.failed(text, later.entry, answer, who=later.entry.source)
            break


@rule(
    "RFC4488-4-2",
    level="MUST NOT",
    severity="interop-risk",
    cites="RFC 4488 section 4",
    role="notifier",
    text="After a 2xx with Refer-Sub: false there is no NOTIFY",
)
def granted_suppression_is_kept(case: Case) -> Iterator[Check]:
    """Judge REFERs whose 2xx says Refer-Sub: false."""
    for transfer in case.transfers:
        final = transfer.refer.final
        if final is None or not transfer.accepted or refer_sub(final.message) is not False:
            continue
        if transfer.subscription.notifies:
            first = transfer.subscription.notifies[0].request
            text = "a NOTIFY was sent although the 2xx said Refer-Sub: false"
            yield Check.failed(text, first, final, who=first.source)
        else:
            yield PASSED
