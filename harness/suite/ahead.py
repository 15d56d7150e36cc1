"""Virtual items played and judged ahead in a few processes, handed out in the order of the items.

Judging costs as much as playing, so whole items are handed over and finished entries come back; a
process inherits the items, only their places travel. One item gives the same bytes in any process.
Must not live here: what is done with an item (`run.py`), live items (`side_by_side.py`).
"""

import gc
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_all_start_methods, get_context, parent_process
from multiprocessing.connection import wait
from threading import Thread
from typing import Any, TypeVar

T = TypeVar("T")

_CHUNK_MAX = 20
"""Items that travel together: few enough that the first ones are told at once."""

_work: Callable[[int], object]
"""In a playing process: what makes the result of a place. Inherited by fork, it is never sent."""


def processors() -> int:
    """Processors that this program may use; 1 where processes cannot inherit what is in memory."""
    if "fork" not in get_all_start_methods():
        return 1
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def ahead(work: Callable[[int], T], count: int, processes: int) -> Iterator[Iterator[T]]:
    """`work(0)` to `work(count - 1)` in that order, made by processes that run ahead.

    With one processor there is nothing to gain, and no process is begun.
    What `work` returns must be able to travel (pickle). Raises what it raised, at that place. Leaving the
    block lets the processes end the chunk they are at and nothing more.
    """
    if processes == 1:
        yield map(work, range(count))
        return
    size = max(1, min(_CHUNK_MAX, count // (4 * processes)))
    # A forked process has everything imported already. There is no thread yet that could be lost.
    with ProcessPoolExecutor(processes, get_context("fork"), _begin, (work,)) as pool:
        with undisturbed():
            chunks = [pool.submit(_chunk, start, min(start + size, count)) for start in range(0, count, size)]
        try:
            yield _in_order(chunks)
        finally:
            pool.shutdown(cancel_futures=True)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Processes begun in this block never hear of Ctrl-C and SIGTERM: they inherit what is blocked. Ctrl-C
    reaches all processes of a terminal, and the parent decides what it means. What arrives meanwhile arrives
    after the block."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM))
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _in_order(chunks: "Sequence[Future[list[Any]]]") -> Iterator[Any]:
    for chunk in chunks:
        yield from chunk.result()


def _die_with_parent() -> None:
    """When the parent is killed, nobody is left behind."""
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def _begin(work: Callable[[int], object]) -> None:
    global _work  # noqa: PLW0603  # a process has one work for all its life
    _work = work
    Thread(target=_die_with_parent, daemon=True).start()
    gc.freeze()  # what was inherited lives as long as the process: not worth looking at again
    gc.disable()


def _chunk(start: int, end: int) -> list[object]:
    made = [_work(place) for place in range(start, end)]
    gc.collect()  # once for all of them: what is left of a run is little
    gc.freeze()  # what stays is what is remembered of texts; that goes by itself when it is forgotten
    return made
