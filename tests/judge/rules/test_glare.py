"""Rules on requests that cross or come too late: one failing example for each, and where they are silent."""

import pytest

from harness.base.instant import MS, SECOND
from harness.judge.rule import apply
from harness.trace.calls import rebuild
from harness.trace.entries import Trace
from tests.judge.rules.example import Example, check, clean, findings, to_agent
from tests.ladders import AGENT, CARRIER, HUMAN, edit, find, insert

BUSY = {"target_status": 486}
CONTACT = "Contact: <sip:+15550101@192.0.2.2:5060>\r\n"


def exchange(trace: Trace, after: int, cseq: int, status: int, *, delay_ns: int, ack: bool = True) -> Trace:
    """The carrier sends a re-INVITE to the agent, which answers with this status."""
    text = to_agent("INVITE", cseq, CONTACT)
    trace = insert(trace, after, text, source=CARRIER, destination=AGENT, delay_ns=delay_ns)
    number = next(entry.n for entry in trace.messages() if entry.raw == text.encode())
    rows = "Contact: <sip:+15550102@192.0.2.3:5060>\r\n" if status < 300 else ""
    reply = to_agent("INVITE", cseq, rows, status=status)
    trace = insert(trace, number, reply, source=AGENT, destination=CARRIER, delay_ns=2 * MS)
    answer = next(entry.n for entry in trace.messages() if entry.raw == reply.encode())
    done = to_agent("ACK", cseq).replace("CSeq", "CSeq")
    if status < 300:
        done = done.replace(f"-extra-{cseq}", f"-extra-ack-{cseq}")
    return insert(trace, answer, done, source=CARRIER, destination=AGENT, delay_ns=2 * MS) if ack else trace


def renumbered(trace: Trace, by: int, start: int) -> Trace:
    """The carrier's requests on the agent's leg from message `start` on have CSeq numbers higher by `by`."""
    for entry in trace.messages()[start - 1 :]:
        message = entry.message
        carrier = message.from_tag == "carrier-b" and message.call_id == "agent-leg@192.0.2.2"
        if carrier and "-extra-" not in entry.raw.decode("latin-1"):
            method = message.cseq_method
            trace = edit(trace, entry.n, f"CSeq: {message.cseq_number} {method}",
                         f"CSeq: {message.cseq_number + by} {method}")  # fmt: skip
    return trace


def retried(waited_ms: int) -> Trace:
    """The carrier's re-INVITE gets 491, and is tried again so much later."""
    trace = clean(hold=False)
    after = find(trace, "ACK")
    first = exchange(trace, after, 2, 491, delay_ns=50 * MS)
    number = next(e.n for e in first.messages() if e.raw.startswith(b"ACK") and b"-extra-2" in e.raw)
    again = exchange(first, number - 1, 3, 200, delay_ns=(waited_ms + 1) * MS)
    start = next(e.n for e in again.messages() if e.raw.startswith(b"ACK") and b"-extra-ack-3" in e.raw)
    return renumbered(again, 2, find(again, "NOTIFY") if start else 1)


def crossing(status: int) -> Trace:
    """The agent's hold and a re-INVITE of the carrier cross; the agent answers with this status."""
    trace = clean()
    hold = find(trace, "INVITE", 3)
    trace = refused(trace, find(trace, "200 INVITE", 3), "491 Request Pending")
    made = exchange(trace, hold, 2, status, delay_ns=MS // 4)
    return renumbered(made, 1, find(made, "NOTIFY"))


def after_the_end(status: int) -> Trace:
    """The carrier sends INFO after the agent's BYE was answered; the agent answers with this status."""
    trace = clean()
    number = find(trace, "200 BYE")
    text = to_agent("INFO", 90)
    trace = insert(trace, number, text, source=CARRIER, destination=AGENT, delay_ns=100 * MS)
    number = next(entry.n for entry in trace.messages() if entry.raw == text.encode())
    reply = to_agent("INFO", 90, status=status)
    return insert(trace, number, reply, source=AGENT, destination=CARRIER, delay_ns=MS)


def refused(trace: Trace, number: int, status: str) -> Trace:
    """The 200 to a re-INVITE, message `number`, becomes this refusal; the ACK after it follows."""
    trace = edit(trace, number, "SIP/2.0 200 OK", f"SIP/2.0 {status}")
    branch = trace.messages()[number - 1].message.branch
    acks = [e for e in trace.messages()[number:] if e.message.method == "ACK" and e.source == AGENT]
    return edit(trace, acks[0].n, acks[0].message.branch, branch)


def dead(later: bool) -> Trace:
    """The agent's resume is answered 481; `later`: it sends one more re-INVITE."""
    trace = clean(**BUSY)
    number = find(trace, "200 INVITE", 4)
    trace = refused(trace, number, "481 No Dialog")
    ack = number + 1
    raw = trace.messages()[number - 2].raw.decode("latin-1")
    branch = raw.partition("branch=")[2].partition("\r\n")[0]
    if not later:
        return trace
    again = raw.replace(branch, f"{branch}-more").replace("CSeq: 3", "CSeq: 4")
    trace = insert(trace, ack, again, source=AGENT, destination=CARRIER, delay_ns=100 * MS)
    reply = "SIP/2.0 481 No Dialog\r\n" + "\r\n".join(
        line for line in again.split("\r\n") if line.startswith(("Via", "From", "To", "Call-ID", "CSeq"))
    )
    trace = insert(trace, ack + 1, reply + "\r\nContent-Length: 0\r\n\r\n", source=CARRIER,
                   destination=AGENT, delay_ns=MS)  # fmt: skip
    last = trace.messages()[ack - 1].raw.decode("latin-1").replace(branch, f"{branch}-more")
    trace = insert(trace, ack + 2, last.replace("CSeq: 3", "CSeq: 4"), source=AGENT, destination=CARRIER,
                   delay_ns=MS)  # fmt: skip
    for n in (find(trace, "BYE"), find(trace, "200 BYE")):
        trace = edit(trace, n, "CSeq: 4 BYE", "CSeq: 5 BYE")
    return trace


def answered_after_cancel() -> Trace:
    """The human answers in the moment of the CANCEL, and nobody ends that call."""
    trace = clean(target_status=None)
    number = find(trace, "487 INVITE")
    contact = "Contact: <sip:+15550103@192.0.2.4:5060>\r\n"
    trace = edit(trace, number, "SIP/2.0 487 Request Terminated\r\n", f"SIP/2.0 200 OK\r\n{contact}")
    ack = number + 1
    text = trace.messages()[ack - 1].raw.decode("latin-1")
    branch = text.partition("branch=")[2].partition("\r\n")[0]
    trace = edit(trace, ack, branch, f"{branch}-ack")
    return edit(trace, ack, "ACK sip:+15550103@carrier.example", "ACK sip:+15550103@192.0.2.4:5060")


def named(status: str) -> Trace:
    """The INVITE to the human has a header that its phone does not know; it answers with this status."""
    trace = clean(target_status=486)
    trace = edit(trace, find(trace, "INVITE sip:+15550103"), "Referred-By", "X-AI-Context: 1\r\nReferred-By")
    trace = edit(trace, find(trace, "486 INVITE"), "486 Busy Here", status)
    return edit(trace, find(trace, "NOTIFY", 3), "486 Busy Here", status)


EXAMPLES = [
    Example("RFC3261-14.1-2", "tried again 500 ms after the 491", lambda: retried(500)),
    Example("RFC3261-14.2-1", "the agent accepts a crossing re-INVITE", lambda: crossing(200), who="agent"),
    Example("RFC3261-12.2.2-1", "INFO after the BYE is accepted", lambda: after_the_end(200), who="agent"),
    Example(
        "RFC3261-12.2.1.2-1",
        "the agent goes on after the 481",
        lambda: dead(later=True),
        who="agent",
        also=("RFC5057-5.5-1",),
    ),
    Example("RFC3261-13.2.2.4-2", "the unwanted call is not ended", answered_after_cancel),
    Example(
        "RFC3261-8.2.2-1",
        "an unknown header is refused",
        lambda: named("400 Unknown X-AI-Context"),
        who="human",
    ),
]


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_an_edit_trips_exactly_its_rules(example: Example) -> None:
    check(example)


@pytest.mark.parametrize("waited_ms", [1950, 3000, 4100, 60_000])
def test_a_retry_in_its_interval_is_fine_and_a_later_change_is_no_retry(waited_ms: int) -> None:
    assert not findings(retried(waited_ms), "RFC3261-14.1-2")


def test_who_did_not_make_the_call_id_may_try_again_at_once() -> None:
    trace = dead(later=True)  # the agent was called, and tries its re-INVITE again after 0.1 s
    for answer in [e for e in trace.messages() if e.raw.startswith(b"SIP/2.0 481")]:
        trace = edit(trace, answer.n, "SIP/2.0 481 No Dialog", "SIP/2.0 491 Request Pending")
    (case,) = rebuild(trace)
    assert apply(case, "RFC3261-14.1-2").verdicts == {"RFC3261-14.1-2": "pass"}


def test_a_crossing_invite_that_is_refused_is_fine() -> None:
    assert not findings(crossing(491), "RFC3261-14.2-1")


def test_what_comes_after_the_end_and_is_refused_is_fine() -> None:
    assert not findings(after_the_end(481), "RFC3261-12.2.2-1")


def test_who_leaves_a_dead_call_is_right() -> None:
    assert not findings(dead(later=False), "RFC3261-12.2.1.2-1")


def test_another_reason_to_refuse_is_no_unknown_header() -> None:
    assert not findings(named("400 Bad Request"), "RFC3261-8.2.2-1")


def cancelled_change(answer: str) -> Trace:
    """The agent gives its hold up, and the carrier answers it so; the call itself goes on for a while."""
    trace = clean()
    hold = find(trace, "INVITE", 3)
    raw = trace.messages()[hold - 1].raw.decode("latin-1")
    if answer != "200 OK":
        trace = refused(trace, find(trace, "200 INVITE", 3), answer)
    keep = ("Via", "Max", "From", "To", "Call-ID", "CSeq")
    rows = [line for line in raw.split("\r\n\r\n")[0].split("\r\n") if line.startswith(keep)]
    plain = "\r\n".join(rows).replace(" INVITE", " CANCEL") + "\r\nContent-Length: 0\r\n\r\n"
    start = raw.partition("\r\n")[0].replace("INVITE", "CANCEL")
    trace = insert(trace, hold, f"{start}\r\n{plain}", source=AGENT, destination=CARRIER, delay_ns=MS // 4)
    reply = f"SIP/2.0 200 OK\r\n{plain}".replace("Max-Forwards: 70\r\n", "")
    return insert(trace, hold + 1, reply, source=CARRIER, destination=AGENT, delay_ns=MS)


@pytest.mark.parametrize("answer", ["200 OK", "487 Request Terminated"])
def test_a_cancelled_change_of_the_call_does_not_end_the_call(answer: str) -> None:
    trace = cancelled_change(answer)
    assert not findings(trace, "RFC3261-13.2.2.4-2")
    (case,) = rebuild(trace)
    assert [leg.cancel for leg in case.legs] == [None, None, None]


def test_an_unwanted_call_that_is_ended_only_later_was_not_ended() -> None:
    trace = answered_after_cancel()
    answered = find(trace, "200 INVITE", 4)
    ack = trace.messages()[answered].raw.decode("latin-1")
    bye = ack.replace("ACK", "BYE").replace("CSeq: 1 ", "CSeq: 2 ").replace("-ack", "-bye")
    soon = insert(trace, answered + 1, bye, source=CARRIER, destination=HUMAN, delay_ns=SECOND)
    assert not findings(soon, "RFC3261-13.2.2.4-2")
    late = insert(trace, answered + 1, bye, source=CARRIER, destination=HUMAN, delay_ns=5 * SECOND)
    (finding,) = findings(late, "RFC3261-13.2.2.4-2")
    assert "nobody ended it for " in finding.text
