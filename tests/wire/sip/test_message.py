"""Messages: what is read at once, what is read on demand, and what is written."""

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from harness.base.limits import DEFECTS_MAX, HEADER_ROWS_MAX, HEADER_VALUES_MAX
from harness.wire.sip.headers import NameAddress, Via
from harness.wire.sip.message import Message, build_request, build_response, parse

REFER = [
    ("Via", "SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK776asdhds;rport"),
    ("Via", "SIP/2.0/UDP 192.0.2.11;branch=z9hG4bKlower, SIP/2.0/TCP 192.0.2.12;branch=z9hG4bKlowest"),
    ("Max-Forwards", "70"),
    ("From", '"Agent, AI" <sip:agent@example.com;x=1>;tag=1928301774'),
    ("To", "<sip:carrier@example.com>;tag=a6c85cf"),
    ("Call-ID", "a84b4c76e66710@pc33.example.com"),
    ("CSeq", "93809823 REFER"),
    ("Contact", "<sip:agent@192.0.2.10:5060;transport=udp>"),
    ("Refer-To", "<sip:+14155550123@example.com?Replaces=abc%40host%3Bto-tag%3D1%3Bfrom-tag%3D2>"),
]


def message(*rows: str, start: str = "OPTIONS sip:a@b SIP/2.0", body: bytes = b"") -> Message:
    """A message of these rows as they are."""
    return parse("\r\n".join((start, *rows, "", "")).encode("latin-1") + body)


def codes(found: Message) -> list[str]:
    """Codes of all defects, in order."""
    return [defect.code for defect in found.defects]


def test_a_request_is_read() -> None:
    found = parse(build_request("REFER", "sip:carrier@192.0.2.20", REFER))
    assert (found.is_request, found.method, found.uri, found.status) == (
        True,
        "REFER",
        "sip:carrier@192.0.2.20",
        0,
    )
    assert (found.call_id, found.cseq_number, found.cseq_method) == (
        "a84b4c76e66710@pc33.example.com",
        93809823,
        "REFER",
    )
    assert (found.branch, found.from_tag, found.to_tag) == ("z9hG4bK776asdhds", "1928301774", "a6c85cf")
    assert found.contact_uri == "sip:agent@192.0.2.10:5060;transport=udp"
    assert found.contact is not None and found.contact.uri.port == 5060
    assert found.via is not None and found.via.host == "192.0.2.10"
    assert found.from_.display == "Agent, AI"
    assert found.to.uri.user == "carrier"
    assert (found.body, found.defects) == (b"", ())


def test_a_response_takes_its_method_from_cseq() -> None:
    found = parse(build_response(202, "Accepted", REFER[:7]))
    assert (found.is_request, found.method, found.uri) == (False, "REFER", "")
    assert (found.status, found.reason, found.defects) == (202, "Accepted", ())


def test_an_empty_reason_phrase_is_legal() -> None:
    """RFC 4475 section 3.1.1.13."""
    found = message(start="SIP/2.0 100 ")
    assert (found.status, found.reason, found.framing_defects) == (100, "", ())


def test_repeated_and_joined_headers_are_one_list() -> None:
    found = parse(build_request("REFER", "sip:a@b", REFER))
    assert len(found.rows("via")) == 2
    assert [Via.parse(text).branch for text in found.values("v")] == [
        "z9hG4bK776asdhds",
        "z9hG4bKlower",
        "z9hG4bKlowest",
    ]
    assert found.rows("route") == found.values("route") == []


def test_headers_keep_order_and_spelling() -> None:
    found = message("vIa : x", "TO:y", "v:z")
    assert found.headers() == [("vIa", "x"), ("TO", "y"), ("v", "z")]
    assert found.first("via") == "x"
    assert found.rows("Via") == ["x", "z"]


def test_compact_forms_are_the_same_headers() -> None:
    found = message(
        "v: SIP/2.0/UDP h;branch=z9hG4bK1",
        "f: <sip:a@b>;tag=1",
        "t: <sip:c@d>",
        "i: x@y",
        "m: <sip:e@f>",
        "c: message/sipfrag;version=2.0",
        "l: 3",
        "r: <sip:g@h>",
        "b: <sip:i@j>",
        "o: refer",
        "k: replaces",
        "s: hello",
        body=b"abc",
    )
    assert (found.branch, found.from_tag, found.to_tag, found.call_id) == ("z9hG4bK1", "1", "", "x@y")
    assert (found.contact_uri, found.content_type, found.body) == ("sip:e@f", "message/sipfrag", b"abc")
    for name in ("refer-to", "referred-by", "event", "supported", "subject"):
        assert found.first(name)


def test_absent_headers_are_empty_values() -> None:
    found = message("X: y")
    assert (found.contact, found.via, found.contact_uri, found.branch, found.content_type) == (
        None,
        None,
        "",
        "",
        "",
    )
    assert (found.from_.uri.scheme, found.to.uri.scheme) == ("", "")
    assert found.first("refer-to") is None


@pytest.mark.parametrize(
    ("row", "tag"),
    [
        ("From: <sip:a@b>;tag=1", "1"),
        ("From: <sip:a@b;tag=inside>;tag=1", "1"),
        ("From: <sip:a@b;tag=inside>", ""),
        ("From: sip:a@b;tag=1", "1"),
        ("From: <sip:a@b>;x=y;tag=1;z", "1"),
        ("From: <sip:a@b> ; TAG = 1", "1"),
        ('From: "x>;tag=2" <sip:a@b>;tag=1', "1"),
        ('From: "x>;tag=2" <sip:a@b>', ""),
        ('From: <sip:a@b>;x=">;tag=2";tag=1', "1"),
        ('From: <sip:a@b>;x=";tag=2"', ""),
        ("From:<sip:a@b>;tag=1 ", "1"),
        ("From: <sip:a@b>;mytag=2;tag=1", "1"),
        ("From:", ""),
    ],
)
def test_the_quick_way_to_a_tag_finds_the_same_as_the_grammar(row: str, tag: str) -> None:
    found = message(row)
    assert found.from_tag == found.from_.tag == tag


@pytest.mark.parametrize(
    ("text", "branch"),
    [
        ("SIP/2.0/UDP h;branch=1", "1"),
        ("SIP/2.0/UDP h;BRANCH = 1;x", "1"),
        ("SIP/2.0/UDP h, SIP/2.0/UDP i;branch=2", ""),
        ("SIP/2.0/UDP h;branch=1, SIP/2.0/UDP i;branch=2", "1"),
        ('SIP/2.0/UDP h;x=";branch=2";branch=1', "1"),
        ("garbage", ""),
    ],
)
def test_the_quick_way_to_the_branch_finds_the_same_as_the_grammar(text: str, branch: str) -> None:
    found = message(f"Via: {text}")
    assert found.branch == branch
    assert found.via is not None and found.via.branch == branch


_PIECES = st.lists(
    st.sampled_from(
        ["<", ">", '"', ";", "tag=", "branch=", "TAG", "=", "a", "1", " ", ",", "sip:a@b", "SIP/2.0/UDP h"]
    ),
    max_size=12,
).map("".join)


@given(_PIECES)
@example("; branch=a;branch=b")
@example(";BRANCH=a;branch=b")
def test_the_quick_way_to_the_branch_never_differs(text: str) -> None:
    found = message(f"Via: SIP/2.0/UDP h{text}")
    assert found.via is not None and found.via.branch.strip('"') == found.branch.strip('"')


@given(_PIECES)
def test_the_quick_way_to_a_tag_never_differs(text: str) -> None:
    found = message(f"To: <sip:c@d>{text}", f'From: "x" <sip:c@d>;{text}')
    assert found.to_tag == found.to.tag
    assert found.from_tag == found.from_.tag
    bare = message(f"To: {text}")
    assert bare.to_tag == bare.to.tag


@pytest.mark.parametrize(
    ("rows", "body", "kept", "expected"),
    [
        (["Content-Length:    3"], b"abc", b"abc", []),
        (["Content-Length: 0003"], b"abc", b"abc", []),
        (["Content-Length: 3", "l: 3"], b"abc", b"abc", ["content-length-repeated"]),
        (["Content-Length: 9", "l: 3"], b"abc", b"abc", ["content-length-repeated"]),
        (["Content-Length: 3"], b"abcde", b"abc", ["extra-octets"]),
        (["Content-Length: 9"], b"abc", b"abc", ["body-short"]),
        (["Content-Length: -999"], b"abc", b"abc", ["content-length"]),
        (["Content-Length: \xb2"], b"ab", b"ab", ["content-length"]),
        (["Content-Length: " + "9" * 5000], b"ab", b"ab", ["content-length"]),
        (["Content-Length:"], b"ab", b"ab", ["content-length"]),
        ([], b"abc", b"abc", []),
    ],
)
def test_the_body_is_cut_whatever_content_length_says(
    rows: list[str], body: bytes, kept: bytes, expected: list[str]
) -> None:
    """RFC 3261 sections 18.3 and 20.14."""
    found = message(*rows, body=body)
    assert found.body == kept
    assert [defect.code for defect in found.framing_defects] == expected


def test_a_body_may_hold_empty_lines() -> None:
    body = b"v=0\r\n\r\na: b\r\n\r\n"
    assert parse(build_request("INVITE", "sip:a@b", REFER[:7], body)).body == body


def test_values_are_bounded() -> None:
    assert len(message("Supported: " + "a," * 5000).values("supported")) == HEADER_VALUES_MAX


def test_rows_are_bounded() -> None:
    found = message(*[f"X-{number}: y" for number in range(3000)])
    assert len(found.headers()) == HEADER_ROWS_MAX
    assert "too-many-rows" in codes(found)


def test_control_characters_do_not_reach_what_is_built_from_a_message() -> None:
    """A bare CR or a NUL in a peer's header must not become an exception of ours."""
    found = parse(b"OPTIONS sip:a@b SIP/2.0\r\nSubject: a\rVia: b\0c\nX: d\r\n\r\n")
    build_request("OPTIONS", "sip:a@b", found.headers())
    assert found.first("subject") == "a Via: b c"


def test_a_written_message_is_exactly_this() -> None:
    assert build_request("BYE", "sip:a@b", [("To", "x"), ("l-x", "")], b"hi") == (
        b"BYE sip:a@b SIP/2.0\r\nTo: x\r\nl-x: \r\nContent-Length: 2\r\n\r\nhi"
    )
    assert build_response(200, "OK", []) == b"SIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n"


@pytest.mark.parametrize(
    ("method", "uri", "headers"),
    [
        ("BYE\r\n", "sip:a", []),
        ("BYE", "sip:a\n", []),
        ("BYE", "sip:a", [("To", "x\r\nVia: y")]),
        ("BYE", "sip:a", [("To", "x\0")]),
        ("BYE", "sip:a", [("To\r", "x")]),
        ("BYE", "sip:a", [("To ", "x")]),
        ("BYE", "sip:a", [("", "x")]),
        ("BYE", "sip:a", [("To: y", "x")]),
    ],
)
def test_nobody_can_smuggle_a_line_into_what_we_send(
    method: str, uri: str, headers: list[tuple[str, str]]
) -> None:
    with pytest.raises(ValueError, match="RFC 3261"):
        build_request(method, uri, headers)


def test_bytes_of_a_received_header_go_out_unchanged_and_new_text_as_utf_8() -> None:
    received = parse(b"OPTIONS sip:a@b SIP/2.0\r\nSubject: J\xc3\xb6rg \xff\r\n\r\n").first("subject") or ""
    sent = build_request("OPTIONS", "sip:a@b", [("Subject", received), ("X", "\u20ac")])
    assert b"Subject: J\xc3\xb6rg \xff\r\n" in sent
    assert "X: \u20ac\r\n".encode() in sent


def test_what_a_message_is_can_be_seen_when_debugging() -> None:
    assert "REFER" in repr(parse(build_request("REFER", "sip:a@b", REFER)))
    assert "200 OK" in repr(parse(build_response(200, "OK", [])))


def touch_everything(found: Message) -> None:
    """Ask for all there is."""
    assert len(found.defects) <= DEFECTS_MAX
    assert (found.is_request, bool(found.status)) != (True, True)
    for name, value in found.headers():
        assert found.first(name) is not None
        assert found.rows(name)
        assert not set(name + value) & set("\r\n\0")
        found.values(name)
    assert isinstance(found.from_, NameAddress)
    assert isinstance(found.to, NameAddress)
    assert isinstance(found.contact_uri + found.content_type + found.branch + repr(found), str)
    _ = (found.contact, found.via)


@given(st.binary(max_size=400))
def test_no_bytes_make_the_parser_raise(data: bytes) -> None:
    found = parse(data)
    assert found.raw == data
    touch_everything(found)


_FRAGMENTS = st.sampled_from(
    [
        b"OPTIONS sip:a@b SIP/2.0",
        b"SIP/2.0 200 OK",
        b"sip/2.0 20",
        b"\r\n",
        b"\n",
        b"\r",
        b"\0",
        b" ",
        b"\t",
        b":",
        b"Via",
        b"Via: SIP/2.0/UDP h;branch=z9hG4bK1\r\n",
        b"CSeq: 1 OPTIONS\r\n",
        b"Content-Length: 3\r\n",
        b"l: x\r\n",
        b"To: <",
        b'From: "a',
        b"Contact: *\r\n",
        b"Refer-To: <sip:a@b?Replaces=%40>\r\n",
        b"\r\n\r\n",
        b"\xff\xfe",
        b"\xc3\xb6",
        b"Subscription-State: active\r\n",
        b"Date: x\r\n",
        b"Content-Type: message/sipfrag\r\n",
        b"Retry-After: 9\r\n",
        b",",
        b";",
    ]
)


@given(st.lists(_FRAGMENTS, max_size=30).map(b"".join))
def test_no_pieces_of_messages_make_the_parser_raise(data: bytes) -> None:
    touch_everything(parse(data))


_TEXT = st.text(st.characters(min_codepoint=32, max_codepoint=255, blacklist_characters="\x7f")).map(
    str.strip
)
_NAMES = st.sampled_from(
    ["Via", "To", "From", "CSeq", "X-A", "x-b", "Refer-To", "r", "Contact", "Supported", "Subject"]
)


@given(
    st.sampled_from(["INVITE", "REFER", "X!"]),
    st.lists(st.tuples(_NAMES, _TEXT.map(lambda text: text.strip(" \t"))), max_size=12),
    st.binary(max_size=60),
)
def test_what_is_built_reads_back_the_same(method: str, headers: list[tuple[str, str]], body: bytes) -> None:
    found = parse(build_request(method, "sip:a@b", headers, body))
    assert (found.method, found.uri, found.body, found.framing_defects) == (method, "sip:a@b", body, ())
    assert found.headers() == [*headers, ("Content-Length", str(len(body)))]
    answer = parse(build_response(486, "Busy Here", headers, body))
    assert (answer.status, answer.reason, answer.body) == (486, "Busy Here", body)
    assert answer.headers() == found.headers()


@pytest.mark.parametrize(
    "data",
    [
        b"A: b\r\n" * 11_000,
        b"\r\n" * 32_000,
        b"\r\n " * 21_000,
        b"INVITE sip:a@b SIP/2.0\r\n" + b"Via: SIP/2.0/UDP h;branch=1\r\n" * 2_000 + b"\r\n",
        b"INVITE sip:a@b SIP/2.0\r\nVia: " + b'"' * 65_000 + b"\r\n\r\n",
        b"INVITE sip:a@b SIP/2.0\r\nContact: " + b"<sip:a@b>," * 6_500 + b"\r\n\r\n",
        b"INVITE sip:a@b SIP/2.0\r\nSubject: x\r\n" + b" folded\r\n" * 7_000 + b"\r\n",
        b"INVITE sip:a@b SIP/2.0\r\nTo: <sip:a@b>" + b";tag=1" * 10_000 + b"\r\n\r\n",
        b"INVITE sip:" + b"%" * 65_000 + b" SIP/2.0\r\n\r\n",
        b"INVITE" + b" " * 65_000 + b"sip:a@b SIP/2.0\r\n\r\n",
        b"\0" * 65_000,
        b"INVITE sip:a@b SIP/2.0\r\n" + b"\xff" * 65_000,
    ],
)
def test_64_kib_of_anything_are_read_in_bounded_time(data: bytes) -> None:
    """A bound far above linear work and far below quadratic work; process time, not the wall clock."""
    begin = time.process_time()
    touch_everything(parse(data))
    assert time.process_time() - begin < 2
