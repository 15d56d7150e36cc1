"""Expectations about one party."""

import pytest

from harness.base.instant import SECOND
from harness.scenario.plan import Limit, Wanted
from harness.trace.entries import Trace
from tests.judge.stories import BUSY, captured, until, without_human
from tests.judge.test_expectation import check
from tests.judge.test_fates import caller_stays_up
from tests.ladders import cold_transfer

CLEAN = cold_transfer()
BUSY_CALL = cold_transfer(**BUSY)
DROPPED = cold_transfer(resumes=False, **BUSY)

ROWS: list[tuple[str, Trace, str, Wanted, str]] = [
    ("the caller is with the human", CLEAN, "caller.fate", "with-human", "pass"),
    ("the human has the caller", CLEAN, "human.fate", "with-human", "pass"),
    ("the caller is elsewhere", BUSY_CALL, "caller.fate", "with-human", "fail"),
    ("the fate is not known", without_human(CLEAN), "caller.fate", "with-human", "inconclusive"),
    ("nobody tells the carrier's fate", CLEAN, "carrier.fate", "with-human", "inconclusive"),
    ("back with the agent in time", BUSY_CALL, "caller.within", Limit(5 * SECOND), "pass"),
    ("with the human in time", CLEAN, "caller.within", Limit(4 * SECOND), "pass"),
    ("with the human too late", CLEAN, "caller.within", Limit(SECOND), "fail"),
    ("never dropped", CLEAN, "caller.never", ("dropped",), "pass"),
    ("dropped after all", DROPPED, "caller.never", ("dropped", "alone"), "fail"),
    ("perhaps dropped", without_human(CLEAN), "caller.never", ("dropped",), "inconclusive"),
    ("alone for less than 5 s", CLEAN, "caller.alone", Limit(5 * SECOND), "pass"),
    ("alone for longer", caller_stays_up(), "caller.alone", Limit(5 * SECOND), "fail"),
    ("no such party", CLEAN, "nobody.alone", Limit(SECOND), "inconclusive"),
    ("dead air needs audio", captured(CLEAN), "caller.dead_air", Limit(2 * SECOND), "inconclusive"),
    ("without audio it is to be alone", CLEAN, "caller.dead_air", Limit(2 * SECOND), "pass"),
    ("alone is dead air", caller_stays_up(), "caller.dead_air", Limit(5 * SECOND), "fail"),
    ("and so in the times", caller_stays_up(), "latency.dead_air", Limit(5 * SECOND), "fail"),
    ("who took no call got nobody", BUSY_CALL, "human.never", ("with-human",), "pass"),
    ("perhaps he took one", until(BUSY_CALL, 15), "human.never", ("with-human",), "inconclusive"),
    ("without a cast the caller is who was moved", captured(CLEAN), "caller.fate", "with-human", "pass"),
    ("and so is the leg", captured(CLEAN), "caller.alone", Limit(SECOND), "pass"),
]


@pytest.mark.parametrize(
    ("trace", "name", "wanted", "verdict"), [row[1:] for row in ROWS], ids=[r[0] for r in ROWS]
)
def test_a_wish_about_a_party(trace: Trace, name: str, wanted: Wanted, verdict: str) -> None:
    result = check(trace, name, wanted)
    assert result.verdict == verdict, result.got
    if verdict == "inconclusive":
        assert result.got.startswith("unknown: ")


def test_without_any_call_nothing_can_be_told() -> None:
    assert check(Trace(CLEAN.header, []), "caller.fate", "with-human").verdict == "inconclusive"
