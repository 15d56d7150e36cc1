"""Many virtual scenarios played ahead of pytest: it takes finished runs, item after item.

What pytest does around each item costs about as much as a run on two processors. Must not live here: who
plays (`suite/ahead.py`), which items there are (`items.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.suite.collect import Item
    from harness.suite.events import RunFinished
    from harness.suite.play import Settings


class Ahead:
    """Runs of items in the order in which pytest means to play them. Call `close` at the end."""

    def __init__(self, items: Sequence[Item], settings: Settings) -> None:
        from harness.suite.run import played_ahead

        self._places = {item.id: place for place, item in enumerate(items)}
        self._next = 0
        self._stack = ExitStack()
        self._runs: Iterator[RunFinished] = self._stack.enter_context(played_ahead(items, settings))

    def take(self, item: Item) -> RunFinished | None:
        """The run of an item, once; None when it was not planned or its turn is over: play it then.

        Runs of items before it are let go: pytest left those out after all. Raises what playing it raised.
        """
        place = self._places.get(item.id, -1)
        if place < self._next:
            return None
        try:
            while True:
                run = next(self._runs)
                self._next += 1
                if self._next > place:
                    return run
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Play no more; whatever is asked for from now on is not here."""
        self._next = len(self._places)
        self._stack.close()


def worth_it(items: Sequence[Item], settings: Settings) -> bool:
    """Whether these items gain by processes: many, and none on sockets."""
    from harness.suite.run import WORTH_IT

    return len(items) >= WORTH_IT and not any(
        settings.is_live(item.plan) for item in items if item.plan is not None
    )
