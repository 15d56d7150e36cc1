"""The JSON Schema for editors: fresh, whole, and true about the shipped scenarios' keys."""

import json
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from harness.scenario import model, schema, step_model
from harness.scenario.meanings import MEANINGS
from harness.scenario.typed import keys_of

SCENARIOS = Path(__file__).parents[2] / "scenarios"


def test_the_file_is_what_the_model_says() -> None:
    assert schema.PATH.read_text(encoding="utf-8") == schema.text(), "run python -m harness.scenario.schema"


def test_words_of_later_versions_are_offered_with_a_note() -> None:
    offered = json.loads(schema.text())
    assert offered["properties"]["trigger"]["deprecated"] is True
    assert "not playable" in offered["$defs"]["Agent"]["properties"]["briefs"]["description"]


def test_every_playable_key_is_offered_and_no_other_is_allowed() -> None:
    offered = json.loads(schema.text())
    for name, block in [("Scenario", offered), *offered["$defs"].items()]:
        written = getattr(model, name, None) or getattr(step_model, name)
        assert set(keys_of(written)) <= set(block["properties"]), name
        if name != "Expect":
            assert block["additionalProperties"] is False, name


def test_a_number_may_stand_without_quotes_and_a_list_of_one_without_brackets() -> None:
    offered = json.loads(schema.text())
    number = json.dumps(offered["$defs"]["Caller"]["properties"]["number"])
    assert '"integer"' in number
    progress = json.dumps(offered["$defs"]["Expect"]["properties"]["progress"])
    assert '"array"' in progress and '"integer"' in progress
    assert "null" not in schema.text()


def test_every_key_has_one_sentence_that_editors_show() -> None:
    offered = json.loads(schema.text())
    blocks = [("Scenario", offered), *offered["$defs"].items()]
    keys = {name: list(block["properties"]) for name, block in blocks}
    bare = [f"{name}.{key}" for name, block in blocks for key, rule in block["properties"].items()
            if not rule.get("description")]  # fmt: skip
    assert bare == []
    assert all(set(meanings) <= set(keys[name]) for name, meanings in MEANINGS.items())
    own = {name: model.json_schema() if name == "Scenario" else model.json_schema()["$defs"][name]
           for name in MEANINGS}  # fmt: skip
    twice = [f"{name}.{key}" for name, meanings in MEANINGS.items() for key in meanings
             if "description" in own[name]["properties"][key]]  # fmt: skip
    assert twice == []


@pytest.mark.parametrize("path", sorted(SCENARIOS.rglob("*.yaml")), ids=lambda path: path.stem)
def test_an_independent_validator_takes_every_shipped_scenario(path: Path) -> None:
    assert refusals(path.read_text(encoding="utf-8")) == []


def refusals(text: str) -> list[str]:
    """Where another implementation of JSON Schema, on another reading of the YAML, finds a mistake."""
    validator = Draft202012Validator(json.loads(schema.text()))
    return [error.json_path for error in validator.iter_errors(yaml.safe_load(text))]


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(json.loads(schema.text()))


@pytest.mark.parametrize(
    ("line", "place"),
    [
        ("humam: {}", "$"),
        ("human: {bussy: true}", "$.human"),
        ("human: busy", "$.human"),
        ("human: {busy: sometimes}", "$.human.busy"),
        ("human: {rejects: 99}", "$.human.rejects"),
        ("human: {rejects: busy}", "$.human.rejects"),
        ("human: {answers_after: 2}", "$.human.answers_after"),
        ("human: {answers_after: 2 parsecs}", "$.human.answers_after"),
        ("direction: sideways", "$.direction"),
        ("by: pigeon", "$.by"),
        ("agent: {leaves: never}", "$.agent.leaves"),
        ("carrier: {challenges: {REFER: 403}}", "$.carrier.challenges.REFER"),
        ("fallback: {when: busy}", "$.fallback"),
        ("fallback: {to: box, by: human}", "$.fallback"),
        ("expect: connected", "$.expect"),
        ("expect: {outcom: connected}", "$.expect.outcom"),
        ("expect: {outcome: conected}", "$.expect.outcome"),
        ("expect: {progress: [100, 700]}", "$.expect.progress"),
        ("expect: {latency: {handoff: 4s}}", "$.expect.latency.handoff"),
        ("expect: {never: {INVIET: {}}}", "$.expect.never"),
        ("expect: {caller: {never: [sad]}}", "$.expect.caller.never"),
    ],
)
def test_an_independent_validator_refuses_a_typical_mistake(line: str, place: str) -> None:
    assert refusals(f"scenario: A promise\ntransfer: cold\n{line}\n") == [place]


@pytest.mark.parametrize("text", ["scenario: x\n", "transfer: cold\n", "scenario: x\ntransfer: hot\n"])
def test_it_refuses_a_file_without_its_two_words(text: str) -> None:
    assert refusals(text)


@pytest.mark.parametrize(
    "line",
    [
        "human: {number: +15550100, busy: yes}",
        "parameters: {code: [486, 603]}\nhuman: {rejects: $code}\nexpect: {progress: [100, $code]}",
        "markers: smoke",
        "expect: {colleague: {fate: with-human}}",
    ],
)
def test_what_the_language_takes_the_validator_takes(line: str) -> None:
    assert refusals(f"scenario: A promise\ntransfer: cold\n{line}\n") == []
