"""A program that plays the answered cold transfer on sockets and keeps the trace when it is stopped.

`python -m tests.live.driver TRACE` says `playing` once the run goes on.
"""

import sys

from harness.actors.cast import build, places
from harness.base.instant import SECOND
from harness.runtime.live.interrupt import interrupts
from harness.runtime.live.play import play
from harness.runtime.live.sockets import open_sockets
from harness.trace.entries import Header
from harness.trace.store import write
from tests.live.playing import SEED, cast_of, plan_of


def main(path: str) -> None:
    """Play, write, tell how it ended."""
    plan = plan_of("cold", "answered")
    sockets = open_sockets(places(plan))
    hosts = build(plan, SEED, sockets.addresses)
    header = Header(seed=SEED, cast=cast_of(sockets.addresses))
    told = False
    with interrupts() as asked:

        def stop() -> bool:
            nonlocal told
            if not told:
                told = True
                print("playing", flush=True)
            return asked()

        trace = play(hosts, sockets, header, deadline_ns=60 * SECOND, stop=stop)
    write(trace, path)
    print("whole" if trace.header.complete else "interrupted")


if __name__ == "__main__":
    main(sys.argv[1])
