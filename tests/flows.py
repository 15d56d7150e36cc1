"""Cold transfers with our own actors in virtual time: plans in one line, and what was said in them.

What is said is read from the wire alone. Must not live here: assertions.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from harness.actors.cast import build, places
from harness.base.endpoint import Endpoint, Transport
from harness.base.instant import MS, SECOND
from harness.protocol.host import Host
from harness.protocol.packet import Packet
from harness.runtime.virtual.network import Fault, Link
from harness.runtime.virtual.play import addresses, play
from harness.scenario.plan import AgentPlan, Behaviour, CarrierPlan, Fallback, Party, Plan
from harness.trace.entries import Cast, Header, MessageEntry, Trace
from harness.wire.sip.message import Message
from tests.ends import Played, said

CALLER = Party("caller", "caller", "+12025550101", "Maria")
AGENT = Party("agent", "agent", "+12025550100", "Assistant")
HUMAN = Party("human", "human", "+12025550102", "Desk")
DESK = Party("desk", "human", "+12025550103", "Second desk")


def cold(
    *,
    human: Behaviour | None = None,
    caller: Behaviour | None = None,
    desk: Behaviour | None = None,
    agent: AgentPlan | None = None,
    carrier: CarrierPlan | None = None,
    **more: Any,
) -> Plan:
    """A cold transfer; what is not said is left to the defaults of `scenario/plan.py`."""
    parties = [
        replace(CALLER, behaviour=caller or Behaviour()),
        replace(AGENT, behaviour=Behaviour(rings_after_ns=None, answers_after_ns=SECOND // 10)),
        replace(HUMAN, behaviour=human or Behaviour(hangs_up_after_ns=2 * SECOND)),
    ]
    if desk is not None:
        parties.append(replace(DESK, behaviour=desk))
    plan = Plan(
        id="x", title="x", source="x", line=1, style="cold", parties=tuple(parties),
        agent=agent or AgentPlan(), carrier=carrier or CarrierPlan(),
    )  # fmt: skip
    return replace(plan, **more)


def quirky(*quirks: str, **more: Any) -> CarrierPlan:
    """A carrier with these quirks."""
    return CarrierPlan(quirks=quirks, **more)


def falling_back(*when: str) -> tuple[Fallback, ...]:
    """The agent tries the second desk in these cases."""
    return (Fallback(when or ("error",), "desk"),)


BUSY = Behaviour(rejects=486)

FLOWS: dict[str, Plan] = {
    "answered": cold(),
    "busy": cold(human=BUSY),
    "cancelled": cold(human=Behaviour(no_answer=True), carrier=CarrierPlan(no_answer_after_ns=3 * SECOND)),
    "challenged": cold(carrier=CarrierPlan(challenges=(("INVITE", 407), ("REFER", 401)))),
    "caller hangs up": cold(caller=Behaviour(hangs_up_after_ns=2 * SECOND)),
    "agent leaves early": cold(agent=AgentPlan(leaves="on-refer-accepted")),
    "redirected": cold(
        human=Behaviour(redirects_to="+12025550103"), desk=Behaviour(hangs_up_after_ns=SECOND)
    ),
    "refused": cold(carrier=CarrierPlan(refuses=603)),
    "falls back": cold(human=BUSY, desk=Behaviour(hangs_up_after_ns=SECOND), fallback=falling_back("busy")),
    "lies": cold(human=BUSY, carrier=quirky("notify-200-at-once")),
    "silent": cold(
        human=Behaviour(hangs_up_after_ns=5 * SECOND),
        agent=AgentPlan(notify_patience_ns=4 * SECOND),
        carrier=quirky("no-notify"),
    ),
    "drops the caller": cold(
        human=BUSY,
        desk=Behaviour(hangs_up_after_ns=SECOND),
        fallback=falling_back(),
        carrier=quirky("drop-caller-on-failure"),
    ),
    "outbound": cold(direction="outbound"),
    "the carrier tries the next": cold(
        human=BUSY,
        desk=Behaviour(hangs_up_after_ns=SECOND),
        fallback=(Fallback(("busy",), "desk", "carrier"),),
    ),
    "the target sends it on": cold(
        human=BUSY,
        desk=Behaviour(hangs_up_after_ns=SECOND),
        fallback=(Fallback(("busy",), "desk", "target"),),
    ),
    "sent back to the agent": cold(human=Behaviour(redirects_to=AGENT.number)),
    "redirected in a circle": cold(human=Behaviour(redirects_to=HUMAN.number)),
    "leaves a while after the 202": cold(
        agent=AgentPlan(leaves="on-refer-accepted", leaves_after_ns=280 * MS)
    ),
}
"""Whole runs that must end whatever happens to their messages."""


def played(
    plan: Plan,
    *,
    seed: int = 7,
    transport: Transport = "udp",
    link: Link | None = None,
    faults: Sequence[Fault] = (),
    under_test: Mapping[str, str] | None = None,
) -> Played:
    """Play a plan in virtual time."""
    where = addresses(places(plan))
    hosts = build(plan, seed, where, transport=transport, under_test=under_test)
    return Played(play(hosts, header_of(where, seed), link=link, faults=faults), hosts)


def header_of(where: Mapping[str, Endpoint], seed: int = 7) -> Header:
    return Header(seed=seed, cast=tuple(Cast(name, name, endpoint) for name, endpoint in where.items()))


def entries_between(trace: Trace, sender: str, receiver: str, what: str) -> list[MessageEntry]:
    """The messages shown so (`200 INVITE`) from one party to another."""
    return [entry for entry in trace.messages() if said(trace, entry) == f"{sender}>{receiver} {what}"]


def messages(run: Played, sender: str, receiver: str, what: str) -> list[Message]:
    """The same, read."""
    return [entry.message for entry in entries_between(run.trace, sender, receiver, what)]


def reports(run: Played) -> list[tuple[str, str]]:
    """(Subscription-State without parameters, sipfrag start line) of each NOTIFY to the agent."""
    return [
        ((message.first("subscription-state") or "").partition(";")[0], message.body.decode().strip())
        for message in messages(run, "carrier", "agent", "NOTIFY")
    ]


def left_over(hosts: Mapping[str, Host]) -> list[str]:
    """What is wrong with hosts after a run: empty when nothing is left."""
    wrong = [f"{name} has a leg in {leg.state}" for name, host in hosts.items() for leg in host.open_legs()]
    return wrong + [f"{name} is not idle" for name, host in hosts.items() if not host.idle()]


def stopped(plan: Plan, after: int) -> list[str]:
    """What is left over when every host is stopped after that many messages."""
    where = addresses(places(plan))
    hosts = build(plan, 7, where)
    seen = 0

    class Counting(Host):
        """Stops everybody once enough has arrived."""

        __slots__ = ()

        def receive(self, now_ns: int, packet: Packet) -> None:
            nonlocal seen
            super().receive(now_ns, packet)
            seen += 1
            if seen == after:
                for host in hosts.values():
                    host.stop(now_ns)

    for host in hosts.values():
        host.__class__ = Counting
    play(hosts, header_of(where))
    return left_over(hosts)
