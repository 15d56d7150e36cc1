"""What makes a request belong to a dialog: Call-ID, tags, the addresses in From and To, Contact.

Must not live here: CSeq, Request-URI and Route (`dialog.py`), NOTIFYs of a REFER (`notify.py`).
"""

from collections.abc import Iterator

from harness.base.endpoint import Endpoint
from harness.judge.rule import PASSED, Check, rule
from harness.judge.rules.facts import facts_of, in_dialog, names_dialog
from harness.trace.entries import MessageEntry
from harness.trace.model import Case, Leg
from harness.wire.sip.headers import NameAddress
from harness.wire.sip.message import Message
from harness.wire.sip.uri import equivalent


@rule(
    "request-names-its-dialog",
    level="PRACTICE",
    severity="breaks-transfer",
    cites="RFC 3261 section 12.2.1.1",
    role="any",
    text="A request inside a dialog has the dialog's Call-ID and both its tags, each in its place",
)
def request_names_its_dialog(case: Case) -> Iterator[Check]:
    """Judge requests with a To tag that can only belong to this call, and BYEs and REFERs that have none.

    NOTIFYs about a REFER have a rule of their own (RFC 3515 section 2.4.4).
    """
    calls = {leg.call_id for leg in case.legs if leg.invites}
    for transaction in case.others:
        entry = transaction.request
        if transaction.method == "REFER" and entry.message.call_id in calls:
            text = "the REFER has the Call-ID of a call, but not both its tags"
            yield Check.failed(text, entry, who=transaction.sender)
    for leg in case.legs:
        for transaction in leg.transactions:
            if transaction.method in ("CANCEL", "NOTIFY") or not leg.invites:
                continue
            if not in_dialog(transaction) and transaction.method not in ("BYE", "REFER"):
                continue
            yield _named(leg, transaction.request)
        for ack in leg.acks[:1]:
            yield _named(leg, ack)


def _named(leg: Leg, entry: MessageEntry) -> Check:
    if names_dialog(leg, entry):
        return PASSED
    message = entry.message
    text = f"the {message.method} has From tag {message.from_tag or 'none'} and To tag "
    text += f"{message.to_tag or 'none'}, which are not those of the call"
    return Check.failed(text, entry, leg.invites[-1].request, who=entry.source)


@rule(
    "stray-dialog",
    level="PRACTICE",
    severity="breaks-transfer",
    cites="RFC 3261 section 12.2.2",
    role="any",
    text="No request is sent inside a dialog that nobody has begun",
)
def stray_dialog(case: Case) -> Iterator[Check]:
    """Look for calls without INVITE. In a capture the beginning may only be missing."""
    facts = facts_of(case)
    for leg in case.legs:
        if leg.invites:
            yield PASSED
            continue
        first = leg.transactions[0]
        if not facts.closed:
            text = f"the trace begins inside a call: nothing is known of the dialog of this {first.method}"
            yield Check.undecided(text, first.request)
        else:
            text = f"the {first.method} belongs to a dialog that does not exist"
            yield Check.failed(text, first.request, who=first.sender)


@rule(
    "dialog-addresses-kept",
    level="PRACTICE",
    severity="interop-risk",
    cites="RFC 3261 section 12.2.1.1",
    role="any",
    text="The addresses in From and To stay the same for a whole dialog",
)
def dialog_addresses_kept(case: Case) -> Iterator[Check]:
    """Compare by value with the first INVITE, and tell the first change of each side: information, for
    RFC 4916 lets an address change."""
    for leg in case.legs:
        if not leg.invites:
            continue
        began = leg.invites[-1].request
        ends = {leg.caller_tag: began.message.from_, leg.callee_tag: began.message.to}
        told: list[Endpoint] = []
        for transaction in leg.transactions:
            if transaction.method == "CANCEL" or transaction.sender in told or not in_dialog(transaction):
                continue
            if not names_dialog(leg, transaction.request):
                continue  # whose addresses these should be cannot be told
            changed = _changed_address(transaction.request.message, ends)
            if changed is None:
                yield PASSED
            else:
                told.append(transaction.sender)
                yield Check.informed(changed, transaction.request, began, who=transaction.sender)


def _changed_address(message: Message, ends: dict[str, NameAddress]) -> str | None:
    for name, address, tag in (
        ("From", message.from_, message.from_tag),
        ("To", message.to, message.to_tag),
    ):
        known = ends.get(tag)
        if known is None or known.uri.text == address.uri.text or equivalent(known.uri, address.uri):
            continue
        return f"{name} of the {message.method} says {address.uri.text}, the dialog has {known.uri.text}"
    return None


@rule(
    "target-refresh-has-contact",
    level="PRACTICE",
    severity="interop-risk",
    cites="RFC 3261 section 12.2.1.1",
    role="any",
    text="NOTIFY and UPDATE say in Contact where further requests are to be sent",
)
def target_refresh_has_contact(case: Case) -> Iterator[Check]:
    """Look for Contact, and tell the first message of each party without one: information, for the RFC has
    it as SHOULD. INVITE and REFER have rules of their own."""
    told: list[Endpoint] = []
    for transaction in facts_of(case).transactions:
        if transaction.method not in ("NOTIFY", "UPDATE") or transaction.sender in told:
            continue
        count = len(transaction.request.message.values("contact"))
        if count == 1:
            yield PASSED
        else:
            told.append(transaction.sender)
            text = f"the {transaction.method} has {count or 'no'} Contact{'s' * (count > 1)}"
            yield Check.informed(text, transaction.request, who=transaction.sender)
