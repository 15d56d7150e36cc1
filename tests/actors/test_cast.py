"""Who is played, under which name and address, and who is left to a real system."""

from typing import Any

import pytest

from harness.actors.cast import CARRIER, build, places
from harness.base.errors import UsageError
from harness.base.instant import VIRTUAL_EPOCH_NS
from harness.protocol.packet import Transmit
from harness.runtime.virtual.play import addresses, play
from harness.scenario.plan import Behaviour, CarrierPlan, Party
from harness.wire.sip.message import Message, parse
from tests.ends import Played
from tests.flows import cold, falling_back, header_of, messages, played

PLAN = cold(desk=Behaviour(), fallback=falling_back("busy"))
REAL = "sip:lab@192.0.2.200:5070"


def names(**real: str) -> list[str]:
    return list(build(PLAN, 7, addresses(places(PLAN)), under_test=real))


def test_every_party_and_the_carrier_need_an_address() -> None:
    assert places(PLAN) == ("caller", "agent", "human", "desk", "carrier")


def test_everybody_is_played_at_the_address_given() -> None:
    where = addresses(places(PLAN))
    hosts = build(PLAN, 7, where)
    assert list(hosts) == list(places(PLAN))
    assert {name: host.endpoint for name, host in hosts.items()} == where


@pytest.mark.parametrize("role", ["caller", "agent", "carrier"])
def test_a_role_under_test_is_not_played(role: str) -> None:
    assert names(**{role: REAL}) == [name for name in places(PLAN) if name != role]


def test_a_role_under_test_leaves_out_all_who_have_it_a_name_only_itself() -> None:
    assert names(human=REAL) == ["caller", "agent", "carrier"]
    assert names(desk=REAL) == ["caller", "agent", "human", "carrier"]


def test_a_real_carrier_that_the_agent_calls_brings_its_own_caller() -> None:
    plan = cold(direction="outbound")
    hosts = build(plan, 7, addresses(places(plan)), under_test={"carrier": REAL})
    assert list(hosts) == ["agent", "human"]


def first_invites(role: str, **options: Any) -> list[tuple[str, Message]]:
    """(destination, INVITE) of what our hosts send at once to a real system in that role."""
    plan = cold(**options)
    hosts = build(plan, 7, addresses(places(plan)), under_test={role: REAL})
    sent = []
    for host in hosts.values():
        host.start(VIRTUAL_EPOCH_NS)
        sent += [command for command in host.commands() if isinstance(command, Transmit)]
    return [(str(command.destination), parse(command.data)) for command in sent]


def test_the_caller_calls_a_real_carrier_at_its_uri() -> None:
    ((where, invite),) = first_invites("carrier")
    assert (where, invite.uri) == ("192.0.2.200:5070", REAL)


def test_the_agent_calls_a_real_carrier_at_its_uri_when_it_calls_first() -> None:
    ((where, invite),) = first_invites("carrier", direction="outbound")
    assert (where, invite.uri) == ("192.0.2.200:5070", REAL)


def test_the_carrier_calls_a_real_agent_at_its_uri() -> None:
    run = played(cold(), under_test={"agent": REAL})
    sent = [entry for entry in run.trace.messages() if str(entry.destination) == "192.0.2.200:5070"]
    assert sent[0].message.method == "INVITE" and sent[0].message.uri == REAL


def test_a_real_carrier_is_told_where_the_target_listens() -> None:
    """A real carrier does not know our numbers: the REFER names the address itself."""
    plan = cold(direction="outbound")
    where = addresses(places(plan))
    carrier = f"sip:{plan.parties[0].number}@{where['carrier']}"
    hosts = build(plan, 7, where, under_test={"carrier": carrier})
    mixed = {**hosts, "caller": build(plan, 7, where)["caller"], CARRIER: build(plan, 7, where)[CARRIER]}
    run = Played(play(mixed, header_of(where)), mixed)
    (refer,) = messages(run, "agent", "carrier", "REFER")
    assert refer.values("refer-to") == [f"<sip:+12025550102@{where['human']}>"]
    assert run.settled() and messages(run, "human", "carrier", "200 INVITE")


def test_a_carrier_waits_for_the_first_call_of_a_real_caller() -> None:
    run = played(cold(), under_test={"caller": REAL})
    assert run.said() == []
    assert run.trace.header.ended_ns - VIRTUAL_EPOCH_NS == 60 * 10**9


@pytest.mark.parametrize("uri", ["sip:x@pbx.example", "tel:+12025550101", "garbage", ""])
def test_a_real_system_must_be_named_by_an_address(uri: str) -> None:
    with pytest.raises(UsageError, match="IP address"):
        build(cold(), 7, addresses(places(cold())), under_test={"agent": uri or "sip:"})


def test_parties_answer_challenges_with_their_own_credentials() -> None:
    plan = cold(carrier=CarrierPlan(challenges=(("REFER", 401),)))
    agent = next(party for party in plan.parties if party.role == "agent")
    wanted = Party(agent.name, agent.role, agent.number, behaviour=agent.behaviour, credentials=("bob", "pw"))
    run = played(cold(
        carrier=plan.carrier,
        parties=tuple(wanted if party is agent else party for party in plan.parties),
    ))  # fmt: skip
    first, second = messages(run, "agent", "carrier", "REFER")
    assert first.first("authorization") is None
    assert 'username="bob"' in (second.first("authorization") or "")
    assert messages(run, "carrier", "agent", "202 REFER")


def test_everybody_speaks_the_transport_of_the_run() -> None:
    run = played(cold(), transport="tcp")
    assert {entry.transport for entry in run.trace.messages()} == {"tcp"}
    for entry in run.trace.messages():
        assert entry.message.via is not None and entry.message.via.transport.upper() == "TCP"


def test_a_party_that_draws_more_chance_shifts_nobody_else() -> None:
    """Each host has its own stream: a busy human changes no tag of the caller."""
    one = messages(played(cold()), "caller", "carrier", "INVITE")
    two = messages(played(cold(human=Behaviour(rejects=486))), "caller", "carrier", "INVITE")
    assert [message.raw for message in one] == [message.raw for message in two]


def test_a_real_human_who_never_hangs_up_does_not_hold_the_run() -> None:
    """Our carrier ends the call 5 s after the transfer; somebody of ours stands in for the real human."""
    plan = cold(human=Behaviour(hangs_up_after_ns=None))
    where = addresses(places(plan))
    human = f"sip:{plan.parties[2].number}@{where['human']}"
    hosts = build(plan, 7, where, under_test={"human": human})
    mixed = {**hosts, "human": build(plan, 7, where)["human"]}
    run = Played(play(mixed, header_of(where)), mixed)
    assert run.settled() and messages(run, "carrier", "human", "BYE")
    assert run.trace.header.ended_ns - VIRTUAL_EPOCH_NS < 12 * 10**9
