"""Text of strangers made fit to read, for each place where it is read: what acts becomes a visible sign.

Must not live here: HTML escaping (jinja2 does it for every value), what XML allows (`junit.py`).
"""

import re

MESSAGE_CHARACTERS_MAX = 8_000
"""Characters printed of one message; a hostile one can have 64 KiB of anything."""

_SUSPECT = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\xa0\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u2028-\u202f\u205f-\u206f\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
"""Control characters, marks that turn the direction of text, signs without width, halves of surrogates."""


_UNPRINTABLE = "\N{REPLACEMENT CHARACTER}"
_MARKDOWN = re.compile(r"[^\w\s]|_", re.ASCII)
_COMMAND = re.compile(r"##(?=\[)|^\s*:(?=:)")
_CONTROL = bytes(code for code in (*range(32), 0x7F) if code not in b"\t\n")


def on_page(text: str) -> str:
    """For HTML: the text with every such character shown: `␛`, `⟨U+202E⟩`. Line feeds and tabs stay."""
    # Nearly every text is plain ASCII, and this is ten times faster than a search.
    if text.isascii() and len(text.encode().translate(None, _CONTROL)) == len(text):
        return text
    return _SUSPECT.sub(_shown, text)


def on_terminal(line: str) -> str:
    """For a terminal, one line: an escape sequence of a peer must not reach it, nor a command a CI server."""
    return not_obeyed("".join(sign if sign.isprintable() else _UNPRINTABLE for sign in line))


def lines_on_terminal(text: str) -> str:
    """The same for a text of several lines."""
    return "\n".join(map(on_terminal, text.splitlines()))


def not_obeyed(line: str) -> str:
    """For the log of a job, one line: GitHub's runner obeys `##[command]` anywhere in it and `::command` at
    its start (docs.github.com, "Workflow commands for GitHub Actions")."""
    if "##[" not in line and "::" not in line:
        return line
    return _COMMAND.sub(lambda found: f"{found[0]} ", line)


def in_command(text: str) -> str:
    """For the message of such a command of our own, in which line ends are escaped."""
    shown = "".join(sign if sign.isprintable() or sign in "\r\n" else _UNPRINTABLE for sign in text)
    return not_obeyed(shown).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def in_markdown(text: str) -> str:
    """For a summary in Markdown, which leaves it alone: punctuation as entities, one line."""
    shown = "".join(sign if sign.isprintable() else " " for sign in text)
    return _MARKDOWN.sub(lambda found: f"&#{ord(found[0])};", shown)


def message_text(raw: bytes) -> str:
    """A message to be read, with plain line feeds; bytes that are no UTF-8 as `⟨xFF⟩`, long ones cut."""
    text = raw[:MESSAGE_CHARACTERS_MAX].decode("utf-8", "backslashreplace").replace("\r\n", "\n")
    return text if len(raw) <= MESSAGE_CHARACTERS_MAX else f"{text}\n({len(raw)} bytes in all)"


def _shown(found: re.Match[str]) -> str:
    code = ord(found[0])
    if code < 32:
        return chr(0x2400 + code)  # Unicode block Control Pictures
    return "␡" if code == 0x7F else f"⟨U+{code:04X}⟩"
