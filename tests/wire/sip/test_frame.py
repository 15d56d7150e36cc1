"""Cutting messages out of a stream."""

import itertools
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.base.limits import HEAD_BYTES_MAX, MESSAGE_BYTES_MAX, STREAM_BUFFER_BYTES_MAX
from harness.wire.sip.frame import Framer
from harness.wire.sip.message import build_request, build_response, parse

ROWS = [("Via", "SIP/2.0/TCP h;branch=z9hG4bK1"), ("CSeq", "1 INFO")]
ONE = build_request("INFO", "sip:a@b", ROWS, b"body \r\n\r\n with empty line")
TWO = build_response(200, "OK", ROWS)
THREE = b"BYE sip:a@b SIP/2.0\nl: 2\n\nhi"


def test_messages_come_out_whole_and_in_order() -> None:
    framer = Framer()
    assert framer.feed(ONE + TWO + THREE) == [ONE, TWO, THREE]
    assert (framer.broken, framer.defects, framer.pending_bytes) == (None, (), 0)


@given(st.lists(st.integers(0, len(ONE + TWO + THREE) + 8), max_size=8))
def test_it_does_not_matter_where_the_stream_is_split(cuts: list[int]) -> None:
    stream = b"\r\n\r\n" + ONE + b"\r\n\r\n" + TWO + b"\r\n" + THREE
    framer = Framer()
    places = [0, *sorted(cuts), len(stream)]
    found = [message for a, b in itertools.pairwise(places) for message in framer.feed(stream[a:b])]
    assert found == [ONE, TWO, THREE]
    assert framer.pings == 2
    assert framer.pending_bytes == 0


def test_byte_by_byte_gives_the_same() -> None:
    framer = Framer()
    assert [message for byte in ONE + TWO + THREE for message in framer.feed(bytes([byte]))] == [
        ONE,
        TWO,
        THREE,
    ]


def test_keep_alives_are_counted_and_dropped() -> None:
    """RFC 5626 section 3.5.1: CRLF CRLF is a ping, one CRLF the answer to one."""
    framer = Framer()
    assert framer.feed(b"\r\n\r") == []
    assert framer.pings == 0
    assert framer.feed(b"\n") == []
    assert framer.pings == 1
    assert framer.feed(b"\r\n" + TWO) == [TWO]
    assert (framer.pings, framer.pending_bytes) == (1, 0)


def test_no_content_length_means_no_body_and_a_defect() -> None:
    """RFC 3261 section 18.3."""
    framer = Framer()
    head = b"OPTIONS sip:a@b SIP/2.0\r\nTo: x\r\n\r\n"
    assert framer.feed(head + TWO) == [head, TWO]
    assert [defect.code for defect in framer.defects] == ["content-length-missing"]


@pytest.mark.parametrize(
    ("length", "code"),
    [
        ("-1", "content-length"),
        ("x", "content-length"),
        ("65536", "body-too-large"),
        ("9" * 10, "body-too-large"),
    ],
)
def test_an_impossible_length_breaks_the_stream_after_its_head(length: str, code: str) -> None:
    """RFC 4475 section 3.1.2.3: answer 400 and close the connection."""
    head = f"OPTIONS sip:a@b SIP/2.0\r\nContent-Length: {length}\r\n\r\n".encode()
    framer = Framer()
    assert framer.feed(head + TWO) == [head]
    assert framer.broken and framer.feed(TWO) == []
    assert [defect.code for defect in framer.defects] == [code]


@pytest.mark.parametrize(
    ("rows", "body"), [("l: 3\r\nl: 3", b"abc"), ("l:  003 ", b"abc"), ("l: x\r\nl: 3", b"abc")]
)
def test_a_repeated_or_padded_length_still_cuts(rows: str, body: bytes) -> None:
    message = f"INFO sip:a@b SIP/2.0\r\n{rows}\r\n\r\n".encode() + body
    assert Framer().feed(message + TWO) == [message, TWO]


def test_an_endless_head_breaks_the_stream() -> None:
    framer = Framer()
    begin = time.process_time()
    fed = 0
    while framer.broken is None and fed < 10 * HEAD_BYTES_MAX:
        framer.feed(b"A: bcdefg\r\n")
        fed += 11
        assert framer.pending_bytes <= STREAM_BUFFER_BYTES_MAX
    assert framer.broken
    assert HEAD_BYTES_MAX <= fed < HEAD_BYTES_MAX + 11
    assert [defect.code for defect in framer.defects] == ["head-too-large"]
    assert framer.pending_bytes == 0
    assert time.process_time() - begin < 2


def test_the_largest_body_passes_whatever_the_pieces() -> None:
    message = build_request("INFO", "sip:a@b", [], b"x" * MESSAGE_BYTES_MAX)
    framer = Framer()
    assert framer.feed(message * 5) == [message] * 5
    assert framer.feed(message[:-1]) == []
    assert framer.feed(message[-1:]) == [message]


@given(st.binary(max_size=300), st.binary(max_size=300))
def test_no_bytes_make_the_framer_raise(before: bytes, after: bytes) -> None:
    framer = Framer()
    for message in (*framer.feed(before), *framer.feed(after)):
        assert message in before + after
        parse(message)


@given(
    st.lists(st.sampled_from([b"A: b\r\n", b"l: 3\r\n", b"\r\n", b"\n", b"abc", b"\r"]), max_size=25),
    st.data(),
)
def test_any_stream_gives_the_same_messages_however_split(pieces: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(pieces)
    whole = Framer()
    expected = whole.feed(stream)
    cut = data.draw(st.integers(0, len(stream)))
    framer = Framer()
    assert framer.feed(stream[:cut]) + framer.feed(stream[cut:]) == expected
    assert (framer.broken, framer.pending_bytes, framer.pings) == (
        whole.broken,
        whole.pending_bytes,
        whole.pings,
    )
