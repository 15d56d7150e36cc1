"""Where in-dialog requests must go, as far as the trace tells."""

import pytest

from harness.judge.rules.remote_target import accepted_targets, misrouted, route_set, same_target
from harness.trace.calls import rebuild
from harness.trace.entries import Trace
from harness.trace.model import Leg, Transaction
from tests.judge.rules.example import clean
from tests.ladders import AGENT, drop, edit, find

CARRIER_URI = "sip:+15550101@192.0.2.2:5060"


def refer_of(trace: Trace) -> tuple[Leg, Transaction]:
    (transfer,) = [transfer for case in rebuild(trace) for transfer in case.transfers]
    assert transfer.leg is not None
    return transfer.leg, transfer.refer


def recorded(route: str) -> Trace:
    """A clean trace in which a proxy recorded itself on the agent's leg; the REFER has this Route."""
    trace = clean()
    trace = edit(trace, 3, "Max-Forwards: 70", "Record-Route: <sip:p1;lr>, <sip:p2;lr>\r\nMax-Forwards: 70")
    return edit(trace, find(trace, "REFER"), "Max-Forwards: 70", f"{route}Max-Forwards: 70")


def test_the_peers_last_contact_is_the_target() -> None:
    leg, refer = refer_of(clean())
    assert accepted_targets(leg, refer)[0] == CARRIER_URI


def test_a_contact_that_was_just_replaced_may_still_be_used() -> None:
    trace = edit(clean(), 12, CARRIER_URI, "sip:new@192.0.2.2:5060")
    leg, refer = refer_of(trace)
    assert accepted_targets(leg, refer)[0] == "sip:new@192.0.2.2:5060"
    assert CARRIER_URI in accepted_targets(leg, refer)


def test_nothing_is_judged_when_the_dialog_began_before_the_trace() -> None:
    trace = clean()
    trace = drop(trace, *(n for n in range(1, 14) if b"agent-leg" in trace.messages()[n - 1].raw))
    leg, refer = refer_of(trace)
    assert not list(misrouted(leg, refer))


def test_the_called_side_takes_record_route_as_it_stands() -> None:
    leg, refer = refer_of(recorded("Route: <sip:p1;lr>, <sip:p2;lr>\r\n"))
    assert route_set(leg, refer) == ["<sip:p1;lr>", "<sip:p2;lr>"]
    assert [check.kind for check in misrouted(leg, refer)] == ["passed"]


def test_a_route_where_no_proxy_recorded_itself_is_information() -> None:
    trace = edit(
        clean(), find(clean(), "REFER"), "Max-Forwards: 70", "Route: <sip:p1;lr>\r\nMax-Forwards: 70"
    )
    (check,) = misrouted(*refer_of(trace))
    assert (check.kind, check.who) == ("informed", AGENT)
    assert check.text == "the REFER has a Route, but no proxy recorded itself"


@pytest.mark.parametrize("route", ["", "Route: <sip:p2;lr>, <sip:p1;lr>\r\n", "Route: <sip:p1;lr>\r\n"])
def test_a_missing_or_turned_route_is_found(route: str) -> None:
    leg, refer = refer_of(recorded(route))
    (check,) = misrouted(leg, refer)
    assert check.kind == "failed"
    assert check.text.startswith("the Route of the REFER is not the dialog's route set")


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        ("sip:a@b", "sip:a@B", True),
        ("sip:a@b;x=1;transport=udp", "sip:a@b;transport=UDP;x=1", True),
        ("sip:%61@b", "sip:a@b", True),
        ("sip:a@b", "sip:a@b:5060", False),
        ("sip:a@b;ob", "sip:a@b", False),
        ("sips:a@b", "sip:a@b", False),
    ],
)
def test_a_target_is_copied_whole(left: str, right: str, same: bool) -> None:
    assert same_target(left, right) is same
