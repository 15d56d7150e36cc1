"""All modules that a session of pytest loads on demand, loaded once: pytester forgets what a session in this
process imported, and a second set of classes would not know the first.
"""

from pathlib import Path

import harness.pytest_plugin.ahead
import harness.pytest_plugin.fixture
import harness.pytest_plugin.reporting
import harness.report.junit
import harness.report.page
import harness.results.history
import harness.runtime.live.interrupt
import harness.runtime.live.play
import harness.runtime.live.sockets  # noqa: F401 - each for its effect
from harness.suite.collect import collect
from harness.suite.play import Settings
from harness.suite.run import run_item
from tests.suite.places import ANSWERED, scenario


def load(folder: Path) -> None:
    """Play one scenario, which loads what players and judge need."""
    (item,) = collect([str(scenario(folder, ANSWERED))])
    assert run_item(item, Settings(), "loaded").run.verdict == "pass"
