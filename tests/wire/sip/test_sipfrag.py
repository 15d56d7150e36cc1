"""message/sipfrag: claims as the RFCs and real PBXs write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.wire.sip.sipfrag import sipfrag, sipfrag_body


@pytest.mark.parametrize(
    ("body", "status", "reason", "codes"),
    [
        (b"SIP/2.0 100 Trying\r\n", 100, "Trying", []),
        (b"SIP/2.0 200 OK", 200, "OK", ["sipfrag-no-crlf"]),
        (b"SIP/2.0 200 OK\n", 200, "OK", ["sipfrag-bare-lf"]),
        (b"SIP/2.0 603 \r\n", 603, "", []),
        (b"SIP/2.0 603\r\n", 603, "", ["status-line-space"]),
        (b"\r\nSIP/2.0 180 Ringing\r\n", 180, "Ringing", ["sipfrag-leading-line-ends"]),
        (b"sip/2.0 180 Ringing\r\n", 180, "Ringing", ["version"]),
        (b"SIP/2.0 200 OK\r\n\r\n", 200, "OK", []),
        (b"SIP/2.0 99 x\r\n", None, "", ["sipfrag-status-line"]),
        (b"200 OK\r\n", None, "", ["sipfrag-status-line"]),
        (b"", None, "", ["sipfrag-empty"]),
        (b"\r\n\r\n", None, "", ["sipfrag-empty"]),
        (b"To: <sip:a@b>\r\n", None, "", ["sipfrag-no-status-line"]),
    ],
)
def test_status_lines_are_read(body: bytes, status: int | None, reason: str, codes: list[str]) -> None:
    """RFC 3420 section 2, RFC 3515 section 2.4.4."""
    found = sipfrag(body)
    assert (found.status, found.reason, found.request) == (status, reason, False)
    assert [defect.code for defect in found.defects] == codes


def test_a_whole_response_is_a_fragment_too() -> None:
    """RFC 3420 section 3.1: a fragment may hold headers and a body."""
    found = sipfrag(
        b"SIP/2.0 486 Busy Here\r\nt: <sip:a@b>;tag=1\r\nSubject: a\r\n b\r\nnothing\r\n\r\nbody: x"
    )
    assert (found.status, found.reason, found.text) == (486, "Busy Here", "SIP/2.0 486 Busy Here")
    assert found.headers == (("t", "<sip:a@b>;tag=1"), ("Subject", "a b"))
    assert (found.header("To"), found.header("Via")) == ("<sip:a@b>;tag=1", None)
    assert [defect.code for defect in found.defects] == ["sipfrag-no-colon"]


def test_a_request_is_a_fragment_but_no_status() -> None:
    found = sipfrag(b"INVITE sip:alice@atlanta.com SIP/2.0\r\nTo: <sip:a@b>\r\n")
    assert (found.request, found.status) == (True, None)
    assert [defect.code for defect in found.defects] == ["sipfrag-request"]


def test_a_fragment_is_written_with_line_ends() -> None:
    assert sipfrag_body(503, "Service Unavailable") == b"SIP/2.0 503 Service Unavailable\r\n"
    assert sipfrag_body(200, "OK", [("To", "x")]) == b"SIP/2.0 200 OK\r\nTo: x\r\n"
    with pytest.raises(ValueError, match="CR, LF or NUL"):
        sipfrag_body(200, "OK\r\nVia: evil")


@given(st.integers(100, 699), st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1))
def test_what_is_written_reads_back(status: int, reason: str) -> None:
    found = sipfrag(sipfrag_body(status, reason, [("To", "<sip:a@b>")]))
    assert (found.status, found.reason, found.header("to"), found.defects) == (
        status,
        reason,
        "<sip:a@b>",
        (),
    )


@given(st.binary(max_size=200), st.sampled_from([b"", b"SIP/2.0 ", b"SIP/2.0 200 OK\r\n"]))
def test_no_bytes_make_the_reader_raise(data: bytes, before: bytes) -> None:
    found = sipfrag(before + data)
    assert found.status is None or 100 <= found.status <= 699


def test_an_endless_fragment_is_bounded() -> None:
    assert len(sipfrag(b"SIP/2.0 200 OK\r\n" + b"A: b\r\n" * 100_000).headers) < 600
