"""Everything expectations are checked against, in one value. Must not live here: any check."""

from dataclasses import dataclass

from harness.judge.attempt import Attempt
from harness.judge.finding import Finding
from harness.judge.handoff import Handoff
from harness.judge.legs import Decided
from harness.judge.parties import Parties
from harness.trace.model import Case


@dataclass(frozen=True, slots=True)
class Story:
    """What the judge knows about one trace, before anybody's wishes."""

    parties: Parties
    cases: tuple[Case, ...]
    transfers: tuple[Attempt, ...]
    """One for each REFER, in wire order."""
    handoffs: tuple[Handoff, ...]
    findings: tuple[Finding, ...]
    decided: tuple[Decided, ...]
    """Beside each case: its REFERs with their outcomes."""

    @property
    def attempts(self) -> list[Attempt]:
        """The attempts: a challenged REFER that was repeated does not count by itself."""
        return [attempt for attempt in self.transfers if not attempt.superseded]

    @property
    def ended_ns(self) -> int:
        """When the trace ended."""
        header = self.parties.trace.header
        nothing_ns = header.ended_ns if header.stopped_ns is None else header.stopped_ns
        return max((case.ended_ns for case in self.cases), default=nothing_ns)

    @property
    def ends_early(self) -> bool:
        """True when the trace was cut off, so that what is missing may only be unseen."""
        return not self.parties.trace.header.complete

    def decided_of(self, case: Case) -> Decided:
        """The decided REFERs of one of the cases."""
        return next(pairs for own, pairs in zip(self.cases, self.decided, strict=True) if own is case)
