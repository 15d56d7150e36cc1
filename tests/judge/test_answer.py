"""Comparing what was got with what was wanted, in words that a person reads."""

import pytest

from harness.base.instant import MS, SECOND
from harness.judge.answer import (
    bounded,
    choices,
    codes,
    compared,
    fits,
    in_order,
    judged,
    listed,
    unknown,
    wanted_text,
)
from harness.scenario.plan import Limit, NeverSent, Violations, Wanted


@pytest.mark.parametrize(
    ("got", "wanted", "verdict"),
    [
        ("connected", "connected", "pass"),
        ("failed", "connected", "fail"),
        ("unknown", "connected", "inconclusive"),
        ("undecidable", ("truthful", "late"), "inconclusive"),
        ("late", ("truthful", "late"), "pass"),
        ("unknown", "unknown", "pass"),
    ],
)
def test_what_cannot_be_told_is_neither_pass_nor_fail(got: str, wanted: Wanted, verdict: str) -> None:
    answer = compared(got, wanted, "because")
    assert answer.verdict == verdict
    if verdict == "inconclusive":
        assert answer.got == "unknown: because"


@pytest.mark.parametrize(
    ("ns", "verdict", "got"),
    [(SECOND, "pass", "1s"), (2 * SECOND, "fail", "2s"), (None, "inconclusive", "unknown: why")],
)
def test_under_2s_means_less_than_2s(ns: int | None, verdict: str, got: str) -> None:
    answer = bounded(ns, Limit(2 * SECOND), "why")
    assert (answer.verdict, answer.got) == (verdict, got)


@pytest.mark.parametrize(
    ("wanted", "got", "holds"),
    [([100, 200], [100, 180, 200], True), ([200, 100], [100, 200], False), ([], [100], True)],
)
def test_a_subsequence_keeps_its_order(wanted: list[str | int], got: list[int], holds: bool) -> None:
    assert in_order(wanted, got) is holds


@pytest.mark.parametrize(
    ("wanted", "status", "holds"),
    [
        ("accepted", 202, True),
        ("accepted", 403, False),
        (603, 603, True),
        ("603", 603, True),
        (200, None, False),
    ],
)
def test_accepted_fits_every_2xx_and_a_code_fits_itself(
    wanted: str | int, status: int | None, holds: bool
) -> None:
    assert fits(wanted, status) is holds


@pytest.mark.parametrize(
    ("wanted", "text"),
    [
        ("connected", "connected"),
        ((407, 603), "[407, 603]"),
        (Limit(4 * SECOND), "under 4s"),
        (NeverSent("INVITE", to="human", for_ns=500 * MS), "no INVITE to human for 500ms"),
        (NeverSent("BYE", sender="agent"), "no BYE from agent"),
        (Violations(includes=("ghost-leg",), by="carrier"), "[ghost-leg] by carrier"),
        (Violations(exactly=()), "exactly []"),
    ],
)
def test_what_was_wanted_reads_like_the_scenario(wanted: Wanted, text: str) -> None:
    assert wanted_text(wanted) == text


def test_small_parts() -> None:
    assert choices("a") == ("a",)
    assert choices((1, "b")) == ("1", "b")
    assert codes(486) == (486,)
    assert codes((1, 2)) == (1, 2)
    assert listed([100, "x"]) == "[100, x]"
    assert judged("x", holds=False).verdict == "fail"
    assert unknown("why", 3).evidence == (3,)
