"""Shared facts of a case, and small questions about entries."""

from dataclasses import replace

from harness.base.instant import SECOND
from harness.judge.rules.facts import (
    answerer,
    arrival_ns,
    astray,
    can_be_answered,
    facts_of,
    first_arrival,
    from_its_contact,
    in_dialog,
    names_dialog,
    overtaken,
    shares_gruu,
)
from harness.trace.calls import rebuild
from harness.trace.entries import Trace
from harness.trace.model import Case
from tests.judge.rules.example import clean
from tests.ladders import AGENT, CARRIER, edit, find, lose, repeat, with_entries


def case_of(trace: Trace) -> Case:
    (case,) = rebuild(trace)
    return case


def test_facts_are_worked_out_once_for_a_case() -> None:
    case = case_of(clean())
    assert facts_of(case) is facts_of(case)


def test_reports_are_the_notifies_of_a_refer_with_their_status() -> None:
    facts = facts_of(case_of(clean()))
    assert [(report.status, report.final, report.terminated) for report in facts.reports] == [
        (100, False, False),
        (180, False, False),
        (200, True, True),
    ]


def test_every_request_is_listed_once_acks_included() -> None:
    case = case_of(repeat(clean(), find(clean(), "REFER"), delay_ns=1000))
    entries = [entry.n for entry in facts_of(case).requests]
    assert len(entries) == len(set(entries)) == 15


def test_in_a_closed_run_silence_is_decided_at_once() -> None:
    trace = clean()
    assert facts_of(case_of(trace)).waited(trace.header.ended_ns, 32 * SECOND)


def test_with_a_real_system_or_in_a_capture_silence_takes_its_time() -> None:
    trace = clean()
    cast = tuple(replace(member, under_test=member.name == "carrier") for member in trace.header.cast)
    for header in (replace(trace.header, cast=cast), replace(trace.header, mode="capture", cast=())):
        facts = facts_of(case_of(Trace(header, trace.entries)))
        assert not facts.waited(facts.ended_ns - SECOND, 2 * SECOND)
        assert facts.waited(facts.ended_ns - 2 * SECOND, 2 * SECOND)


def test_the_first_arrival_of_a_lost_request_is_its_copy() -> None:
    trace = repeat(clean(), find(clean(), "REFER"), delay_ns=1000)
    trace = lose(trace, find(trace, "REFER"))
    (transfer,) = case_of(trace).transfers
    arrived = first_arrival(transfer.refer)
    assert arrived is not None
    assert arrived is transfer.refer.copies[0]
    assert arrival_ns(arrived) == arrived.received_ns


def test_in_dialog_is_told_by_the_to_tag() -> None:
    case = case_of(clean())
    assert in_dialog(case.transfers[0].refer)
    assert not in_dialog(case.legs[0].invites[0])


def test_a_gruu_is_seen_in_any_contact_of_the_leg() -> None:
    trace = clean()
    assert not shares_gruu(case_of(trace).transfers[0].leg, CARRIER)
    trace = edit(trace, find(trace, "200 REFER"), "192.0.2.2:5060>", "192.0.2.2:5060;gr>")
    assert shares_gruu(case_of(trace).transfers[0].leg, CARRIER)
    assert not shares_gruu(None, CARRIER)


def test_a_request_is_overtaken_when_a_later_one_arrived_first() -> None:
    trace = clean()
    late = trace.messages()[find(trace, "NOTIFY", 3)].at_ns + SECOND
    number = find(trace, "NOTIFY", 2)
    items = [replace(e, received_ns=late) if e.n == number else e for e in trace.messages()]
    facts = facts_of(case_of(with_entries(trace, items)))
    assert [overtaken(facts, report.transaction) for report in facts.reports] == [False, True, False]


def test_without_a_proxy_the_receiver_made_the_answer() -> None:
    (transfer,) = case_of(clean()).transfers
    assert transfer.refer.final is not None
    assert answerer(transfer.refer, transfer.refer.final) == CARRIER
    assert from_its_contact(transfer.refer.final)


def test_a_request_names_its_dialog_by_call_id_and_both_tags() -> None:
    trace = clean()
    number = find(trace, "REFER")
    leg = case_of(trace).transfers[0].leg
    assert leg is not None
    for old, new, same in (
        ("Max-Forwards: 70", "Max-Forwards: 69", True),
        (";tag=agent-b", ";tag=nobody", False),
        (";tag=carrier-b", "", False),
        ("agent-leg@", "no-leg@", False),
    ):
        assert names_dialog(leg, edit(trace, number, old, new).messages()[number - 1]) is same


def test_a_request_that_cannot_be_read_cannot_be_answered() -> None:
    trace = clean()
    number = find(trace, "REFER")
    assert can_be_answered(trace.messages()[number - 1])
    for old, new in (("CSeq: 2 REFER", "CSeq: 2 INFO"), ("\r\n\r\n", "\r\n"), ("branch=", "x=")):
        assert not can_be_answered(edit(trace, number, old, new).messages()[number - 1])


def test_an_ack_is_astray_where_neither_an_end_nor_its_own_uri_is() -> None:
    trace = clean()
    case = case_of(trace)
    (ack,) = case.legs[2].acks
    assert not astray(case.legs[2], ack)
    assert astray(case.legs[2], replace(ack, destination=AGENT))
    named = edit(trace, ack.n, "@192.0.2.4:5060 SIP", f"@{AGENT} SIP").messages()[ack.n - 1]
    assert not astray(case.legs[2], replace(named, destination=AGENT))
