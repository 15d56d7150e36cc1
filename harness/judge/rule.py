"""What a rule is, and how rules run over a case.

A rule is one pure function on a `Case` that yields a `Check` for each thing it looked at. Importing
`harness.judge.rules` fills `RULES` in a fixed order. Must not live here: any rule (`judge/rules/`).
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from harness.base.endpoint import Endpoint
from harness.base.spec import cite
from harness.judge.finding import (
    PROFILES,
    Finding,
    Level,
    Profile,
    Reported,
    Role,
    Severity,
    Tally,
    Verdict,
)
from harness.trace.entries import MessageEntry
from harness.trace.model import Case

CheckKind = Literal["passed", "failed", "informed", "undecided"]
Evidence = Iterable[MessageEntry | None]


@dataclass(frozen=True, slots=True)
class Check:
    """What a rule says about one thing it looked at. Made with the four class methods."""

    kind: CheckKind
    text: str = ""
    who: Endpoint | None = None
    evidence: tuple[MessageEntry, ...] = ()
    role: Role | None = None
    """Who is blamed when it is another role than the rule's own."""

    @classmethod
    def passed(cls, *evidence: MessageEntry | None) -> "Check":
        """It was as it must be."""
        return cls("passed", evidence=_present(evidence)) if evidence else PASSED

    @classmethod
    def failed(
        cls, text: str, *evidence: MessageEntry | None, who: Endpoint, role: Role | None = None
    ) -> "Check":
        """`who` broke the rule. The entry held against `who` comes first."""
        return cls("failed", text, who, _present(evidence), role)

    @classmethod
    def informed(
        cls, text: str, *evidence: MessageEntry | None, who: Endpoint, role: Role | None = None
    ) -> "Check":
        """Worth knowing, but the level is too weak, or the profile another, to hold it against `who`."""
        return cls("informed", text, who, _present(evidence), role)

    @classmethod
    def undecided(cls, why: str, *evidence: MessageEntry | None) -> "Check":
        """The trace cannot tell, for instance because it ended before the limit."""
        return cls("undecided", why, None, _present(evidence))


PASSED = Check("passed")
"""A pass without evidence, made once: passes are by far the most frequent checks."""


@dataclass(frozen=True, slots=True)
class RuleInfo:
    """What a reader needs to know of a rule."""

    id: str
    level: Level
    severity: Severity
    role: Role
    """The message role a failure is held against."""
    cites: str
    """`RFC NNNN section X`, or the name of a practice's source."""
    text: str
    """The rule in one plain sentence."""
    profile: str = ""
    """The RFC, as in `PROFILES`, that a system must be declared to follow for this rule to count; empty: it
    always counts."""
    remark: bool = False
    """Outside its profile the rule is told as information; else it does not run there."""

    def counts_in(self, profile: Profile) -> bool:
        """Whether a broken rule is held against anybody."""
        return not self.profile or self.profile in PROFILES[profile]


RuleFunction = Callable[[Case], Iterator[Check]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: its description and its function."""

    info: RuleInfo
    check: RuleFunction

    @property
    def id(self) -> str:
        """Catalogue id (`RFC3515-2.4.1-1`) or practice name (`truthful-notify`)."""
        return self.info.id


RULES: dict[str, Rule] = {}
"""Every registered rule by id, in the order of registration (that of the imports in `judge/rules`)."""


def rule(
    id: str,
    *,
    level: Level,
    severity: Severity,
    cites: str,
    role: Role,
    text: str,
    profile: str = "",
    remark: bool = False,
) -> Callable[[RuleFunction], RuleFunction]:
    """Register the decorated function as a rule.

    Raises ValueError when the id is taken or `cites` names an RFC section that stands not in
    `base/spec.py`. A practice cites the text it follows from, or 'practice'.
    """
    if id in RULES:
        raise ValueError(f"rule {id} is registered twice")
    if cites != "practice":
        cite(cites)
    if profile and not any(profile in named for named in PROFILES.values()):
        raise ValueError(f"rule {id} names the profile {profile!r}, which stands not in PROFILES")

    def register(function: RuleFunction) -> RuleFunction:
        RULES[id] = Rule(RuleInfo(id, level, severity, role, cites, text, profile, remark), function)
        return function

    return register


@dataclass(frozen=True, slots=True)
class Applied:
    """What the rules made of one case."""

    findings: list[Finding]
    verdicts: dict[str, Verdict]
    """Rule id to its verdict over the whole case."""

    @property
    def tally(self) -> Tally:
        """How many rules had which verdict."""
        return tally_of(self.verdicts.values())


def apply(case: Case, *names: str, profile: Profile = "legacy") -> Applied:
    """Run the rules of these ids (all of `RULES` when none is given) over a case, in fixed order.

    A rule of another profile is not applicable, or its failures are information. Raises KeyError for an
    unknown id. Findings keep the order of rules, then of checks.
    """
    rules = [RULES[name] for name in names] if names else RULES.values()
    deliberate = frozenset(case.trace.header.deliberate)
    findings: list[Finding] = []
    verdicts: dict[str, Verdict] = {}
    name_of = case.trace.name_of  # streams speak from where they listen since `rebuild`
    for each in rules:
        info = each.info
        if not info.profile or info.counts_in(profile):
            verdicts[info.id] = _judge(each, case, deliberate, name_of, findings)
        elif info.remark:
            before = len(findings)
            verdict = _judge(each, case, deliberate, name_of, findings)
            verdicts[info.id] = "info" if verdict == "fail" else verdict
            findings[before:] = [_tolerated(finding) for finding in findings[before:]]
        else:
            verdicts[info.id] = "not-applicable"
    return Applied(findings, verdicts)


def tally_of(verdicts: Iterable[Verdict]) -> Tally:
    """Count verdicts."""
    count = Counter(verdicts)
    return Tally(count["pass"], count["fail"], count["info"], count["not-applicable"], count["inconclusive"])


_WORST: tuple[tuple[CheckKind, Verdict], ...] = (
    ("failed", "fail"),
    ("undecided", "inconclusive"),
    ("informed", "info"),
)
_REPORTED: dict[CheckKind, Reported] = {"failed": "fail", "undecided": "inconclusive", "informed": "info"}


def _judge(
    each: Rule,
    case: Case,
    deliberate: frozenset[int],
    name_of: Callable[[Endpoint], str],
    findings: list[Finding],
) -> Verdict:
    passed = False
    kinds: set[CheckKind] = set()
    for check in each.check(case):
        if check.kind == "passed":
            passed = True  # by far the most frequent
            continue
        if deliberate and _on_purpose(check, deliberate):
            continue
        kinds.add(check.kind)
        findings.append(_finding(each.info, check, name_of))
    if not kinds:
        return "pass" if passed else "not-applicable"
    return next(verdict for kind, verdict in _WORST if kind in kinds)


def _tolerated(finding: Finding) -> Finding:
    """A finding of a rule of another profile: worth knowing, and no more."""
    return replace(finding, verdict="info") if finding.verdict == "fail" else finding


def _on_purpose(check: Check, deliberate: frozenset[int]) -> bool:
    """True when the check blames somebody for a message the scenario had it send malformed."""
    return check.who is not None and any(
        entry.n in deliberate and entry.source == check.who for entry in check.evidence
    )


def _finding(info: RuleInfo, check: Check, name_of: Callable[[Endpoint], str]) -> Finding:
    return Finding(
        rule=info.id,
        level=info.level,
        severity=info.severity,
        verdict=_REPORTED[check.kind],
        who="" if check.who is None else name_of(check.who),
        role=check.role or info.role,
        text=check.text,
        evidence=tuple(entry.n for entry in check.evidence),
        cites=info.cites,
    )


def _present(evidence: Evidence) -> tuple[MessageEntry, ...]:
    return tuple(entry for entry in evidence if entry is not None)
