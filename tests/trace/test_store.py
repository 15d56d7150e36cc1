"""Trace files: nothing is lost, nothing differs between machines, damage is told in a sentence."""

import json
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.base.endpoint import Endpoint
from harness.base.errors import BrokenEnvironment, CaptureError
from harness.trace import store
from harness.trace.entries import Cast, FaultEntry, Header, MessageEntry, NoteEntry, Trace
from tests.ladders import cold_transfer


def same(left: Trace, right: Trace) -> bool:
    """Equal in everything that was recorded."""
    return left.header == right.header and store.dumps(left) == store.dumps(right)


def rich_trace() -> Trace:
    """A trace with every kind of entry and every field used."""
    header = Header(
        tool="siptransfer 0.1.0",
        scenario="Überleitung",
        mode="live",
        seed=7,
        started_ns=5,
        ended_ns=90,
        cast=(Cast("agent", "agent", Endpoint("::1", 5060), under_test=True),),
        clock="monotonic offset 12",
        complete=False,
        deliberate=(1,),
        stopped_ns=80,
    )
    raw = bytes(range(256))
    source, destination = Endpoint("::1", 5060), Endpoint("127.0.0.1", 5062)
    message = MessageEntry(1, 10, None, source, destination, "tcp", raw, "kernel", 3, "eth0", (4, 5))
    return Trace(
        header, [message, NoteEntry(2, 20, "agent", "held"), FaultEntry(3, 30, "drop", "as asked", 1)]
    )


def test_a_trace_comes_back_as_it_was() -> None:
    for trace in (cold_transfer(), rich_trace()):
        back = store.loads(store.dumps(trace))
        assert same(trace, back)
        assert [entry.raw for entry in back.messages()] == [entry.raw for entry in trace.messages()]


def test_a_file_of_before_stopped_ns_existed_is_read() -> None:
    lines = store.dumps(rich_trace()).splitlines()
    end = json.loads(lines[-1])
    assert end.pop("stopped_ns") == 80
    back = store.loads(b"\n".join([*lines[:-1], json.dumps(end).encode()]) + b"\n")
    assert back.header == replace(rich_trace().header, stopped_ns=None)


def test_the_format_number_stands_first_and_every_line_is_ascii_json() -> None:
    data = store.dumps(rich_trace())
    assert data.startswith(b'{"format":1,')
    assert data.isascii()
    assert [json.loads(line)["type"] for line in data.splitlines()] == [
        "header",
        "message",
        "note",
        "fault",
        "end",
    ]


def test_a_file_is_readable_wherever_its_writing_was_cut_off() -> None:
    data = store.dumps(cold_transfer())
    lines = data.split(b"\n")
    whole = len(lines[0]) + 1
    for cut in range(whole, whole + len(lines[1]) + len(lines[2]) + 3):
        back = store.loads(data[:cut])
        assert not back.header.complete
        assert len(back.entries) in (0, 1, 2)


def test_a_missing_last_line_end_loses_nothing() -> None:
    trace = cold_transfer()
    assert same(trace, store.loads(store.dumps(trace)[:-1]))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b"\n", "line 1"),
        (b"garbage", "not a trace"),
        (b"\xd4\xc3\xb2\xa1\x02\x00\x04\x00", "not a trace"),
        (b"[1]\n", "line 1"),
        (b'{"a":1}\n', "no format number"),
        (b'{"format":99}\n', "format 99"),
        (b'{"format":1}\n', "line 1"),
        (b"[" * 100_000 + b"\n", "line 1"),
        (b"9" * 10_000 + b"\n", "line 1"),
    ],
)
def test_what_is_no_trace_is_told_in_one_sentence(data: bytes, said: str) -> None:
    with pytest.raises(CaptureError, match=said):
        store.loads(data, name="x.jsonl")


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("n", 0),
        ("n", True),
        ("type", "song"),
        ("sent_ns", "5"),
        ("source", ["127.0.0.1"]),
        ("source", ["127.0.0.1", 70000]),
        ("transport", "sctp"),
        ("stamp_source", "guess"),
        ("frames", ["1"]),
        ("raw", "€"),
        ("raw", None),
        ("vantage", "\ud800"),
    ],
)
def test_a_damaged_line_is_named(member: str, value: object) -> None:
    lines = store.dumps(cold_transfer()).splitlines()
    row = json.loads(lines[3])
    row[member] = value
    lines[3] = json.dumps(row).encode()
    with pytest.raises(CaptureError, match=r"^x\.jsonl: line 4: "):
        store.loads(b"\n".join(lines) + b"\n", name="x.jsonl")


def test_a_message_needs_one_time_at_least() -> None:
    trace = cold_transfer()
    trace.entries[0] = replace(trace.messages()[0], sent_ns=None, received_ns=None)
    with pytest.raises(CaptureError, match="line 2: a message without a time"):
        store.loads(store.dumps(trace))


def test_damage_before_the_last_line_is_not_passed_over() -> None:
    lines = store.dumps(cold_transfer()).splitlines(keepends=True)
    lines[5] = lines[5][:40] + b"\n"
    with pytest.raises(CaptureError, match="line 6"):
        store.loads(b"".join(lines))


def test_a_file_that_cannot_be_opened_is_told_without_a_traceback(tmp_path: Path) -> None:
    for path in (tmp_path / "missing", tmp_path):
        with pytest.raises(CaptureError, match=str(path)):
            store.read(path)
    with pytest.raises(BrokenEnvironment, match="cannot write"):
        store.write(cold_transfer(), tmp_path / "no" / "folder.jsonl")


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300), st.integers(0, 4000), st.integers(0, 4000))
def test_no_damage_raises_anything_else(noise: bytes, start: int, length: int) -> None:
    data = store.dumps(cold_transfer())
    for damaged in (noise, data[:start] + noise + data[start + length :]):
        with suppress(CaptureError):
            store.loads(damaged)


@given(st.binary(max_size=200))
def test_no_byte_of_a_message_is_lost(raw: bytes) -> None:
    trace = cold_transfer()
    trace.entries[0] = replace(trace.messages()[0], raw=raw)
    assert store.loads(store.dumps(trace)).messages()[0].raw == raw


def test_the_step_of_a_message_is_kept() -> None:
    trace = cold_transfer()
    trace.messages()[0].step = 4
    again = store.loads(store.dumps(trace))
    assert [entry.step for entry in again.messages()][:2] == [4, None]
