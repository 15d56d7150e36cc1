"""Trace files: numbered JSON Lines, written when a run has ended and read back whole.

Line 1 is the header and begins with the format number; one line for each entry follows; the last
line is `{"type":"end",...}`. A file whose writing was cut off has no last line, or half of one: what
is there is read and the trace says `complete=False`. Raw SIP is kept as Latin-1 text, which loses no
byte. The same trace gives the same bytes on every machine.

Must not live here: packets (`capture/`) and the meaning of messages (`trace/calls.py`).
"""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO, cast, get_args

from harness.base.endpoint import Endpoint, Transport
from harness.base.errors import BrokenEnvironment, CaptureError
from harness.base.limits import CAPTURE_BYTES_MAX, TRACE_LINE_BYTES_MAX
from harness.trace.entries import (
    Cast,
    Entry,
    FaultEntry,
    Header,
    MessageEntry,
    NoteEntry,
    StampSource,
    Trace,
    TraceMode,
)

FORMAT = 1
_NEW_ONE = "Record the run again, or use the siptransfer that wrote the file."


# --- writing ------------------------------------------------------------------------------------


def dumps(trace: Trace) -> bytes:
    """The trace as bytes; equal traces give equal bytes."""
    header = trace.header
    rows = [header_row(header), *(entry_row(entry) for entry in trace.entries)]
    rows.append(end_row(header))
    return b"".join(_line(row) for row in rows)


def write(trace: Trace, path: str | os.PathLike[str]) -> None:
    """Write a whole trace. Raises BrokenEnvironment when the file cannot be written."""
    with _create(Path(path)) as file:
        file.write(dumps(trace))


def _create(path: Path) -> BinaryIO:
    try:
        return path.open("wb")
    except OSError as error:
        reason = error.strerror or str(error)
        raise BrokenEnvironment(
            f"{path}: cannot write the trace: {reason}", do="Choose a folder that exists and is yours."
        ) from None


def _line(row: Mapping[str, object]) -> bytes:
    return json.dumps(row, separators=(",", ":")).encode("ascii") + b"\n"


def header_row(header: Header) -> dict[str, object]:
    """The members of the first line."""
    parties = [
        {
            "name": member.name,
            "role": member.role,
            "endpoint": list(member.endpoint),
            "under_test": member.under_test,
        }
        for member in header.cast
    ]
    return {
        "format": FORMAT,
        "type": "header",
        "tool": header.tool,
        "scenario": header.scenario,
        "mode": header.mode,
        "seed": header.seed,
        "started_ns": header.started_ns,
        "clock": header.clock,
        "cast": parties,
    }


def end_row(header: Header) -> dict[str, object]:
    """The members of the last line."""
    return {
        "type": "end",
        "ended_ns": header.ended_ns,
        "complete": header.complete,
        "stopped_ns": header.stopped_ns,
        "deliberate": list(header.deliberate),
    }


def entry_row(entry: Entry) -> dict[str, object]:
    """One entry as the members of its line."""
    if isinstance(entry, MessageEntry):
        return {
            "n": entry.n,
            "type": "message",
            "sent_ns": entry.sent_ns,
            "received_ns": entry.received_ns,
            "source": list(entry.source),
            "destination": list(entry.destination),
            "transport": entry.transport,
            "stamp_source": entry.stamp_source,
            "connection": entry.connection,
            "vantage": entry.vantage,
            "frames": list(entry.frames),
            **({} if entry.step is None else {"step": entry.step}),
            "raw": entry.raw.decode("latin-1"),
        }
    if isinstance(entry, NoteEntry):
        return {"n": entry.n, "type": "note", "at_ns": entry.at_ns, "party": entry.party, "text": entry.text}
    return {
        "n": entry.n,
        "type": "fault",
        "at_ns": entry.at_ns,
        "kind": entry.kind,
        "text": entry.text,
        "entry": entry.entry,
    }


def _latest(entry: Entry) -> int:
    if isinstance(entry, MessageEntry):
        return max(entry.sent_ns or 0, entry.received_ns or 0)
    return entry.at_ns


# --- reading ------------------------------------------------------------------------------------


class _Damaged(ValueError):
    """A row that is not what the format says; the text is for the user."""


class _Row:
    """One JSON object with typed access; every wrong or missing member raises _Damaged."""

    __slots__ = ("_members",)

    def __init__(self, members: object) -> None:
        if not isinstance(members, dict):
            raise _Damaged("not a JSON object")
        self._members: dict[str, Any] = members

    def whole(self, name: str, low: int = 0) -> int:
        value = self._members.get(name)
        if type(value) is not int or value < low:
            raise _Damaged(f"{name} is not a whole number of at least {low}")
        return value

    def whole_or_none(self, name: str) -> int | None:
        return None if self._members.get(name) is None else self.whole(name)

    def text(self, name: str) -> str:
        value = self._members.get(name)
        if not isinstance(value, str):
            raise _Damaged(f"{name} is not text")
        if not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
            raise _Damaged(f"{name} is not Unicode text")
        return value

    def one_of(self, name: str, choices: tuple[str, ...]) -> str:
        value = self.text(name)
        if value not in choices:
            raise _Damaged(f"{name} is {value!r}; known are {', '.join(choices)}")
        return value

    def flag(self, name: str) -> bool:
        value = self._members.get(name)
        if not isinstance(value, bool):
            raise _Damaged(f"{name} is not true or false")
        return value

    def items(self, name: str) -> list[Any]:
        value = self._members.get(name)
        if not isinstance(value, list):
            raise _Damaged(f"{name} is not a list")
        return value

    def numbers(self, name: str) -> tuple[int, ...]:
        values = self.items(name)
        if any(type(value) is not int or value < 0 for value in values):
            raise _Damaged(f"{name} is not a list of whole numbers")
        return tuple(values)

    def endpoint(self, name: str) -> Endpoint:
        match self.items(name):
            case [str(host), int(port)] if type(port) is int and 0 <= port <= 65535:
                return Endpoint(host, port)
            case _:
                raise _Damaged(f"{name} is not a host and a port")

    def latin(self, name: str) -> bytes:
        try:
            return self.text(name).encode("latin-1")
        except UnicodeEncodeError:
            raise _Damaged(f"{name} holds characters that are not bytes") from None


def read(path: str | os.PathLike[str]) -> Trace:
    """Read a trace file. Raises CaptureError when it is not one, or is damaged before its last line."""
    where = os.fspath(path)
    try:
        if os.path.getsize(where) > CAPTURE_BYTES_MAX:
            raise CaptureError(f"{where}: larger than {CAPTURE_BYTES_MAX} bytes")
        with open(where, "rb") as file:
            data = file.read()
    except OSError as error:
        raise CaptureError(f"{where}: {error.strerror or error}") from None
    return loads(data, name=where)


def loads(data: bytes, *, name: str = "trace") -> Trace:
    """Read a trace from bytes; `name` stands in the text of a CaptureError."""
    lines = _rows(data, name)
    first = next(lines, None)
    if first is None:
        raise CaptureError(f"{name}: empty: not a trace", do=_NEW_ONE)
    header = _header(first[1], name)
    entries: list[Entry] = []
    ended: _Row | None = None
    for number, row in lines:
        if ended is not None:
            raise CaptureError(f"{name}: line {number}: a line after the end", do=_NEW_ONE)
        try:
            if row.text("type") == "end":
                ended, header = row, _closed(header, row)
            else:
                entries.append(_entry(row))
        except _Damaged as damage:
            raise CaptureError(f"{name}: line {number}: {damage}", do=_NEW_ONE) from None
    if ended is None:
        last_ns = max((_latest(entry) for entry in entries), default=header.started_ns)
        header = replace(header, ended_ns=last_ns, complete=False)
    return Trace(header, entries)


def _rows(data: bytes, name: str) -> Iterator[tuple[int, _Row]]:
    """Each line as an object. A last line that was cut off is left out; other damage raises."""
    lines = data.split(b"\n")
    cut_off = lines.pop()  # what follows the last line end: nothing in a whole file
    for number, line in enumerate(lines, 1):
        if len(line) > TRACE_LINE_BYTES_MAX:
            raise CaptureError(f"{name}: line {number}: over {TRACE_LINE_BYTES_MAX} bytes", do=_NEW_ONE)
        try:
            yield number, _Row(json.loads(line))
        except (ValueError, RecursionError):
            raise CaptureError(f"{name}: line {number}: not a line of a trace", do=_NEW_ONE) from None
    try:
        last = _Row(json.loads(cut_off)) if 0 < len(cut_off) <= TRACE_LINE_BYTES_MAX else None
    except (ValueError, RecursionError):
        last = None
    if last is not None:
        yield len(lines) + 1, last
    elif cut_off and not lines:
        raise CaptureError(f"{name}: not a trace: its header is missing or cut off", do=_NEW_ONE)


def _header(row: _Row, name: str) -> Header:
    try:
        number = row.whole("format")
    except _Damaged:
        raise CaptureError(f"{name}: not a trace: the first line has no format number") from None
    if number != FORMAT:
        raise CaptureError(f"{name}: trace format {number}; this siptransfer reads {FORMAT}", do=_NEW_ONE)
    try:
        return Header(
            format=number,
            tool=row.text("tool"),
            scenario=row.text("scenario"),
            mode=cast(TraceMode, row.one_of("mode", get_args(TraceMode))),
            seed=row.whole("seed"),
            started_ns=row.whole("started_ns"),
            clock=row.text("clock"),
            cast=tuple(_party(_Row(item)) for item in row.items("cast")),
        )
    except _Damaged as damage:
        raise CaptureError(f"{name}: line 1: {damage}", do=_NEW_ONE) from None


def _closed(header: Header, row: _Row) -> Header:
    return replace(
        header,
        ended_ns=row.whole("ended_ns"),
        complete=row.flag("complete"),
        stopped_ns=row.whole_or_none("stopped_ns"),  # older files have none
        deliberate=row.numbers("deliberate"),
    )


def _party(row: _Row) -> Cast:
    return Cast(row.text("name"), row.text("role"), row.endpoint("endpoint"), row.flag("under_test"))


def _entry(row: _Row) -> Entry:
    n = row.whole("n", 1)
    kind = row.one_of("type", ("message", "note", "fault"))
    if kind == "note":
        return NoteEntry(n, row.whole("at_ns"), row.text("party"), row.text("text"))
    if kind == "fault":
        entry = row.whole_or_none("entry")
        return FaultEntry(n, row.whole("at_ns"), row.text("kind"), row.text("text"), entry)
    sent_ns, received_ns = row.whole_or_none("sent_ns"), row.whole_or_none("received_ns")
    if sent_ns is None and received_ns is None:
        raise _Damaged("a message without a time")
    return MessageEntry(
        n=n,
        sent_ns=sent_ns,
        received_ns=received_ns,
        source=row.endpoint("source"),
        destination=row.endpoint("destination"),
        transport=cast(Transport, row.one_of("transport", get_args(Transport))),
        raw=row.latin("raw"),
        stamp_source=cast(StampSource, row.one_of("stamp_source", get_args(StampSource))),
        connection=row.whole_or_none("connection"),
        vantage=row.text("vantage"),
        frames=row.numbers("frames"),
        step=row.whole_or_none("step"),
    )
