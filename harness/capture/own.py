"""What our own pcapng files say about themselves, so that reading one gives back the trace.

Each packet carries its entry of the trace file, without the raw bytes, in a custom option; the
section header carries the header and every entry that is no message. Wireshark passes over them.
Must not live here: blocks and packets.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from harness.base.errors import CaptureError
from harness.trace import store
from harness.trace.entries import MessageEntry, Trace

MARK = "siptransfer "
"""How our custom options begin: the enterprise number is one for examples, shared by everybody."""

_TEXT_BYTES_MAX = 60_000
"""An option's length is a 16-bit number, padding and enterprise number included."""


def section_texts(trace: Trace) -> Iterator[str]:
    """Texts for the section header: header, notes and faults, end."""
    yield _text(store.header_row(trace.header))
    for entry in trace.entries:
        if not isinstance(entry, MessageEntry):
            yield _text(store.entry_row(entry))
    yield _text(store.end_row(trace.header))


def packet_text(entry: MessageEntry) -> str:
    """Text for the packet that completes a message."""
    row = store.entry_row(entry)
    del row["raw"]
    return _text(row)


def fits(text: str) -> bool:
    """Whether a text may stand in one option."""
    return len(text) <= _TEXT_BYTES_MAX


def is_own(texts: Iterable[str]) -> bool:
    """Whether a section header says that the file is ours."""
    return any(text.startswith(MARK) for text in texts)


def rebuilt(texts: Iterable[str], messages: Iterable[tuple[str, bytes]], name: str) -> Trace:
    """The trace of a file of ours. `messages` are packet texts with the raw bytes.

    Raises CaptureError when somebody has changed the texts.
    """
    rows = list(_rows(texts, name))
    ends = [row for row in rows if row.get("type") == "end"]
    headers = [row for row in rows if row.get("type") == "header"]
    others = [row for row in rows if row.get("type") not in ("end", "header")]
    entries = [(_number(row), _line(row)) for row in others]
    for text, raw in messages:
        said = {"raw": raw.decode("latin-1")}
        entries += [(_number(row), _line(row | said)) for row in _rows([text], name)]
    entries.sort(key=lambda pair: pair[0])
    lines = [*(_line(row) for row in headers[:1]), *(line for _, line in entries)]
    lines += [_line(row) for row in ends[:1]]
    return store.loads(b"\n".join([*lines, b""]), name=name)


def _text(row: object) -> str:
    return MARK + json.dumps(row, separators=(",", ":"))


def _line(row: object) -> bytes:
    return json.dumps(row).encode("ascii")


def _number(row: dict[str, Any]) -> int:
    n = row.get("n")
    return n if isinstance(n, int) else 0


def _rows(texts: Iterable[str], name: str) -> Iterator[dict[str, Any]]:
    for text in texts:
        if not text.startswith(MARK):
            continue
        try:
            row = json.loads(text[len(MARK) :])
        except (ValueError, RecursionError):
            row = None
        if not isinstance(row, dict):
            raise CaptureError(f"{name}: a packet option of siptransfer is damaged")
        yield row
