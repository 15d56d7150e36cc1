"""What a live call costs when 200 go on at the same time, compared with 10.

    python -m benchmarks.live_calls

Each call is the answered cold transfer between caller, agent, carrier and human, every party with a
UDP socket of its own on 127.0.0.1, the trace recorded with kernel stamps. Prints the processor time
for each call of both sizes (median of interleaved pairs) and their ratio. The bound is 1.5.
"""

import resource
import sys
from dataclasses import replace
from pathlib import Path
from statistics import median
from time import process_time_ns

from harness.actors.cast import build, places
from harness.base.instant import SECOND
from harness.protocol.host import Host
from harness.runtime.live.play import play
from harness.runtime.live.sockets import open_sockets
from harness.scenario.load import load
from harness.scenario.plan import Plan
from harness.scenario.vocabulary import Vocabulary
from harness.trace.entries import Header

FEW = 10
MANY = 200
PAIRS = 5
RATIO_MAX = 1.5
SCENARIO = Path(__file__).parents[1] / "scenarios" / "cold" / "answered.yaml"


def main() -> int:
    """Run the pairs and print; 1 when the bound is broken."""
    _allow_files(MANY * 8)
    plan = _quick(load(str(SCENARIO), Vocabulary())[0])
    cost(plan, FEW)  # imports and first uses are nobody's cost
    pairs = [(cost(plan, FEW), cost(plan, MANY)) for _ in range(PAIRS)]
    few, many = (median(column) for column in zip(*pairs, strict=True))
    ratio = median(many / few for few, many in pairs)
    print(f"{FEW} calls: {few / 1e6:.2f} ms each, {MANY} calls: {many / 1e6:.2f} ms each, ratio {ratio:.2f}")
    return 0 if ratio <= RATIO_MAX else 1


def cost(plan: Plan, calls: int) -> float:
    """Nanoseconds of processor time for each of that many calls at the same time."""
    names = [f"{number}/{name}" for number in range(calls) for name in places(plan)]
    sockets = open_sockets(names)
    hosts: dict[str, Host] = {}
    for number in range(calls):
        where = {name: sockets.addresses[f"{number}/{name}"] for name in places(plan)}
        hosts |= {f"{number}/{name}": host for name, host in build(plan, number, where).items()}
    before_ns = process_time_ns()
    trace = play(hosts, sockets, Header(), deadline_ns=60 * SECOND)
    spent_ns = process_time_ns() - before_ns
    sent = len(trace.messages())
    if sent != calls * 30:
        print(
            f"{calls} calls took {sent} messages instead of {calls * 30}: retransmissions, machine too busy"
        )
    return spent_ns / calls


def _quick(plan: Plan) -> Plan:
    """People who answer and hang up sooner; the messages are the same."""
    parties = tuple(
        replace(party, behaviour=replace(party.behaviour, answers_after_ns=SECOND // 2))
        for party in plan.parties
    )
    return replace(plan, parties=parties)


def _allow_files(count: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count if hard == resource.RLIM_INFINITY else min(count, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


if __name__ == "__main__":
    sys.exit(main())
