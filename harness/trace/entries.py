"""What a trace is made of: message, note and fault entries under one header.

A virtual run, a run on sockets and a capture all become this. Entries are values; what they mean
(dialogs, transfers) is rebuilt in `trace/calls.py` from the messages alone. Must not live here:
anything a player knew but did not put on the wire.
"""

from dataclasses import dataclass, field
from typing import Literal

from harness.base.endpoint import Endpoint, Transport
from harness.wire.sip.message import Message, parse

StampSource = Literal["virtual", "kernel", "application", "capture"]


@dataclass(slots=True, eq=False)
class MessageEntry:
    """One SIP message that was on the wire once. A retransmission is an entry of its own.

    `n` counts the entries of a trace from 1. `sent_ns` is null where the sender was not seen,
    `received_ns` where the message was dropped or the receiver was not seen; at least one is set.
    Both are nanoseconds since 1970 (UTC). `frames` are packet numbers of a capture, else empty.
    """

    n: int
    sent_ns: int | None
    received_ns: int | None
    source: Endpoint
    destination: Endpoint
    transport: Transport
    raw: bytes
    stamp_source: StampSource = "virtual"
    connection: int | None = None
    vantage: str = ""
    frames: tuple[int, ...] = ()
    step: int | None = None
    """Step of the scenario that had it sent; null for what a party sent by itself, and for copies."""
    parsed: Message | None = field(default=None, repr=False)
    """The message where it was parsed already; readers use `message`."""
    message: Message = field(init=False, repr=False)
    """The parsed message; parsed on first use, a plain attribute from then on. Reading it never raises."""

    def __getattr__(self, name: str) -> Message:
        # Called for what is not set: the rules read `message` a thousand times a run, and only once here.
        if name != "message":
            raise AttributeError(name)
        self.message = message = parse(self.raw) if self.parsed is None else self.parsed
        return message

    def __reduce__(self) -> "tuple[type[MessageEntry], tuple[object, ...]]":
        # Between processes the bytes alone travel: reading them again is cheaper than sending what was read.
        return MessageEntry, (
            self.n, self.sent_ns, self.received_ns, self.source, self.destination, self.transport,
            self.raw, self.stamp_source, self.connection, self.vantage, self.frames,
            self.step,
        )  # fmt: skip

    @property
    def at_ns(self) -> int:
        """When it happened for ordering: sender's transmission, else receiver's arrival."""
        if self.sent_ns is not None:
            return self.sent_ns
        assert self.received_ns is not None, "a message entry has at least one stamp"
        return self.received_ns

    @property
    def arrived(self) -> bool:
        """False when it is known that the message never reached its destination."""
        if self.received_ns is not None or self.stamp_source == "capture":
            return True
        # A live run sees only its own end of what it sends to a real system: `vantage` names that end.
        return bool(self.vantage)


@dataclass(slots=True, eq=False)
class NoteEntry:
    """Something a party said about itself, for the reader only; never evidence for the judge."""

    n: int
    at_ns: int
    party: str
    text: str


MISSED = "missed"
"""Kind of the entry, at the end of a run, of a fault that did not happen. Its text: `name: why not`."""


@dataclass(slots=True, eq=False)
class FaultEntry:
    """A fault that the harness itself put on the wire (drop, duplicate, delay, garbage), or one of the
    recording: `cut` (message `entry` is longer than what was captured), `damaged` (the file ends early)."""

    n: int
    at_ns: int
    kind: str
    text: str
    entry: int | None = None


TraceMode = Literal["virtual", "live", "capture"]
"""Where a trace comes from."""

Entry = MessageEntry | NoteEntry | FaultEntry


@dataclass(frozen=True, slots=True)
class Cast:
    """One party of a run: its name and role in the scenario and where it listened."""

    name: str
    role: str
    endpoint: Endpoint
    under_test: bool = False


@dataclass(frozen=True, slots=True)
class Header:
    """The first line of a trace file. `cast` is empty for a capture of unknown parties."""

    format: int = 1
    tool: str = ""
    scenario: str = ""
    mode: TraceMode = "virtual"
    seed: int = 0
    started_ns: int = 0
    ended_ns: int = 0
    cast: tuple[Cast, ...] = ()
    clock: str = ""
    """For live runs: 'monotonic offset N' (realtime minus monotonic, ns); else empty."""
    complete: bool = True
    """False when the run was interrupted and the trace ends early."""
    deliberate: tuple[int, ...] = ()
    """Entry numbers of raw messages the scenario sent malformed on purpose."""
    stopped_ns: int | None = None
    """When our side began to wind the run down (interrupted, its time was up, the trace was full).

    What came after is our own clearing away, and evidence of nothing. Null when the run ended by itself.
    """

    @property
    def closed(self) -> bool:
        """True when every party was ours and the run was not cut off: what is not there did not happen."""
        ours = bool(self.cast) and not any(member.under_test for member in self.cast)
        return ours and self.complete and self.mode != "capture"

    @property
    def settled(self) -> bool:
        """True when, besides, the run ended by itself: what was still due would have happened."""
        return self.closed and self.stopped_ns is None


@dataclass(slots=True, eq=False)
class Trace:
    """What was on the wire, in the order it happened. Treated as frozen once a run has ended."""

    header: Header
    entries: list[Entry]

    def messages(self) -> list[MessageEntry]:
        """The message entries, in order."""
        return [entry for entry in self.entries if isinstance(entry, MessageEntry)]

    def observed(self) -> "Trace":
        """The part of the trace that is evidence: what was on the wire before our side began to stop."""
        stopped_ns = self.header.stopped_ns
        if stopped_ns is None:
            return self
        return Trace(self.header, [entry for entry in self.entries if entry.at_ns <= stopped_ns])

    def name_of(self, endpoint: Endpoint) -> str:
        """The party that listened there, else the address as text."""
        for member in self.header.cast:
            if member.endpoint == endpoint:
                return member.name
        return str(endpoint)
