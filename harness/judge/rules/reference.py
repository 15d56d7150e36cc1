"""Rules on what a REFER says of refer target and referrer: Refer-To, its feature tags, Referred-By.

Must not live here: how many of them there are (`refer.py`), what becomes of them (`triggered.py`).
"""

import re
from collections.abc import Iterator

from harness.judge.rule import PASSED, Check, rule
from harness.judge.rules.facts import facts_of, wanted_target
from harness.trace.model import Case, Transfer
from harness.wire.sip.grammar import Parameters
from harness.wire.sip.headers import NameAddress
from harness.wire.sip.message import Message
from harness.wire.sip.transfer import referred_by

_CONTENT_ID = re.compile(rb"(?im)^content-id[ \t]*:[ \t]*<([^>\r\n]*)>")
_FEATURES = frozenset(
    (
        *("audio", "automata", "class", "duplex", "data", "control", "mobility", "description", "events"),
        *("priority", "methods", "schemes", "application", "video", "language", "type", "isfocus", "actor"),
        *("text", "extensions"),
    )
)
"""Feature tags without a leading plus (RFC 3840 and its registry)."""


@rule(
    "RFC3515-2.1-1",
    level="MUST",
    severity="interop-risk",
    cites="RFC 3515 section 2.1",
    role="referee",
    text="The short header name r means Refer-To",
)
def short_refer_to_is_understood(case: Case) -> Iterator[Check]:
    """Look for 400 to a REFER whose one Refer-To is written as r."""
    for transfer in case.transfers:
        final, asked = transfer.refer.final, transfer.refer.request
        if final is None or b"\nr" not in asked.raw.replace(b"\nR", b"\nr"):
            continue
        if len(asked.message.values("refer-to")) != 1 or not any(
            name.lower() == "r" for name, _ in asked.message.headers()
        ):
            continue
        if final.message.status == 400:
            text = "a REFER with the short header name r for Refer-To was refused with 400"
            yield Check.failed(text, final, asked, who=transfer.referee)
        else:
            yield PASSED


@rule(
    "RFC3892-2.1-2",
    level="MUST",
    severity="interop-risk",
    cites="RFC 3892 section 2.1",
    role="referrer",
    text="The cid of Referred-By names the part of the body that holds the token",
)
def token_is_in_the_body(case: Case) -> Iterator[Check]:
    """Look for a part with that Content-ID."""
    for transfer in case.transfers:
        entry = transfer.refer.request
        named = referred_by(entry.message)
        if named is None or not named.cid:
            continue
        if named.cid in _content_ids(entry.message):
            yield PASSED
        else:
            text = f"Referred-By names the token {named.cid}, but no part of the body has that Content-ID"
            yield Check.failed(text, entry, who=entry.source)


def _content_ids(message: Message) -> set[str]:
    found = {each.decode("latin-1") for each in _CONTENT_ID.findall(message.body)}
    found.add((message.first("content-id") or "").strip("<> "))
    return found


@rule(
    "RFC3892-3-2",
    level="MUST",
    severity="interop-risk",
    cites="RFC 3892 section 3",
    role="referrer",
    text="Referred-By holds a whole URI with its scheme",
)
def referrer_is_a_whole_uri(case: Case) -> Iterator[Check]:
    """Read the URI. Brackets are the matter of RFC 8217."""
    for transfer in case.transfers:
        entry = transfer.refer.request
        written = entry.message.first("referred-by")
        if written is None:
            continue
        if NameAddress.parse(written).uri.scheme:
            yield PASSED
        else:
            yield Check.failed(f"Referred-By is {written}, which is no URI", entry, who=entry.source)


def _features(parameters: Parameters) -> set[str]:
    return {
        name.lower()
        for name, _ in parameters
        # An instance says which device it is, not what it can do.
        if (name.startswith("+") or name.lower() in _FEATURES) and name.lower() != "+sip.instance"
    }


def _target_contacts(transfer: Transfer) -> list[NameAddress]:
    """The Contacts by which the refer target answered."""
    contacts = [
        entry.message.contact
        for leg in transfer.triggered
        for invite in leg.invites
        for entry in invite.responses
        if 100 < entry.message.status < 300
    ]
    return [contact for contact in contacts if contact is not None]


@rule(
    "RFC4508-5-1",
    level="MUST NOT",
    severity="cosmetic",
    cites="RFC 4508 section 5",
    role="referrer",
    text="Feature tags in Refer-To are what the refer target says of itself",
)
def features_are_no_guess(case: Case) -> Iterator[Check]:
    """Compare with the Contact of the target's answers, where they are seen."""
    for transfer in case.transfers:
        entry = transfer.refer.request
        target = wanted_target(transfer)
        told = set() if target is None else _features(target.parameters)
        contacts = _target_contacts(transfer) if told else []
        if not contacts:
            continue
        guessed = sorted(told - set().union(*(_features(contact.parameters) for contact in contacts)))
        if guessed:
            text = f"Refer-To says {', '.join(guessed)}, the Contact of the refer target does not"
            yield Check.failed(text, entry, who=entry.source)
        else:
            yield PASSED


@rule(
    "RFC4508-5-2",
    level="SHOULD",
    severity="loses-context",
    cites="RFC 4508 section 5",
    role="referrer",
    text="Refer-To passes on the feature tags of the Contact it was taken from",
)
def features_are_passed_on(case: Case) -> Iterator[Check]:
    """Compare with the last Contact of that URI the referrer was sent; only a lost isfocus fails."""
    for transfer in case.transfers:
        entry = transfer.refer.request
        target = wanted_target(transfer)
        if target is None:
            continue
        uri = target.uri.text.partition("?")[0]
        last = None
        for each in facts_of(case).messages:
            told = each.message.contact_uri == uri and each.n < entry.n and each.destination == entry.source
            if told and (last is None or each.n > last.n):
                last = each
        contact = None if last is None else last.message.contact
        known = set() if contact is None else _features(contact.parameters)
        lost = known - _features(target.parameters)
        if "isfocus" in lost:
            text = "Refer-To does not say isfocus, although the Contact of the refer target does"
            yield Check.failed(text, entry, last, who=entry.source)
        elif lost:
            text = f"Refer-To leaves out {', '.join(sorted(lost))} of the refer target's Contact"
            yield Check.informed(text, entry, last, who=entry.source)
        elif known:
            yield PASSED
