"""The list of deviations of one message: each has a message that shows it, and clean ones have none."""

import pytest

from harness.wire.sip.message import Message, build_request, build_response, parse

CLEAN = {
    "Via": "SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK776asdhds;rport",
    "Max-Forwards": "70",
    "From": '"Agent" <sip:agent@example.com>;tag=1',
    "To": "<sip:carrier@example.com>;tag=2",
    "Call-ID": "a84b4c76e66710@pc33.example.com",
    "CSeq": "2 REFER",
    "Contact": "<sip:agent@192.0.2.10:5060>",
    "Refer-To": "<sip:+14155550123@example.com?Replaces=abc%40host%3Bto-tag%3D1%3Bfrom-tag%3D2>",
}


def codes(message: Message) -> list[str]:
    """Codes of all defects, in order."""
    return [defect.code for defect in message.defects]


def test_a_clean_message_has_no_defects() -> None:
    assert codes(parse(build_request("REFER", "sip:a@b", list(CLEAN.items())))) == []
    rows = [(name, text) for name, text in CLEAN.items() if name != "Max-Forwards"]
    assert codes(parse(build_response(202, "Accepted", rows))) == []


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("Via", None, "header-missing"),
        ("From", None, "header-missing"),
        ("Call-ID", None, "header-missing"),
        ("Max-Forwards", None, "max-forwards-missing"),
        ("Max-Forwards", "300", "number"),
        ("Max-Forwards", "-1", "number"),
        ("Expires", "4294967296", "number"),
        ("Retry-After", "99999999999999", "number"),
        ("Contact", "<sip:a@b>;expires=280297596632815", "number"),
        ("CSeq", "REFER", "cseq"),
        ("CSeq", "2147483648 REFER", "cseq-number"),
        ("CSeq", "2 NOTIFY", "cseq-method"),
        ("Call-ID", "a b", "call-id"),
        ("Via", "SIP/2.0/UDP h", "branch-cookie"),
        ("Via", "SIP/2.0/UDP h;branch=1", "branch-cookie"),
        ("Via", "SIP/2.0/UDP h;branch=z9hG4bK", "branch"),
        ("Via", "nonsense", "via"),
        ("From", "<sip:a@b>", "from-tag-missing"),
        ("From", "<sip:a@b>;tag=1;tag=2", "tag-repeated"),
        ("Refer-To", "<sip:a@b>, <sip:c@d>", "refer-to-repeated"),
        ("Refer-To", "sip:a@b?Replaces=x", "brackets-missing"),
        ("Refer-To", "<sip:a@b?Replaces=x>", "replaces-tag"),
        ("Replaces", "x;to-tag=1", "replaces-tag"),
        ("Target-Dialog", "x", "replaces-tag"),
        ("Refer-Sub", "maybe", "refer-sub"),
        ("Subscription-State", "terminated;reason=reason=noresource", "reason-doubled"),
        ("Supported", "a,,b", "list"),
        ("Allow", "INVITE ACK", "list"),
        ("Date", "Fri, 01 Jan 2010 16:00:00 EST", "date"),
        ("Subject", "\xff", "not-utf8"),
        ("Subject", "\x07", "control-character"),
        ("Content-Type", "multipart/mixed", "multipart"),
    ],
)
def test_each_deviation_has_its_code(name: str, text: str | None, code: str) -> None:
    headers = {**CLEAN, name: text}
    rows = [(key, value) for key, value in headers.items() if value is not None]
    assert code in codes(parse(build_request("REFER", "sip:a@b", rows)))


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (("CSeq", "3 REFER"), "header-repeated"),
        (("f", "<sip:a@b>;tag=9"), "header-repeated"),
        (("r", "<sip:a@b>"), "refer-to-repeated"),
    ],
)
def test_what_may_be_there_once_is_not_there_twice(row: tuple[str, str], code: str) -> None:
    assert codes(parse(build_request("REFER", "sip:a@b", [*CLEAN.items(), row]))) == [code]


@pytest.mark.parametrize(
    ("uri", "code"),
    [("sip:a@b?x=y", "request-uri-headers"), ("nonsense", "uri-scheme"), ("sip:", "uri-host")],
)
def test_the_request_uri_is_looked_at(uri: str, code: str) -> None:
    assert codes(parse(build_request("REFER", uri, list(CLEAN.items())))) == [code]


def test_a_body_needs_a_type_and_a_fragment_its_line_ends() -> None:
    rows = list(CLEAN.items())
    assert codes(parse(build_request("REFER", "sip:a@b", rows, b"x"))) == ["content-type-missing"]
    rows.append(("Content-Type", "message/sipfrag;version=2.0"))
    assert codes(parse(build_request("REFER", "sip:a@b", rows, b"SIP/2.0 200 OK"))) == ["sipfrag-no-crlf"]


def test_a_header_name_with_a_space_inside_is_found() -> None:
    data = build_request("REFER", "sip:a@b", list(CLEAN.items())).replace(b"Contact:", b"Con tact:")
    assert codes(parse(data)) == ["header-name"]


def test_every_defect_is_a_sentence_and_codes_are_plain_words() -> None:
    data = b'REFER <sip:a b> SIP/3.0\nCSeq: x\nVia: y\nTo: <\nFrom: "\nRefer-To: a?b\nl: -1\nAllow: a b\n\nz'
    for defect in parse(data).defects:
        assert defect.code == defect.code.lower() and " " not in defect.code
        assert len(defect.text) > 15 and defect.text.isprintable()
