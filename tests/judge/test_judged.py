"""A case is judged once, with the plan where there is one."""

import pytest

from harness.judge.attempt import Attempt, attempts_of
from harness.judge.judged import judged
from harness.judge.judgement import judge
from harness.judge.legs import Decided
from harness.judge.parties import Parties
from harness.trace.calls import rebuild
from harness.trace.model import Case
from tests.judge.stories import plan
from tests.ladders import cold_transfer

MAILBOX = "<sip:+15550199@carrier.example>"


def test_rules_see_what_the_judge_made_with_the_plan() -> None:
    """The plan knows whose number was asked for: truth and rule agree on who answered."""
    judgement = judge(cold_transfer(refer_to=MAILBOX), plan=plan())
    failed = {finding.rule for finding in judgement.findings if finding.verdict == "fail"}
    assert judgement.attempts[0].truth == "wrong-party"
    assert "success-by-wrong-party" in failed


def test_a_case_is_judged_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []

    def counted(case: Case, parties: Parties, decided: Decided) -> list[Attempt]:
        made.append(case.number)
        return attempts_of(case, parties, decided)

    monkeypatch.setattr("harness.judge.judged.attempts_of", counted)
    judge(cold_transfer())
    assert made == [1]


def test_a_rule_by_itself_has_it_made_from_the_trace() -> None:
    trace = cold_transfer()
    (case,) = rebuild(trace)
    first = judged(case)
    assert judged(case) is first
    assert first.parties.plan is None
    assert judged(case, Parties(trace, plan())).parties.plan is not None
