"""Every expectation of a plan: what holds, what fails, and what the trace cannot tell."""

import pytest

from harness.base.instant import SECOND
from harness.judge.expectation import ExpectationResult, promised
from harness.judge.judgement import judge
from harness.scenario.plan import Expectation, Limit, NeverSent, Violations, Wanted
from harness.suite.play import Settings, play
from harness.trace.entries import Trace
from tests import long_form
from tests.judge.stories import BUSY, plain_call, plan, recast, until, with_header, without_human
from tests.judge.test_handoff import challenged, twice
from tests.ladders import cold_transfer, find
from tests.scenario import written

CLEAN = cold_transfer()
BUSY_CALL = cold_transfer(**BUSY)
LIE = cold_transfer(report="200 OK", report_early=True, **BUSY)
REFUSED = cold_transfer(refer_status=603)
UNSEEN = without_human(CLEAN)
CUT = with_header(until(CLEAN, 16), complete=False)


def check(trace: Trace, name: str, wanted: Wanted) -> ExpectationResult:
    (result,) = judge(trace, [Expectation(name, wanted, 7, 3)]).expectations
    return result


ROWS: list[tuple[str, Trace, str, Wanted, str, str]] = [
    ("the outcome is that of the last attempt", CLEAN, "outcome", "connected", "connected", "pass"),
    ("another outcome fails", BUSY_CALL, "outcome", "connected", "failed", "fail"),
    ("an unseen target leaves the outcome open", UNSEEN, "outcome", "connected", "unknown: ", "inconclusive"),
    ("no REFER is a failure", plain_call(), "outcome", "connected", "no transfer", "fail"),
    ("reaches names the party", CLEAN, "reaches", "human", "human", "pass"),
    ("reaching another is a failure", BUSY_CALL, "reaches", "human", "agent", "fail"),
    ("reaching nobody is a failure", LIE, "reaches", "human", "nobody (dropped)", "fail"),
    ("not knowing who was reached", UNSEEN, "reaches", "human", "unknown: ", "inconclusive"),
    ("accepted is any 2xx", CLEAN, "refer", "accepted", "202", "pass"),
    ("a refusal is not accepted", REFUSED, "refer", "accepted", "603", "fail"),
    ("a code is the answer to the last REFER", REFUSED, "refer", 603, "603", "pass"),
    ("a list is all answers in order", challenged(), "refer", (407, "accepted"), "[407, 202]", "pass"),
    ("a shorter list is another list", challenged(), "refer", (407,), "[407, 202]", "fail"),
    ("accepted looks at attempts, not challenges", challenged(), "refer", "accepted", "[407, 202]", "pass"),
    ("without a REFER nothing was accepted", plain_call(), "refer", "accepted", "no REFER", "fail"),
    ("progress is a subsequence", CLEAN, "progress", (100, 200), "[100, 180, 200]", "pass"),
    ("progress in another order fails", CLEAN, "progress", (200, 100), "[100, 180, 200]", "fail"),
    ("exactly means exactly", CLEAN, "progress_exactly", (100, 200), "[100, 180, 200]", "fail"),
    ("exactly these codes", CLEAN, "progress_exactly", (100, 180, 200), "[100, 180, 200]", "pass"),
    ("progress that a cut trace lacks is open", CUT, "progress", (100, 200), "unknown: ", "inconclusive"),
    ("truth is one of the wanted", CLEAN, "truth", ("truthful", "not-owed"), "truthful", "pass"),
    ("a lie fails", LIE, "truth", ("truthful", "not-owed"), "false-success", "fail"),
    ("a lie that was expected passes", LIE, "truth", "false-success", "false-success", "pass"),
    ("truth over every attempt", twice(), "truth", ("truthful", "not-owed"), "not-owed, truthful", "pass"),
    ("truth that cannot be told", UNSEEN, "truth", "truthful", "unknown: ", "inconclusive"),
    ("pairs that are left", CLEAN, "legs_left", ("human-caller",), "[caller-human]", "pass"),
    ("other pairs", BUSY_CALL, "legs_left", ("caller-human",), "[caller-agent]", "fail"),
    ("a time under its limit", CLEAN, "latency.refer_to_answer", Limit(4 * SECOND), "3.209s", "pass"),
    ("a time over its limit", CLEAN, "latency.refer_to_answer", Limit(SECOND), "3.209s", "fail"),
    ("a time of the handoff", CLEAN, "latency.handoff", Limit(4 * SECOND), "3.209s", "pass"),
    ("a time that needs audio", CLEAN, "latency.human_heard", Limit(SECOND), "unknown: ", "inconclusive"),
    ("a time that nobody measures", CLEAN, "latency.joy", Limit(SECOND), "unknown: ", "inconclusive"),
    ("never sent", REFUSED, "never", NeverSent("INVITE", to="human"), "not sent", "pass"),
    ("sent after all", CLEAN, "never", NeverSent("INVITE", to="human"), "INVITE to human", "fail"),
    ("from somebody else", CLEAN, "never", NeverSent("REFER", sender="human"), "not sent", "pass"),
    (
        "within a time after the REFER",
        CLEAN,
        "never",
        NeverSent("INVITE", to="human", for_ns=SECOND),
        "INVITE",
        "fail",
    ),
    (
        "a trace that is too short to say never",
        until(CLEAN, 16),
        "never",
        NeverSent("INVITE", to="human", for_ns=SECOND),
        "unknown: ",
        "inconclusive",
    ),
    ("so many attempts", twice(), "attempts", 2, "2", "pass"),
    ("a challenge is no attempt", challenged(), "attempts", 1, "1", "pass"),
    ("a missing attempt", CLEAN, "attempts.1.outcome", "connected", "there are only 1", "fail"),
    ("the first attempt's outcome", twice(), "attempts.0.outcome", "refused", "refused", "pass"),
    ("the first attempt's refusal", twice(), "attempts.0.refer", 403, "403", "pass"),
    ("the second attempt's acceptance", twice(), "attempts.1.refer", "accepted", "202", "pass"),
    ("the code that was reported", BUSY_CALL, "attempts.0.reported", 486, "486", "pass"),
    ("the word that was reported", CLEAN, "attempts.0.reported", "connected", "connected", "pass"),
    ("another code", BUSY_CALL, "attempts.0.reported", 603, "486", "fail"),
    ("no report", REFUSED, "attempts.0.reported", "failed", "no final report", "fail"),
    ("the caller between attempts", twice(), "attempts.0.caller_fate", "held", "held", "pass"),
    ("one attempt's truth", LIE, "attempts.0.truth", "false-success", "false-success", "pass"),
]


@pytest.mark.parametrize(
    ("trace", "name", "wanted", "got", "verdict"), [r[1:] for r in ROWS], ids=[r[0] for r in ROWS]
)
def test_an_expectation_is_checked_against_the_trace(
    trace: Trace, name: str, wanted: Wanted, got: str, verdict: str
) -> None:
    result = check(trace, name, wanted)
    assert (result.verdict, result.got.startswith(got)) == (verdict, True), result.got
    assert (result.name, result.line, result.column, result.asked) == (name, 7, 3, True)


def test_the_default_truth_leaves_attempts_to_their_own_expectation() -> None:
    wishes = [
        Expectation("truth", ("truthful", "not-owed"), 1, 1, asked=False),
        Expectation("attempts.0.truth", "false-success", 9, 5),
    ]
    results = judge(LIE, wishes).expectations
    assert [result.verdict for result in results] == ["pass", "pass"]


@pytest.mark.parametrize(
    ("wanted", "verdict"),
    [
        (Violations(includes=("truthful-notify",)), "pass"),
        (Violations(includes=("truthful-notify",), by="carrier"), "pass"),
        (Violations(includes=("truthful-notify",), by="agent"), "fail"),
        (Violations(includes=("truthful-notify", "ghost-leg")), "fail"),
        (Violations(exactly=("truthful-notify",)), "fail"),
        (Violations(exactly=("truthful-notify", "RFC3515-2.4.5-3")), "pass"),
    ],
)
def test_violations_must_be_found(wanted: Violations, verdict: str) -> None:
    assert check(LIE, "violations", wanted).verdict == verdict


def test_a_violation_that_was_asked_for_is_marked_as_expected_and_others_are_not() -> None:
    judgement = judge(LIE, [Expectation("violations", Violations(includes=("RFC7647-5-1",)), 1, 1)])
    marked = dict(zip([finding.rule for finding in judgement.findings], judgement.expected, strict=True))
    assert marked["RFC7647-5-1"] is True
    assert marked["truthful-notify"] is False
    assert marked["RFC3515-2.4.5-3"] is False
    assert promised(judgement.findings, ()) == (False,) * len(judgement.findings)


def test_a_violation_that_stayed_undecided_is_inconclusive() -> None:
    wanted = Violations(includes=("truthful-notify",))
    assert check(UNSEEN, "violations", wanted).verdict == "inconclusive"


def test_evidence_is_entry_numbers() -> None:
    assert check(CLEAN, "refer", "accepted").evidence == (find(CLEAN, "202 REFER"),)
    never = check(CLEAN, "never", NeverSent("INVITE", to="human"))
    assert never.evidence == (find(CLEAN, "INVITE sip:+15550103"),)


def test_a_plans_own_expectations_are_used_when_none_are_given() -> None:
    asked = (Expectation("outcome", "connected", 4, 2),)
    assert [each.name for each in judge(CLEAN, plan=plan(expectations=asked)).expectations] == ["outcome"]


def test_a_mailbox_that_answers_is_reached_by_its_name() -> None:
    assert check(recast(CLEAN, "human", "voicemail"), "reaches", "human").verdict == "pass"


def test_a_planned_fault_that_did_not_happen_makes_the_run_inconclusive_with_its_place() -> None:
    asked = written.plan(
        "faults:\n  - {drop: 486 INVITE}\n  - {drop: NOTIFY, number: 9}\n  - {delay: REFER}\n"
    )
    told = judge(play(asked, Settings()), plan=asked).expectations
    missed = [(one.name, one.verdict, one.line, one.column, one.wanted, one.got) for one in told[-2:]]
    assert missed == [
        (
            "faults.0", "inconclusive", 4, 6, "drop 486 INVITE",
            "unknown: the message to drop was never sent",
        ),
        (
            "faults.1", "inconclusive", 5, 6, "drop NOTIFY number 9",
            "unknown: the message to drop was sent 3 times, not 9 times",
        ),
    ]  # fmt: skip


def test_a_fault_of_a_step_that_did_not_happen_is_told_at_its_step() -> None:
    asked = long_form.plan_of("fault: {drop: INFO}\nbye: caller")
    told = judge(play(asked, Settings()), plan=asked).expectations
    assert [(one.name, one.line) for one in told if one.verdict != "pass"] == [("steps.2.fault", 4)]
