"""A composed message is what reading its bytes leads to, whatever it is composed of."""

from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from harness.wire.sip.message import (
    Message,
    build_request,
    build_response,
    compose_request,
    compose_response,
    parse,
)

Rows = list[tuple[str, str]]

NAMES = (
    "Via", "v", "VIA", "From", "f", "To", "Call-ID", "CSeq", "Contact", "m", "Content-Type", "Content-Length",
    "l", "Record-Route", "Refer-To", "X-Unheard-Of", "x-unheard-of", "no token", "", "Subject:",
)  # fmt: skip
VALUES = (
    "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKa;rport", "SIP/2.0/UDP a;branch=1, SIP/2.0/UDP b;branch=2", "",
    '"A, <b>" <sip:a@b;x=1>;tag=t;q=1', "<sip:a@b>;tag=t", "sip:a@b;tag=t", "<sip:a@b>;tag=", "1 INVITE",
    "007 BYE", "99999999999 X", " 3  ACK ", "0", "4", "a=\x85b", "a\x0bb", "a\x1c", "\t", "é", "\u2028",
    "日本", "a\nb", "a\r", "\0",
)  # fmt: skip
TEXT = st.sampled_from(VALUES) | st.text(max_size=8)
ROWS = st.lists(st.tuples(st.sampled_from(NAMES[:-4]) | st.sampled_from(NAMES), TEXT), max_size=9)
BODIES = st.sampled_from([b"", b"\r\n\r\n", b"v=0\r\n", b"\0\xff"])


def seen(message: Message) -> tuple[object, ...]:
    """Everything a message says of itself."""
    names = {name for name, _ in message.headers()} | {"via", "to", "contact"}
    return (
        message.raw, message.body, message.is_request, message.method, message.uri,
        message.status, message.reason, message.call_id, message.cseq_number,
        message.cseq_method, message.branch, message.from_tag,
        message.to_tag, message.framing_defects, message.defects, message.headers(),
        message.from_, message.to,
        message.contact, message.contact_uri, message.via, message.content_type,
        [(name, message.first(name), message.rows(name), message.values(name)) for name in sorted(names)],
    )  # fmt: skip


def same(build: Callable[[], bytes], compose: Callable[[], Message]) -> None:
    try:
        data = build()
    except ValueError:
        with pytest.raises(ValueError, match="RFC 3261"):
            compose()
    else:
        assert seen(compose()) == seen(parse(data))


@given(st.sampled_from(["INVITE", "X!", "", "a b", "BYE\r\nTo:"]), st.just("sip:a@b") | TEXT, ROWS, BODIES)
@example("BYE", "sip:a@b", [("Subject", "x")] * 700, b"")
@example("BYE", "sip:a@b", [("Subject", "x" * 9000)] * 9, b"\r\n\r\n")
def test_a_composed_request_is_the_one_that_its_bytes_are(
    method: str, uri: str, rows: Rows, body: bytes
) -> None:
    same(
        lambda: build_request(method, uri, rows, body),
        lambda: compose_request(method, uri, rows, body),
    )


@given(st.sampled_from([100, 200, 699, 0, 1000]), TEXT, ROWS, BODIES)
def test_a_composed_response_is_the_one_that_its_bytes_are(
    status: int, reason: str, rows: Rows, body: bytes
) -> None:
    same(
        lambda: build_response(status, reason, rows, body),
        lambda: compose_response(status, reason, rows, body),
    )
