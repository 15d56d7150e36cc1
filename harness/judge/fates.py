"""What became of the caller and of the human: after each attempt and at the end of the handoff.

A handoff is one story for one caller over all attempts; there is one even when no REFER was sent.
Must not live here: whether that is what somebody wanted (`expectation.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from harness.base.endpoint import Endpoint
from harness.judge.claims import claims
from harness.judge.hold import held_at, resumed
from harness.judge.legs import Decided, alone_spans
from harness.judge.outcome import Outcome, departures, is_phone
from harness.judge.parties import Parties
from harness.judge.thresholds import ALONE_NS, RETRIEVE_NS
from harness.trace.model import Case, Leg, Transfer

FateValue = Literal[
    "with-human",
    "with-agent",
    "with-voicemail",
    "in-queue",
    "held",
    "alone",
    "dropped",
    "hung-up",
    "unknown",
]

_BY_ROLE: dict[str, FateValue] = {
    "human": "with-human",
    "voicemail": "with-voicemail",
    "queue": "in-queue",
    "agent": "with-agent",
}


NO_MOVED_LEG = "the moved party's leg is not in the trace"


@dataclass(frozen=True, slots=True)
class Fate:
    """Where somebody was left, since when, and one sentence why."""

    value: FateValue
    at_ns: int | None
    why: str
    evidence: tuple[int, ...] = ()


def caller_of(transfer: Transfer, parties: Parties) -> Endpoint | None:
    """The moved party: behind its own leg, else (between phones) the referee itself.

    None when the referee is a carrier and the moved party's leg is not in the trace.
    """
    if transfer.moved is not None:
        return transfer.moved.other(transfer.referee)
    return transfer.referee if is_phone(transfer, parties) else None


def after_attempt(case: Case, position: int, decided: Decided, parties: Parties) -> Fate:
    """The caller's fate after the REFER at `position`, before the next one on the same leg if any."""
    transfer, outcome = decided[position]
    leg = transfer.moved or transfer.about
    if leg is None:
        return Fate("unknown", None, "the REFER belongs to no call in the trace")
    if outcome.true_outcome == "connected" and outcome.leg is not None:
        return answered_by(outcome.leg, parties)
    following = next((later for later, _ in decided[position + 1 :] if _shares_leg(later, transfer)), None)
    back = _with_agent_again(transfer, leg, following)
    if back is not None:
        return back
    if outcome.true_outcome == "unknown":
        return Fate("unknown", None, outcome.why)
    if following is not None:
        return _until_next(transfer, leg, following)
    known_ns = failure_known_ns(case, transfer, outcome)
    if leg.ended_ns is not None:
        return _leg_ended(transfer, leg, outcome, known_ns, parties)
    return _leg_up(case, transfer, leg, known_ns, decided=decided, parties=parties)


def answered_by(leg: Leg, parties: Parties) -> Fate:
    """The fate that goes with who answered; without a cast whoever answered is taken for the human."""
    role = parties.role(leg.callee)
    default: FateValue = "unknown" if parties.trace.header.cast else "with-human"
    value = _BY_ROLE.get(role, default)
    name = parties.name(leg.callee)
    assert leg.answered is not None, "only an answered leg connects"
    why = f"{name} answered" if value != "unknown" else f"{name} answered, and nobody knows who that is"
    return Fate(value, leg.answered.at_ns, why, (leg.answered.n,))


def failure_known_ns(case: Case, transfer: Transfer, outcome: Outcome) -> int:
    """When the referrer learned that the attempt had failed: refusal, report, or else the fact itself."""
    final = transfer.refer.final
    if outcome.true_outcome == "refused" and final is not None:
        return final.at_ns
    failed = [claim.at_ns for claim in claims(transfer, case.ended_ns) if claim.says == "failed"]
    if failed:
        return failed[0]
    return transfer.refer.request.at_ns if outcome.at_ns is None else outcome.at_ns


def human_fate(case: Case, decided: Decided, parties: Parties, person: Endpoint | None = None) -> Fate:
    """What became of the person the caller was sent to (the refer target where no cast says human).

    `with-human` says that caller and human were together; it is the same word on both sides. `person`
    asks for one of several humans.
    """
    legs = human_legs(case, decided, parties)
    if person is not None:
        legs = [leg for leg in legs if leg.callee == person]
    answered = [leg for leg in legs if leg.answered is not None]
    if not answered:
        why = "the human was not called" if not legs else "the human did not answer"
        return Fate("unknown", None, why)
    leg = answered[-1]
    assert leg.answered is not None, "only answered legs are left"
    for _, outcome in decided:
        if outcome.leg is leg and outcome.true_outcome == "connected":
            return Fate("with-human", outcome.at_ns, "the human got the caller", (leg.answered.n,))
    alone = [span for span in alone_spans(case, leg, decided, parties) if span[1] - span[0] > ALONE_NS]
    if alone:
        return Fate("alone", alone[0][0], "the human's leg was up without a caller", (leg.answered.n,))
    if leg.bye is None:
        return Fate("unknown", None, "the human answered, and nothing shows whom the human heard")
    shown = (leg.answered.n, leg.bye.request.n)
    if leg.bye.sender == leg.callee:
        return Fate("hung-up", leg.ended_ns, "the human hung up before the caller was there", shown)
    return Fate("dropped", leg.ended_ns, "the human's leg was ended before the caller was there", shown)


def human_legs(case: Case, decided: Decided, parties: Parties) -> list[Leg]:
    """Legs to a person of role human; without such a role in the cast, the triggered legs."""
    if parties.first_of_role("human") is not None:
        return [leg for leg in case.legs if parties.role(leg.callee) == "human"]
    return [leg for transfer, _ in decided for leg in transfer.triggered]


def _shares_leg(later: Transfer, transfer: Transfer) -> bool:
    return later.about is not None and later.about is transfer.about


def _with_agent_again(transfer: Transfer, leg: Leg, following: Transfer | None) -> Fate | None:
    """The referrer's leg was taken off hold after the REFER while the caller was there."""
    if transfer.about is None:
        return None
    back = resumed(transfer.about, transfer.refer.request.at_ns)
    if back is None or not leg.up_at(back.at_ns):
        return None
    if following is not None and following.refer.request.at_ns <= back.at_ns:
        return None
    return Fate("with-agent", back.at_ns, "the agent's leg was taken off hold", (back.n,))


def _until_next(transfer: Transfer, leg: Leg, following: Transfer) -> Fate:
    """The next attempt came at once: where was the caller then?"""
    request = following.refer.request
    if not leg.up_at(request.at_ns):
        return Fate("dropped", leg.ended_ns, "the caller's leg was gone when the next attempt began")
    if transfer.about is not None and held_at(transfer.about, request.at_ns):
        return Fate("held", request.at_ns, "the caller was on hold when the next attempt began", (request.n,))
    return Fate("with-agent", request.at_ns, "the agent, who held nobody, tried again", (request.n,))


def _leg_ended(transfer: Transfer, leg: Leg, outcome: Outcome, known_ns: int, parties: Parties) -> Fate:
    """The attempt failed, nobody resumed, and the caller's leg was ended."""
    bye = leg.bye
    if bye is None:
        return Fate("unknown", None, "the caller's leg was refused, and a REFER came in it all the same")
    ended_ns = bye.request.at_ns
    shown = (bye.request.n,)
    agent_leg = transfer.about
    held = agent_leg is not None and held_at(agent_leg, ended_ns)
    agent_ended_ns = None if agent_leg is None else agent_leg.ended_ns
    parted_ns = ended_ns if agent_ended_ns is None else min(agent_ended_ns, ended_ns)
    caller = caller_of(transfer, parties)
    if bye.sender == caller or _left(transfer, outcome, parties):
        if held or ended_ns <= known_ns or outcome.true_outcome == "abandoned":
            return Fate("hung-up", ended_ns, "the caller hung up during the transfer", shown)
        if ended_ns - parted_ns > ALONE_NS:
            return Fate("alone", parted_ns, "the caller was left with nobody and hung up", shown)
        return Fate("with-agent", known_ns, "the caller stayed with the agent and hung up later", shown)
    if not held and parted_ns - known_ns >= RETRIEVE_NS:
        return Fate("with-agent", known_ns, "the caller was never on hold and stayed with the agent", shown)
    if caller is None:
        return Fate("unknown", None, NO_MOVED_LEG)
    return Fate("dropped", ended_ns, "the caller's leg was ended after the failure, nobody took over", shown)


def _left(transfer: Transfer, outcome: Outcome, parties: Parties) -> bool:
    gone = [departure.who for departure in departures(transfer, parties)]
    return outcome.true_outcome == "abandoned" and "moved party" in gone


def _leg_up(
    case: Case, transfer: Transfer, leg: Leg, known_ns: int, *, decided: Decided, parties: Parties
) -> Fate:
    """The attempt failed, nobody resumed, and the caller's leg is up at the end of the trace."""
    end_ns = case.ended_ns
    agent_leg = transfer.about
    waited = end_ns - known_ns > ALONE_NS or parties.settled
    if agent_leg is None or agent_leg.ended_ns is None:
        if agent_leg is None or not held_at(agent_leg, end_ns):
            return Fate("with-agent", known_ns, "the caller's leg and the agent's stayed up, not on hold")
        if waited:
            return Fate("held", known_ns, "the caller was on hold, and nobody took over until the end")
        return Fate("unknown", None, "the trace ends while the caller is on hold")
    alone = [span for span in alone_spans(case, leg, decided, parties) if span[1] >= end_ns]
    if alone and (alone[-1][1] - alone[-1][0] > ALONE_NS or parties.settled):
        return Fate("alone", alone[-1][0], "the caller's leg was up with nobody behind it")
    return Fate("unknown", None, "the trace ends too soon after the agent had left")


def without_refer(case: Case, parties: Parties) -> tuple[Fate, Leg | None]:
    """The caller's fate in a case without a REFER, and the leg of whoever the caller was with."""
    caller_leg = _caller_leg(case, parties)
    if caller_leg is None:
        return Fate("unknown", None, "there is no call of the caller in the trace"), None
    answered = [leg for leg in case.legs if leg.answered is not None]
    redirected = [leg for leg in answered if leg.caller == caller_leg.caller and leg is not caller_leg]
    if _redirecting(caller_leg) and redirected:
        return answered_by(redirected[-1], parties), redirected[-1]
    if caller_leg.answered is None:
        left = caller_leg.cancel is not None
        why = "the caller gave up before an answer" if left else "the caller was never answered"
        return Fate("hung-up" if left else "unknown", None, why), None
    if parties.role(caller_leg.callee) in _BY_ROLE:
        return answered_by(caller_leg, parties), caller_leg
    beyond = [leg for leg in answered if leg.caller == caller_leg.callee and leg is not caller_leg]
    if caller_leg.bridged is not None and caller_leg.bridged.answered is not None:
        beyond = [caller_leg.bridged]
    if not beyond and not parties.trace.header.cast:
        return Fate("with-agent", caller_leg.answered.at_ns, "there is one call only"), caller_leg
    if len(beyond) == 1:
        if parties.trace.header.cast:
            return answered_by(beyond[0], parties), beyond[0]
        return Fate("with-agent", caller_leg.answered.at_ns, "nothing but the first call was seen"), beyond[0]
    why = "nothing shows whom the caller heard"
    return Fate("unknown", None, why if beyond else "nobody answered behind the first leg"), None


def _redirecting(leg: Leg) -> bool:
    return leg.refused is not None and 300 <= leg.refused.message.status < 400


def _caller_leg(case: Case, parties: Parties) -> Leg | None:
    cast = parties.first_of_role("caller")
    own = [leg for leg in case.legs if cast is None or cast.endpoint in (leg.caller, leg.callee)]
    return own[0] if own else None


def never_had(fates: Sequence[Fate], unwanted: Sequence[str]) -> Fate | None:
    """The first of these fates that is unwanted; None when there is none."""
    return next((fate for fate in fates if fate.value in unwanted), None)
