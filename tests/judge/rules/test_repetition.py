"""Rules on what is sent again: one failing example for each, and where they must stay silent."""

from dataclasses import replace

import pytest

from harness.base.instant import MS, SECOND
from harness.judge.rule import apply
from harness.trace.calls import rebuild
from harness.trace.entries import Trace
from tests.judge.rules.example import Example, check, clean, findings
from tests.judge.stories import later
from tests.ladders import drop, edit, find, insert, lose, repeat, with_entries

HUMAN_CALL = "human-leg@192.0.2.2"


def silent_human(*after_ms: int) -> Trace:
    """The human's phone sends nothing; the INVITE is sent again so long after the first time."""
    trace = clean(target_status=486, ringing=False)
    keep = find(trace, "INVITE sip:+15550103")
    gone = [e.n for e in trace.messages() if e.message.call_id == HUMAN_CALL and e.n != keep]
    trace = drop(trace, *gone)
    late = 34 * SECOND
    items = [
        e if e.n <= keep else replace(e, sent_ns=e.at_ns + late, received_ns=(e.received_ns or 0) + late)
        for e in trace.messages()
    ]
    header = replace(trace.header, ended_ns=trace.header.ended_ns + late)
    trace = with_entries(Trace(header, list(items)), items)
    for delay_ms in after_ms:
        trace = repeat(trace, keep, delay_ns=delay_ms * MS)
    return edit(trace, find(trace, "NOTIFY", 2), "486 Busy Here", "408 Request Timeout")


def again(what: str, delay_ns: int, **options: object) -> Trace:
    """A message is sent again after so long; its answer came at once."""
    trace = clean(**options)
    return repeat(trace, find(trace, what), delay_ns=delay_ns)


def long_ringing() -> Trace:
    """The human's phone rings for 100 s and says so once."""
    return clean(target_status=None, no_answer_ns=100 * SECOND)


def second_call() -> Trace:
    """The INVITE to the human comes again after the 2xx, and the phone rings anew."""
    trace = again("INVITE sip:+15550103", 4 * SECOND)
    ringing = find(trace, "180 INVITE", 3)
    anew = trace.messages()[ringing - 1].raw.replace(b"Content-Length", b"Server: anew\r\nContent-Length")
    return insert(trace, ringing, anew, delay_ns=3 * SECOND)


EXAMPLES = [
    Example("RFC3261-17.1.1.2-1", "an INVITE without an answer is sent once", silent_human),
    Example(
        "RFC3261-17.1.2.2-1",
        "the REFER is sent again after 100 ms",
        lambda: again("REFER", 100 * MS),
        who="agent",
    ),
    Example("RFC3261-13.3.1.1-1", "180 once in 100 s", long_ringing, who="human"),
    Example(
        "RFC6026-7.1-1",
        "the phone rings again after its 2xx",
        second_call,
        who="human",
    ),
]


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_an_edit_trips_exactly_its_rules(example: Example) -> None:
    check(example)


def test_an_invite_that_is_repeated_as_it_should_be_is_fine() -> None:
    trace = silent_human(500, 1500, 3500, 7500, 15500, 31500)
    assert not findings(trace, "RFC3261-17.1.1.2-1", "RFC3261-8.1.3.1-1")


def test_a_repetition_after_64_times_t1_is_too_late() -> None:
    trace = silent_human(500, 1500, 3500, 7500, 15500, 39500)
    (finding,) = findings(trace, "RFC3261-17.1.1.2-1")
    assert "39s" in finding.text or "39" in finding.text


def test_what_the_network_doubles_was_not_sent_again() -> None:
    assert not findings(again("REFER", 3 * MS), "RFC3261-17.1.2.2-1")


def test_a_lost_answer_makes_a_repetition_right() -> None:
    trace = again("REFER", 500 * MS)
    assert not findings(trace, "RFC3261-17.1.2.2-1")
    lost = lose(clean(), find(clean(), "200 REFER"))
    assert [f.who for f in findings(lost, "RFC3261-17.1.2.2-1")] == ["agent"]


def test_nothing_is_sent_again_on_a_stream() -> None:
    (finding,) = findings(again("REFER", 600 * MS, transport="tcp"), "RFC3261-17.1.2.2-1")
    assert "tcp" in finding.text


@pytest.mark.parametrize("mode", ["live", "capture"])
def test_a_request_that_nobody_ever_answered_may_have_met_a_transport_error(mode: str) -> None:
    trace = silent_human()
    items = [replace(e, stamp_source="capture") if mode == "capture" else e for e in trace.messages()]
    seen = Trace(replace(trace.header, mode=mode), list(items))  # type: ignore[arg-type]
    (case,) = rebuild(seen)
    (told,) = apply(case, "RFC3261-17.1.1.2-1").findings
    assert (told.verdict, "ICMP" in told.text) == ("inconclusive", True)


@pytest.mark.parametrize("mode", ["live", "virtual"])
def test_a_request_that_was_answered_late_met_no_transport_error(mode: str) -> None:
    trace = clean()
    answer = find(trace, "200 REFER")
    late = later(trace, answer, 3 * SECOND)
    seen = Trace(replace(late.header, mode=mode), late.entries)  # type: ignore[arg-type]
    assert [f.verdict for f in findings(seen, "RFC3261-17.1.2.2-1")] == ["fail"]


def test_ringing_within_a_minute_is_fine() -> None:
    assert not findings(clean(target_status=None, no_answer_ns=50 * SECOND), "RFC3261-13.3.1.1-1")


def test_the_same_2xx_again_is_what_a_repeated_invite_gets() -> None:
    trace = again("INVITE sip:+15550103", 4 * SECOND)
    answered = find(trace, "200 INVITE", 4)
    assert not findings(repeat(trace, answered, delay_ns=SECOND), "RFC6026-7.1-1")


def test_ringing_that_the_network_holds_up_or_doubles_is_no_new_ringing() -> None:
    trace = again("INVITE sip:+15550103", 4 * SECOND)
    assert not findings(repeat(trace, find(trace, "180 INVITE", 3), delay_ns=3 * SECOND), "RFC6026-7.1-1")
