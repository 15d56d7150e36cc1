"""One plan played to a trace, in virtual time or on sockets. Must not live here: judging, files.

Imports stand inside the functions: who plays in virtual time does not pay for the sockets.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from harness import __version__
from harness.base.endpoint import Endpoint, Transport
from harness.base.errors import UsageError
from harness.base.instant import SECOND
from harness.base.limits import LIVE_SECONDS_MAX
from harness.results.verdict import Policy
from harness.scenario.plan import Plan
from harness.scenario.steps import patience_ns
from harness.suite.deployment import Deployment
from harness.suite.under_test import System, carrier_outside, our_host, refuse_unplayable, systems_of
from harness.trace.entries import Cast, Header, Trace

if TYPE_CHECKING:
    from harness.runtime.virtual.network import Fault

SPARE_NS = 40 * SECOND
"""Beyond what the plan waits for: 64*T1 of a last request without answer (RFC 3261 section 17.1.1.2)."""

TOOL = f"siptransfer {__version__}"


@dataclass(frozen=True, slots=True)
class Settings:
    """How to play, from the command line. Equal for every item of one invocation."""

    seed: int = 0
    live: bool = False
    transport: Transport = "udp"
    ipv6: bool = False
    under_test: Mapping[str, str] = field(default_factory=dict)
    """Role or name -> SIP URI, as `--under-test` gives it; it overrides the deployment."""
    ports: Mapping[str, int] = field(default_factory=dict)
    """Party of ours -> port it listens on; the others get free ones."""
    deployment: Deployment = field(default_factory=Deployment)
    policy: Policy = field(default_factory=Policy)
    keep_in: str | None = None
    """Folder for traces and captures; None: they are not written."""
    every_trace: bool = True
    """The trace of a run that passed is handed on too; a report needs it, a line in a terminal does not."""

    def systems_for(self, plan: Plan) -> dict[str, str]:
        """Real systems that take part in this plan."""
        return {**self.deployment.systems_for(plan), **self.under_test}

    def is_live(self, plan: Plan) -> bool:
        """Sockets are used: asked for, or needed because a real system takes part."""
        return self.live or bool(self.systems_for(plan))


def play(plan: Plan, settings: Settings, stop: Callable[[], bool] | None = None) -> Trace:
    """Play a plan. Raises BrokenEnvironment or UsageError; whatever a peer does raises nothing.

    `stop` is asked while a live run goes on; once it is true, calls are released and the trace ends.
    """
    if settings.is_live(plan):
        return _live(settings.deployment.applied_to(plan), settings, stop)
    return _virtual(settings.deployment.applied_to(plan), settings)


def _virtual(plan: Plan, settings: Settings) -> Trace:
    from harness.actors.cast import build, places
    from harness.runtime.virtual.play import addresses
    from harness.runtime.virtual.play import play as play_virtually

    where = addresses(places(plan))
    hosts = build(plan, settings.seed, where, transport=settings.transport)
    faults = faults_of(plan, where)
    try:
        return play_virtually(hosts, _header(plan, settings, where, (), live=False), faults=faults)
    finally:
        for host in hosts.values():
            host.close()


def faults_of(plan: Plan, where: Mapping[str, Endpoint]) -> "list[Fault]":
    """What the network does to single messages, with addresses for names."""
    from harness.runtime.virtual.network import Fault

    return [
        Fault(
            each.kind,
            each.number,
            each.by_ns,
            message=each.message,
            source=None if each.sender is None else where[each.sender],
            destination=None if each.to is None else where[each.to],
            after_step=step,
            name=name,
        )
        for name, step, each in plan.all_faults()
    ]


def _live(plan: Plan, settings: Settings, stop: Callable[[], bool] | None) -> Trace:
    from harness.actors.cast import build, places
    from harness.runtime.live.play import play as play_live
    from harness.runtime.live.sockets import open_sockets

    systems = systems_of(plan, settings.systems_for(plan), ipv6=settings.ipv6)
    if systems:
        settings.deployment.refuse_dangerous(plan, outside=carrier_outside(systems))
    real = {name for system in systems for name in _members(plan, system.role)}
    refuse_unplayable(plan, real)
    names = [name for name in places(plan) if name not in real]
    transport = settings.transport
    _refuse_unknown(plan, settings.ports, names)
    host = our_host(systems, ipv6=settings.ipv6)
    with open_sockets(names, host, transport, ports=settings.ports) as sockets:
        where = {**sockets.addresses, **_places_of(plan, systems)}
        under_test = {system.role: system.uri for system in systems}
        hosts = build(plan, settings.seed, where, transport=transport, under_test=under_test)
        return play_live(
            hosts,
            sockets,
            _header(plan, settings, where, real, live=True),
            deadline_ns=longest_ns(plan),
            stop=stop,
            awaited="caller" in real,
        )


def _refuse_unknown(plan: Plan, ports: Mapping[str, int], names: Sequence[str]) -> None:
    for name in ports:
        if name not in names:
            raise UsageError(
                f"{plan.id}: we play nobody named {name!r}, so nobody can listen there",
                do=f"Played by us: {', '.join(names)}.",
            )


def longest_ns(plan: Plan) -> int:
    """How long a live run of this plan may take: every wait to its end, and time to spare.

    A real system need not end a call by itself; then this is when our players do.
    """
    slowest = max(party.behaviour.answers_after_ns for party in plan.parties)
    stays = max(party.behaviour.hangs_up_after_ns or 0 for party in plan.parties)
    attempts = 1 + len(plan.fallback)
    rings = attempts * max(slowest, plan.carrier.no_answer_after_ns)
    agent = plan.agent.refers_after_ns + plan.agent.keeps_caller_ns
    steps = sum(patience_ns(step) for step in plan.steps)
    return min(slowest + agent + rings + stays + steps + SPARE_NS, LIVE_SECONDS_MAX * SECOND)


def _places_of(plan: Plan, systems: Sequence[System]) -> dict[str, Endpoint]:
    return {name: system.endpoint for system in systems for name in _members(plan, system.role)}


def _members(plan: Plan, role: str) -> list[str]:
    """Names of the parties that a role (or a name) stands for."""
    if role == "carrier":
        return ["carrier"]
    named = [party.name for party in plan.parties if party.name == role]
    return named or [party.name for party in plan.parties if party.role == role]


def _header(
    plan: Plan,
    settings: Settings,
    where: Mapping[str, Endpoint],
    real: Sequence[str] | set[str],
    *,
    live: bool,
) -> Header:
    roles = {party.name: str(party.role) for party in plan.parties}
    cast = tuple(
        Cast(name, roles.get(name, name), endpoint, under_test=name in real)
        for name, endpoint in where.items()
    )
    return Header(
        tool=TOOL, scenario=plan.title, mode="live" if live else "virtual", seed=settings.seed, cast=cast
    )
