"""SIP is known by its first line."""

import pytest

from harness.capture.recognition import looks_like_sip, may_become_sip


@pytest.mark.parametrize(
    "data",
    [
        b"INVITE sip:a@b SIP/2.0\r\n",
        b"SIP/2.0 200 OK\r\n",
        b"sip/2.0 200 OK\r\n",
        b"X-NEW sip:a b@c SIP/2.0\n",
        b"REFER sip:" + b"a" * 4000 + b" SIP/2.0\r\n",
        b"OPTIONS sip:x SIP/3.0",
    ],
)
def test_sip_is_recognised(data: bytes) -> None:
    assert looks_like_sip(data)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"GET / HTTP/1.1\r\n\r\n",
        b"HELLO\r\nINVITE sip:a SIP/2.0",
        b"\x80\x00INVITE sip:a SIP/2.0",
        b"SIP/2.0 ",
    ],
)
def test_other_text_is_not(data: bytes) -> None:
    assert not looks_like_sip(data)


def test_half_a_line_may_become_sip_and_a_whole_one_may_not() -> None:
    assert may_become_sip(b"OPTIONS sip:b@192.0.2.2 SI")
    assert not may_become_sip(b"HELLO there\r\n")
    assert not may_become_sip(b"")
    assert not may_become_sip(b"\x16\x03\x01")
    assert not may_become_sip(b"A" * 10_000)
