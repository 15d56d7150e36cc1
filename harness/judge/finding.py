"""What a rule has to say about a case, as values: verdicts, findings and how many rules held.

Must not live here: how rules run (`judge/rule.py`), which finding fails a run (`results/verdict.py`).
"""

from dataclasses import dataclass
from typing import Literal

Severity = Literal["breaks-transfer", "loses-context", "interop-risk", "cosmetic"]
Level = Literal["MUST", "MUST NOT", "SHOULD", "SHOULD NOT", "MAY", "PRACTICE"]
Role = Literal["referrer", "referee", "notifier", "subscriber", "refer target", "moved party", "any"]
Verdict = Literal["pass", "fail", "info", "inconclusive", "not-applicable"]
Reported = Literal["fail", "info", "inconclusive"]

Profile = Literal["legacy", "modern"]
"""What the systems in the call are held to: the RFC 3515 world, or RFC 6665 and RFC 7647 as well."""

SEVERITIES: tuple[Severity, ...] = ("breaks-transfer", "loses-context", "interop-risk", "cosmetic")
"""Worst first."""

PROFILES: dict[Profile, frozenset[str]] = {
    "legacy": frozenset(("rfc3515",)),
    "modern": frozenset(("rfc6665", "rfc7647", "rfc8760")),
}
"""The RFCs that a profile declares everybody to follow; the first one is the default. A rule that names one
of them counts in that profile only."""


def at_least(severity: str, bound: str) -> bool:
    """True when `severity` is as bad as `bound` or worse; both stand in SEVERITIES."""
    return SEVERITIES.index(severity) <= SEVERITIES.index(bound)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a rule found in one case, with who did it and the entries that show it."""

    rule: str
    level: Level
    severity: Severity
    verdict: Reported
    who: str
    """Name in the cast, else the address; empty when nobody is to blame (inconclusive)."""
    role: Role
    text: str
    """One plain sentence, without a final stop."""
    evidence: tuple[int, ...]
    """Entry numbers of the trace; the message held against `who` first."""
    cites: str


@dataclass(frozen=True, slots=True)
class Tally:
    """How many rules had which verdict; tallies of several cases add up."""

    passed: int = 0
    failed: int = 0
    informed: int = 0
    not_applicable: int = 0
    inconclusive: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            self.passed + other.passed,
            self.failed + other.failed,
            self.informed + other.informed,
            self.not_applicable + other.not_applicable,
            self.inconclusive + other.inconclusive,
        )
