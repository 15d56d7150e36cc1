"""Rules on dialogs: one failing example for each, and where they stay silent."""

from dataclasses import replace

import pytest

from harness.base.instant import SECOND
from harness.judge.rule import apply
from harness.trace.calls import rebuild
from harness.trace.entries import Trace
from tests.judge.rules.example import Example, check, clean, exchange, findings
from tests.ladders import AGENT, CARRIER, HUMAN, drop, edit, find, insert, lose, move, with_entries


def changed(what: str, nth: int, old: str, new: str, **options: object) -> Trace:
    """A clean trace in which one message says `new` instead of `old`."""
    trace = clean(**options)
    return edit(trace, find(trace, what, nth), old, new)


def overlapping_invites() -> Trace:
    """The agent sends a second re-INVITE before its first is answered."""
    trace = clean()
    number = find(trace, "INVITE", 3)
    text = trace.messages()[number - 1].raw.decode()
    again = text.replace("CSeq: 1", "CSeq: 2").replace("branch=z9hG4bK-", "branch=z9hG4bK-again-")
    trace = insert(trace, number, again, delay_ns=1000)
    answer_at = find(trace, "200 INVITE", 3)
    ack_at = find(trace, "ACK", 3)
    both = [trace.messages()[n - 1].raw.decode().replace("CSeq: 1", "CSeq: 2") for n in (answer_at, ack_at)]
    both[0] = both[0].replace("branch=z9hG4bK-", "branch=z9hG4bK-again-")
    both[1] = both[1].replace("branch=z9hG4bK-", "branch=z9hG4bK-again-")
    trace = insert(trace, answer_at, both[0], delay_ns=1000)
    trace = insert(trace, find(trace, "ACK", 3), both[1], delay_ns=1000)
    for what in ("REFER", "200 REFER"):
        trace = edit(trace, find(trace, what), "CSeq: 2 ", "CSeq: 3 ")
    for what in ("BYE", "200 BYE"):
        trace = edit(trace, find(trace, what), "CSeq: 3 ", "CSeq: 4 ")
    return trace


def bye_before_ack() -> Trace:
    """The human's phone hangs up before the ACK to its 200 has arrived."""
    trace = clean()
    bye = (
        "BYE sip:+15550101@192.0.2.2:5060 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.4:5060;branch=z9hG4bK-early\r\n"
        "Max-Forwards: 70\r\nFrom: <sip:+15550103@carrier.example>;tag=human-c\r\n"
        "To: <sip:+15550101@carrier.example>;tag=carrier-c\r\nCall-ID: human-leg@192.0.2.2\r\n"
        "CSeq: 1 BYE\r\nContent-Length: 0\r\n\r\n"
    )
    reply = bye.replace("BYE sip:+15550101@192.0.2.2:5060 SIP/2.0", "SIP/2.0 200 OK").replace(
        "Max-Forwards: 70\r\n", ""
    )
    trace = drop(trace, find(trace, "BYE", 3), find(trace, "200 BYE", 3))
    answer = find(trace, "200 INVITE", 4)
    trace = insert(trace, answer, bye, delay_ns=100, source=HUMAN, destination=CARRIER)
    return insert(trace, answer + 1, reply, delay_ns=2_000_000, source=CARRIER, destination=HUMAN)


def late_ack() -> Trace:
    """The ACK to the human's 200 comes two seconds late."""
    trace = clean()
    number = find(trace, "ACK", 4)
    late_ns = trace.messages()[number - 1].at_ns + 2 * SECOND
    items = [
        replace(e, sent_ns=late_ns, received_ns=late_ns) if e.n == number else e for e in trace.messages()
    ]
    return with_entries(trace, sorted(items, key=lambda entry: entry.at_ns))


EXAMPLES = [
    Example(
        "RFC3261-12.1.1-1",
        "the human's 180 has no Contact",
        lambda: changed("180 INVITE", 3, "Contact: <sip:+15550103@192.0.2.4:5060>\r\n", ""),
        who="human",
    ),
    Example(
        "RFC3261-12.2.1.1-1",
        "the carrier's second NOTIFY has a lower CSeq",
        lambda: edit(changed("NOTIFY", 2, "CSeq: 3", "CSeq: 1"), 22, "CSeq: 3", "CSeq: 1"),
    ),
    Example(
        "RFC3261-12.2.1.1-2",
        "the carrier's NOTIFY goes to the agent's public address",
        lambda: changed("NOTIFY", 2, "sip:+15550102@192.0.2.3:5060 SIP", "sip:+15550102@carrier.example SIP"),
    ),
    Example(
        "RFC3261-13.2.2.4-1",
        "the human's 200 is not acknowledged",
        lambda: drop(clean(), find(clean(), "ACK", 4)),
        also=("RFC3261-13.3.1.4-1",),
    ),
    Example(
        "RFC3261-13.3.1.4-1",
        "the ACK is late and the 200 is not repeated",
        late_ack,
        who="human",
    ),
    Example("RFC3261-14.1-1", "two re-INVITEs overlap", overlapping_invites, who="agent"),
    Example("RFC3261-15-1", "BYE before the ACK", bye_before_ack, who="human"),
    Example(
        "RFC3261-15.1.2-1",
        "the agent's BYE is answered 481",
        lambda: changed("200 BYE", 1, "200 OK", "481 Call Does Not Exist"),
    ),
]


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_an_edit_trips_exactly_its_rules(example: Example) -> None:
    check(example)


def test_a_response_must_copy_record_route() -> None:
    trace = clean()
    trace = edit(
        trace, find(trace, "INVITE sip:+15550103"), "Max-Forwards", "Record-Route: <sip:p;lr>\r\nMax-Forwards"
    )
    assert {(f.rule, f.who) for f in findings(trace)} >= {("RFC3261-12.1.1-1", "human")}


def test_record_route_that_a_proxy_added_behind_is_fine() -> None:
    trace = changed("180 INVITE", 3, "Contact", "Record-Route: <sip:p;lr>\r\nContact")
    assert not findings(trace, "RFC3261-12.1.1-1")


def test_crossing_byes_may_get_481() -> None:
    trace = changed("200 BYE", 1, "200 OK", "481 Call Does Not Exist")
    assert not findings(exchange(trace, find(trace, "BYE"), "BYE", 9), "RFC3261-15.1.2-1")


def test_a_bye_that_came_after_a_newer_request_may_get_500() -> None:
    trace = clean()
    # CSeq 2 is lower than that of the last NOTIFY, which arrived before.
    trace = exchange(trace, find(trace, "200 NOTIFY", 3), "BYE", 2, status=500)
    assert not findings(trace, "RFC3261-15.1.2-1")


def test_a_bye_that_never_arrived_is_not_held_against_the_peer() -> None:
    trace = clean()
    trace = lose(trace, find(trace, "BYE", 3))
    found = findings(drop(trace, find(trace, "200 BYE", 3)))
    assert {each.rule for each in found} == {"RFC3261-17.1.2.2-1"}, "it must be sent again"


def test_an_unanswered_bye_at_the_end_of_a_capture_is_undecided() -> None:
    trace = clean()
    items = [replace(e, stamp_source="capture") for e in trace.messages()[:-1]]
    cut = Trace(replace(trace.header, mode="capture", ended_ns=items[-1].at_ns + SECOND), list(items))
    (case,) = rebuild(cut)
    (found,) = apply(case, "RFC3261-15.1.2-1").findings
    assert found.verdict == "inconclusive"
    assert found.text == "the trace ended 1s after a BYE, which was not yet answered"


def test_reordered_datagrams_in_a_capture_prove_nothing() -> None:
    trace = clean()
    trace = move(trace, find(trace, "NOTIFY", 2), find(trace, "200 NOTIFY", 1))
    trace = move(trace, find(trace, "NOTIFY", 1), find(trace, "NOTIFY", 2))
    items = [replace(e, stamp_source="capture") for e in trace.messages()]
    seen = Trace(replace(trace.header, mode="capture"), list(items))
    assert not findings(seen, "RFC3261-12.2.1.1-1")


def test_a_bye_with_strange_tags_may_be_refused() -> None:
    trace = changed("200 BYE", 1, "200 OK", "481 Call Does Not Exist")
    swapped = edit(trace, find(trace, "BYE"), ";tag=agent-b", ";tag=nobody")
    assert not findings(swapped, "RFC3261-15.1.2-1")


def test_an_ack_to_somebody_else_acknowledges_nothing() -> None:
    trace = clean()
    number = find(trace, "ACK sip:+15550103")
    items = [replace(e, destination=AGENT) if e.n == number else e for e in trace.messages()]
    assert [(f.rule, f.who) for f in findings(with_entries(trace, items), "RFC3261-13.2.2.4-1")] == [
        ("RFC3261-13.2.2.4-1", "carrier")
    ]


def test_an_ack_to_a_200_goes_to_the_remote_target() -> None:
    trace = changed("ACK", 1, "ACK sip:+15550102@192.0.2.3", "ACK sip:somebody@192.0.2.3")
    assert [(f.rule, f.who) for f in findings(trace, "RFC3261-12.2.1.1-2")] == [
        ("RFC3261-12.2.1.1-2", "carrier")
    ]


def test_a_response_that_forms_a_dialog_has_one_contact() -> None:
    trace = changed("200 INVITE", 4, "Contact: ", "Contact: <sip:x@192.0.2.4>\r\nContact: ")
    assert [f.text for f in findings(trace, "RFC3261-12.1.1-1")] == ["the 200 to the INVITE has 2 Contacts"]
