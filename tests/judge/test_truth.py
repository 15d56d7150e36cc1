"""The thirteen values of truth, one story for each, and their order."""

from collections.abc import Callable

import pytest

from harness.base.instant import MS, SECOND
from harness.judge.judgement import judge
from harness.judge.truth import asked_for, failed_too_soon
from harness.trace.entries import Trace
from tests.judge.stories import BUSY, abandoned, later, only, plan, recast, until, without_human
from tests.ladders import HUMAN, cold_transfer, edit, find, insert, move

MAILBOX = "<sip:+15550199@carrier.example>"


def final_notify(trace: Trace) -> int:
    return max(item.n for item in trace.messages() if item.raw.startswith(b"NOTIFY"))


def late() -> Trace:
    trace = cold_transfer()
    return later(trace, final_notify(trace), 6 * SECOND)


def second_report(line: str, **options: object) -> Trace:
    """After the final NOTIFY comes another one that says `line`."""
    trace = cold_transfer(**options)
    n = final_notify(trace)
    text = trace.messages()[n - 1].raw.decode()
    again = text.replace("SIP/2.0 200 OK", f"SIP/2.0 {line}").replace("branch=z9hG4bK-", "branch=z9hG4bK-x")
    number = int(text.split("CSeq: ")[1].split(" ")[0])
    again = again.replace(f"CSeq: {number} NOTIFY", f"CSeq: {number + 1} NOTIFY")
    head, blank, body = again.partition("\r\n\r\n")
    again = head.replace("Content-Length: 16", f"Content-Length: {len(body)}") + blank + body
    return insert(trace, n + 1, again, source=trace.messages()[n - 1].source, delay_ns=MS // 4)


def undelivered(**options: object) -> Trace:
    trace = cold_transfer(**options)
    answer = final_notify(trace) + 1
    return edit(trace, answer, "SIP/2.0 200 OK", "SIP/2.0 481 Subscription Does Not Exist")


def uninformative() -> Trace:
    trace = cold_transfer()
    return edit(trace, final_notify(trace), "SIP/2.0 200 OK", "SIP/2.0 100 Trying")


def suppressed() -> Trace:
    trace = cold_transfer(refer_headers=(("Refer-Sub", "false"),))
    n = find(trace, "202 REFER")
    return edit(trace, n, "Contact:", "Refer-Sub: false\r\nContact:")


def unreadable() -> Trace:
    trace = cold_transfer()
    trace = edit(trace, final_notify(trace), "SIP/2.0 200 OK", "it worked, trust me")
    return edit(trace, final_notify(trace), "terminated;reason=noresource", "active;expires=60")


def false_success_abandoned() -> Trace:
    trace = abandoned(ringing=True)
    n = final_notify(trace)
    return edit(trace, n, "SIP/2.0 487 Request Terminated", "SIP/2.0 200 OK")


def mailbox(**options: object) -> Trace:
    return recast(cold_transfer(**options), "human", "voicemail")


def cancelled_long_after_the_report() -> Trace:
    """503 while the phone rings; the CANCEL comes 30 s later."""
    return cold_transfer(target_status=None, report="503 Service Unavailable", report_early=True)


def refused_after_the_report() -> Trace:
    """486 is reported when the phone rings; the phone itself says 486 two seconds later."""
    trace = cold_transfer(**BUSY)
    n = final_notify(trace)
    return move(move(trace, n, find(trace, "180 INVITE", 3)), n + 1, find(trace, "180 INVITE", 3) + 1)


def pending() -> Trace:
    trace = cold_transfer(target_status=None)
    return until(trace, find(trace, "CANCEL") - 1)


CASES: list[tuple[str, Callable[[], Trace], str]] = [
    ("right, and not before the fact", cold_transfer, "truthful"),
    ("busy and reported as busy", lambda: cold_transfer(**BUSY), "truthful"),
    ("a cancelled target and 487", lambda: cold_transfer(target_status=None), "truthful"),
    (
        "a cancelled target and another code",
        lambda: cold_transfer(target_status=None, report="408 Request Timeout"),
        "truthful",
    ),
    (
        "a redirection that leads nowhere, and the referee's own code",
        lambda: cold_transfer(target_status=302, report="482 Loop Detected"),
        "truthful",
    ),
    ("200 before the target's own 200", lambda: cold_transfer(report_early=True), "premature-success"),
    (
        "200 and the target was busy",
        lambda: cold_transfer(report="200 OK", report_early=True, **BUSY),
        "false-success",
    ),
    ("200 and the caller had left", false_success_abandoned, "false-success"),
    ("200 and a mailbox of another number answered", lambda: mailbox(refer_to=MAILBOX), "wrong-party"),
    ("200 and the mailbox that was asked for answered", mailbox, "truthful"),
    ("503 and the target was connected", lambda: cold_transfer(report="503 Oops"), "false-failure"),
    ("486 becomes 503", lambda: cold_transfer(report="503 Service Unavailable", **BUSY), "wrong-status"),
    ("486 becomes 480", lambda: cold_transfer(report="480 Unavailable", **BUSY), "wrong-status"),
    ("a failure is reported long before the CANCEL", cancelled_long_after_the_report, "wrong-status"),
    ("a failure is reported before the target gave it", refused_after_the_report, "wrong-status"),
    ("right, more than 5 s after the fact", late, "late"),
    ("200 and then 503", lambda: second_report("503 Service Unavailable"), "contradictory"),
    ("200 and then 200 again", lambda: second_report("200 OK"), "truthful"),
    ("the subscription ended on 100", uninformative, "uninformative"),
    ("accepted, never a final claim", lambda: cold_transfer(report=None), "silent"),
    (
        "silent, and the target leg not in the trace",
        lambda: without_human(cold_transfer(report=None)),
        "silent",
    ),
    ("the final NOTIFY got 481", undelivered, "undelivered"),
    ("the REFER was refused", lambda: cold_transfer(refer_status=403), "not-owed"),
    ("Refer-Sub: false was granted", suppressed, "not-owed"),
    (
        "nosub was required",
        lambda: cold_transfer(refer_headers=(("Require", "nosub"),), report=None),
        "not-owed",
    ),
    ("the target leg is not in the trace", lambda: without_human(cold_transfer()), "undecidable"),
    ("the trace ends while the target rings", pending, "undecidable"),
    ("a report came that cannot be read", unreadable, "undecidable"),
]


@pytest.mark.parametrize(("make", "wanted"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_truth_is_the_claim_against_the_outcome(make: Callable[[], Trace], wanted: str) -> None:
    attempt = only(make())
    assert attempt.truth == wanted, attempt.why
    assert attempt.why["truth"]


@pytest.mark.parametrize("make", [cancelled_long_after_the_report, refused_after_the_report])
def test_a_failure_reported_before_the_fact_is_held_against_the_notifier(make: Callable[[], Trace]) -> None:
    trace = make()
    rules = {each.rule for each in judge(trace).findings if each.verdict == "fail" and each.who == "carrier"}
    assert {"RFC3515-2.4.5-3", "truthful-notify"} <= rules
    assert "status-collapsed" not in rules
    leg = only(trace).transfer.triggered[0]
    assert leg.refused is not None
    assert failed_too_soon(leg, leg.refused.at_ns - 1) is (leg.cancel is None)
    assert failed_too_soon(leg, leg.refused.at_ns) is False


def test_undelivered_comes_before_what_the_report_said() -> None:
    assert only(undelivered(report="503 Oops")).truth == "undelivered"


def test_silent_comes_before_undecidable() -> None:
    attempt = only(without_human(cold_transfer(report=None)))
    assert (attempt.true_outcome, attempt.truth) == ("unknown", "silent")


def test_a_final_notify_whose_answer_the_capture_misses_is_not_held_for_undelivered() -> None:
    trace = cold_transfer()
    assert only(until(trace, final_notify(trace))).truth == "truthful"


def test_a_silence_of_less_than_a_second_is_not_yet_silence() -> None:
    trace = cold_transfer()
    assert only(until(trace, final_notify(trace) - 1)).truth == "undecidable"


def test_with_a_plan_another_person_than_the_one_asked_for_is_the_wrong_party() -> None:
    trace = cold_transfer(refer_to=MAILBOX)
    assert only(trace).truth == "truthful"
    assert only(trace, plan()).truth == "wrong-party"


def test_a_bounce_to_the_referrer_is_the_wrong_party() -> None:
    trace = cold_transfer()
    agent = trace.messages()[find(trace, "REFER") - 1].source
    for item in trace.messages():
        item.source = agent if item.source == HUMAN else item.source
        item.destination = agent if item.destination == HUMAN else item.destination
    assert only(trace).truth == "wrong-party"


def test_the_report_may_overtake_nothing_but_the_2xx_to_the_refer() -> None:
    trace = cold_transfer()
    trace = move(trace, find(trace, "202 REFER"), find(trace, "100 INVITE", 3))
    assert only(trace).truth == "truthful"


def test_what_was_asked_for_is_the_uri_of_refer_to() -> None:
    transfer = only(cold_transfer()).transfer
    asked = asked_for(transfer)
    assert asked is not None and asked.text == "sip:+15550103@carrier.example"
