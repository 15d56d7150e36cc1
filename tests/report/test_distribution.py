"""How times are spread over a run."""

from dataclasses import replace

from harness.report.distribution import HEIGHT, WIDTH, spreads
from harness.results.model import RunEntry
from tests.results.samples import RUN, TRANSFER


def run(value: float) -> RunEntry:
    times = {"refer_response": value, "odd": 1.0, "bridge": None, "why": {"bridge": "no audio"}}
    return replace(RUN, transfers=(replace(TRANSFER, latency_ms=times),), handoffs=())


def test_least_median_ninetieth_and_most_are_values_that_were_measured() -> None:
    spread = spreads([run(float(value)) for value in range(1, 101)])["refer_response"]
    assert (spread.count, spread.least, spread.most) == (100, 1.0, 100.0)
    assert (spread.median, spread.ninetieth) == (51.0, 91.0)


def test_bars_stand_within_the_drawing_and_a_value_within_its_bar() -> None:
    spread = spreads([run(value) for value in (1.0, 1.0, 2.0, 9.0)])["refer_response"]
    assert [height for _, height in spread.bars] == [HEIGHT, HEIGHT // 2, HEIGHT // 2]
    assert all(0 <= left < WIDTH for left, _ in spread.bars)
    left = spread.bars[-1][0]
    assert left < spread.place(9.0) < WIDTH


def test_values_that_are_all_alike_stand_in_the_middle() -> None:
    spread = spreads([run(5.0)] * 3)["refer_response"]
    assert abs(spread.place(5.0) - WIDTH // 2) < WIDTH // 10


def test_times_come_in_the_order_of_their_definitions_and_unknown_ones_last() -> None:
    assert list(spreads([run(1.0)])) == ["refer_response", "odd"]


def test_times_of_a_handoff_count_too() -> None:
    handoff = replace(RUN.handoffs[0], latency_ms={"handoff": 7.0})
    assert list(spreads([replace(run(1.0), handoffs=(handoff,))])) == ["handoff", "refer_response", "odd"]
