"""Real ends and a fake wire: one host whose far end is written by hand, or several hosts together.

`Bench` holds one real host; the test plays the far end with `reply` and `ask` and lets time pass.
`together` plays several hosts with scripts in virtual time. Must not live here: assertions, plans
(`tests/flows.py`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from harness.base.endpoint import Endpoint, Transport
from harness.base.entropy import Stream
from harness.base.instant import MS, VIRTUAL_EPOCH_NS
from harness.protocol.authorization import Account
from harness.protocol.host import Host, OnCall, OnStart
from harness.protocol.leg import Leg
from harness.protocol.packet import Packet, Transmit
from harness.protocol.script import Script, Task, When
from harness.protocol.stack import Identity
from harness.runtime.virtual.network import Fault, Link
from harness.runtime.virtual.play import addresses, play
from harness.trace.entries import Cast, Header, MessageEntry, Trace
from harness.wire.sdp import Direction, build
from harness.wire.sip.message import Message, build_request, build_response, parse

US = Endpoint("192.0.2.10", 5060)
THEM = Endpoint("192.0.2.20", 5060)
THEIR_CONTACT = f"<sip:far@{THEM}>"
FAR_TAG = "far-tag"
CALL_ID = "call-from-far"

Headers = Sequence[tuple[str, str]]


def sdp(direction: Direction = "sendrecv", version: int = 1) -> bytes:
    """A session description of the far end."""
    return build(THEM.host, 30_000, session_id=99, version=version, direction=direction)


def shown(message: Message) -> str:
    """`INVITE`, or `486 INVITE` for a response to one."""
    return message.method if message.is_request else f"{message.status} {message.method}"


@dataclass(frozen=True, slots=True)
class Sent:
    """One message that the host put on the wire."""

    at_ms: float
    destination: Endpoint
    transport: Transport
    data: bytes

    @property
    def message(self) -> Message:
        return parse(self.data)


def reply(
    request: Message,
    status: int,
    *,
    tag: str = FAR_TAG,
    contact: str = THEIR_CONTACT,
    extra: Headers = (),
    body: bytes = b"",
) -> bytes:
    """The far end's response to a request of ours, written from RFC 3261 section 8.2.6."""
    to = request.first("to") or ""
    if status > 100 and ";tag=" not in to:
        to = f"{to};tag={tag}"
    headers = [
        *[("Via", via) for via in request.rows("via")],
        ("From", request.first("from") or ""),
        ("To", to),
        ("Call-ID", request.call_id),
        ("CSeq", request.first("cseq") or ""),
    ]
    if contact and 100 < status < 300:
        headers.append(("Contact", contact))
    if body:
        headers.append(("Content-Type", "application/sdp"))
    return build_response(status, "x", [*headers, *extra], body)


def ask(
    method: str,
    number: int,
    *,
    call_id: str = CALL_ID,
    from_tag: str = FAR_TAG,
    to_tag: str = "",
    branch: str = "",
    contact: str = THEIR_CONTACT,
    extra: Headers = (),
    body: bytes = b"",
    transport: Transport = "udp",
) -> bytes:
    """A request of the far end to us; `branch` is made of method and number unless given."""
    branch = branch or f"z9hG4bKfar{method}{number}"
    tag = f";tag={to_tag}" if to_tag else ""
    headers = [
        ("Via", f"SIP/2.0/{transport.upper()} {THEM};branch={branch}"),
        ("Max-Forwards", "70"),
        ("From", f"<sip:far@{THEM}>;tag={from_tag}"),
        ("To", f"<sip:us@{US}>{tag}"),
        ("Call-ID", call_id),
        ("CSeq", f"{number} {method}"),
    ]
    if contact:
        headers.append(("Contact", contact))
    if body and not any(name == "Content-Type" for name, _ in extra):
        headers.append(("Content-Type", "application/sdp"))
    return build_request(method, f"sip:us@{US}", [*headers, *extra], body)


class Bench:
    """One real host; time and the far end are in the hands of the test. Times are ms from its start."""

    def __init__(
        self,
        *,
        transport: Transport = "udp",
        on_start: OnStart | None = None,
        on_call: OnCall | None = None,
        account: Account | None = None,
        takes_refer: bool = True,
        trying_at_once: bool = False,
        seed: int = 1,
    ) -> None:
        identity = Identity("us", US, "us", transport=transport, account=account, takes_refer=takes_refer)
        self.transport: Transport = transport
        self.host = Host(
            identity, Stream(seed, "us"), on_start=on_start, on_call=on_call, trying_at_once=trying_at_once
        )
        self.sent: list[Sent] = []
        """Everything the host has sent, in order."""
        self._seen = 0
        self._now_ns = VIRTUAL_EPOCH_NS
        self.host.start(self._now_ns)
        self.collect()

    @property
    def now_ms(self) -> float:
        return (self._now_ns - VIRTUAL_EPOCH_NS) / MS

    def collect(self) -> None:
        """Note what the host wants sent now."""
        for command in self.host.commands():
            if isinstance(command, Transmit):
                self.sent.append(Sent(self.now_ms, *command[:3]))

    def fresh(self) -> list[Message]:
        """What was sent since this was last asked."""
        self.collect()
        new, self._seen = self.sent[self._seen :], len(self.sent)
        return [sent.message for sent in new]

    def said(self) -> list[str]:
        """The same, shown."""
        return [shown(message) for message in self.fresh()]

    def last(self, what: str) -> Message:
        """The last message sent that is shown so."""
        self.collect()
        return next(sent.message for sent in reversed(self.sent) if shown(sent.message) == what)

    def times_ms(self, what: str) -> list[float]:
        """When messages shown so were sent."""
        self.collect()
        return [sent.at_ms for sent in self.sent if shown(sent.message) == what]

    def receive(self, data: bytes, source: Endpoint = THEM) -> list[str]:
        """The far end's message arrives; what was sent because of it."""
        self.fresh()
        self.host.receive(self._now_ns, Packet(source, US, self.transport, data))
        return self.said()

    def until(self, ms: float) -> list[str]:
        """Let time pass; what was sent meanwhile."""
        self.fresh()
        end_ns = VIRTUAL_EPOCH_NS + int(ms * MS)
        while (wake_ns := self.host.next_wake()) is not None and wake_ns <= end_ns:
            self._now_ns = max(wake_ns, self._now_ns)
            self.host.wake(self._now_ns)
            self.collect()
        self._now_ns = end_ns
        self.host.wake(end_ns)
        return self.said()

    def after(self, ms: float) -> list[str]:
        """Let that much time pass."""
        return self.until(self.now_ms + ms)

    @property
    def leg(self) -> Leg:
        """The first leg of the host."""
        return next(iter(self.host.legs.values()))


def nothing(me: Task, leg: Leg) -> Script[None]:
    """A script that leaves its leg to the test."""
    yield from me.wait(forever(leg))


def forever(leg: Leg) -> When:
    """Never comes true."""
    return When(leg, ("nothing at all",))


def calling(bench: Bench, uri: str = f"sip:far@{THEM}") -> Leg:
    """A leg of the host that has sent its INVITE."""
    leg = bench.host.prepare(uri)
    leg.call()
    bench.collect()
    return leg


def called(**options: Any) -> tuple[Bench, Leg]:
    """A host that was called by the far end and has not answered yet."""
    bench = Bench(on_call=nothing, **options)
    bench.receive(ask("INVITE", 1, body=sdp(), transport=bench.transport))
    return bench, bench.leg


def in_call(**options: Any) -> tuple[Bench, Leg]:
    """A host that answered the far end's call and got the ACK."""
    bench, leg = called(**options)
    leg.accept()
    bench.receive(in_dialog(leg, "ACK", 1))
    assert leg.state == "up"
    return bench, leg


def in_own_call(**options: Any) -> tuple[Bench, Leg]:
    """A host that called the far end and was answered."""
    bench = Bench(**options)
    leg = calling(bench)
    bench.receive(reply(bench.last("INVITE"), 200, body=sdp()))
    assert leg.state == "up"
    return bench, leg


def in_dialog(
    leg: Leg, method: str, number: int, *, extra: Headers = (), body: bytes = b"", branch: str = ""
) -> bytes:
    """A request of the far end in the dialog of this leg."""
    return ask(
        method,
        number,
        call_id=leg.dialog.call_id,
        from_tag=leg.dialog.remote_tag,
        to_tag=leg.dialog.local_tag,
        extra=extra,
        body=body,
        branch=branch,
        transport=leg.transport,
    )


def notify(
    leg: Leg, number: int, state: str, status: int, *, event: str = "refer", branch: str = ""
) -> bytes:
    """A NOTIFY of the far end with a sipfrag."""
    extra = [("Event", event), ("Subscription-State", state), ("Content-Type", "message/sipfrag;version=2.0")]
    body = f"SIP/2.0 {status} x\r\n".encode()
    return in_dialog(leg, "NOTIFY", number, extra=extra, body=body, branch=branch)


@dataclass(frozen=True, slots=True)
class End:
    """One party of `together`."""

    on_start: OnStart | None = None
    on_call: OnCall | None = None
    account: Account | None = None
    takes_refer: bool = False
    trying_at_once: bool = False


@dataclass(slots=True)
class Played:
    """A finished run."""

    trace: Trace
    hosts: dict[str, Host] = field(default_factory=dict)

    def said(self) -> list[str]:
        """`a>b INVITE` for each message, retransmissions included."""
        return [said(self.trace, entry) for entry in self.trace.messages()]

    def first_said(self) -> list[str]:
        """The same without repetitions."""
        return list(dict.fromkeys(self.said()))

    def settled(self) -> bool:
        """Whether every host is idle and no leg is left."""
        return all(host.idle() and not host.open_legs() for host in self.hosts.values())


def said(trace: Trace, entry: MessageEntry) -> str:
    """`a>b INVITE`."""
    return f"{trace.name_of(entry.source)}>{trace.name_of(entry.destination)} {shown(entry.message)}"


def together(
    ends: Mapping[str, End],
    *,
    seed: int = 7,
    transport: Transport = "udp",
    link: Link | None = None,
    faults: Sequence[Fault] = (),
) -> Played:
    """Play these parties in virtual time; the first lives at 192.0.2.10, the next at .11 ..."""
    where = addresses(ends)
    hosts = {
        name: Host(
            Identity(name, where[name], name, transport=transport, account=end.account,
                     takes_refer=end.takes_refer),
            Stream(seed, name),
            on_start=end.on_start,
            on_call=end.on_call,
            trying_at_once=end.trying_at_once,
        )
        for name, end in ends.items()
    }  # fmt: skip
    cast = tuple(Cast(name, name, endpoint) for name, endpoint in where.items())
    return Played(play(hosts, Header(seed=seed, cast=cast), link=link, faults=faults), hosts)
