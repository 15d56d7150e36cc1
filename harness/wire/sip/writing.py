"""The bytes of a message from its start line, header fields and body.

Refuses what would break the framing. Must not live here: what a message says (`message.py`). Speed:
every message that our parties send is written here.
"""

from collections.abc import Sequence
from operator import itemgetter

from harness.wire.sip.grammar import KNOWN, is_token

_known_names = frozenset(KNOWN)
_name_of = itemgetter(0)


def head_text(start: str, headers: Sequence[tuple[str, str]], body: bytes) -> str:
    """Start line (with its CRLF), header rows, Content-Length and the empty line; nothing is checked."""
    rows = "\r\n".join([*map(": ".join, headers), ""])
    return f"{start}{rows}Content-Length: {len(body)}\r\n\r\n"


def write(start: str, headers: Sequence[tuple[str, str]], body: bytes) -> bytes:
    """The whole message. Raises ValueError for CR, LF or NUL in the head and for a name that is no token."""
    text = head_text(start, headers, body)
    breaks = len(headers) + 3
    if text.count("\n") != breaks or text.count("\r") != breaks or "\0" in text:
        raise ValueError(
            "CR, LF or NUL inside a start line, header name or header value (RFC 3261 section 7)"
        )
    if not _known_names.issuperset(map(_name_of, headers)):
        for name, _ in headers:
            if not is_token(name):
                raise ValueError(f"{name!r} is not a header name (RFC 3261 section 25.1)")
    try:
        return text.encode("latin-1") + body
    except UnicodeEncodeError:
        return _encode(text) + body


def _encode(text: str) -> bytes:
    """Rows with characters that no byte stands for are UTF-8 as a whole; others latin-1."""
    rows = text.split("\r\n")
    return b"\r\n".join(
        row.encode("latin-1" if max(row, default="") <= "\xff" else "utf-8", "replace") for row in rows
    )
