"""Which header of a message a finding is about, so that it can be shown where a reader looks.

A finding names no header, its sentence usually does. Must not live here: HTML.
"""

import re
from collections.abc import Iterable

from harness.wire.sip.message import Message

BODY = "body"

_WORD = re.compile(r"[A-Z][A-Za-z]*(?:-[A-Z][A-Za-z]*)*")
_ABOUT_BODY = re.compile(r"\b(sipfrag|reported|status line|session description|SDP|body)\b")
_SPELT = {"tag": "To", "branch": "Via", "Refer-To URI": "Refer-To", "sequence number": "CSeq"}
_COMPACT = {
    "a": "accept-contact", "b": "referred-by", "c": "content-type", "d": "request-disposition",
    "e": "content-encoding", "f": "from", "i": "call-id", "j": "reject-contact", "k": "supported",
    "l": "content-length", "m": "contact", "o": "event", "r": "refer-to", "s": "subject", "t": "to",
    "u": "allow-events", "v": "via", "x": "session-expires", "y": "identity",
}  # fmt: skip
"""Compact forms of header names (RFC 3261 section 7.3.3 and the registry)."""


def long_name(name: str) -> str:
    """A header name in lower case, compact forms in full."""
    lower = name.lower()
    return _COMPACT.get(lower, lower)


def place_of(message: Message, *sentences: str) -> str:
    """The header that the first telling sentence is about, as the message spells it; `body`; or "".

    Only what stands in the message is a place: a header that is missing has none.
    """
    written = {long_name(name): name for name, _ in reversed(message.headers())}
    for sentence in sentences:
        for word in _words(sentence):
            if word in written:
                return written[word]
    if message.body and any(_ABOUT_BODY.search(sentence) for sentence in sentences):
        return BODY
    return ""


def _words(sentence: str) -> Iterable[str]:
    """Words that could be header names, the most telling first: `Refer-To` before `To`."""
    found = [word.lower() for word in _WORD.findall(sentence)]
    found += [name.lower() for spelt, name in _SPELT.items() if spelt in sentence]
    return sorted(dict.fromkeys(found), key=lambda word: -word.count("-"))
