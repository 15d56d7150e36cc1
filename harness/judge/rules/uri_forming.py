"""Rules on how the request to the refer target is formed from the Refer-To URI (RFC 3261 section 19.1.5).

Must not live here: headers that must be taken over (`triggered.py`).
"""

from collections.abc import Iterator

from harness.base.endpoint import Endpoint
from harness.judge.rule import PASSED, Check, rule
from harness.judge.rules.facts import wanted_target
from harness.judge.rules.triggered import triggered_invites
from harness.trace.entries import MessageEntry
from harness.trace.model import Case, Transaction, Transfer
from harness.wire.sip.uri import Uri

_DANGEROUS = frozenset(
    (
        *("from", "call-id", "cseq", "via", "record-route", "route", "contact", "max-forwards", "accept"),
        *("accept-encoding", "accept-language", "allow", "organization", "supported", "user-agent"),
    )
)
"""Headers of a URI that are not honoured (RFC 3261 section 19.1.5)."""

_COMPACT = {"f": "from", "i": "call-id", "v": "via", "m": "contact", "k": "supported"}
_PORTS = {"sip": 5060, "sips": 5061}


def _formed(case: Case) -> Iterator[tuple[Transfer, Uri, Transaction]]:
    """(transfer, its Refer-To URI, the INVITE made of it) where the Request-URI has something to say."""
    for transfer in case.transfers:
        if transfer.triggered:
            target = wanted_target(transfer)
            if target is not None:
                for invite in triggered_invites(transfer):
                    yield transfer, target.uri, invite
                    break  # a redirection replaces the URI


@rule(
    "RFC3261-19.1.5-2",
    level="SHOULD NOT",
    severity="breaks-transfer",
    cites="RFC 3261 section 19.1.5",
    role="referee",
    text="From, Route, Contact and their like in a Refer-To URI are not taken over",
)
def dangerous_headers_are_refused(case: Case) -> Iterator[Check]:
    """Compare such headers of the URI with those of the triggered INVITE."""
    for transfer, uri, invite in _formed(case):
        given = [(_COMPACT.get(name.lower(), name.lower()), value) for name, value in uri.headers]
        given = [(name, value) for name, value in given if name in _DANGEROUS]
        if not given:
            continue
        message = invite.request.message
        taken = [name for name, value in given if value.strip() in map(str.strip, message.rows(name))]
        if taken:
            text = f"{', '.join(taken)} of the Refer-To URI went into the triggered INVITE"
            yield Check.failed(text, invite.request, transfer.refer.request, who=invite.sender)
        else:
            yield PASSED


@rule(
    "RFC3261-19.1.5-3",
    level="MUST",
    severity="breaks-transfer",
    cites="RFC 3261 section 19.1.5",
    role="referee",
    text="The method of a Refer-To URI is that of the request, and does not stand in the Request-URI",
)
def method_parameter_is_used(case: Case) -> Iterator[Check]:
    """Look at the Request-URI of INVITEs that a Refer-To with method=INVITE triggered."""
    for transfer, uri, invite in _formed(case):
        method = uri.parameter("method")
        if method is None:
            continue
        evidence = (invite.request, transfer.refer.request)
        if method.upper() != "INVITE":
            text = f"Refer-To asks for {method}, and an INVITE was sent"
            yield Check.failed(text, *evidence, who=invite.sender)
        elif Uri.parse(invite.request.message.uri).parameter("method") is not None:
            text = f"the Request-URI {invite.request.message.uri} has a method parameter"
            yield Check.failed(text, *evidence, who=invite.sender)
        else:
            yield PASSED


@rule(
    "uri-headers-left-in-request-uri",
    level="PRACTICE",
    severity="loses-context",
    cites="RFC 3261 section 19.1.5",
    role="referee",
    text="Headers of the Refer-To URI do not stay in the Request-URI.",
)
def request_uri_has_no_headers(case: Case) -> Iterator[Check]:
    """Judge the INVITE that a Refer-To with headers triggered."""
    for transfer, uri, invite in _formed(case):
        if not uri.headers:
            continue
        written = invite.request.message.uri
        if "?" in written:
            text = f"the Request-URI of the triggered INVITE is {written}"
            yield Check.failed(text, invite.request, transfer.refer.request, who=invite.sender)
        else:
            yield PASSED


@rule(
    "sips-not-downgraded",
    level="PRACTICE",
    severity="breaks-transfer",
    cites="RFC 3261 section 19.1",
    role="referee",
    text="A sips: refer target is called by sips:, not by sip:.",
)
def sips_stays_sips(case: Case) -> Iterator[Check]:
    """Compare the schemes of Refer-To and Request-URI."""
    for transfer, uri, invite in _formed(case):
        if uri.scheme != "sips":
            continue
        entry = invite.request
        if entry.message.uri[:5].lower() == "sips:" or entry.transport == "tls":
            yield PASSED
        else:
            text = f"Refer-To is {uri.text}, but the INVITE goes to {entry.message.uri} by {entry.transport}"
            yield Check.failed(text, entry, transfer.refer.request, who=invite.sender)


def _port(uri: Uri) -> int:
    return uri.port or _PORTS.get(uri.scheme, 0)


@rule(
    "refer-to-keeps-target-port",
    level="PRACTICE",
    severity="breaks-transfer",
    cites="practice",
    role="any",
    text="The refer target's port is the one that was dialled and referred to.",
)
def target_port_is_kept(case: Case) -> Iterator[Check]:
    """Compare Refer-To with what its sender had dialled, and the triggered INVITE with Refer-To."""
    for transfer in case.transfers:
        target = wanted_target(transfer)
        if target is None or not target.uri.host:
            continue
        dialled = _dialled(case, transfer.referrer, transfer.refer.request, target.uri)
        if dialled is not None:
            uri = Uri.parse(dialled.message.uri)
            if _port(uri) == _port(target.uri):
                yield PASSED
            else:
                text = f"Refer-To is {target.uri.text}, but {dialled.message.uri} was dialled before"
                yield Check.failed(
                    text, transfer.refer.request, dialled, who=transfer.referrer, role="referrer"
                )
    for transfer, wanted, invite in _formed(case):
        uri = Uri.parse(invite.request.message.uri)
        if (uri.user, uri.host) != (wanted.user, wanted.host) or wanted.port is None:
            continue
        if (wanted.host, _port(wanted)) == (transfer.referee.host, transfer.referee.port):
            continue  # a number of its own: it alone knows where that is (RFC 3261 section 16.5)
        if _port(uri) == _port(wanted):
            yield PASSED
        else:
            text = f"Refer-To is {wanted.text}, but the INVITE goes to {uri.text}"
            evidence = (invite.request, transfer.refer.request)
            yield Check.failed(text, *evidence, who=invite.sender, role="referee")


def _dialled(case: Case, referrer: Endpoint, refer: MessageEntry, target: Uri) -> MessageEntry | None:
    """The last INVITE by which the referrer itself had called that user at that host."""
    found = None
    for leg in case.legs:
        if leg.caller != referrer or not leg.invites:
            continue
        entry = leg.invites[-1].request
        uri = Uri.parse(entry.message.uri)
        if entry.n < refer.n and (uri.user, uri.host) == (target.user, target.host):
            found = entry
    return found


@rule(
    "redirect-loop",
    level="PRACTICE",
    severity="breaks-transfer",
    cites="RFC 3261 section 8.1.3.4",
    role="referee",
    text="Nobody calls a URI again that had already redirected the same call.",
)
def redirections_do_not_loop(case: Case) -> Iterator[Check]:
    """Compare the Request-URIs of the calls that one REFER, or one caller, made after a 3xx."""
    for calls in _call_chains(case):
        gone: dict[str, MessageEntry] = {}
        again = None
        for invite in calls:
            uri = invite.request.message.uri
            again = again or (invite if uri in gone else None)
            final = invite.final
            if final is not None and 300 <= final.message.status < 400:
                gone.setdefault(uri, final)
        if again is not None:
            text = f"{again.request.message.uri} was called again after it had redirected this call"
            first = gone[again.request.message.uri]
            yield Check.failed(text, again.request, first, who=again.sender)
        elif gone:
            yield PASSED


def _call_chains(case: Case) -> Iterator[list[Transaction]]:
    """The INVITEs by which one call was tried, in order: of a REFER, or of a leg outside a transfer."""
    triggered = {leg.number for transfer in case.transfers for leg in transfer.triggered}
    for transfer in case.transfers:
        if len(transfer.triggered) > 1 or any(leg.refused for leg in transfer.triggered):
            yield [invite for leg in transfer.triggered for invite in leg.invites]
    for leg in case.legs:
        if leg.number not in triggered and leg.refused is not None:
            yield leg.invites
