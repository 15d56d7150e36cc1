"""What the scenario's own faults take from the findings: nobody is blamed for what the network did.

After a message was corrupted, or a way was cut, no rule can tell a party's fault from what the
disturbance made of it: the damage travels on in headers that are copied, and what is missing may have
been swallowed. So a broken rule stands only if it was broken before. Lost, late and doubled messages
are no matter of this file: the trace says when each arrived, and the rules look at that.
"""

from dataclasses import dataclass, replace

from harness.judge.attempt import Attempt
from harness.judge.expectation import ExpectationResult
from harness.judge.finding import Finding, Profile, Verdict
from harness.judge.judged import judged
from harness.judge.parties import Parties
from harness.judge.rule import Applied, apply
from harness.scenario.plan import Plan
from harness.trace.calls import rebuild
from harness.trace.entries import FaultEntry, Trace

_DONE = {"corrupt": "corrupted", "cut": "cut off"}


def disturbance_of(trace: Trace) -> FaultEntry | None:
    """The first message that the scenario corrupted or cut off; None where it did neither."""
    if trace.header.mode == "capture":
        return None  # there a cut is one of the recording
    faults = (entry for entry in trace.entries if isinstance(entry, FaultEntry))
    return next((each for each in faults if each.kind in _DONE and each.entry is not None), None)


_Fact = tuple[str, str, tuple[int, ...]]
"""Rule, culprit, and the entry that is held against it."""


@dataclass(frozen=True, slots=True)
class Before:
    """What a disturbed trace showed already before its first disturbance."""

    why: str
    """Which message was disturbed, and how."""
    broken: frozenset[_Fact]
    causes: frozenset[tuple[str, str]]
    """Id and culprit."""

    def findings(self, applied: Applied) -> Applied:
        """The same, but failures that were not there before are undecided and blame nobody."""
        return _without_blame(applied, self.broken, self.why)

    def attempt(self, attempt: Attempt) -> Attempt:
        """The same with those causes alone that were there before."""
        kept = tuple(cause for cause in attempt.causes if (cause.id, cause.who) in self.causes)
        return replace(attempt, causes=kept)

    def expectation(self, result: ExpectationResult) -> ExpectationResult:
        """The same, but a default that nobody wrote is undecided where it failed."""
        if result.asked or result.verdict != "fail" or self.broken:
            return result
        return replace(result, verdict="inconclusive", got=f"unknown: {result.got}, and {self.why}")


def before_disturbance(trace: Trace, plan: Plan | None, profile: Profile) -> Before | None:
    """Judge the trace as far as nothing was corrupted or cut off; None where nothing was."""
    fault = disturbance_of(trace)
    if fault is None or fault.entry is None:
        return None
    first = fault.entry
    header = replace(trace.header, complete=False, ended_ns=0)
    early = Trace(header, [entry for entry in trace.entries if entry.n < first])
    parties = Parties(early, plan)
    broken: set[_Fact] = set()
    causes: set[tuple[str, str]] = set()
    for case in rebuild(early):
        attempts = judged(case, parties).attempts
        causes.update((cause.id, cause.who) for attempt in attempts for cause in attempt.causes)
        told = apply(case, profile=profile).findings
        broken.update(_fact(finding) for finding in told if finding.verdict == "fail")
        case.judged = None
    why = f"message {first} was {_DONE[fault.kind]} by the scenario"
    return Before(why, frozenset(broken), frozenset(causes))


def _fact(finding: Finding) -> _Fact:
    return finding.rule, finding.who, finding.evidence[:1]


def _without_blame(applied: Applied, before: frozenset[_Fact], why: str) -> Applied:
    findings = [
        replace(each, verdict="inconclusive", who="", text=f"{why}, so it may be nobody's fault: {each.text}")
        if each.verdict == "fail" and _fact(each) not in before
        else each
        for each in applied.findings
    ]
    failed = {each.rule for each in findings if each.verdict == "fail"}
    verdicts: dict[str, Verdict] = {
        name: "inconclusive" if verdict == "fail" and name not in failed else verdict
        for name, verdict in applied.verdicts.items()
    }
    return Applied(findings, verdicts)
