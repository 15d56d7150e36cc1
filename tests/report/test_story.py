"""Runs told in sentences."""

from dataclasses import replace

import pytest

from harness.report.story import (
    attempt,
    broken_rules,
    complaint,
    happened,
    story,
    truth_is_good,
    unmet,
    wish,
)
from harness.results.model import HandoffEntry, Who
from tests.results.samples import INVALID, RUN, TRANSFER


def test_a_lie_is_called_one_and_the_caller_is_not_forgotten() -> None:
    assert story(RUN) == (
        "Agent asked carrier to move the call of caller to human (REFER: 202); carrier reported success;"
        " human was not reached: the reported success is false. The caller was dropped."
    )


def test_an_invalid_scenario_was_not_played() -> None:
    assert story(INVALID) == "Nothing was played: the scenario has mistakes."


def test_a_broken_environment_says_its_first_line() -> None:
    broken = replace(INVALID, verdict="broken", error="nothing answered at 127.0.0.1:5060\n  Start it.")
    assert story(broken) == "Nothing answered at 127.0.0.1:5060."


def test_a_trace_without_refer_says_so() -> None:
    quiet = replace(RUN, transfers=(), handoffs=(), messages=1)
    assert story(quiet) == "Nobody asked for a transfer: there is no REFER in 1 message."


def test_a_refused_refer_owes_no_report() -> None:
    refused = replace(TRANSFER, refer_status=603, truth="not-owed", true_outcome="refused", target=Who())
    assert attempt(refused) == (
        "agent asked carrier to move the call of caller to the target (REFER: 603); nobody was called"
    )


def test_who_answered_instead_of_the_asked_for_party_is_not_said_to_have_been_asked_for() -> None:
    box = Who("mailbox", "192.0.2.13:5060")
    wrong = replace(TRANSFER, truth="wrong-party", true_outcome="connected", target=box)
    assert attempt(wrong) == (
        "agent asked carrier to move the call of caller (REFER: 202); carrier reported success;"
        " mailbox answered: somebody else answered than the one who was asked for"
    )


def test_the_asked_for_party_is_named_though_another_answered() -> None:
    desk = Who("desk", "192.0.2.13:5060")
    wrong = replace(TRANSFER, truth="wrong-party", true_outcome="connected", target=desk, asked="human")
    assert attempt(wrong).startswith("agent asked carrier to move the call of caller to human (REFER: 202)")


def test_a_phone_that_is_moved_itself_is_not_named_twice() -> None:
    phone = replace(TRANSFER, moved=TRANSFER.referee, refer_status=None)
    assert "asked carrier to move the call to human (REFER: no answer)" in attempt(phone)


def test_what_happened_is_told_in_a_clause() -> None:
    assert happened(TRANSFER) == "human was not reached"
    assert happened(replace(TRANSFER, true_outcome="connected", target=Who())) == "the target answered"


@pytest.mark.parametrize(
    ("truth", "good"),
    [
        ("truthful", True),
        ("not-owed", True),
        ("false-success", False),
        ("silent", False),
        ("undecidable", None),
    ],
)
def test_what_cannot_be_decided_is_neither_good_nor_bad(truth: str, good: bool | None) -> None:
    assert truth_is_good(replace(TRANSFER, truth=truth)) is good


def test_what_was_wanted_and_got_is_one_line() -> None:
    assert [wish(each) for each in unmet(RUN)] == [
        "outcome: wanted connected, got failed",
        "latency.refer_to_answer: wanted under 4s, got unknown: nobody answered",
    ]


def test_a_default_that_is_undecided_is_not_held_against_anybody() -> None:
    silent = replace(RUN.expectations[3], asked=False)
    assert unmet(replace(RUN, expectations=(silent,))) == []


def test_a_complaint_names_who_what_rule_and_rfc() -> None:
    (broken,) = broken_rules(RUN)
    assert complaint(broken) == "carrier: carrier reported 200, nobody had answered (truthful-notify)"
    cited = replace(broken, cites="RFC 3515 section 2.4.5")
    assert complaint(cited).endswith("(truthful-notify, RFC 3515 section 2.4.5)")


def test_an_announced_violation_breaks_nothing() -> None:
    expected = tuple(replace(each, expected=True) for each in RUN.findings)
    assert broken_rules(replace(RUN, findings=expected)) == []


def test_a_run_of_which_nothing_is_known_has_a_story_too() -> None:
    handoff = HandoffEntry("none", (), None, None, "unknown", "unknown")
    told = story(replace(RUN, transfers=(), handoffs=(handoff,)))
    assert told == "Nobody asked for a transfer, and what became of the caller cannot be told."
