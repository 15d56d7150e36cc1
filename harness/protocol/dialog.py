"""What makes messages belong to one dialog (RFC 3261 section 12), and the requests sent in it.

Values and text only: no state machine (`leg.py`), no sending.
"""

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import ip_address

from harness.base.endpoint import Endpoint, Transport
from harness.wire.sip.headers import NameAddress
from harness.wire.sip.message import Message, compose_request
from harness.wire.sip.uri import Uri

Headers = Sequence[tuple[str, str]]

TARGET_REFRESH = frozenset(("INVITE", "UPDATE", "SUBSCRIBE", "NOTIFY", "REFER"))
"""Requests that renew the remote target (RFC 6665 section 3.1, RFC 5057 section 5.4)."""


class Dialog:
    """Call-ID, tags, addresses, route set and CSeq numbers of one dialog, as seen from our side.

    `local` and `remote` are whole From/To values, tag included once it is known.
    """

    __slots__ = (
        "call_id", "local", "local_number", "local_tag", "remote", "remote_number", "remote_tag", "routes",
        "target",
    )  # fmt: skip

    def __init__(self, call_id: str, local_tag: str, local: str, remote: str, target: str) -> None:
        self.call_id = call_id
        self.local_tag = local_tag
        self.local = local
        self.remote = remote
        self.remote_tag = ""
        self.target = target
        """Remote target: the Request-URI of the next request."""
        self.routes: list[str] = []
        self.local_number = 0
        """CSeq number of our last request (ACK and CANCEL aside)."""
        self.remote_number = -1
        """CSeq number of the peer's last request; -1 before any."""

    @classmethod
    def of_request(cls, request: Message, local_tag: str) -> "Dialog":
        """The dialog that a request from a peer may create (RFC 3261 section 12.1.1)."""
        remote = request.first("from") or ""
        dialog = cls(
            request.call_id, local_tag, f"{request.first('to')};tag={local_tag}", remote, request.contact_uri
        )
        dialog.remote_tag = request.from_tag
        dialog.remote_number = request.cseq_number
        dialog.routes = request.values("record-route")
        return dialog

    def learn(self, response: Message) -> None:
        """Take tag, target and route set from a response to our request (RFC 3261 section 12.1.2)."""
        if response.to_tag:
            self.remote_tag = response.to_tag
            self.remote = response.first("to") or self.remote
        self.refresh(response)
        # RFC 3261 section 13.2.2.4: a 2xx sets the route set anew, also to nothing.
        self.routes = response.values("record-route")[::-1]

    def branch_off(self, response: Message) -> "Dialog":
        """The dialog of another fork that answered the same INVITE (RFC 3261 section 13.2.2.4)."""
        other = Dialog(self.call_id, self.local_tag, self.local, self.remote, self.target)
        other.local_number = self.local_number
        other.learn(response)
        return other

    def refresh(self, message: Message) -> None:
        """Take the remote target from a message with a Contact."""
        target = message.contact_uri
        if target:
            self.target = target

    def next_number(self) -> int:
        """The CSeq number of our next request: one more than the last (RFC 3261 section 12.2.1.1)."""
        self.local_number += 1
        return self.local_number

    def request(
        self, method: str, number: int, via: str, extra: Headers, body: bytes = b"", *, uri: str | None = None
    ) -> Message:
        """A request in this dialog; `extra` follows the mandatory header fields."""
        request_uri = uri or self.target
        headers = [("Via", via), ("Max-Forwards", "70")]
        if self.routes:
            request_uri, routes = self._route(request_uri)
            headers += [("Route", route) for route in routes]
        headers += [
            ("From", self.local),
            ("To", self.remote),
            ("Call-ID", self.call_id),
            ("CSeq", f"{number} {method}"),
            *extra,
        ]
        return compose_request(method, request_uri, headers, body)

    def next_hop(self, uri: str | None = None) -> str:
        """URI of the element that gets the next request: first route, else the remote target."""
        # A strict router is both: it moved into the Request-URI, and gets the request (section 12.2.1.1).
        return str(NameAddress.parse(self.routes[0]).uri) if self.routes else uri or self.target

    def _route(self, uri: str) -> tuple[str, list[str]]:
        """Request-URI and Route values; a first route without `lr` is a strict router (section 12.2.1.1)."""
        if _is_loose(self.routes[0]):
            return uri, self.routes
        return str(NameAddress.parse(self.routes[0]).uri), [*self.routes[1:], f"<{uri}>"]


@lru_cache(maxsize=1024)
def resolve(uri: str) -> tuple[Endpoint, Transport | None] | None:
    """Address and transport that a SIP URI names, or None when its host is not an IP address.

    Names are not looked up here: a runtime that may ask the network hands in addresses.
    """
    parsed = Uri.parse(uri)
    host = parsed.parameter("maddr") or parsed.host
    try:
        ip_address(host)
    except ValueError:
        return None
    named = (parsed.parameter("transport") or "").lower()
    transport: Transport | None = "tcp" if named == "tcp" else "udp" if named == "udp" else None
    return Endpoint(host, parsed.port or 5060), transport


def _is_loose(route: str) -> bool:
    return any(name.lower() == "lr" for name, _ in NameAddress.parse(route).uri.parameters)
