"""Who is who: names and roles of endpoints, from the cast of the trace where there is one.

Must not live here: roles that messages show (referrer, referee); those are in `attempt.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from harness.base.endpoint import Endpoint
from harness.scenario.plan import Plan
from harness.trace.entries import Cast, Trace
from harness.wire.sip.uri import Uri


@dataclass(frozen=True, slots=True)
class Who:
    """One side as results name it: the name of the cast, else the address as text."""

    name: str
    endpoint: Endpoint


@dataclass(frozen=True)
class Parties:
    """The people and systems of one trace. With an empty cast every name is an address."""

    trace: Trace
    plan: Plan | None = None

    @cached_property
    def _by_endpoint(self) -> Mapping[Endpoint, Cast]:
        return {member.endpoint: member for member in self.trace.header.cast}

    @cached_property
    def _by_host(self) -> Mapping[str, Cast]:
        """Hosts that belong to exactly one member; a TCP client's port is not its listening port."""
        hosts = [member.endpoint.host for member in self.trace.header.cast]
        return {
            member.endpoint.host: member
            for member in self.trace.header.cast
            if hosts.count(member.endpoint.host) == 1
        }

    @cached_property
    def _by_number(self) -> Mapping[str, str]:
        """Names of the plan's parties by number, as it is written and as a URI tells it."""
        found: dict[str, str] = {}
        for party in () if self.plan is None else self.plan.parties:
            for number in (party.number, number_of(Uri.of(party.number, "x.invalid"))):
                if number:
                    found.setdefault(number, party.name)
        return found

    def member(self, endpoint: Endpoint) -> Cast | None:
        """The member of the cast that speaks from there, or None."""
        return self._by_endpoint.get(endpoint) or self._by_host.get(endpoint.host)

    def name(self, endpoint: Endpoint) -> str:
        """The party's name, else the address."""
        member = self.member(endpoint)
        return str(endpoint) if member is None else member.name

    def role(self, endpoint: Endpoint) -> str:
        """caller, agent, human, voicemail, queue, carrier; empty where the cast does not say."""
        member = self.member(endpoint)
        return "" if member is None else member.role

    def who(self, endpoint: Endpoint) -> Who:
        """Name and address."""
        return Who(self.name(endpoint), endpoint)

    def named(self, name: str) -> Endpoint | None:
        """Where the party of that name listened, or None."""
        return next((member.endpoint for member in self.trace.header.cast if member.name == name), None)

    def first_of_role(self, role: str) -> Cast | None:
        """The first member that plays the role, or None."""
        return next((member for member in self.trace.header.cast if member.role == role), None)

    def asked(self, uri: Uri) -> str | None:
        """The party whose number a URI names, from the plan; None when it cannot be told."""
        return self._by_number.get(number_of(uri))

    @property
    def closed(self) -> bool:
        """True when every party was ours, so that what is not in the trace did not happen."""
        return self.trace.header.closed

    @property
    def settled(self) -> bool:
        """True when, besides, the run ended by itself, so that nothing was still to come."""
        return self.trace.header.settled


def number_of(uri: Uri) -> str:
    """The number, else the user part, that routes a URI, without visual separators; may be empty."""
    return uri.tel_number or uri.user or ""
