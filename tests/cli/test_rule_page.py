"""The reference of rules in the docs is that of the rules as they are."""

from pathlib import Path

import pytest

from harness.cli.rule_page import page
from harness.judge.rules import ALL

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def made() -> str:
    return page(ROOT)


def without_uses(text: str) -> str:
    """The page without the counts: a new scenario changes them, and `make pages` brings them up to date."""
    return "\n".join(line for line in text.splitlines() if not line.startswith("- applicable in"))


def test_the_page_in_the_docs_is_that_of_the_rules_as_they_are(made: str) -> None:
    written = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
    assert without_uses(written) == without_uses(made), "type `make pages`"


def test_every_rule_has_a_section(made: str) -> None:
    for name in ALL:
        assert f"### {name}\n" in made


def test_what_nothing_exercises_is_listed_as_such(made: str) -> None:
    listed = made.partition("## Never exercised\n")[2].partition("## Left out")[0]
    sections = made.partition("## Never exercised\n")[0].split("### ")
    never = [section.partition("\n")[0] for section in sections if "never exercised" in section]
    assert sorted(never) == sorted(line[3:-1] for line in listed.splitlines() if line.startswith("- `"))
