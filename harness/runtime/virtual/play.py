"""Plays hosts in virtual time: one queue of packets, alarms asked of the hosts, no waiting.

A run ends when every host is idle and nothing is under way. Ties: packets before alarms, packets in
order of transmission, alarms in order of the hosts. Must not live here: faults (`network.py`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from heapq import heappop, heappush

from harness.base.endpoint import Endpoint
from harness.base.entropy import Stream
from harness.base.errors import HarnessError
from harness.base.instant import SECOND, VIRTUAL_EPOCH_NS
from harness.base.limits import RUN_EVENTS_MAX, RUN_VIRTUAL_SECONDS_MAX
from harness.protocol.host import Host
from harness.protocol.packet import Packet, Reached, Transmit
from harness.protocol.stack import NEVER_NS
from harness.runtime.virtual.network import Fault, Link, Network
from harness.trace.entries import MISSED, Entry, FaultEntry, Header, MessageEntry, NoteEntry, Trace
from harness.wire.sip.message import Message, parse

FIRST_HOST = 10
"""Virtual parties live at 192.0.2.10 and up (TEST-NET-1, RFC 5737): nobody can mistake them for real."""


class RunDidNotEnd(HarnessError):
    """A run that passed its bounds: a bug of ours, never of the system under test."""


def addresses(names: Iterable[str]) -> dict[str, Endpoint]:
    """An address for each name, always the same for the same names."""
    return {name: Endpoint(f"192.0.2.{FIRST_HOST + index}", 5060) for index, name in enumerate(names)}


def play(
    hosts: Mapping[str, Host], header: Header, *, link: Link | None = None, faults: Sequence[Fault] = ()
) -> Trace:
    """Play until everybody is idle. Deterministic to the byte for the same hosts, header and faults.

    Raises RunDidNotEnd when the run passes the bounds of `base/limits.py`, and when somebody waits for
    what can never come.
    """
    return _Run(hosts, header, link or Link(), faults).play()


class _Run:
    def __init__(
        self, hosts: Mapping[str, Host], header: Header, link: Link, faults: Sequence[Fault]
    ) -> None:
        self.hosts = tuple(hosts.values())
        self.at = {host.endpoint: host for host in self.hosts}
        self.header = header
        self.network = Network(link, faults, Stream(header.seed, "network"))
        self.entries: list[Entry] = []
        self.under_way: list[tuple[int, int, MessageEntry, Message | None]] = []
        """Arrival time, order, entry, and the message as its sender knows it: the receiver need not
        parse it again. The trace keeps the bytes alone, so that the judge reads them for himself."""
        self.held: dict[tuple[Endpoint, Endpoint], list[tuple[MessageEntry, Message | None]]] = {}
        """Messages that are to arrive after the next one on their way."""
        self.deliberate: list[int] = []
        self.now_ns = VIRTUAL_EPOCH_NS
        self.wakes = dict.fromkeys(self.hosts, NEVER_NS)
        """When each host wants to be woken; asked again whenever it has done something."""

    def play(self) -> Trace:
        for host in self.hosts:
            host.start(self.now_ns)
            self._carry_out(host)
        end_ns = VIRTUAL_EPOCH_NS + RUN_VIRTUAL_SECONDS_MAX * SECOND
        for _ in range(RUN_EVENTS_MAX):
            if not self._step(end_ns):
                break
        else:
            raise RunDidNotEnd(f"the run did not end within {RUN_EVENTS_MAX} events", do=self._waiting())
        if not all(host.idle() for host in self.hosts):
            raise RunDidNotEnd("nothing can happen any more, but somebody waits", do=self._waiting())
        for text in self.network.missed():
            self.entries.append(FaultEntry(len(self.entries) + 1, self.now_ns, MISSED, text))
        meant = tuple(self.deliberate)
        header = replace(self.header, started_ns=VIRTUAL_EPOCH_NS, ended_ns=self.now_ns, deliberate=meant)
        return Trace(header, self.entries)

    def _step(self, end_ns: int) -> bool:
        """Deliver one packet or ring one host's alarms; False when the run is over."""
        under_way = self.under_way
        wake_ns = min(self.wakes.values())
        at_ns = wake_ns
        if under_way:
            at_ns = min(wake_ns, under_way[0][0])
        elif wake_ns == NEVER_NS or all(host.idle() for host in self.hosts):
            return False
        if at_ns > end_ns:
            raise RunDidNotEnd(f"the run did not end within {RUN_VIRTUAL_SECONDS_MAX} s", do=self._waiting())
        self.now_ns = at_ns
        if under_way and under_way[0][0] == at_ns:
            _, _, entry, message = heappop(under_way)
            self._deliver(entry, message)
        else:
            waking = next(host for host, its_ns in self.wakes.items() if its_ns == at_ns)
            waking.wake(at_ns)
            self._carry_out(waking)
        return True

    def _deliver(self, entry: MessageEntry, message: Message | None) -> None:
        if not entry.n:
            self._number(entry, deliberate=True)
        host = self.at.get(entry.destination)
        if host is None:
            return  # nobody listens there: the message has vanished, as on a real network
        host.receive(
            self.now_ns, Packet(entry.source, entry.destination, entry.transport, entry.raw, message)
        )
        self._carry_out(host)

    def _carry_out(self, host: Host) -> None:
        self._ask(host)
        for command in host.commands():
            if isinstance(command, Transmit):
                self._transmit(host, command)
            elif isinstance(command, Reached):
                self.network.reached(command.step)
                for other in self.hosts:  # it may be another host's turn now
                    self._ask(other)
            else:
                self.entries.append(NoteEntry(len(self.entries) + 1, self.now_ns, host.name, command.text))

    def _ask(self, host: Host) -> None:
        wake_ns = host.next_wake()
        self.wakes[host] = NEVER_NS if wake_ns is None else wake_ns

    def _transmit(self, host: Host, command: Transmit) -> None:
        destination, transport, data, message, step, deliberate = command
        if message is None:
            message = parse(data)
        way = (host.endpoint, destination)
        arrivals, fault = self.network.arrivals(self.now_ns, message, *way)
        lost = not arrivals or fault == "corrupt"
        entry = MessageEntry(0, self.now_ns, None if lost else arrivals[0], *way, transport, data, step=step)
        self._record(entry, message, deliberate=deliberate)
        for arrival_ns in arrivals[1:]:
            again = MessageEntry(0, self.now_ns, arrival_ns, *way, transport, data)
            self._record(again, message, deliberate=deliberate)
        if fault:
            n = len(self.entries)
            self.entries.append(FaultEntry(n + 1, self.now_ns, fault, f"{fault} planned by the run", n))
        if fault == "corrupt":
            # Nobody sent this one: it stands where it arrives, so that entries are in the order of time.
            arrived = MessageEntry(0, None, arrivals[0], *way, transport, self.network.damaged(data))
            heappush(self.under_way, (arrivals[0], len(self.entries), arrived, None))
        elif fault == "reorder":
            self.held.setdefault(way, []).append((entry, message))
        elif arrivals and self.held:
            self._let_go(way, arrivals[-1])

    def _record(self, entry: MessageEntry, message: Message | None, *, deliberate: bool) -> None:
        """Number an entry, and have it arrive when it says so."""
        self._number(entry, deliberate=deliberate)
        if entry.received_ns is not None:
            heappush(self.under_way, (entry.received_ns, entry.n, entry, message))

    def _number(self, entry: MessageEntry, *, deliberate: bool) -> None:
        entry.n = len(self.entries) + 1
        self.entries.append(entry)
        if deliberate:
            self.deliberate.append(entry.n)

    def _let_go(self, way: tuple[Endpoint, Endpoint], after_ns: int) -> None:
        """What was held back on this way arrives right after the one that has overtaken it."""
        for number, (entry, message) in enumerate(self.held.pop(way, ()), 1):
            entry.received_ns = after_ns + number
            heappush(self.under_way, (entry.received_ns, entry.n, entry, message))

    def _waiting(self) -> str:
        return "; ".join(text for host in self.hosts if (text := host.waiting_for()))
