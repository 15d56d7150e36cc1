"""The options that make a capture of ours give back its trace."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.base.errors import CaptureError
from harness.capture import own
from harness.trace import store
from harness.trace.entries import NoteEntry, Trace
from tests.ladders import cold_transfer


def parts(trace: Trace) -> tuple[list[str], list[tuple[str, bytes]]]:
    return list(own.section_texts(trace)), [(own.packet_text(one), one.raw) for one in trace.messages()]


def test_texts_and_raw_messages_give_the_trace_back() -> None:
    trace = cold_transfer()
    trace.entries.append(NoteEntry(len(trace.entries) + 1, 7, "agent", "held"))
    assert store.dumps(own.rebuilt(*parts(trace), "x")) == store.dumps(trace)


def test_when_our_side_began_to_stop_comes_back() -> None:
    trace = cold_transfer()
    trace = Trace(replace(trace.header, stopped_ns=trace.messages()[5].at_ns, complete=False), trace.entries)
    assert own.rebuilt(*parts(trace), "x").header == trace.header


def test_texts_hold_no_message_and_are_marked_as_ours() -> None:
    texts, messages = parts(cold_transfer())
    assert own.is_own(texts)
    assert not own.is_own(["something else"])
    for text, raw in messages:
        assert text.startswith(own.MARK)
        assert own.fits(text)
        assert "raw" not in json.loads(text.removeprefix(own.MARK))
        assert raw.startswith((b"SIP", b"INVITE", b"ACK", b"BYE", b"REFER", b"NOTIFY"))


def test_changed_texts_are_told() -> None:
    texts, messages = parts(cold_transfer())
    for changed in (["siptransfer {"], ["siptransfer []"], texts[1:]):
        with pytest.raises(CaptureError, match=r"^x"):
            own.rebuilt(changed, messages, "x")


@given(st.lists(st.text(max_size=40)), st.lists(st.tuples(st.text(max_size=20), st.binary(max_size=20))))
def test_any_texts_raise_nothing_else(texts: list[str], messages: list[tuple[str, bytes]]) -> None:
    with pytest.raises(CaptureError):
        own.rebuilt([own.MARK + text for text in texts], messages, "x")
