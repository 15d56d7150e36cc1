"""Names and cuts of the SIP grammar (RFC 3261 section 25) that every parser of this package uses.

Lives here: canonical header names, splitting outside quotes and brackets, parameters, quoting.
Must not live here: what any one header means (`headers.py`, `transfer.py`). Everything is linear
in the length of its text and never raises.
"""

COMPACT: dict[str, str] = {
    "a": "accept-contact",
    "b": "referred-by",
    "c": "content-type",
    "d": "request-disposition",
    "e": "content-encoding",
    "f": "from",
    "i": "call-id",
    "j": "reject-contact",
    "k": "supported",
    "l": "content-length",
    "m": "contact",
    "n": "identity-info",
    "o": "event",
    "r": "refer-to",
    "s": "subject",
    "t": "to",
    "u": "allow-events",
    "v": "via",
    "x": "session-expires",
    "y": "identity",
}
"""Compact form to canonical name: RFC 3261 section 7.3.3 and the IANA registry of SIP header fields."""

# fmt: off
_WRITTEN = (
    "Accept", "Accept-Contact", "Accept-Encoding", "Accept-Language", "Accept-Resource-Priority",
    "Alert-Info", "Allow", "Allow-Events", "Answer-Mode", "Authentication-Info", "Authorization",
    "Call-ID", "Call-Info", "Contact", "Content-Disposition", "Content-Encoding", "Content-ID",
    "Content-Language", "Content-Length", "Content-Type", "CSeq", "Date", "Diversion", "Encryption",
    "Error-Info", "Event", "Expires", "Feature-Caps", "Flow-Timer", "From", "Geolocation", "History-Info",
    "Identity", "Identity-Info", "Info-Package", "In-Reply-To", "Join", "Max-Breadth", "Max-Forwards",
    "MIME-Version", "Min-Expires", "Min-SE", "Organization", "P-Access-Network-Info",
    "P-Asserted-Identity", "P-Called-Party-ID", "P-Charging-Vector", "P-Early-Media",
    "P-Preferred-Identity", "Path", "Permission-Missing", "Policy-Contact", "Priority", "Priv-Answer-Mode",
    "Privacy", "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Require", "RAck", "Reason",
    "Reason-Phrase", "Record-Route", "Recv-Info", "Refer-Events-At", "Refer-Sub", "Refer-To",
    "Referred-By", "Reject-Contact", "Remote-Party-ID", "Replaces", "Reply-To", "Request-Disposition",
    "Require", "Resource-Priority", "Response-Key", "Retry-After", "Route", "RSeq", "Security-Client",
    "Security-Server", "Security-Verify", "Server", "Service-Route", "Session-Expires", "Session-ID",
    "SIP-ETag", "SIP-If-Match", "Subject", "Subscription-State", "Suppress-If-Match", "Supported",
    "Target-Dialog", "Timestamp", "To", "Trigger-Consent", "Unsupported", "User-Agent", "User-to-User",
    "Via", "Warning", "WWW-Authenticate", "X-AI-Context",
)
# fmt: on


def _known_names() -> dict[str, str]:
    known: dict[str, str] = {}
    for written in _WRITTEN:
        lower = written.lower()
        known[written] = known[lower] = known[written.upper()] = known[written.title()] = lower
    for letter, name in COMPACT.items():
        known[letter] = known[letter.upper()] = name
    return known


KNOWN: dict[str, str] = _known_names()
"""Usual spellings to canonical names; a lookup here avoids `lower()` on the hot path."""

SPACE = " \t"
"""Linear white space inside one unfolded line. Not `str.strip()`: that also takes U+0085 and U+00A0."""

_TOKEN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.!%*_+`'~")

Parameters = tuple[tuple[str, str | None], ...]
"""Parameters in written order; the value is null for a parameter without `=`."""


def canonical(name: str) -> str:
    """Lower-case full name of a header: `canonical("R") == canonical("REFER-TO ") == "refer-to"`."""
    known = KNOWN.get(name)
    if known is not None:
        return known
    lower = name.strip(SPACE).lower()
    return COMPACT.get(lower, lower)


def is_token(text: str) -> bool:
    """Whether the text is a `token` of RFC 3261 section 25.1 (not empty)."""
    return bool(text) and _TOKEN.issuperset(text)


def split_outside(text: str, separator: str, limit: int = -1) -> list[str]:
    """Cut at `separator` outside quoted strings and angle brackets; pieces are stripped, none is dropped.

    A quote or bracket that is never closed reaches to the end of the text. At most `limit` pieces
    are returned when it is positive; what is left over is dropped.
    """
    if separator not in text:
        return [text.strip(SPACE)]
    if '"' not in text and "<" not in text:
        pieces = text.split(separator, limit) if limit > 0 else text.split(separator)
        return [piece.strip(SPACE) for piece in pieces[: limit if limit > 0 else None]]
    pieces = []
    begin = 0
    for at in _cuts(text, separator):
        pieces.append(text[begin:at].strip(SPACE))
        begin = at + 1
        if len(pieces) == limit:
            return pieces
    pieces.append(text[begin:].strip(SPACE))
    return pieces


def _cuts(text: str, separator: str) -> list[int]:
    cuts: list[int] = []
    quoted = escaped = bracketed = False
    for at, character in enumerate(text):
        if escaped:
            escaped = False
        elif quoted:
            escaped = character == "\\"
            quoted = character != '"'
        elif character == '"':
            quoted = True
        elif bracketed:
            bracketed = character != ">"
        elif character == "<":
            bracketed = True
        elif character == separator:
            cuts.append(at)
    return cuts


def parameters(text: str) -> Parameters:
    """Cut `a=1;b;c="x"` at semicolons outside quotes; names and values as written, spaces around them gone.

    Tolerates a leading semicolon and empty pieces (RFC 4475 section 3.1.2.1 has `;;`).
    """
    found: list[tuple[str, str | None]] = []
    for piece in split_outside(text, ";"):
        if piece:
            name, equals, value = piece.partition("=")
            found.append((name.strip(SPACE), value.strip(SPACE) if equals else None))
    return tuple(found)


def parameter(pairs: Parameters, name: str) -> str | None:
    """Value of the first parameter of that name, unquoted; "" when it has no value; None when absent."""
    wanted = name.lower()
    for written, value in pairs:
        if written.lower() == wanted:
            return "" if value is None else unquote(value)
    return None


def unquote(text: str) -> str:
    """A quoted string without quotes and escapes; any other text unchanged (RFC 3261 section 25.1)."""
    if len(text) < 2 or text[0] != '"' or text[-1] != '"':
        return text
    inner = text[1:-1]
    if "\\" not in inner:
        return inner
    characters = iter(inner)
    return "".join(next(characters, "") if character == "\\" else character for character in characters)


def quote(text: str) -> str:
    """A quoted string that reads back as `text`; ValueError on CR, LF and NUL, which cannot be quoted."""
    if "\r" in text or "\n" in text or "\0" in text:
        raise ValueError("a quoted string cannot hold CR, LF or NUL (RFC 3261 section 25.1)")
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def unsigned(text: str, digits_max: int = 10) -> int | None:
    """Read 1*DIGIT of at most `digits_max` significant digits; None for anything else."""
    if not text.isdecimal() or not text.isascii():
        return None
    if len(text) > digits_max:
        text = text.lstrip("0") or "0"
        if len(text) > digits_max:
            return None
    return int(text)
