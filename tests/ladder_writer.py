"""Writes single calls message by message, in plain text, for `tests/ladders.py`.

Must not live here: whole transfers (`ladders.py`) and anything from `harness.wire`: a mistake in our
own writer must not hide itself.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from harness.base.endpoint import Endpoint, Transport
from harness.base.instant import MS, VIRTUAL_EPOCH_NS
from harness.trace.entries import MessageEntry

LINK_NS = 1 * MS
"""How long every message of a ladder is on its way."""

CAPABILITIES = (
    ("Allow", "INVITE, ACK, CANCEL, BYE, OPTIONS, REFER, NOTIFY"),
    ("Allow-Events", "refer"),
    ("Supported", "replaces, tdialog"),
)

Rows = Sequence[tuple[str, str]]


def description(host: str, version: int = 1, direction: str = "sendrecv") -> str:
    """Write a small audio session description (RFC 8866)."""
    return (
        f"v=0\r\no=- 1 {version} IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\n"
        f"m=audio 30000 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na={direction}\r\n"
    )


def message(start: str, rows: Rows, body: str = "", content_type: str = "application/sdp") -> bytes:
    """Write one SIP message; Content-Type when there is a body, Content-Length always."""
    lines = [start, *(f"{name}: {value}" for name, value in rows)]
    if body:
        lines.append(f"Content-Type: {content_type}")
    lines.append(f"Content-Length: {len(body.encode())}")
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


@dataclass(slots=True)
class Side:
    """One end of a dialog: where it is, who it says it is, its tag and its CSeq counter."""

    endpoint: Endpoint
    uri: str
    tag: str
    cseq: int = 0


@dataclass(slots=True)
class Ladder:
    """Writes messages one after the other under a running clock."""

    transport: Transport = "udp"
    now_ns: int = VIRTUAL_EPOCH_NS
    entries: list[MessageEntry] = field(default_factory=list)
    branches: int = 0

    def wait(self, ns: int) -> None:
        """Let time pass before the next message is sent."""
        self.now_ns += ns

    def put(self, source: Endpoint, destination: Endpoint, raw: bytes) -> MessageEntry:
        """Send one message; the clock moves on by the link delay."""
        sent_ns = self.now_ns
        self.now_ns += LINK_NS
        entry = MessageEntry(
            n=len(self.entries) + 1,
            sent_ns=sent_ns,
            received_ns=self.now_ns,
            source=source,
            destination=destination,
            transport=self.transport,
            raw=raw,
        )
        self.entries.append(entry)
        return entry

    def new_branch(self) -> str:
        """Draw the next branch (RFC 3261 section 8.1.1.7: it starts with the magic cookie)."""
        self.branches += 1
        return f"z9hG4bK-ladder-{self.branches}"


@dataclass(slots=True)
class Call:
    """One dialog on a ladder: `near` sent the INVITE, `far` received it."""

    ladder: Ladder
    call_id: str
    near: Side
    far: Side
    formed: bool = False

    def request(
        self,
        method: str,
        by: Side,
        rows: Rows = (),
        body: str = "",
        *,
        target: str = "",
        content_type: str = "application/sdp",
        branch: str = "",
        cseq: int | None = None,
    ) -> MessageEntry:
        """Send a request; in a formed dialog it goes to the other side's Contact with both tags."""
        to = self.far if by is self.near else self.near
        if cseq is None:
            by.cseq += 1
            cseq = by.cseq
        to_tag = f";tag={to.tag}" if self.formed else ""
        branch = branch or self.ladder.new_branch()
        via = f"SIP/2.0/{self.ladder.transport.upper()} {by.endpoint};branch={branch}"
        head = [
            ("Via", via),
            ("Max-Forwards", "70"),
            ("From", f"<{by.uri}>;tag={by.tag}"),
            ("To", f"<{to.uri}>{to_tag}"),
            ("Call-ID", self.call_id),
            ("CSeq", f"{cseq} {method}"),
            *rows,
        ]
        uri = target or contact(to)
        raw = message(f"{method} {uri} SIP/2.0", head, body, content_type)
        return self.ladder.put(by.endpoint, to.endpoint, raw)

    def answer(
        self, request: MessageEntry, status: int, reason: str, rows: Rows = (), body: str = ""
    ) -> MessageEntry:
        """Answer with the request's Via, From, Call-ID and CSeq (RFC 3261 section 8.2.6.2)."""
        by = self.near if request.destination == self.near.endpoint else self.far
        lines = request.raw.decode("latin-1").split("\r\n")
        copied = [
            (line.partition(": ")[0], line.partition(": ")[2])
            for line in lines[1:]
            if line.startswith(("Via:", "From:", "To:", "Call-ID:", "CSeq:"))
        ]
        if status > 100:
            copied = [(name, tagged(value, by.tag) if name == "To" else value) for name, value in copied]
        raw = message(f"SIP/2.0 {status} {reason}", [*copied, *rows], body)
        return self.ladder.put(request.destination, request.source, raw)

    def acknowledge(self, invite: MessageEntry, *, final: int = 200) -> MessageEntry:
        """Send the ACK: a new branch after a 2xx, the INVITE's branch, URI and number otherwise."""
        by = self.near if invite.source == self.near.endpoint else self.far
        text = invite.raw.decode("latin-1")
        number = int(re.search(r"CSeq: (\d+)", text)[1])  # type: ignore[index]
        if final < 300:
            return self.request("ACK", by, cseq=number)
        branch = re.search(r"branch=(\S+)", text)[1]  # type: ignore[index]
        self.formed, formed = True, self.formed
        entry = self.request("ACK", by, cseq=number, branch=branch, target=text.split(" ")[1])
        self.formed = formed
        return entry

    def hang_up(self, by: Side) -> None:
        """BYE and its 200."""
        self.answer(self.request("BYE", by), 200, "OK")


def contact(side: Side) -> str:
    """The Contact URI of one side."""
    return f"sip:{side.uri.partition(':')[2].partition('@')[0]}@{side.endpoint}"


def tagged(value: str, tag: str) -> str:
    """`value` of To with a tag, unless it has one."""
    return value if ";tag=" in value else f"{value};tag={tag}"


def contact_row(side: Side) -> tuple[str, str]:
    """The Contact header row of one side."""
    return ("Contact", f"<{contact(side)}>")
