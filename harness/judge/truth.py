"""The claim against the outcome: one of thirteen values, the first that fits in the order given.

not-owed, undelivered, contradictory, uninformative, silent, undecidable come first in this order,
then the comparison. Must not live here: what happened (`outcome.py`), what was said (`claims.py`).
"""

from dataclasses import dataclass
from typing import Literal

from harness.base.endpoint import Endpoint
from harness.judge.claims import Claim, owed, subscription_ended, unreadable
from harness.judge.outcome import Outcome
from harness.judge.parties import Parties, number_of
from harness.judge.thresholds import (
    CANCEL_FOLLOWS_NS,
    FINAL_NOTIFY_NS,
    LATE_REPORT_NS,
    REORDERED_NS,
    TRANSACTION_TIMEOUT_NS,
)
from harness.trace.model import Case, Leg, Transfer
from harness.wire.sip.headers import NameAddress
from harness.wire.sip.uri import Uri

TruthValue = Literal[
    "truthful",
    "premature-success",
    "false-success",
    "wrong-party",
    "false-failure",
    "wrong-status",
    "late",
    "contradictory",
    "uninformative",
    "silent",
    "undelivered",
    "not-owed",
    "undecidable",
]


@dataclass(frozen=True, slots=True)
class Truth:
    """The value, and one sentence that gives its reason (always set)."""

    value: TruthValue
    why: str


def compare(
    case: Case, transfer: Transfer, outcome: Outcome, made: tuple[Claim, ...], parties: Parties
) -> Truth:
    """Judge the claims of one transfer against its outcome."""
    return (
        _whether_owed(case, transfer)
        or _whether_heard(made)
        or _whether_said(case, transfer, outcome, made)
        or _whether_right(transfer, outcome, made, parties)
    )


def wrong_answerer(transfer: Transfer, leg: Leg, parties: Parties) -> str:
    """Who answered when it was not the party this REFER asked for; empty when it was, or cannot be told."""
    answerer = leg.callee
    if answerer == transfer.referrer:
        return "the referrer itself"
    asked = asked_for(transfer)
    named = None if asked is None else parties.asked(asked)
    if named is not None:
        member = parties.member(answerer)
        right = member is None or member.name == named
        return "" if right or _sent_on(transfer, answerer, parties) else parties.name(answerer)
    # Without a plan: a machine that answers under another number than the one asked for. Behind a
    # B2BUA the Request-URI need not equal Refer-To, so a person is given the benefit of the doubt.
    called = number_of(Uri.parse(leg.invites[-1].request.message.uri)) if leg.invites else ""
    machine = parties.role(answerer) in ("voicemail", "queue", "agent")
    if machine and asked is not None and called != number_of(asked):
        return parties.name(answerer)
    return ""


def _sent_on(transfer: Transfer, answerer: Endpoint, parties: Parties) -> bool:
    """True when the asked-for party itself named another person by a 3xx: that is whom it asked for now."""
    finals = [invite.final_status for leg in transfer.triggered for invite in leg.invites]
    redirected = any(status is not None and 300 <= status < 400 for status in finals)
    return redirected and parties.role(answerer) == "human"


def asked_for(transfer: Transfer) -> Uri | None:
    """The URI in Refer-To; None without one."""
    text = transfer.refer.request.message.first("refer-to")
    return None if text is None else NameAddress.parse(text).uri


def failed_too_soon(leg: Leg, at_ns: int) -> bool:
    """True when a failure reported at `at_ns` was none yet: nothing had ended the target's call.

    No truth value says "failure before the fact"; `wrong-status` is nearest, for the code that was
    reported is one that the target had not given. A referee may report and then CANCEL within 2 s; and
    where nothing ever answered, there is nothing that could be cancelled (RFC 3261 section 9.1).
    """
    invite = leg.invites[-1]
    before = [one for one in invite.responses if one.at_ns <= at_ns]
    given_up = at_ns - invite.request.at_ns >= TRANSACTION_TIMEOUT_NS
    if not before and (given_up or not invite.responses):
        return False
    if leg.bye is not None and leg.bye.request.at_ns <= at_ns:
        return False
    if leg.cancel is not None and leg.cancel.request.at_ns <= at_ns + CANCEL_FOLLOWS_NS:
        return False
    # In a capture two datagrams may stand in the wrong order.
    slack_ns = REORDERED_NS if invite.request.stamp_source == "capture" else 0
    return leg.refused is None or leg.refused.at_ns > at_ns + slack_ns


def _whether_owed(case: Case, transfer: Transfer) -> Truth | None:
    if transfer.status is None:
        if transfer.subscription.notifies:
            return None  # RFC 3515 section 2.4.4: a NOTIFY may come before, or instead of, the 2xx
        if case.ended_ns - transfer.refer.request.at_ns < TRANSACTION_TIMEOUT_NS:
            return Truth("undecidable", "the REFER is not answered in the trace")
        return Truth("not-owed", "the REFER was never accepted")
    if not transfer.accepted:
        return Truth("not-owed", f"the REFER was refused with {transfer.status}")
    if not owed(transfer):
        return Truth("not-owed", "both sides agreed on no reports")
    return None


def _whether_heard(made: tuple[Claim, ...]) -> Truth | None:
    if made and all(claim.accepted is False for claim in made):
        return Truth("undelivered", "the final report was never accepted by the referrer")
    codes = {claim.status for claim in made if claim.status is not None}
    if len(codes) > 1 or len({claim.says for claim in made}) > 1:
        said = " and ".join(str(claim.status or claim.says) for claim in made)
        return Truth("contradictory", f"two different final reports: {said}")
    return None


def _whether_said(case: Case, transfer: Transfer, outcome: Outcome, made: tuple[Claim, ...]) -> Truth | None:
    if made:
        return None
    if subscription_ended(transfer):
        return Truth("uninformative", "the subscription ended with nothing better than a provisional status")
    pending = outcome.true_outcome == "unknown" and outcome.leg is not None
    if pending:
        return Truth("undecidable", outcome.why)
    if any(unreadable(notify) for notify in transfer.subscription.notifies):
        return Truth("undecidable", "a report came that is no sipfrag and cannot be read")
    due_ns = _due_ns(transfer, outcome)
    fresh = due_ns is not None and case.ended_ns - due_ns < FINAL_NOTIFY_NS
    cut = not case.trace.header.complete
    if (fresh or cut) and outcome.true_outcome != "abandoned" and not ended_by_referee(transfer):
        return Truth("undecidable", "the trace ends too soon to call the referee silent")
    return Truth("silent", "the REFER was accepted, and no final report followed")


def _due_ns(transfer: Transfer, outcome: Outcome) -> int | None:
    """From when on a report could be expected: the outcome, else the 2xx to the REFER."""
    if outcome.at_ns is not None or transfer.refer.final is None:
        return outcome.at_ns
    return transfer.refer.final.at_ns


def ended_by_referee(transfer: Transfer) -> bool:
    """True when the referee ended the dialog of the subscription without a report."""
    leg = transfer.about
    return leg is not None and leg.bye is not None and leg.bye.sender == transfer.referee


def _whether_right(transfer: Transfer, outcome: Outcome, made: tuple[Claim, ...], parties: Parties) -> Truth:
    if outcome.true_outcome == "unknown":
        return Truth("undecidable", outcome.why)
    first = made[0]
    if outcome.true_outcome == "connected":
        if first.says == "failed":
            return Truth("false-failure", f"{first.status} was reported, and the target was connected")
        return _of_success(transfer, outcome, first, parties)
    if first.says == "connected":
        return Truth("false-success", f"success was reported, and {outcome.why}")
    if outcome.leg is not None and failed_too_soon(outcome.leg, first.at_ns):
        why = f"{first.status} was reported before the target had refused or was cancelled"
        return Truth("wrong-status", why)
    given = outcome.target_status
    # A redirection is no refusal: where it leads nowhere, or in a circle (RFC 3261 section 8.1.3.4), the
    # code is the referee's own.
    refused = given is not None and given >= 400
    if refused and first.status is not None and first.status != given:
        return Truth("wrong-status", f"the target gave {given}, and {first.status} was reported")
    return _in_time(outcome, first)


def _of_success(transfer: Transfer, outcome: Outcome, claim: Claim, parties: Parties) -> Truth:
    assert outcome.leg is not None, "only a leg connects"
    other = wrong_answerer(transfer, outcome.leg, parties)
    if other:
        return Truth("wrong-party", f"success was reported, and {other} answered")
    answered = outcome.leg.answered
    assert answered is not None, "a connected leg was answered"
    if claim.at_ns < answered.at_ns:
        return Truth("premature-success", "success was reported before the target answered")
    return _in_time(outcome, claim)


def _in_time(outcome: Outcome, claim: Claim) -> Truth:
    if outcome.at_ns is not None and claim.at_ns - outcome.at_ns > LATE_REPORT_NS:
        return Truth("late", "the report came more than 5 s after the fact")
    return Truth("truthful", "the report was right, and not before the fact")
