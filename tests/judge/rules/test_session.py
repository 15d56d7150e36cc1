"""Rules on offers and answers: one failing example for each, and where they stay silent."""

from dataclasses import replace

import pytest

from harness.judge.rules.session import described, exchanges
from harness.trace.calls import rebuild
from harness.trace.entries import Trace
from harness.wire.sip.message import parse
from tests.judge.rules.example import Example, check, clean, findings
from tests.judge.stories import STRANGER
from tests.ladders import drop, edit, find, with_entries

AGENT_TAG = b"tag=agent-b"
HOLD = ("INVITE", 3)
"""The agent's re-INVITE with sendonly."""


def changed(what: str, nth: int, old: str, new: str, **options: object) -> Trace:
    """A clean trace in which one message says `new` instead of `old`."""
    trace = clean(**options)
    return edit(trace, find(trace, what, nth), old, new)


EXAMPLES = [
    Example(
        "RFC3264-6-1",
        "the human's answer has a video section that was not offered",
        lambda: changed("200 INVITE", 4, "a=sendrecv\r\n", "a=sendrecv\r\nm=video 30002 RTP/AVP 96\r\n"),
        who="human",
    ),
    Example(
        "RFC3264-6.1-1",
        "the hold is answered sendrecv",
        lambda: changed("200 INVITE", 3, "a=recvonly", "a=sendrecv"),
    ),
    Example(
        "RFC3264-8-1",
        "the hold has the version of the first description",
        lambda: changed(*HOLD, "o=- 1 2 IN", "o=- 1 1 IN"),
        who="agent",
    ),
]


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_an_edit_trips_exactly_its_rules(example: Example) -> None:
    check(example)


@pytest.mark.parametrize(
    ("old", "new"), [("o=- 1 2 IN", "o=- 1 4 IN"), ("o=- 1 2 IN", "o=- 7 2 IN"), ("m=audio", "a=audio")]
)
def test_a_version_that_jumps_another_session_or_a_lost_section_is_found(old: str, new: str) -> None:
    found = findings(changed(*HOLD, old, new), "RFC3264-8-1")
    assert [(each.rule, each.who) for each in found][:1] == [("RFC3264-8-1", "agent")]


def through_a_proxy(trace: Trace) -> Trace:
    """The agent's re-INVITEs go to the carrier through a proxy with media of its own."""
    items = []
    for entry in trace.messages():
        message = entry.message
        changes = message.cseq_method == "INVITE" and message.call_id == "agent-leg@192.0.2.2"
        if not changes or AGENT_TAG not in entry.raw.partition(b"\r\nTo:")[0]:
            items.append(entry)
        elif not message.is_request:
            items.append(replace(entry, source=STRANGER))
        else:
            via = f"Via: SIP/2.0/UDP {STRANGER};branch=z9hG4bK-on-{entry.n}\r\nVia:".encode()
            on = entry.raw.replace(b"Via:", via, 1)
            items.append(replace(entry, destination=STRANGER))
            items.append(replace(entry, raw=on, source=STRANGER, parsed=None))
    return with_entries(trace, items)


def test_descriptions_of_a_media_relay_in_the_middle_are_not_those_of_one_side() -> None:
    trace = changed("200 INVITE", 4, "o=- 1 3 IN", "o=- 1 9 IN", target_status=486)
    assert [each.who for each in findings(trace, "RFC3264-8-1")] == ["carrier"]
    assert not findings(through_a_proxy(trace), "RFC3264-8-1")


def test_a_rejected_section_may_have_any_direction() -> None:
    assert not findings(changed("200 INVITE", 3, "m=audio 30000", "m=audio 0"), "RFC3264-6.1-1")


def test_sendonly_may_be_answered_inactive() -> None:
    assert not findings(changed("200 INVITE", 3, "a=recvonly", "a=inactive"), "RFC3264-6.1-1")


def test_an_offer_in_the_200_is_answered_in_the_ack() -> None:
    trace = clean()
    number = find(trace, "INVITE sip:+15550103")
    body = trace.messages()[number - 1].raw.decode().partition("\r\n\r\n")[2]
    trace = edit(trace, number, body, "")
    answer = body.replace("a=sendrecv", "a=sendrecv\r\nm=video 30002 RTP/AVP 96")
    described_ack = edit(
        trace,
        find(trace, "ACK sip:+15550103"),
        "Content-Length: 0\r\n\r\n",
        f"Content-Type: application/sdp\r\nContent-Length: {len(answer)}\r\n\r\n{answer}",
    )
    (case,) = rebuild(described_ack)
    (exchange,) = exchanges(case.legs[2])
    assert exchange.offered.message.status == 200
    assert [f.who for f in findings(described_ack, "RFC3264-6-1")] == ["carrier"]


def test_without_an_answer_nothing_is_compared() -> None:
    trace = clean(target_status=486)
    assert not findings(drop(trace, find(trace, "486 INVITE")), "RFC3264-6-1")


def test_a_body_of_another_type_is_no_description() -> None:
    head = b"INVITE sip:a@b SIP/2.0\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\n"
    assert described(parse(head + b"v=0\r\n")) is None


@pytest.mark.parametrize(
    ("old", "new"), [("v=0\r\n", ""), ("v=0", "v=1"), ("t=0 0\r\n", ""), ("m=audio 30000", "m=audio x")]
)
def test_a_description_that_cannot_be_read_is_found(old: str, new: str) -> None:
    found = findings(changed("200 INVITE", 4, old, new), "session-description-is-well-formed")
    assert [(each.verdict, each.who) for each in found] == [("fail", "human")]
    assert not findings(clean(), "session-description-is-well-formed")
