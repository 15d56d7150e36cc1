"""Nobody is blamed for what the scenario's own faults did to a message; what was broken before is told."""

import os
from collections.abc import Iterator
from dataclasses import replace

import pytest

from harness.base.instant import MS
from harness.judge.disturbance import disturbance_of
from harness.judge.judgement import Judgement, judge
from harness.scenario.plan import Plan
from harness.scenario.steps import Fault, FaultKind
from harness.suite.play import Settings, play
from harness.trace.entries import FaultEntry, MessageEntry, Trace
from tests.scenario.written import plans

SEEDS = int(os.environ.get("SIPTRANSFER_FAULT_SEEDS", "2"))
"""How many places of one byte are tried in each message; more take longer and find nothing today."""
HUMANS = {"answered": "human: {answers_after: 2s}", "busy": "human: {busy: true}"}
KINDS: tuple[tuple[FaultKind, int], ...] = (
    ("drop", 0),
    ("delay", 700 * MS),
    ("duplicate", 20 * MS),
    ("reorder", 0),
    ("corrupt", 0),
    ("cut", 0),
)
MESSAGES = (
    "INVITE", "ACK", "BYE", "REFER", "NOTIFY", "100", "180", "486",
    "200 INVITE", "202 REFER", "200 NOTIFY", "200 BYE",
)  # fmt: skip


def plan_of(name: str, more: str = "") -> Plan:
    (plan,) = plans(f"scenario: x\ntransfer: cold\n{HUMANS[name]}\n{more}")
    return plan


def played(plan: Plan, *faults: Fault, seed: int = 0) -> Trace:
    return play(replace(plan, faults=faults), Settings(seed=seed))


def faults() -> Iterator[tuple[Fault, int]]:
    """Every fault with every seed that changes what it does."""
    for kind, by_ns in KINDS:
        for message in MESSAGES:
            for number in (1, 2, 3):
                fault = Fault(kind, message, number=number, by_ns=by_ns)
                yield from ((fault, seed) for seed in range(SEEDS if kind == "corrupt" else 1))


def blamed(told: Judgement) -> list[str]:
    return [f"{each.who}: {each.text} ({each.rule})" for each in told.findings if each.verdict == "fail"]


@pytest.mark.parametrize("name", HUMANS)
def test_no_honest_player_is_blamed_whatever_the_scenario_does_to_one_message(name: str) -> None:
    plan = plan_of(name)
    wrong = {
        (fault.kind, fault.message, fault.number, seed): found
        for fault, seed in faults()
        if (found := blamed(judge(played(plan, fault, seed=seed), plan=plan)))
    }
    assert wrong == {}


def test_what_a_disturbed_message_may_have_led_to_is_undecided_with_the_reason() -> None:
    plan = plan_of("answered")
    told = judge(played(plan, Fault("cut", "REFER", sender="agent")), plan=plan)
    (leg,) = [each for each in told.findings if each.rule == "ghost-leg"][:1]
    assert (leg.verdict, leg.who) == ("inconclusive", "")
    assert leg.text.startswith("message 13 was cut off by the scenario, so it may be nobody's fault: the leg")
    assert told.verdicts["ghost-leg"] == "inconclusive"


def test_a_rule_that_was_broken_before_the_disturbance_stays_broken() -> None:
    liar = "carrier: {quirks: [notify-200-at-once]}\n"
    plan = plan_of("busy", liar)
    clean = judge(played(plan), plan=plan)
    told = judge(played(plan, Fault("corrupt", "BYE")), plan=plan)
    assert "truthful-notify" in {each.rule for each in clean.findings if each.verdict == "fail"}
    assert blamed(told)[:1] == blamed(clean)[:1]


def test_a_cause_names_nobody_for_what_was_disturbed() -> None:
    plan = plan_of("busy")
    assert judge(played(plan, Fault("cut", "NOTIFY")), plan=plan).causes == ()
    (cause,) = judge(played(plan, Fault("corrupt", "BYE")), plan=plan).causes
    assert cause.id == "target-busy"


def test_a_default_that_nobody_wrote_fails_nobody_whose_messages_were_disturbed() -> None:
    plan = plan_of("busy")
    (truth,) = judge(played(plan, Fault("corrupt", "NOTIFY")), plan=plan).expectations
    assert (truth.name, truth.verdict) == ("truth", "inconclusive")
    assert truth.got == "unknown: silent, and message 15 was corrupted by the scenario"


def test_a_lie_about_an_undisturbed_call_is_told_though_a_message_was_dropped() -> None:
    plan = plan_of("busy", "carrier: {quirks: [notify-200-at-once]}\n")
    told = judge(played(plan, Fault("drop", "NOTIFY")), plan=plan)
    assert "truthful-notify" in {each.rule for each in told.findings if each.verdict == "fail"}


def test_a_cut_in_a_capture_is_one_of_the_recording() -> None:
    trace = played(plan_of("busy"), Fault("cut", "BYE"))
    assert disturbance_of(trace) is not None
    assert disturbance_of(Trace(replace(trace.header, mode="capture"), trace.entries)) is None
    assert disturbance_of(played(plan_of("busy"), Fault("drop", "BYE"))) is None


def test_entries_stand_in_the_order_of_time_and_faults_name_theirs() -> None:
    for seed in range(3):
        trace = played(plan_of("busy"), Fault("corrupt", "NOTIFY"), seed=seed)
        times = [entry.at_ns for entry in trace.entries]
        assert times == sorted(times)
        assert [entry.n for entry in trace.entries] == list(range(1, len(times) + 1))
        (fault,) = [entry for entry in trace.entries if isinstance(entry, FaultEntry)]
        hit = trace.entries[(fault.entry or 0) - 1]
        assert isinstance(hit, MessageEntry)
        assert hit.message.method == "NOTIFY"
