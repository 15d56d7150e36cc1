"""How many cold transfers a second one core plays in virtual time, the trace recorded.

    python -m benchmarks.virtual_transfers

The transfer is `scenarios/cold/answered.yaml`: caller, agent, carrier and human, hold, progress, all
of it as bytes that are built, sent, parsed and recorded. The peer in the same run is sippy, which
only parses the messages of that one transfer. Prints medians of interleaved pairs. Needs sippy.
"""

import gc
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path
from statistics import median
from time import process_time_ns

from harness.actors.cast import build, places
from harness.runtime.virtual.play import addresses, play
from harness.scenario.load import load
from harness.scenario.plan import Plan
from harness.scenario.vocabulary import Vocabulary
from harness.trace.entries import Header, Trace

ROUNDS = 9
TRANSFERS = 200
PER_SECOND_MIN = 1_500
SCENARIO = Path(__file__).parents[1] / "scenarios" / "cold" / "answered.yaml"


def main() -> int:
    """Run the pairs and print; 1 when fewer than the promised transfers a second were played."""
    plan = load(str(SCENARIO), Vocabulary())[0]
    seeds = count(7)  # another one each time: no token, tag or branch is met twice
    messages = [entry.raw for entry in transfer(plan, next(seeds)).messages()]
    with_sippy = sippy_parser()
    gc.collect()
    gc.freeze()  # what is loaded by now is nobody's garbage
    rows = [
        (cost(lambda: transfer(plan, next(seeds))), cost(lambda: with_sippy(messages))) for _ in range(ROUNDS)
    ]
    ours, theirs = (median(column) for column in zip(*rows, strict=True))
    ratio = median(one / other for one, other in rows)
    print(f"cold transfer of {len(messages)} messages, one core, medians of {ROUNDS} rounds of {TRANSFERS}")
    print(f"  played in virtual time and recorded  {ours / 1000:7.0f} us, {1e9 / ours:6.0f} a second")
    print(f"  sippy only parses its messages       {theirs / 1000:7.0f} us")
    print(f"  ratio                                {ratio:7.2f}")
    return 0 if 1e9 / ours >= PER_SECOND_MIN else 1


def transfer(plan: Plan, seed: int) -> Trace:
    """Play one transfer."""
    places_ = addresses(places(plan))
    return play(build(plan, seed, places_), Header(seed=seed, scenario=plan.title))


def cost(work: Callable[[], object]) -> float:
    """Processor time of one piece of work in nanoseconds, the mean over one round."""
    begin = process_time_ns()
    for _ in range(TRANSFERS):
        work()
    return (process_time_ns() - begin) / TRANSFERS


def sippy_parser() -> Callable[[list[bytes]], None]:
    """Parse requests and responses with sippy, and read what an engine needs of each."""
    from sippy.SipRequest import SipRequest  # noqa: PLC0415  only this script needs sippy
    from sippy.SipResponse import SipResponse  # noqa: PLC0415

    def read(messages: list[bytes]) -> None:
        for data in messages:
            kind = SipResponse if data.startswith(b"SIP/2.0") else SipRequest
            message = kind(data.decode())
            message.getHFBody("cseq").getCSeq()
            message.getHFBody("via").getBranch()
            message.getHFBody("from").getTag()
            message.getHFBody("to").getTag()

    return read


if __name__ == "__main__":
    sys.exit(main())
