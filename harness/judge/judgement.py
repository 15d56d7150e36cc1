"""The entry point of the judge: a trace in, everything that can be said about it out.

A pure function of the trace (and of the plan's names and expectations). Must not live here: any
decision; each has its own file.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.judge.attempt import Attempt
from harness.judge.causes import Cause
from harness.judge.disturbance import before_disturbance
from harness.judge.expectation import ExpectationResult, evaluate, promised
from harness.judge.finding import Finding, Profile, Tally, Verdict
from harness.judge.handoff import Handoff, handoffs_of
from harness.judge.judged import judged
from harness.judge.legs import LegFact, fact_of
from harness.judge.parties import Parties
from harness.judge.rule import Applied, apply, tally_of
from harness.judge.rules import ALL
from harness.judge.story import Story
from harness.scenario.plan import Expectation, Plan
from harness.trace.calls import rebuild
from harness.trace.entries import Trace
from harness.trace.model import Case
from harness.trace.transactions import at_home


@dataclass(frozen=True, slots=True)
class Judgement:
    """What results, reports and faces say about one run."""

    attempts: tuple[Attempt, ...]
    """One for each REFER of the trace, in wire order; `superseded` ones were challenged and repeated."""
    handoffs: tuple[Handoff, ...]
    legs: tuple[LegFact, ...]
    findings: tuple[Finding, ...]
    expected: tuple[bool, ...]
    """Beside each finding: whether `violations:` asked for it."""
    tally: Tally
    """How many rules had which verdict over the whole trace."""
    verdicts: Mapping[str, Verdict]
    """Rule id to its verdict over the whole trace, every rule, in fixed order."""
    expectations: tuple[ExpectationResult, ...]
    causes: tuple[Cause, ...]
    """Causes of all attempts, each id and culprit once."""
    cases: tuple[Case, ...]


def judge(
    trace: Trace,
    expectations: Sequence[Expectation] = (),
    plan: Plan | None = None,
    profile: Profile = "legacy",
) -> Judgement:
    """Judge a trace. Never raises because of what a peer sent.

    Only what was seen before our side began to stop is looked at (`Header.stopped_ns`).

    `plan` gives numbers to names and the style that was asked for; `expectations` default to the
    plan's own. `profile` says which rules count (`finding.PROFILES`).
    """
    trace = at_home(trace.observed())
    parties = Parties(trace, plan)
    cases = rebuild(trace)
    told = [judged(case, parties) for case in cases]
    attempts = sorted((one for each in told for one in each.attempts), key=lambda attempt: attempt.number)
    handoffs: list[Handoff] = []
    for case, each in zip(cases, told, strict=True):
        handoffs.extend(handoffs_of(case, each.attempts, each.decided, parties, len(handoffs)))
    applied = [apply(case, profile=profile) for case in cases]
    before = before_disturbance(trace, plan, profile)
    if before is not None:
        applied = [before.findings(each) for each in applied]
        attempts = [before.attempt(each) for each in attempts]
    findings, verdicts = _together(applied)
    decided = tuple(each.decided for each in told)
    story = Story(parties, tuple(cases), tuple(attempts), tuple(handoffs), findings, decided)
    asked = tuple(expectations) or (() if plan is None else plan.expectations)
    results = evaluate(story, asked)
    if before is not None:
        results = tuple(map(before.expectation, results))
    legs = sorted((leg for case in cases for leg in case.legs), key=lambda leg: leg.number)
    for case in cases:
        case.judged = None  # served its rules; a case that knows its judgement would outlive the run
    return Judgement(
        attempts=story.transfers,
        handoffs=story.handoffs,
        legs=tuple(fact_of(leg, parties) for leg in legs),
        findings=findings,
        expected=promised(findings, asked),
        tally=tally_of(verdicts.values()),
        verdicts=verdicts,
        expectations=results,
        causes=_distinct([cause for attempt in attempts for cause in attempt.causes]),
        cases=story.cases,
    )


_WORST: tuple[Verdict, ...] = ("fail", "inconclusive", "info", "pass")


def _together(applied: Sequence[Applied]) -> tuple[tuple[Finding, ...], Mapping[str, Verdict]]:
    """What every rule made of every case; a rule counts once for the trace, by its worst verdict."""
    findings = tuple(finding for each in applied for finding in each.findings)
    if len(applied) == 1:
        return findings, applied[0].verdicts
    verdicts: dict[str, Verdict] = {}
    for name in ALL:
        seen = {each.verdicts[name] for each in applied}
        verdicts[name] = next((verdict for verdict in _WORST if verdict in seen), "not-applicable")
    return findings, verdicts


def _distinct(causes: list[Cause]) -> tuple[Cause, ...]:
    found: dict[tuple[str, str], Cause] = {}
    for cause in causes:
        found.setdefault((cause.id, cause.who), cause)
    return tuple(found.values())
