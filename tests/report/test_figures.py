"""The times of one run as the page shows them."""

from dataclasses import replace

import pytest

from harness.report.distribution import spreads
from harness.report.figures import Figures, figures, milliseconds
from harness.report.trend import Trend
from harness.results.comparison import TimeKey
from harness.results.model import RunEntry, Times
from tests.results.samples import RUN, TRANSFER


def figures_of(run: RunEntry, others: int = 0) -> list[Figures]:
    return list(figures(run, spreads([run] * (1 + others)), {}))


@pytest.mark.parametrize(("value", "text"), [(5.0, "5.000 ms"), (12010.0, "12.010 s"), (-1500.0, "-1.500 s")])
def test_times_are_seconds_from_a_second_on(value: float, text: str) -> None:
    assert milliseconds(value) == text


def test_times_that_begin_together_have_comparable_bars() -> None:
    times: Times = {"refer_response": 5.0, "refer_to_answer": 20.0, "report_skew": -3.0, "why": {}}
    transfer = replace(TRANSFER, latency_ms=times)
    (told,) = figures_of(replace(RUN, transfers=(transfer,), handoffs=()))
    assert [(figure.name, figure.bar) for figure in told.known] == [
        ("refer_response", 25), ("refer_to_answer", 100), ("report_skew", 0),
    ]  # fmt: skip


def test_a_single_transfer_and_its_handoff_are_told_together() -> None:
    handoff = replace(RUN.handoffs[0], latency_ms={"handoff": 7.0, "human_answer": None, "why": {}})
    (told,) = figures_of(replace(RUN, handoffs=(handoff,)))
    assert [figure.name for figure in told.known] == ["handoff", "refer_response"]
    assert told.heading == ""


def test_several_attempts_are_told_one_after_the_other_and_then_the_whole() -> None:
    handoff = replace(RUN.handoffs[0], transfers=(0, 1), latency_ms={"handoff": 7.0, "refer_response": 1.0})
    told = figures_of(replace(RUN, transfers=(TRANSFER, TRANSFER), handoffs=(handoff,)))
    assert [each.heading for each in told] == ["attempt 1", "attempt 2", "the whole handoff"]
    assert [figure.name for figure in told[2].known] == ["handoff"]


def test_times_that_are_unknown_are_grouped_by_the_reason() -> None:
    (told,) = figures_of(RUN)
    assert told.unknown == (("handoff", "no one"), ("refer_to_answer", "nobody answered"))


def test_a_spread_is_shown_when_there_are_enough_values_for_one() -> None:
    assert figures_of(RUN, others=1)[0].known[0].spread is None
    assert figures_of(RUN, others=2)[0].known[0].spread is not None


def test_each_time_has_its_own_past() -> None:
    trend = Trend("1,2", (1, 2), worse=False, text="as before")
    past = {TimeKey("transfer", 0, "refer_response"): trend, TimeKey("transfer", 1, "refer_to_answer"): trend}
    run = replace(RUN, transfers=(TRANSFER, TRANSFER), handoffs=())
    told = list(figures(run, {}, past))
    assert [[figure.trend for figure in each.known] for each in told] == [[trend], [None]]
