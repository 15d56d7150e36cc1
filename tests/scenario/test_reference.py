"""The page of the docs about the language: fresh, and with every word in it."""

from pathlib import Path

from harness.actors.fallback import FAILURES
from harness.scenario.reference import page
from harness.scenario.schema import schema

PAGE = Path(__file__).parents[2] / "docs" / "scenarios.md"


def test_the_page_in_the_docs_is_what_the_code_says() -> None:
    wanted = "run python -m harness.scenario.reference > docs/scenarios.md"
    assert PAGE.read_text(encoding="utf-8") == page(), wanted


def test_every_word_that_can_be_written_has_a_row() -> None:
    made = schema()
    for block in (made, *made["$defs"].values()):
        for key in block["properties"]:
            assert f"`{key}`" in page() or key == "$schema", key


def test_the_statuses_of_a_failure_are_those_that_the_players_go_by() -> None:
    for word, statuses in FAILURES.items():
        assert f"| `{word}` | {', '.join(str(status) for status in sorted(statuses))} |" in page()


def test_its_example_is_in_the_library() -> None:
    example = page().partition("```yaml\n")[2].partition("```")[0]
    busy = Path(__file__).parents[2] / "scenarios" / "cold" / "busy.yaml"
    assert example.splitlines()[:2] == busy.read_text(encoding="utf-8").splitlines()[:2]
