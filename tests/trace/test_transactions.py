"""Messages become transactions by branch, method and hop."""

from dataclasses import replace

from harness.base.endpoint import Endpoint
from harness.trace.entries import Header, MessageEntry, Trace
from harness.trace.transactions import Exchanges, at_home, collect, listening
from tests.ladders import AGENT, CARRIER, HUMAN, cold_transfer, drop, edit, find, insert, repeat


def methods(exchanges: Exchanges) -> list[str]:
    return [transaction.method for transaction in exchanges.transactions]


def test_every_request_with_its_responses_and_acks_is_one_transaction() -> None:
    exchanges = collect(cold_transfer())
    assert methods(exchanges) == [
        *("INVITE", "INVITE", "INVITE", "REFER", "NOTIFY", "INVITE"),
        *("NOTIFY", "NOTIFY", "BYE", "BYE", "BYE"),
    ]
    assert exchanges.strays == []
    first = exchanges.transactions[0]
    assert [entry.message.status for entry in first.responses] == [100, 180, 200]
    assert [entry.message.method for entry in first.acks] == ["ACK"]


def test_every_message_is_in_exactly_one_place() -> None:
    for trace in (cold_transfer(), cold_transfer(target_status=None), cold_transfer(target_status=486)):
        exchanges = collect(trace)
        found = [
            entry.n
            for one in exchanges.transactions
            for entry in (one.request, *one.copies, *one.responses, *one.acks)
        ]
        assert sorted(found) == [entry.n for entry in trace.messages()]


def test_a_retransmission_is_a_copy_and_no_new_transaction() -> None:
    clean = cold_transfer()
    trace = repeat(repeat(clean, find(clean, "REFER")), find(clean, "202 REFER"))
    exchanges = collect(trace)
    refer = next(one for one in exchanges.transactions if one.method == "REFER")
    assert methods(exchanges).count("REFER") == 1
    assert len(refer.copies) == 1
    assert [entry.message.status for entry in refer.responses] == [202, 202]


def test_a_cancel_and_its_invite_share_a_branch_and_stay_apart() -> None:
    exchanges = collect(cold_transfer(target_status=None))
    cancel = next(one for one in exchanges.transactions if one.method == "CANCEL")
    invite = next(one for one in exchanges.transactions if one.receiver == HUMAN)
    assert cancel.final_status == 200
    assert invite.final_status == 487
    assert invite.request.message.branch == cancel.request.message.branch
    assert len(invite.acks) == 1


def test_a_response_without_request_is_a_stray() -> None:
    trace = cold_transfer()
    exchanges = collect(drop(trace, find(trace, "REFER")))
    assert [entry.message.status for entry in exchanges.strays] == [202]


def test_garbage_and_an_ack_of_nothing_are_strays() -> None:
    trace = insert(cold_transfer(), 1, b"\x00garbage")
    trace = insert(trace, 2, b"ACK sip:x@y SIP/2.0\r\nCall-ID: z\r\nCSeq: 1 ACK\r\n\r\n")
    assert len(collect(trace).strays) == 2


def test_a_response_from_another_port_still_finds_its_request() -> None:
    trace = cold_transfer()
    n = find(trace, "202 REFER")
    entries = [
        replace(entry, source=Endpoint(CARRIER.host, 5099)) if entry.n == n else entry
        for entry in trace.messages()
    ]
    exchanges = collect(Trace(trace.header, list(entries)))
    assert exchanges.strays == []


def via(branch: str, end: Endpoint) -> str:
    return f"Via: SIP/2.0/UDP {end};branch=z9hG4bK{branch}\r\n"


def test_the_copy_behind_a_proxy_belongs_to_the_first_hop() -> None:
    proxy = Endpoint("192.0.2.9", 5060)
    rest = "From: <sip:a@x>;tag=1\r\nTo: <sip:b@x>;tag=2\r\nCall-ID: c\r\nCSeq: 1 BYE\r\n\r\n"
    request, status = "BYE sip:b@x SIP/2.0\r\n", "SIP/2.0 200 OK\r\n"
    first, second = via("one", AGENT), via("two", proxy)
    raws = [
        (AGENT, proxy, request + first + rest),
        (proxy, HUMAN, request + second + first + rest),
        (HUMAN, proxy, status + second + first + rest),
        (proxy, AGENT, status + first + rest),
    ]
    entries = [
        MessageEntry(n, n, n, source, destination, "udp", raw.encode())
        for n, (source, destination, raw) in enumerate(raws, 1)
    ]
    exchanges = collect(Trace(Header(), list(entries)))
    assert len(exchanges.transactions) == 1
    bye = exchanges.transactions[0]
    assert (bye.sender, bye.receiver, bye.reached) == (AGENT, proxy, HUMAN)
    assert [hop.final_status for hop in bye.hops()] == [200, 200]


def test_on_streams_a_party_is_known_by_the_port_it_listens_on() -> None:
    trace = cold_transfer(transport="tcp")
    outgoing = Endpoint(AGENT.host, 49152)
    moved = [
        replace(
            entry,
            source=outgoing if entry.source == AGENT else entry.source,
            destination=outgoing if entry.destination == AGENT else entry.destination,
        )
        for entry in trace.messages()
    ]
    exchanges = collect(at_home(Trace(trace.header, list(moved))))
    assert listening(moved) == {outgoing: AGENT}
    assert all(outgoing not in (one.sender, one.receiver) for one in exchanges.transactions)
    assert exchanges.strays == []


def test_a_request_without_branch_is_still_matched() -> None:
    trace = cold_transfer()
    n = find(trace, "REFER")
    branch = trace.messages()[n - 1].message.branch
    for number in (n, n + 1):
        trace = edit(trace, number, f";branch={branch}", "")
    refer = next(one for one in collect(trace).transactions if one.method == "REFER")
    assert refer.final_status == 202


def test_a_response_with_another_number_is_known_by_its_branch() -> None:
    trace = cold_transfer()
    trace = edit(trace, find(trace, "202 REFER"), "CSeq: 2 REFER", "CSeq: 7 REFER")
    refer = next(one for one in collect(trace).transactions if one.method == "REFER")
    assert refer.final_status == 202
