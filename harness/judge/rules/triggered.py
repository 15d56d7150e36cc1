"""Rules on the INVITE that a REFER triggers: what the referee takes over into it.

Must not live here: how its outcome is reported (`sipfrag.py`).
"""

from collections.abc import Iterator

from harness.judge.rule import PASSED, Check, rule
from harness.trace.model import Case, Transaction, Transfer
from harness.wire.sip.headers import NameAddress
from harness.wire.sip.uri import equivalent


@rule(
    "RFC3892-2.2-1",
    level="MUST",
    severity="loses-context",
    cites="RFC 3892 section 2.2",
    role="referee",
    text="Referred-By is copied into the request that the REFER triggers",
)
def referred_by_is_copied(case: Case) -> Iterator[Check]:
    """Compare by value: brackets may come and go."""
    for transfer in case.transfers:
        given = transfer.refer.request.message.first("referred-by")
        if not given:
            continue
        for invite in triggered_invites(transfer):
            copied = invite.request.message.first("referred-by")
            evidence = (invite.request, transfer.refer.request)
            if not copied:
                yield Check.failed("the triggered INVITE has no Referred-By", *evidence, who=invite.sender)
            elif equivalent(NameAddress.parse(given).uri, NameAddress.parse(copied).uri):
                yield PASSED
            else:
                text = f"Referred-By {given} became {copied} in the triggered INVITE"
                yield Check.failed(text, *evidence, who=invite.sender)


def triggered_invites(transfer: Transfer) -> Iterator[Transaction]:
    """The first INVITE of each leg that the referee itself began for this REFER."""
    for leg in transfer.triggered:
        if leg.invites and leg.invites[0].sender.host == transfer.referee.host:
            yield leg.invites[0]


@rule(
    "RFC3261-19.1.5-1",
    level="SHOULD",
    severity="loses-context",
    cites="RFC 3261 section 19.1.5",
    role="referee",
    text="Headers in the Refer-To URI become headers of the triggered request",
)
def refer_to_headers_are_used(case: Case) -> Iterator[Check]:
    """Compare each `?name=value` of Refer-To with the triggered INVITE; dangerous ones may be refused."""
    for transfer in case.transfers:
        values = transfer.refer.request.message.values("refer-to")
        given = NameAddress.parse(values[0]).uri.headers if len(values) == 1 else ()
        wanted = [(name, value) for name, value in given if name.lower() not in _NOT_HONOURED]
        if not wanted:
            continue
        for invite in triggered_invites(transfer):
            message = invite.request.message
            lost = [
                name for name, value in wanted if _squeezed(value) not in map(_squeezed, message.rows(name))
            ]
            if lost:
                text = f"{', '.join(lost)} of the Refer-To URI did not become headers of the triggered INVITE"
                yield Check.failed(text, invite.request, transfer.refer.request, who=invite.sender)
            else:
                yield PASSED


_NOT_HONOURED = frozenset(
    (
        *(
            "from",
            "f",
            "call-id",
            "i",
            "cseq",
            "via",
            "v",
            "record-route",
            "route",
            "to",
            "t",
            "contact",
            "m",
        ),
        *("max-forwards", "accept", "accept-encoding", "accept-language", "allow", "organization"),
        *(
            "supported",
            "k",
            "user-agent",
            "body",
            "content-length",
            "l",
            "content-type",
            "c",
            "content-encoding",
        ),
        *("authorization", "proxy-authorization", "identity", "y", "p-asserted-identity"),
    )
)
"""Headers that RFC 3261 section 19.1.5 lets, or wants, a user agent leave out."""


def _squeezed(text: str) -> str:
    return "".join(text.split()).lower()
