"""Rules on Refer-Sub and norefersub: who asks for no NOTIFYs, and what both sides then do (RFC 4488).

Must not live here: what a granted suppression means for NOTIFYs (`notify.py`).
"""

from collections.abc import Iterator

from harness.judge.rule import PASSED, Check, rule
from harness.judge.rules.facts import SUBSCRIPTION_ENDING, facts_of, in_dialog, requires
from harness.trace.model import Case, Transfer
from harness.wire.sip.headers import option_tags
from harness.wire.sip.transfer import refer_sub
from harness.wire.sip.uri import Uri


def _asking(case: Case) -> Iterator[Transfer]:
    """The transfers whose REFER says Refer-Sub: false."""
    for transfer in case.transfers:
        message = transfer.refer.request.message
        if message.first("refer-sub") is not None and refer_sub(message) is False:
            yield transfer


@rule(
    "RFC4488-4-3",
    level="MUST",
    severity="breaks-transfer",
    cites="RFC 4488 section 4",
    role="subscriber",
    text="Who asked for no subscription and did not get that keeps the usual one",
)
def refused_suppression_is_accepted(case: Case) -> Iterator[Check]:
    """Judge the answers to NOTIFYs that come although Refer-Sub: false was asked for."""
    for transfer in _asking(case):
        final = transfer.refer.final
        if final is None or not transfer.accepted or refer_sub(final.message) is False:
            continue
        for report in facts_of(case).reports_of(transfer):
            answer = report.transaction.final
            if answer is None:
                continue
            if answer.message.status in SUBSCRIPTION_ENDING:
                text = (
                    f"a NOTIFY was refused with {answer.message.status}, although the 2xx to the REFER"
                    " did not grant Refer-Sub: false"
                )
                yield Check.failed(text, answer, report.entry, who=report.transaction.reached)
                break
            if answer.message.status < 300:
                yield PASSED


@rule(
    "RFC4488-4-4",
    level="MAY",
    severity="interop-risk",
    cites="RFC 4488 section 4",
    role="referrer",
    text="Refer-Sub: false is asked for only where the REFER reaches one user agent",
)
def suppression_needs_one_receiver(case: Case) -> Iterator[Check]:
    """In a dialog, or to a GRUU or a Contact seen before, nothing forks; else it is information."""
    for transfer in _asking(case):
        entry = transfer.refer.request
        contacts = {each.message.contact_uri for each in facts_of(case).messages if each.n < entry.n}
        uri = entry.message.uri
        if in_dialog(transfer.refer) or uri in contacts or Uri.parse(uri).parameter("gr") is not None:
            yield PASSED
        else:
            text = f"Refer-Sub: false was asked for in a REFER to {uri}, which may fork"
            yield Check.informed(text, entry, who=entry.source)


@rule(
    "RFC4488-4-5",
    level="MUST",
    severity="interop-risk",
    cites="RFC 4488 section 4",
    role="referee",
    text="A referee that cannot suppress the subscription refuses Require: norefersub with 420",
)
def required_suppression_is_understood(case: Case) -> Iterator[Check]:
    """Judge the answer to Require: norefersub; who accepts it answers with Refer-Sub."""
    for transfer in case.transfers:
        final, asked = transfer.refer.final, transfer.refer.request
        if final is None or not requires(asked.message, "norefersub"):
            continue
        if final.message.status == 420:
            named = {tag.lower() for tag in option_tags(final.message.rows("unsupported"))}
            if "norefersub" in named:
                yield PASSED
        elif transfer.accepted:
            if final.message.first("refer-sub") is not None or not transfer.subscription.notifies:
                yield PASSED
            else:
                text = "Require: norefersub was accepted as if it were not there, and a NOTIFY was sent"
                notify = transfer.subscription.notifies[0].request
                yield Check.failed(text, final, asked, notify, who=transfer.referee)
