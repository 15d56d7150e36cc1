"""The JSON Schema for editors: fresh, whole, and true about the shipped scenarios' keys."""

import json

from harness.scenario import model, schema
from harness.scenario.typed import keys_of


def test_the_file_is_what_the_model_says() -> None:
    assert schema.PATH.read_text(encoding="utf-8") == schema.text(), "run python -m harness.scenario.schema"


def test_words_of_later_versions_are_offered_with_a_note() -> None:
    offered = json.loads(schema.text())
    assert offered["properties"]["steps"]["deprecated"] is True
    assert "not playable" in offered["$defs"]["Agent"]["properties"]["briefs"]["description"]


def test_every_playable_key_is_offered_and_no_other_is_allowed() -> None:
    offered = json.loads(schema.text())
    for name, block in [("Scenario", offered), *offered["$defs"].items()]:
        assert set(keys_of(getattr(model, name))) <= set(block["properties"]), name
        if name != "Expect":
            assert block["additionalProperties"] is False, name


def test_a_number_may_stand_without_quotes_and_a_list_of_one_without_brackets() -> None:
    offered = json.loads(schema.text())
    number = json.dumps(offered["$defs"]["Caller"]["properties"]["number"])
    assert '"integer"' in number
    progress = json.dumps(offered["$defs"]["Expect"]["properties"]["progress"])
    assert '"array"' in progress and '"integer"' in progress
    assert "null" not in schema.text()
