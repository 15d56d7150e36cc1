"""The page of the docs on results.json, made from the values that are written to it.

`python -m harness.results.model_page > docs/results.md` writes the page; a test holds it fresh. Must not
live here: the fields and their sentences (`model.py`), what words in them mean (`definitions.py`).
"""

import ast
import inspect
import sys
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from harness.base.definitions import SEVERITIES, VERDICTS
from harness.results import model
from harness.results.model import FORMAT, Results

HEAD = f"""# results.json

Made from the values that are written (`python -m harness.results.model_page`). `--json FILE` writes the
file, at every exit code. Field names are a promise: see `format`.

This is format {FORMAT}. Equal runs give equal bytes: no wall time, host, date or output path is in the
file. Nothing is left out: what is unknown is null, and `why` beside it says the reason. Times are
milliseconds with 3 decimals. [scenarios.md](scenarios.md#what-the-words-mean) says what outcomes, fates,
truths and times mean.
"""

_SIMPLE = {str: "text", int: "whole number", float: "number", bool: "true or false"}


def page() -> str:
    """The whole Markdown page, ending in one line feed."""
    sections = [_section(kind) for kind in dict.fromkeys(_kinds(Results))]
    return "\n".join([HEAD, *sections, *_words()])


def _kinds(kind: type[Any]) -> Iterator[type[Any]]:
    """The class, and every class that its fields hold, in the order of the fields."""
    yield kind
    for hint in get_type_hints(kind).values():
        for part in (hint, *get_args(hint)):
            if isinstance(part, type) and is_dataclass(part):
                yield from _kinds(part)


def _section(kind: type[Any]) -> str:
    hints, meanings = get_type_hints(kind), field_meanings(kind)
    lines = [f"## {_title(kind)}", "", inspect.cleandoc(kind.__doc__ or ""), ""]
    lines += ["| field | value | meaning |", "|---|---|---|"]
    lines += [f"| `{each.name}` | {_value(hints[each.name])} | {meanings.get(each.name, '')} |"
              for each in fields(kind)]  # fmt: skip
    return "\n".join([*lines, ""])


def field_meanings(kind: type[Any]) -> Mapping[str, str]:
    """Field to the text that stands below it in the source."""
    body = ast.parse(inspect.getsource(kind)).body[0]
    assert isinstance(body, ast.ClassDef), "a class is asked about"
    found: dict[str, str] = {}
    for field, below in zip(body.body, body.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
            text = below.value if isinstance(below, ast.Expr) else None
            if isinstance(text, ast.Constant) and isinstance(text.value, str):
                found[field.target.id] = " ".join(text.value.split())
    return found


def _title(kind: type[Any]) -> str:
    """`RunEntry` is called a run on the page."""
    return {"Results": "The file", "RunEntry": "Run", "RuleCount": "Count of rules", "RuleTotal": "Rule"}.get(
        kind.__name__, kind.__name__.removesuffix("Entry")
    )


def _value(hint: Any) -> str:
    """How a value of this type is written in JSON."""
    if hint == model.Times:
        return "name: number or null"
    if hint in _SIMPLE:
        return _SIMPLE[hint]
    if isinstance(hint, type) and is_dataclass(hint):
        return f"[{_title(hint).lower()}](#{_title(hint).lower().replace(' ', '-')})"
    origin, parts = get_origin(hint), get_args(hint)
    if origin is Literal:
        return ", ".join(f"`{word}`" for word in parts)
    if origin in (Union, UnionType):
        return " or ".join("null" if part is NoneType else _value(part) for part in parts)
    if origin is tuple:
        return f"list of {_value(parts[0])}"
    return f"name: {_value(parts[1])}"


def _words() -> Iterator[str]:
    for title, known in (("Verdicts", VERDICTS), ("Severities, worst first", SEVERITIES)):
        rows = [f"| `{word}` | {meaning} |" for word, meaning in known.items()]
        yield "\n".join([f"## {title}", "", "| word | meaning |", "|---|---|", *rows, ""])


if __name__ == "__main__":
    sys.stdout.write(page())
