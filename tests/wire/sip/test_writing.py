"""The bytes of a message, and what never gets into them."""

import pytest

from harness.wire.sip.writing import head_text, write

START = "BYE sip:a@b SIP/2.0\r\n"


def test_a_head_is_its_rows_and_the_length_of_the_body() -> None:
    assert head_text(START, [("To", "x")], b"four") == f"{START}To: x\r\nContent-Length: 4\r\n\r\n"
    assert write(START, [], b"") == f"{START}Content-Length: 0\r\n\r\n".encode()


@pytest.mark.parametrize("row", [("To", "a\r\nb"), ("T\no", "a"), ("To", "\0"), ("T o", "a"), ("", "a")])
def test_what_would_break_the_framing_is_refused(row: tuple[str, str]) -> None:
    with pytest.raises(ValueError, match="RFC 3261"):
        write(START, [row], b"")


def test_a_row_that_no_byte_can_write_is_utf_8_as_a_whole() -> None:
    """RFC 3261 section 25.1: TEXT-UTF8; a byte that was received as latin-1 goes out unchanged."""
    assert b"A: \xe9\r\nB: \xe6\x97\xa5\xc3\xa9\r\n" in write(
        START, [("A", "\xe9"), ("B", "\u65e5\xe9")], b""
    )
