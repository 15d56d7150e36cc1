"""Plays plans on sockets, many at once, and hastens them so that nobody waits for people.

Must not live here: assertions.
"""

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

from harness.actors.cast import build, places
from harness.base.endpoint import Endpoint, Transport
from harness.base.instant import SECOND
from harness.runtime.live.play import play
from harness.runtime.live.sockets import open_sockets
from harness.runtime.virtual.play import addresses
from harness.runtime.virtual.play import play as play_virtually
from harness.scenario.load import load
from harness.scenario.plan import Plan
from harness.scenario.vocabulary import Vocabulary
from harness.trace.entries import Cast, Header, MessageEntry, Trace

SEED = 7
SCENARIOS = Path(__file__).parents[2] / "scenarios"


def plans_in(folder: str) -> list[Plan]:
    """Every plan of a folder of scenarios, in order of the files."""
    return [
        plan for path in sorted((SCENARIOS / folder).glob("*.yaml")) for plan in load(str(path), Vocabulary())
    ]


def plan_of(folder: str, name: str) -> Plan:
    """The one plan of the scenario with that file name."""
    (plan,) = load(str(SCENARIOS / folder / f"{name}.yaml"), Vocabulary())
    return plan


def hastened(plan: Plan, times: int) -> Plan:
    """The same plan with every duration divided."""
    quick = _divided(plan, times)
    assert isinstance(quick, Plan)
    return quick


def cast_of(where: Mapping[str, Endpoint]) -> tuple[Cast, ...]:
    """A cast in which everybody's role is their name."""
    return tuple(Cast(name, name, endpoint) for name, endpoint in where.items())


def virtually(plan: Plan, transport: Transport = "udp") -> Trace:
    """Play one plan in virtual time."""
    where = addresses(places(plan))
    hosts = build(plan, SEED, where, transport=transport)
    return play_virtually(hosts, Header(seed=SEED, cast=cast_of(where)))


def live(plans: Sequence[Plan], transport: Transport = "udp", host: str = "127.0.0.1") -> list[Trace]:
    """Play plans on sockets, all at the same time in one loop; one trace for each."""
    names = [f"{number}/{name}" for number, plan in enumerate(plans) for name in places(plan)]
    sockets = open_sockets(names, host, transport)
    casts = [
        {name: sockets.addresses[f"{number}/{name}"] for name in places(plan)}
        for number, plan in enumerate(plans)
    ]
    hosts = {
        f"{number}/{name}": party
        for number, (plan, where) in enumerate(zip(plans, casts, strict=True))
        for name, party in build(plan, SEED, where, transport=transport).items()
    }
    whole = play(hosts, sockets, Header(seed=SEED), deadline_ns=100 * SECOND)
    assert whole.header.complete
    return [_part(whole, where) for where in casts]


def _part(whole: Trace, where: Mapping[str, Endpoint]) -> Trace:
    ours = set(where.values())
    entries = [
        entry
        for entry in whole.entries
        if isinstance(entry, MessageEntry) and (entry.source in ours or entry.destination in ours)
    ]
    for number, entry in enumerate(entries, 1):
        entry.n = number
    return Trace(replace(whole.header, cast=cast_of(where)), [*entries])


def _divided(value: object, times: int) -> object:
    if isinstance(value, tuple):
        return tuple(_divided(item, times) for item in value)
    if not is_dataclass(value) or isinstance(value, type):
        return value
    changes: dict[str, Any] = {}
    for field in fields(value):
        old = getattr(value, field.name)
        timed = field.name.endswith("_ns") and isinstance(old, int)
        changes[field.name] = old // times if timed else _divided(old, times)
    return replace(value, **changes)
