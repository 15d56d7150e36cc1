"""What reconstructed values say about themselves."""

from dataclasses import replace

from harness.base.instant import MS
from harness.trace.calls import rebuild
from harness.trace.entries import Trace
from harness.trace.model import Case, end_of
from tests.ladders import AGENT, CARRIER, HUMAN, cold_transfer


def case(**options: object) -> Case:
    return rebuild(cold_transfer(**options))[0]


def test_a_transaction_tells_its_status_and_ends() -> None:
    (transfer,) = case().transfers
    refer = transfer.refer
    assert (refer.method, refer.number, refer.final_status) == ("REFER", 2, 202)
    assert (refer.sender, refer.receiver, refer.reached) == (AGENT, CARRIER, CARRIER)
    invite = case().legs[0].invites[0]
    assert [entry.message.status for entry in invite.provisionals] == [100, 180]


def test_a_leg_is_up_between_its_answer_and_its_bye() -> None:
    leg = case().legs[1]
    assert leg.answered_ns is not None
    assert leg.ended_ns is not None
    assert not leg.up_at(leg.answered_ns - 1)
    assert leg.up_at(leg.answered_ns)
    assert not leg.up_at(leg.ended_ns)
    assert leg.began_ns < leg.answered_ns


def test_a_leg_has_two_ends() -> None:
    leg = case().legs[1]
    assert leg.other(CARRIER) == AGENT
    assert leg.other(AGENT) == CARRIER
    assert leg.tag_of(AGENT) == "agent-b"
    assert leg.tag_of(CARRIER) == "carrier-b"
    assert [one.method for one in leg.in_method("BYE", "REFER")] == ["REFER", "BYE"]


def test_a_refused_leg_ended_with_its_refusal() -> None:
    (transfer,) = case(target_status=486).transfers
    leg = transfer.target_leg
    assert leg is not None
    assert leg.callee == HUMAN
    assert leg.ended_by is None
    assert leg.refused is not None
    assert leg.ended_ns == leg.refused.at_ns


def test_a_case_ends_with_its_trace() -> None:
    found = case()
    last = found.trace.messages()[-1]
    assert found.ended_ns == last.at_ns + 1 * MS
    assert [entry.n for entry in found.messages()] == list(range(1, 33))


def test_a_trace_ends_with_its_last_arrival_its_header_or_where_our_side_began_to_stop() -> None:
    trace = cold_transfer()
    last_ns = trace.messages()[-1].received_ns or 0
    assert end_of(Trace(replace(trace.header, ended_ns=0), trace.entries)) == last_ns
    assert end_of(Trace(replace(trace.header, ended_ns=last_ns + 7), trace.entries)) == last_ns + 7
    stopped = Trace(replace(trace.header, stopped_ns=last_ns - 9), trace.entries)
    assert end_of(stopped) == last_ns - 9
    assert {case.ended_ns for case in rebuild(stopped)} == {last_ns - 9}
