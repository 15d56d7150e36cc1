"""What passes between a host and a runtime: packets in, commands out. Values only."""

from typing import NamedTuple

from harness.base.endpoint import Endpoint, Transport
from harness.wire.sip.message import Message


class Packet(NamedTuple):
    """One whole SIP message as it arrived (a stream is already framed).

    `message` may carry the parsed form of exactly `data`, so that one parse serves host and trace.
    """

    source: Endpoint
    destination: Endpoint
    transport: Transport
    data: bytes
    message: Message | None = None


class Transmit(NamedTuple):
    """Send one whole SIP message from the host's own address.

    On a stream transport the runtime reuses or opens the connection to `destination`. A failure
    comes back as `Host.unreachable(now, destination)`. `message` is what reading `data` leads to, when
    the sender has it: virtual time need not read what was written a moment ago.
    """

    destination: Endpoint
    transport: Transport
    data: bytes
    message: Message | None = None
    step: int | None = None
    """Step of the scenario that had it sent, on its first transmission."""
    deliberate: bool = False
    """Malformed on purpose: not held against its sender, copies included."""


class Note(NamedTuple):
    """A remark of the host for the reader of the trace; never evidence."""

    text: str


class Reached(NamedTuple):
    """A step of the scenario has happened: other hosts of the run may have to be woken for the next."""

    step: int


Command = Transmit | Note | Reached
