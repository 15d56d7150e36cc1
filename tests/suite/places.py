"""Scenario files for the tests of suite, cli and plugin, written where a test wants them."""

from pathlib import Path

import harness

PACKAGE_AT = str(Path(harness.__file__).resolve().parent.parent)
"""For PYTHONPATH of programs that tests start elsewhere: they meet the package that is tested here."""

ANSWERED = """\
scenario: Cold transfer, the human answers
transfer: cold
expect:
  reaches: human
  refer: accepted
"""

BUSY_AND_WRONG = """\
scenario: The human is busy, and a wish that does not come true
transfer: cold
human: {busy: true}
expect:
  outcome: connected
"""

MISTAKEN = """\
scenario: Two mistakes
transfer: lukewarm
human: {bussy: true}
"""

UNDECIDED = """\
scenario: The human's voice is asked for, and there is no audio to tell
transfer: cold
expect:
  latency: {human_heard: under 2s}
"""


def scenario(folder: Path, text: str = ANSWERED, name: str = "one.yaml") -> Path:
    """Write a scenario file, make its folder where needed, and say where it is."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path
