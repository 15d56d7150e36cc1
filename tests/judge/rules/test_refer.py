"""Rules on the REFER request: one failing example for each, and where they must stay silent."""

import pytest

from harness.trace.entries import Trace
from tests.judge.rules.example import Example, check, clean, findings
from tests.ladders import AGENT_URI, HUMAN_URI, edit, find

AGENT_CONTACT = "Contact: <sip:+15550102@192.0.2.3:5060>"
CARRIER_CONTACT = "<sip:+15550101@192.0.2.2:5060>"
REFER_TO = f"Refer-To: <{HUMAN_URI}>\r\n"


def refer(old: str, new: str, **options: object) -> Trace:
    """A clean trace in which the REFER says `new` instead of `old`."""
    trace = clean(**options)
    return edit(trace, find(trace, "REFER"), old, new)


def with_gruu() -> Trace:
    """The carrier's Contact on the agent's leg is a GRUU; the Request-URIs follow."""
    trace = clean()
    gruu = "sip:+15550101@192.0.2.2:5060;gr=urn"
    for number in (3, 11, 12, 13, 14, 15, 16, 21, 25, 27):
        trace = edit(trace, number, "sip:+15550101@192.0.2.2:5060", gruu)
    return trace


EXAMPLES = [
    Example(
        "RFC3515-2-1",
        "the REFER has no Contact",
        lambda: refer(AGENT_CONTACT + "\r\n", ""),
        who="agent",
    ),
    Example(
        "RFC3515-2-2",
        "the REFER goes to the public address instead of the Contact",
        lambda: refer("REFER sip:+15550101@192.0.2.2:5060", "REFER sip:+15550101@carrier.example"),
        who="agent",
    ),
    Example(
        "RFC3515-2.4.1-1",
        "the REFER has two Refer-To",
        lambda: refer(REFER_TO, REFER_TO + "Refer-To: <sip:other@carrier.example>\r\n"),
        also=("RFC3515-2.4.2-1",),
        who="agent",
    ),
    Example(
        "RFC3892-2.1-1",
        "the REFER has two Referred-By",
        lambda: refer(REFER_TO, f"{REFER_TO}Referred-By: <{AGENT_URI}>\r\n"),
        who="agent",
    ),
    Example(
        "RFC5589-8-1",
        "the REFER has no Referred-By",
        lambda: refer(f"Referred-By: <{AGENT_URI}>\r\n", ""),
        who="agent",
        verdict="info",
    ),
    Example("RFC7647-4-1", "the REFER to a GRUU is in the dialog", with_gruu, who="agent", profile="modern"),
]


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_an_edit_trips_exactly_its_rules(example: Example) -> None:
    check(example)


def test_a_lost_uri_parameter_is_another_remote_target() -> None:
    trace = clean()
    for number in (3, 12, 15):
        trace = edit(
            trace, number, f"Contact: {CARRIER_CONTACT}", "Contact: <sip:+15550101@192.0.2.2:5060;ob>"
        )
    assert {f.rule for f in findings(trace)} >= {"RFC3515-2-2"}


def test_a_comma_inside_brackets_is_no_second_refer_to() -> None:
    trace = clean(refer_to="<sip:a,b@carrier.example>")
    assert "RFC3515-2.4.1-1" not in {f.rule for f in findings(trace)}
