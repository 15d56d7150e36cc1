"""The tolerant way through damaged framing."""

import pytest

from harness.base.limits import HEAD_BYTES_MAX
from harness.wire.sip.message import parse
from harness.wire.sip.split import read_start_line, split_head


@pytest.mark.parametrize(
    ("data", "rows", "expected"),
    [
        (b"", [""], ["empty"]),
        (b"\r\n\r\n", [""], ["empty"]),
        (b"A b\nX: 1\n\nbody", ["A b", "X: 1"], ["bare-lf"]),
        (b"A b\r\nX: 1\r\n", ["A b", "X: 1"], ["no-end-of-head"]),
        (b"A b\r\nX: 1", ["A b", "X: 1"], ["no-end-of-head"]),
        (b"\r\n\r\nA b\r\nX: 1\r\n\r\n", ["A b", "X: 1"], ["leading-line-ends"]),
        (b"A b\r\nX: 1\r\n  2\r\n\t3\r\n\r\n", ["A b", "X: 1 2 3"], []),
        (b"A b\r\n folded\r\nX: 1\r\n\r\n", ["A b", "X: 1"], ["folded-start-line"]),
        (b"A b\r\nno header\r\n: 1\r\n\r\n", ["A b"], ["no-colon", "no-colon"]),
        (b"A b\r\nX: 1\r2\r\n\r\n", ["A b", "X: 1 2"], ["bare-cr"]),
        (b"A b\r\nX: 1\x002\r\n\r\n", ["A b", "X: 1 2"], ["nul"]),
        (b'A b\r\nX: "\\\x00"\r\n\r\n', ["A b", 'X: "\\ "'], []),
    ],
)
def test_rows_are_cut_out_of_damaged_heads(data: bytes, rows: list[str], expected: list[str]) -> None:
    head = split_head(data)
    assert head.rows == rows
    assert [defect.code for defect in head.defects] == expected


def test_the_body_begins_after_the_empty_line() -> None:
    for end in (b"\r\n\r\n", b"\n\n", b"\n\r\n"):
        data = b"A b\r\nX: 1" + end + b"body"
        assert data[split_head(data).body_at :] == b"body"
        assert parse(data).body == b"body"


def test_an_endless_head_is_cut_off() -> None:
    head = split_head(b"A b\r\n" + b"X: y\r\n" * 200_000)
    assert sum(map(len, head.rows)) < HEAD_BYTES_MAX
    assert "head-too-large" in [defect.code for defect in head.defects]


@pytest.mark.parametrize(
    ("line", "parts", "code"),
    [
        ("INVITE sip:a@b SIP/2.0", ("INVITE", "sip:a@b", 0, ""), ""),
        ("INVITE  sip:a@b  SIP/2.0", ("INVITE", "sip:a@b", 0, ""), "request-line-space"),
        ("INVITE sip:a@b SIP/2.0  ", ("INVITE", "sip:a@b", 0, ""), "start-line-space"),
        ("INVITE <sip:a@b> SIP/2.0", ("INVITE", "sip:a@b", 0, ""), "request-uri-brackets"),
        ("INVITE sip:a@b; lr SIP/2.0", ("INVITE", "sip:a@b; lr", 0, ""), "request-line-space"),
        ("INVITE sip:a@b SIP/7.0", ("INVITE", "sip:a@b", 0, ""), "version"),
        ("INVITE sip:a@b sip/2.0", ("INVITE", "sip:a@b", 0, ""), "version"),
        ("INVITE sip:a@b", ("INVITE", "sip:a@b", 0, ""), "version"),
        ("GET / HTTP/1.1", ("", "", 0, ""), "start-line"),
        ("hello", ("", "", 0, ""), "start-line"),
        ("", ("", "", 0, ""), "start-line"),
        ("IN(VITE sip:a@b SIP/2.0", ("", "", 0, ""), "start-line"),
        ("SIP/2.0 200 OK", ("", "", 200, "OK"), ""),
        ("SIP/2.0 200", ("", "", 200, ""), "status-line-space"),
        ("SIP/2.0 200 ", ("", "", 200, ""), ""),
        (" SIP/2.0 200 OK", ("", "", 200, "OK"), "start-line-space"),
        ("sip/2.0 180 Ringing now", ("", "", 180, "Ringing now"), "version"),
        ("SIP/2.0 4294967301 better not break", ("", "", 0, ""), "status-code"),
        ("SIP/2.0 099 low", ("", "", 0, ""), "status-code"),
        ("SIP/2.0 700 high", ("", "", 0, ""), "status-code"),
        ("SIP/2.0", ("", "", 0, ""), "status-code"),
    ],
)
def test_start_lines_are_read_as_well_as_possible(
    line: str, parts: tuple[str, str, int, str], code: str
) -> None:
    """RFC 3261 sections 7.1 and 7.2."""
    start = read_start_line(line)
    assert (start.method, start.uri, start.status, start.reason) == parts
    assert [defect.code for defect in start.defects][:1] == ([code] if code else [])
