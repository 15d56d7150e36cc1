"""Rules on the life of a subscription: one failing example for each, and where they must stay silent."""

from dataclasses import replace

import pytest

from harness.base.instant import MS, SECOND
from harness.judge.rule import apply
from harness.trace.calls import rebuild
from harness.trace.entries import Trace
from tests.judge.rules.example import Example, check, clean, findings, outside
from tests.ladders import AGENT, CARRIER, drop, edit, find, insert, with_entries

CARRIER_CONTACT = "Contact: <sip:+15550101@192.0.2.2:5060>\r\n"
AGENT_CONTACT = "Contact: <sip:+15550102@192.0.2.3:5060>\r\n"


def from_agent(
    method: str, cseq: int, rows: str = "", *, status: int | None = None, to: str = "carrier-b"
) -> str:
    """A further request of the agent on its leg, or its answer when `status` is given."""
    start = f"{method} sip:+15550101@192.0.2.2:5060 SIP/2.0" if status is None else f"SIP/2.0 {status} Answer"
    tag = f";tag={to}" if to else ""
    return (
        f"{start}\r\n"
        f"Via: SIP/2.0/UDP 192.0.2.3:5060;branch=z9hG4bK-agent-{cseq}\r\n"
        + ("Max-Forwards: 70\r\n" if status is None else "")
        + "From: <sip:+15550102@carrier.example>;tag=agent-b\r\n"
        f"To: <sip:+15550101@carrier.example>{tag}\r\n"
        f"Call-ID: {'agent-leg@192.0.2.2' if to else 'new@192.0.2.3'}\r\n"
        f"CSeq: {cseq} {method}\r\n{rows}Content-Length: 0\r\n\r\n"
    )


def subscribed(
    trace: Trace, after: int, cseq: int, event: str, *, status: int = 200, to: str = "carrier-b"
) -> Trace:
    """The agent sends a SUBSCRIBE after message `after`, and it is answered."""
    rows = f"{AGENT_CONTACT}Event: {event}\r\nExpires: 60\r\n"
    text = from_agent("SUBSCRIBE", cseq, rows, to=to)
    asked = insert(trace, after, text, source=AGENT, destination=CARRIER, delay_ns=5 * MS)
    number = next(entry.n for entry in asked.messages() if entry.raw == text.encode())
    reply = from_agent("SUBSCRIBE", cseq, f"{CARRIER_CONTACT}Expires: 60\r\n", status=status, to=to)
    if not to:
        reply = reply.replace("<sip:+15550101@carrier.example>", "<sip:+15550101@carrier.example>;tag=new")
    return insert(asked, number, reply, source=CARRIER, destination=AGENT, delay_ns=MS)


def refreshed(event: str) -> Trace:
    """The agent refreshes a subscription whose NOTIFYs have an id; its BYE counts on."""
    trace = clean(event_id=True)
    trace = subscribed(trace, find(trace, "200 NOTIFY", 2), 3, event)
    return bye_counts(trace, 4)


def bye_counts(trace: Trace, number: int) -> Trace:
    for n in (find(trace, "BYE"), find(trace, "200 BYE")):
        trace = edit(trace, n, "CSeq: 3 BYE", f"CSeq: {number} BYE")
    return trace


def after_the_end() -> Trace:
    """The agent subscribes again after the terminated NOTIFY."""
    trace = clean(leaves="never")
    return subscribed(trace, find(trace, "200 NOTIFY", 3), 3, "refer")


def nobody_reports(leaves: str, seconds: int = 70) -> Trace:
    """The REFER is accepted, and then nothing is heard of it."""
    trace = clean(leaves=leaves)
    trace = drop(trace, *(e.n for e in trace.messages() if e.message.method == "NOTIFY"))
    header = replace(trace.header, mode="capture", cast=(), ended_ns=0)
    items = [replace(e, stamp_source="capture") for e in trace.messages()]
    late = [items[-1], replace(items[-1])]
    ends_ns = items[0].at_ns + seconds * SECOND
    late = [replace(e, sent_ns=ends_ns, received_ns=ends_ns) for e in items[-2:]]
    return with_entries(Trace(header, list(items)), [*items[:-2], *late])


def wrong_dialog() -> Trace:
    """A NOTIFY has another From tag than the carrier has in the dialog, and the agent accepts it."""
    trace = clean()
    number = find(trace, "NOTIFY", 2)
    for n in (number, number + 1):
        trace = edit(trace, n, "tag=carrier-b", "tag=carrier-x")
    return trace


def forked(status: str) -> Trace:
    """The REFER outside a dialog forked; the agent answers the second branch with this status."""
    trace = outside()
    number = find(trace, "NOTIFY", 2)
    for n in (number, number + 1):
        trace = edit(trace, n, "tag=carrier-b", "tag=carrier-x")
    return edit(trace, number + 1, "SIP/2.0 200 OK", f"SIP/2.0 {status}")


def cancelled() -> Trace:
    """The agent cancels its REFER."""
    trace = clean()
    number = find(trace, "REFER")
    branch = trace.messages()[number - 1].raw.decode().partition("branch=")[2].partition("\r\n")[0]
    made = trace
    for status in (None, 200):
        text = from_agent("CANCEL", 2, status=status).replace("z9hG4bK-agent-2", branch)
        ends = (AGENT, CARRIER) if status is None else (CARRIER, AGENT)
        at = number if status is None else number + 1
        made = insert(made, at, text, source=ends[0], destination=ends[1], delay_ns=MS // 4)
    return made


EXAMPLES = [
    Example(
        "RFC3515-2.4.4-5",
        "a SUBSCRIBE to refer out of nothing is accepted",
        lambda: subscribed(clean(), 10, 1, "refer", to=""),
    ),
    Example("RFC3515-2.4.6-2", "the SUBSCRIBE has no id", lambda: refreshed("refer"), who="agent"),
    Example(
        "RFC6665-4.1.3-4", "a SUBSCRIBE after the end", after_the_end, who="agent", also=("RFC5589-6.1-1",)
    ),
    Example(
        "RFC6665-4.1.2.4-1",
        "nobody reports, and the agent does nothing",
        lambda: nobody_reports("never"),
        who="192.0.2.3:5060",
        also=("RFC3515-2.4.2-4",),
    ),
    Example(
        "RFC6665-4.1.3-1",
        "a NOTIFY with a strange From tag is accepted",
        wrong_dialog,
        who="agent",
        also=("RFC3515-2.4.4-1",),
    ),
    Example(
        "RFC3515-3.9-1",
        "the second branch is refused",
        lambda: forked("481 No"),
        who="agent",
        also=("RFC6665-4.1.3-3",),
    ),
    Example("RFC6665-4.6-1", "the agent cancels its REFER", cancelled, who="agent"),
]


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_an_edit_trips_exactly_its_rules(example: Example) -> None:
    check(example)


def test_a_subscribe_out_of_nothing_may_be_refused_otherwise() -> None:
    trace = subscribed(clean(), 10, 1, "refer", to="", status=489)
    assert [each.verdict for each in findings(trace, "RFC3515-2.4.4-5")] == ["info"]
    assert not findings(subscribed(clean(), 10, 1, "refer", to="", status=403), "RFC3515-2.4.4-5")


def test_a_2xx_that_invites_to_subscribe_makes_it_legal() -> None:
    trace = clean()
    row = "Refer-Events-At: <sip:events@192.0.2.2:5060>\r\n"
    trace = edit(trace, find(trace, "200 REFER"), "SIP/2.0 200 OK\r\n", f"SIP/2.0 200 OK\r\n{row}")
    assert not findings(subscribed(trace, 10, 1, "refer", to=""), "RFC3515-2.4.4-5")


def test_in_the_modern_profile_a_subscribe_out_of_nothing_is_legal() -> None:
    trace = subscribed(clean(), 10, 1, "refer", to="")
    assert not findings(trace, "RFC3515-2.4.4-5", profile="modern")


def test_a_refresh_with_the_id_is_fine() -> None:
    assert not findings(refreshed("refer;id=2"), "RFC3515-2.4.6-2")


def test_a_referrer_that_leaves_has_acted() -> None:
    trace = nobody_reports("on-refer-accepted")
    assert not findings(trace, "RFC6665-4.1.2.4-1")


def test_a_short_trace_does_not_show_that_nothing_was_done() -> None:
    trace = nobody_reports("never", 20)
    verdicts = [apply(case, "RFC6665-4.1.2.4-1").verdicts["RFC6665-4.1.2.4-1"] for case in rebuild(trace)]
    assert verdicts == ["inconclusive"]


def test_a_stray_notify_that_is_refused_is_no_fault_of_the_subscriber() -> None:
    trace = wrong_dialog()
    trace = edit(trace, find(trace, "200 NOTIFY", 2), "SIP/2.0 200 OK", "SIP/2.0 481 No Dialog")
    assert not findings(trace, "RFC6665-4.1.3-1")


def test_every_branch_may_report() -> None:
    assert not findings(forked("200 OK"), "RFC3515-3.9-1")
