"""Rules that see one fact from several sides: asking for one of them in `violations:` excuses the others.

A carrier that lies in its NOTIFY breaks RFC 3515 and the practice `truthful-notify` by the same
message; an author names one of the two. Must not live here: what a rule checks (`judge/rules/`).
"""

from collections.abc import Sequence

from harness.judge.finding import Finding

SAME_FACT: tuple[frozenset[str], ...] = (
    frozenset(
        (
            "RFC3515-2.4.5-3",
            "RFC3515-2.4.2-2",
            "truthful-notify",
            "status-collapsed",
            "success-by-wrong-party",
        )
    ),
    frozenset(
        (
            "RFC3515-2.4.2-4",
            "RFC3515-2.4.2-2",
            "RFC4488-4-1",
            "RFC3515-2.4.7-1",
            "RFC6665-4.2.1.2-1",
            "RFC6665-4.2.2-1",
            "RFC6665-4.2.1.4-1",
            "RFC5589-6.3.2-1",
            "RFC5057-5.5-1",
            "final-notify-present",
        )
    ),
    frozenset(("RFC3515-2.2-1", "RFC3261-12.1.1-1")),
    frozenset(("RFC8760-2.6-1", "challenge-carries-qop")),
    frozenset(("RFC6665-4.1.3-3", "RFC4488-4-3", "RFC3515-3.9-1")),
    frozenset(("RFC3515-2.4.4-1", "RFC6665-4.1.3-1")),
    frozenset(("RFC3515-3.4-1", "RFC6665-4.2.1.4-1")),
    frozenset(("RFC3261-19.1.5-1", "RFC3261-19.1.5-3", "uri-headers-left-in-request-uri")),
    frozenset(("RFC5057-5.1-1", "RFC5057-5.5-1", "caller-not-dropped-on-failure", "RFC5589-6.3-1")),
)
"""Groups of rules; two findings are one fact when their rules share a group and they share evidence."""


def same_fact(one: Finding, other: Finding) -> bool:
    """True when both findings hold the same thing against the same party."""
    related = any(one.rule in group and other.rule in group for group in SAME_FACT)
    return related and one.who == other.who and bool(set(one.evidence) & set(other.evidence))


def excused(finding: Finding, asked: Sequence[Finding]) -> bool:
    """True when the finding is one that was asked for, or the same fact as one."""
    return any(finding is known or same_fact(finding, known) for known in asked)
