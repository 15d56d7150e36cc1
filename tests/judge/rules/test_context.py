"""Practices on context: one failing example for each, and where they must stay silent."""

import pytest

from harness.base.instant import MS
from harness.judge.judgement import judge
from harness.trace.entries import Trace
from tests.judge.rules.example import Example, clean, exactly, findings
from tests.judge.stories import plan
from tests.ladders import CALLER, CARRIER, edit, find, insert

TOPIC = (("X-AI-Context", "refinance"),)


def referred(rows: str = "") -> Trace:
    """The REFER has a context header; the triggered INVITE has these rows."""
    trace = clean(refer_headers=TOPIC)
    return edit(trace, find(trace, "INVITE sip:+15550103"), "Referred-By", f"{rows}Referred-By")


def relayed(old: str, new: str) -> Trace:
    """The carrier passes the REFER on to the caller's phone, with `new` instead of `old`."""
    trace = clean(refer_headers=TOPIC)
    refer, answer = find(trace, "REFER"), find(trace, "200 REFER")
    made = trace
    for n, ends in ((refer, (CARRIER, CALLER)), (answer, (CALLER, CARRIER))):
        text = trace.messages()[n - 1].raw.decode("latin-1")
        text = text.replace("agent-leg@192.0.2.2", "caller-leg@192.0.2.1").replace("-ladder-", "-relay-")
        text = text.replace("tag=agent-b", "tag=carrier-a").replace("tag=carrier-b", "tag=caller-a")
        text = text.replace("192.0.2.3:5060", "192.0.2.2:5060") if n == refer else text
        if n == refer:
            assert old in text
            text = text.replace(old, new)
        made = insert(made, n, text, source=ends[0], destination=ends[1], delay_ns=MS // 4)
    return made


def through(rows: str, given: str = "X-Ticket: 42") -> Trace:
    """The caller's INVITE has a context header; the carrier's to the agent has these rows."""
    trace = edit(clean(), 1, "Max-Forwards", f"{given}\r\nMax-Forwards")
    return edit(trace, 3, "Max-Forwards", f"{rows}Max-Forwards")


def unreadable() -> Trace:
    """The last NOTIFY has a text, and the agent hangs up on it."""
    trace = clean()
    return edit(trace, find(trace, "NOTIFY", 3), "message/sipfrag;version=2.0", "text/plain")


PRACTICES = [
    Example("context-lost", "the context of the REFER does not arrive", referred),
    Example(
        "outcome-only-from-sipfrag",
        "the agent hangs up on a text",
        unreadable,
        who="agent",
        also=("final-notify-present",),
    ),
    Example(
        "context-survives-b2bua",
        "the caller's user-to-user data does not get through",
        lambda: through("", "User-to-User: 3432"),
    ),
]


@pytest.mark.parametrize("example", PRACTICES, ids=str)
def test_an_edit_shows_a_practice(example: Example) -> None:
    exactly(example)


def test_context_that_arrives_is_fine() -> None:
    assert not findings(referred("X-AI-Context: refinance\r\n"), "context-lost")
    assert not findings(through("X-Ticket: 42\r\n"), "context-survives-b2bua")


def test_context_that_arrives_changed_is_lost() -> None:
    (finding,) = findings(referred("X-AI-Context: other\r\n"), "context-lost")
    assert finding.text.startswith("X-AI-Context of the REFER"), "as it was written"


def test_a_header_between_two_hops_is_information_unless_the_plan_hands_it_over() -> None:
    (finding,) = findings(through(""), "context-survives-b2bua")
    assert (finding.verdict, finding.who) == ("info", "carrier")
    named = judge(through(""), plan=plan(context_headers=(("X-Ticket", "42"),))).findings
    assert [f.verdict for f in named if f.rule == "context-survives-b2bua"] == ["fail"]


@pytest.mark.parametrize(
    ("rows", "lost"),
    [
        ("X-AI-Context: refinance\r\nX-AI-Context: again\r\n", False),
        ("X-AI-Context: refinance, again\r\n", False),
        ("X-AI-Context: refinance\r\n", True),
        ("X-AI-Context: again\r\n", True),
    ],
)
def test_every_row_of_a_context_header_arrives(rows: str, lost: bool) -> None:
    trace = edit(referred(rows), find(referred(rows), "REFER"), "X-AI-Context: refinance",
                 "X-AI-Context: refinance\r\nX-AI-Context: again")  # fmt: skip
    assert bool(findings(trace, "context-lost")) is lost


def test_a_relayed_refer_keeps_referred_by_and_context() -> None:
    names = ("referred-by-preserved", "context-survives-b2bua")
    assert not findings(relayed("Referred-By", "Referred-By"), *names)
    other = relayed("Referred-By: <sip:+15550102@carrier.example>", "Referred-By: <sip:x@carrier.example>")
    assert [(f.rule, f.who) for f in findings(other, *names)] == [("referred-by-preserved", "carrier")]
    without = relayed("X-AI-Context: refinance\r\n", "")
    assert [(f.rule, f.who) for f in findings(without, *names)] == [("context-survives-b2bua", "carrier")]
