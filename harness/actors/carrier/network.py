"""What the carrier knows: who listens where, which numbers it lets through, how it behaves."""

from dataclasses import dataclass
from fnmatch import fnmatchcase

from harness.actors import patience
from harness.actors.carrier.profiles import Profile
from harness.actors.fallback import Way
from harness.base.endpoint import Endpoint
from harness.protocol.authorization import Challenger
from harness.protocol.dialog import resolve
from harness.protocol.leg import Leg
from harness.wire.sip.headers import NameAddress
from harness.wire.sip.uri import Uri


@dataclass(frozen=True, slots=True)
class Route:
    """Where a number leads: the URI to call, and the address behind it."""

    uri: str
    destination: Endpoint


@dataclass(frozen=True, slots=True)
class Network:
    """The carrier's routing table and policy; frozen for a run."""

    profile: Profile
    routes: dict[str, Route]
    """Number (user part) -> party."""
    fallback: tuple[Way, ...] = ()
    """The numbers it tries by itself when the target of a REFER fails."""
    allows: tuple[str, ...] = ()
    refuses: int | None = None
    refuses_by_notify: int | None = None
    no_answer_after_ns: int = 0
    talk_ns: int = patience.CALL_NS
    """How long caller and target may talk after a transfer before the carrier ends the call."""
    challenger: Challenger | None = None
    caller: Endpoint | None = None
    """Where the caller from the public network is."""

    def route(self, uri: Uri) -> Route | None:
        """Who has this number, or None."""
        return self.routes.get(uri.tel_number if uri.scheme == "tel" else uri.user or "")

    def is_caller(self, leg: Leg) -> bool:
        """True when the far end of the leg is the caller from the public network."""
        found = resolve(leg.dialog.target)
        return found is not None and found[0] == self.caller

    def allowed(self, uri: Uri) -> bool:
        """True when the policy lets a transfer to this number through."""
        number = uri.tel_number if uri.scheme == "tel" else uri.user or ""
        return not self.allows or any(fnmatchcase(number, pattern) for pattern in self.allows)


def identity(leg: Leg) -> str:
    """The far end of a leg as the carrier shows it to others: display name and URI, without tag."""
    address = NameAddress.parse(leg.dialog.remote)
    return str(NameAddress.of(address.uri, address.display))
