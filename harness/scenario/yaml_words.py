"""How `show` writes YAML: texts that no reader takes for anything else, rows and blocks on one line.

Must not live here: what is written (`show.py`, `show_steps.py`).
"""

import re
from collections.abc import Iterable

Entries = list[tuple[str, str]]
"""Key and finished value, in order."""

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*(?: [A-Za-z0-9_.-]+)*\Z")
_WORDLESS = ("true", "false", "yes", "no", "on", "off", "null", "y", "n")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def text(value: str) -> str:
    """A text as YAML: bare where no reader could take it for anything else, else in double quotes."""
    if _PLAIN.match(value) and value.lower() not in _WORDLESS:
        return value
    value = f"${value}" if re.match(r"\$[A-Za-z_][A-Za-z0-9_-]*\Z", value) else value
    return '"' + "".join(_ESCAPES.get(character, character) for character in value) + '"'


def block(entries: Entries) -> str:
    """`{key: value, ...}`."""
    return "{" + ", ".join(f"{key}: {value}" for key, value in entries) + "}"


def row(values: Iterable[str | int]) -> str:
    """`[value, ...]`."""
    return "[" + ", ".join(str(value) if isinstance(value, int) else text(value) for value in values) + "]"
