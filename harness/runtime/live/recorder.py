"""What a live run writes down: one entry for each message, stamped where it was seen.

A message between two of our own sockets is one entry with both stamps, matched by addresses and
bytes in order of sending. A message to or from a real system is seen at one end only; `vantage`
names the party that saw it. Must not live here: sockets, clocks.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import NamedTuple

from harness.base.endpoint import Endpoint, Transport
from harness.base.limits import LIVE_BYTES_MAX, LIVE_ENTRIES_MAX, LIVE_IN_FLIGHT_MAX, LIVE_NOTES_MAX
from harness.trace.entries import Entry, Header, MessageEntry, NoteEntry, StampSource, Trace
from harness.wire.sip.message import Message

_Key = tuple[Endpoint, Endpoint, bytes]


class Way(NamedTuple):
    """From where to where a message went, and how. `connection` numbers the TCP connections of a run."""

    source: Endpoint
    destination: Endpoint
    transport: Transport
    connection: int | None = None


class Recorder:
    """Collects entries while a run goes on; `finish` puts them in order and counts them."""

    def __init__(self, addresses: Mapping[str, Endpoint]) -> None:
        self._names = {endpoint: name for name, endpoint in addresses.items()}
        self._messages: list[MessageEntry] = []
        self._notes: list[NoteEntry] = []
        self._in_flight: dict[_Key, deque[MessageEntry]] = {}
        self._flying = 0
        self._last_sent: dict[tuple[Endpoint, Endpoint], MessageEntry] = {}
        self._bytes = 0
        self._steps: dict[bytes, int] = {}
        """Messages that a step of the scenario has sent, until they are."""
        self._meant: set[bytes] = set()
        self._unrecorded = 0
        self._full_ns: int | None = None
        self._unnoted = 0

    def mark(self, data: bytes, step: int | None, *, deliberate: bool) -> None:
        """Say of a message that is about to be sent its step, and whether it is wrong on purpose."""
        if step is not None:
            self._steps[data] = step
        if deliberate:
            self._meant.add(data)

    def sent(self, at_ns: int, way: Way, data: bytes) -> None:
        """Record what one of our parties has handed to the network."""
        source, destination, transport, connection = way
        vantage = "" if destination in self._names else self._names.get(source, "")
        entry = MessageEntry(
            0, at_ns, None, source, destination, transport, data, "application", connection, vantage
        )
        entry.step = self._steps.pop(data, None) if self._steps else None
        if not self._keep(entry):
            return
        if vantage:
            self._last_sent[source, destination] = entry
        elif self._flying < LIVE_IN_FLIGHT_MAX:
            self._in_flight.setdefault((source, destination, data), deque()).append(entry)
            self._flying += 1

    def received(self, at_ns: int, way: Way, message: Message, *, kernel: bool) -> None:
        """Record what arrived at one of our sockets; `kernel` tells who stamped it."""
        source, destination, transport, connection = way
        key = (source, destination, message.raw)
        waiting = self._in_flight.get(key)
        if waiting is None:
            vantage = self._names.get(destination, "")
            stamps: StampSource = "kernel" if kernel else "application"
            entry = MessageEntry(
                0, None, at_ns, source, destination, transport, message.raw, stamps, connection, vantage
            )
            entry.parsed = message
            self._keep(entry)
            return
        entry = waiting.popleft()
        self._flying -= 1
        if not waiting:
            del self._in_flight[key]
        assert entry.sent_ns is not None, "only sent entries are in flight"
        # The two clocks are read some 100 ns apart; nothing arrives before it was sent.
        entry.received_ns = max(at_ns, entry.sent_ns)
        entry.parsed = message
        if kernel:
            entry.stamp_source = "kernel"

    def undelivered(self, source: Endpoint, destination: Endpoint) -> None:
        """Take back that the last message to a real system may have arrived: the network said no."""
        entry = self._last_sent.get((source, destination))
        if entry is not None:
            entry.vantage = ""

    def note(self, at_ns: int, party: str, text: str) -> None:
        """Record a remark for the reader."""
        if len(self._notes) < LIVE_NOTES_MAX:
            self._notes.append(NoteEntry(0, at_ns, party, text))
        else:
            self._unnoted += 1

    @property
    def flying(self) -> int:
        """Messages between our own sockets that have not arrived yet."""
        return self._flying

    def finish(self, header: Header, *, ended_ns: int, complete: bool) -> Trace:
        """The trace so far, in order of time, numbered from 1. From the first message that had no room
        the run counts as stopped: what a trace with holes seems to lack may have happened."""
        if self._unrecorded:
            text = f"{self._unrecorded} further messages were not recorded: the trace is full"
            self._notes.append(NoteEntry(0, ended_ns, "", text))
        if self._unnoted:
            self._notes.append(NoteEntry(0, ended_ns, "", f"{self._unnoted} further remarks were dropped"))
        entries: list[Entry] = sorted(_entries(self._messages, self._notes), key=_at_ns)
        for number, entry in enumerate(entries, 1):
            entry.n = number
        if self._full_ns is not None:
            complete = False
            header = replace(header, stopped_ns=min(self._full_ns, header.stopped_ns or self._full_ns))
        meant = tuple(entry.n for entry in self._messages if self._meant and entry.raw in self._meant)
        header = replace(header, mode="live", ended_ns=ended_ns, complete=complete, deliberate=meant)
        return Trace(header, entries)

    def _keep(self, entry: MessageEntry) -> bool:
        self._bytes += len(entry.raw)
        if self._bytes > LIVE_BYTES_MAX or len(self._messages) >= LIVE_ENTRIES_MAX:
            self._unrecorded += 1
            if self._full_ns is None:
                self._full_ns = entry.at_ns
            return False
        self._messages.append(entry)
        return True


def _entries(*kinds: Iterable[Entry]) -> list[Entry]:
    return [entry for kind in kinds for entry in kind]


def _at_ns(entry: Entry) -> int:
    return entry.at_ns
