"""From a plan to hosts: who plays whom, under which address, with which orders.

Must not live here: what they do (`people.py`, `agent.py`, `carrier/`), and how they are driven.
"""

from __future__ import annotations

from collections.abc import Mapping

from harness.actors import agent, patience, people
from harness.actors.acting import Place, acting, noticing, taking
from harness.actors.carrier.call import carrying, expecting
from harness.actors.carrier.network import Network, Route
from harness.actors.carrier.profiles import profile_of
from harness.actors.fallback import Way
from harness.actors.stage import Stage
from harness.base.endpoint import Endpoint, Transport
from harness.base.entropy import Stream
from harness.base.errors import UsageError
from harness.protocol.authorization import Account, Challenger
from harness.protocol.dialog import resolve
from harness.protocol.host import Host, OnCall, OnStart
from harness.protocol.stack import Identity
from harness.scenario.plan import Party, Plan
from harness.wire.sip.uri import Uri

CARRIER = "carrier"
ACCOUNT = Account("lab", "lab-secret")
"""Answers the challenges of our own carrier when a party has no credentials of its own."""


def places(plan: Plan) -> tuple[str, ...]:
    """The names that need an address: every party, and the carrier."""
    return (*(party.name for party in plan.parties), CARRIER)


def build(
    plan: Plan,
    seed: int,
    addresses: Mapping[str, Endpoint],
    *,
    transport: Transport = "udp",
    under_test: Mapping[str, str] | None = None,
) -> dict[str, Host]:
    """The hosts of a plan, by name. A role or name in `under_test` is a real system at that SIP URI.

    `addresses` has an endpoint for each of `places(plan)`. Raises UsageError for a URI that names no
    IP address.
    """
    return _Casting(plan, seed, addresses, transport, dict(under_test or {})).hosts()


class _Casting:
    def __init__(
        self,
        plan: Plan,
        seed: int,
        addresses: Mapping[str, Endpoint],
        transport: Transport,
        real: dict[str, str],
    ) -> None:
        self.plan = plan
        self.seed = seed
        self.addresses = addresses
        self.transport: Transport = transport
        self.real = real
        self.caller = next(party for party in plan.parties if party.role == "caller")
        self.agent = next(party for party in plan.parties if party.role == "agent")
        self.patience_ns = patience.extra_ns(plan)
        self.stage: Stage | None = None

    def hosts(self) -> dict[str, Host]:
        """Everybody we play, in the order of the plan, the carrier last."""
        ours = [party for party in self.plan.parties if self._played(party)]
        if self.plan.steps:
            carrier = [] if CARRIER in self.real else [CARRIER]
            self.stage = Stage(self.plan.steps, [*(party.name for party in ours), *carrier])
        played = {party.name: self._party(party) for party in ours}
        if CARRIER not in self.real:
            played[CARRIER] = self._carrier()
        if self.stage is not None:
            for host in played.values():
                self.stage.join(host)
        return played

    def _played(self, party: Party) -> bool:
        if self._real_uri(party) is not None:
            return False
        # A real carrier that the agent calls brings its own caller along.
        outbound = self.plan.direction == "outbound"
        behind_carrier = CARRIER in self.real and outbound and not self.plan.steps
        return not (behind_carrier and party is self.caller)

    def _real_uri(self, party: Party) -> str | None:
        return self.real.get(party.name) or self.real.get(party.role)

    def _party(self, party: Party) -> Host:
        outbound = self.plan.direction == "outbound"
        behaviour = party.behaviour
        on_start: OnStart | None = None
        on_call: OnCall | None = None
        if self.stage is not None:
            on_start, on_call = self._scripts(self.stage, party)
        elif party is self.agent:
            orders = self._orders()
            if outbound:
                on_start = agent.placing(orders, *self._called(self.caller), self._shown(party))
                on_call = agent.returned(orders)
            else:
                on_call = agent.taking(orders)
        elif party is self.caller and not outbound:
            on_start = people.placing(*self._called(self.agent), behaviour, self._shown(party))
        else:
            redirect = self._target_uri(behaviour.redirects_to) if behaviour.redirects_to else ""
            forwards = self._ways("target") if party.name == self.plan.target else ()
            on_call = people.taking(behaviour, redirect, forwards)
        identity = Identity(
            name=party.name,
            endpoint=self.addresses[party.name],
            user="anonymous" if party.privacy else party.number,  # it stands in Contact
            display=party.display,
            transport=self.transport,
            account=_account(party),
            patience_ns=self.patience_ns,
        )
        stream = self._stream(party.name)
        return Host(identity, stream, on_start=on_start, on_call=on_call, deaf=behaviour.unreachable)

    def _scripts(self, stage: Stage, party: Party) -> tuple[OnStart | None, OnCall]:
        """What a party does in the long form: its steps; without any, what it does when it is called."""
        behaviour = party.behaviour
        redirect = self._target_uri(behaviour.redirects_to) if behaviour.redirects_to else ""
        if not stage.part_of(party.name):
            return None, noticing(stage, party.name, people.taking(behaviour, redirect))
        places = self._places()
        return acting(stage, party.name, places, self._shown(party)), taking(
            stage, party.name, behaviour, redirect
        )

    def _places(self) -> dict[str, Place]:
        """Where everybody is found."""
        found = {}
        for party in self.plan.parties:
            called, destination = self._called(party)
            route = self._route(party)
            referred = self._target_uri(party.number)
            found[party.name] = Place(
                party.name, party.number, called, destination, referred, route.uri, route.destination
            )
        uri, carrier = self._called(Party(CARRIER, "human", CARRIER))
        found[CARRIER] = Place(CARRIER, CARRIER, uri, carrier, uri, uri, carrier)
        return found

    def _carrier(self) -> Host:
        plan = self.plan.carrier
        profile = profile_of(plan.profile, plan.quirks)
        accounts = tuple(dict.fromkeys(_account(party) for party in self.plan.parties))
        network = Network(
            profile=profile,
            routes={party.number: self._route(party) for party in self.plan.parties},
            fallback=self._ways("carrier"),
            allows=plan.allows,
            refuses=plan.refuses,
            refuses_by_notify=plan.refuses_by_notify,
            no_answer_after_ns=plan.no_answer_after_ns,
            talk_ns=self._talk_ns(),
            caller=self._route(self.caller).destination,
            challenger=Challenger(plan.challenges, "carrier.invalid", accounts) if plan.challenges else None,
        )
        starter = self.caller if self.plan.direction == "inbound" else self.agent
        on_start: OnStart | None = None if self._played(starter) else expecting
        if self.stage is not None and self.stage.part_of(CARRIER):
            on_start = acting(self.stage, CARRIER, self._places(), people.Shown())
        identity = Identity(
            name=CARRIER,
            endpoint=self.addresses[CARRIER],
            user=CARRIER,
            transport=self.transport,
            takes_refer=True,
            supported="norefersub" if profile.honours_refer_sub else "",
            patience_ns=self.patience_ns,
        )
        return Host(
            identity,
            self._stream(CARRIER),
            on_call=carrying(network),
            on_start=on_start,
            trying_at_once=True,
        )

    def _talk_ns(self) -> int:
        """Our people hang up as their plan says; a real one may stay for ever."""
        real = any(
            self._real_uri(party) is not None for party in self.plan.parties if party is not self.agent
        )
        return patience.TALK_NS if real else patience.CALL_NS + self.patience_ns

    def _orders(self) -> agent.Orders:
        plan = self.plan
        return agent.Orders(
            plan=plan.agent,
            behaviour=self.agent.behaviour,
            target=self._refer_uri(plan.party(plan.target).number),
            fallback=self._ways("agent"),
            headers=plan.context_headers if plan.context_in == "refer" else (),
            referred_by=f"<sip:{self.agent.number}@{self.addresses[self.agent.name]}>",
        )

    def _ways(self, by: str) -> tuple[Way, ...]:
        """The fallbacks of one side, in the order of the plan."""
        uri = self._refer_uri if by == "agent" else self._target_uri
        return tuple(
            Way(fallback, uri(self.plan.party(fallback.to).number))
            for fallback in self.plan.fallback
            if fallback.by == by
        )

    def _refer_uri(self, number: str) -> str:
        """The URI in Refer-To, in the scheme that the agent was told to use (RFC 3966 for tel)."""
        if self.plan.agent.refers_to == "tel":
            return f"tel:{number}"
        uri = self._target_uri(number)
        if self.plan.context_in == "refer-to" and self.plan.context_headers:
            return str(Uri.parse(uri).with_(headers=self.plan.context_headers))
        return uri

    def _shown(self, party: Party) -> people.Shown:
        if not party.privacy:
            return people.Shown()
        return people.hidden(self._uri(party.number, self.addresses[party.name]))

    def _called(self, party: Party) -> tuple[str, Endpoint]:
        """URI and address with which somebody calls this party through the carrier."""
        real = self.real.get(CARRIER)
        if real is None:
            carrier = self.addresses[CARRIER]
            return self._uri(party.number, carrier), carrier
        return real, _address(real, CARRIER)

    def _target_uri(self, number: str) -> str:
        """What a REFER names: the number at our carrier; a real carrier is told where the party listens."""
        if number.startswith(("sip:", "sips:", "tel:")):
            return number
        if CARRIER not in self.real:
            return self._uri(number, self.addresses[CARRIER])
        known = next((party for party in self.plan.parties if party.number == number), None)
        return self._uri(number, self.addresses[CARRIER]) if known is None else self._route(known).uri

    def _route(self, party: Party) -> Route:
        real = self._real_uri(party)
        if real is not None:
            return Route(real, _address(real, party.name))
        endpoint = self.addresses[party.name]
        return Route(self._uri(party.number, endpoint), endpoint)

    def _uri(self, user: str, endpoint: Endpoint) -> str:
        suffix = "" if self.transport == "udp" else f";transport={self.transport}"
        return f"sip:{user}@{endpoint}{suffix}"

    def _stream(self, name: str) -> Stream:
        return Stream(self.seed, "host", name)


def _account(party: Party) -> Account:
    return Account(*party.credentials) if party.credentials is not None else ACCOUNT


def _address(uri: str, name: str) -> Endpoint:
    resolved = resolve(uri)
    if resolved is None:
        raise UsageError(
            f"{uri!r}, the address of {name}, names no IP address",
            do="write it like sip:1234@192.0.2.10:5060; host names are not looked up",
        )
    return resolved[0]
