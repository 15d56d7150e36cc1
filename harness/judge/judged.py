"""What the judge makes of one case, made once: its REFERs with outcomes, claims, fates and causes.

Rules look at a case alone, so the judgement is kept on the case; without one (a rule that is applied by
itself) it is made from the trace, without a plan. Must not live here: any decision.
"""

from dataclasses import dataclass

from harness.judge.attempt import Attempt, attempts_of, decide_all
from harness.judge.legs import Decided
from harness.judge.parties import Parties
from harness.trace.model import Case


@dataclass(frozen=True, slots=True)
class Judged:
    """One case with its judged REFERs."""

    parties: Parties
    decided: Decided
    attempts: tuple[Attempt, ...]


def judged(case: Case, parties: Parties | None = None) -> Judged:
    """Judge the REFERs of a case. With `parties` anew and with their plan, else as it was judged before."""
    if parties is None and isinstance(case.judged, Judged):
        return case.judged
    parties = parties or Parties(case.trace)
    decided = decide_all(case, parties)
    made = Judged(parties, decided, tuple(attempts_of(case, parties, decided)))
    case.judged = made
    return made
