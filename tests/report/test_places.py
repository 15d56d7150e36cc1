"""Findings find the header they are about."""

import pytest

from harness.report.places import BODY, long_name, place_of
from harness.wire.sip.message import parse

NOTIFY = parse(
    b"NOTIFY sip:a@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.2\r\nf: <sip:b@x>;tag=1\r\nTo: <sip:a@x>\r\n"
    b"CSeq: 4 NOTIFY\r\no: refer\r\nSubscription-State: active\r\nContent-Length: 16\r\n\r\n"
    b"SIP/2.0 200 OK\r\n"
)


@pytest.mark.parametrize(
    ("sentence", "place"),
    [
        ("the NOTIFY has Subscription-State without expires", "Subscription-State"),
        ("NOTIFY has CSeq 4 after BYE had 5", "CSeq"),
        ("the Event differs from that of the REFER", "o"),
        ("To has no tag", "To"),
        ("200 was reported, and the target answered 486", BODY),
        ("there is no Contact", ""),
        ("nothing is told", ""),
    ],
)
def test_a_sentence_names_its_header(sentence: str, place: str) -> None:
    assert place_of(NOTIFY, sentence) == place


def test_the_first_telling_sentence_decides() -> None:
    assert place_of(NOTIFY, "nothing is told", "the CSeq rises", "the To stays") == "CSeq"


def test_compact_names_are_the_long_ones() -> None:
    assert long_name("r") == "refer-to"
    assert long_name("Refer-To") == "refer-to"
