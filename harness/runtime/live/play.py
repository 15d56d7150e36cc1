"""Plays hosts on real sockets and returns what was on the wire.

One thread, one selector: due wake-ups, then what the sockets have, then what the hosts want sent. A
host is asked for its next wake-up only after something happened to it, so that a call costs the
same whether ten or two hundred others go on beside it. Must not live here: SIP, how hosts are made.
"""

import gc
import heapq
import selectors
import socket
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from typing import Protocol

from harness.base.endpoint import Endpoint
from harness.base.instant import MS, SECOND, format_duration
from harness.base.limits import DRAIN_DATAGRAMS_MAX
from harness.protocol.packet import Command, Note, Packet, Reached, Transmit
from harness.runtime.live.clock import Clock
from harness.runtime.live.recorder import Recorder, Way
from harness.runtime.live.sockets import Sockets, errno_text, reachable, read_datagram, read_refusals
from harness.runtime.live.streams import Streams
from harness.trace.entries import Header, Trace
from harness.wire.sip.message import Message, parse

QUIET_NS = 20 * MS
"""How long nothing may happen after the last party became idle, when every party is ours."""

QUIET_REAL_NS = 500 * MS
"""The same when a real system takes part: it may still have something to say."""

GRACE_NS = 2 * SECOND
"""What a stopped run gets for its BYEs and CANCELs to be answered."""

_USER = "the user"
_SELECT_NS_MAX = 50 * MS
_WAKES_MAX = 1_000
_SEND_TRIES = 3


class Player(Protocol):
    """What the loop knows of a party: `protocol.host.Host` fits."""

    def start(self, now_ns: int) -> None:
        """The run begins."""

    def receive(self, now_ns: int, packet: Packet) -> None:
        """A whole message arrived."""

    def wake(self, now_ns: int) -> None:
        """The time it asked for has come."""

    def next_wake(self) -> int | None:
        """When it wants to be woken, or None."""

    def commands(self) -> list[Command]:
        """What it wants sent; drained."""

    def idle(self) -> bool:
        """True when it has nothing more to do by itself."""

    def unreachable(self, now_ns: int, destination: Endpoint) -> None:
        """What it sent there did not arrive."""

    def stop(self, now_ns: int) -> None:
        """Release every call; the run is over soon."""


def play(
    hosts: Mapping[str, Player],
    sockets: Sockets,
    header: Header,
    *,
    deadline_ns: int,
    stop: Callable[[], bool] | None = None,
    quiet_ns: int | None = None,
    awaited: bool = False,
) -> Trace:
    """Play until every host is idle and all is quiet; returns the trace.

    `deadline_ns` is the longest duration of the run, in nanoseconds from its start. At the deadline,
    or once `stop()` is true, hosts release their calls within GRACE_NS, and `header.stopped_ns` says
    from when on. Only a stop leaves the trace incomplete: the deadline is the planned end.
    `awaited` says that a real system begins: an idle start is then no end.
    KeyboardInterrupt counts as `stop()` the first time. `sockets` are closed when this returns.
    """
    run = _Run(hosts, sockets, header, quiet_ns)
    try:
        with _calm_collector():
            return run.through(deadline_ns, stop or _never, awaited=awaited)
    finally:
        run.close()


class _Party:
    """A host with what the loop must remember of it."""

    __slots__ = ("datagrams", "endpoint", "host", "idle", "name", "wake_ns")

    def __init__(self, name: str, host: Player, endpoint: Endpoint, datagrams: socket.socket | None) -> None:
        self.name = name
        self.host = host
        self.endpoint = endpoint
        self.datagrams = datagrams
        self.wake_ns: int | None = None
        self.idle = True


class _Run:
    """The loop. Also the receiver that the TCP streams report to."""

    def __init__(
        self, hosts: Mapping[str, Player], sockets: Sockets, header: Header, quiet_ns: int | None
    ) -> None:
        real = any(member.under_test for member in header.cast)
        self._quiet_ns = quiet_ns if quiet_ns is not None else (QUIET_REAL_NS if real else QUIET_NS)
        self._header = header
        self._sockets = sockets
        self._clock = Clock()
        self._recorder = Recorder({name: sockets.addresses[name] for name in hosts})
        self._selector = selectors.DefaultSelector()
        self._streams = Streams(self._selector, self._clock, self._recorder, self, sockets.addresses)
        self._parties = {
            name: _Party(name, host, sockets.addresses[name], sockets.datagrams.get(name))
            for name, host in hosts.items()
        }
        self._wakes: list[tuple[int, int, _Party]] = []
        self._order = count()
        self._busy = 0
        self._failures: deque[tuple[_Party, Endpoint]] = deque()
        self._lost = dict.fromkeys(hosts, 0)
        self._heard = False
        self._quiet_since_ns = 0
        self._reachable: set[Endpoint] = set()
        """Destinations that were looked at once; all hosts of a run have addresses of one family."""

    def through(self, deadline_ns: int, stop: Callable[[], bool], *, awaited: bool) -> Trace:
        started_ns = self._clock.now()
        self._header = replace(self._header, started_ns=started_ns, clock=self._clock.describe())
        self._quiet_since_ns = started_ns
        ended_by = ""
        try:
            self._register()
            for party in self._parties.values():
                party.host.start(started_ns)
                self._after(party)
            ended_by = self._loop(started_ns + deadline_ns, stop, awaited=awaited)
        except KeyboardInterrupt:
            ended_by = _USER
        if ended_by:
            stopped_ns = self._clock.now()
            self._header = replace(self._header, stopped_ns=stopped_ns)
            self._recorder.note(stopped_ns, "", f"the run was ended early by {ended_by}")
            self._wind_down()
        for party in self._parties.values():
            if self._lost[party.name]:
                text = f"the kernel dropped {self._lost[party.name]} datagrams: the receive buffer was full"
                self._recorder.note(self._clock.now(), party.name, text)
        return self._recorder.finish(self._header, ended_ns=self._clock.now(), complete=ended_by != _USER)

    def close(self) -> None:
        """Close every socket."""
        self._streams.close()
        self._selector.close()
        self._sockets.close()

    def deliver(self, party: str, source: Endpoint, message: Message) -> None:
        """One whole message arrived on a stream (`streams.Receiver`)."""
        member = self._parties[party]
        self._hand_over(member, Packet(source, member.endpoint, "tcp", message.raw, message))

    def failed(self, party: str, destination: Endpoint) -> None:
        """A message could not be sent (`streams.Receiver`). The host hears of it after this turn, so that
        it is never called from within its own commands."""
        self._failures.append((self._parties[party], destination))

    def _register(self) -> None:
        for name, listener in self._sockets.listeners.items():
            if name in self._parties:
                self._streams.listen(name, listener)
        for party in self._parties.values():
            if party.datagrams is not None:
                self._selector.register(
                    party.datagrams, selectors.EVENT_READ, self._reader(party, party.datagrams)
                )

    def _reader(self, party: _Party, opened: socket.socket) -> Callable[[int], None]:
        return lambda ready: self._drain(party, opened, ready)

    def _loop(self, ends_ns: int, stop: Callable[[], bool], *, awaited: bool) -> str:
        """Go on until all is quiet: "" then, else who ended it early."""
        while True:
            now_ns = self._turn(ends_ns)
            if self._is_over(now_ns) and (self._heard or not awaited):
                return ""
            if stop():
                return _USER
            if now_ns >= ends_ns:
                return f"its deadline of {format_duration(ends_ns - self._header.started_ns)}"

    def _wind_down(self) -> None:
        """Release every call and give the far ends a moment to answer."""
        now_ns = self._clock.now()
        ends_ns = now_ns + GRACE_NS
        for party in self._parties.values():
            party.host.stop(now_ns)
            self._after(party)
        try:
            while now_ns < ends_ns and (self._busy or self._recorder.flying or self._failures):
                now_ns = self._turn(ends_ns)
        except KeyboardInterrupt:
            return

    def _turn(self, ends_ns: int) -> int:
        """One round of failures, wake-ups and sockets; returns the time after it."""
        while self._failures:
            party, destination = self._failures.popleft()
            self._recorder.undelivered(party.endpoint, destination)
            party.host.unreachable(self._clock.now(), destination)
            self._after(party)
            if self._clock.now() >= ends_ns:
                break
        self._wake()
        for key, ready in self._selector.select(self._pause_s(ends_ns)):
            key.data(ready)
        return self._clock.now()

    def _pause_s(self, ends_ns: int) -> float:
        if self._failures:
            return 0.0
        now_ns = self._clock.now()
        until_ns = min(ends_ns, now_ns + _SELECT_NS_MAX)
        if self._wakes:
            until_ns = min(until_ns, self._wakes[0][0])
        if not self._busy:
            until_ns = min(until_ns, self._quiet_since_ns + self._quiet_ns)
        return max(0, until_ns - now_ns) / SECOND

    def _is_over(self, now_ns: int) -> bool:
        return not self._busy and not self._failures and now_ns - self._quiet_since_ns >= self._quiet_ns

    def _wake(self) -> None:
        now_ns = self._clock.now()
        for _ in range(_WAKES_MAX):
            if not self._wakes or self._wakes[0][0] > now_ns:
                return
            wake_ns, _, party = heapq.heappop(self._wakes)
            if party.wake_ns == wake_ns:
                party.wake_ns = None
                party.host.wake(now_ns)
                self._after(party)

    def _drain(self, party: _Party, opened: socket.socket, ready: int) -> None:
        if ready & ~selectors.EVENT_READ:  # how the selector tells of an error
            self._drain_refusals(party)
        step_ns = self._clock.step_ns()
        for _ in range(DRAIN_DATAGRAMS_MAX):
            try:
                datagram = read_datagram(opened)
            except OSError:
                self._drain_refusals(party)
                continue
            if datagram is None:
                break
            self._lost[party.name] = max(self._lost[party.name], datagram.dropped)
            kernel = datagram.stamp_ns is not None
            at_ns = datagram.stamp_ns - step_ns if datagram.stamp_ns is not None else self._clock.now()
            if not datagram.data.strip(b"\r\n\0 "):
                # A keep-alive (RFC 5626 section 4.4.1) is no SIP message.
                self._recorder.note(
                    at_ns, party.name, f"keep-alive of {len(datagram.data)} bytes from {datagram.source}"
                )
                continue
            message = parse(datagram.data)
            way = Way(datagram.source, party.endpoint, "udp")
            self._recorder.received(at_ns, way, message, kernel=kernel)
            self._hand_over(party, Packet(datagram.source, party.endpoint, "udp", datagram.data, message))

    def _drain_refusals(self, party: _Party) -> None:
        if party.datagrams is None:
            return
        for refusal in read_refusals(party.datagrams):
            self._recorder.note(
                self._clock.now(), party.name, f"UDP to {refusal.destination}: {refusal.reason}"
            )
            self._failures.append((party, refusal.destination))

    def _hand_over(self, party: _Party, packet: Packet) -> None:
        self._heard = True
        party.host.receive(self._clock.now(), packet)
        self._after(party)

    def _after(self, party: _Party) -> None:
        """Do what the host asks for, and learn when it wants to wake up and whether it is idle."""
        was_busy = self._busy
        sent = False
        for command in party.host.commands():
            if isinstance(command, Note):
                self._recorder.note(self._clock.now(), party.name, command.text)
            elif isinstance(command, Reached):
                self._ask_all()
            else:
                self._transmit(party, command)
                sent = True
        self._ask(party)
        idle = party.host.idle()
        if idle != party.idle:
            party.idle = idle
            self._busy += -1 if idle else 1
        if sent or was_busy or self._busy:
            # Only what moves a host keeps the run alive: garbage must not.
            self._quiet_since_ns = self._clock.now()

    def _ask_all(self) -> None:
        """A step has happened: it may be another host's turn now."""
        for party in self._parties.values():
            self._ask(party)

    def _ask(self, party: _Party) -> None:
        wake_ns = party.host.next_wake()
        if wake_ns != party.wake_ns:
            party.wake_ns = wake_ns
            if wake_ns is not None:
                heapq.heappush(self._wakes, (wake_ns, next(self._order), party))

    def _transmit(self, party: _Party, command: Transmit) -> None:
        destination = command.destination
        if destination not in self._reachable:
            if not reachable(destination, party.endpoint):
                self._refuse(party, destination, "it is no address that this run can send to")
                return
            self._reachable.add(destination)
        if command.step is not None or command.deliberate:
            self._recorder.mark(command.data, command.step, deliberate=command.deliberate)
        if command.transport == "udp" and party.datagrams is not None:
            self._send_datagram(party, party.datagrams, destination, command.data)
        elif command.transport == "tcp":
            self._streams.send(party.name, destination, command.data)
        else:
            self._refuse(party, destination, f"this run has no {command.transport} socket")

    def _send_datagram(
        self, party: _Party, opened: socket.socket, destination: Endpoint, data: bytes
    ) -> None:
        at_ns = self._clock.now()
        number: int | None = None
        for _ in range(_SEND_TRIES):
            try:
                opened.sendto(data, destination)
            except OSError as error:
                # It may be the answer to an earlier datagram: Linux tells it on the next call (ip(7)).
                number = error.errno
                self._drain_refusals(party)
            else:
                self._recorder.sent(at_ns, Way(party.endpoint, destination, "udp"), data)
                return
        self._refuse(party, destination, errno_text(number))

    def _refuse(self, party: _Party, destination: Endpoint, why: str) -> None:
        self._recorder.note(self._clock.now(), party.name, f"nothing sent to {destination}: {why}")
        self._failures.append((party, destination))


@contextmanager
def _calm_collector() -> Iterator[None]:
    """Keep the garbage collector from walking the growing trace: nothing in it is ever garbage."""
    thresholds = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(50_000, 50, 1_000)
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        gc.unfreeze()


def _never() -> bool:
    return False
