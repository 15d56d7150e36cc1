"""The user's own system: its URI, its address, our address towards it, and its silence."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from harness.base.endpoint import Endpoint
from harness.base.errors import BrokenEnvironment, UsageError
from harness.scenario.plan import Plan
from harness.suite.collect import collect
from harness.suite.under_test import (
    System,
    carrier_outside,
    our_host,
    parse_listen,
    parse_under_test,
    refuse_unplayable,
    silence,
    systems_of,
)
from harness.trace.entries import Cast, Header, NoteEntry, Trace
from tests.ladders import CARRIER, cold_transfer
from tests.long_form import plan_of
from tests.suite.places import scenario


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    (item,) = collect([str(scenario(tmp_path))])
    assert item.plan is not None
    return item.plan


def test_role_and_uri_are_split_at_the_first_sign() -> None:
    assert parse_under_test("carrier=sip:a@b;transport=tcp") == ("carrier", "sip:a@b;transport=tcp")


@pytest.mark.parametrize("text", ["carrier", "=sip:x", "carrier=", ""])
def test_anything_else_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(UsageError, match="ROLE=URI"):
        parse_under_test(text)


def test_the_uri_gives_the_endpoint_with_the_port_of_sip_where_none_is_written(plan: Plan) -> None:
    (system,) = systems_of(plan, {"carrier": "sip:lab@192.0.2.9"})
    assert system == System("carrier", "sip:lab@192.0.2.9", Endpoint("192.0.2.9", 5060))
    (system,) = systems_of(plan, {"human": "sip:[::1]:5070"})
    assert system.endpoint == Endpoint("::1", 5070)


def test_a_host_name_is_looked_up_and_dialled_as_a_number(plan: Plan) -> None:
    (system,) = systems_of(plan, {"carrier": "sip:lab@localhost:5070"})
    assert system.endpoint == Endpoint("127.0.0.1", 5070)
    assert system.uri == "sip:lab@127.0.0.1:5070"


def test_a_role_nobody_plays_is_a_mistake(plan: Plan) -> None:
    with pytest.raises(UsageError, match="nobody plays 'carier'"):
        systems_of(plan, {"carier": "sip:127.0.0.1"})


@pytest.mark.parametrize("uri", ["127.0.0.1:5060", "tel:+15550100", "sip:", "http://x"])
def test_what_names_no_sip_host_is_a_mistake(uri: str, plan: Plan) -> None:
    with pytest.raises(UsageError, match="not the URI"):
        systems_of(plan, {"carrier": uri})


def test_we_speak_from_loopback_to_loopback_and_from_the_route_elsewhere() -> None:
    assert our_host([]) == "127.0.0.1"
    assert our_host([], ipv6=True) == "::1"
    assert our_host([System("carrier", "", Endpoint("::1", 5060))]) == "::1"
    assert our_host([System("carrier", "", Endpoint("127.0.0.1", 5060))]) == "127.0.0.1"


def under_test(trace: Trace) -> Trace:
    """The same trace with the carrier as the system under test."""
    cast = tuple(replace(member, under_test=member.name == "carrier") for member in trace.header.cast)
    return Trace(replace(trace.header, cast=cast), trace.entries)


def test_a_system_that_spoke_is_there() -> None:
    assert silence(under_test(cold_transfer())) is None


def test_a_system_that_never_said_a_word_is_a_broken_environment() -> None:
    trace = under_test(cold_transfer())
    only_to_it = [entry for entry in trace.messages() if entry.destination == CARRIER]
    error = silence(Trace(trace.header, list(only_to_it)))
    assert isinstance(error, BrokenEnvironment)
    assert str(CARRIER) in str(error)


def test_a_connection_that_was_refused_counts_as_an_attempt() -> None:
    header = Header(cast=(Cast("carrier", "carrier", CARRIER, under_test=True),))
    note = NoteEntry(1, 1, "caller", f"no connection to {CARRIER}: refused")
    assert silence(Trace(header, [note])) is not None
    assert silence(Trace(header, [])) is None


def test_an_interrupted_run_proves_no_silence() -> None:
    trace = under_test(cold_transfer())
    only_to_it = [entry for entry in trace.messages() if entry.destination == CARRIER]
    assert silence(Trace(replace(trace.header, complete=False), list(only_to_it))) is None


@pytest.mark.parametrize(
    ("role", "host", "outside"),
    [("carrier", "192.0.2.10", True), ("carrier", "127.0.0.1", False), ("agent", "192.0.2.10", False)],
)
def test_a_carrier_beyond_this_machine_is_outside(role: str, host: str, outside: bool) -> None:
    assert carrier_outside([System(role, f"sip:{host}", Endpoint(host, 5060))]) is outside


def test_a_port_to_listen_on_is_a_name_and_a_number() -> None:
    assert parse_listen("carrier=5060") == ("carrier", 5060)


@pytest.mark.parametrize(
    "text", ["carrier", "=5060", "carrier=", "carrier=sip", "carrier=0", "carrier=65536", "a=-1"]
)
def test_what_is_no_port_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(UsageError, match="Write NAME=PORT"):
        parse_listen(text)


@pytest.mark.parametrize(
    ("uri", "why"),
    [
        ("sip:127.0.0.1:99999", "99999"),
        ("sip:127.0.0.1:0", "0 is not a port"),
        ("sip:127.0.0.1:-5", "-5"),
        ("sip:127.0.0.1:abc", "abc"),
        ("sips:127.0.0.1", "sips"),
        ("sip:127.0.0.1;transport=tls", "transport=tls"),
        ("sip:0.0.0.0:9", "nobody"),
        ("sip:224.0.0.1:9", "everybody"),
    ],
)
def test_what_we_cannot_dial_as_written_is_refused_and_never_replaced(plan: Plan, uri: str, why: str) -> None:
    with pytest.raises(UsageError, match=re.escape(why)):
        systems_of(plan, {"carrier": uri})


@pytest.mark.parametrize(
    ("lines", "real", "said"),
    [
        ("hold: agent", {"agent"}, "step 2 (line 4) is a step of agent, which is the system under test"),
        ("expect: {at: carrier, request: BYE}", {"carrier"}, "step 2 (line 4) expects something at carrier"),
        ("fault: {drop: BYE}", set(), "faults of the network exist in virtual runs only"),
        ("wait: 1s", {"caller", "agent"}, "step 1 (line 3) is a step of caller"),
    ],
)
def test_what_a_live_run_cannot_do_is_refused_with_its_line(lines: str, real: set[str], said: str) -> None:
    with pytest.raises(UsageError) as refused:
        refuse_unplayable(plan_of(lines), real)
    assert said in refused.value.what
    assert refused.value.do


@pytest.mark.parametrize("real", [set(), {"carrier"}, {"human"}, {"caller"}])
def test_steps_of_ours_and_a_call_that_a_real_system_makes_are_played(real: set[str]) -> None:
    refuse_unplayable(plan_of("hold: agent\nexpect: {at: agent, response: 200}"), real)
