"""The text of results.json: its bytes, and reading one run back."""

import json
from dataclasses import replace

from harness.results.json_text import run_from_json, run_to_json, to_json
from harness.results.model import Results
from tests.results.samples import RESULTS, RUN


def test_the_file_holds_every_field_in_the_order_of_the_classes() -> None:
    data = json.loads(to_json(RESULTS))
    assert [*data] == [*Results.__dataclass_fields__]
    assert data["runs"] == [json.loads(run_to_json(run)) for run in RESULTS.runs]


def test_equal_values_give_equal_bytes() -> None:
    again = replace(RESULTS, runs=tuple(run_from_json(run_to_json(run)) for run in RESULTS.runs))
    assert to_json(again) == to_json(RESULTS)


def test_a_run_without_anything_is_legal() -> None:
    assert json.loads(to_json(Results(1, "t", 0, "pass", ())))["runs"] == []


def test_a_command_to_a_ci_server_is_no_command_and_the_same_text() -> None:
    text = to_json(replace(RESULTS, tool="##[add-mask]a ###[x]"))
    assert "##[" not in text
    assert json.loads(text)["tool"] == "##[add-mask]a ###[x]"


def test_one_run_alone_is_read_back_as_it_was() -> None:
    assert run_from_json(run_to_json(RUN)) == RUN
    assert "\n" not in run_to_json(RUN)
