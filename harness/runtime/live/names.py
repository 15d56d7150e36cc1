"""Turns a host name into an address, once for each name. Must not live here: SRV and NAPTR lookups
(RFC 3263); a live run talks to the address that was named."""

import ipaddress
import socket
from functools import lru_cache

from harness.base.endpoint import Endpoint


def numeric(destination: Endpoint, ours: Endpoint) -> Endpoint | None:
    """The destination with a numeric host of the family of `ours`, or None when there is none."""
    host = _address(destination.host, ":" in ours.host)
    if host is None or not 0 < destination.port < 65_536:
        return None
    return destination if host == destination.host else Endpoint(host, destination.port)


@lru_cache(maxsize=256)
def _address(host: str, six: bool) -> str | None:
    bare = host.strip("[]")
    try:
        literal = ipaddress.ip_address(bare.partition("%")[0])
    except ValueError:
        pass
    else:
        return bare if (literal.version == 6) == six else None
    family = socket.AF_INET6 if six else socket.AF_INET
    try:
        found = socket.getaddrinfo(host, None, family, socket.SOCK_DGRAM)
    except (OSError, UnicodeError):
        return None
    return str(found[0][4][0]) if found else None
