"""Entries: times, parsing on first use, names of parties."""

import pickle
from dataclasses import fields, replace

from harness.base.endpoint import Endpoint
from harness.trace.entries import Trace
from tests.ladders import AGENT, cold_transfer


def test_a_message_happened_when_it_was_sent_else_when_it_arrived() -> None:
    entry = cold_transfer().messages()[0]
    assert entry.at_ns == entry.sent_ns
    assert replace(entry, sent_ns=None).at_ns == entry.received_ns


def test_a_message_without_arrival_was_lost_unless_a_capture_shows_it() -> None:
    entry = replace(cold_transfer().messages()[0], received_ns=None)
    assert not entry.arrived
    assert replace(entry, stamp_source="capture").arrived


def test_a_message_is_parsed_once() -> None:
    entry = cold_transfer().messages()[0]
    assert entry.message is entry.message
    assert entry.message.method == "INVITE"


def test_between_processes_the_bytes_alone_travel() -> None:
    entry = cold_transfer().messages()[0]
    lean = len(pickle.dumps(entry))
    assert entry.message.method == "INVITE"
    travelled = pickle.loads(pickle.dumps(entry))
    assert len(pickle.dumps(entry)) == lean
    assert all(
        getattr(travelled, field.name) == getattr(entry, field.name)
        for field in fields(entry)
        if field.name not in ("parsed", "message")
    )
    assert travelled.message.headers() == entry.message.headers()


def test_parties_are_called_by_name_and_strangers_by_address() -> None:
    trace = cold_transfer()
    assert trace.name_of(AGENT) == "agent"
    assert trace.name_of(Endpoint("::1", 5060)) == "[::1]:5060"


def test_what_is_evidence_ends_where_our_side_began_to_stop() -> None:
    trace = cold_transfer()
    assert trace.observed() is trace
    stopped = Trace(replace(trace.header, stopped_ns=trace.messages()[8].at_ns), trace.entries)
    assert [entry.n for entry in stopped.observed().messages()] == list(range(1, 10))


def test_a_message_between_processes_keeps_its_step() -> None:
    entry = replace(cold_transfer().messages()[0], step=7)
    assert pickle.loads(pickle.dumps(entry)).step == 7
