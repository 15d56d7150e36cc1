"""Ctrl-C as a question that a run asks, instead of an exception in the middle of anything.

Must not live here: what a run does when it is asked to end.
"""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def interrupts() -> Iterator[Callable[[], bool]]:
    """Within the block the first Ctrl-C (or SIGTERM) makes the yielded question true, the second raises
    KeyboardInterrupt. Outside the main thread, where signals cannot be had, it stays false."""
    asked = False

    def ask(_number: int, _frame: FrameType | None) -> None:
        nonlocal asked
        if asked:
            raise KeyboardInterrupt
        asked = True

    if threading.current_thread() is not threading.main_thread():
        yield lambda: asked
        return
    before = [(number, signal.signal(number, ask)) for number in _SIGNALS]
    try:
        yield lambda: asked
    finally:
        for number, handler in before:
            signal.signal(number, handler)
