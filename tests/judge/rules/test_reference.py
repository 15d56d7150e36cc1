"""Rules on Refer-To and Referred-By: one failing example for each, and where they must stay silent."""

import pytest

from harness.trace.entries import Trace
from tests.judge.rules.example import Example, check, clean, findings
from tests.ladders import AGENT_URI, HUMAN_URI, edit, find

REFERRED_BY = f"Referred-By: <{AGENT_URI}>"
REFER_TO = f"Refer-To: <{HUMAN_URI}>"
CARRIER_CONTACT = "<sip:+15550101@192.0.2.2:5060>"


def refer(old: str, new: str, **options: object) -> Trace:
    """A clean trace in which the REFER says `new` instead of `old`."""
    trace = clean(**options)
    return edit(trace, find(trace, "REFER"), old, new)


def focus(parameters: str = "") -> Trace:
    """The carrier's Contact on the agent's leg says isfocus, and the agent refers to it."""
    trace = clean(refer_to=f"{CARRIER_CONTACT}{parameters}")
    for number in (3, 12):
        trace = edit(trace, number, f"Contact: {CARRIER_CONTACT}", f"Contact: {CARRIER_CONTACT};isfocus")
    return trace


EXAMPLES = [
    Example(
        "RFC3515-2.1-1",
        "the short form of Refer-To is not understood",
        lambda: refer("Refer-To:", "r:", refer_status=400),
    ),
    Example(
        "RFC3892-2.1-2",
        "Referred-By names a token that is not there",
        lambda: refer(REFERRED_BY, f'{REFERRED_BY};cid="20398823@x"'),
        who="agent",
    ),
    Example(
        "RFC3892-3-2",
        "Referred-By has no scheme",
        lambda: refer(REFERRED_BY, "Referred-By: <alice@carrier.example>"),
        who="agent",
        also=("RFC3892-2.2-1",),
    ),
    Example(
        "RFC4508-5-1",
        "the agent guesses that the human is a conference",
        lambda: refer(REFER_TO, f"{REFER_TO};isfocus"),
        who="agent",
    ),
    Example("RFC4508-5-2", "isfocus of the Contact is not passed on", focus, who="agent"),
]


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_an_edit_trips_exactly_its_rules(example: Example) -> None:
    check(example)


def test_the_short_form_is_fine() -> None:
    assert not findings(refer("Refer-To:", "r:"), "RFC3515-2.1-1")


def test_a_token_in_the_body_is_found() -> None:
    body = "--x\r\nContent-Type: multipart/signed\r\nContent-ID: <20398823@x>\r\n\r\ntoken\r\n--x--\r\n"
    head = f"Content-Type: multipart/mixed;boundary=x\r\nContent-Length: {len(body)}\r\n\r\n"
    trace = refer(REFERRED_BY, f'{REFERRED_BY};cid="20398823@x"')
    trace = edit(trace, find(trace, "REFER"), "Content-Length: 0\r\n\r\n", head + body)
    assert not findings(trace, "RFC3892-2.1-2")


def test_a_generic_parameter_of_referred_by_is_legal() -> None:
    assert not findings(refer(REFERRED_BY, f"{REFERRED_BY};tag=7"), "RFC3892-3-2")


def test_features_of_a_target_that_is_not_seen_are_not_judged() -> None:
    trace = refer(REFER_TO, f"{REFER_TO};isfocus", target_status=486, ringing=False)
    assert not findings(trace, "RFC4508-5-1")


def test_features_that_are_passed_on_are_fine() -> None:
    assert not findings(focus(";isfocus"), "RFC4508-5-2")
