"""When somebody tries the next number: the words of `fallback: {when: ...}` and the statuses they stand for.

Agent, carrier and the target's own system read them alike. Must not live here: what they do then.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from harness.scenario.plan import Fallback

FAILURES: dict[str, frozenset[int]] = {
    "busy": frozenset((486, 600)),
    "declined": frozenset((603, 607, 608)),
    "no-answer": frozenset((408, 480, 487)),
    "unreachable": frozenset((404, 408, 410, 480, 502, 503, 504)),
}
"""Word -> final statuses; `error` stands for every failure."""


@dataclass(frozen=True, slots=True)
class Way:
    """A fallback with the URI of its party."""

    fallback: Fallback
    uri: str


def next_way(ways: Sequence[Way], status: int) -> Way | None:
    """The first of the ways that are left which is meant for this failure, or None."""
    return next((way for way in ways if fits(way.fallback, status)), None)


def fits(fallback: Fallback, status: int) -> bool:
    """True when the fallback is meant for a failure with this final status."""
    return any(word == "error" or status in FAILURES.get(word, ()) for word in fallback.when)
