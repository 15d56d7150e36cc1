"""`siptransfer`, and `python -m harness`: where the program begins.

Imports nothing of ours before Ctrl-C is understood: the command line takes its time to load.
"""

import os
import signal
from types import FrameType


def main() -> None:
    """Entry point of the program."""
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _leave)
    from harness.cli.main import main as command_line  # noqa: PLC0415 - see above

    command_line()


def _leave(_number: int, _frame: FrameType | None) -> None:
    """Not by an exception: in the middle of an import it could be taken for a broken module."""
    os.write(2, b"siptransfer: interrupted; nothing was played\n")
    os._exit(1)


if __name__ == "__main__":
    main()
