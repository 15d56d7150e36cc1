"""Rules on Refer-Sub: one failing example for each, and where they must stay silent."""

import pytest

from harness.trace.entries import Trace
from tests.judge.rules.example import TARGET_DIALOG, Example, check, clean, findings, outside
from tests.ladders import edit, find

WISH = (("Refer-Sub", "false"),)


def refused_notify() -> Trace:
    """The carrier does not grant Refer-Sub: false; the agent refuses the last NOTIFY."""
    trace = clean(refer_headers=WISH)
    return edit(trace, find(trace, "200 NOTIFY", 3), "SIP/2.0 200 OK", "SIP/2.0 481 No Subscription")


def to_an_address_of_record() -> Trace:
    """The REFER goes outside the dialog to the public address of the carrier."""
    trace = outside("Refer-Sub: false\r\n")
    number = find(trace, "REFER")
    start = trace.messages()[number - 1].raw.decode().partition(" SIP/2.0")[0]
    return edit(trace, number, start, "REFER sip:+15550101@carrier.example")


def required(status: str = "200 OK", rows: str = "") -> Trace:
    """The REFER has Require: norefersub; the carrier answers with this status and these rows."""
    trace = clean(refer_headers=(("Require", "norefersub"),))
    return edit(trace, find(trace, "200 REFER"), "SIP/2.0 200 OK\r\n", f"SIP/2.0 {status}\r\n{rows}")


EXAMPLES = [
    Example(
        "RFC4488-4-3",
        "a NOTIFY is refused although suppression was not granted",
        refused_notify,
        also=("RFC6665-4.1.3-3",),
        who="agent",
    ),
    Example(
        "RFC4488-4-4",
        "Refer-Sub: false to an address of record",
        to_an_address_of_record,
        who="agent",
        verdict="info",
    ),
    Example("RFC4488-4-5", "Require: norefersub is accepted and ignored", required),
]


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_an_edit_trips_exactly_its_rules(example: Example) -> None:
    check(example)


def test_notifies_that_are_accepted_are_no_fault() -> None:
    assert not findings(clean(refer_headers=WISH), "RFC4488-4-3", "RFC4488-4-4")


def test_a_contact_that_was_seen_before_is_one_receiver() -> None:
    trace = outside(f"{TARGET_DIALOG}Refer-Sub: false\r\n")
    for entry in trace.messages():
        if b";gr=" in entry.raw:
            trace = edit(trace, entry.n, ";gr=urn:uuid:f81d4fae", "")
    assert not findings(trace, "RFC4488-4-4")


def test_who_does_not_know_the_extension_may_refuse_it() -> None:
    trace = required("420 Bad Extension", "Unsupported: norefersub\r\n")
    assert not findings(trace, "RFC4488-4-5")


def test_an_answer_with_refer_sub_shows_that_the_extension_is_known() -> None:
    assert not findings(required(rows="Refer-Sub: true\r\n"), "RFC4488-4-5")
