"""Tells SIP from everything else by content alone, on any port."""

import re

_FIRST_LINE_MAX = 8192
"""Bytes looked at for the end of the Request-URI."""

_START = re.compile(rb"SIP/2\.0 \d|[A-Za-z0-9.!%*_+`'~-]{1,32} [^\r\n]{1,8192}? SIP/\d", re.IGNORECASE)

_BEGUN = re.compile(rb"[A-Za-z][^\r\n\0]*")


def looks_like_sip(data: bytes) -> bool:
    """True when `data` begins with a request line or status line of SIP (RFC 3261 section 7)."""
    return _START.match(data, 0, _FIRST_LINE_MAX) is not None


def may_become_sip(data: bytes) -> bool:
    """True for the first part of a line that could still turn out to be a start line."""
    return 0 < len(data) < _FIRST_LINE_MAX and _BEGUN.fullmatch(data) is not None
