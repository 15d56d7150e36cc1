"""The user's own system in a run: its address from a SIP URI, and our address towards it.

Must not live here: the deployment file (`deployment.py`), what the system does (nobody knows).
"""

import ipaddress
import socket
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from harness.base.endpoint import Endpoint
from harness.base.errors import BrokenEnvironment, UsageError
from harness.scenario.plan import Plan
from harness.scenario.steps import Call, Expect
from harness.trace.entries import MessageEntry, Trace
from harness.wire.sip.uri import Uri

LOOPBACK = {False: "127.0.0.1", True: "::1"}
"""Our own address by IPv6 or not, when nobody has to be reached from outside."""

_EXAMPLE = "Write ROLE=URI, for instance carrier=sip:192.0.2.10:5060."


@dataclass(frozen=True, slots=True)
class System:
    """A real system: the role it plays, its URI with a numeric host, and where that is."""

    role: str
    uri: str
    endpoint: Endpoint


def parse_under_test(text: str) -> tuple[str, str]:
    """`ROLE=URI` as two texts. Raises UsageError."""
    role, sign, uri = text.partition("=")
    if not sign or not role.strip() or not uri.strip():
        raise UsageError(f"{text!r} names no system under test", do=_EXAMPLE)
    return role.strip(), uri.strip()


def parse_listen(text: str) -> tuple[str, int]:
    """`NAME=PORT` as a name and a number. Raises UsageError."""
    name, sign, port = text.partition("=")
    if not sign or not name.strip() or not port.strip().isdecimal() or not 0 < int(port) < 65_536:
        raise UsageError(
            f"{text!r} names no port to listen on", do="Write NAME=PORT, for instance carrier=5060."
        )
    return name.strip(), int(port)


def systems_of(plan: Plan, addresses: Mapping[str, str], *, ipv6: bool = False) -> list[System]:
    """The real systems of a plan, in the order of `addresses`.

    Raises UsageError for a role the plan does not have, or a URI that names no host; BrokenEnvironment
    when the host's name has no address.
    """
    roles = {party.role for party in plan.parties} | {party.name for party in plan.parties} | {"carrier"}
    systems = []
    for role, text in addresses.items():
        if role not in roles:
            raise UsageError(
                f"{plan.id}: nobody plays {role!r}", do=f"Roles here: {', '.join(sorted(roles))}."
            )
        uri = _uri_of(text)
        host = _resolved(uri.host, ipv6=ipv6)
        if ipaddress.ip_address(host).is_multicast or ipaddress.ip_address(host).is_unspecified:
            raise UsageError(f"{text!r} names no single system: {host} is everybody or nobody", do=_EXAMPLE)
        # Our players know no names: they call the address, with everything else as it was written.
        dialled = text if host == uri.host else str(uri.with_(host=host))
        systems.append(System(role, dialled, Endpoint(host, uri.port or 5060)))
    return systems


def refuse_unplayable(plan: Plan, real: Collection[str]) -> None:
    """Raise UsageError for what a live run cannot do: disturb the network, act for a real system."""
    if plan.all_faults():
        raise UsageError(
            f"{plan.id}: faults of the network exist in virtual runs only",
            do="Leave out --live, --under-test and the deployment, or the faults.",
        )
    for step in plan.steps:
        if step.who not in real or (isinstance(step, Call) and step.to not in real):
            continue  # that a real system calls one of us shows when its INVITE comes
        what = "expects something at" if isinstance(step, Expect) else "is a step of"
        where = f"{plan.id}: step {step.number} (line {step.line})"
        raise UsageError(
            f"{where} {what} {step.who}, which is the system under test",
            do="It does what it does; wait for its messages with 'expect:' at one of the other parties.",
        )


def _uri_of(text: str) -> Uri:
    """The URI as written; nothing in it is ever replaced by something else. Raises UsageError."""
    uri = Uri.parse(text)
    if uri.scheme not in ("sip", "sips") or not uri.host:
        raise UsageError(f"{text!r} is not the URI of a system under test", do=_EXAMPLE)
    if uri.defects or uri.port == 0:
        why = uri.defects[0].text if uri.defects else "0 is not a port"
        raise UsageError(f"{text!r} is not the URI of a system under test: {why}", do=_EXAMPLE)
    transport = (uri.parameter("transport") or "udp").lower()
    if uri.scheme == "sips" or transport not in ("udp", "tcp"):
        asked = "sips" if uri.scheme == "sips" else f"transport={transport}"
        raise UsageError(
            f"{text!r} asks for {asked}, which cannot be spoken yet", do="Use sip: over udp or tcp."
        )
    return uri


def carrier_outside(systems: list[System]) -> bool:
    """Whether the carrier is a real one beyond this machine: what it is told, it may call for money."""
    return any(
        system.role == "carrier" and not ipaddress.ip_address(system.endpoint.host).is_loopback
        for system in systems
    )


def our_host(systems: list[System], *, ipv6: bool = False) -> str:
    """The address of this machine that the systems can reach: loopback, or that of the route to them."""
    for system in systems:
        address = ipaddress.ip_address(system.endpoint.host)
        if not address.is_loopback:
            return _source_towards(system.endpoint)
        ipv6 = address.version == 6
    return LOOPBACK[ipv6]


def silence(trace: Trace) -> BrokenEnvironment | None:
    """Why nobody can be judged by a trace: a system under test was spoken to and never said a word."""
    if not trace.header.complete:
        return None
    for member in trace.header.cast:
        if member.under_test and _approached(trace, member.endpoint) and not _heard(trace, member.endpoint):
            return BrokenEnvironment(
                f"nothing answered at {member.endpoint}, where {member.name} should be",
                do="Start the system under test; check its address, port and transport.",
            )
    return None


def _approached(trace: Trace, endpoint: Endpoint) -> bool:
    """Somebody sent a message there, or (on a stream) tried to."""
    return any(
        entry.destination == endpoint if isinstance(entry, MessageEntry) else str(endpoint) in entry.text
        for entry in trace.entries
    )


def _heard(trace: Trace, endpoint: Endpoint) -> bool:
    """A message came from there; a stream client speaks from another port of the same host."""
    ours = {member.endpoint for member in trace.header.cast if not member.under_test}
    return any(
        entry.source == endpoint or (entry.source.host == endpoint.host and entry.source not in ours)
        for entry in trace.messages()
    )


def _resolved(host: str, *, ipv6: bool) -> str:
    try:
        return str(ipaddress.ip_address(host.strip("[]")))
    except ValueError:
        family = socket.AF_INET6 if ipv6 else socket.AF_INET
    try:
        return str(socket.getaddrinfo(host, None, family, socket.SOCK_DGRAM)[0][4][0])
    except (OSError, UnicodeError):
        raise BrokenEnvironment(
            f"the host {host} has no address here", do="Name an IP address, or check the name server."
        ) from None


def _source_towards(endpoint: Endpoint) -> str:
    """The kernel's choice of our address; nothing is sent by connecting a datagram socket."""
    family = socket.AF_INET6 if ":" in endpoint.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((endpoint.host, endpoint.port))
        except OSError as error:
            raise BrokenEnvironment(
                f"there is no route to {endpoint}: {error.strerror or error}",
                do="Check the address and the network.",
            ) from None
        return str(probe.getsockname()[0])
