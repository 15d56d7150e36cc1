"""Rules that hold for one message by itself, whatever it belongs to.

Must not live here: defects that only the parser sees (`wire`), rules on bodies (`sipfrag.py`).
"""

from collections.abc import Iterator

from harness.base.endpoint import RELIABLE, Endpoint
from harness.judge.rule import PASSED, Check, rule
from harness.judge.rules.facts import answerer, facts_of
from harness.trace.entries import MessageEntry
from harness.trace.model import Case
from harness.wire.sip.headers import NameAddress
from harness.wire.sip.message import Message

CSEQ_END = 2**31
COOKIE = "z9hG4bK"
DATAGRAM_BYTES = 1300

_MANDATORY = ("Via", "Max-Forwards", "From", "To", "Call-ID", "CSeq")
_WITH_EVENT = frozenset(("NOTIFY", "SUBSCRIBE", "PUBLISH"))
_ADDRESSES = ("refer-to", "referred-by", "p-asserted-identity", "from", "to", "contact")
_URI_PARAMETERS = frozenset(("method", "transport", "user", "gr", "maddr", "ttl", "lr"))


@rule(
    "RFC3261-8.1.1-1",
    level="MUST",
    severity="breaks-transfer",
    cites="RFC 3261 section 8.1.1",
    role="any",
    text="Every request has Via, Max-Forwards, From with a tag, To, Call-ID and CSeq",
)
def request_has_its_headers(case: Case) -> Iterator[Check]:
    """Look for the six headers and the From tag."""
    for entry in facts_of(case).requests:
        message = entry.message
        first = message.first
        if message.from_tag and None not in (
            first("via"),
            first("max-forwards"),
            first("to"),
            first("cseq"),
            first("call-id"),
        ):
            yield PASSED
        else:
            missing = [name for name in _MANDATORY if first(name.lower()) is None]
            if not message.from_tag:
                missing.append("From tag")
            text = f"{message.method} has no {', no '.join(missing)}"
            yield Check.failed(text, entry, who=entry.source)


@rule(
    "RFC3261-8.1.1.5-1",
    level="MUST",
    severity="breaks-transfer",
    cites="RFC 3261 section 8.1.1.5",
    role="any",
    text="The method in CSeq is that of the request, and the number is below 2**31",
)
def cseq_names_the_method(case: Case) -> Iterator[Check]:
    """Compare CSeq with the request line."""
    for entry in facts_of(case).requests:
        message = entry.message
        if message.first("cseq") is None:
            continue
        if message.cseq_method == message.method and 0 <= message.cseq_number < CSEQ_END:
            yield PASSED
        else:
            text = f"{message.method} has CSeq {message.first('cseq')}"
            yield Check.failed(text, entry, who=entry.source)


@rule(
    "RFC3261-8.1.1.7-1",
    level="MUST",
    severity="interop-risk",
    cites="RFC 3261 section 8.1.1.7",
    role="any",
    text="The top Via branch starts with z9hG4bK and is new for each request",
)
def branch_is_new(case: Case) -> Iterator[Check]:
    """Compare branches of one sender; CANCEL and the ACK to a refusal share that of their INVITE."""
    used: dict[tuple[Endpoint, Endpoint, str], Message] = {}
    for entry in facts_of(case).requests:
        message = entry.message
        if not message.first("via"):
            continue
        if message.repeats and _twice(message.rows("via")):
            yield Check.failed("the same Via stands twice", entry, who=entry.source)
            continue
        if not message.branch.startswith(COOKIE):
            text = f"the branch {message.branch or '(none)'} of {message.method} does not start with {COOKIE}"
            yield Check.failed(text, entry, who=entry.source)
            continue
        before = used.setdefault((entry.source, entry.destination, message.branch), message)
        if before is message or _shares_branch(before, message):
            yield PASSED
        elif message.method == "ACK":
            text = "the ACK to a 2xx has the branch of its INVITE"
            yield Check.informed(text, entry, who=entry.source)
        else:
            text = f"{message.method} has the branch of {before.method} with CSeq {before.cseq_number}"
            yield Check.failed(text, entry, who=entry.source)


def _twice(rows: list[str]) -> bool:
    return len(set(rows)) < len(rows)


def _shares_branch(one: Message, other: Message) -> bool:
    """True for the same request again, and for CANCEL and ACK to a refusal with their INVITE."""
    if (one.cseq_number, one.call_id) != (other.cseq_number, other.call_id):
        return False
    methods = {one.method, other.method}
    if methods == {"INVITE", "ACK"}:
        ack, invite = (one, other) if one.method == "ACK" else (other, one)
        # RFC 3261 section 17.1.1.3: the ACK to a refusal copies the Request-URI too.
        return ack.uri == invite.uri
    return len(methods) == 1 or "CANCEL" in methods


@rule(
    "RFC3261-8.1.1.8-1",
    level="MUST",
    severity="breaks-transfer",
    cites="RFC 3261 section 8.1.1.8",
    role="any",
    text="An INVITE has exactly one Contact with a SIP or SIPS URI",
)
def invite_has_one_contact(case: Case) -> Iterator[Check]:
    """Count Contact values in INVITEs and re-INVITEs."""
    for entry in facts_of(case).requests:
        if entry.message.method != "INVITE":
            continue
        contacts = entry.message.values("contact")
        if len(contacts) == 1 and NameAddress.parse(contacts[0]).uri.scheme in ("sip", "sips"):
            yield PASSED
        else:
            text = (
                f"the INVITE has Contact {contacts[0]}"
                if len(contacts) == 1
                else (f"the INVITE has {len(contacts) or 'no'} Contact values")
            )
            yield Check.failed(text, entry, who=entry.source)


@rule(
    "RFC8217-4-1",
    level="MUST NOT",
    severity="breaks-transfer",
    cites="RFC 8217 section 4",
    role="any",
    text="A URI with comma, semicolon or question mark stands in angle brackets",
)
def odd_uris_are_bracketed(case: Case) -> Iterator[Check]:
    """Judge Refer-To, Referred-By, P-Asserted-Identity, From, To and Contact of requests."""
    for entry in facts_of(case).requests:
        found = None
        for name in _ADDRESSES:
            value = entry.message.first(name)
            if value is not None and "<" not in value and _ambiguous(value):
                found = f"{name.title()} {value} needs angle brackets"
                yield Check.failed(found, entry, who=entry.source)
                break
        if found is None:
            yield PASSED


def _ambiguous(value: str) -> bool:
    uri, _, tail = value.partition(";")
    if "?" in uri or "," in uri:
        return True
    names = {piece.partition("=")[0].strip().lower() for piece in tail.split(";")}
    return bool(names & _URI_PARAMETERS) or "?" in tail.partition('"')[0]


@rule(
    "RFC3261-18.3-1",
    level="MUST",
    severity="interop-risk",
    cites="RFC 3261 section 18.3",
    role="any",
    text="Content-Length is there on streams and not greater than the body on datagrams",
)
def content_length_is_right(case: Case) -> Iterator[Check]:
    """Compare Content-Length with what followed."""
    for entry in facts_of(case).messages:
        written = entry.message.first("content-length")
        if written is None:
            if entry.transport not in RELIABLE:
                continue
            yield Check.failed("the message has no Content-Length on a stream", entry, who=entry.source)
        elif written.isdecimal() and len(written) < 10 and int(written) > len(entry.message.body):
            text = f"Content-Length is {written}, but the body has {len(entry.message.body)} bytes"
            # A capture may have been told to keep only the first bytes of each packet.
            blame = Check.informed if entry.stamp_source == "capture" else Check.failed
            yield blame(text, entry, who=entry.source)
        elif _cut_off(entry):
            text = f"Content-Length is {written}, and more of the body follows, which is lost"
            yield Check.failed(text, entry, who=entry.source)
        else:
            yield PASSED


def _cut_off(entry: MessageEntry) -> bool:
    """True when a datagram goes on behind the body with more than padding."""
    if not any(defect.code == "extra-octets" for defect in entry.message.framing_defects):
        return False
    _, _, rest = entry.raw.partition(b"\r\n\r\n")
    return bool(rest[len(entry.message.body) :].strip(b"\r\n \t\0"))


@rule(
    "RFC3261-18.1.1-1",
    level="MUST",
    severity="breaks-transfer",
    cites="RFC 3261 section 18.1.1",
    role="any",
    text="A request of more than 1300 bytes does not go over UDP",
)
def large_request_avoids_datagrams(case: Case) -> Iterator[Check]:
    """Information only: the rule does not bind a sender that knows its path carries more."""
    for entry in facts_of(case).requests:
        if entry.transport != "udp":
            continue
        size = len(entry.raw)
        if size <= DATAGRAM_BYTES:
            yield PASSED
        else:
            text = f"{entry.message.method} of {size} bytes went over UDP"
            yield Check.informed(text, entry, who=entry.source)


@rule(
    "RFC3261-8.2.1-1",
    level="MUST",
    severity="interop-risk",
    cites="RFC 3261 section 8.2.1",
    role="any",
    text="405 names the methods that are allowed, and not the refused one",
)
def refused_method_comes_with_allow(case: Case) -> Iterator[Check]:
    """Look at Allow of each 405."""
    for transaction, final in facts_of(case).refusals:
        if final.message.status != 405:
            continue
        allowed = final.message.values("allow")
        if not allowed:
            yield Check.failed("the 405 has no Allow", final, who=answerer(transaction, final))
        elif transaction.method in allowed:
            text = f"the 405 to {transaction.method} says that {transaction.method} is allowed"
            yield Check.failed(text, final, transaction.request, who=answerer(transaction, final))
        else:
            yield PASSED


@rule(
    "RFC3261-8.2.2.3-1",
    level="MUST",
    severity="breaks-transfer",
    cites="RFC 3261 section 8.2.2.3",
    role="any",
    text="420 names in Unsupported the option tags that were not understood",
)
def bad_extension_is_named(case: Case) -> Iterator[Check]:
    """Look at Unsupported of each 420."""
    for transaction, final in facts_of(case).refusals:
        if final.message.status != 420:
            continue
        if final.message.values("unsupported"):
            yield PASSED
        else:
            yield Check.failed(
                "the 420 has no Unsupported", final, transaction.request, who=answerer(transaction, final)
            )


@rule(
    "RFC3261-22.2-1",
    level="MUST",
    severity="breaks-transfer",
    cites="RFC 3261 section 22.2",
    role="any",
    text="401 carries WWW-Authenticate and 407 Proxy-Authenticate",
)
def challenge_can_be_answered(case: Case) -> Iterator[Check]:
    """Look for the challenge."""
    for transaction, final in facts_of(case).refusals:
        if final.message.status not in (401, 407):
            continue
        name = "WWW-Authenticate" if final.message.status == 401 else "Proxy-Authenticate"
        if final.message.first(name.lower()):
            yield PASSED
        else:
            text = f"the {final.message.status} has no {name}"
            yield Check.failed(text, final, transaction.request, who=answerer(transaction, final))


@rule(
    "RFC6665-8.2.1-1",
    level="MUST NOT",
    severity="cosmetic",
    cites="RFC 6665 section 8.2.1",
    role="any",
    text="Event stands only in requests that are defined to have it, never in responses",
)
def event_stands_where_it_belongs(case: Case) -> Iterator[Check]:
    """Look for Event in everything but NOTIFY, SUBSCRIBE and PUBLISH."""
    for entry in facts_of(case).messages:
        message = entry.message
        if message.is_request and message.method in _WITH_EVENT:
            continue
        if message.first("event") is None:
            yield PASSED
        else:
            what = message.method if message.is_request else f"{message.status} to {message.method}"
            yield Check.failed(f"Event stands in a {what}", entry, who=entry.source)


@rule(
    "RFC6665-8.2.3-1",
    level="MUST NOT",
    severity="cosmetic",
    cites="RFC 6665 section 8.2.3",
    role="any",
    text="Subscription-State stands only in NOTIFY requests",
)
def subscription_state_stands_in_notify(case: Case) -> Iterator[Check]:
    """Look for Subscription-State in everything but NOTIFY requests."""
    for entry in facts_of(case).messages:
        message = entry.message
        if message.is_request and message.method == "NOTIFY":
            continue
        if message.first("subscription-state") is None:
            yield PASSED
        else:
            what = message.method if message.is_request else f"{message.status} to {message.method}"
            yield Check.failed(f"Subscription-State stands in a {what}", entry, who=entry.source)
