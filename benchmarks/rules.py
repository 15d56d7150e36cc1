"""How many cold transfers a second one core judges by every rule.

    python -m benchmarks.rules

The transfer is `scenarios/cold/answered.yaml`, played once before. What is timed is `rule.apply` with all
rules on a case that was never looked at: messages parsed, calls rebuilt and outcomes decided, as every
face has them by then. The peer in the same run is sippy, which only parses the messages of that one
transfer. Prints medians of interleaved pairs. Needs sippy.
"""

import gc
import sys
from statistics import median
from time import process_time_ns

from benchmarks.virtual_transfers import SCENARIO, cost, sippy_parser, transfer
from harness.judge.judged import judged
from harness.judge.parties import Parties
from harness.judge.rule import apply
from harness.judge.rules import ALL
from harness.scenario.load import load
from harness.scenario.vocabulary import Vocabulary
from harness.trace.calls import rebuild
from harness.trace.entries import Trace
from harness.trace.model import Case

ROUNDS = 9
TRANSFERS = 200
PER_SECOND_MIN = 500


def main() -> int:
    """Run the pairs and print; 1 when fewer than the promised transfers a second were judged."""
    trace = transfer(load(str(SCENARIO), Vocabulary())[0], 7)
    messages = [entry.raw for entry in trace.messages()]
    with_sippy = sippy_parser()
    ours_each(trace)
    gc.collect()
    gc.freeze()  # what is loaded by now is nobody's garbage
    rows = [(ours_each(trace), cost(lambda: with_sippy(messages))) for _ in range(ROUNDS)]
    ours, theirs = (median(column) for column in zip(*rows, strict=True))
    ratio = median(one / other for one, other in rows)
    print(f"cold transfer of {len(messages)} messages, one core, medians of {ROUNDS} rounds of {TRANSFERS}")
    print(f"  judged by {len(ALL)} rules               {ours / 1000:7.0f} us, {1e9 / ours:6.0f} a second")
    print(f"  sippy only parses its messages    {theirs / 1000:7.0f} us")
    print(f"  ratio                             {ratio:7.2f}")
    return 0 if 1e9 / ours >= PER_SECOND_MIN else 1


def ours_each(trace: Trace) -> float:
    """Processor time of all rules on one case in nanoseconds, the mean over one round of fresh cases."""
    cases = [fresh(trace) for _ in range(TRANSFERS)]
    begin = process_time_ns()
    for case in cases:
        apply(case)
    return (process_time_ns() - begin) / TRANSFERS


def fresh(trace: Trace) -> Case:
    """The case as the judge hands it to the rules."""
    (case,) = rebuild(trace)
    judged(case, Parties(trace))
    return case


if __name__ == "__main__":
    sys.exit(main())
