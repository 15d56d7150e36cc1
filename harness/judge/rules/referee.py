"""Rules on what the referee does with a REFER: its answer and the old call.

Must not live here: the INVITE it triggers (`triggered.py`) and the NOTIFYs it sends (`notify.py`).
"""

from collections.abc import Iterator

from harness.judge.claims import owed
from harness.judge.rule import PASSED, Check, rule
from harness.judge.rules.facts import (
    arrival_ns,
    bye_of,
    can_be_answered,
    facts_of,
    first_arrival,
    in_dialog,
    names_dialog,
    nobody_there,
)
from harness.judge.thresholds import AFTER_OWN_BYE_NS, LEAVES_NS, PROMPT_NS, TRANSACTION_TIMEOUT_NS
from harness.trace.entries import MessageEntry
from harness.trace.model import Case, Transaction, Transfer
from harness.wire.sip.transfer import refer_sub

DIALOG_KILLERS = frozenset((404, 410, 416, 482, 483, 484, 485, 502, 604))
"""Refusals that end the whole dialog they arrive in (RFC 5057 section 5.1)."""


@rule(
    "RFC3515-2.2-1",
    level="MUST",
    severity="interop-risk",
    cites="RFC 3515 section 2.2",
    role="referee",
    text="A 2xx answer to REFER carries exactly one Contact",
)
def accepted_with_contact(case: Case) -> Iterator[Check]:
    """Count Contact values in the first 2xx of each REFER."""
    for transfer in case.transfers:
        final = transfer.refer.final
        if final is None or not transfer.accepted:
            continue
        count = len(final.message.values("contact"))
        if count == 1:
            yield PASSED
        else:
            text = f"the {final.message.status} to the REFER has {count or 'no'} Contact values"
            yield Check.failed(text, final, who=transfer.referee)


@rule(
    "RFC3515-2.4.2-1",
    level="MUST",
    severity="interop-risk",
    cites="RFC 3515 section 2.4.2",
    role="referee",
    text="A REFER with no Refer-To, or with several, is refused with 400",
)
def bad_refer_is_refused(case: Case) -> Iterator[Check]:
    """Judge the answer to a REFER without exactly one Refer-To. Other refusals may come first."""
    for transfer in case.transfers:
        final = transfer.refer.final
        entry = transfer.refer.request
        count = len(entry.message.values("refer-to"))
        if count == 1 or final is None:
            continue
        if transfer.accepted:
            text = f"a REFER with {count or 'no'} Refer-To values was accepted with {final.message.status}"
            yield Check.failed(text, final, entry, who=transfer.referee)
        elif final.message.status in (400, 401, 407):
            yield PASSED
        else:
            text = f"a REFER with {count or 'no'} Refer-To values got {final.message.status}, not 400"
            yield Check.informed(text, final, entry, who=transfer.referee)


@rule(
    "refused-refer-executed",
    level="PRACTICE",
    severity="breaks-transfer",
    cites="RFC 3515 section 2.4.2",
    role="referee",
    text="Who refuses a REFER does not contact its target all the same",
)
def refused_is_not_executed(case: Case) -> Iterator[Check]:
    """Look for the call of the referee to the target of each REFER that got 300-699."""
    for transfer in case.transfers:
        final = transfer.refer.final
        if final is None or transfer.accepted:
            continue
        for leg in transfer.despite:
            asked = leg.invites[0].request
            text = (
                f"the REFER was refused with {final.message.status}, and its target was called all the same"
            )
            yield Check.failed(text, asked, final, transfer.refer.request, who=transfer.referee)
        if not transfer.despite:
            yield PASSED


@rule(
    "RFC3515-2.4.2-3",
    level="MUST",
    severity="breaks-transfer",
    cites="RFC 3515 section 2.4.2",
    role="referee",
    text="The answer to REFER comes at once and never waits for the outcome of the transfer",
)
def refer_is_answered_at_once(case: Case) -> Iterator[Check]:
    """Measure from the first REFER that may have arrived to its final response."""
    facts = facts_of(case)
    for transfer in case.transfers:
        asked = first_arrival(transfer.refer)
        if asked is None or not can_be_answered(asked) or nobody_there(facts, transfer.referee):
            continue
        final = transfer.refer.final
        if final is None:
            if facts.waited(asked.at_ns, TRANSACTION_TIMEOUT_NS):
                yield Check.failed("the REFER was never answered", asked, who=transfer.referee)
            else:
                yield facts.too_short(asked.at_ns, "the REFER, which was not yet answered", asked)
        elif final.at_ns - asked.at_ns > TRANSACTION_TIMEOUT_NS:
            yield Check.failed(
                "the REFER was answered after more than 32 s", final, asked, who=transfer.referee
            )
        elif final.at_ns - asked.at_ns > PROMPT_NS and _target_was_final(transfer, final):
            text = "the REFER was answered only after the refer target had answered"
            yield Check.failed(text, final, asked, who=transfer.referee)
        else:
            yield PASSED


def _target_was_final(transfer: Transfer, answer: MessageEntry) -> bool:
    leg = transfer.target_leg
    ends = [] if leg is None else [leg.answered, leg.refused]
    return any(end is not None and end.at_ns < answer.at_ns for end in ends)


@rule(
    "RFC3515-2.4.2-4",
    level="MUST",
    severity="breaks-transfer",
    cites="RFC 3515 section 2.4.2",
    role="referee",
    text="An accepted REFER is followed by at least one NOTIFY",
)
def accepted_is_notified(case: Case) -> Iterator[Check]:
    """Look for a NOTIFY after each 2xx, unless the REFER asked for none."""
    facts = facts_of(case)
    for transfer in case.transfers:
        final = transfer.refer.final
        if final is None or not owed(transfer):
            continue
        if transfer.subscription.notifies:
            yield PASSED
        elif facts.waited(final.at_ns, _first_notify_limit(transfer)):
            text = f"the REFER was accepted with {final.message.status}, but no NOTIFY followed"
            yield Check.failed(text, final, transfer.refer.request, who=transfer.referee)
        else:
            yield facts.too_short(final.at_ns, "the REFER was accepted; no NOTIFY was seen", final)


def _first_notify_limit(transfer: Transfer) -> int:
    if transfer.leg is not None and bye_of(transfer.leg, transfer.referee) is not None:
        return AFTER_OWN_BYE_NS
    return PROMPT_NS


@rule(
    "RFC4488-4-1",
    level="MUST",
    severity="breaks-transfer",
    cites="RFC 4488 section 4",
    role="referee",
    text="A referee that sends no NOTIFY because of Refer-Sub: false says so in its 2xx",
)
def suppression_is_confirmed(case: Case) -> Iterator[Check]:
    """Judge a 2xx to a REFER with Refer-Sub: false that does not repeat it."""
    facts = facts_of(case)
    for transfer in case.transfers:
        final = transfer.refer.final
        if final is None or not transfer.accepted or refer_sub(transfer.refer.request.message) is not False:
            continue
        if refer_sub(final.message) is False or transfer.subscription.notifies:
            yield PASSED
        elif facts.waited(final.at_ns, PROMPT_NS):
            text = "the 2xx does not say Refer-Sub: false, and yet no NOTIFY followed"
            yield Check.failed(text, final, transfer.refer.request, who=transfer.referee)
        else:
            yield facts.too_short(final.at_ns, "the REFER was accepted; no NOTIFY was seen", final)


@rule(
    "RFC7647-5-1",
    level="MUST NOT",
    severity="cosmetic",
    cites="RFC 7647 section 5",
    role="referee",
    text="REFER is accepted with 200; 202 is deprecated",
    profile="rfc7647",
    remark=True,
)
def accepted_with_200(case: Case) -> Iterator[Check]:
    """202 is the usual code of RFC 3515: outside the profile it is information."""
    for transfer in case.transfers:
        final = transfer.refer.final
        if final is None or not transfer.accepted:
            continue
        if final.message.status != 202:
            yield PASSED
        else:
            text = "the REFER was accepted with 202, as before RFC 7647"
            yield Check.failed(text, final, who=transfer.referee)


@rule(
    "RFC5589-5-1",
    level="MUST",
    severity="breaks-transfer",
    cites="RFC 5589 section 5",
    role="referee",
    text="REFER is understood inside the dialog of a call and outside",
)
def refer_is_understood(case: Case) -> Iterator[Check]:
    """481 in a live call fails; 405 or 501 outside one is information: it may know no REFER at all."""
    for transfer in case.transfers:
        final, leg = transfer.refer.final, transfer.leg
        if final is None:
            continue
        status, asked = final.message.status, transfer.refer.request
        if leg is None and status in (405, 501):
            text = f"a REFER outside a dialog was refused with {status}"
            yield Check.informed(text, final, asked, who=transfer.referee)
        elif leg is not None and status == 481 and not names_dialog(leg, asked):
            continue  # another dialog is meant, and of that nobody knows (RFC 3261 section 12.2.2)
        elif leg is not None and status == 481 and leg.up_at(final.at_ns):
            yield Check.failed(
                "a REFER in a live call was refused with 481", final, asked, who=transfer.referee
            )
        else:
            yield PASSED


@rule(
    "RFC5057-5.6-1",
    level="SHOULD",
    severity="breaks-transfer",
    cites="RFC 5057 section 5.6",
    role="referee",
    text="A REFER inside a call is refused with a code that does not end the call's dialog",
)
def refusal_spares_the_call(case: Case) -> Iterator[Check]:
    """Judge the refusal code of in-dialog REFERs; 603 is the safest."""
    for transfer in case.transfers:
        final = transfer.refer.final
        if (
            final is None
            or final.message.status < 300
            or transfer.leg is None
            or not in_dialog(transfer.refer)
        ):
            continue
        if final.message.status in DIALOG_KILLERS:
            text = f"{final.message.status} to a REFER inside the call also ends the call's dialog"
            yield Check.failed(text, final, transfer.refer.request, who=transfer.referee)
        else:
            yield PASSED


@rule(
    "RFC5589-4-1",
    level="MUST NOT",
    severity="breaks-transfer",
    cites="RFC 5589 section 4",
    role="referee",
    text="A transfer request does not by itself end the call it was sent in",
)
def referee_keeps_the_call(case: Case) -> Iterator[Check]:
    """Look for a BYE of the referee between its 2xx and the final NOTIFY."""
    facts = facts_of(case)
    for transfer in case.transfers:
        final, leg = transfer.refer.final, transfer.leg
        if final is None or leg is None or not owed(transfer):
            continue
        bye = leg.bye
        told = next((r.entry.at_ns for r in facts.reports_of(transfer) if r.final), facts.ended_ns + 1)
        if bye is None or bye.sender != transfer.referee or not final.at_ns <= bye.request.at_ns < told:
            yield PASSED
        elif not _given_up(transfer, bye) and not _replaced(case, transfer):
            text = "the referee ended the call of the REFER before it reported an outcome"
            # Where the moved party cannot be seen, a later BYE may be its user hanging up.
            alone = transfer.moved is None and not transfer.triggered
            late = alone and bye.request.at_ns - final.at_ns > PROMPT_NS
            blame = Check.informed if late else Check.failed
            yield blame(text, bye.request, final, who=bye.sender)


def _given_up(transfer: Transfer, bye: Transaction) -> bool:
    """True when the call was given up as a whole: somebody hung up, or the attempt was cancelled."""
    at_ns = bye.request.at_ns
    moved = transfer.moved
    if moved is not None and moved.bye is not None and moved.bye.sender != bye.sender:
        return moved.bye.request.at_ns <= at_ns
    for leg in transfer.triggered:
        if leg.bye is not None and leg.bye.sender != bye.sender and leg.bye.request.at_ns <= at_ns:
            return True
        for ending in (leg.cancel, leg.bye):
            if ending is not None and abs(ending.request.at_ns - at_ns) < AFTER_OWN_BYE_NS:
                return True
    return False


def _replaced(case: Case, transfer: Transfer) -> bool:
    """True when an INVITE with Replaces took over the call of the REFER; then its BYE is due."""
    call_id = transfer.refer.request.message.call_id
    return any(
        (invite.request.message.first("replaces") or "").startswith(call_id)
        for leg in case.legs
        for invite in leg.invites
    )


@rule(
    "RFC5589-6.1-1",
    level="SHOULD",
    severity="breaks-transfer",
    cites="RFC 5589 section 6.1",
    role="referrer",
    text="After the NOTIFY of success the referrer ends its call with the referee",
)
def referrer_leaves_after_success(case: Case) -> Iterator[Check]:
    """Look for a BYE within 5 s of the NOTIFY of success (limit of the harness): information only."""
    facts = facts_of(case)
    for transfer in case.transfers:
        leg = transfer.leg
        done = next((r for r in facts.reports_of(transfer) if r.final and (r.status or 0) < 300), None)
        if leg is None or leg.answered is None or done is None or not done.entry.arrived:
            continue
        since_ns = arrival_ns(done.entry)
        if leg.bye is not None and leg.bye.request.at_ns - since_ns <= LEAVES_NS:
            yield PASSED
        elif facts.waited(since_ns, LEAVES_NS):
            text = "the referrer did not end its call within 5 s after the NOTIFY of success"
            yield Check.informed(text, done.entry, who=transfer.referrer)
        else:
            yield facts.too_short(since_ns, "the NOTIFY of success; the call was not yet ended", done.entry)
