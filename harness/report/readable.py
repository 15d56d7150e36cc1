"""Text of strangers made fit to read: what is invisible or acts on its surroundings becomes a visible sign.

Must not live here: HTML escaping (jinja2 does it for every value), the terminal's escaping (`terminal.py`).
"""

import re

MESSAGE_CHARACTERS_MAX = 8_000
"""Characters printed of one message; a hostile one can have 64 KiB of anything."""

_SUSPECT = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\xa0\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u2028-\u202f\u205f-\u206f\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
"""Control characters, marks that turn the direction of text, signs without width, halves of surrogates."""


_CONTROL = bytes(code for code in (*range(32), 0x7F) if code not in b"\t\n")


def harmless(text: str) -> str:
    """The text with every such character shown: `␛`, `⟨U+202E⟩`. Line feeds and tabs stay."""
    # Nearly every text is plain ASCII, and this is ten times faster than a search.
    if text.isascii() and len(text.encode().translate(None, _CONTROL)) == len(text):
        return text
    return _SUSPECT.sub(_shown, text)


def message_text(raw: bytes) -> str:
    """A message to be read, with plain line feeds; bytes that are no UTF-8 as `⟨xFF⟩`, long ones cut."""
    text = raw[:MESSAGE_CHARACTERS_MAX].decode("utf-8", "backslashreplace").replace("\r\n", "\n")
    return text if len(raw) <= MESSAGE_CHARACTERS_MAX else f"{text}\n({len(raw)} bytes in all)"


def _shown(found: re.Match[str]) -> str:
    code = ord(found[0])
    if code < 32:
        return chr(0x2400 + code)  # Unicode block Control Pictures
    return "␡" if code == 0x7F else f"⟨U+{code:04X}⟩"
