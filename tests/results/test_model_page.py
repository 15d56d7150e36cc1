"""The page of the docs on results.json."""

import json
from dataclasses import dataclass
from pathlib import Path

from harness.results.json_text import to_json
from harness.results.model import Results
from harness.results.model_page import field_meanings, page
from tests.results.samples import RESULTS

PAGE = Path(__file__).parents[2] / "docs" / "results.md"


def test_the_page_in_the_docs_is_made_from_the_model_as_it_is() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "type `make pages`"


def test_every_field_has_a_meaning() -> None:
    rows = [line for line in page().splitlines() if line.startswith("| `")]
    assert [row for row in rows if row.endswith("|  |")] == []


def test_every_field_of_a_real_file_stands_on_the_page() -> None:
    names: set[str] = set()

    def note(value: object) -> None:
        for inner in value if isinstance(value, list) else ():
            note(inner)
        for name, inner in value.items() if isinstance(value, dict) else ():
            names.add(name)
            if name not in ("why", "latency_ms", "rule_verdicts"):
                note(inner)

    note(json.loads(to_json(RESULTS)))
    assert len(names) > 60
    assert [name for name in sorted(names) if f"| `{name}` |" not in page()] == []


@dataclass(frozen=True)
class Sample:
    """A class of two fields."""

    told: int
    """What it is,
    on two lines."""
    silent: int = 0


def test_the_text_below_a_field_is_its_meaning() -> None:
    assert field_meanings(Sample) == {"told": "What it is, on two lines."}
    assert "format" in field_meanings(Results)
