"""One REFER with everything the judge has to say about it.

A challenged REFER and its retry are two values here and one attempt: the first is `superseded`.
Must not live here: the decisions themselves (`outcome.py`, `truth.py`, `fates.py`,
`latency.py`, `causes.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from harness.base.endpoint import Endpoint
from harness.judge.causes import Cause, Scene, causes_of
from harness.judge.claims import Claim, Says, claims, progress, reported_outcome
from harness.judge.fates import NO_MOVED_LEG, Fate, after_attempt, caller_of
from harness.judge.latency import Times, times_of
from harness.judge.legs import Decided
from harness.judge.outcome import Basis, Outcome, TrueOutcome, decide, joins, replaced_call
from harness.judge.parties import Parties, Who
from harness.judge.truth import Truth, TruthValue, asked_for, compare
from harness.trace.model import Case, Leg, Transfer

Style = Literal["cold", "warm", "attended", "unknown"]
Mechanism = Literal[
    "refer",
    "refer-replaces",
    "invite-replaces",
    "internal-join",
    "conference",
    "reinvite-3pcc",
    "redirect-3xx",
    "dial",
    "unknown",
]


@dataclass(frozen=True, slots=True)
class Attempt:
    """The judged REFER. Endpoints are as the wire shows them, names come from the cast."""

    number: int
    """Position among the REFERs of the trace, from 1."""
    style: Style
    mechanism: Mechanism
    refer_status: int | None
    progress: tuple[int, ...]
    reported_outcome: Says
    true_outcome: TrueOutcome
    basis: Basis
    truth: TruthValue
    claims: tuple[Claim, ...]
    referrer: Who
    referee: Who
    target: Who | None
    """Who answered, or was last called; None when the target leg is not in the trace."""
    asked: str | None
    """The party of the plan that Refer-To names; None when that cannot be told."""
    moved: Who | None
    """None with a reason when the referee is a carrier and no other leg of its is in the trace."""
    outcome: Outcome
    caller_fate: Fate
    times: Times
    causes: tuple[Cause, ...]
    why: Mapping[str, str]
    """Reasons by field name: true_outcome, truth, caller_fate, moved, target."""
    superseded: bool
    """True for a challenged REFER that was repeated with credentials."""
    transfer: Transfer
    case: Case


def decide_all(case: Case, parties: Parties) -> Decided:
    """Every REFER of a case with its outcome, in wire order."""
    transfers = sorted(case.transfers, key=lambda transfer: transfer.number)
    return [(transfer, decide(case, transfer, parties)) for transfer in transfers]


def attempts_of(case: Case, parties: Parties, decided: Decided) -> list[Attempt]:
    """Judge every REFER of a case, in wire order."""
    return [_judged(case, position, decided, parties) for position in range(len(decided))]


def _judged(case: Case, position: int, decided: Decided, parties: Parties) -> Attempt:
    transfer, outcome = decided[position]
    made = claims(transfer, case.ended_ns)
    truth = compare(case, transfer, outcome, made, parties)
    fate = after_attempt(case, position, decided, parties)
    moved = caller_of(transfer, parties)
    followed = any(later.about is transfer.about for later, _ in decided[position + 1 :])
    return Attempt(
        number=transfer.number,
        style=style_of(case, transfer, parties),
        mechanism=mechanism_of(case, transfer),
        refer_status=transfer.status,
        progress=progress(transfer),
        reported_outcome=reported_outcome(made),
        true_outcome=outcome.true_outcome,
        basis=outcome.basis,
        truth=truth.value,
        claims=made,
        referrer=parties.who(transfer.referrer),
        referee=parties.who(transfer.referee),
        target=_target(transfer, outcome, parties),
        asked=_asked(transfer, parties),
        moved=None if moved is None else parties.who(moved),
        outcome=outcome,
        caller_fate=fate,
        times=times_of(transfer, outcome, made, parties, followed=followed),
        causes=causes_of(Scene(case, transfer, outcome, truth, fate, decided, parties)),
        why=_reasons(outcome, truth, fate, moved),
        superseded=any(later.retry_of is transfer for later, _ in decided),
        transfer=transfer,
        case=case,
    )


def style_of(case: Case, transfer: Transfer, parties: Parties) -> Style:
    """What was asked for: from the plan, else isfocus, Replaces or a consultation call, else cold."""
    if parties.plan is not None and parties.plan.style != "unknown":
        return parties.plan.style
    if transfer.about is not None and _is_focus(transfer):
        return "attended"
    if replaced_call(transfer) is not None or consultation(case, transfer) is not None:
        return "warm"
    return "cold"


def mechanism_of(case: Case, transfer: Transfer) -> Mechanism:
    """What the wire shows."""
    if joins(case, transfer):
        return "internal-join"
    return "refer" if replaced_call(transfer) is None else "refer-replaces"


def consultation(case: Case, transfer: Transfer) -> Leg | None:
    """A call that the referrer began after its call with the referee and before the REFER; None without."""
    if transfer.about is None:
        return None
    refer_ns = transfer.refer.request.at_ns
    for leg in case.legs:
        early = transfer.about.began_ns < leg.began_ns < refer_ns
        own = leg is transfer.about or leg is transfer.about.bridged
        if not own and leg.caller == transfer.referrer and early:
            return leg
    return None


def _is_focus(transfer: Transfer) -> bool:
    """The referrer's Contact says isfocus (RFC 4579 section 4.2) on the REFER or its dialog."""
    assert transfer.about is not None, "the caller looked"
    requests = [each.request for each in transfer.about.transactions if each.sender == transfer.referrer]
    contacts = [entry.message.contact for entry in requests if entry.at_ns <= transfer.refer.request.at_ns]
    return any(contact is not None and contact.parameter("isfocus") is not None for contact in contacts)


def _target(transfer: Transfer, outcome: Outcome, parties: Parties) -> Who | None:
    leg = outcome.leg or transfer.target_leg
    return None if leg is None else parties.who(leg.callee)


def _asked(transfer: Transfer, parties: Parties) -> str | None:
    uri = asked_for(transfer)
    return None if uri is None else parties.asked(uri)


def _reasons(outcome: Outcome, truth: Truth, fate: Fate, moved: Endpoint | None) -> dict[str, str]:
    why = {"true_outcome": outcome.why, "truth": truth.why, "caller_fate": fate.why}
    if moved is None:
        why["moved"] = NO_MOVED_LEG
    if outcome.leg is None:
        why["target"] = "the target leg is not in the trace"
    return why
