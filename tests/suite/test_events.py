"""The stream of events is made of values that compare and print."""

from harness.results.model import RunEntry
from harness.suite.events import RunFinished, RunStarted


def test_a_finished_run_tells_its_entry_and_its_place_in_the_row() -> None:
    entry = RunEntry("a", "A", "a", 1, "virtual", "pass")
    event = RunFinished(2, 3, entry)
    assert (event.number, event.total, event.run.verdict) == (2, 3, "pass")
    assert not event.interrupted
    assert RunStarted(1, 3, "a", live=False) == RunStarted(1, 3, "a", live=False)
