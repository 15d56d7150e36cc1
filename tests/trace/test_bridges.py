"""The two legs of a B2BUA find each other."""

from dataclasses import replace

from harness.base.endpoint import Endpoint
from harness.base.instant import SECOND
from harness.trace import bridges, legs, transactions
from harness.trace.entries import Trace
from harness.trace.model import Leg
from harness.wire.sip.uri import Uri
from tests.ladders import AGENT, CALLER, cold_transfer, drop, edit, find


def joined(trace: Trace) -> list[Leg]:
    found = legs.collect(transactions.collect(trace)).legs
    bridges.join(found, taken=[leg for leg in found if "human" in leg.call_id])
    return found


def test_the_callers_leg_and_the_agents_leg_are_bridged() -> None:
    caller, agent, human = joined(cold_transfer())
    assert caller.bridged is agent
    assert agent.bridged is caller
    assert human.bridged is None


def test_without_a_common_number_only_a_call_made_at_once_is_bridged() -> None:
    trace = cold_transfer()
    n = find(trace, "INVITE", 2)
    for old, new in (("+15550101", "anonymous"), ("+15550102", "ai")):
        trace = edit(trace, n, old, new)
    assert joined(trace)[0].bridged is not None
    entries = trace.messages()
    later = [
        replace(entry, sent_ns=entry.at_ns + SECOND, received_ns=None) if entry.n >= n else entry
        for entry in entries
    ]
    assert joined(Trace(trace.header, list(later)))[0].bridged is None


def test_on_one_host_the_port_tells_the_systems_apart() -> None:
    ports = {"192.0.2.1": 5001, "192.0.2.2": 5002, "192.0.2.3": 5003, "192.0.2.4": 5004}
    trace = cold_transfer()
    local = [
        replace(
            entry,
            source=Endpoint("127.0.0.1", ports[entry.source.host]),
            destination=Endpoint("127.0.0.1", ports[entry.destination.host]),
        )
        for entry in trace.messages()
    ]
    caller, agent, _ = joined(Trace(trace.header, list(local)))
    assert caller.bridged is agent
    assert caller.caller.port == ports[CALLER.host]
    assert agent.callee.port == ports[AGENT.host]


def test_numbers_are_compared_without_separators() -> None:
    assert bridges.user_of(Uri.parse("sip:+1-555-0100@x")) == bridges.user_of(Uri.parse("tel:+15550100"))
    assert bridges.user_of(Uri.parse("sip:x.example")) == ""


def test_a_leg_whose_start_is_missing_is_bridged_by_both_numbers() -> None:
    trace = cold_transfer()
    for nth in (1, 2):
        legs_found = joined(drop(trace, find(trace, "INVITE", nth)))
        assert sum(leg.bridged is not None for leg in legs_found) == 2
    anonymous = edit(trace, find(trace, "INVITE", 3), "+15550101", "anonymous")
    anonymous = edit(anonymous, find(trace, "REFER"), "+15550101", "anonymous")
    legs_found = joined(drop(anonymous, find(trace, "INVITE", 2)))
    assert all(leg.bridged is None for leg in legs_found)


def routed_after(ns: int) -> Trace:
    """The carrier takes its time before it calls the agent."""
    trace = cold_transfer()
    n = find(trace, "INVITE", 2)
    entries = [
        replace(entry, sent_ns=entry.at_ns + ns, received_ns=entry.at_ns + ns) if entry.n >= n else entry
        for entry in trace.messages()
    ]
    return Trace(trace.header, list(entries))


def test_a_carrier_may_look_for_the_way_as_long_as_the_call_it_got_waits() -> None:
    assert joined(routed_after(10 * SECOND))[0].bridged is not None
    assert joined(routed_after(40 * SECOND))[0].bridged is None


def test_a_slow_second_call_with_one_number_the_same_is_another_call() -> None:
    trace = routed_after(10 * SECOND)
    other = edit(trace, find(trace, "INVITE", 2), "+15550101", "anonymous")
    assert joined(other)[0].bridged is None


def test_a_second_call_long_after_the_first_was_answered_is_another_call() -> None:
    trace = cold_transfer()
    n = find(trace, "200 INVITE", 2)
    first = trace.messages()[0].raw.split(b"Call-ID: ")[1].split(b"\r\n")[0]
    entries = [
        entry
        if first in entry.raw and entry.n <= n + 1
        else replace(entry, sent_ns=entry.at_ns + 10 * SECOND, received_ns=entry.at_ns + 10 * SECOND)
        for entry in trace.messages()
    ]
    entries.sort(key=lambda entry: entry.at_ns)
    ordered = Trace(trace.header, [replace(entry, n=k) for k, entry in enumerate(entries, 1)])
    assert joined(ordered)[0].bridged is None
