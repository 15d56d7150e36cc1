"""A record-routing proxy for virtual runs: stateless, between the carrier and one user agent.

It does what RFC 3261 section 16 asks of a stateless proxy and nothing else. It writes two Record-Route
values, one for each of its sides (RFC 5658), so that their order can be got wrong. Must not live here:
faults, assertions.
"""

from harness.base.endpoint import Endpoint
from harness.protocol.dialog import resolve
from harness.protocol.packet import Command, Packet, Transmit
from harness.wire.sip.headers import NameAddress
from harness.wire.sip.message import Message, parse


class Proxy:
    """What a runtime needs of a host; it keeps no state, so it is always idle."""

    def __init__(self, name: str, endpoint: Endpoint, home: Endpoint) -> None:
        """`home` is where the one user agent behind it listens."""
        self.name = name
        self.endpoint = endpoint
        self._home = home
        self._commands: list[Command] = []
        self._routes = [f"<sip:{endpoint};lr;side={side}>" for side in ("in", "out")]

    def start(self, now_ns: int) -> None:
        """Nothing begins here."""

    def wake(self, now_ns: int) -> None:
        """Nothing was asked for."""

    def next_wake(self) -> int | None:
        """Never."""
        return None

    def idle(self) -> bool:
        """Nothing is ever under way."""
        return True

    def waiting_for(self) -> str:
        """Nothing."""
        return ""

    def commands(self) -> list[Command]:
        """What to forward."""
        drained, self._commands = self._commands, []
        return drained

    def receive(self, _now_ns: int, packet: Packet) -> None:
        """Forward one message."""
        message = packet.message or parse(packet.data)
        if message.is_request:
            self._request(message, packet)
        elif len(message.rows("via")) > 1:
            # RFC 3261 section 16.7: take the own Via off and go by the next one.
            via = message.rows("via")[1]
            sent_by = via.partition(";")[0].split()[-1]
            self._send(_without_rows(message, "via", 1), f"sip:{sent_by}")

    def _request(self, message: Message, packet: Packet) -> None:
        text = _without_rows(message, "route", len(self._own(message)))
        routes = message.values("route")[len(self._own(message)) :]
        uri = message.uri
        target = resolve(uri)
        if target is not None and target[0] == self.endpoint:
            uri = uri.replace(str(self.endpoint), str(self._home))
            text = text.replace(f" {message.uri} ", f" {uri} ", 1)
        # A stateless proxy: the same branch for every copy of a request (section 16.11).
        top = f"Via: SIP/2.0/UDP {self.endpoint};branch={message.branch}p{message.method}\r\n"
        if message.method == "CANCEL" or (message.method == "ACK" and not routes):
            top = top.replace(f"p{message.method}", "pINVITE")
        if message.method == "INVITE" and not message.to_tag:
            top += "".join(f"Record-Route: {route}\r\n" for route in self._routes)
        start, _, rest = text.partition("\r\n")
        rest = rest.replace("Max-Forwards: 70", "Max-Forwards: 69", 1)
        next_hop = str(NameAddress.parse(routes[0]).uri) if routes else uri
        self._send(f"{start}\r\n{top}{rest}", next_hop)

    def _own(self, message: Message) -> list[str]:
        """The Route values at the top that name this proxy (section 16.4)."""
        found = []
        for value in message.values("route"):
            if NameAddress.parse(value).uri.host != self.endpoint.host:
                break
            found.append(value)
        return found

    def _send(self, text: str, uri: str) -> None:
        target = resolve(uri)
        if target is not None:
            self._commands.append(Transmit(target[0], "udp", text.encode("latin-1")))


def _without_rows(message: Message, name: str, count: int) -> str:
    """The text without the first rows of that name (one value in each row, as our players write them)."""
    lines = message.raw.decode("latin-1").split("\r\n")
    kept = []
    for line in lines:
        if count and line.lower().startswith(f"{name}:"):
            count -= 1
            continue
        kept.append(line)
    return "\r\n".join(kept)
