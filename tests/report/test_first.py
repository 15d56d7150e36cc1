"""What a reader should look at first."""

from dataclasses import replace

from harness.report.first import concerns, culprits, reason_of, severities
from harness.results.model import CauseEntry, Evidence
from tests.results.samples import INVALID, RUN

PASSED = replace(RUN, verdict="pass")
LIE = CauseEntry("premature", "Success before the answer", "carrier", "Wait for it")
BUSY = CauseEntry("target-busy", "The target was busy", "human", "Have a fallback")


def test_a_run_that_passed_is_no_concern() -> None:
    assert reason_of(PASSED) is None
    assert concerns([PASSED]) == ()


def test_the_reason_is_the_cause_that_lies_with_the_one_who_broke_a_rule() -> None:
    reason = reason_of(replace(RUN, causes=(BUSY, LIE)))
    assert reason is not None
    assert (reason.headline, reason.who, reason.fix) == (
        "Success before the answer",
        "carrier",
        "Wait for it",
    )
    assert reason.severity == "breaks-transfer"


def test_without_a_cause_the_worst_finding_speaks() -> None:
    reason = reason_of(replace(RUN, causes=(BUSY,)))
    assert reason is not None
    assert (reason.headline, reason.who) == ("Carrier reported 200, nobody had answered", "carrier")


def test_without_a_broken_rule_the_unmet_expectation_speaks() -> None:
    reason = reason_of(replace(RUN, findings=(), causes=(BUSY,)))
    assert reason is not None
    assert reason.headline == "Expected outcome connected, got failed"
    assert (reason.who, reason.severity) == ("", ""), "nobody is to blame for being busy"
    assert reason.fix == "The target was busy (human). Have a fallback"


CONNECTED = replace(RUN.transfers[0], true_outcome="connected")
AT_18 = (Evidence(18),)


def test_a_cause_is_no_advice_where_another_attempt_has_worked() -> None:
    fate = replace(
        RUN.expectations[1],
        name="caller.fate",
        evidence=(Evidence(30),),
        wanted="with-agent",
        got="with-human",
    )
    worked = replace(
        RUN, findings=(), causes=(BUSY,), transfers=(*RUN.transfers, CONNECTED), expectations=(fate,)
    )
    reason = reason_of(worked)
    assert reason is not None
    assert (reason.headline, reason.fix) == ("Expected caller.fate with-agent, got with-human", "")


def test_a_cause_is_advice_where_it_rests_on_the_same_message() -> None:
    cause = replace(BUSY, evidence=AT_18)
    wish = replace(RUN.expectations[1], name="attempts.0.outcome", evidence=AT_18)
    run = replace(
        RUN, findings=(), causes=(cause,), transfers=(*RUN.transfers, CONNECTED), expectations=(wish,)
    )
    reason = reason_of(run)
    assert reason is not None
    assert reason.fix == "The target was busy (human). Have a fallback"


def test_the_step_that_failed_comes_before_their_number() -> None:
    number = replace(RUN.expectations[1], name="steps", wanted="3", got="2: step 3 was not fulfilled")
    step = replace(
        RUN.expectations[1], name="steps.3.expect", wanted="400", got="202", evidence=(Evidence(11),)
    )
    gone = CauseEntry("caller-hung-up", "The caller hung up", "caller", "Nothing to repair", AT_18)
    reason = reason_of(replace(RUN, findings=(), causes=(gone,), expectations=(number, step)))
    assert reason is not None
    assert (reason.headline, reason.fix) == ("Expected steps.3.expect 400, got 202", "")


def test_an_invalid_run_says_its_mistake() -> None:
    reason = reason_of(INVALID)
    assert reason is not None
    assert reason.headline.startswith("scenarios/broken.yaml:2:11: 'lukewarm' is no transfer")


def test_a_broken_environment_says_what_to_do() -> None:
    reason = reason_of(replace(INVALID, verdict="broken", error="nothing listens there\n  Start it."))
    assert reason is not None
    assert (reason.headline, reason.fix) == ("nothing listens there", "Start it.")


def test_an_undecided_run_says_what_is_undecided() -> None:
    wishes = tuple(each for each in RUN.expectations if each.verdict != "fail")
    reason = reason_of(replace(RUN, verdict="inconclusive", findings=(), expectations=wishes, causes=()))
    assert reason is not None
    assert reason.headline.startswith("Expected latency.refer_to_answer under 4s, got unknown")


def test_equal_reasons_are_told_once_and_the_worst_come_first() -> None:
    mild = replace(
        RUN, findings=(replace(RUN.findings[0], severity="interop-risk", text="no Contact"),), causes=()
    )
    lied = replace(RUN, causes=(LIE,))
    told = concerns([INVALID, mild, lied, PASSED, lied])
    assert [(each.reason.headline[:10], each.runs) for each in told] == [
        ("Success be", (2, 4)), ("No Contact", (1,)), ("scenarios/", (0,)),
    ]  # fmt: skip


def test_culprits_are_counted_by_run() -> None:
    other = replace(RUN, findings=(replace(RUN.findings[0], who="agent"),), causes=())
    assert culprits([RUN, RUN, other, PASSED]) == (("carrier", 2), ("agent", 1))


def test_severities_are_those_held_against_somebody_worst_first() -> None:
    assert severities(RUN) == ("breaks-transfer", "cosmetic")
    assert (
        severities(replace(RUN, findings=tuple(replace(each, expected=True) for each in RUN.findings))) == ()
    )
