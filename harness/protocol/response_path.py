"""Where a response goes, and what we write into the top Via on the way (RFC 3261 section 18.2, RFC 3581).

Must not live here: where requests go (`dialog.py`).
"""

from harness.base.endpoint import RELIABLE, Endpoint, Transport
from harness.wire.sip.headers import Via
from harness.wire.sip.message import Message

SIP_PORT = 5060
"""Where a sent-by without port listens (RFC 3261 section 18.2.2)."""


def reply_to(request: Message, source: Endpoint, transport: Transport) -> Endpoint:
    """The address that gets our responses to a request that came from `source`.

    On a stream the connection it came on; else the source port when the sender asked for that by
    `rport`, and the port of sent-by when it did not.
    """
    if transport in RELIABLE:
        return source
    via = request.first("via") or ""
    if ";rport" in via and "," not in via:
        return source
    top = request.via
    if top is None or _asks_rport(top):
        return source
    return Endpoint(source.host, top.port or SIP_PORT)


def vias(request: Message, source: Endpoint) -> list[str]:
    """The Via values of a response: those of the request, the top one told where it came from."""
    rows = request.rows("via")
    if any("," in row for row in rows):
        rows = request.values("via")
    return [_told(rows[0], source), *rows[1:]]


def _told(via: str, source: Endpoint) -> str:
    if ";rport" in via and ";rport=" not in via:  # as our own players write it
        return via.replace(";rport", f";received={source.host};rport={source.port}", 1)
    top = Via.parse(via)
    if top.host == source.host or top.parameter("received"):
        return via
    return f"{via};received={source.host}"  # RFC 3261 section 18.2.1


def _asks_rport(via: Via) -> bool:
    return any(name.lower() == "rport" for name, _ in via.parameters)
