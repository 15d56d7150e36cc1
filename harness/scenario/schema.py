"""The JSON Schema that editors complete scenarios with, kept as `schema.json` beside this file.

`python -m harness.scenario.schema` writes it anew; a test holds it fresh. Must not live here: the
format itself (`model.py`).
"""

import json
from pathlib import Path
from typing import Any

from harness.scenario.meanings import MEANINGS
from harness.scenario.model import json_schema
from harness.scenario.step_model import ALONE
from harness.scenario.words import LATER, LATER_VALUES, NOT_YET

PATH = Path(__file__).with_name("schema.json")

_PARAMETER = {"type": "string", "pattern": r"^\$[A-Za-z_]"}
"""A `$name` may stand for any single value."""


def schema() -> dict[str, Any]:
    """JSON Schema, draft 2020-12. Keys of later versions are offered with a note that says so."""
    made = json_schema()
    definitions = made["$defs"]
    # `refuses: 603` is short for `refuses: {refer: 603}`.
    code = definitions["Refuses"]["properties"]["refer"]["anyOf"][0]
    definitions["Carrier"]["properties"]["refuses"]["anyOf"].append(dict(code))
    for name, block in [("Scenario", made), *definitions.items()]:
        for key, rule in block.get("properties", {}).items():
            block["properties"][key] = _for_editors(_described(name, key, rule))
        for key in LATER.get(name, ()):
            block.setdefault("properties", {}).setdefault(
                key, {"description": f"{key} {NOT_YET}", "deprecated": True}
            )
    for holder in (made, definitions["Fallback"], definitions["Context"]):
        for key in LATER_VALUES.keys() & holder["properties"].keys():
            note = f"{', '.join(LATER_VALUES[key])}: later versions"
            holder["properties"][key].setdefault("description", note)
    # The long form says by its steps what the short form says by `transfer:`.
    made["required"] = ["scenario"]
    made["anyOf"] = [{"required": ["transfer"]}, {"required": ["steps"]}]
    step = definitions["StepWords"]
    step["maxProperties"] = 1
    for word in ALONE:  # `answer: human` is short for `answer: {as: human}`
        rule = step["properties"][word]
        step["properties"][word] = {"anyOf": [{"$ref": rule.pop("$ref")}, {"type": "string"}], **rule}
    made["title"] = "siptransfer scenario"
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made}


def text() -> str:
    """The file's content: sorted keys, two blanks of indentation, a line end."""
    return json.dumps(schema(), indent=2, sort_keys=True) + "\n"


def _described(block: str, key: str, rule: dict[str, Any]) -> dict[str, Any]:
    meaning = MEANINGS.get(block, {}).get(key)
    return rule if meaning is None else {"description": meaning, **rule}


def _or_parameter(item: dict[str, Any]) -> dict[str, Any]:
    """An item of a list may be a `$name` as well."""
    return item if "$ref" in item else {"anyOf": [item, _PARAMETER]}


def _for_editors(rule: dict[str, Any]) -> dict[str, Any]:
    """One value may stand for a list of one, and `$name` for a value; null is never written."""
    rule = {key: value for key, value in rule.items() if key != "title"}
    choices = [choice for choice in rule.pop("anyOf", []) if choice != {"type": "null"}]
    if not isinstance(rule.get("default"), str | bool):
        rule.pop("default", None)  # an empty block is not worth a completion
    if not choices:
        choices = [{key: rule.pop(key) for key in list(rule) if key not in ("description", "default")}]
    for choice in list(choices):
        if choice.get("type") == "array" and "items" in choice:
            choices.append(choice["items"])
            choice["items"] = _or_parameter(choice["items"])
    if any(
        choice.get("type") not in ("object", None) or "enum" in choice or "const" in choice
        for choice in choices
    ):
        choices.append(_PARAMETER)
    return {**choices[0], **rule} if len(choices) == 1 else {"anyOf": choices, **rule}


if __name__ == "__main__":
    PATH.write_text(text(), encoding="utf-8")
