"""What counts as a claim, and what does not."""

import pytest

from harness.judge.claims import claims, owed, progress, reported_outcome, subscription_ended
from harness.judge.judgement import judge
from harness.trace.entries import Trace
from harness.trace.model import Transfer
from tests.judge.stories import BUSY, reverse
from tests.ladders import cold_transfer, drop, edit, find, lose, move


def transfer(trace: Trace) -> Transfer:
    return judge(trace).cases[0].transfers[0]


def final(old: str, new: str) -> Trace:
    trace = cold_transfer()
    return edit(trace, find(trace, "NOTIFY", 3), old, new)


def says(trace: Trace) -> list[tuple[str, str, int | None]]:
    found = transfer(trace)
    return [(claim.by, claim.says, claim.status) for claim in claims(found, trace.header.ended_ns)]


@pytest.mark.parametrize(
    ("trace", "wanted"),
    [
        (cold_transfer(), [("notify", "connected", 200)]),
        (cold_transfer(**BUSY), [("notify", "failed", 486)]),
        (cold_transfer(report=None), []),
        (final("terminated;reason=noresource", "active;expires=60"), [("notify", "connected", 200)]),
        (final("message/sipfrag;version=2.0", "text/plain"), []),
        (final("Event: refer", "Event: presence"), []),
        (final("200 OK", "202 Accepted"), [("notify", "connected", 202)]),
    ],
    ids=["success", "failure", "none", "final but active", "no sipfrag", "other event", "another 2xx"],
)
def test_a_final_sipfrag_in_a_notify_of_refer_is_a_claim(
    trace: Trace, wanted: list[tuple[str, str, int]]
) -> None:
    assert says(trace) == wanted


def farewell(bye: int = 27) -> Trace:
    """No final NOTIFY; the carrier ends the agent's leg when the human has answered."""
    trace = reverse(cold_transfer(), bye)
    return drop(trace, 25, 26)


def test_a_bye_of_the_referee_while_target_and_caller_are_up_can_only_mean_success() -> None:
    assert says(farewell()) == [("bye", "connected", None)]


def test_a_bye_before_the_targets_answer_means_nothing() -> None:
    trace = farewell()
    assert says(move(trace, 25, find(trace, "180 INVITE", 3))) == []


def test_a_bye_after_the_caller_has_left_means_nothing() -> None:
    trace = farewell()
    assert says(move(trace, 25, find(trace, "BYE", 2))) == []


def test_a_bye_of_the_referrer_is_no_claim() -> None:
    assert says(drop(cold_transfer(), 25, 26)) == []


def test_a_bye_after_a_final_notify_adds_nothing() -> None:
    assert says(reverse(cold_transfer(), 27)) == [("notify", "connected", 200)]


def test_progress_lists_every_code_once_and_the_last_claim_is_the_reported_outcome() -> None:
    trace = cold_transfer()
    found = transfer(trace)
    assert progress(found) == (100, 180, 200)
    assert reported_outcome(claims(found, trace.header.ended_ns)) == "connected"
    assert reported_outcome(()) == "unknown"
    assert subscription_ended(found)


def test_a_claim_is_accepted_by_a_2xx_and_undecided_while_its_answer_may_still_come() -> None:
    trace = cold_transfer()
    (taken,) = claims(transfer(trace), trace.header.ended_ns)
    assert (taken.accepted, taken.evidence) == (True, (25, 26))
    trace = drop(trace, 26)
    (waiting,) = claims(transfer(trace), trace.header.ended_ns)
    assert waiting.accepted is None
    (dead,) = claims(transfer(trace), trace.header.ended_ns + 40 * 10**9)
    assert dead.accepted is False


def test_a_2xx_that_was_sent_counts_as_accepted_even_when_it_was_lost() -> None:
    trace = lose(cold_transfer(), 26)
    (taken,) = claims(transfer(trace), trace.header.ended_ns)
    assert taken.accepted is True


@pytest.mark.parametrize(
    ("trace", "wanted"),
    [
        (cold_transfer(), True),
        (cold_transfer(refer_status=603), False),
        (cold_transfer(refer_headers=(("Refer-Sub", "false"),)), True),
        (cold_transfer(refer_headers=(("Require", "explicitsub"),)), False),
    ],
    ids=["accepted", "refused", "Refer-Sub: false asked for but not granted", "explicitsub"],
)
def test_reports_are_owed_for_an_accepted_refer_unless_both_sides_agreed_on_none(
    trace: Trace, wanted: bool
) -> None:
    assert owed(transfer(trace)) is wanted
