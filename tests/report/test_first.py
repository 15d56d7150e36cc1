"""What a reader should look at first."""

from dataclasses import replace

from harness.report.first import concerns, culprits, reason_of, severities
from harness.results.model import CauseEntry
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
