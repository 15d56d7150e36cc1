"""Call-ID, tags and addresses of dialogs: what trips each practice, and where it stays silent."""

from dataclasses import replace

import pytest

from harness.base.instant import SECOND
from harness.judge.rule import apply
from harness.trace.calls import rebuild
from harness.trace.entries import Trace
from tests.judge.rules.example import clean, exchange, findings
from tests.ladders import drop, edit, find

PRACTICES = (
    "request-names-its-dialog",
    "stray-dialog",
    "dialog-addresses-kept",
    "target-refresh-has-contact",
)


def changed(what: str, old: str, new: str, nth: int = 1) -> Trace:
    """A clean trace in which one message says `new` instead of `old`."""
    trace = clean()
    return edit(trace, find(trace, what, nth), old, new)


FAILING = [
    ("request-names-its-dialog", ("REFER", ";tag=agent-b", ";tag=nobody"), "agent", "fail"),
    ("request-names-its-dialog", ("REFER", ";tag=carrier-b", ";tag=nobody"), "agent", "fail"),
    ("request-names-its-dialog", ("REFER", ";tag=carrier-b", ""), "agent", "fail"),
    ("request-names-its-dialog", ("BYE", ";tag=carrier-b", ""), "agent", "fail"),
    ("stray-dialog", ("BYE", "agent-leg@", "no-leg@"), "agent", "fail"),
    ("dialog-addresses-kept", ("BYE", "+15550102@carrier", "+15550999@carrier"), "agent", "info"),
    ("target-refresh-has-contact", ("NOTIFY", "Contact: ", "X-Contact: "), "carrier", "info"),
]


@pytest.mark.parametrize(("rule", "change", "who", "verdict"), FAILING)
def test_an_edit_trips_exactly_its_practice(
    rule: str, change: tuple[str, str, str], who: str, verdict: str
) -> None:
    found = findings(changed(*change), *PRACTICES)
    assert [(f.rule, f.who, f.verdict) for f in found] == [(rule, who, verdict)]


def test_a_clean_trace_trips_none() -> None:
    assert not findings(clean(), *PRACTICES)
    assert not findings(clean(target_status=None), *PRACTICES)


def test_swapped_tags_are_not_those_of_the_sender() -> None:
    trace = changed("BYE", ";tag=agent-b", ";tag=?")
    trace = edit(trace, find(trace, "BYE"), ";tag=carrier-b", ";tag=agent-b")
    trace = edit(trace, find(trace, "BYE"), ";tag=?", ";tag=carrier-b")
    assert [f.rule for f in findings(trace, *PRACTICES)] == ["request-names-its-dialog"]


def test_a_call_whose_beginning_was_not_captured_is_undecided() -> None:
    trace = clean()
    begun = drop(trace, *range(1, find(trace, "REFER")))
    items = [replace(e, stamp_source="capture") for e in begun.messages()]
    header = replace(trace.header, mode="capture", cast=(), ended_ns=items[-1].at_ns + SECOND)
    cases = rebuild(Trace(header, [*items]))
    verdicts = [apply(case, "stray-dialog").verdicts["stray-dialog"] for case in cases]
    assert "fail" not in verdicts
    assert "inconclusive" in verdicts


def test_a_change_of_address_is_told_once_for_each_side() -> None:
    trace = clean()
    for what in ("REFER", "BYE"):
        trace = edit(trace, find(trace, what), "+15550102@carrier", "+15550999@carrier")
    assert len(findings(trace, "dialog-addresses-kept")) == 1


def test_an_update_without_contact_is_told_too() -> None:
    trace = exchange(clean(), find(clean(), "REFER"), "UPDATE", 9)
    assert [f.text for f in findings(trace, "target-refresh-has-contact")] == ["the UPDATE has no Contact"]
