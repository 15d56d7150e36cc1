"""Which legs were left once a transfer was over: pairs of parties, two legs through a carrier as one.

The moment looked at is right before the first of the remaining parties hung up, or the end of the
trace. Must not live here: whether that is what was wanted.
"""

from harness.judge.attempt import Attempt
from harness.judge.legs import Decided
from harness.judge.story import Story
from harness.trace.model import Case, Leg


def pairs_left(story: Story) -> tuple[list[str] | None, tuple[int, ...]]:
    """`caller-human` and the like in order of the legs, and evidence; None without a call."""
    if not story.cases:
        return None, ()
    attempts = story.attempts
    last = _decisive(attempts)
    case = story.cases[-1] if last is None else last.case
    up = [leg for leg in case.legs if leg.up_at(_moment(case, last))]
    pairs: list[str] = []
    used: list[Leg] = []
    for leg in up:
        if any(leg is other for other in used):
            continue
        partner = _joined(leg, up, last, story.decided_of(case))
        used += [leg] if partner is None else [leg, partner]
        pairs.append(_pair(leg, partner, story))
    evidence = tuple(leg.answered.n for leg in up if leg.answered is not None)
    return pairs, evidence


def _decisive(attempts: list[Attempt]) -> Attempt | None:
    connected = [attempt for attempt in attempts if attempt.true_outcome == "connected"]
    return connected[-1] if connected else (attempts[-1] if attempts else None)


def _moment(case: Case, attempt: Attempt | None) -> int:
    """Right before the first of those who are left hangs up."""
    if attempt is None:
        return case.ended_ns
    transfer = attempt.transfer
    connected = attempt.true_outcome == "connected"
    if not connected and attempt.caller_fate.value != "with-agent":
        return case.ended_ns  # nobody talks on; whatever is up at the end was forgotten
    remaining = [transfer.moved, attempt.outcome.leg if connected else transfer.about]
    ends = [leg.ended_ns - 1 for leg in remaining if leg is not None and leg.ended_ns is not None]
    return min(ends, default=case.ended_ns)


def _joined(leg: Leg, up: list[Leg], attempt: Attempt | None, decided: Decided) -> Leg | None:
    """The leg that the B2BUA joins this one with, if that is up too."""
    if attempt is None:
        others = [other for other in up if other is not leg and leg.callee == other.caller]
        return others[0] if others else None
    for transfer, outcome in decided:
        connected = outcome.true_outcome == "connected"
        behind = outcome.leg if connected else transfer.about
        pair = (transfer.moved, behind)
        if None in pair or transfer is not attempt.transfer:
            continue
        if leg is pair[0] and any(other is pair[1] for other in up):
            return pair[1]
        if leg is pair[1] and any(other is pair[0] for other in up):
            return pair[0]
    return None


def _pair(leg: Leg, partner: Leg | None, story: Story) -> str:
    name = story.parties.name
    if partner is None:
        return f"{name(leg.caller)}-{name(leg.callee)}"
    inner = {leg.caller, leg.callee} & {partner.caller, partner.callee}
    outer = [end for end in (leg.caller, leg.callee, partner.caller, partner.callee) if end not in inner]
    return "-".join(name(end) for end in outer)
