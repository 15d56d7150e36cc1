"""Rules on requests that cross, come too late, or find no dialog any more (RFC 3261 sections 12 to 14).

Must not live here: how dialogs are formed and numbered (`dialog.py`).
"""

from collections.abc import Iterator

from harness.base.instant import MS, format_duration
from harness.judge.rule import PASSED, Check, rule
from harness.judge.rules.facts import arrival_ns, facts_of, first_arrival, in_dialog
from harness.judge.thresholds import PROMPT_NS
from harness.trace.entries import MessageEntry
from harness.trace.model import Case, Leg, Transaction

OWNER_NS = 2100 * MS
"""The shortest time that the maker of the Call-ID waits after 491 (RFC 3261 section 14.1)."""

TOLERANCE_NS = 200 * MS
"""How much sooner than that a retry may be seen (limit of the harness)."""

RETRIED_NS = 4000 * MS + TOLERANCE_NS
"""The longest time: a re-INVITE that comes later is another one, and no retry."""


@rule(
    "RFC3261-14.1-2",
    level="SHOULD",
    severity="interop-risk",
    cites="RFC 3261 section 14.1",
    role="any",
    text="After 491 the maker of the Call-ID tries again after 2.1 to 4 s, the other side within 2 s",
)
def glare_is_waited_out(case: Case) -> Iterator[Check]:
    """Measure from the 491 to the sender's next re-INVITE: too early is wrong, for the maker of the Call-ID.

    The other side may try again at once, and after the longest time it is another change, not a retry.
    """
    for leg in case.legs:
        invites = [invite for invite in leg.in_method("INVITE") if in_dialog(invite)]
        for position, invite in enumerate(invites):
            final = invite.final
            if final is None or final.message.status != 491 or not final.arrived or not leg.invites:
                continue
            again = next((each for each in invites[position + 1 :] if each.sender == invite.sender), None)
            if again is None:
                continue
            owner = invite.request.message.from_tag == leg.caller_tag
            waited_ns = again.request.at_ns - arrival_ns(final)
            if waited_ns > RETRIED_NS:
                continue
            if not owner or waited_ns >= OWNER_NS - TOLERANCE_NS:
                yield PASSED
            else:
                text = f"the INVITE was tried again {format_duration(waited_ns // MS * MS)} after the 491"
                yield Check.failed(text, again.request, final, who=again.sender)


@rule(
    "RFC3261-14.2-1",
    level="MUST",
    severity="breaks-transfer",
    cites="RFC 3261 section 14.2",
    role="any",
    text="A re-INVITE that crosses one's own is refused with 491",
)
def crossing_invite_is_refused(case: Case) -> Iterator[Check]:
    """Judge the answers where both sides had a re-INVITE on the way, as the receiver saw it."""
    for leg in case.legs:
        invites = [invite for invite in leg.in_method("INVITE") if in_dialog(invite)]
        if len(invites) < 2:
            continue
        for invite in invites:
            asked, final = first_arrival(invite), invite.final
            if asked is None or final is None or asked.received_ns is None:
                continue
            if not any(_pending_at(other, invite, arrival_ns(asked)) for other in invites):
                continue
            if 200 <= final.message.status < 300:
                text = "a re-INVITE was accepted while the receiver's own was pending"
                yield Check.failed(text, final, asked, who=invite.reached)
            else:
                yield PASSED


def _pending_at(own: Transaction, other: Transaction, at_ns: int) -> bool:
    """True when the receiver of `other` had sent `own` by then, and had no final response to it yet."""
    if own.sender != other.receiver or own.receiver != other.sender or own.request.sent_ns is None:
        return False
    ends = [arrival_ns(e) for e in own.responses if e.message.status >= 200 and e.arrived]
    return own.request.sent_ns < at_ns < min(ends, default=at_ns + 1)


@rule(
    "RFC3261-12.2.2-1",
    level="MUST",
    severity="breaks-transfer",
    cites="RFC 3261 section 12.2.2",
    role="any",
    text="A request in a call that has ended is refused with 481",
)
def ended_call_is_unknown(case: Case) -> Iterator[Check]:
    """Judge INVITE, UPDATE and INFO that arrive after the BYE of that call was answered with 2xx."""
    for leg in case.legs:
        gone = None if leg.bye is None else leg.bye.final
        if gone is None or gone.message.status >= 300:
            continue
        for each in leg.in_method("INVITE", "UPDATE", "INFO"):
            final = each.final
            if not in_dialog(each) or final is None or each.request.at_ns <= arrival_ns(gone):
                continue
            if final.message.status >= 300:
                yield PASSED
            else:
                text = f"{each.method} was accepted in a call that had ended"
                yield Check.failed(text, final, gone, who=each.reached)


@rule(
    "RFC3261-12.2.1.2-1",
    level="SHOULD",
    severity="interop-risk",
    cites="RFC 3261 section 12.2.1.2",
    role="any",
    text="Who gets 481 or 408 in a call takes it as ended, and sends nothing but BYE",
)
def dead_call_is_left(case: Case) -> Iterator[Check]:
    """Look for INVITE, UPDATE, INFO or REFER of that side after such an answer."""
    for leg in case.legs:
        for transaction in leg.in_method("INVITE", "UPDATE", "INFO"):
            final = transaction.final
            if not in_dialog(transaction) or final is None or final.message.status not in (408, 481):
                continue
            later = _later(leg, transaction, final)
            if later is None:
                yield PASSED
            else:
                text = f"{later.method} was sent in a call that {final.message.status} had declared dead"
                yield Check.failed(text, later.request, final, who=later.sender)


def _later(leg: Leg, transaction: Transaction, final: MessageEntry) -> Transaction | None:
    for each in leg.in_method("INVITE", "UPDATE", "INFO", "REFER"):
        if each.sender == transaction.sender and final.arrived and each.request.at_ns > arrival_ns(final):
            return each
    return None


@rule(
    "RFC3261-13.2.2.4-2",
    level="MUST",
    severity="breaks-transfer",
    cites="RFC 3261 section 13.2.2.4",
    role="any",
    text="A call that is answered although it was cancelled is acknowledged and ended with BYE",
)
def unwanted_answer_is_ended(case: Case) -> Iterator[Check]:
    """Look for a BYE after a 2xx that crossed a CANCEL (limit of the harness: 4 s)."""
    facts = facts_of(case)
    for leg in case.legs:
        if leg.cancel is None or leg.answered is None or not leg.answered.arrived:
            continue
        since_ns = arrival_ns(leg.answered)
        if leg.cancel.request.at_ns > since_ns:
            continue  # it crossed nothing: the caller had the answer
        if leg.bye is not None and leg.bye.request.at_ns - since_ns <= PROMPT_NS:
            yield PASSED
        elif leg.bye is not None or facts.waited(since_ns, PROMPT_NS):
            text = "the call was answered after the CANCEL, and nobody ended it"
            if leg.bye is not None:
                text += f" for {format_duration((leg.bye.request.at_ns - since_ns) // MS * MS)}"
            yield Check.failed(text, leg.cancel.request, leg.answered, who=leg.cancel.sender)
        else:
            yield facts.too_short(since_ns, "a cancelled call was answered", leg.answered)


@rule(
    "RFC3261-8.2.2-1",
    level="MUST",
    severity="loses-context",
    cites="RFC 3261 section 8.2.2",
    role="any",
    text="Headers that a user agent does not know are ignored, not refused",
)
def unknown_headers_are_ignored(case: Case) -> Iterator[Check]:
    """Judge answers to INVITE and REFER with X- headers: 420 without Require, and 400 that names one."""
    for transaction in facts_of(case).transactions:
        asked = transaction.request
        if b"\nX-" not in asked.raw and b"\nx-" not in asked.raw:
            continue
        final = transaction.final
        if final is None or transaction.method not in ("INVITE", "REFER"):
            continue
        names = [name.lower() for name, _ in asked.message.headers() if name[:2].lower() == "x-"]
        status = final.message.status
        told = " ".join((final.message.reason, *final.message.rows("warning"))).lower()
        required = asked.message.rows("require") or asked.message.rows("proxy-require")
        if (status == 420 and not required) or (status == 400 and any(name in told for name in names)):
            text = f"{transaction.method} was refused with {status} because of {', '.join(names)}"
            yield Check.failed(text, final, asked, who=transaction.reached)
        else:
            yield PASSED
