"""A network address and the transports SIP runs over. Must not live here: sockets."""

from typing import Literal, NamedTuple

Transport = Literal["udp", "tcp", "tls", "ws", "wss"]

RELIABLE: frozenset[str] = frozenset(("tcp", "tls", "ws", "wss"))
"""Transports on which RFC 3261 section 17 does not retransmit."""


class Endpoint(NamedTuple):
    """An address as the wire shows it. IPv6 hosts are written without brackets."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"
