"""What happens while scenarios are played, as a small stream that listeners read.

Must not live here: listeners (`report`), the engine (`run.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from harness.base.span import Mistake
from harness.results.model import RunEntry
from harness.trace.entries import Trace


@dataclass(frozen=True, slots=True)
class RunStarted:
    """An item is about to be played. `number` counts from 1."""

    number: int
    total: int
    id: str
    live: bool


@dataclass(frozen=True, slots=True)
class RunFinished:
    """An item was played and judged, or could not be."""

    number: int
    total: int
    run: RunEntry
    trace: Trace | None = None
    source: Sequence[str] = ()
    """Lines of the scenario file."""
    kept: tuple[str, ...] = ()
    """Paths of files that were written."""
    interrupted: bool = False
    """The user ended the run; the trace holds what happened until then."""
    mistakes: Sequence[Mistake] = ()
    """What is wrong with the file, where it could not be played for that."""


Event = RunStarted | RunFinished
