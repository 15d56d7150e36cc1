"""Hold and resume, by either side."""

from harness.base.instant import SECOND
from harness.judge.hold import held_at, resumed
from tests.judge.stories import BUSY, legs
from tests.ladders import cold_transfer, edit, find

RESUME = "INVITE sip:+15550101@192.0.2.2"


def test_a_leg_is_held_from_an_accepted_sendonly_offer_until_it_is_taken_back() -> None:
    trace = cold_transfer(**BUSY)
    leg = legs(trace)[1]
    first, back = (trace.messages()[find(trace, RESUME, nth) - 1] for nth in (1, 2))
    assert not held_at(leg, first.at_ns - 1)
    assert held_at(leg, first.at_ns)
    assert held_at(leg, back.at_ns - 1)
    assert not held_at(leg, back.at_ns)
    assert resumed(leg, first.at_ns) is not None
    assert resumed(leg, back.at_ns + 1) is None


def test_an_offer_that_was_refused_changes_nothing() -> None:
    trace = cold_transfer(resumes=False, **BUSY)
    trace = edit(trace, find(trace, RESUME) + 1, "SIP/2.0 200 OK", "SIP/2.0 491 Request Pending")
    assert not held_at(legs(trace)[1], trace.header.ended_ns)


def test_the_old_way_of_holding_counts_too() -> None:
    trace = cold_transfer(resumes=False, **BUSY)
    n = find(trace, RESUME)
    trace = edit(trace, n, "a=sendonly", "a=sendrecv")
    assert not held_at(legs(trace)[1], trace.header.ended_ns)
    trace = edit(trace, n, "c=IN IP4 192.0.2.3", "c=IN IP4 0.0.0.0")
    assert held_at(legs(trace)[1], trace.header.ended_ns)


def test_a_leg_without_hold_is_never_resumed() -> None:
    trace = cold_transfer(hold=False)
    leg = legs(trace)[1]
    assert resumed(leg, 0) is None
    assert not held_at(leg, trace.header.ended_ns + SECOND)
