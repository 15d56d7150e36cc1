"""What came of one expectation, and the comparisons they share: text, lists, limits.

Must not live here: where the facts come from (`expectation.py`, `party_wishes.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from harness.base.instant import format_duration
from harness.scenario.plan import Limit, NeverSent, Violations, Wanted
from harness.scenario.steps import Expect, Never

AnswerVerdict = Literal["pass", "fail", "inconclusive"]
UNDECIDED = ("unknown", "undecidable")


@dataclass(frozen=True, slots=True)
class Answer:
    """What was got, as short readable text, and the verdict on it."""

    got: str
    verdict: AnswerVerdict
    evidence: tuple[int, ...] = ()


def unknown(why: str, *evidence: int) -> Answer:
    """The trace cannot tell."""
    return Answer(f"unknown: {why}", "inconclusive", evidence)


def judged(got: str, *, holds: bool, evidence: tuple[int, ...] = ()) -> Answer:
    """The trace can tell."""
    return Answer(got, "pass" if holds else "fail", evidence)


def compared(got: str, wanted: Wanted, why: str, evidence: tuple[int, ...] = ()) -> Answer:
    """Compare one word with one wanted word or a choice of words."""
    if got in choices(wanted):
        return Answer(got, "pass", evidence)
    return unknown(why, *evidence) if got in UNDECIDED else Answer(got, "fail", evidence)


def bounded(ns: int | None, wanted: Wanted, why: str, evidence: tuple[int, ...] = ()) -> Answer:
    """Compare a time with `under ...`."""
    if ns is None:
        return unknown(why, *evidence)
    assert isinstance(wanted, Limit), "a time is compared with a limit"
    return judged(format_duration(ns), holds=ns < wanted.below_ns, evidence=evidence)


def choices(wanted: Wanted) -> tuple[str, ...]:
    """A wanted word, or each of several, as text."""
    several = wanted if isinstance(wanted, tuple) else (wanted,)
    return tuple(str(one) for one in several)


def codes(wanted: Wanted) -> tuple[str | int, ...]:
    """A wanted code, or each of several."""
    if isinstance(wanted, tuple):
        return wanted
    assert isinstance(wanted, str | int), "codes are numbers or words"
    return (wanted,)


def in_order(wanted: Sequence[str | int], got: Sequence[int]) -> bool:
    """True when `wanted` is a subsequence of `got`."""
    rest = iter(got)
    return all(any(fits(one, code) for code in rest) for one in wanted)


def fits(wanted: str | int, status: int | None) -> bool:
    """True when a final status is the wanted code, or a 2xx where `accepted` is wanted."""
    if status is None:
        return False
    return 200 <= status < 300 if wanted == "accepted" else str(status) == str(wanted)


def listed(items: Sequence[object]) -> str:
    """`[100, 200]`."""
    return f"[{', '.join(str(item) for item in items)}]"


def wanted_text(wanted: Wanted) -> str:
    """What was asked for, the way a scenario writes it."""
    if isinstance(wanted, Limit):
        return f"under {format_duration(wanted.below_ns)}"
    if isinstance(wanted, NeverSent):
        ends = [f"to {wanted.to}"] if wanted.to else []
        ends += [f"from {wanted.sender}"] if wanted.sender else []
        ends += [f"for {format_duration(wanted.for_ns)}"] if wanted.for_ns is not None else []
        return " ".join(["no", wanted.method, *ends])
    if isinstance(wanted, Expect | Never):
        return _step_text(wanted)
    if isinstance(wanted, Violations):
        by = f" by {wanted.by}" if wanted.by else ""
        if wanted.exactly is not None:
            return f"exactly {listed(wanted.exactly)}{by}"
        return f"{listed(wanted.includes)}{by}"
    return listed(wanted) if isinstance(wanted, tuple) else str(wanted)


def _step_text(step: Expect | Never) -> str:
    if isinstance(step, Never):
        ends = [f"from {step.sender}"] if step.sender else []
        ends += [f"to {step.to}"] if step.to else []
        return " ".join(["no", step.method, *ends, f"for {format_duration(step.for_ns)}"])
    words = [step.method or str(step.status)]
    words += [f"to {step.to}"] if step.to else []
    words += [f"at {step.who}"]
    words += [f"in {step.call}"] if step.call else []
    words += [f"with {name}: {value}" for name, value in step.headers]
    return " ".join([*words, f"within {format_duration(step.within_ns)}"])
