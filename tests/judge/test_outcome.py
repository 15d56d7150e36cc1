"""What really happened: each sentence of the definition has a row."""

from collections.abc import Callable

import pytest

from harness.base.instant import SECOND
from harness.judge.judgement import judge
from harness.judge.outcome import by_audio, departures, is_phone
from harness.judge.parties import Parties
from harness.trace.entries import Trace
from tests.judge.stories import (
    ACK_OF_HUMAN,
    BUSY,
    abandoned,
    later,
    longer,
    moved_after_ack,
    only,
    phone_transfer,
    recast,
    reverse,
    until,
    with_header,
    without_human,
)
from tests.ladders import HUMAN, cold_transfer, drop, edit, find, lose, move, with_entries

CALLER_BYE, TARGET_BYE = 29, 31
"""Of the clean ladder: the caller hangs up, and the carrier ends the human's leg."""


def target_hangs_up_at_once() -> Trace:
    return moved_after_ack(reverse(cold_transfer(), TARGET_BYE), TARGET_BYE)


def unanswered_at_the_end(*, agent_leaves: bool) -> Trace:
    trace = cold_transfer(leaves="on-refer-accepted" if agent_leaves else "never", target_status=None)
    return until(trace, find(trace, "CANCEL") - 1)


def silent_target() -> Trace:
    """The human's phone answers nothing for more than 64*T1, and the carrier never cancels."""
    trace = cold_transfer(ringing=False, target_status=None, no_answer_ns=40 * SECOND)
    kept = [item for item in trace.messages() if "human-leg" not in item.raw.decode()]
    asked = trace.messages()[find(trace, "INVITE sip:+15550103") - 1]
    return with_entries(trace, sorted([*kept, asked], key=lambda item: item.at_ns))


def caller_dropped_before_the_answer() -> Trace:
    trace = reverse(cold_transfer(), CALLER_BYE)
    return later(moved_before(trace, CALLER_BYE), find(trace, "200 INVITE", 4), SECOND)


def moved_before(trace: Trace, n: int) -> Trace:
    return move(trace, n, find(trace, "180 INVITE", 3))


def answered_without_ack() -> Trace:
    trace = cold_transfer()
    return until(trace, find(trace, ACK_OF_HUMAN) - 1)


def ack_lost() -> Trace:
    trace = cold_transfer()
    return longer(lose(trace, find(trace, ACK_OF_HUMAN)), 40 * SECOND)


def refer_lost() -> Trace:
    trace = cold_transfer(refer_status=603)
    trace = drop(trace, find(trace, "603 REFER"))
    return longer(lose(trace, find(trace, "REFER")), 40 * SECOND)


def cut_after_the_ack() -> Trace:
    trace = cold_transfer()
    return until(trace, find(trace, ACK_OF_HUMAN))


def ringing_at_the_end(report: str | None = "503 Service Unavailable") -> Trace:
    """A failure is reported while the phone rings; it rings on, and nobody ever cancels."""
    trace = cold_transfer(target_status=None, report=report, report_early=True, leaves="never")
    return until(trace, find(trace, "CANCEL") - 1)


def still_ringing_when_all_is_over() -> Trace:
    trace = cold_transfer(target_status=None, report="503 Service Unavailable", report_early=True)
    cancel = find(trace, "CANCEL")
    gone = range(cancel, cancel + 4)
    return drop(trace, *gone)


CASES: list[tuple[str, Callable[[], Trace], str]] = [
    ("the target answered and stays up for 2 s", cold_transfer, "connected"),
    ("the target answered and is up when the capture ends", cut_after_the_ack, "connected"),
    ("the target itself hung up within 2 s", target_hangs_up_at_once, "connected"),
    (
        "the moved party hung up within 2 s",
        lambda: moved_after_ack(cold_transfer(), CALLER_BYE, TARGET_BYE),
        "connected",
    ),
    ("the referee alone hung up within 2 s", lambda: moved_after_ack(cold_transfer(), TARGET_BYE), "failed"),
    ("the target was busy", lambda: cold_transfer(**BUSY), "failed"),
    ("the target declined", lambda: cold_transfer(target_status=603), "failed"),
    ("the target was cancelled after its time", lambda: cold_transfer(target_status=None), "failed"),
    ("the caller left and the target was cancelled", abandoned, "abandoned"),
    ("unanswered when the referrer left", lambda: unanswered_at_the_end(agent_leaves=True), "abandoned"),
    ("unanswered at the end, nobody left", lambda: unanswered_at_the_end(agent_leaves=False), "unknown"),
    ("a failure was reported, and the phone rings at the end", ringing_at_the_end, "unknown"),
    ("the same, and every party was ours", still_ringing_when_all_is_over, "failed"),
    ("nothing answered within 64*T1", silent_target, "failed"),
    ("the caller was dropped before the answer", caller_dropped_before_the_answer, "failed"),
    ("the target leg is not in the trace", lambda: without_human(cold_transfer()), "unknown"),
    ("the trace ends before the ACK", answered_without_ack, "unknown"),
    ("the ACK never arrived", ack_lost, "failed"),
    ("the REFER was refused", lambda: cold_transfer(refer_status=603), "refused"),
    ("the REFER never arrived", refer_lost, "failed"),
    ("phone: the target answered", phone_transfer, "connected"),
    ("phone: the moved party left after the answer", lambda: phone_transfer(caller_leaves=True), "connected"),
    ("phone: busy", lambda: phone_transfer(status=486), "failed"),
    ("phone: it gave up the target only", lambda: phone_transfer(status=None), "failed"),
    ("phone: it left", lambda: phone_transfer(status=None, caller_leaves=True), "abandoned"),
]


@pytest.mark.parametrize(("make", "wanted"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_the_outcome_is_what_the_targets_own_dialog_shows(make: Callable[[], Trace], wanted: str) -> None:
    attempt = only(make())
    assert attempt.true_outcome == wanted
    assert attempt.why["true_outcome"]


def test_a_connected_transfer_is_a_fact_from_the_targets_2xx_on() -> None:
    trace = cold_transfer()
    answer = trace.messages()[find(trace, "200 INVITE", 4) - 1]
    outcome = only(trace).outcome
    assert (outcome.at_ns, outcome.basis, outcome.evidence[0]) == (answer.at_ns, "signalling", answer.n)


def test_the_code_that_the_target_itself_gave_is_kept_but_not_the_487_after_a_cancel() -> None:
    assert only(cold_transfer(**BUSY)).outcome.target_status == 486
    assert only(cold_transfer(target_status=None)).outcome.target_status is None


def test_nobody_called_is_failed_where_every_party_was_ours_and_unknown_where_one_was_not() -> None:
    trace = without_human(cold_transfer(**BUSY))
    ours = with_header(trace, mode="virtual")
    assert only(ours).true_outcome == "failed"
    assert only(recast(ours, "carrier", "carrier", under_test=True)).true_outcome == "unknown"


def called_nobody(refer_to: str = "<sip:+15550103@192.0.2.4:5060>", **options: object) -> Trace:
    """A real carrier says 200 and has dialled nobody; 5 s later the caller's leg is ended."""
    trace = cold_transfer(refer_to=refer_to, **options)
    kept = [item for item in trace.messages() if HUMAN not in (item.source, item.destination)]
    return recast(with_entries(trace, kept), "carrier", "carrier", under_test=True)


def test_a_real_carrier_that_says_200_and_calls_nobody_is_found_out() -> None:
    attempt = only(called_nobody())
    assert (attempt.true_outcome, attempt.truth) == ("failed", "false-success")
    assert "no INVITE came to human" in attempt.why["true_outcome"]
    claims = [each for each in judge(called_nobody()).findings if each.rule == "truthful-notify"]
    assert [(each.verdict, each.who) for each in claims] == [("fail", "carrier")]


def test_it_is_not_sure_that_nobody_was_called_elsewhere_or_too_soon_or_in_a_capture() -> None:
    elsewhere = called_nobody(refer_to="<sip:+15550103@carrier.example>")
    assert only(elsewhere).true_outcome == "unknown"
    silent = called_nobody(report=None, leaves="never")
    silent = drop(silent, find(silent, "BYE"))
    assert only(silent).true_outcome == "unknown"
    assert only(longer(silent, 40 * SECOND)).true_outcome == "failed"
    assert only(with_header(longer(called_nobody(), 40 * SECOND), mode="capture")).true_outcome == "unknown"


def test_a_join_inside_the_referee_stays_unknown_by_signalling() -> None:
    trace = cold_transfer(**BUSY)
    replaced = "<sip:+15550103@carrier.example?Replaces=caller-leg%40192.0.2.1%3Bto-tag%3Da%3Bfrom-tag%3Db>"
    trace = edit(trace, find(trace, "REFER"), "<sip:+15550103@carrier.example>", replaced)
    attempt = only(without_human(trace))
    assert (attempt.true_outcome, attempt.basis, attempt.mechanism) == (
        "unknown",
        "internal-join",
        "internal-join",
    )


def test_a_blind_bye_of_the_referrer_does_not_make_a_refusal_of_the_target_an_abandonment() -> None:
    assert only(cold_transfer(leaves="on-refer-accepted", **BUSY)).true_outcome == "failed"


def test_departures_tell_who_left_and_a_carrier_is_no_phone() -> None:
    trace = abandoned()
    transfer = judge(trace).cases[0].transfers[0]
    parties = Parties(trace)
    assert departures(transfer, parties)[0].who == "moved party"
    assert not is_phone(transfer, parties)


def test_audio_decides_nothing_yet() -> None:
    case = judge(cold_transfer()).cases[0]
    assert by_audio(case, case.transfers[0]) is None
