"""Messages that do not follow the grammar: found once each, and not where another rule tells it."""

import pytest

from harness.judge.finding import Finding
from harness.trace.entries import Trace
from tests.judge.rules.example import clean, findings
from tests.ladders import edit, find, insert

RULE = "message-is-well-formed"


def form(old: str, new: str, what: str = "REFER") -> list[Finding]:
    trace = clean()
    return findings(edit(trace, find(trace, what), old, new), RULE)


def test_a_clean_trace_is_well_formed() -> None:
    assert not findings(clean(), RULE)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Max-Forwards: 70\r\n", "Max-Forwards: 70\n"),
        ("\r\n\r\n", "\r\n"),
        ("Max-Forwards: 70", "Max-Forwards: many"),
        ("Max-Forwards: 70", "Max-Forwards: 70\r\nMax-Forwards: 70"),
        ("Max-Forwards: 70", "Max-Forwards 70"),
        ("Contact: <sip:+15550102@", "Contact: <sip:+15550102@@"),
        ("REFER sip:+15550101@192.0.2.2:5060", "REFER <sip:+15550101@192.0.2.2:5060>"),
    ],
)
def test_what_a_receiver_may_not_be_able_to_read_is_found(old: str, new: str) -> None:
    assert [(f.verdict, f.who, f.severity) for f in form(old, new)] == [("fail", "agent", "interop-risk")]


def test_what_everybody_reads_is_information() -> None:
    trace = clean()
    trace = edit(trace, find(trace, "NOTIFY", 3), "reason=noresource", "reason=reason=noresource")
    found = findings(trace, RULE)
    assert [(f.verdict, f.who) for f in found] == [("info", "carrier")]


@pytest.mark.parametrize(
    ("old", "new"),
    [("Max-Forwards: 70\r\n", ""), ("CSeq: 2 REFER", "CSeq: 2 INFO"), ("branch=z9hG4bK", "branch=")],
)
def test_what_has_a_rule_of_its_own_is_left_to_it(old: str, new: str) -> None:
    assert not form(old, new)


def test_garbage_is_held_against_who_sent_it() -> None:
    trace: Trace = insert(clean(), 3, "Call-ID: agent-leg@192.0.2.2\r\n\r\n")
    found = findings(trace, RULE)
    assert len(found) <= 1
    assert {each.verdict for each in found} <= {"fail"}
