"""Ctrl-C as a question."""

import os
import signal
import threading

import pytest

from harness.runtime.live.interrupt import interrupts


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_is_a_question_and_the_second_an_exception(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with interrupts() as asked:
        assert not asked()
        os.kill(os.getpid(), number)
        assert asked()
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), number)
    assert signal.getsignal(number) is before


def test_outside_the_main_thread_nobody_is_asked() -> None:
    answers = []

    def ask() -> None:
        with interrupts() as asked:
            answers.append(asked())

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    assert answers == [False]
