"""Rules that see one fact from several sides."""

from dataclasses import replace

from harness.judge.expectation import promised
from harness.judge.finding import Finding
from harness.judge.judgement import judge
from harness.judge.rule import RULES
from harness.judge.same_fact import SAME_FACT, same_fact
from harness.scenario.plan import Expectation, Violations
from tests.ladders import cold_transfer, edit


def lying_findings() -> list[Finding]:
    trace = cold_transfer(target_status=486)
    last = [entry for entry in trace.messages() if b"sipfrag" in entry.raw][-1]
    lying = edit(trace, last.n, "SIP/2.0 486 Busy Here", "SIP/2.0 200 OK")
    return [finding for finding in judge(lying).findings if finding.verdict == "fail"]


def wish(*rules: str, by: str | None = None) -> list[Expectation]:
    return [Expectation("violations", Violations(includes=rules, by=by), 1, 1)]


def test_naming_the_practice_excuses_the_rfc_rule_about_the_same_notify() -> None:
    findings = lying_findings()
    names = [finding.rule for finding in findings]
    assert {"truthful-notify", "RFC3515-2.4.5-3"} <= set(names)
    excused = dict(zip(names, promised(findings, wish("truthful-notify")), strict=True))
    assert excused["truthful-notify"]
    assert excused["RFC3515-2.4.5-3"]


def test_another_message_or_another_party_is_another_fact() -> None:
    one = next(finding for finding in lying_findings() if finding.rule == "truthful-notify")
    kin = replace(one, rule="RFC3515-2.4.5-3")
    assert same_fact(one, kin)
    assert not same_fact(one, replace(kin, evidence=(9999,)))
    assert not same_fact(one, replace(kin, who="somebody else"))
    assert not same_fact(one, replace(kin, rule="RFC3515-2.4.1-1"))


def test_an_unrelated_violation_is_never_excused() -> None:
    findings = lying_findings()
    assert not any(promised(findings, wish("RFC3515-2.4.1-1")))
    assert not any(promised(findings, wish("truthful-notify", by="human")))


def test_only_rules_that_exist_or_are_planned_stand_in_a_group() -> None:
    assert sum(name in RULES for group in SAME_FACT for name in group) >= 10
