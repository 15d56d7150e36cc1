"""`results.json` as text, and one run as text and back: the values of `model.py` in their order.

Must not live here: which fields there are (`model.py`), where files are (`report/files.py`).
"""

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from harness.results.model import Results, RunEntry

T = TypeVar("T")


def to_json(results: Results) -> str:
    """The file's text: two spaces of indent, fields in the order of the classes, one final newline."""
    text = json.dumps(_plain(results), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    # GitHub's runner obeys `##[command]` of a peer in whatever is printed; for JSON this is the same text.
    return text.replace("##[", "#\\u0023[")


def run_to_json(run: RunEntry) -> str:
    """One entry alone, on one line: for processes that hand each other runs."""
    return json.dumps(_plain(run), separators=(",", ":"), allow_nan=False)


def run_from_json(text: str) -> RunEntry:
    """Read what `run_to_json` wrote, and nothing else: types and words are not looked at."""
    return _build(RunEntry, json.loads(text))


def _plain(value: Any) -> Any:
    kind = type(value)
    if kind is str or kind is int or kind is float or value is None or kind is bool:
        return value
    if kind is tuple:
        return [_plain(item) for item in value]
    if is_dataclass(kind):
        return {name: _plain(getattr(value, name)) for name in _names(kind)}
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return value


@cache
def _names(kind: type[Any]) -> tuple[str, ...]:
    return tuple(each.name for each in fields(kind))


@cache
def _hints(kind: type[Any]) -> dict[str, Any]:
    """The types of a class's fields; looking them up takes longer than reading a run."""
    return get_type_hints(kind)


def _build(kind: type[T], data: Mapping[str, Any]) -> T:
    hints = _hints(cast(Any, kind))
    return kind(**{name: _value(hints[name], item) for name, item in data.items() if name in hints})


def _value(kind: Any, data: Any) -> Any:
    """`data` as the type a field asks for; whatever needs no change passes through."""
    if isinstance(data, list):
        inside = _inside(kind)
        return data if inside is None else tuple(_value(inside, item) for item in data)
    if isinstance(data, dict) and isinstance(kind, type) and is_dataclass(kind):
        return _build(kind, data)
    return data


@cache
def _inside(kind: Any) -> Any:
    """The type of the items of a tuple, also where null is allowed in its place; None for any other type."""
    if get_origin(kind) in (Union, UnionType):
        kinds = (_inside(option) for option in get_args(kind) if option is not NoneType)
        return next((inside for inside in kinds if inside is not None), None)
    return get_args(kind)[0] if get_origin(kind) is tuple else None
