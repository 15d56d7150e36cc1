"""Legs as facts for the results, and who had company when.

A leg through a B2BUA is worth something only while another leg of the same call is up behind it.
Must not live here: what follows for the caller (`fates.py`) or for a rule (`rules/practice.py`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.judge.outcome import Outcome, is_phone
from harness.judge.parties import Parties, Who
from harness.trace.model import Case, Leg, Transfer

Decided = Sequence[tuple[Transfer, Outcome]]
"""Every REFER of a case with its outcome, in wire order."""

Span = tuple[int, int]
"""From and to, in ns."""


@dataclass(frozen=True, slots=True)
class LegFact:
    """One leg: who with whom, when answered, when and by whom ended."""

    number: int
    call_id: str
    caller: Who
    callee: Who
    status: int | None
    """Final response to its INVITE."""
    began_ns: int
    answered_ns: int | None
    ended_ns: int | None
    ended_by: str | None
    why: str
    """Why there is no answer, end or ender; empty when there is all of it."""
    evidence: tuple[int, ...]


def fact_of(leg: Leg, parties: Parties) -> LegFact:
    """Describe one leg."""
    final = leg.answered or leg.refused
    ender = leg.ended_by or (leg.cancel.sender if leg.cancel is not None and leg.answered is None else None)
    if ender is None and leg.refused is not None:
        ender = leg.callee
    shown = [leg.transactions[0].request, final, None if leg.bye is None else leg.bye.request]
    return LegFact(
        number=leg.number,
        call_id=leg.call_id,
        caller=parties.who(leg.caller),
        callee=parties.who(leg.callee),
        status=None if final is None else final.message.status,
        began_ns=leg.began_ns,
        answered_ns=leg.answered_ns,
        ended_ns=leg.ended_ns,
        ended_by=None if ender is None else parties.name(ender),
        why=_why_open(leg),
        evidence=tuple(entry.n for entry in shown if entry is not None),
    )


def _why_open(leg: Leg) -> str:
    if leg.refused is not None and leg.answered is None:
        return "it was never answered"
    if leg.answered is None:
        return "the trace holds no final response"
    return "it was up when the trace ended" if leg.bye is None else ""


def company(case: Case, leg: Leg, decided: Decided, parties: Parties) -> list[Span] | None:
    """When there was somebody behind a leg, oldest first; None when it needs nobody (both ends are people).

    Behind the moved party's leg stand the referrer's leg until the handover and every triggered leg;
    behind the referrer's leg the moved party's until the handover; behind a triggered leg the moved
    party's. A phone that is referee stands behind its own legs, behind the referrer's until the handover.
    """
    spans: list[Span] = []
    related = False
    for transfer, outcome in decided:
        for span in _company_by(leg, transfer, outcome, parties, case.ended_ns):
            related = True
            spans.append(span)
    if not related:
        return _company_in_the_middle(case, leg)
    return sorted(span for span in spans if span[0] < span[1])


def _company_by(
    leg: Leg, transfer: Transfer, outcome: Outcome, parties: Parties, ended_ns: int
) -> Iterator[Span]:
    moved = transfer.moved
    connected = outcome.true_outcome == "connected" and outcome.at_ns is not None
    handover_ns = outcome.at_ns if connected and outcome.at_ns is not None else ended_ns
    phone = is_phone(transfer, parties)
    if leg is transfer.about and (moved is not None or phone):
        until_ns = ended_ns if moved is None else _span(moved, ended_ns)[1]
        yield (leg.began_ns, min(until_ns, handover_ns))
    elif leg is moved:
        if transfer.about is not None:
            began_ns, until_ns = _span(transfer.about, ended_ns)
            yield (began_ns, min(until_ns, handover_ns))
        yield from (_span(triggered, ended_ns) for triggered in transfer.triggered)
    elif any(leg is triggered for triggered in transfer.triggered) and (moved is not None or phone):
        yield (leg.began_ns, ended_ns) if moved is None else _span(moved, ended_ns)


def _company_in_the_middle(case: Case, leg: Leg) -> list[Span] | None:
    """Without a transfer: the other leg of the B2BUA, else legs that share an endpoint with this one."""
    if leg.bridged is not None:
        return [_span(leg.bridged, case.ended_ns)]
    ends = (leg.caller, leg.callee)
    others = [each for each in case.legs if each is not leg and (each.caller in ends or each.callee in ends)]
    return sorted(_span(other, case.ended_ns) for other in others) if others else None


def _span(leg: Leg, ended_ns: int) -> Span:
    """From its INVITE to its end; a pending call is company, for it rings."""
    end_ns = leg.ended_ns
    if end_ns is None and leg.answered is None and leg.cancel is not None:
        end_ns = leg.cancel.request.at_ns
    return (leg.began_ns, ended_ns if end_ns is None else end_ns)


def alone_spans(case: Case, leg: Leg, decided: Decided, parties: Parties) -> list[Span]:
    """When a leg was up with nobody behind it, oldest first."""
    if leg.answered_ns is None:
        return []
    spans = company(case, leg, decided, parties)
    if spans is None:
        return []
    end_ns = case.ended_ns if leg.ended_ns is None else leg.ended_ns
    gaps: list[Span] = []
    covered_ns = leg.answered_ns
    for begin_ns, until_ns in spans:
        if begin_ns > covered_ns:
            gaps.append((covered_ns, min(begin_ns, end_ns)))
        covered_ns = max(covered_ns, until_ns)
    gaps.append((covered_ns, end_ns))
    return [gap for gap in gaps if gap[0] < gap[1]]
