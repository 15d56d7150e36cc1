"""Rules on how NOTIFYs are answered: one failing example for each, and where they stay silent."""

from dataclasses import replace

import pytest

from harness.base.instant import SECOND
from harness.trace.entries import Trace
from tests.judge.rules.example import Example, check, clean, exchange, findings
from tests.ladders import drop, edit, find, lose, move, with_entries


def answered(reply: str, nth: int = 3) -> Trace:
    """A clean trace in which the nth NOTIFY is answered with `reply`."""
    trace = clean()
    return edit(trace, find(trace, "200 NOTIFY", nth), "200 OK", reply)


def overtaken_and_refused() -> Trace:
    """The first NOTIFY overtakes the answer to the REFER, and is refused."""
    trace = clean()
    trace = move(trace, find(trace, "200 REFER"), find(trace, "200 NOTIFY"))
    return edit(trace, find(trace, "200 NOTIFY"), "200 OK", "400 Not Now")


def slow_answer() -> Trace:
    """The second NOTIFY is answered after five seconds."""
    trace = clean()
    number = find(trace, "200 NOTIFY", 2)
    items = [
        replace(e, sent_ns=e.at_ns + 5 * SECOND, received_ns=e.at_ns + 5 * SECOND) if e.n >= number else e
        for e in trace.messages()
    ]
    return with_entries(trace, items)


def bye_after_481() -> Trace:
    """The last NOTIFY is answered 481, and the carrier hangs up at once."""
    trace = answered("481 Subscription Does Not Exist")
    trace = drop(trace, find(trace, "BYE"), find(trace, "200 BYE"))
    return exchange(trace, find(trace, "481 NOTIFY"), "BYE", 9)


EXAMPLES = [
    Example(
        "RFC3515-2.4.4-3",
        "an early NOTIFY is refused",
        overtaken_and_refused,
        who="agent",
    ),
    Example("RFC6665-4.1.3-3", "a good NOTIFY is refused with 500", lambda: answered("500 No"), who="agent"),
    Example(
        "RFC6665-4.1.3-2",
        "a NOTIFY is answered after 5 s",
        slow_answer,
        who="agent",
        also=("RFC3261-17.1.2.2-1",),
    ),
    Example(
        "RFC3420-5-1",
        "a sipfrag is refused with 415",
        lambda: answered("415 Unsupported Media Type"),
        also=("RFC6665-4.1.3-3",),
        who="agent",
    ),
    Example(
        "RFC5057-5.1-1", "BYE after 481 to NOTIFY", bye_after_481, also=("RFC6665-4.1.3-3",), verdict="info"
    ),
]


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_an_edit_trips_exactly_its_rules(example: Example) -> None:
    check(example)


def test_a_bad_notify_may_be_refused() -> None:
    trace = answered("489 Bad Event", 2)
    trace = edit(trace, find(trace, "NOTIFY", 2), "Event: refer", "Event: presence")
    assert "RFC6665-4.1.3-3" not in {f.rule for f in findings(trace)}


def test_a_notify_that_never_arrived_need_not_be_answered() -> None:
    trace = clean()
    trace = lose(trace, find(trace, "NOTIFY", 2))
    found = findings(drop(trace, find(trace, "200 NOTIFY", 2)))
    assert {each.rule for each in found} == {"RFC3261-17.1.2.2-1"}, "it must be sent again"


def test_a_notify_without_answer_is_found() -> None:
    trace = clean()
    (found,) = findings(drop(trace, find(trace, "200 NOTIFY", 2)), "RFC6665-4.1.3-2")
    assert (found.rule, found.who, found.text) == (
        "RFC6665-4.1.3-2",
        "agent",
        "the NOTIFY was never answered",
    )


def test_a_notify_that_came_after_a_newer_one_may_get_500() -> None:
    trace = clean()
    second, final = find(trace, "NOTIFY", 2), find(trace, "200 NOTIFY", 3)
    reply = find(trace, "200 NOTIFY", 2)
    trace = edit(trace, reply, "200 OK", "500 Out Of Order")
    late = {second: trace.messages()[final].at_ns, reply: trace.messages()[final].at_ns + 10}
    items = [
        replace(e, received_ns=late[e.n], sent_ns=e.sent_ns if e.n == second else late[e.n])
        if e.n in late
        else e
        for e in trace.messages()
    ]
    assert not findings(with_entries(trace, sorted(items, key=lambda entry: entry.at_ns)), "RFC6665-4.1.3-3")


def test_a_notify_with_strange_tags_may_be_refused() -> None:
    trace = edit(clean(), find(clean(), "NOTIFY", 2), ";tag=agent-b", ";tag=nobody")
    trace = edit(trace, find(trace, "200 NOTIFY", 2), "200 OK", "481 No Subscription")
    assert not findings(trace, "RFC6665-4.1.3-3")
