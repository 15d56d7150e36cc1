"""Rules on transactions: one failing example for each, and where they stay silent."""

import pytest

from harness.trace.entries import Trace
from tests.judge.rules.example import Example, check, clean, findings
from tests.ladders import drop, edit, find, insert, move


def changed(what: str, nth: int, old: str, new: str, **options: object) -> Trace:
    """A clean trace in which one message says `new` instead of `old`."""
    trace = clean(**options)
    return edit(trace, find(trace, what, nth), old, new)


def cancelled(what: str, old: str, new: str) -> Trace:
    """A clean trace with a cancelled INVITE, in which one message says `new` instead of `old`."""
    return changed(what, 1, old, new, target_status=None)


def hurried_trying() -> Trace:
    """A 100 comes right after the NOTIFY, long before 3.5 s."""
    trace = clean()
    number = find(trace, "200 NOTIFY")
    text = trace.messages()[number - 1].raw.decode().replace("200 OK", "100 Trying")
    return insert(
        trace,
        number - 1,
        text,
        source=trace.messages()[number - 1].source,
        destination=trace.messages()[number - 1].destination,
    )


def unanswered_after_cancel() -> Trace:
    """The 487 and its ACK are missing."""
    trace = clean(target_status=None)
    return drop(trace, find(trace, "487 INVITE"), find(trace, "ACK sip:+15550103"))


def answered_twice() -> Trace:
    """The BYE of the agent is answered 200, repeated, and then answered 481."""
    trace = clean()
    number = find(trace, "200 BYE")
    text = trace.messages()[number - 1].raw.decode().replace("200 OK", "481 Unknown")
    return insert(trace, number, text)


def second_tag() -> Trace:
    """The human's phone rings with one To tag and answers with another; the rest follows the answer."""
    trace = clean()
    return edit(trace, find(trace, "180 INVITE", 3), "tag=human-c", "tag=human-x")


def no_trying() -> Trace:
    """The human's phone sends no 100."""
    trace = clean()
    return drop(trace, find(trace, "100 INVITE", 3))


def early_cancel() -> Trace:
    """CANCEL is sent before the human's phone has sent anything."""
    trace = clean(target_status=None, ringing=False)
    return drop(trace, find(trace, "100 INVITE", 3))


EXAMPLES = [
    Example(
        "RFC4320-4.1-1",
        "the NOTIFY is answered 100 at once",
        hurried_trying,
        who="agent",
    ),
    Example(
        "RFC4320-4.2-1",
        "the REFER is answered 408",
        lambda: clean(refer_status=408),
    ),
    Example("RFC3261-17.2.2-1", "200 and 481 to one BYE", answered_twice),
    Example("RFC3261-8.2.6.2-1", "two To tags in one phone's responses", second_tag, who="human"),
    Example(
        "RFC3261-17.1.1.3-1",
        "the ACK to the refusal has another To tag",
        lambda: changed("ACK sip:+15550103", 1, "tag=human-c", "tag=human-x", target_status=486),
    ),
    Example(
        "RFC3261-17.2.1-1",
        "the human's phone sends 180 after 1.2 s and no 100",
        no_trying,
        who="human",
        also=("RFC3261-17.1.1.2-1",),
    ),
    Example(
        "RFC3261-9.1-1",
        "CANCEL before any response",
        early_cancel,
        also=("RFC3261-17.2.1-1", "RFC3261-17.1.1.2-1"),
    ),
    Example(
        "RFC3261-9.1-2",
        "the CANCEL goes to another URI",
        lambda: cancelled("CANCEL", "CANCEL sip:+15550103", "CANCEL sip:+15550104"),
    ),
    Example("RFC3261-9.2-1", "the cancelled INVITE gets no answer", unanswered_after_cancel, who="human"),
]


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_an_edit_trips_exactly_its_rules(example: Example) -> None:
    check(example)


def test_a_lost_port_in_from_is_not_a_copy() -> None:
    trace = changed(
        "REFER", 1, "From: <sip:+15550102@carrier.example>", "From: <sip:+15550102@carrier.example:5070>"
    )
    assert [(f.rule, f.who) for f in findings(trace)] == [("RFC3261-8.2.6.2-1", "carrier")]


def test_brackets_added_in_a_response_are_fine() -> None:
    trace = changed(
        "REFER", 1, "From: <sip:+15550102@carrier.example>;", "From: sip:+15550102@carrier.example;"
    )
    assert not findings(trace)


def test_a_refusal_that_is_never_acknowledged_is_found() -> None:
    trace = clean(target_status=486)
    (found,) = findings(drop(trace, find(trace, "ACK sip:+15550103")))
    assert (found.rule, found.who) == ("RFC3261-17.1.1.3-1", "carrier")


def test_the_acknowledgement_of_a_refusal_has_the_branch_of_the_invite() -> None:
    trace = changed("ACK sip:+15550103", 1, "branch=z9hG4bK-", "branch=z9hG4bK-new-", target_status=486)
    assert [f.rule for f in findings(trace)] == ["RFC3261-17.1.1.3-1"]


def test_a_cancel_that_crosses_the_answer_is_fine() -> None:
    trace = clean(target_status=None)
    trace = edit(trace, find(trace, "487 INVITE"), "487 Request Terminated", "486 Busy Here")
    assert not findings(move(trace, find(trace, "486 INVITE"), find(trace, "CANCEL")), "RFC3261-9.2-1")


def test_a_response_without_to_tag_is_found() -> None:
    trace = changed("200 NOTIFY", 1, ";tag=agent-b", "")
    assert [f.rule for f in findings(trace)] == ["RFC3261-8.2.6.2-1"]
    ringing = changed("180 INVITE", 3, ";tag=human-c", "")
    assert [(f.rule, f.who) for f in findings(ringing)] == [("RFC3261-8.2.6.2-1", "human")]


def test_via_values_come_back_in_their_order() -> None:
    trace, two = clean(), "Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK-behind\r\n"
    trace = edit(trace, find(trace, "NOTIFY"), "Max-Forwards", f"{two}Max-Forwards")
    number = find(trace, "200 NOTIFY")
    assert not findings(edit(trace, number, "From:", f"{two}From:"), "RFC3261-8.2.6.2-1")
    spoilt = edit(trace, number, "From:", f"{two.replace('192.0.2.9', '192.0.2.8')}From:")
    assert [f.who for f in findings(spoilt, "RFC3261-8.2.6.2-1")] == ["agent"]


def test_a_response_under_another_branch_is_found_by_the_two_ends_and_its_number() -> None:
    trace = changed("180 INVITE", 3, "branch=z9hG4bK-", "branch=z9hG4bK-other-")
    (found,) = findings(trace, "RFC3261-8.2.6.2-1")
    assert found.who == "human"
    assert found.text.endswith("came back as z9hG4bK-other-ladder-9")


def test_a_response_with_another_number_is_found_by_its_branch() -> None:
    trace = changed("200 INVITE", 4, "CSeq: 1 INVITE", "CSeq: 5 INVITE")
    assert {(f.rule, f.who) for f in findings(trace)} == {("RFC3261-8.2.6.2-1", "human")}


def test_a_cancel_that_is_never_answered_is_found() -> None:
    trace = clean(target_status=None)
    trace = drop(trace, find(trace, "200 CANCEL"))
    assert [(f.verdict, f.who) for f in findings(trace, "RFC3261-9.2-1")] == [("fail", "human")]


def test_another_refusal_than_487_after_a_cancel_is_information() -> None:
    trace = clean(target_status=None)
    trace = edit(trace, find(trace, "487 INVITE"), "487 Request Terminated", "486 Busy Here")
    assert [(f.verdict, f.who) for f in findings(trace, "RFC3261-9.2-1")] == [("info", "human")]


def test_to_comes_back_with_its_address() -> None:
    trace = changed("200 NOTIFY", 1, "To: <sip:+15550102@", "To: <sip:+15550999@")
    assert [(f.rule, f.who) for f in findings(trace)] == [("RFC3261-8.2.6.2-1", "agent")]
