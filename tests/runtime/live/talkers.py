"""Stand-ins for `protocol.host.Host`: parties that talk SIP-shaped bytes without any state machine."""

from harness.base.endpoint import Endpoint, Transport
from harness.protocol.packet import Command, Note, Packet, Transmit
from harness.runtime.live.sockets import Sockets
from harness.trace.entries import Cast, Header


def request(number: int, sender: Endpoint, transport: Transport = "udp", padding: int = 0) -> bytes:
    """An OPTIONS request, the `number`th of its sender."""
    return (
        f"OPTIONS sip:x SIP/2.0\r\nVia: SIP/2.0/{transport.upper()} {sender};branch=z9hG4bK{number}\r\n"
        f"From: <sip:a@x>;tag=1\r\nTo: <sip:b@x>\r\nCall-ID: c-{sender.port}\r\nCSeq: {number} OPTIONS\r\n"
        f"Max-Forwards: 70\r\nContent-Length: {padding}\r\n\r\n"
    ).encode() + b"x" * padding


class Silent:
    """Takes everything, says nothing."""

    def __init__(self) -> None:
        self.packets: list[Packet] = []
        self.failed: list[Endpoint] = []
        self.outbox: list[Command] = []
        self.stopped = False
        self.wake_ns: int | None = None
        self.woken: list[int] = []

    def start(self, now_ns: int) -> None:
        """Nothing to begin."""

    def receive(self, now_ns: int, packet: Packet) -> None:
        """Remember it."""
        self.packets.append(packet)

    def wake(self, now_ns: int) -> None:
        """Remember when."""
        self.woken.append(now_ns)
        self.wake_ns = None

    def next_wake(self) -> int | None:
        """As set by a test."""
        return self.wake_ns

    def commands(self) -> list[Command]:
        """Drain the outbox."""
        drained, self.outbox = self.outbox, []
        return drained

    def idle(self) -> bool:
        """Always."""
        return True

    def unreachable(self, now_ns: int, destination: Endpoint) -> None:
        """Remember where."""
        self.failed.append(destination)

    def stop(self, now_ns: int) -> None:
        """Remember that."""
        self.stopped = True


class Answerer(Silent):
    """Answers every request with a 200 to where it came from."""

    def receive(self, now_ns: int, packet: Packet) -> None:
        """Answer."""
        super().receive(now_ns, packet)
        if packet.data.startswith(b"OPTIONS"):
            answer = packet.data.replace(b"OPTIONS sip:x SIP/2.0", b"SIP/2.0 200 OK", 1)
            self.outbox.append(Transmit(packet.source, packet.transport, answer))


class Asker(Silent):
    """Sends `count` requests, each after the answer to the one before; idle after the last answer."""

    def __init__(
        self, ours: Endpoint, theirs: Endpoint, count: int, transport: Transport = "udp", padding: int = 0
    ) -> None:
        super().__init__()
        self.ours, self.theirs, self.left = ours, theirs, count
        self.transport: Transport = transport
        self.padding = padding
        self.asked = 0

    def start(self, now_ns: int) -> None:
        """Ask the first."""
        self._ask()

    def receive(self, now_ns: int, packet: Packet) -> None:
        """Ask the next."""
        super().receive(now_ns, packet)
        if packet.data.startswith(b"SIP/2.0 200"):
            self.left -= 1
            if self.left > 0:
                self._ask()

    def idle(self) -> bool:
        """True after the last answer."""
        return self.left <= 0

    def unreachable(self, now_ns: int, destination: Endpoint) -> None:
        """Give up."""
        super().unreachable(now_ns, destination)
        self.left = 0

    def stop(self, now_ns: int) -> None:
        """Say goodbye and give up."""
        super().stop(now_ns)
        self.left = 0
        self.outbox += [Note("stopped"), self._next()]

    def _ask(self) -> None:
        self.outbox.append(self._next())

    def _next(self) -> Transmit:
        self.asked += 1
        data = request(self.asked, self.ours, self.transport, self.padding)
        return Transmit(self.theirs, self.transport, data)


def header(sockets: Sockets) -> Header:
    """A header whose cast is the names of the sockets."""
    return Header(cast=tuple(Cast(name, name, where) for name, where in sockets.addresses.items()))
