"""Verdicts and exit codes, as outcomes.md defines them."""

from itertools import permutations

import pytest

from harness.results.model import CheckVerdict, ExpectationEntry, FindingEntry, FindingVerdict, RunVerdict
from harness.results.verdict import Policy, exit_code, overall, run_verdict


def wish(verdict: CheckVerdict, *, asked: bool = True) -> ExpectationEntry:
    return ExpectationEntry("outcome", 1, 1, "connected", "", verdict, asked=asked)


def finding(verdict: FindingVerdict, *, expected: bool = False) -> FindingEntry:
    return FindingEntry("r", "MUST", "breaks-transfer", verdict, expected, "carrier", "it broke")


def test_nothing_to_complain_about_is_a_pass() -> None:
    assert run_verdict([wish("pass")], [finding("warn"), finding("info")], Policy()) == "pass"


@pytest.mark.parametrize("strict", [False, True])
def test_a_failure_outweighs_what_is_undecided(strict: bool) -> None:
    wishes = [wish("inconclusive"), wish("fail"), wish("pass")]
    assert run_verdict(wishes, [], Policy(strict=strict)) == "fail"


def test_a_finding_fails_the_run_unless_the_scenario_announced_it() -> None:
    assert run_verdict([], [finding("fail")], Policy()) == "fail"
    assert run_verdict([], [finding("fail", expected=True)], Policy()) == "pass"


def test_what_was_asked_and_stayed_undecided_is_never_a_pass() -> None:
    assert run_verdict([wish("inconclusive")], [], Policy()) == "inconclusive"


def test_undecided_rules_and_defaults_count_only_when_strict() -> None:
    for wishes, findings in (([], [finding("inconclusive")]), ([wish("inconclusive", asked=False)], [])):
        assert run_verdict(wishes, findings, Policy()) == "pass"
        assert run_verdict(wishes, findings, Policy(strict=True)) == "inconclusive"


@pytest.mark.parametrize(
    ("fail_on", "failing"),
    [("breaks-transfer", 1), ("loses-context", 2), ("interop-risk", 3), ("cosmetic", 4)],
)
def test_the_severity_asked_for_and_all_worse_ones_fail(fail_on: str, failing: int) -> None:
    order = ("breaks-transfer", "loses-context", "interop-risk", "cosmetic")
    assert [Policy(fail_on=fail_on).fails(severity) for severity in order] == [i < failing for i in range(4)]


ORDER: tuple[tuple[RunVerdict, int], ...] = (
    ("invalid", 2), ("fail", 1), ("inconclusive", 1), ("broken", 3), ("pass", 0)
)  # fmt: skip


@pytest.mark.parametrize("first", range(5))
def test_over_all_runs_the_worst_decides_in_any_order(first: int) -> None:
    verdict, code = ORDER[first]
    for runs in permutations([each for each, _ in ORDER[first:]], min(3, 5 - first)):
        if verdict in runs:
            assert overall(runs) == verdict
            assert exit_code(overall(runs)) == code


def test_no_runs_at_all_pass() -> None:
    assert exit_code(overall([])) == 0
