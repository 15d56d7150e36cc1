"""Rules on sipfrag bodies: one failing example for each, and what is tolerated."""

import pytest

from harness.trace.entries import Trace
from tests.judge.rules.example import Example, check, clean, findings
from tests.ladders import edit, find


def body(old: str, new: str, nth: int = 2) -> Trace:
    """A clean trace in which the nth NOTIFY says `new` instead of `old`."""
    trace = clean()
    return edit(trace, find(trace, "NOTIFY", nth), old, new)


EXAMPLES = [
    Example(
        "RFC3515-2.4.5-1", "the body is plain text", lambda: body("message/sipfrag;version=2.0", "text/plain")
    ),
    Example("RFC3515-2.4.5-2", "the sipfrag says hello", lambda: body("SIP/2.0 180 Ringing", "hello")),
    Example(
        "RFC3420-3.2-1",
        "the status line stops after the code",
        lambda: body("SIP/2.0 180 Ringing", "SIP/2.0 180"),
        also=("RFC3515-2.4.5-2",),
    ),
    Example(
        "RFC3420-2-1",
        "the sipfrag has a body of no type",
        lambda: body("SIP/2.0 180 Ringing\r\n", "SIP/2.0 180 Ringing\r\nSubject: x\r\n\r\nhello"),
    ),
    Example(
        "RFC3515-5.3.3-1",
        "the sipfrag shows the Contact of the human",
        lambda: body("SIP/2.0 180 Ringing\r\n", "SIP/2.0 180 Ringing\r\nContact: <sip:human@192.0.2.4>\r\n"),
        verdict="info",
    ),
    Example(
        "RFC3515-2.4.5-3",
        "a failure is reported, the human answered",
        lambda: body("200 OK", "503 No", 3),
    ),
]


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_an_edit_trips_exactly_its_rules(example: Example) -> None:
    check(example)


@pytest.mark.parametrize(("old", "new"), [("Ringing\r\n", "Ringing\n"), ("Ringing\r\n", "Ringing")])
def test_a_sloppy_line_end_is_information(old: str, new: str) -> None:
    assert [(f.rule, f.verdict) for f in findings(body(old, new))] == [("RFC3420-3.2-1", "info")]


@pytest.mark.parametrize("line", ["SIP/2.0 180 ", "SIP/2.0 180 Es klingelt", "SIP/2.0 183 Ok"])
def test_the_reason_phrase_is_free(line: str) -> None:
    assert not findings(body("SIP/2.0 180 Ringing", line))


def test_the_type_may_stand_without_version_and_in_capitals() -> None:
    assert not findings(body("message/sipfrag;version=2.0", "Message/SIPfrag"))


def test_an_empty_body_is_no_report() -> None:
    assert {f.rule for f in findings(body("SIP/2.0 180 Ringing\r\n", ""))} == {"RFC3515-2.4.5-1"}


def test_a_success_reported_for_a_busy_target_names_what_it_answered() -> None:
    (found,) = findings(clean(report="200 OK", target_status=486))
    assert found.text == "200 was reported, but the refer target answered 486"


def test_a_success_reported_before_the_answer_is_untrue() -> None:
    (found,) = findings(clean(report_early=True))
    assert (found.rule, found.who, found.role) == ("RFC3515-2.4.5-3", "carrier", "notifier")
    assert found.text == "200 was reported before the refer target had answered"


@pytest.mark.parametrize("reported", ["480 Gone", "503 Cancelled", "603 Decline"])
def test_a_cancelled_target_may_be_reported_with_any_failure(reported: str) -> None:
    assert not findings(clean(target_status=None, report=reported))


def test_another_class_of_failure_is_untrue() -> None:
    assert [f.rule for f in findings(clean(target_status=486, report="603 Decline"))] == ["RFC3515-2.4.5-3"]


def test_another_code_of_the_same_class_is_true_enough() -> None:
    assert not findings(clean(target_status=486, report="480 Temporarily Unavailable"))


def test_a_sipfrag_names_the_call_it_is_about() -> None:
    rule, trace = "sipfrag-tells-of-its-own-call", clean()
    number = find(trace, "NOTIFY", 3)
    assert not findings(
        edit(trace, number, "SIP/2.0 200 OK\r\n", "SIP/2.0 200 OK\r\nCSeq: 1 INVITE\r\n"), rule
    )
    for call_id, expected in (
        ("human-leg@192.0.2.2", []),
        ("caller-leg@192.0.2.1", ["carrier"]),
        ("unseen@192.0.2.9", []),
    ):
        named = f"SIP/2.0 200 OK\r\nCall-ID: {call_id}\r\n"
        assert [f.who for f in findings(edit(trace, number, "SIP/2.0 200 OK\r\n", named), rule)] == expected
