"""Whole calls as raw messages, for tests of everything that reads a trace.

`cold_transfer()` is a complete clean cold transfer; a failing example is that trace with one named
edit. The text is written out here on purpose, without `harness.wire`, so that a mistake in our own
writer cannot hide itself. Must not live here: expectations about what a judge says.

    trace = cold_transfer()
    trace = edit(trace, find(trace, "NOTIFY", 3), "200 OK", "503 Service Unavailable")
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from harness.base.endpoint import Endpoint, Transport
from harness.base.instant import MS, SECOND, VIRTUAL_EPOCH_NS
from harness.trace.entries import Cast, Header, MessageEntry, Trace
from tests.ladder_writer import CAPABILITIES, LINK_NS, Call, Ladder, Rows, Side, contact_row, description

CALLER = Endpoint("192.0.2.1", 5060)
CARRIER = Endpoint("192.0.2.2", 5060)
AGENT = Endpoint("192.0.2.3", 5060)
HUMAN = Endpoint("192.0.2.4", 5060)

CAST = (
    Cast("caller", "caller", CALLER),
    Cast("carrier", "carrier", CARRIER),
    Cast("agent", "agent", AGENT),
    Cast("human", "human", HUMAN),
)

CALLER_URI = "sip:+15550101@carrier.example"
AGENT_URI = "sip:+15550102@carrier.example"
HUMAN_URI = "sip:+15550103@carrier.example"


@dataclass(frozen=True, slots=True)
class Story:
    """What happens in `cold_transfer`; every default belongs to the clean, answered one."""

    hold: bool = True
    """The agent puts the caller on hold before the REFER (RFC 5589 section 6.1)."""
    refer_status: int = 202
    """Final response to the REFER; 300 or more refuses it: no NOTIFY, no triggered INVITE."""
    refer_to: str = f"<{HUMAN_URI}>"
    refer_headers: tuple[tuple[str, str], ...] = ()
    """Further rows of the REFER."""
    event_id: bool = False
    """NOTIFYs say `Event: refer;id=CSeq of the REFER`."""
    ringing: bool = True
    """The human's phone sends 180, and the carrier reports it."""
    target_status: int | None = 200
    """What the human's phone answers; None: it rings until the carrier cancels."""
    no_answer_ns: int = 30 * SECOND
    report: str | None = "truth"
    """Status line of the last NOTIFY (`200 OK`); `truth`: what the target gave; None: never sent."""
    report_early: bool = False
    """The last NOTIFY is sent before the INVITE to the human (a lie, or a guess)."""
    leaves: str = "on-final-notify"
    """When the agent hangs up: on-final-notify, on-refer-accepted, or never."""
    resumes: bool = True
    """After a failure the agent takes the caller off hold and talks on for 3 s."""
    transport: Transport = "udp"


REASONS = {
    200: "OK",
    202: "Accepted",
    302: "Moved Temporarily",
    403: "Forbidden",
    404: "Not Found",
    408: "Request Timeout",
    480: "Temporarily Unavailable",
    486: "Busy Here",
    487: "Request Terminated",
    500: "Server Internal Error",
    503: "Service Unavailable",
    603: "Decline",
}


def cold_transfer(**options: object) -> Trace:
    """Build a complete cold transfer; `options` are the fields of `Story`. Clean by default.

    caller -> carrier -> agent; the agent holds and sends REFER; the carrier calls the human.
    """
    story = Story(**options)  # type: ignore[arg-type]
    ladder = Ladder(transport=story.transport)
    caller_call = Call(
        ladder,
        "caller-leg@192.0.2.1",
        Side(CALLER, CALLER_URI, "caller-a"),
        Side(CARRIER, AGENT_URI, "carrier-a"),
    )
    agent_call = Call(
        ladder,
        "agent-leg@192.0.2.2",
        Side(CARRIER, CALLER_URI, "carrier-b"),
        Side(AGENT, AGENT_URI, "agent-b"),
    )
    set_up(ladder, caller_call, agent_call)
    ladder.wait(SECOND)
    if story.hold:
        hold(agent_call, 2, "sendonly", "recvonly")
    refer = send_refer(agent_call, story)
    human_call = None
    if story.refer_status < 300:
        human_call = execute_refer(ladder, agent_call, refer, story)
    wind_up(ladder, caller_call, agent_call, human_call, story)
    header = Header(
        tool="siptransfer test",
        scenario="cold transfer",
        started_ns=VIRTUAL_EPOCH_NS,
        ended_ns=ladder.now_ns,
        cast=CAST,
    )
    return Trace(header, list(ladder.entries))


def set_up(ladder: Ladder, caller_call: Call, agent_call: Call) -> None:
    """INVITE, 100, 180, 200 and ACK on the caller's and on the agent's leg."""
    first = invite(caller_call)
    caller_call.answer(first, 100, "Trying")
    second = invite(agent_call)
    agent_call.answer(second, 100, "Trying")
    agent_call.answer(second, 180, "Ringing", [contact_row(agent_call.far)])
    caller_call.answer(first, 180, "Ringing", [contact_row(caller_call.far)])
    ladder.wait(500 * MS)
    accept(agent_call, second)
    accept(caller_call, first)


def invite(call: Call, rows: Rows = ()) -> MessageEntry:
    """The dialog-forming INVITE with an offer."""
    return call.request(
        "INVITE",
        call.near,
        [contact_row(call.near), *CAPABILITIES, *rows],
        description(call.near.endpoint.host),
        target=call.far.uri,
    )


def accept(call: Call, request: MessageEntry) -> None:
    """200 with the answer, and its ACK."""
    rows = [contact_row(call.far), *CAPABILITIES]
    call.answer(request, 200, "OK", rows, description(call.far.endpoint.host))
    call.formed = True
    call.acknowledge(request)


def hold(call: Call, version: int, offer: str, answer: str) -> None:
    """A re-INVITE of the far side (the agent) that changes the direction of the media."""
    request = call.request(
        "INVITE",
        call.far,
        [contact_row(call.far), *CAPABILITIES],
        description(call.far.endpoint.host, version, offer),
    )
    rows = [contact_row(call.near), *CAPABILITIES]
    call.answer(request, 200, "OK", rows, description(call.near.endpoint.host, version, answer))
    call.acknowledge(request)


def send_refer(call: Call, story: Story) -> MessageEntry:
    """REFER inside the dialog and its final response."""
    rows = [
        contact_row(call.far),
        ("Refer-To", story.refer_to),
        ("Referred-By", f"<{AGENT_URI}>"),
        *story.refer_headers,
    ]
    request = call.request("REFER", call.far, rows)
    status = story.refer_status
    own = [contact_row(call.near)] if status < 300 else []
    call.answer(request, status, REASONS.get(status, "Refused"), own)
    return request


def notify(call: Call, story: Story, refer: MessageEntry, line: str, state: str) -> None:
    """NOTIFY with a sipfrag and its 200."""
    number = re.search(r"CSeq: (\d+)", refer.raw.decode("latin-1"))[1]  # type: ignore[index]
    rows = [
        contact_row(call.near),
        ("Event", f"refer;id={number}" if story.event_id else "refer"),
        ("Subscription-State", state),
    ]
    request = call.request(
        "NOTIFY",
        call.near,
        rows,
        f"SIP/2.0 {line}\r\n",
        content_type="message/sipfrag;version=2.0",
    )
    call.answer(request, 200, "OK")


def execute_refer(ladder: Ladder, agent_call: Call, refer: MessageEntry, story: Story) -> Call:
    """NOTIFYs and the triggered INVITE, up to the final report."""
    notify(agent_call, story, refer, "100 Trying", "active;expires=180")
    if story.leaves == "on-refer-accepted":
        agent_call.hang_up(agent_call.far)
    if story.report_early and story.report is not None:
        final_report(agent_call, story, refer)
    human_call = Call(
        ladder,
        "human-leg@192.0.2.2",
        Side(CARRIER, CALLER_URI, "carrier-c"),
        Side(HUMAN, HUMAN_URI, "human-c"),
    )
    request = invite(human_call, [("Referred-By", f"<{AGENT_URI}>")])
    human_call.answer(request, 100, "Trying")
    ladder.wait(1200 * MS)
    if story.ringing:
        human_call.answer(request, 180, "Ringing", [contact_row(human_call.far)])
        if not story.report_early:
            notify(agent_call, story, refer, "180 Ringing", "active;expires=170")
    ladder.wait(story.no_answer_ns if story.target_status is None else 2 * SECOND)
    finish_target(human_call, request, story)
    if not story.report_early and story.report is not None:
        final_report(agent_call, story, refer)
    return human_call


def finish_target(call: Call, request: MessageEntry, story: Story) -> None:
    """The human answers, refuses, or is cancelled."""
    status = story.target_status
    if status is not None and status < 300:
        accept(call, request)
        return
    if status is None:
        branch = re.search(r"branch=(\S+)", request.raw.decode("latin-1"))[1]  # type: ignore[index]
        number = call.near.cseq
        cancel = call.request("CANCEL", call.near, cseq=number, branch=branch, target=call.far.uri)
        call.answer(cancel, 200, "OK")
        status = 487
    call.answer(request, status, REASONS.get(status, "Refused"))
    call.acknowledge(request, final=status)


def final_report(agent_call: Call, story: Story, refer: MessageEntry) -> None:
    """The NOTIFY that ends the subscription."""
    line = story.report
    if line == "truth":
        status = 487 if story.target_status is None else story.target_status
        line = f"{status} {REASONS.get(status, 'Refused')}"
    assert line is not None
    notify(agent_call, story, refer, line, "terminated;reason=noresource")


def wind_up(
    ladder: Ladder, caller_call: Call, agent_call: Call, human_call: Call | None, story: Story
) -> None:
    """How everybody hangs up: with the human, or back with the agent."""
    connected = human_call is not None and story.target_status is not None and story.target_status < 300
    if story.leaves == "on-final-notify" and (connected or (story.report or "").startswith("200")):
        agent_call.hang_up(agent_call.far)
    elif story.leaves == "on-final-notify":
        if story.hold and story.resumes:
            hold(agent_call, 3, "sendrecv", "sendrecv")
            ladder.wait(3 * SECOND)
        agent_call.hang_up(agent_call.far)
    if human_call is not None and connected:
        ladder.wait(5 * SECOND)
        caller_call.hang_up(caller_call.near)
        human_call.hang_up(human_call.near)
    else:
        caller_call.hang_up(caller_call.far)


# --- edits --------------------------------------------------------------------------------------


def find(trace: Trace, what: str, nth: int = 1) -> int:
    """Number of the nth message whose start line begins with `what`, or whose `status method` is it.

    `find(trace, "NOTIFY", 3)`, `find(trace, "202 REFER")`, `find(trace, "INVITE sip:+15550103")`.
    Raises LookupError when there is none.
    """
    seen = 0
    for entry in trace.messages():
        text = entry.raw.decode("latin-1")
        label = text
        if text.startswith("SIP/2.0 "):
            method = re.search(r"(?im)^CSeq: *\d+ +(\w+)", text)
            label = f"{text[8:11]} {method[1] if method else ''}"
        if label.startswith(what):
            seen += 1
            if seen == nth:
                return entry.n
    raise LookupError(f"no message number {nth} like {what!r}")


def edit(trace: Trace, n: int, old: str, new: str) -> Trace:
    """A copy in which message `n` says `new` instead of `old` (all occurrences; there must be one).

    A Content-Length that was right stays right, unless the edit itself is about Content-Length.
    """
    entry = trace.entries[n - 1]
    assert isinstance(entry, MessageEntry)
    text = entry.raw.decode("latin-1")
    if old not in text:
        raise LookupError(f"message {n} does not contain {old!r}:\n{text}")
    changed = text.replace(old, new)
    if "content-length" not in (old + new).lower():
        changed = relength(changed)
    return with_entries(
        trace, [replaced(item, changed) if item is entry else item for item in trace.messages()]
    )


def relength(text: str) -> str:
    """Correct the Content-Length of a message."""
    head, blank, body = text.partition("\r\n\r\n")
    return re.sub(r"(?im)^(Content-Length: *)\d+", rf"\g<1>{len(body)}", head) + blank + body


def drop(trace: Trace, *numbers: int) -> Trace:
    """A copy without these messages, as if they were never sent; the rest is numbered anew."""
    return with_entries(trace, [item for item in trace.messages() if item.n not in numbers])


def lose(trace: Trace, n: int) -> Trace:
    """A copy in which message `n` was sent but never arrived."""
    return with_entries(
        trace, [replace(item, received_ns=None) if item.n == n else item for item in trace.messages()]
    )


def insert(
    trace: Trace,
    after: int,
    raw: bytes | str,
    *,
    source: Endpoint | None = None,
    destination: Endpoint | None = None,
    delay_ns: int = MS // 2,
) -> Trace:
    """A copy with one more message, sent `delay_ns` after message `after`, between the same ends."""
    items = trace.messages()
    before = items[after - 1]
    at_ns = before.at_ns + delay_ns
    extra = replace(
        before,
        raw=raw.encode("latin-1") if isinstance(raw, str) else raw,
        sent_ns=at_ns,
        received_ns=at_ns + LINK_NS,
        source=source or before.source,
        destination=destination or before.destination,
        parsed=None,
    )
    return with_entries(trace, sorted([*items, extra], key=lambda item: item.at_ns))


def repeat(trace: Trace, n: int, *, delay_ns: int = SECOND // 2) -> Trace:
    """A copy in which message `n` is retransmitted after `delay_ns`."""
    return insert(trace, n, trace.messages()[n - 1].raw, delay_ns=delay_ns)


def move(trace: Trace, n: int, after: int) -> Trace:
    """A copy in which message `n` is sent right after message `after` instead of at its own time."""
    items = trace.messages()
    return insert(
        drop(trace, n),
        after if after < n else after - 1,
        items[n - 1].raw,
        source=items[n - 1].source,
        destination=items[n - 1].destination,
        delay_ns=MS // 10,
    )


def replaced(entry: MessageEntry, text: str) -> MessageEntry:
    """A copy of an entry with other text."""
    return replace(entry, raw=text.encode("latin-1"), parsed=None)


def with_entries(trace: Trace, entries: Sequence[MessageEntry]) -> Trace:
    """A copy of the trace with these entries, numbered from 1."""
    return Trace(
        trace.header, [replace(entry, n=number, parsed=None) for number, entry in enumerate(entries, 1)]
    )
