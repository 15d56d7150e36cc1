"""What messages are called on an arrow."""

import pytest

from harness.trace.labels import label, safe, variants
from harness.wire.sip.message import parse
from tests.ladders import cold_transfer, edit, find

TRACE = cold_transfer(event_id=True)


@pytest.mark.parametrize(
    ("what", "nth", "said"),
    [
        ("INVITE", 1, "INVITE +15550102"),
        ("100 INVITE", 1, "100 Trying"),
        ("200 INVITE", 1, "200 OK (INVITE)"),
        ("INVITE", 3, "re-INVITE (sendonly)"),
        ("REFER", 1, "REFER -> sip:+15550103@carrier.example"),
        ("202 REFER", 1, "202 Accepted (REFER)"),
        ("NOTIFY", 1, "NOTIFY 100 (active)"),
        ("NOTIFY", 3, "NOTIFY 200 (terminated)"),
        ("BYE", 1, "BYE"),
    ],
)
def test_a_message_has_a_name(what: str, nth: int, said: str) -> None:
    assert label(TRACE.messages()[find(TRACE, what, nth) - 1].message) == said


def test_replaces_is_part_of_the_name() -> None:
    refer = find(TRACE, "REFER")
    trace = edit(
        TRACE, refer, "carrier.example>\r\nReferred", "carrier.example?Replaces=a%3Bto-tag%3Db>\r\nReferred"
    )
    assert label(trace.messages()[refer - 1].message) == "REFER -> sip:+15550103@carrier.example (Replaces)"
    invite = find(TRACE, "INVITE", 4)
    trace = edit(TRACE, invite, "Supported:", "Replaces: a;to-tag=b;from-tag=c\r\nSupported:")
    assert label(trace.messages()[invite - 1].message) == "INVITE +15550103 (Replaces)"


def test_variants_go_from_long_to_short() -> None:
    for entry in TRACE.messages():
        names = variants(entry.message)
        assert names
        assert all(names)
        assert len(names[-1]) == min(map(len, names))


def test_a_refer_without_target_says_so() -> None:
    refer = find(TRACE, "REFER")
    trace = edit(TRACE, refer, "Refer-To: ", "X-Other: ")
    assert label(trace.messages()[refer - 1].message) == "REFER (no Refer-To)"


def test_garbage_has_a_name_too() -> None:
    assert label(parse(b"\x00\x01\x02")) == "no SIP (3 bytes)"


def test_control_characters_and_foreign_letters_are_escaped() -> None:
    assert safe("a\x1b[0m\x9bä€\U0001f600") == r"a\x1b[0m\x9b\xe4\u20ac\U0001f600"
