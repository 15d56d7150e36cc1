"""Rules on REFERs outside the dialog of the call (RFC 4538, RFC 7647): Target-Dialog, GRUU, announcements.

Must not live here: REFERs inside the dialog (`refer.py`), the answer to a REFER in general (`referee.py`).
"""

from collections.abc import Iterator

from harness.judge.rule import PASSED, Check, rule
from harness.judge.rules.facts import facts_of, in_dialog, requires, shares_gruu
from harness.trace.entries import MessageEntry
from harness.trace.model import Case, Leg, Transfer
from harness.wire.sip.headers import option_tags
from harness.wire.sip.transfer import TargetDialog, refer_sub

_NAMING = frozenset(("INVITE", "SUBSCRIBE", "REFER"))
"""Requests that may have Target-Dialog (RFC 4538 section 7)."""


def _naming(case: Case) -> Iterator[tuple[Transfer, TargetDialog]]:
    """The transfers whose REFER has a Target-Dialog."""
    for transfer in case.transfers:
        written = transfer.refer.request.message.first("target-dialog")
        if written is not None:
            yield transfer, TargetDialog.parse(written)


def said_by(leg: Leg, who: object) -> Iterator[MessageEntry]:
    """The messages of the INVITEs that began the leg which `who` sent."""
    for invite in leg.invites:
        for entry in (invite.request, *invite.responses):
            if entry.source == who:
                yield entry


@rule(
    "RFC4538-3-1",
    level="MUST",
    severity="breaks-transfer",
    cites="RFC 4538 section 3",
    role="referrer",
    text="Target-Dialog names the call as its receiver sees it: local-tag is the receiver's own tag",
)
def target_dialog_is_seen_from_there(case: Case) -> Iterator[Check]:
    """Compare with the call between the two parties; undecided where it is not in the trace."""
    for transfer, named in _naming(case):
        entry = transfer.refer.request
        if not named.local_tag or not named.remote_tag:
            continue
        leg = next((leg for leg in case.legs if leg.call_id == named.call_id), None)
        if leg is None:
            text = "the dialog that Target-Dialog names is not in the trace"
            yield Check.undecided(text, entry)
        elif (named.local_tag, named.remote_tag) == (leg.tag_of(transfer.referee), leg.tag_of(entry.source)):
            yield PASSED
        else:
            text = "the tags of Target-Dialog are not those of the call as the receiver of the REFER sees it"
            if {named.local_tag, named.remote_tag} == {leg.caller_tag, leg.callee_tag}:
                text = "the tags of Target-Dialog are swapped: local-tag is that of the receiver of the REFER"
            yield Check.failed(text, entry, who=entry.source)


@rule(
    "RFC4538-3-2",
    level="MUST",
    severity="breaks-transfer",
    cites="RFC 4538 section 3",
    role="referrer",
    text="Target-Dialog has both tags",
)
def target_dialog_is_complete(case: Case) -> Iterator[Check]:
    """Look for local-tag and remote-tag."""
    for transfer, named in _naming(case):
        entry = transfer.refer.request
        tags = (("local-tag", named.local_tag), ("remote-tag", named.remote_tag))
        missing = [name for name, tag in tags if not tag]
        if missing:
            yield Check.failed(f"Target-Dialog has no {' and no '.join(missing)}", entry, who=entry.source)
        else:
            yield PASSED


@rule(
    "RFC4538-3-3",
    level="SHOULD",
    severity="interop-risk",
    cites="RFC 4538 section 3",
    role="referrer",
    text="A REFER with Target-Dialog requires tdialog",
)
def target_dialog_is_required(case: Case) -> Iterator[Check]:
    """Look for the option tag in Require."""
    for transfer, _ in _naming(case):
        entry = transfer.refer.request
        if requires(entry.message, "tdialog"):
            yield PASSED
        else:
            text = "the REFER has a Target-Dialog, but no Require: tdialog"
            yield Check.failed(text, entry, who=entry.source)


@rule(
    "RFC4538-7-1",
    level="MUST NOT",
    severity="cosmetic",
    cites="RFC 4538 section 7",
    role="any",
    text="Target-Dialog stands only in INVITE, SUBSCRIBE and REFER requests",
)
def target_dialog_stands_where_it_belongs(case: Case) -> Iterator[Check]:
    """Look at every message that has one."""
    for entry in facts_of(case).messages:
        message = entry.message
        if message.first("target-dialog") is None:
            continue
        if message.is_request and message.method in _NAMING:
            yield PASSED
        else:
            what = message.method if message.is_request else f"{message.status} to {message.method}"
            yield Check.failed(f"Target-Dialog stands in a {what}", entry, who=entry.source)


@rule(
    "RFC5589-5-2",
    level="SHOULD",
    severity="interop-risk",
    cites="RFC 5589 section 5",
    role="referrer",
    text="A REFER leaves the call's dialog only when the peer announced tdialog and a GRUU",
)
def peer_can_be_referred_outside(case: Case) -> Iterator[Check]:
    """Judge REFERs about a call of the trace by what the peer announced in it."""
    for transfer in case.transfers:
        leg, entry = transfer.about, transfer.refer.request
        if leg is None or not leg.invites:
            continue
        announced = [tag for each in said_by(leg, transfer.referee) for tag in _supported(each)]
        able = "tdialog" in announced and shares_gruu(leg, transfer.referee)
        if in_dialog(transfer.refer) and not able:
            yield PASSED
        elif not in_dialog(transfer.refer):
            if able:
                yield PASSED
            else:
                lack = "tdialog" if "tdialog" not in announced else "a GRUU"
                text = f"the REFER was sent outside the call's dialog, but the peer had not announced {lack}"
                yield Check.failed(text, entry, who=entry.source)


def _supported(entry: MessageEntry) -> Iterator[str]:
    return (tag.lower() for tag in option_tags(entry.message.rows("supported")))


@rule(
    "RFC7647-4-2",
    level="MUST",
    severity="breaks-transfer",
    cites="RFC 7647 section 4",
    role="referrer",
    text="A REFER outside the dialog names the call it is about in Target-Dialog",
    profile="rfc7647",
)
def outside_refer_names_its_call(case: Case) -> Iterator[Check]:
    """Judge REFERs without To tag between two parties who are in a call with each other."""
    for transfer in case.transfers:
        entry = transfer.refer.request
        if in_dialog(transfer.refer):
            continue
        if not _in_a_call(transfer, case.trace.messages()):
            continue
        if transfer.about is not None:
            yield PASSED
        else:
            text = "the REFER was sent outside a dialog and does not name the call in Target-Dialog"
            yield Check.failed(text, entry, who=entry.source)


def _in_a_call(transfer: Transfer, messages: list[MessageEntry]) -> bool:
    """True when the two parties of a REFER have a call up; it may stand in another case."""
    ends, up = {transfer.referrer, transfer.referee}, set()
    for entry in messages[: transfer.refer.request.n - 1]:
        if {entry.source, entry.destination} != ends:
            continue
        message = entry.message
        if message.method == "INVITE" and 200 <= message.status < 300:
            up.add(message.call_id)
        elif message.method == "BYE" and message.is_request:
            up.discard(message.call_id)
    return bool(up)


@rule(
    "RFC7647-4-3",
    level="MUST",
    severity="interop-risk",
    cites="RFC 7647 section 4",
    role="referee",
    text="A user agent that accepts REFER understands Target-Dialog",
    profile="rfc7647",
)
def target_dialog_is_understood(case: Case) -> Iterator[Check]:
    """Look for 420 that names tdialog."""
    for transfer, _ in _naming(case):
        final = transfer.refer.final
        if final is None:
            continue
        named = {tag.lower() for tag in option_tags(final.message.rows("unsupported"))}
        if final.message.status == 420 and "tdialog" in named:
            text = "a REFER with Target-Dialog was refused with 420 Unsupported: tdialog"
            yield Check.failed(text, final, transfer.refer.request, who=transfer.referee)
        else:
            yield PASSED


@rule(
    "RFC7647-3-1",
    level="MUST",
    severity="interop-risk",
    cites="RFC 7647 section 3",
    role="referee",
    text="A user agent that accepts a REFER with a subscription gives a GRUU as its Contact",
    profile="rfc7647",
)
def referee_has_gruu(case: Case) -> Iterator[Check]:
    """Look for the gr parameter in the Contact of the 2xx."""
    for transfer in case.transfers:
        final, asked = transfer.refer.final, transfer.refer.request.message
        if final is None or not transfer.accepted or refer_sub(final.message) is False:
            continue
        if requires(asked, "nosub") or requires(asked, "explicitsub"):
            continue
        contact = final.message.contact
        if contact is not None and contact.uri.parameter("gr") is not None:
            yield PASSED
        else:
            text = "the Contact of the 2xx to the REFER is no GRUU"
            yield Check.failed(text, final, who=transfer.referee)


@rule(
    "RFC6665-4.4.4-1",
    level="SHOULD",
    severity="cosmetic",
    cites="RFC 6665 section 4.4.4",
    role="referee",
    text="A user agent that reports on REFERs lists refer in Allow-Events when a dialog is formed",
    profile="rfc6665",
)
def packages_are_announced(case: Case) -> Iterator[Check]:
    """Look at INVITE or 2xx of the referee in the call that carried the REFER."""
    for transfer in case.transfers:
        if transfer.about is None or not transfer.accepted:
            continue
        said = [e for e in said_by(transfer.about, transfer.referee) if e.message.first("contact")]
        if not said:
            continue
        listed = {value.strip().lower() for entry in said for value in entry.message.values("allow-events")}
        if "refer" in listed:
            yield PASSED
        else:
            text = "no message that formed the dialog lists refer in Allow-Events"
            yield Check.failed(text, said[0], who=transfer.referee)
