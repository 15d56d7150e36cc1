"""Traces for the tests of the judge: the clean transfer with edits of time and people, and phones.

Must not live here: expectations about what the judge says of them.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from harness.base.endpoint import Endpoint
from harness.base.instant import MS, SECOND, VIRTUAL_EPOCH_NS
from harness.judge.attempt import Attempt
from harness.judge.judgement import Judgement, judge
from harness.scenario.plan import CarrierPlan, Party, Plan
from harness.trace.entries import Cast, Header, MessageEntry, Trace
from harness.trace.model import Leg
from tests.ladder_writer import Call, Ladder, Side, contact_row
from tests.ladders import (
    AGENT,
    AGENT_URI,
    CALLER,
    CALLER_URI,
    HUMAN,
    HUMAN_URI,
    Story,
    accept,
    cold_transfer,
    find,
    hold,
    invite,
    move,
    notify,
    send_refer,
    with_entries,
)

STRANGER = Endpoint("192.0.2.5", 5060)
ACK_OF_HUMAN = "ACK sip:+15550103"
BUSY = {"target_status": 486}


def only(trace: Trace, plan: Plan | None = None) -> Attempt:
    """The judged REFER of a trace with one REFER."""
    (attempt,) = judge(trace, plan=plan).attempts
    return attempt


def legs(trace: Trace) -> list[Leg]:
    """The legs of a trace with one case, in order."""
    (case,) = judge(trace).cases
    return case.legs


def plan(**options: object) -> Plan:
    """A plan whose numbers are those of the ladders; the mailbox is +15550199."""
    parties = (
        Party("caller", "caller", "+15550101"),
        Party("agent", "agent", "+15550102"),
        Party("human", "human", "+15550103"),
        Party("mailbox", "voicemail", "+15550199"),
    )
    base = Plan("x.yaml", "a transfer", "x.yaml", 1, "cold", parties, carrier=CarrierPlan())
    return replace(base, **options)  # type: ignore[arg-type]


# --- edits of time and people -------------------------------------------------------------------


def with_header(trace: Trace, **changes: object) -> Trace:
    """A copy with other header fields."""
    return Trace(replace(trace.header, **changes), trace.entries)  # type: ignore[arg-type]


def captured(trace: Trace, *, cast: bool = False) -> Trace:
    """The same messages as a capture would show them; without the cast unless asked for."""
    items = [
        replace(item, sent_ns=item.at_ns, received_ns=None, stamp_source="capture", parsed=None)
        for item in trace.messages()
    ]
    members = trace.header.cast if cast else ()
    return Trace(replace(trace.header, mode="capture", cast=members, ended_ns=0), [*items])


def until(trace: Trace, n: int) -> Trace:
    """A capture, with names, that ends right after message `n`."""
    return captured(with_entries(trace, trace.messages()[:n]), cast=True)


def later(trace: Trace, n: int, by_ns: int) -> Trace:
    """A copy in which message `n` and everything after it happens later (earlier when negative)."""
    items = [
        replace(item, sent_ns=item.at_ns + by_ns, received_ns=item.at_ns + by_ns + MS, parsed=None)
        if item.n >= n
        else item
        for item in trace.messages()
    ]
    return Trace(replace(trace.header, ended_ns=trace.header.ended_ns + by_ns), [*items])


def longer(trace: Trace, by_ns: int) -> Trace:
    """A copy whose run went on for some time without any message."""
    return with_header(trace, ended_ns=trace.header.ended_ns + by_ns)


def reverse(trace: Trace, n: int) -> Trace:
    """A copy in which the other side sent request `n`."""
    item = trace.messages()[n - 1]
    text = item.raw.decode()
    swapped = re.sub("(?m)^From: ", "X: ", text)
    swapped = re.sub("(?m)^To: ", "From: ", swapped)
    swapped = re.sub("(?m)^X: ", "To: ", swapped)
    turned = replace(item, raw=swapped.encode(), source=item.destination, destination=item.source)
    return with_entries(trace, [turned if each.n == n else each for each in trace.messages()])


def recast(trace: Trace, name: str, role: str, *, under_test: bool = False) -> Trace:
    """A copy in which a member of the cast has another role, or is somebody's real system."""
    members = tuple(
        replace(member, role=role, under_test=under_test) if member.name == name else member
        for member in trace.header.cast
    )
    return with_header(trace, cast=members)


def without_human(trace: Trace) -> Trace:
    """A capture of the same call that shows nothing of the target's leg."""
    items = [item for item in trace.messages() if HUMAN not in (item.source, item.destination)]
    return captured(with_entries(trace, items), cast=True)


def moved_after_ack(trace: Trace, *byes: int) -> Trace:
    """A copy in which these BYEs (numbers in the whole trace) follow the human's ACK at once."""
    for bye in byes:
        trace = move(trace, bye, find(trace, ACK_OF_HUMAN))
    return trace


def abandoned(**options: object) -> Trace:
    """The human rings until the carrier cancels, because the caller hung up right before that."""
    trace = cold_transfer(target_status=None, report="487 Request Terminated", **options)
    # The caller's leg is ended by the carrier in this ladder; turn it round and put it before CANCEL.
    bye = max(item.n for item in trace.messages() if item.raw.startswith(b"BYE") and CALLER in _ends(item))
    trace = move(reverse(trace, bye), bye, find(trace, "CANCEL") - 1)
    cancel = find(trace, "CANCEL")
    gap_ns = trace.messages()[cancel - 1].at_ns - trace.messages()[cancel - 2].at_ns
    return later(trace, cancel, 2 * MS - gap_ns)


def _ends(item: MessageEntry) -> Sequence[Endpoint]:
    return item.source, item.destination


# --- between phones -----------------------------------------------------------------------------

PHONES = (Cast("caller", "caller", CALLER), Cast("agent", "agent", AGENT), Cast("human", "human", HUMAN))


def phone_transfer(
    *, status: int | None = 200, caller_leaves: bool = False, agent_leaves: bool = True, resumes: bool = False
) -> Trace:
    """The caller's phone calls the agent directly and is itself the referee; it calls the human.

    `status`: what the human answers; None: the phone gives the call up. `caller_leaves`: the phone
    ends everything at once after the answer, or together with its CANCEL.
    """
    ladder = Ladder()
    agent = Side(AGENT, AGENT_URI, "agent-b")
    call = Call(ladder, "phone-leg@192.0.2.1", Side(CALLER, CALLER_URI, "phone-a"), agent)
    accept(call, invite(call))
    ladder.wait(SECOND)
    hold(call, 2, "sendonly", "recvonly")
    refer = send_refer(call, Story())
    notify(call, Story(), refer, "100 Trying", "active;expires=60")
    target = Call(
        ladder, "target-leg@192.0.2.1", Side(CALLER, CALLER_URI, "phone-c"), Side(HUMAN, HUMAN_URI, "human-c")
    )
    request = invite(target)
    target.answer(request, 180, "Ringing", [contact_row(target.far)])
    ladder.wait(2 * SECOND)
    _finish(call, target, request, status=status, caller_leaves=caller_leaves)
    if not (caller_leaves and status is None):
        notify(call, Story(), refer, _line(status), "terminated;reason=noresource")
        if resumes:
            hold(call, 3, "sendrecv", "sendrecv")
            ladder.wait(3 * SECOND)
        if agent_leaves:
            call.hang_up(call.far)
    if status == 200 and not caller_leaves:
        ladder.wait(5 * SECOND)
        target.hang_up(target.near)
    header = Header(started_ns=VIRTUAL_EPOCH_NS, ended_ns=ladder.now_ns, cast=PHONES)
    return Trace(header, [*ladder.entries])


def _line(status: int | None) -> str:
    return {200: "200 OK", 486: "486 Busy Here", None: "487 Request Terminated"}[status]


def _finish(
    call: Call, target: Call, request: MessageEntry, *, status: int | None, caller_leaves: bool
) -> None:
    if status == 200:
        accept(target, request)
    elif status is not None:
        target.answer(request, status, "Busy Here")
        target.acknowledge(request, final=status)
    else:
        branch = re.search(r"branch=(\S+)", request.raw.decode())[1]  # type: ignore[index]
        cancel = target.request("CANCEL", target.near, cseq=1, branch=branch, target=HUMAN_URI)
        target.answer(cancel, 200, "OK")
        target.answer(request, 487, "Request Terminated")
        target.acknowledge(request, final=487)
    if caller_leaves:
        if status == 200:
            target.hang_up(target.near)
        call.hang_up(call.near)


# --- without a REFER ----------------------------------------------------------------------------


def plain_call() -> Trace:
    """The caller talks to the agent through the carrier; nobody is transferred."""
    trace = cold_transfer(refer_status=603, hold=False)
    gone = {find(trace, "REFER"), find(trace, "603 REFER")}
    return with_entries(trace, [item for item in trace.messages() if item.n not in gone])


def redirected_call() -> Trace:
    """The caller calls the agent directly, who answers 302; the caller calls the human instead."""
    ladder = Ladder()
    near = Side(CALLER, CALLER_URI, "a")
    first = Call(ladder, "first@192.0.2.1", near, Side(AGENT, AGENT_URI, "b"))
    request = invite(first)
    first.answer(request, 302, "Moved Temporarily", [("Contact", f"<{HUMAN_URI}>")])
    first.acknowledge(request, final=302)
    second = Call(ladder, "first@192.0.2.1", near, Side(HUMAN, HUMAN_URI, "c"))
    accept(second, invite(second))
    ladder.wait(5 * SECOND)
    second.hang_up(second.near)
    return Trace(Header(started_ns=VIRTUAL_EPOCH_NS, ended_ns=ladder.now_ns, cast=PHONES), [*ladder.entries])


def verdicts(judgement: Judgement) -> dict[str, str]:
    """Expectation names with their verdicts."""
    return {result.name: result.verdict for result in judgement.expectations}
