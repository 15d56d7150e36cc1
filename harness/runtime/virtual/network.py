"""The links of virtual time: how long a message travels, and which ones get lost or come twice."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from harness.base.entropy import Stream
from harness.base.instant import MS


@dataclass(frozen=True, slots=True)
class Link:
    """One for all pairs of hosts. `loss_permille` of the messages vanish, drawn from the run's seed."""

    delay_ns: int = 5 * MS
    loss_permille: int = 0


@dataclass(frozen=True, slots=True)
class Fault:
    """A planned fault of the `number`-th transmission of the run (from 1)."""

    kind: Literal["drop", "duplicate", "delay"]
    number: int
    by_ns: int = 0
    """For delay: how much later; for duplicate: how long after the first copy."""


class Network:
    """Decides for each transmission when its copies arrive; none: it is lost."""

    def __init__(self, link: Link, faults: Sequence[Fault], stream: Stream) -> None:
        self._link = link
        self._faults = {fault.number: fault for fault in faults}
        self._stream = stream

    def arrivals(self, number: int, now_ns: int) -> tuple[tuple[int, ...], str]:
        """Arrival times of the transmission, and the fault that was applied ("" for none)."""
        link = self._link
        at_ns = now_ns + link.delay_ns
        fault = self._faults.get(number)
        if fault is not None:
            if fault.kind == "drop":
                return (), "drop"
            if fault.kind == "duplicate":
                return (at_ns, at_ns + fault.by_ns), "duplicate"
            return (at_ns + fault.by_ns,), "delay"
        if link.loss_permille and self._stream.one_in(link.loss_permille, 1000):
            return (), "drop"
        return (at_ns,), ""
