"""Ctrl-C, and SIGTERM from a CI server that cancels a job: reports of what there is are written, exit code 1.

Must not live here: what a command does when it is asked to end.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interruption:
    """The first signal is a question that the command asks, or, while `at_once`, a KeyboardInterrupt; every
    further one is a KeyboardInterrupt."""

    def __init__(self) -> None:
        self.at_once = False
        self._asked = False

    def asked(self) -> bool:
        """Whether the user has had enough."""
        return self._asked

    def note(self, _number: int, _frame: FrameType | None) -> None:
        """Handler of the signals."""
        again, self._asked = self._asked, True
        if again or self.at_once:
            raise KeyboardInterrupt


@contextmanager
def interruption() -> Iterator[Interruption]:
    """Within the block signals are noted, by one for the whole program: that of the outermost block. Outside
    the main thread, where they cannot be had, none ever is."""
    found = _outer()
    if found is not None:
        was, found.at_once = found.at_once, False
        yield found
        found.at_once = was
        return
    found = Interruption()
    if threading.current_thread() is not threading.main_thread():
        yield found
        return
    # One that is ignored stays so: a shell does that for what it starts in the background.
    before = {number: signal.getsignal(number) for number in SIGNALS}
    heard = [number for number, handler in before.items() if handler != signal.SIG_IGN]
    for number in heard:
        signal.signal(number, found.note)
    try:
        yield found
    finally:
        for number in heard:
            signal.signal(number, before[number])


def _outer() -> Interruption | None:
    owners = (getattr(signal.getsignal(number), "__self__", None) for number in SIGNALS)
    return next((owner for owner in owners if isinstance(owner, Interruption)), None)
