"""Rules on the call to the refer target: one failing example for each, and where they must stay silent."""

from dataclasses import replace

import pytest

from harness.base.instant import SECOND
from harness.judge.rule import apply
from harness.trace.calls import rebuild
from harness.trace.entries import Trace
from tests.judge.rules.example import Example, check, clean, findings
from tests.judge.stories import STRANGER, abandoned
from tests.ladders import CALLER_URI, CARRIER, drop, edit, find, insert, with_entries

HUMAN_CALL = "human-leg@192.0.2.2"


def nobody_called(**options: object) -> Trace:
    """The REFER is accepted, and the human is never called."""
    trace = clean(**options)
    return drop(trace, *(e.n for e in trace.messages() if e.message.call_id == HUMAN_CALL))


def cancelled_after_481(after_ns: int = SECOND // 3) -> Trace:
    """The agent refuses the second NOTIFY; then the carrier cancels the human, who still rings."""
    trace = clean(target_status=None, report=None, no_answer_ns=after_ns)
    return unsubscribed(trace)


def unsubscribed(trace: Trace) -> Trace:
    """The agent refuses the second NOTIFY."""
    number = find(trace, "200 NOTIFY", 2)
    return edit(trace, number, "SIP/2.0 200 OK", "SIP/2.0 481 No Subscription")


def agents_media() -> Trace:
    """The carrier offers the agent's session description to the human."""
    trace = clean()
    number = find(trace, "INVITE sip:+15550103")
    return edit(trace, number, "o=- 1 1 IN IP4 192.0.2.2", "o=- 1 1 IN IP4 192.0.2.3")


def refused_429(status: str) -> Trace:
    """The human wants to know who refers; the carrier reports this status."""
    trace = clean(target_status=486)
    trace = edit(trace, find(trace, "486 INVITE"), "486 Busy Here", "429 Provide Referrer Identity")
    return edit(trace, find(trace, "NOTIFY", 3), "486 Busy Here", status)


def unanswered(status: str) -> Trace:
    """The human's phone sends nothing at all; the carrier reports this status after 32 s."""
    trace = clean(target_status=486, ringing=False)
    gone = [e for e in trace.messages() if e.message.call_id == HUMAN_CALL]
    keep = find(trace, "INVITE sip:+15550103")
    trace = drop(trace, *(e.n for e in gone if e.n != keep))
    items = trace.messages()
    late = 32 * 10**9
    items = [
        e if e.n <= keep else replace(e, sent_ns=e.at_ns + late, received_ns=(e.received_ns or 0) + late)
        for e in items
    ]
    header = replace(trace.header, ended_ns=trace.header.ended_ns + late)
    trace = with_entries(Trace(header, list(items)), items)
    return edit(trace, find(trace, "NOTIFY", 2), "486 Busy Here", status)


def other_caller(rows: str = "") -> Trace:
    """The carrier calls the human with another number in From."""
    trace = clean()
    for entry in trace.messages():
        if entry.message.call_id == HUMAN_CALL:
            trace = edit(trace, entry.n, CALLER_URI, "sip:+15550999@carrier.example")
    number = find(trace, "INVITE sip:+15550103")
    return edit(trace, number, "Referred-By", f"{rows}Referred-By")


EXAMPLES = [
    Example(
        "RFC3515-2.4.2-2",
        "nobody is called, and 200 is reported",
        nobody_called,
    ),
    Example(
        "RFC3515-2.4.4-4",
        "the human is cancelled because a NOTIFY was refused",
        cancelled_after_481,
        also=("RFC6665-4.1.3-3",),
    ),
    Example("RFC5589-5-3", "the human is offered the agent's media", agents_media),
    Example(
        "RFC5589-6.3.2-1",
        "the human is cancelled, and nothing is reported",
        lambda: clean(target_status=None, report=None),
    ),
    Example("RFC3892-5-1", "429 is told as 403", lambda: refused_429("403 Forbidden")),
    Example(
        "RFC3261-8.1.3.1-1",
        "silence is told as 480",
        lambda: unanswered("480 Temporarily Unavailable"),
        verdict="info",
        also=("RFC3261-17.1.1.2-1",),
    ),
    Example("RFC3892-2.2-2", "the human sees another number", other_caller),
]


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_an_edit_trips_exactly_its_rules(example: Example) -> None:
    check(example)


def test_a_reported_refusal_needs_no_call() -> None:
    assert not findings(nobody_called(target_status=486), "RFC3515-2.4.2-2")


def test_a_capture_without_the_call_to_the_target_proves_nothing() -> None:
    trace = nobody_called()
    header = replace(trace.header, mode="capture", cast=())
    (case,) = rebuild(Trace(header, trace.entries))
    assert apply(case, "RFC3515-2.4.2-2").verdicts == {"RFC3515-2.4.2-2": "inconclusive"}


def test_a_target_that_is_cancelled_later_for_its_own_sake_is_fine() -> None:
    trace = clean(target_status=None)
    trace = edit(trace, find(trace, "200 NOTIFY", 2), "SIP/2.0 200 OK", "SIP/2.0 481 No Subscription")
    assert not findings(trace, "RFC3515-2.4.4-4")


def test_a_cancel_that_does_not_follow_at_once_is_information() -> None:
    found = findings(cancelled_after_481(SECOND), "RFC3515-2.4.4-4")
    assert [(each.verdict, each.who) for each in found] == [("info", "carrier")]


def test_who_cancels_because_the_caller_left_does_not_cancel_for_the_subscription() -> None:
    assert not findings(unsubscribed(abandoned(no_answer_ns=SECOND // 3)), "RFC3515-2.4.4-4")


def test_an_invite_that_expires_is_cancelled_for_that() -> None:
    trace = cancelled_after_481()
    number = find(trace, "INVITE sip:+15550103")
    cancelled_ns = trace.messages()[find(trace, "CANCEL") - 1].at_ns
    rings = (cancelled_ns - trace.messages()[number - 1].at_ns) // SECOND
    for seconds, found in ((rings, 0), (rings + 10, 1), ("9" * 5000, 1)):
        made = edit(trace, number, "Referred-By", f"Expires: {seconds}\r\nReferred-By")
        assert len(findings(made, "RFC3515-2.4.4-4")) == found


def test_of_phones_that_ring_together_the_losers_are_cancelled() -> None:
    trace = cancelled_after_481()
    twin = {HUMAN_CALL: "twin@192.0.2.2", "-ladder-": "-twin-", "tag=carrier-c": "tag=carrier-d",
            "tag=human-c": "tag=human-d", "487 Request Terminated": "200 OK"}  # fmt: skip

    def of_twin(what: str) -> str:
        text = trace.messages()[find(trace, what) - 1].raw.decode()
        for old, new in twin.items():
            text = text.replace(old, new)
        return text

    answer, asked = of_twin("487 INVITE"), of_twin("INVITE sip:+15550103")
    made = insert(trace, find(trace, "CANCEL") - 1, answer, source=STRANGER, destination=CARRIER)
    made = insert(made, find(trace, "INVITE sip:+15550103"), asked, source=CARRIER, destination=STRANGER)
    (case,) = rebuild(made)
    assert [len(transfer.triggered) for transfer in case.transfers] == [2]
    assert not findings(made, "RFC3515-2.4.4-4")


def test_a_failure_that_is_told_is_fine() -> None:
    assert not findings(clean(target_status=None), "RFC5589-6.3.2-1")
    assert not findings(refused_429("429 Provide Referrer Identity"), "RFC3892-5-1")
    assert not findings(unanswered("408 Request Timeout"), "RFC3261-8.1.3.1-1")


def test_an_asserted_identity_keeps_the_number_as_well() -> None:
    trace = other_caller(f"P-Asserted-Identity: <{CALLER_URI}>\r\n")
    assert not findings(trace, "RFC3892-2.2-2")
    assert not findings(other_caller("Privacy: id\r\n"), "RFC3892-2.2-2")
