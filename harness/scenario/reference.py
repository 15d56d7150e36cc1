"""The page of the docs about the scenario language, written from the schema that editors get.

`python -m harness.scenario.reference > docs/scenarios.md` writes it; a test holds it fresh. Must not
live here: what a word means (`model.py`, `meanings.py`).
"""

import sys
from collections.abc import Iterator
from typing import Any

from harness.scenario.meanings import VALUES
from harness.scenario.schema import schema

Rule = dict[str, Any]

HEAD = """# The words of a scenario

Written from the code (`python -m harness.scenario.reference`). A scenario is a YAML file;
`siptransfer new FILE` writes one to start from, `siptransfer lint` finds every mistake, `siptransfer show`
prints every default.

```yaml
scenario: A busy human is reported as busy, and the agent takes the caller back
transfer: cold
human: {busy: true}
expect:
  outcome: failed
  progress: [100, 486]
  caller: {fate: with-agent, within: 5s}
```

One value may stand for a list of one. `$name` stands for a value of `parameters:`. Durations are written
with their unit: `280ms`, `2s`, `2m`. Times are upper limits: `under 4s`. Scalars stay what was written:
`+15550100` is a number to call, `on` is a word.
"""

_TITLES = {
    "Scenario": "The file", "Caller": "caller", "Callee": "human", "Person": "people: NAME", "Agent": "agent",
    "Carrier": "carrier", "Challenges": "carrier: challenges", "Refuses": "carrier: refuses",
    "Context": "context", "Fallback": "fallback", "Expect": "expect", "Attempt": "expect: attempts",
    "PartyExpect": "expect: PARTY", "HumanSees": "expect: human_sees", "Latency": "expect: latency",
    "Never": "expect: never", "Way": "expect: never: REQUEST", "Violations": "expect: violations",
}  # fmt: skip
"""Block -> where it stands, in the order of the page; blocks that are not named follow as they come."""

_ALIKE = {"Callee": "Caller"}
"""Blocks with the same words as another one."""


def page() -> str:
    """The whole Markdown page, ending in one line feed."""
    made = schema()
    blocks = {"Scenario": made, **made["$defs"]}
    ordered = [name for name in _TITLES if name in blocks] + [name for name in blocks if name not in _TITLES]
    sections = [_section(name, blocks[name], blocks) for name in ordered if name not in _ALIKE]
    return "\n".join([HEAD, *sections, *map(_terms, VALUES), _later(blocks)])


def _section(name: str, block: Rule, blocks: dict[str, Rule]) -> str:
    title = ", ".join(
        _title(each) for each in (name, *(one for one, other in _ALIKE.items() if other == name))
    )
    lines = [f"## {title}", "", block.get("description", "").split("\n")[0].rstrip("."), ""]
    lines += ["| word | values | meaning |", "|---|---|---|"]
    required = block.get("required", ())
    inherited = blocks["Caller"]["properties"] if name == "Person" else {}
    for key, rule in block["properties"].items():
        if rule.get("deprecated") or key in inherited or key == "$schema":
            continue
        default = f"; default `{_written(rule['default'])}`" if "default" in rule else ""
        needed = " (needed)" if key in required else ""
        lines.append(f"| `{key}`{needed} | {_values(rule)} | {rule['description']}{default} |")
    if inherited:
        lines += ["", "Beside this, all words of `caller`."]
    return "\n".join(lines) + "\n"


def _title(name: str) -> str:
    place = _TITLES.get(name, name)
    return place if name == "Scenario" else f"`{place}`"


def _terms(word: str) -> str:
    """The values of one word that are terms of their own."""
    rows = [f"| `{value}` | {meaning} |" for value, meaning in VALUES[word].items()]
    return "\n".join([f"## The values of `{word}`", "", "| value | meaning |", "|---|---|", *rows]) + "\n"


def _later(blocks: dict[str, Rule]) -> str:
    """What the language has, and this version does not play."""
    rows = []
    for name, block in blocks.items():
        words = [f"`{key}`" for key, rule in block.get("properties", {}).items() if rule.get("deprecated")]
        if words and name not in _ALIKE:
            rows.append(f"- {_title(name)}: {', '.join(words)}")
    return "\n".join(["## Words of later versions", "", *rows]) + "\n"


def _values(rule: Rule) -> str:
    """The values a rule allows, in words."""
    return " or ".join(dict.fromkeys(_each(rule)))


def _each(rule: Rule) -> Iterator[str]:
    choices = rule.get("anyOf", [rule])
    lists = [choice["items"] for choice in choices if choice.get("type") == "array" and "items" in choice]
    alone = [item.get("anyOf", [item])[0] for item in lists]
    for choice in choices:
        if str(choice.get("pattern", "")).startswith("^\\$") or choice in alone:
            continue
        if "anyOf" in choice:
            yield from _each(choice)
        else:
            yield _one(choice)


def _one(rule: Rule) -> str:
    kind = rule.get("type")
    if "$ref" in rule:
        return "a block"
    if "enum" in rule or "const" in rule:
        return ", ".join(f"`{_written(value)}`" for value in rule.get("enum", [rule.get("const")]))
    if kind == "array":
        return f"list: {_values(rule['items'])}" if "items" in rule else "list"
    if kind == "integer":
        return f"code {rule['minimum']}-{rule['maximum']}"
    if kind == "object":
        return "a block by name"
    if kind == "boolean":
        return "`true`, `false`"
    pattern = rule.get("pattern", "")
    if pattern:
        return "`under 4s`" if "under" in pattern else "a duration"
    return "text" if kind == "string" else "text or number"


def _written(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


if __name__ == "__main__":
    sys.stdout.write(page())
