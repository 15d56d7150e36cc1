"""Rules on single messages: one failing example for each, and where they stay silent."""

import pytest

from harness.trace.entries import Trace
from tests.judge.rules.example import Example, check, clean, findings
from tests.ladders import HUMAN_URI, edit, find


def changed(what: str, nth: int, old: str, new: str, **options: object) -> Trace:
    """A clean trace in which one message says `new` instead of `old`."""
    trace = clean(**options)
    return edit(trace, find(trace, what, nth), old, new)


def branch_used_twice() -> Trace:
    """The agent's BYE has the branch of its REFER, and so has the answer."""
    trace = clean()
    for what in ("BYE", "200 BYE"):
        number = find(trace, what)
        text = trace.messages()[number - 1].raw.decode()
        branch = text[text.index("z9hG4bK") : text.index("\r\n", text.index("z9hG4bK"))]
        trace = edit(trace, number, branch, "z9hG4bK-ladder-7")
    return trace


EXAMPLES = [
    Example(
        "RFC3261-8.1.1-1",
        "the REFER has no Max-Forwards",
        lambda: changed("REFER", 1, "Max-Forwards: 70\r\n", ""),
        who="agent",
    ),
    Example(
        "RFC3261-8.1.1.5-1",
        "the CSeq of the REFER says NOTIFY",
        lambda: changed("REFER", 1, "CSeq: 2 REFER", "CSeq: 2 NOTIFY"),
        who="agent",
    ),
    Example("RFC3261-8.1.1.7-1", "a branch is used twice", branch_used_twice, who="agent"),
    Example(
        "RFC3261-8.1.1.8-1",
        "the INVITE to the human has no Contact",
        lambda: changed(f"INVITE {HUMAN_URI}", 1, "Contact: <sip:+15550101@192.0.2.2:5060>\r\n", ""),
    ),
    Example(
        "RFC8217-4-1",
        "Refer-To with a URI parameter has no brackets",
        lambda: changed("REFER", 1, f"<{HUMAN_URI}>", f"{HUMAN_URI};transport=tcp"),
        who="agent",
    ),
    Example(
        "RFC3261-18.3-1",
        "the REFER announces a body that is not there",
        lambda: changed("REFER", 1, "Content-Length: 0", "Content-Length: 10"),
        who="agent",
    ),
    Example(
        "RFC3261-18.1.1-1",
        "the REFER has 2000 bytes",
        lambda: changed("REFER", 1, "Max-Forwards: 70\r\n", f"Max-Forwards: 70\r\nX-Long: {'x' * 1600}\r\n"),
        who="agent",
        verdict="info",
    ),
    Example("RFC3261-8.2.1-1", "405 without Allow", lambda: clean(refer_status=405)),
    Example("RFC3261-8.2.2.3-1", "420 without Unsupported", lambda: clean(refer_status=420)),
    Example("RFC3261-22.2-1", "401 without challenge", lambda: clean(refer_status=401)),
    Example(
        "RFC6665-8.2.1-1",
        "the REFER has Event",
        lambda: changed("REFER", 1, "Max-Forwards", "Event: refer\r\nMax-Forwards"),
        who="agent",
    ),
    Example(
        "RFC6665-8.2.3-1",
        "the answer to the NOTIFY has Subscription-State",
        lambda: changed("200 NOTIFY", 1, "Content-Length", "Subscription-State: active\r\nContent-Length"),
        who="agent",
    ),
]


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_an_edit_trips_exactly_its_rules(example: Example) -> None:
    check(example)


def test_an_old_branch_without_the_cookie_is_found() -> None:
    trace = clean()
    for what in ("REFER", "200 REFER"):
        trace = edit(trace, find(trace, what), "z9hG4bK-", "1-")
    assert [(f.rule, f.who) for f in findings(trace)] == [("RFC3261-8.1.1.7-1", "agent")]


@pytest.mark.parametrize("value", [HUMAN_URI, f"{HUMAN_URI};reason=x"])
def test_brackets_may_miss_where_nothing_is_ambiguous(value: str) -> None:
    assert not findings(changed("REFER", 1, f"Refer-To: <{HUMAN_URI}>", f"Refer-To: {value}"))


@pytest.mark.parametrize("value", [f"{HUMAN_URI};method=INVITE", f"{HUMAN_URI}?Subject=x"])
def test_uri_parameters_need_brackets(value: str) -> None:
    found = findings(changed("REFER", 1, f"Refer-To: <{HUMAN_URI}>", f"Refer-To: {value}"), "RFC8217-4-1")
    assert [f.who for f in found] == ["agent"]


def test_a_message_on_a_stream_needs_content_length() -> None:
    trace = changed("REFER", 1, "Content-Length: 0\r\n", "", transport="tcp")
    assert [f.rule for f in findings(trace)] == ["RFC3261-18.3-1"]


def test_a_message_in_a_datagram_does_not() -> None:
    assert not findings(changed("REFER", 1, "Content-Length: 0\r\n", ""))


def test_a_405_must_not_allow_what_it_refuses() -> None:
    trace = clean(refer_status=405)
    trace = edit(trace, find(trace, "405 REFER"), "Content-Length", "Allow: INVITE, REFER\r\nContent-Length")
    assert [f.text for f in findings(trace)] == ["the 405 to REFER says that REFER is allowed"]


def test_a_body_that_is_longer_than_said_is_found_unless_it_is_padding() -> None:
    trace = clean()
    number = find(trace, "NOTIFY")
    size = int(trace.messages()[number - 1].raw.partition(b"Content-Length: ")[2].partition(b"\r")[0])
    cut = edit(trace, number, f"Content-Length: {size}", "Content-Length: 3")
    assert [(f.rule, f.who) for f in findings(cut, "RFC3261-18.3-1")] == [("RFC3261-18.3-1", "carrier")]
    padded = edit(trace, number, f"Content-Length: {size}", f"Content-Length: {size - 2}")
    assert not findings(padded, "RFC3261-18.3-1")


def test_a_via_that_stands_twice_is_found() -> None:
    trace = clean()
    via = trace.messages()[find(trace, "REFER") - 1].message.rows("via")[0]
    trace = edit(trace, find(trace, "REFER"), f"Via: {via}", f"Via: {via}\r\nVia: {via}")
    found = findings(trace, "RFC3261-8.1.1.7-1")
    assert [(f.who, f.text) for f in found] == [("agent", "the same Via stands twice")]
