"""Rules on the triggered INVITE: one failing example for each, and where they stay silent."""

import pytest

from harness.trace.entries import Trace
from tests.judge.rules.example import Example, check, clean, findings
from tests.ladders import AGENT_URI, HUMAN_URI, edit, find


def invite_of_human(old: str, new: str, **options: object) -> Trace:
    """A clean trace in which the triggered INVITE says `new` instead of `old`."""
    trace = clean(**options)
    return edit(trace, find(trace, f"INVITE {HUMAN_URI}"), old, new)


EXAMPLES = [
    Example(
        "RFC3892-2.2-1",
        "the triggered INVITE has no Referred-By",
        lambda: invite_of_human(f"Referred-By: <{AGENT_URI}>\r\n", ""),
    ),
    Example(
        "RFC3261-19.1.5-1",
        "the header in Refer-To is lost",
        lambda: clean(refer_to=f"<{HUMAN_URI}?X-AI-Context=t42>"),
    ),
]


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_an_edit_trips_exactly_its_rules(example: Example) -> None:
    check(example)


def test_headers_that_became_headers_are_fine() -> None:
    trace = invite_of_human(
        "Max-Forwards: 70",
        "Max-Forwards: 70\r\nX-AI-Context: t 42",
        refer_to=f"<{HUMAN_URI}?X-AI-Context=t%2042>",
    )
    assert not findings(trace, "RFC3261-19.1.5-1")


def test_dangerous_headers_in_refer_to_need_not_be_used() -> None:
    trace = clean(refer_to=f"<{HUMAN_URI}?Route=%3Csip:evil%3E&From=sip:x@y>")
    assert not findings(trace, "RFC3261-19.1.5-1")


def test_brackets_around_referred_by_may_go() -> None:
    trace = invite_of_human(f"Referred-By: <{AGENT_URI}>", f"Referred-By: {AGENT_URI}")
    assert not findings(trace, "RFC3892-2.2-1")
