"""A judgement becomes an entry of the results: names, milliseconds, evidence by number.

Nothing is decided here but which finding is a warning (`verdict.Policy`). Must not live here: the
judge's decisions, files.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from harness.base.instant import to_ms
from harness.judge.attempt import Attempt
from harness.judge.causes import Cause
from harness.judge.expectation import ExpectationResult
from harness.judge.finding import Finding
from harness.judge.handoff import Handoff
from harness.judge.judgement import Judgement
from harness.judge.latency import Times
from harness.judge.legs import LegFact
from harness.judge.parties import Who as JudgedWho
from harness.results import model
from harness.results.model import Evidence, RunEntry, Who
from harness.results.verdict import Policy, run_verdict
from harness.trace.entries import Trace

NO_ATTESTATION = "the calls are not signed"
UNJUDGED_ATTESTATION = "attestation is not judged yet"


@dataclass(frozen=True, slots=True)
class Subject:
    """What a run is called: a scenario item, or a capture file."""

    id: str
    title: str
    source: str
    line: int = 1
    file: str | None = None
    """Name of the capture file whose packet numbers evidence gives; None for a run of ours."""


def entry(subject: Subject, trace: Trace, judgement: Judgement, policy: Policy) -> RunEntry:
    """The entry of a run that was played, or of a capture that was read."""
    maker = _Maker(subject, trace)
    findings = tuple(
        maker.finding(finding, expected, policy)
        for finding, expected in zip(judgement.findings, judgement.expected, strict=True)
    )
    expectations = tuple(maker.expectation(result) for result in judgement.expectations)
    header = trace.header
    return RunEntry(
        id=subject.id,
        scenario=subject.title,
        source=subject.source,
        line=subject.line,
        mode=header.mode,
        verdict=run_verdict(expectations, findings, policy),
        seconds=to_ms(maker.ended_ns - maker.began_ns) / 1000,
        messages=len(trace.messages()),
        expectations=expectations,
        transfers=tuple(maker.transfer(attempt) for attempt in judgement.attempts),
        handoffs=tuple(maker.handoff(handoff) for handoff in judgement.handoffs),
        legs=tuple(maker.leg(fact) for fact in judgement.legs),
        findings=findings,
        rules=_count(judgement, findings),
        profile=policy.profile,
        rule_verdicts=_verdicts(judgement, findings),
        causes=tuple(maker.cause(cause) for cause in judgement.causes),
    )


def unplayed(
    subject: Subject, verdict: model.RunVerdict, error: str, mode: model.Mode = "virtual"
) -> RunEntry:
    """The entry of an item that could not be played: invalid, or broken."""
    return RunEntry(
        subject.id, subject.title, subject.source, subject.line, mode=mode, verdict=verdict, error=error
    )


class _Maker:
    """Translates with the trace at hand, which knows packet numbers and when it all began."""

    def __init__(self, subject: Subject, trace: Trace) -> None:
        messages = trace.messages()
        times = [
            time_ns
            for each in messages
            for time_ns in (each.sent_ns, each.received_ns)
            if time_ns is not None
        ]
        self.file = subject.file
        self.frames = {each.n: each.frames for each in messages}
        self.began_ns = trace.header.started_ns or min(times, default=0)
        self.ended_ns = max([trace.header.ended_ns, self.began_ns, *times])

    def evidence(self, numbers: Iterable[int]) -> tuple[Evidence, ...]:
        found = []
        for number in numbers:
            frames = self.frames.get(number, ())
            found.append(Evidence(number, frames[0] if frames else None, self.file if frames else None))
        return tuple(found)

    def transfer(self, attempt: Attempt) -> model.TransferEntry:
        signed = _signed(attempt)
        attestation = UNJUDGED_ATTESTATION if signed else NO_ATTESTATION
        why = {**attempt.times.why, **_told(attempt.why), "attestation": attestation}
        if attempt.refer_status is None:
            why.setdefault("refer_status", "the REFER got no final response")
        return model.TransferEntry(
            style=attempt.style,
            mechanism=attempt.mechanism,
            refer_status=attempt.refer_status,
            progress=attempt.progress,
            reported_outcome=attempt.reported_outcome,
            true_outcome=attempt.true_outcome,
            basis=attempt.basis,
            truth=attempt.truth,
            attestation="unknown" if signed else "none",
            referrer=_who(attempt.referrer),
            referee=_who(attempt.referee),
            target=_who(attempt.target),
            moved=_who(attempt.moved),
            asked=attempt.asked,
            claims=tuple(
                model.ClaimEntry(claim.by, claim.says, self.evidence(claim.evidence))
                for claim in attempt.claims
            ),
            latency_ms=_times(attempt.times),
            stamp_source=attempt.times.stamp_source or "unknown",
            causes=tuple(self.cause(cause) for cause in attempt.causes),
            why=why,
        )

    def handoff(self, handoff: Handoff) -> model.HandoffEntry:
        return model.HandoffEntry(
            style=handoff.style,
            transfers=handoff.transfers,
            follows=handoff.follows,
            reached=handoff.reached,
            caller_fate=handoff.caller_fate.value,
            human_fate=handoff.human_fate.value,
            latency_ms=_times(handoff.times),
            why=_told(handoff.why),
        )

    def leg(self, fact: LegFact) -> model.LegEntry:
        why = {name: fact.why for name in ("answered_ms", "ended_ms", "ended_by") if fact.why}
        if fact.status is None:
            why["status"] = fact.why or "the trace holds no final response to its INVITE"
        present = {
            "status": fact.status,
            "answered_ms": fact.answered_ns,
            "ended_ms": fact.ended_ns,
            "ended_by": fact.ended_by,
        }
        return model.LegEntry(
            call_id=fact.call_id,
            caller=_who(fact.caller),
            callee=_who(fact.callee),
            status=fact.status,
            began_ms=to_ms(fact.began_ns - self.began_ns),
            answered_ms=self.since(fact.answered_ns),
            ended_ms=self.since(fact.ended_ns),
            ended_by=fact.ended_by,
            why={name: text for name, text in why.items() if present[name] is None},
        )

    def since(self, at_ns: int | None) -> float | None:
        return None if at_ns is None else to_ms(at_ns - self.began_ns)

    def cause(self, cause: Cause) -> model.CauseEntry:
        return model.CauseEntry(cause.id, cause.name, cause.who, cause.fix, self.evidence(cause.evidence))

    def finding(self, finding: Finding, expected: bool, policy: Policy) -> model.FindingEntry:
        verdict: model.FindingVerdict = finding.verdict
        if finding.verdict == "fail" and not policy.fails(finding.severity):
            verdict = "warn"
        return model.FindingEntry(
            rule=finding.rule,
            level=finding.level,
            severity=finding.severity,
            verdict=verdict,
            expected=expected,
            who=finding.who,
            text=finding.text,
            evidence=self.evidence(finding.evidence),
            role=finding.role,
            cites=finding.cites,
        )

    def expectation(self, result: ExpectationResult) -> model.ExpectationEntry:
        return model.ExpectationEntry(
            name=result.name,
            line=result.line,
            column=result.column,
            wanted=result.wanted,
            got=result.got,
            verdict=result.verdict,
            evidence=self.evidence(result.evidence),
            asked=result.asked,
        )


def _signed(attempt: Attempt) -> bool:
    """True when any INVITE of the case carries a PASSporT (RFC 8224 section 4)."""
    invites = (invite for leg in attempt.case.legs for invite in leg.in_method("INVITE"))
    return any(
        hop.request.message.first("identity") is not None for invite in invites for hop in invite.hops()
    )


def _count(judgement: Judgement, findings: Iterable[model.FindingEntry]) -> model.RuleCount:
    """Rules by verdict; a broken rule is a warning when none of its findings is a failure."""
    failed = {finding.rule for finding in findings if finding.verdict == "fail"}
    tally = judgement.tally
    return model.RuleCount(
        passed=tally.passed,
        failed=min(len(failed), tally.failed),
        warned=max(0, tally.failed - len(failed)),
        informed=tally.informed,
        not_applicable=tally.not_applicable,
        inconclusive=tally.inconclusive,
    )


def _verdicts(judgement: Judgement, findings: Iterable[model.FindingEntry]) -> dict[str, str]:
    """The verdict of every rule that was applicable; a broken rule that is no failure is a warning."""
    failed = {finding.rule for finding in findings if finding.verdict == "fail"}
    return {
        name: "warn" if verdict == "fail" and name not in failed else verdict
        for name, verdict in judgement.verdicts.items()
        if verdict != "not-applicable"
    }


def _who(who: JudgedWho | None) -> Who:
    return Who() if who is None else Who(who.name, str(who.endpoint))


def _times(times: Times) -> dict[str, float | Mapping[str, str] | None]:
    """Every time by name in a fixed order, then the reasons for those that are unknown."""
    known: dict[str, float | Mapping[str, str] | None] = {name: to_ms(ns) for name, ns in times.ns.items()}
    known.update(dict.fromkeys(times.why))
    known["why"] = dict(times.why)
    return known


def _told(why: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in why.items() if text}
