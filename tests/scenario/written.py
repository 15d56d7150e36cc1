"""Scenario texts for tests: what a file says, as plans or as its mistakes `line:column: text; hint`."""

from harness.base.errors import ScenarioError
from harness.scenario.load import load_text
from harness.scenario.plan import Plan
from harness.scenario.vocabulary import Vocabulary

VOCABULARY = Vocabulary(
    rules={"truthful-notify": "", "final-notify-present": "", "RFC3515-2.4.4-3": ""},
    profiles={"rfc": ""},
    quirks={"no-notify": "", "notify-200-at-once": "", "refer-200": ""},
)

HEAD = "scenario: A promise\ntransfer: cold\n"
"""Two lines that every short-form file needs; what a test adds starts on line 3."""


def plans(text: str | bytes) -> list[Plan]:
    """The plans of a text. Raises ScenarioError."""
    data = text if isinstance(text, bytes) else text.encode()
    return load_text(data, "x.yaml", VOCABULARY)


def plan(text: str) -> Plan:
    """The only plan of a text that starts on line 3."""
    (only,) = plans(HEAD + text)
    return only


def mistakes(text: str | bytes) -> list[str]:
    """The mistakes of a whole text; an empty list when it has none."""
    try:
        plans(text)
    except ScenarioError as error:
        return [mistake.headline().removeprefix("x.yaml:") for mistake in error.mistakes]
    return []
