"""Live plans played at the same time, each in a process of its own: most of a call is waiting.

Only for plans in which every party is ours: a real system takes one caller after the other. The
processes play and nothing else; judging, files and events stay where they were. Must not live here:
order of items, what an interruption means for results (`run.py`).
"""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.synchronize import Event

from harness.base.limits import LIVE_SIDE_BY_SIDE_MAX
from harness.scenario.plan import Plan
from harness.suite.ahead import undisturbed
from harness.suite.play import Settings, play
from harness.trace.entries import Trace

_POLL_SECONDS = 0.1

_ended: Event
"""In a playing process: set when the user has had enough."""
_parent = 0


class SideBySide:
    """Plans that are being played, known by their place in the list of plans."""

    def __init__(self, futures: "list[Future[Trace | None]]", ended: Event) -> None:
        self._futures = futures
        self._ended = ended

    def trace_of(self, place: int, stop: Callable[[], bool] | None = None) -> Trace:
        """Wait for the trace of a plan; raises what playing it raised, KeyboardInterrupt without any."""
        future = self._futures[place]
        while not wait([future], _POLL_SECONDS).done:
            if stop is not None and stop():
                self.end()
        trace = future.result()
        if trace is None:
            raise KeyboardInterrupt
        return trace

    def never_began(self, place: int) -> bool:
        """Whether the end came before its turn. A plan that a process had fetched already ends at once."""
        future = self._futures[place]
        if not self._ended.is_set():
            return False
        return future.cancelled() or (future.exception() is None and future.result() is None)

    def end(self) -> None:
        """Release every call that is up and begin no other."""
        self._ended.set()
        for future in self._futures:
            future.cancel()


@contextmanager
def side_by_side(plans: Sequence[Plan], settings: Settings) -> Iterator[SideBySide]:
    """Begin to play all plans. Leaving the block ends what is still going on."""
    # A forked process has everything imported already. There is no thread yet that could be lost.
    context = get_context("fork")
    ended = context.Event()
    count = min(len(plans), LIVE_SIDE_BY_SIDE_MAX)
    with ProcessPoolExecutor(count, context, _begin, (ended, os.getpid())) as pool:
        with undisturbed():
            players = SideBySide([pool.submit(_play, plan, settings) for plan in plans], ended)
        try:
            yield players
        finally:
            players.end()


def _begin(ended: Event, parent: int) -> None:
    """First thing in a playing process; of Ctrl-C it hears by `ended` alone."""
    global _ended, _parent
    _ended, _parent = ended, parent


def _play(plan: Plan, settings: Settings) -> Trace | None:
    if _ended.is_set():
        return None
    return play(plan, settings, lambda: _ended.is_set() or os.getppid() != _parent)
