"""The links of virtual time: how long a message travels, and which ones get lost, changed or come twice."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from harness.base.endpoint import Endpoint
from harness.base.entropy import Stream
from harness.base.instant import MS
from harness.wire.sip.message import Message


@dataclass(frozen=True, slots=True)
class Link:
    """One for all pairs of hosts. `loss_permille` of the messages vanish, drawn from the run's seed."""

    delay_ns: int = 5 * MS
    loss_permille: int = 0


@dataclass(frozen=True, slots=True)
class Fault:
    """A planned fault of the `number`-th transmission that fits (from 1); without more, of the run.

    drop: it vanishes. duplicate: it comes twice. delay: it comes later. reorder: it comes right after
    the next one on the same way. corrupt: one byte arrives damaged. cut: from it on, nothing passes
    between these two any more.
    """

    kind: Literal["drop", "duplicate", "delay", "reorder", "corrupt", "cut"]
    number: int
    by_ns: int = 0
    """For delay: how much later; for duplicate: how long after the first copy."""
    message: str = ""
    """A method, a status code, or both (`200 INVITE`); empty: every message."""
    source: Endpoint | None = None
    destination: Endpoint | None = None
    after_step: int = 0
    """It sleeps until this step of the scenario has happened."""
    name: str = ""
    """What the scenario calls it; a named fault that did not happen is told."""

    def fits(self, message: Message, source: Endpoint, destination: Endpoint) -> bool:
        """True when it counts this transmission."""
        if self.source not in (None, source) or self.destination not in (None, destination):
            return False
        if message.is_request:
            return self.message in ("", message.method)
        code = str(message.status)
        return self.message in ("", code, f"{code} {message.cseq_method}")


class Network:
    """Decides for each transmission when its copies arrive; none: it is lost, or waits for another."""

    def __init__(self, link: Link, faults: Sequence[Fault], stream: Stream) -> None:
        self._link = link
        self._faults = faults
        self._seen = [0] * len(faults)
        self._done: set[int] = set()
        self._stream = stream
        self._step = 0
        self._cut: set[tuple[Endpoint, Endpoint]] = set()

    def reached(self, step: int) -> None:
        """A step of the scenario has happened."""
        self._step = step

    def arrivals(
        self, now_ns: int, message: Message, source: Endpoint, destination: Endpoint
    ) -> tuple[tuple[int, ...], str]:
        """Arrival times of the transmission, and the fault that was applied ("" for none)."""
        link = self._link
        at_ns = now_ns + link.delay_ns
        if self._faults:
            if (source, destination) in self._cut:
                return (), "cut"
            fault = self._fault_of(message, source, destination)
            if fault is not None:
                return self._applied(fault, at_ns, source, destination)
        if link.loss_permille and self._stream.one_in(link.loss_permille, 1000):
            return (), "drop"
        return (at_ns,), ""

    def damaged(self, data: bytes) -> bytes:
        """The bytes with one of them changed; its place is drawn from the run's seed."""
        place = self._stream.below(len(data))
        return data[:place] + bytes((data[place] ^ 0x80,)) + data[place + 1 :]

    def missed(self) -> Iterator[str]:
        """The named faults that did not happen: `faults.0: the message was never sent`."""
        for index, fault in enumerate(self._faults):
            if fault.name and index not in self._done:
                yield f"{fault.name}: {self._why_not(fault, self._seen[index])}"

    def _why_not(self, fault: Fault, seen: int) -> str:
        if seen >= fault.number:
            return "another fault took its message"
        if not seen:
            return f"the message to {fault.kind} was never sent"
        times = "once" if seen == 1 else f"{seen} times"
        return f"the message to {fault.kind} was sent {times}, not {fault.number} times"

    def _fault_of(self, message: Message, source: Endpoint, destination: Endpoint) -> Fault | None:
        found = None
        for index, fault in enumerate(self._faults):
            if fault.after_step <= self._step and fault.fits(message, source, destination):
                self._seen[index] += 1
                if self._seen[index] == fault.number and found is None:
                    found = fault
                    self._done.add(index)
        return found

    def _applied(
        self, fault: Fault, at_ns: int, source: Endpoint, destination: Endpoint
    ) -> tuple[tuple[int, ...], str]:
        if fault.kind == "duplicate":
            return (at_ns, at_ns + fault.by_ns), fault.kind
        if fault.kind == "delay":
            return (at_ns + fault.by_ns,), fault.kind
        if fault.kind == "corrupt":
            return (at_ns,), fault.kind
        if fault.kind == "cut":
            self._cut |= {(source, destination), (destination, source)}
        return (), fault.kind
