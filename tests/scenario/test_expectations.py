"""What `expect:` asks for, each with its place; and what holds without being asked."""

import pytest

from harness.base.instant import SECOND
from harness.scenario.plan import Expectation, Limit, NeverSent, Violations, Wanted
from tests.scenario.written import plan


def asked(line: str) -> list[Expectation]:
    return [expectation for expectation in plan(f"expect:\n  {line}\n").expectations if expectation.asked]


@pytest.mark.parametrize(
    ("line", "name", "wanted"),
    [
        ("outcome: connected", "outcome", "connected"),
        ("reaches: human", "reaches", "human"),
        ("refer: accepted", "refer", "accepted"),
        ("refer: 603", "refer", 603),
        ("refer: [407, 603]", "refer", (407, 603)),
        ("progress: 100", "progress", (100,)),
        ("progress_exactly: []", "progress_exactly", ()),
        ("truth: silent", "truth", "silent"),
        ("truth: [silent, late]", "truth", ("silent", "late")),
        ("legs_left: caller-human", "legs_left", ("caller-human",)),
        ("legs_left: []", "legs_left", ()),
        ("latency: {handoff: under 4s}", "latency.handoff", Limit(4 * SECOND)),
        ("never: {INVITE: {to: human}, for: 5s}", "never", NeverSent("INVITE", "human", None, 5 * SECOND)),
        ("never: {BYE: {from: carrier}}", "never", NeverSent("BYE", None, "carrier")),
        ("violations: {includes: [truthful-notify], by: carrier}", "violations",
         Violations(("truthful-notify",), None, "carrier")),
        ("violations: {exactly: []}", "violations", Violations((), ())),
        ("caller: {never: dropped}", "caller.never", ("dropped",)),
        ("caller: {alone: under 5s}", "caller.alone", Limit(5 * SECOND)),
        ("human: {fate: with-human}", "human.fate", "with-human"),
    ],
)  # fmt: skip
def test_a_line_becomes_an_expectation(line: str, name: str, wanted: Wanted) -> None:
    (only,) = asked(line)
    assert (only.name, only.wanted, only.line) == (name, wanted, 4)


def test_a_place_is_the_key_that_asks() -> None:
    text = "caller: {fate: held, within: 5s}"
    assert [(one.name, one.column) for one in asked(text)] == [("caller.fate", 12), ("caller.within", 24)]
    (latency,) = asked("latency: {handoff: under 4s}")
    assert latency.column == 13


def test_attempts_are_counted_and_each_has_its_own_expectations() -> None:
    found = asked("attempts: [{refer: accepted, reported: 486}, {reported: failed, caller_fate: held}]")
    assert [(one.name, one.wanted) for one in found] == [
        ("attempts", 2),
        ("attempts.0.refer", "accepted"),
        ("attempts.0.reported", 486),
        ("attempts.1.reported", "failed"),
        ("attempts.1.caller_fate", "held"),
    ]


def unasked(text: str) -> list[tuple[str, Wanted, int, int]]:
    return [(one.name, one.wanted, one.line, one.column) for one in plan(text).expectations if not one.asked]


def test_truth_is_expected_without_a_word() -> None:
    default = ("truthful", "not-owed")
    assert unasked("") == [("truth", default, 1, 1)]
    assert unasked("expect: {outcome: connected}\n") == [("truth", default, 3, 1)]
    assert unasked("expect: {truth: silent}\n") == []


def test_listed_attempts_are_expected_to_be_truthful_each_unless_they_say_otherwise() -> None:
    text = "expect: {attempts: [{truth: late}, {reported: 200}]}\n"
    assert unasked(text) == [("attempts.1.truth", ("truthful", "not-owed"), 3, 1)]
    assert unasked("expect: {truth: silent, attempts: [{reported: 200}]}\n") == []
