"""The arithmetic of verdicts and exit codes (outcomes.md, "Verdicts and exit codes").

Must not live here: how a single rule or expectation is decided (`judge`).
"""

from collections.abc import Iterable
from dataclasses import dataclass

from harness.base.errors import EXIT_BROKEN, EXIT_FAIL, EXIT_INVALID, EXIT_PASS
from harness.judge.finding import Profile, at_least
from harness.results.model import ExpectationEntry, FindingEntry, RunVerdict

WITHIN_ONE_RUN: tuple[RunVerdict, ...] = ("invalid", "broken", "fail", "inconclusive", "pass")
"""What a run is when several things are true of it: the first that fits."""

OVER_ALL_RUNS: tuple[RunVerdict, ...] = ("invalid", "fail", "inconclusive", "broken", "pass")
"""What all runs together are: a failure that was seen outweighs a peer that was not there."""

_EXIT: dict[RunVerdict, int] = {
    "invalid": EXIT_INVALID,
    "fail": EXIT_FAIL,
    "inconclusive": EXIT_FAIL,
    "broken": EXIT_BROKEN,
    "pass": EXIT_PASS,
}


@dataclass(frozen=True, slots=True)
class Policy:
    """What the user wants to fail on."""

    fail_on: str = "loses-context"
    """A finding this severe or worse fails the run; others are warnings."""
    strict: bool = False
    """Rules that stay undecided make the run inconclusive, although nobody asked for them."""
    profile: Profile = "legacy"
    """What everybody is held to; rules of another profile fail nobody."""

    def fails(self, severity: str) -> bool:
        """Whether a broken rule of this severity fails the run."""
        return at_least(severity, self.fail_on)


def run_verdict(
    expectations: Iterable[ExpectationEntry], findings: Iterable[FindingEntry], policy: Policy
) -> RunVerdict:
    """The verdict of a run that was played to its end.

    An expectation counts whether the file wrote it or it is a default; an undecided default counts
    only with `strict`, as an undecided rule does.
    """
    verdicts: set[RunVerdict] = {"pass"}
    for expectation in expectations:
        if expectation.verdict == "fail":
            verdicts.add("fail")
        elif expectation.verdict == "inconclusive" and (expectation.asked or policy.strict):
            verdicts.add("inconclusive")
    for finding in findings:
        if finding.verdict == "fail" and not finding.expected:
            verdicts.add("fail")
        elif finding.verdict == "inconclusive" and policy.strict:
            verdicts.add("inconclusive")
    return _first(WITHIN_ONE_RUN, verdicts)


def overall(verdicts: Iterable[RunVerdict]) -> RunVerdict:
    """The verdict of all runs together; without runs there is nothing to hold against anybody."""
    return _first(OVER_ALL_RUNS, {"pass", *verdicts})


def exit_code(verdict: RunVerdict) -> int:
    """The process's exit code for the verdict of all runs."""
    return _EXIT[verdict]


def _first(order: tuple[RunVerdict, ...], found: set[RunVerdict]) -> RunVerdict:
    return next(verdict for verdict in order if verdict in found)
