"""A thousand short scenarios: through `siptransfer run`, and through `pytest`.

    python -m benchmarks.many_scenarios

Writes a thousand files of five lines each, an answered cold transfer of 30 messages, and has them played
and judged by all rules, start-up included, no report. Each run is paired with pytest running a thousand
empty Python tests: what a user waits for anyway. Prints medians and the ratios of the pairs; 1 when a
bound is broken. The bounds are 3 s each.
"""

import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter_ns

COUNT = 1_000
PAIRS = 5
SECONDS_MAX = 3.0
SCENARIO = """\
scenario: Short cold transfer {number}
transfer: cold
caller: {{number: "+19175551212"}}
human: {{number: "+18005550100"}}
expect: {{outcome: connected, refer: accepted}}
"""


def main() -> int:
    """Run the pairs and print; 1 when a bound is broken."""
    quiet = ["-q", "-p", "no:cacheprovider"]
    plugin = [] if _installed() else ["-p", "harness.pytest_plugin"]
    with TemporaryDirectory() as folder:
        scenarios, tests = Path(folder, "scenarios"), Path(folder, "test_empty.py")
        scenarios.mkdir()
        for number in range(COUNT):
            (scenarios / f"{number:04}.yaml").write_text(SCENARIO.format(number=number), encoding="utf-8")
        tests.write_text("".join(f"def test_{number}(): pass\n" for number in range(COUNT)), encoding="utf-8")
        peer = [sys.executable, "-m", "pytest", *quiet, str(tests)]
        run = [sys.executable, "-m", "harness", "run", str(scenarios)]
        through_pytest = [sys.executable, "-m", "pytest", *plugin, *quiet, str(scenarios)]
        slowest = max(compare("siptransfer run", run, peer), compare("pytest", through_pytest, peer))
    return 0 if slowest <= SECONDS_MAX else 1


def compare(name: str, command: list[str], peer: list[str]) -> float:
    """Measure in interleaved pairs; the median of the first in seconds."""
    found = [(process(command), process(peer)) for _ in range(PAIRS)]
    ours, theirs = (median(column) / 1e9 for column in zip(*found, strict=True))
    ratio = median(our / their for our, their in found)
    print(f"{COUNT} scenarios, {name}: {ours:.2f} s, {COUNT} empty tests: {theirs:.2f} s, ratio {ratio:.1f}")
    return ours


def process(command: list[str]) -> int:
    """Nanoseconds from start to end of a process."""
    before_ns = perf_counter_ns()
    subprocess.run(command, check=True, capture_output=True, stdin=subprocess.DEVNULL)
    return perf_counter_ns() - before_ns


def _installed() -> bool:
    """Whether pytest finds the plugin by itself."""
    return any(point.value == "harness.pytest_plugin" for point in entry_points(group="pytest11"))


if __name__ == "__main__":
    sys.exit(main())
