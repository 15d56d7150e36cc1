"""`parameters:`: one file, one tree for each combination of values.

`parameters: {code: [486, 603]}` and `rejects: $code` make two trees. A parameter is always a whole
value; `$$word` is the text `$word`. Must not live here: what the values mean (`model.py`).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import product
from math import prod

from harness.base import limits
from harness.base.span import Mistake, Span
from harness.scenario.source import Node, Pair, Scalar, Series, Table
from harness.scenario.vocabulary import suggest

_REFERENCE = re.compile(r"\$(\$?[A-Za-z_][A-Za-z0-9_-]*)\Z")
_LIST = "such as code: [486, 603]"
_BLOCK = "such as parameters: {code: [486, 603]}"
_FEWER = "shorten a list, or make two files"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}\Z")


@dataclass(frozen=True, slots=True)
class Combination:
    """One tree with every parameter replaced; `label` is `[a=1,b=2]`, empty without parameters."""

    label: str
    root: Table
    chosen: Mapping[str, Scalar] = field(default_factory=dict)
    """Each parameter's value in this combination."""
    uses: Mapping[Span, str] = field(default_factory=dict)
    """Where a `$name` stands -> that name."""

    def at_its_value(self, mistake: Mistake) -> Mistake:
        """A mistake that speaks of a parameter's value is to be mended where the value is written."""
        name = self.uses.get(mistake.span, "")
        value = self.chosen.get(name)
        if value is None or repr(value.text[:100]) not in mistake.text:
            return mistake
        text = f"{mistake.text} (${name} on line {mistake.span.line})"
        return replace(mistake, span=value.span, text=text)


@dataclass(frozen=True, slots=True)
class Combined:
    """All combinations in the order of the file (the last parameter changes fastest)."""

    combinations: tuple[Combination, ...]
    mistakes: tuple[Mistake, ...]


def combine(root: Table) -> Combined:
    """Replace the parameters. With mistakes in `parameters:` there is still one tree to look at."""
    mistakes: list[Mistake] = []
    lists = _lists(root.get("parameters"), mistakes)
    body = Table(tuple(pair for pair in root.pairs if pair.key.text != "parameters"), root.span)
    uses: dict[Span, str] = {}
    _references(body, lists, uses, mistakes)
    used = set(uses.values())
    for pair in _pairs(root.get("parameters")):
        if _NAME.match(pair.key.text) and pair.key.text not in used:
            hint = f"write ${pair.key.text} where its values belong"
            mistakes.append(Mistake(pair.key.span, f"the parameter {pair.key.text!r} is never used", hint))
    count = prod(len(values) for values in lists.values())
    if count > limits.SCENARIO_COMBINATIONS_MAX:
        span = next(pair.key.span for pair in root.pairs if pair.key.text == "parameters")
        mistakes.append(
            Mistake(
                span, f"{count} combinations; at most {limits.SCENARIO_COMBINATIONS_MAX} are played", _FEWER
            )
        )
        lists = {name: values[:1] for name, values in lists.items()}
    combinations = []
    for chosen in product(*lists.values()):
        binding = dict(zip(lists, chosen, strict=True))
        label = ",".join(f"{name}={scalar.text}" for name, scalar in binding.items())
        replaced = _replace(body, binding)
        assert isinstance(replaced, Table), "a table stays a table"
        combinations.append(Combination(f"[{label}]" if label else "", replaced, binding, uses))
    return Combined(tuple(combinations), tuple(mistakes))


def _pairs(node: Node | None) -> tuple[Pair, ...]:
    return node.pairs if isinstance(node, Table) else ()


def _lists(node: Node | None, mistakes: list[Mistake]) -> dict[str, list[Scalar]]:
    """Name -> values. A broken list is left out, an empty one too."""
    if node is not None and not isinstance(node, Table):
        mistakes.append(Mistake(node.span, "'parameters' wants a block of 'name: [values]' lines", _BLOCK))
    lists: dict[str, list[Scalar]] = {}
    for pair in _pairs(node):
        name = pair.key.text
        if _NAME.match(name) is None:
            mistakes.append(
                Mistake(pair.key.span, f"{name[:100]!r} is not a name", "letters, digits, - and _")
            )
        items = pair.value.items if isinstance(pair.value, Series) else (pair.value,)
        scalars = [item for item in items if isinstance(item, Scalar)]
        if len(scalars) < len(items) or not items:
            mistakes.append(
                Mistake(pair.value.span, f"the parameter {name[:100]!r} wants a list of single values", _LIST)
            )
        seen: set[str] = set()
        for scalar in scalars:
            if scalar.text in seen:
                mistakes.append(Mistake(scalar.span, f"the value {scalar.text[:100]!r} is given twice"))
            seen.add(scalar.text)
        lists[name] = scalars or [Scalar("", pair.value.span)]
    return lists


def _references(
    node: Node, lists: Mapping[str, object], uses: dict[Span, str], mistakes: list[Mistake]
) -> None:
    """Note which parameters are used, and which are used but not there."""
    if isinstance(node, Table):
        for pair in node.pairs:
            _references(pair.value, lists, uses, mistakes)
    elif isinstance(node, Series):
        for item in node.items:
            _references(item, lists, uses, mistakes)
    elif (match := _REFERENCE.match(node.text)) and not match[1].startswith("$"):
        uses[node.span] = match[1]
        if match[1] not in lists:
            other = f"write parameters: {{{match[1]}: [...]}}, or $${match[1]} for the text itself"
            hint = suggest(match[1], list(lists)) or other
            mistakes.append(Mistake(node.span, f"there is no parameter {match[1][:100]!r}", hint))
            meant = (name for name in lists if hint == f"did you mean {name!r}?")
            uses[node.span] = next(meant, match[1])


def _replace(node: Node, binding: Mapping[str, Scalar]) -> Node:
    if isinstance(node, Table):
        return Table(tuple(Pair(pair.key, _replace(pair.value, binding)) for pair in node.pairs), node.span)
    if isinstance(node, Series):
        return Series(tuple(_replace(item, binding) for item in node.items), node.span)
    match = _REFERENCE.match(node.text)
    if match is None:
        return node
    if match[1].startswith("$"):
        return Scalar(match[1], node.span, plain=False)
    chosen = binding.get(match[1])
    if chosen is None:
        return node
    # What is wrong with nothing at all is wrong where it was to be given.
    return Scalar(chosen.text, node.span if chosen.text else chosen.span, chosen.plain)
