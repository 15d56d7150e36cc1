"""What really happened to one transfer: `true_outcome`, decided in the order of the definitions.

1 audio, 2 signalling, 3 internal join, 4 target leg not in the trace. Audio is not in a trace yet:
`by_audio` is the place for it. Must not live here: what anybody claimed (`claims.py`); a claim never
decides for the one who made it.
"""

from dataclasses import dataclass
from typing import Literal

from harness.base.endpoint import Endpoint
from harness.judge.claims import claims
from harness.judge.parties import Parties
from harness.judge.thresholds import CANCEL_FOLLOWS_NS, STAYS_UP_NS, TRANSACTION_TIMEOUT_NS
from harness.trace.entries import MessageEntry
from harness.trace.model import Case, Leg, Transaction, Transfer
from harness.wire.sip.headers import NameAddress
from harness.wire.sip.transfer import refer_to

TrueOutcome = Literal["connected", "failed", "refused", "abandoned", "unknown"]
Basis = Literal["audio", "signalling", "internal-join", "none"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What happened, what shows it, and when it was a fact."""

    true_outcome: TrueOutcome
    basis: Basis
    at_ns: int | None
    """When it became true: the target's 2xx, its refusal, the CANCEL, the departure."""
    why: str
    """One sentence: how it was decided, or why it cannot be."""
    evidence: tuple[int, ...] = ()
    leg: Leg | None = None
    """The triggered leg that decided."""
    target_status: int | None = None
    """The final code that the target itself gave; None after a CANCEL."""


@dataclass(frozen=True, slots=True)
class Departure:
    """Somebody who left during the transfer."""

    who: Literal["moved party", "referrer"]
    entry: MessageEntry


SIP_PORT = 5060
"""Where a URI without port leads (RFC 3261 section 19.1.2)."""

_RANK: dict[str, int] = {"connected": 3, "unknown": 2, "abandoned": 1, "failed": 0}


def decide(case: Case, transfer: Transfer, parties: Parties) -> Outcome:
    """Decide the outcome of one REFER."""
    if transfer.status is not None and transfer.status >= 300:
        final = transfer.refer.final
        assert final is not None, "a REFER with a status has a final response"
        why = f"the REFER was refused with {transfer.status}"
        return Outcome("refused", "signalling", final.at_ns, why, (final.n,))
    heard = by_audio(case, transfer)
    if heard is not None:
        return heard
    if transfer.triggered:
        verdicts = [_of_leg(case, transfer, leg, parties) for leg in transfer.triggered]
        best = max(_RANK[verdict.true_outcome] for verdict in verdicts)
        return next(verdict for verdict in reversed(verdicts) if _RANK[verdict.true_outcome] == best)
    if joins(case, transfer):
        why = "the referee joined its legs inside; that both dialogs stay up does not show who hears whom"
        return Outcome("unknown", "internal-join", None, why)
    return _without_target_leg(case, transfer, parties)


def by_audio(case: Case, transfer: Transfer) -> Outcome | None:
    """Rule 1: both hear each other for at least 1 s. A trace holds no media yet, so never decided."""
    del case, transfer
    return None


def joins(case: Case, transfer: Transfer) -> bool:
    """True when an accepted Refer-To replaces a call of the referee's own, so that no INVITE is needed."""
    replaced = replaced_call(transfer)
    if replaced is None or not transfer.accepted or transfer.triggered:
        return False
    ends = (transfer.referee,)
    return any(leg.call_id == replaced and (leg.caller in ends or leg.callee in ends) for leg in case.legs)


def replaced_call(transfer: Transfer) -> str | None:
    """The Call-ID that the Refer-To's Replaces names, bogus or not; None without Replaces."""
    text = transfer.refer.request.message.first("refer-to")
    value = None if text is None else NameAddress.parse(text).uri.header("Replaces")
    return None if value is None else value.partition(";")[0].strip()


def is_phone(transfer: Transfer, parties: Parties) -> bool:
    """True when the referee is itself the moved party, so that no leg leads beyond it."""
    return transfer.moved is None and parties.role(transfer.referee) != "carrier"


def departures(transfer: Transfer, parties: Parties) -> list[Departure]:
    """Who left by BYE, in order: the moved party on its own leg, the referrer on the REFER's leg.

    A phone that is referee leaves when it gives up the triggered call and the referrer's leg together.
    """
    found: list[Departure] = []
    bye = None if transfer.about is None else transfer.about.bye
    if bye is not None and bye.sender == transfer.referrer:
        found.append(Departure("referrer", bye.request))
    if bye is not None and is_phone(transfer, parties) and _gave_up(transfer, bye):
        found.append(Departure("moved party", bye.request))
    moved = transfer.moved
    if moved is not None and moved.bye is not None and moved.bye.sender != transfer.referee:
        found.append(Departure("moved party", moved.bye.request))
    return sorted(found, key=lambda departure: departure.entry.n)


def _gave_up(transfer: Transfer, bye: Transaction) -> bool:
    cancels = [leg.cancel for leg in transfer.triggered if leg.cancel is not None]
    return bye.sender == transfer.referee and any(
        abs(cancel.request.at_ns - bye.request.at_ns) <= CANCEL_FOLLOWS_NS for cancel in cancels
    )


def _of_leg(case: Case, transfer: Transfer, leg: Leg, parties: Parties) -> Outcome:
    if leg.answered is not None:
        return _answered(case, transfer, leg, parties)
    if leg.refused is not None and (leg.cancel is None or leg.refused.message.status != 487):
        status = leg.refused.message.status
        why = f"the target answered {status}"
        return Outcome("failed", "signalling", leg.refused.at_ns, why, (leg.refused.n,), leg, status)
    if leg.cancel is not None:
        return _cancelled(transfer, leg, leg.cancel, parties)
    return _unanswered(case, transfer, leg, parties)


def _answered(case: Case, transfer: Transfer, leg: Leg, parties: Parties) -> Outcome:
    answered = leg.answered
    assert answered is not None, "the caller looked"
    gone = _moved_leg_end(transfer)
    if gone is not None and gone.request.at_ns < answered.at_ns:
        left = gone.sender != transfer.referee
        outcome: TrueOutcome = "abandoned" if left else "failed"
        why = "the moved party had left" if left else "the moved party had been dropped"
        shown = (gone.request.n, answered.n)
        why = f"{why} before the target answered"
        return Outcome(outcome, "signalling", gone.request.at_ns, why, shown, leg)
    if not any(ack.arrived for ack in leg.acks):
        return _unacknowledged(case, leg, answered)
    return _stayed(transfer, leg, answered, parties)


def _moved_leg_end(transfer: Transfer) -> Transaction | None:
    return None if transfer.moved is None else transfer.moved.bye


def _unacknowledged(case: Case, leg: Leg, answered: MessageEntry) -> Outcome:
    if case.ended_ns - answered.at_ns < TRANSACTION_TIMEOUT_NS:
        why = "the target answered, and the trace ends before an ACK"
        return Outcome("unknown", "signalling", None, why, (answered.n,), leg)
    why = "the target's 2xx was never acknowledged"
    return Outcome("failed", "signalling", answered.at_ns, why, (answered.n,), leg)


def _stayed(transfer: Transfer, leg: Leg, answered: MessageEntry, parties: Parties) -> Outcome:
    """Answered and acknowledged: did it stay up, and if not, who ended it?"""
    shown = (answered.n, leg.acks[0].n)
    why = _why_it_stands(transfer, leg, answered, parties)
    if why:
        return Outcome("connected", "signalling", answered.at_ns, why, shown, leg)
    assert leg.bye is not None, "a leg without BYE stands"
    bye = leg.bye.request
    if transfer.moved is None:
        why = "the referee ended the target's leg within 2 s, and the moved party's leg is not in the trace"
        return Outcome("unknown", "signalling", None, why, (*shown, bye.n), leg)
    why = "the referee alone ended the target's leg within 2 s of the answer"
    return Outcome("failed", "signalling", bye.at_ns, why, (*shown, bye.n), leg)


def _why_it_stands(transfer: Transfer, leg: Leg, answered: MessageEntry, parties: Parties) -> str:
    """Why an answered leg counts as connected; empty when it does not."""
    if leg.bye is None:
        return "the target answered and the call was up when the trace ended"
    bye = leg.bye.request
    if bye.at_ns - answered.at_ns >= STAYS_UP_NS:
        return "the target answered and the call stayed up for at least 2 s"
    if leg.bye.sender == leg.callee:
        return "the target answered and hung up by itself"
    gone = _moved_leg_end(transfer)
    left = gone is not None and gone.sender != transfer.referee and gone.request.at_ns <= bye.at_ns
    if left or is_phone(transfer, parties):
        return "the target answered and the moved party hung up"
    return ""


def _cancelled(transfer: Transfer, leg: Leg, cancel: Transaction, parties: Parties) -> Outcome:
    entry = cancel.request
    for departure in departures(transfer, parties):
        waited_ns = entry.at_ns - departure.entry.at_ns
        # A phone that gives up sends CANCEL and BYE in either order; a B2BUA acts on the BYE it got.
        if departure.who == "moved party" and waited_ns >= -CANCEL_FOLLOWS_NS * is_phone(transfer, parties):
            return _abandoned(departure, "before the target answered", entry, leg)
        if departure.who == "referrer" and 0 <= waited_ns <= CANCEL_FOLLOWS_NS:
            return _abandoned(departure, "before the target answered", entry, leg)
    why = "the target did not answer and was cancelled"
    return Outcome("failed", "signalling", entry.at_ns, why, (entry.n,), leg)


def _abandoned(departure: Departure, when: str, entry: MessageEntry, leg: Leg) -> Outcome:
    why = f"the {departure.who} left {when}"
    at_ns = departure.entry.at_ns
    return Outcome("abandoned", "signalling", at_ns, why, (departure.entry.n, entry.n), leg)


def _unanswered(case: Case, transfer: Transfer, leg: Leg, parties: Parties) -> Outcome:
    """No final response and no CANCEL: timed out, given up, abandoned, or still ringing at the end."""
    invite = leg.invites[-1]
    entry = invite.request
    left = departures(transfer, parties)
    gone = left[0] if left else None
    # The referrer of a blind transfer may leave at once; the referee calls on without it.
    ends = [each.entry.at_ns for each in left if each.who == "moved party"]
    horizon_ns = ends[0] if ends else case.ended_ns
    if not invite.responses and horizon_ns - entry.at_ns >= TRANSACTION_TIMEOUT_NS:
        # RFC 3261 section 17.1.1.2: Timer B.
        why = "nothing answered the INVITE within 64*T1"
        return Outcome("failed", "signalling", entry.at_ns + TRANSACTION_TIMEOUT_NS, why, (entry.n,), leg)
    # Who leaves after a failure was reported did not abandon the attempt; the report decides nothing else.
    told = [claim.at_ns for claim in claims(transfer, case.ended_ns) if claim.says == "failed"]
    if gone is not None and not (told and told[0] <= horizon_ns):
        return _abandoned(gone, "while the target had not answered", entry, leg)
    if parties.closed:
        why = "the target never answered, and its call was never ended"
        return Outcome("failed", "signalling", None, why, (entry.n,), leg)
    why = "the trace ends while the target has not answered"
    return Outcome("unknown", "signalling", None, why, (entry.n,), leg)


def _without_target_leg(case: Case, transfer: Transfer, parties: Parties) -> Outcome:
    request = transfer.refer.request
    reached = any(entry.arrived for entry in (request, *transfer.refer.copies))
    if not reached and transfer.status is None:
        why = "the REFER never arrived"
        return Outcome("failed", "signalling", request.at_ns, why, (request.n,))
    if parties.closed:
        why = "every party is in the trace, and nobody was called because of the REFER"
        return Outcome("failed", "signalling", None, why, (request.n,))
    nobody = _never_called(case, transfer, parties)
    if nobody:
        return Outcome("failed", "signalling", None, nobody, (request.n,))
    if transfer.status is None and not transfer.subscription.notifies:
        return Outcome("unknown", "none", None, "the REFER was never answered in the trace", (request.n,))
    return Outcome("unknown", "none", None, "the target leg is not in the trace", (request.n,))


def _never_called(case: Case, transfer: Transfer, parties: Parties) -> str:
    """Why it is sure that nobody was called: the place in Refer-To is ours, and no INVITE came there.

    It is sure once 64*T1 have passed since the 2xx, once the moved party has left, or when the run is
    over and success was reported: then the report came before any call. Empty when it is not sure.
    """
    final, target = transfer.refer.final, refer_to(transfer.refer.request.message)
    if final is None or not transfer.accepted or target is None or case.trace.header.mode == "capture":
        return ""
    place = Endpoint(target.uri.host, target.uri.port or SIP_PORT)
    ours = [member for member in case.trace.header.cast if member.endpoint == place and not member.under_test]
    if not ours or _invited(case, transfer, place):
        return ""
    why = f"no INVITE came to {ours[0].name}, whose address Refer-To gives"
    waited = case.ended_ns - final.at_ns >= TRANSACTION_TIMEOUT_NS
    left = any(departure.who == "moved party" for departure in departures(transfer, parties))
    told = any(claim.says == "connected" for claim in claims(transfer, case.ended_ns))
    return why if waited or left or (told and case.trace.header.complete) else ""


def _invited(case: Case, transfer: Transfer, place: Endpoint) -> bool:
    """True when any INVITE came to that place after the REFER."""
    return any(
        entry.destination == place and entry.message.is_request and entry.message.method == "INVITE"
        for entry in case.trace.messages()
        if entry.n > transfer.refer.request.n
    )
