"""How often each rule was applicable, over all runs."""

from harness.judge.judgement import judge
from harness.judge.rules import ALL
from harness.results.make import Subject, entry, unplayed
from harness.results.model import RunEntry
from harness.results.rule_totals import rule_totals
from harness.results.verdict import Policy
from harness.trace.entries import Trace
from tests.ladders import cold_transfer, edit, find

SUBJECT = Subject("x.yaml", "A cold transfer", "x.yaml")


def run(trace: Trace, policy: Policy | None = None) -> RunEntry:
    policy = policy or Policy()
    return entry(SUBJECT, trace, judge(trace, profile=policy.profile), policy)


def without_call_id() -> Trace:
    trace = cold_transfer()
    return edit(trace, find(trace, "NOTIFY"), "Max-Forwards: 70\r\n", "")


def test_every_rule_has_a_row_in_the_order_of_the_rules() -> None:
    totals = rule_totals([run(cold_transfer())])
    assert [each.rule for each in totals] == list(ALL)
    assert {each.rule for each in totals if not each.applicable} >= {"RFC3261-8.2.1-1"}


def test_runs_add_up() -> None:
    runs = [run(cold_transfer()), run(without_call_id()), run(cold_transfer(refer_status=603))]
    totals = {each.rule: each for each in rule_totals(runs)}
    headers, accepted = totals["RFC3261-8.1.1-1"], totals["RFC3515-2.2-1"]
    assert (headers.applicable, headers.passed, headers.failed) == (3, 2, 1)
    assert (accepted.applicable, accepted.passed) == (2, 2)


def test_a_milder_broken_rule_counts_as_a_warning() -> None:
    trace = cold_transfer()
    trace = edit(trace, find(trace, "NOTIFY"), ";expires=180", "")
    totals = {each.rule: each for each in rule_totals([run(trace), run(trace, Policy("interop-risk"))])}
    state = totals["RFC6665-4.2.2-3"]
    assert (state.applicable, state.warned, state.failed) == (2, 1, 1)


def test_a_rule_of_another_profile_fails_nobody() -> None:
    runs = [run(cold_transfer()), run(cold_transfer(), Policy("cosmetic", profile="modern"))]
    totals = {each.rule: each for each in rule_totals(runs)}
    old = totals["RFC7647-5-1"]
    assert (old.applicable, old.informed, old.failed) == (2, 1, 1)
    assert [each.profile for each in runs] == ["legacy", "modern"]


def test_what_was_not_played_counts_nowhere() -> None:
    assert rule_totals([unplayed(SUBJECT, "broken", "nobody listens")]) == ()
    assert rule_totals([]) == ()
