"""What the person who was called sees of the caller."""

from dataclasses import replace

import pytest

from harness.judge.expectation import ExpectationResult
from harness.judge.judgement import judge
from harness.judge.shown import number_shown
from harness.scenario.plan import Behaviour, Expectation, Plan, Wanted
from harness.wire.sip.message import parse
from tests.flows import cold, played, quirky

CONTEXT = (("X-Case", "4711"), ("User-to-User", "00c9;encoding=hex"))


def seen(name: str, wanted: Wanted, plan: Plan) -> ExpectationResult:
    (result,) = judge(
        played(plan).trace, [Expectation(f"human_sees.{name}", wanted, 1, 1)], plan
    ).expectations
    return result


@pytest.mark.parametrize(
    ("wanted", "verdict"),
    [
        ("caller", "pass"), ("+12025550101", "pass"), ("agent", "fail"), ("anonymous", "fail"),
        ("+12025550199", "fail"),
    ],
)  # fmt: skip
def test_the_number_of_the_caller_is_shown(wanted: str, verdict: str) -> None:
    result = seen("caller_id", wanted, cold())
    assert (result.verdict, result.got) == (verdict, "+12025550101 (caller)")


def test_a_caller_who_hides_the_number_is_anonymous() -> None:
    plan = cold()
    hidden = replace(
        plan, parties=tuple(replace(each, privacy=each.role == "caller") for each in plan.parties)
    )
    result = seen("caller_id", "anonymous", hidden)
    assert (result.verdict, result.got) == ("pass", "anonymous")


CONTEXTS: list[tuple[str, Plan, Wanted, str, str]] = [
    ("all of it came", cold(context_headers=CONTEXT), "whole", "whole", "pass"),
    ("one was asked for", cold(context_headers=CONTEXT), ("x-case",), "[X-Case]", "pass"),
    ("none was wanted", cold(context_headers=CONTEXT), "none", "[X-Case, User-to-User]", "fail"),
    (
        "the carrier lost it",
        cold(context_headers=CONTEXT, carrier=quirky("loses-context")),
        "whole",
        "[X-Case, User-to-User] lost",
        "fail",
    ),
    (
        "as was expected",
        cold(context_headers=CONTEXT, carrier=quirky("loses-context")),
        "none",
        "none",
        "pass",
    ),
    (
        "inside Refer-To",
        cold(context_headers=CONTEXT, context_in="refer-to"),
        "whole",
        "whole",
        "pass",
    ),
]


@pytest.mark.parametrize(
    ("plan", "wanted", "got", "verdict"), [row[1:] for row in CONTEXTS], ids=[row[0] for row in CONTEXTS]
)
def test_context_arrives_or_does_not(plan: Plan, wanted: Wanted, got: str, verdict: str) -> None:
    result = seen("context", wanted, plan)
    assert (result.got, result.verdict) == (got, verdict)


def test_who_only_rang_has_seen_it_too() -> None:
    assert seen("caller_id", "caller", cold(human=Behaviour(rejects=486))).verdict == "pass"


def test_without_a_call_there_is_nothing_to_see() -> None:
    result = seen("caller_id", "caller", cold(carrier=quirky("black-hole")))
    assert (result.verdict, result.got) == ("fail", "nobody was called")


@pytest.mark.parametrize(
    ("headers", "number"),
    [
        ("From: <sip:+1555@a>;tag=1", "+1555"),
        ("From: <sip:+1555@a>;tag=1\r\nP-Asserted-Identity: <tel:+1777>", "+1777"),
        ("From: <sip:+1555@a>;tag=1\r\nP-Asserted-Identity: <tel:+1777>\r\nPrivacy: id", "anonymous"),
        ("From: <sip:+1555@a>;tag=1\r\nPrivacy: header; id", "anonymous"),
        ('From: "Anonymous" <sip:anonymous@anonymous.invalid>;tag=1', "anonymous"),
        ("From: <sip:a.example>;tag=1", "anonymous"),
    ],
)
def test_the_network_is_believed_before_the_caller_and_privacy_before_both(headers: str, number: str) -> None:
    """RFC 3325 section 9.1, RFC 3323 section 4.1.1."""
    assert number_shown(parse(f"INVITE sip:b@b SIP/2.0\r\n{headers}\r\n\r\n".encode())) == number
