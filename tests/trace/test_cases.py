"""Cases: closed groups, and no message left over."""

from dataclasses import replace

import pytest

from harness.base.endpoint import Endpoint
from harness.base.instant import SECOND
from harness.trace.calls import rebuild
from harness.trace.entries import MessageEntry, Trace
from tests.ladders import AGENT, CALLER, HUMAN, cold_transfer, edit, find, insert, repeat

OPTIONS = (
    b"OPTIONS sip:x@y SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKo\r\nCall-ID: o\r\nCSeq: 1 OPTIONS\r\n\r\n"
)


def numbers(trace: Trace) -> list[int]:
    return sorted(entry.n for case in rebuild(trace) for entry in case.messages())


def two_transfers() -> Trace:
    """Two cold transfers of different callers, the second one a minute later."""
    first = cold_transfer().messages()
    second = []
    for entry in cold_transfer().messages():
        text = entry.raw.decode()
        for old, new in (("-leg@", "-leg2@"), ("z9hG4bK-", "z9hG4bK-b-"), ("+155501", "+155502")):
            text = text.replace(old, new)
        at_ns = entry.at_ns + 60 * SECOND
        second.append(replace(entry, raw=text.encode(), sent_ns=at_ns, received_ns=at_ns, parsed=None))
    both = [replace(entry, n=n) for n, entry in enumerate([*first, *second], 1)]
    return Trace(cold_transfer().header, list(both))


def test_one_transfer_is_one_case() -> None:
    (case,) = rebuild(cold_transfer())
    assert case.number == 1
    assert len(case.legs) == 3
    assert len(case.transfers) == 1
    assert case.others == []
    assert case.strays == []


def test_two_callers_are_two_cases() -> None:
    first, second = rebuild(two_transfers())
    assert (first.number, second.number) == (1, 2)
    assert [len(case.legs) for case in (first, second)] == [3, 3]
    assert [transfer.number for case in (first, second) for transfer in case.transfers] == [1, 2]


@pytest.mark.parametrize("options", [{}, {"target_status": None}, {"refer_status": 603}, {"report": None}])
def test_every_message_is_in_exactly_one_case(options: dict[str, object]) -> None:
    trace = cold_transfer(**options)
    trace = insert(repeat(trace, 3), 9, b"\0garbage")
    trace = insert(trace, 9, OPTIONS, source=AGENT, destination=HUMAN)
    assert numbers(trace) == [entry.n for entry in trace.messages()]


def test_what_belongs_to_no_call_goes_to_the_only_case() -> None:
    (case,) = rebuild(insert(cold_transfer(), 9, OPTIONS, source=AGENT, destination=HUMAN))
    assert [one.method for one in case.others] == ["OPTIONS"]


def test_with_several_cases_it_goes_where_its_ends_are_else_into_one_of_its_own() -> None:
    trace = two_transfers()
    stranger = Endpoint("198.51.100.9", 5060)
    trace = insert(trace, 1, OPTIONS, source=stranger, destination=Endpoint("198.51.100.8", 5060))
    cases = rebuild(trace)
    assert len(cases) == 3
    assert sum(len(case.others) for case in cases if not case.legs) == 1
    near = rebuild(insert(two_transfers(), 1, OPTIONS.replace(b"z9hG4bKo", b"z9hG4bKp"), source=CALLER))
    assert len(near) == 2


def test_replaces_joins_two_calls_to_one_case() -> None:
    trace = two_transfers()
    n = find(trace, "INVITE", 8)
    joined = edit(
        trace, n, "Allow:", "Replaces: agent-leg@192.0.2.2;to-tag=agent-b;from-tag=carrier-b\r\nAllow:"
    )
    assert len(rebuild(joined)) == 1


def test_a_trace_without_messages_has_no_case() -> None:
    assert rebuild(Trace(cold_transfer().header, [])) == []


def test_garbage_alone_is_a_case_without_legs() -> None:
    entry = MessageEntry(1, 5, None, CALLER, HUMAN, "udp", b"\0\1\2")
    (case,) = rebuild(Trace(cold_transfer().header, [entry]))
    assert case.strays == [entry]
    assert case.ended_ns > 5
