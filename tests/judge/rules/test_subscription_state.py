"""Rules on Subscription-State: one failing example for each, and where they stay silent."""

import pytest

from harness.base.instant import SECOND
from harness.trace.entries import Trace
from tests.judge.rules.example import Example, check, clean, exchange, findings
from tests.ladders import edit, find

FINAL = "terminated;reason=noresource"


def notify(old: str, new: str, nth: int = 3, **options: object) -> Trace:
    """A clean trace in which the nth NOTIFY (the third is the last) says `new` instead of `old`."""
    trace = clean(**options)
    return edit(trace, find(trace, "NOTIFY", nth), old, new)


def ran_out(seconds: int) -> Trace:
    """The target is cancelled after two minutes; the first NOTIFYs announced fewer seconds."""
    trace = clean(target_status=None, no_answer_ns=120 * SECOND)
    trace = edit(trace, find(trace, "NOTIFY", 1), "expires=180", f"expires={seconds}")
    return edit(trace, find(trace, "NOTIFY", 2), "expires=170", f"expires={seconds - 1}")


EXAMPLES = [
    Example("RFC6665-4.2.2-2", "a NOTIFY has a state of its own", lambda: notify("active", "busy", 2)),
    Example("RFC6665-4.2.2-3", "active has no expires", lambda: notify(";expires=170", "", 2)),
    Example(
        "RFC6665-4.2.2-5",
        "terminated has no reason",
        lambda: notify(FINAL, "terminated"),
        also=("RFC3515-2.4.7-1",),
    ),
    Example("RFC6665-4.2.2-4", "expires grows", lambda: notify("expires=170", "expires=300", 2)),
    Example(
        "RFC3515-3.4-1",
        "60 s for a call that may ring 120 s",
        lambda: ran_out(60),
        also=("RFC6665-4.2.1.4-1", "RFC3261-13.3.1.1-1"),
    ),
]


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_an_edit_trips_exactly_its_rules(example: Example) -> None:
    check(example)


def test_a_subscription_that_lasts_is_fine() -> None:
    assert not findings(ran_out(130), "RFC3515-3.4-1")


def test_a_refreshed_subscription_is_let_alone() -> None:
    trace = ran_out(60)
    assert not findings(exchange(trace, find(trace, "200 NOTIFY", 2), "SUBSCRIBE", 9), "RFC3515-3.4-1")


def test_nothing_follows_the_notify_that_ended_the_subscription() -> None:
    rule, trace = "no-notify-after-termination", clean()
    assert not findings(trace, rule)
    ended = edit(trace, find(trace, "NOTIFY", 2), "active;expires=170", "terminated;reason=timeout")
    assert [(f.rule, f.who) for f in findings(ended, rule)] == [(rule, "carrier")]
