"""Rules on the REFER request: what the referrer writes into it and how it is routed.

Must not live here: how the referee treats it (`referee.py`).
"""

from collections.abc import Iterator

from harness.judge.rule import PASSED, Check, rule
from harness.judge.rules.facts import in_dialog, shares_gruu
from harness.judge.rules.remote_target import misrouted
from harness.trace.model import Case
from harness.wire.sip.headers import option_tags


@rule(
    "RFC3515-2-1",
    level="MUST",
    severity="breaks-transfer",
    cites="RFC 3515 section 2",
    role="referrer",
    text="A REFER carries exactly one Contact value, because it can create a dialog",
)
def refer_has_one_contact(case: Case) -> Iterator[Check]:
    """Count Contact values in each REFER."""
    for transfer in case.transfers:
        entry = transfer.refer.request
        count = len(entry.message.values("contact"))
        if count == 1:
            yield PASSED
        else:
            yield Check.failed(f"the REFER has {count or 'no'} Contact values", entry, who=entry.source)


@rule(
    "RFC3515-2-2",
    level="MUST",
    severity="breaks-transfer",
    cites="RFC 3515 section 2",
    role="referrer",
    text="A REFER inside a dialog is routed by it: remote target in the Request-URI, route set in Route",
)
def refer_follows_dialog(case: Case) -> Iterator[Check]:
    """Compare Request-URI and Route of each REFER with the dialog that carries it."""
    for transfer in case.transfers:
        if transfer.leg is not None and in_dialog(transfer.refer):
            yield from misrouted(transfer.leg, transfer.refer)


@rule(
    "RFC3515-2.4.1-1",
    level="MUST",
    severity="breaks-transfer",
    cites="RFC 3515 section 2.4.1",
    role="referrer",
    text="A REFER names exactly one resource in Refer-To",
)
def refer_has_one_refer_to(case: Case) -> Iterator[Check]:
    """Count Refer-To values in each REFER."""
    for transfer in case.transfers:
        entry = transfer.refer.request
        count = len(entry.message.values("refer-to"))
        if count == 1:
            yield PASSED
        else:
            yield Check.failed(f"the REFER has {count or 'no'} Refer-To values", entry, who=entry.source)


@rule(
    "RFC3892-2.1-1",
    level="MUST NOT",
    severity="interop-risk",
    cites="RFC 3892 section 2.1",
    role="referrer",
    text="A REFER has at most one Referred-By",
)
def refer_has_one_referred_by(case: Case) -> Iterator[Check]:
    """Count Referred-By values in each REFER."""
    for transfer in case.transfers:
        entry = transfer.refer.request
        count = len(entry.message.values("referred-by"))
        if count <= 1:
            yield PASSED
        else:
            yield Check.failed(f"the REFER has {count} Referred-By values", entry, who=entry.source)


@rule(
    "RFC5589-8-1",
    level="SHOULD",
    severity="loses-context",
    cites="RFC 5589 section 8",
    role="referrer",
    text="A REFER tells the refer target in Referred-By who asked for the transfer",
)
def refer_says_who_refers(case: Case) -> Iterator[Check]:
    """Look for Referred-By. The RFC recommends it in prose only, so that absence is information."""
    for transfer in case.transfers:
        entry = transfer.refer.request
        if entry.message.first("referred-by"):
            yield PASSED
        else:
            yield Check.informed("the REFER has no Referred-By", entry, who=entry.source)


@rule(
    "RFC7647-4-1",
    level="MUST",
    severity="interop-risk",
    cites="RFC 7647 section 4",
    role="referrer",
    text="A REFER to a peer whose Contact is a GRUU is sent outside the dialog",
    profile="rfc7647",
    remark=True,
)
def refer_spares_dialog_of_gruu(case: Case) -> Iterator[Check]:
    """Judge REFERs that concern a call. To a peer without a GRUU both ways are right."""
    for transfer in case.transfers:
        entry = transfer.refer.request
        if transfer.leg is None:
            continue
        required = {tag.lower() for tag in option_tags(entry.message.rows("require"))}
        free = not in_dialog(transfer.refer) or required & {"nosub", "explicitsub"}
        if free or not shares_gruu(transfer.leg, transfer.referee):
            yield PASSED
        else:
            yield Check.failed(
                "the REFER was sent inside the call's dialog although the peer's Contact is a GRUU",
                entry,
                who=entry.source,
            )
