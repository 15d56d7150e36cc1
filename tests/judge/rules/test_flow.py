"""Rules on the order of a transfer: one failing example for each, and where they must stay silent."""

from dataclasses import replace

import pytest

from harness.base.instant import SECOND
from harness.judge.rule import apply
from harness.trace.calls import rebuild
from harness.trace.entries import Trace
from tests.judge.rules.example import Example, check, clean, findings
from tests.ladders import drop, edit, find, insert, move, with_entries

ALLOW = "Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, REFER, NOTIFY\r\n"
BUSY = {"target_status": 486}


def hasty(**options: object) -> Trace:
    """The agent hangs up before its REFER is answered."""
    trace = clean(leaves="on-refer-accepted", **options)
    return move(trace, find(trace, "BYE"), find(trace, "REFER"))


def left_on_hold() -> Trace:
    """The human is busy; the agent leaves the caller on hold for 10 s, and then hangs up."""
    trace = clean(resumes=False, **BUSY)
    bye = find(trace, "BYE")
    later = 10 * SECOND
    items = [
        e if e.n < bye else replace(e, sent_ns=e.at_ns + later, received_ns=(e.received_ns or 0) + later)
        for e in trace.messages()
    ]
    header = replace(trace.header, ended_ns=trace.header.ended_ns + later)
    return with_entries(Trace(header, list(items)), items)


def silenced() -> Trace:
    """The agent leaves right after the 202, and then the carrier reports no more."""
    return clean(leaves="on-refer-accepted", report=None)


def dead_call() -> Trace:
    """After the last NOTIFY the carrier no longer knows the call."""
    trace = clean(**BUSY)
    number = find(trace, "200 INVITE", 4)
    return edit(trace, number, "SIP/2.0 200 OK", "SIP/2.0 481 No Dialog")


def sent_again() -> Trace:
    """The agent sends its REFER anew after the 202, as if it had been refused."""
    trace = clean(refer_status=202)
    refer, answer = find(trace, "REFER"), find(trace, "202 REFER")
    texts = [trace.messages()[n - 1].raw.decode("latin-1") for n in (refer, answer)]
    texts = [t.replace("CSeq: 2", "CSeq: 3").replace("-ladder-", "-again-") for t in texts]
    texts[1] = texts[1].replace("202 Accepted", "403 Forbidden")
    ends = trace.messages()[refer - 1]
    made = insert(trace, answer + 2, texts[0], source=ends.source, destination=ends.destination)
    number = find(made, "REFER", 2)
    made = insert(made, number, texts[1], source=ends.destination, destination=ends.source)
    for n in (find(made, "BYE"), find(made, "200 BYE")):
        made = edit(made, n, "CSeq: 3 BYE", "CSeq: 4 BYE")
    return made


EXAMPLES = [
    Example(
        "RFC5589-6-1",
        "the carrier's Allow lacks REFER",
        lambda: edit(clean(), 3, ALLOW, ALLOW.replace(", REFER", "")),
    ),
    Example("RFC5589-6-2", "the agent hangs up before the answer", lambda: hasty(**BUSY), who="agent"),
    Example("RFC5589-6.3-1", "the caller is left on hold", left_on_hold, who="agent"),
    Example("RFC5057-5.5-1", "nothing is reported after the BYE", silenced),
    Example(
        "RFC7647-5-2",
        "the REFER is sent again after 202",
        sent_again,
        who="agent",
        also=("RFC7647-5-1",),
    ),
]


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_an_edit_trips_exactly_its_rules(example: Example) -> None:
    check(example)


def test_a_missing_allow_is_information() -> None:
    (finding,) = findings(edit(clean(), 3, ALLOW, ""), "RFC5589-6-1")
    assert (finding.verdict, finding.who) == ("info", "carrier")


def test_a_blind_transfer_is_legal() -> None:
    assert not findings(clean(leaves="on-refer-accepted"), "RFC5589-6-2", "RFC5057-5.5-1")


def test_an_early_bye_is_allowed_where_the_target_is_reached_all_the_same() -> None:
    assert [each.verdict for each in findings(hasty(), "RFC5589-6-2")] == ["info"]


def test_hanging_up_on_the_caller_is_no_retrieval() -> None:
    (finding,) = findings(clean(resumes=False, **BUSY), "RFC5589-6.3-1")
    assert "hung up instead" in finding.text


def test_a_call_that_was_never_on_hold_needs_no_resume() -> None:
    trace = clean(hold=False, leaves="never", **BUSY)
    assert not findings(trace, "RFC5589-6.3-1")


def test_a_trace_that_ends_with_the_failure_is_undecided() -> None:
    trace = clean(**BUSY)
    last = find(trace, "200 NOTIFY", 3)
    trace = drop(trace, *range(last + 1, len(trace.messages()) + 1))
    header = replace(trace.header, mode="capture", cast=(), ended_ns=0)
    (case,) = rebuild(Trace(header, trace.entries))
    assert apply(case, "RFC5589-6.3-1").verdicts == {"RFC5589-6.3-1": "inconclusive"}


def test_a_call_that_dies_with_its_subscription_is_found() -> None:
    (finding,) = findings(dead_call(), "RFC5057-5.5-1")
    assert (finding.verdict, finding.who) == ("fail", "carrier")


def test_another_target_after_a_failure_is_no_repetition() -> None:
    assert not findings(clean(refer_status=202, **BUSY), "RFC7647-5-2")
