"""What one scenario costs: with start-up, and the two-minute one after start-up.

    python -m benchmarks.startup

First `siptransfer run` on the answered scenario as a process of its own, paired with a process that
imports pytest and nothing else. Then, in this process, playing and judging the scenario in which
nobody answers for two minutes, paired with the one in which the human answers. Prints medians and
the ratios of the pairs. The bounds are those of a user's patience: 1 s and 20 ms.
"""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter_ns

from harness.suite.collect import Item, collect
from harness.suite.play import Settings
from harness.suite.run import run_item

PAIRS = 7
PLAYED_PAIRS = 30
COLD = Path(__file__).parents[1] / "scenarios" / "cold"
RUN_MS_MAX = 1_000
NO_ANSWER_MS_MAX = 20


def main() -> int:
    """Run the pairs and print; 1 when a bound is broken."""
    run = [sys.executable, "-m", "harness", "run", str(COLD / "answered.yaml")]
    peer = [sys.executable, "-c", "import pytest"]
    started_ms = compare(
        "siptransfer run", "import pytest", PAIRS, lambda: process(run), lambda: process(peer)
    )
    long, short = (item(name) for name in ("no-answer.yaml", "answered.yaml"))
    played_ms = compare("no-answer", "answered", PLAYED_PAIRS, lambda: played(long), lambda: played(short))
    return 0 if started_ms <= RUN_MS_MAX and played_ms <= NO_ANSWER_MS_MAX else 1


def compare(
    name: str, peer: str, pairs: int, measure: Callable[[], int], measure_peer: Callable[[], int]
) -> float:
    """Measure in interleaved pairs; the median of the first in ms."""
    measure()
    measure_peer()  # what is read from disk for the first time is nobody's cost
    found = [(measure(), measure_peer()) for _ in range(pairs)]
    ours, theirs = (median(column) / 1e6 for column in zip(*found, strict=True))
    ratio = median(our / their for our, their in found)
    print(f"{name}: {ours:.1f} ms, {peer}: {theirs:.1f} ms, ratio {ratio:.2f}")
    return ours


def process(command: list[str]) -> int:
    """Nanoseconds from start to end of a process."""
    before_ns = perf_counter_ns()
    subprocess.run(command, check=True, capture_output=True, stdin=subprocess.DEVNULL)
    return perf_counter_ns() - before_ns


def played(played_item: Item) -> int:
    """Nanoseconds for playing and judging one item."""
    before_ns = perf_counter_ns()
    finished = run_item(played_item, Settings(), "x")
    spent_ns = perf_counter_ns() - before_ns
    if finished.run.verdict != "pass":
        sys.exit(f"{played_item.id}: {finished.run.verdict}: a figure of a run that failed says nothing")
    return spent_ns


def item(name: str) -> Item:
    (found,) = collect([str(COLD / name)])
    return found


if __name__ == "__main__":
    sys.exit(main())
