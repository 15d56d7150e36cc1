"""Named causes: which story shows which, who has to act, and that a clean transfer has none."""

from collections.abc import Callable

import pytest

from harness.base.instant import MS, SECOND
from harness.judge.cause_remedies import CATALOGUE
from harness.judge.causes import repeated_byes
from harness.trace.entries import Trace
from tests.judge.stories import (
    BUSY,
    abandoned,
    legs,
    longer,
    only,
    phone_transfer,
    recast,
    reverse,
    with_header,
    without_human,
)
from tests.judge.test_claims import farewell
from tests.judge.test_fates import network_drops_the_caller
from tests.judge.test_truth import MAILBOX, second_report, undelivered, uninformative
from tests.ladders import cold_transfer, drop, edit, find, insert, move


def caller_leaves_and_nobody_cleans_up() -> Trace:
    """The caller hangs up while the human rings; the target is cancelled, the agent's leg stays up."""
    trace = abandoned(leaves="never")
    return longer(trace, 20 * SECOND)


def second_bye() -> Trace:
    trace = cold_transfer()
    bye = find(trace, "BYE")
    again = trace.messages()[bye - 1].raw.decode().replace("branch=z9hG4bK-", "branch=z9hG4bK-again-")
    number = int(again.split("CSeq: ")[1].split(" ")[0])
    again = again.replace(f"CSeq: {number} BYE", f"CSeq: {number + 1} BYE")
    source, destination = trace.messages()[bye - 1].source, trace.messages()[bye - 1].destination
    return insert(trace, bye + 1, again, source=source, destination=destination, delay_ns=MS)


def notify_refused(status: int) -> Trace:
    trace = cold_transfer()
    return edit(trace, find(trace, "200 NOTIFY", 3), "SIP/2.0 200 OK", f"SIP/2.0 {status} No")


def hung_up_at_once() -> Trace:
    """202, and the carrier's BYE right after it, without any NOTIFY."""
    trace = cold_transfer(report=None, ringing=False)
    bye = find(trace, "BYE")
    trace = move(reverse(trace, bye), bye, find(trace, "202 REFER"))
    return drop(trace, find(trace, "NOTIFY"), find(trace, "200 NOTIFY"))


def early_after_the_invite() -> Trace:
    trace = cold_transfer()
    final = find(trace, "NOTIFY", 3)
    trace = move(trace, final + 1, find(trace, "100 INVITE", 3))
    return move(trace, final + 1, find(trace, "100 INVITE", 3))


def without_refer_to() -> Trace:
    trace = cold_transfer()
    return edit(trace, find(trace, "REFER"), "Refer-To:", "X-Refer-To:")


def refused_later() -> Trace:
    return with_header(without_human(cold_transfer(report="403 Forbidden", **BUSY)), mode="virtual")


def active_for_ever() -> Trace:
    trace = cold_transfer()
    n = find(trace, "NOTIFY", 3)
    return edit(trace, n, "terminated;reason=noresource", "active;expires=60")


CASES: list[tuple[str, Callable[[], Trace], str, str]] = [
    (
        "200 before the INVITE",
        lambda: cold_transfer(report_early=True),
        "notify-200-before-invite",
        "carrier",
    ),
    (
        "200 before the answer",
        early_after_the_invite,
        "premature-200-sipfrag",
        "carrier",
    ),
    (
        "200 after a refusal",
        lambda: cold_transfer(report="200 OK", **BUSY),
        "success-of-a-failed-call",
        "carrier",
    ),
    ("503 after an answer", lambda: cold_transfer(report="503 No"), "failure-of-an-answered-call", "carrier"),
    ("two reports", lambda: second_report("503 No"), "final-200-notify-on-ended", "carrier"),
    ("ended on 100", uninformative, "terminated-notify-100-only", "carrier"),
    ("silence", lambda: cold_transfer(report=None), "no-final-notify", "carrier"),
    ("202 and BYE", hung_up_at_once, "relay-immediate-bye-no-notify", "carrier"),
    ("BYE for a report", farewell, "bye-instead-of-notify", "carrier"),
    ("NOTIFY and BYE crossed", undelivered, "bye-right-after-notify", "agent"),
    ("NOTIFY 405", lambda: notify_refused(405), "notify-answered-405", "agent"),
    (
        "486 becomes 503",
        lambda: cold_transfer(report="503 No", **BUSY),
        "status-collapsed",
        "carrier",
    ),
    (
        "a mailbox answers",
        lambda: recast(cold_transfer(refer_to=MAILBOX), "human", "voicemail"),
        "voicemail-counted-as-human",
        "carrier",
    ),
    ("REFER 603", lambda: cold_transfer(refer_status=603), "carrier-refer-disabled", "carrier"),
    ("REFER 500", lambda: cold_transfer(refer_status=500), "refer-refused", "carrier"),
    ("REFER 407", lambda: cold_transfer(refer_status=407), "refer-challenge-not-retried", "agent"),
    ("busy", lambda: cold_transfer(**BUSY), "target-busy", "human"),
    ("declined", lambda: cold_transfer(target_status=603), "target-declined", "human"),
    ("not found", lambda: cold_transfer(target_status=404), "target-not-found", "human"),
    ("unavailable", lambda: cold_transfer(target_status=480), "target-unavailable", "human"),
    ("another refusal", lambda: cold_transfer(target_status=488), "target-refused", "human"),
    ("no answer", lambda: cold_transfer(target_status=None), "target-no-answer", "human"),
    ("the caller left", abandoned, "caller-hung-up", "caller"),
    (
        "the caller left, the agent's leg stays",
        caller_leaves_and_nobody_cleans_up,
        "caller-hangup-transferor-parked",
        "carrier",
    ),
    (
        "the agent hangs up on the caller",
        lambda: cold_transfer(resumes=False, **BUSY),
        "failed-transfer-kills-call",
        "agent",
    ),
    ("the carrier drops the caller", network_drops_the_caller, "caller-dropped-after-failure", "carrier"),
    (
        "BYE on the 202, then busy",
        lambda: cold_transfer(leaves="on-refer-accepted", **BUSY),
        "bye-on-202",
        "agent",
    ),
    ("nobody sends BYE", lambda: longer(cold_transfer(leaves="never"), 20 * SECOND), "no-bye-ever", "agent"),
    ("BYE twice", second_bye, "repeated-bye", "agent"),
    ("no Refer-To", without_refer_to, "silent-drop-missing-refer-to", "carrier"),
    (
        "refused after acceptance",
        refused_later,
        "refused-after-acceptance",
        "carrier",
    ),
    ("never terminated", active_for_ever, "subscription-never-terminated", "carrier"),
]


@pytest.mark.parametrize(
    ("make", "cause", "who"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_a_cause_is_named_with_who_can_repair_it(make: Callable[[], Trace], cause: str, who: str) -> None:
    found = {each.id: each for each in only(make()).causes}
    assert cause in found, list(found)
    assert found[cause].who == who
    assert found[cause].evidence
    assert (found[cause].name, found[cause].fix) == CATALOGUE[cause]


@pytest.mark.parametrize(
    "trace", [cold_transfer(), cold_transfer(leaves="on-refer-accepted"), phone_transfer()]
)
def test_a_clean_transfer_has_no_cause(trace: Trace) -> None:
    assert only(trace).causes == ()


def test_whoever_was_told_of_a_success_is_not_blamed_for_leaving() -> None:
    causes = only(cold_transfer(report="200 OK", report_early=True, **BUSY)).causes
    assert [cause.who for cause in causes] == ["human", "carrier"]


def test_a_crossing_bye_of_the_other_side_is_no_repetition() -> None:
    assert len(repeated_byes(legs(second_bye())[1])) == 1
    assert repeated_byes(legs(cold_transfer())[1]) == []
