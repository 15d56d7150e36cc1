"""How each time is spread over a whole run, in whole pixels for a small drawing.

Must not live here: HTML; what a time means (`base/definitions.py`).
"""

from collections.abc import Iterable
from dataclasses import dataclass

from harness.base.definitions import TIMES
from harness.results.model import RunEntry, Times

BINS = 30
BIN_WIDTH = 4
WIDTH = BINS * BIN_WIDTH
HEIGHT = 22


@dataclass(frozen=True, slots=True)
class Spread:
    """One time over all transfers and handoffs of a run. Milliseconds."""

    name: str
    count: int
    least: float
    median: float
    ninetieth: float
    most: float
    bars: tuple[tuple[int, int], ...]
    """Left edge and height of every bar that is not empty."""

    def place(self, value: float) -> int:
        """Where a value stands, in pixels from the left."""
        return _bin(value, self.least, self.most) * BIN_WIDTH + BIN_WIDTH // 2


def spreads(runs: Iterable[RunEntry]) -> dict[str, Spread]:
    """Every time that was measured at least once, in the order of its definitions."""
    values: dict[str, list[float]] = {}
    for run in runs:
        held = [each.latency_ms for each in run.transfers]
        held += [each.latency_ms for each in run.handoffs]
        for times in held:
            for name, value in known(times):
                values.setdefault(name, []).append(value)
    order = [*TIMES, *(name for name in values if name not in TIMES)]
    return {name: _spread(name, sorted(values[name])) for name in order if name in values}


def known(times: Times) -> Iterable[tuple[str, float]]:
    """Names and values of the times that are known."""
    for name, value in times.items():
        if isinstance(value, int | float):
            yield name, float(value)


def _spread(name: str, values: list[float]) -> Spread:
    least, most = values[0], values[-1]
    counts = [0] * BINS
    for value in values:
        counts[_bin(value, least, most)] += 1
    highest = max(counts)
    return Spread(
        name=name,
        count=len(values),
        least=least,
        median=values[len(values) // 2],
        ninetieth=values[len(values) * 9 // 10],
        most=most,
        bars=tuple(
            (place * BIN_WIDTH, max(2, round(HEIGHT * count / highest)))
            for place, count in enumerate(counts)
            if count
        ),
    )


def _bin(value: float, least: float, most: float) -> int:
    """Values that are all alike stand in the middle."""
    if most <= least:
        return BINS // 2
    return min(BINS - 1, max(0, int((value - least) / (most - least) * BINS)))
