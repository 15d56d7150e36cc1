"""The page of the docs on the scenario language."""

from pathlib import Path

from harness.actors.fallback import FAILURES
from harness.scenario import typed
from harness.scenario.model import json_schema
from harness.suite.scenario_page import VALUES, page

PAGE = Path(__file__).parents[2] / "docs" / "scenarios.md"


def test_the_page_in_the_docs_is_made_from_the_model_as_it_is() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "type `make pages`"


def test_every_key_of_every_block_stands_on_the_page() -> None:
    schema = json_schema()
    keys = {key for block in (schema, *schema["$defs"].values()) for key in block.get("properties", {})}
    assert [key for key in sorted(keys) if f"`{key}`" not in page()] == []


def test_every_kind_of_value_has_its_words() -> None:
    for name in VALUES:
        assert hasattr(typed, name)
    assert "| any value |" not in page().replace("| `parameters` | text: list of any value |", "")


def test_no_cell_of_meaning_is_empty() -> None:
    rows = [line for line in page().splitlines() if line.startswith("| `")]
    assert [row for row in rows if row.endswith("|  |")] == []


def test_failures_are_told_by_the_codes_that_agent_and_carrier_read() -> None:
    assert f"| `busy` | Final status {', '.join(map(str, sorted(FAILURES['busy'])))}. |" in page()
    assert "| `error` | Every failure. |" in page()
