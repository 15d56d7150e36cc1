"""Rules on when NOTIFYs are sent: one failing example for each, and where they must stay silent."""

from dataclasses import replace

import pytest

from harness.base.instant import MS, SECOND
from harness.trace.entries import Trace
from tests.judge.rules.example import Example, check, clean, findings
from tests.ladders import drop, edit, find, insert, with_entries

FINAL_STATE = "terminated;reason=noresource"


def told_twice() -> Trace:
    """The carrier reports 180 twice within 300 ms, as two NOTIFYs."""
    trace = clean()
    number = find(trace, "NOTIFY", 2)
    made = trace
    for n in (number, number + 1):
        text = trace.messages()[n - 1].raw.decode("latin-1")
        text = text.replace("branch=", "branch=z9hG4bK-more-").replace("z9hG4bK-more-z9hG4bK", "z9hG4bK-more")
        cseq = text.partition("CSeq: ")[2].partition(" ")[0]
        text = text.replace(f"CSeq: {cseq} ", f"CSeq: {int(cseq) + 1} ")
        source, destination = trace.messages()[n - 1].source, trace.messages()[n - 1].destination
        if text.startswith("NOTIFY"):
            made = insert(trace, number + 1, text, source=source, destination=destination, delay_ns=300 * MS)
        else:
            made = insert(made, number + 2, text, source=source, destination=destination, delay_ns=MS)
    return counted(made, find(made, "NOTIFY", 4))


def counted(trace: Trace, n: int) -> Trace:
    """The CSeq number of message `n` and of what follows in that dialog is one higher."""
    for number in range(n, len(trace.messages()) + 1):
        text = trace.messages()[number - 1].raw.decode("latin-1")
        if "Call-ID: agent-leg" in text and "From: <sip:+15550101" in text:
            cseq = text.partition("CSeq: ")[2].partition(" ")[0]
            trace = edit(trace, number, f"CSeq: {cseq} ", f"CSeq: {int(cseq) + 1} ")
    return trace


def late_report(seconds: int) -> Trace:
    """The human answers, and the carrier reports it so much later."""
    trace = clean()
    number = find(trace, "NOTIFY", 3)
    later = seconds * SECOND
    items = [
        e if e.n < number else replace(e, sent_ns=e.at_ns + later, received_ns=(e.received_ns or 0) + later)
        for e in trace.messages()
    ]
    return with_entries(replace_end(trace, later), items)


def replace_end(trace: Trace, later_ns: int) -> Trace:
    """The run ends so much later."""
    return Trace(replace(trace.header, ended_ns=trace.header.ended_ns + later_ns), trace.entries)


def runs_out() -> Trace:
    """The subscription of 2 s runs out while the human rings; the outcome is never reported."""
    trace = clean(leaves="never", report=None)
    for nth in (1, 2):
        number = find(trace, "NOTIFY", nth)
        text = trace.messages()[number - 1].raw.decode()
        state = text.partition("Subscription-State: ")[2].partition("\r\n")[0]
        trace = edit(trace, number, state, "active;expires=2")
    return replace_end(trace, 60 * SECOND)


EXAMPLES = [
    Example("RFC3515-3.10-1", "180 is reported twice within 300 ms", told_twice, verdict="info"),
    Example("RFC6665-4.2.2-1", "the outcome is reported 6 s late", lambda: late_report(6)),
    Example("RFC6665-4.2.1.4-1", "the subscription just runs out", runs_out),
    Example(
        "RFC6665-4.1.3-5",
        "terminated has expires",
        lambda: edit(
            clean(), find(clean(), "NOTIFY", 3), FINAL_STATE, "terminated;reason=noresource;expires=60"
        ),
    ),
]


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_an_edit_trips_exactly_its_rules(example: Example) -> None:
    check(example)


def test_a_change_within_a_second_is_told_at_once() -> None:
    assert not findings(clean(ringing=False), "RFC3515-3.10-1")


@pytest.mark.parametrize(("seconds", "verdicts"), [(0, []), (2, ["info"]), (6, ["fail"])])
def test_seconds_are_too_late_and_less_is_information(seconds: int, verdicts: list[str]) -> None:
    assert [each.verdict for each in findings(late_report(seconds), "RFC6665-4.2.2-1")] == verdicts


def test_a_late_report_of_a_notifier_that_was_not_seen_may_be_a_repetition() -> None:
    trace = late_report(6)
    number = find(trace, "NOTIFY", 3)
    items = [replace(e, sent_ns=None) if e.n == number else e for e in trace.messages()]
    assert [f.verdict for f in findings(with_entries(trace, items), "RFC6665-4.2.2-1")] == ["info"]


def test_a_report_before_the_fact_is_another_rules_matter() -> None:
    assert not findings(clean(report_early=True, report="200 OK"), "RFC6665-4.2.2-1")


def test_a_subscription_that_ends_in_time_did_not_run_out() -> None:
    assert not findings(clean(), "RFC6665-4.2.1.4-1")


def test_a_lost_last_notify_is_no_subscription_that_ran_out_in_a_short_trace() -> None:
    trace = clean()
    number = find(trace, "NOTIFY", 3)
    assert not findings(drop(trace, number, number + 1), "RFC6665-4.2.1.4-1")
