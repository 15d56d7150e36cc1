"""Files and folders become items to play: plans, or the mistakes that stand in their way.

A folder is searched for scenario files only; a file that is named is a scenario, whatever it holds.
Must not live here: the language (`scenario`), playing (`run.py`).
"""

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cache
from itertools import islice
from pathlib import Path

from harness.base.errors import ScenarioError, UsageError
from harness.scenario.load import load, shown_path, source_lines
from harness.scenario.plan import Plan
from harness.scenario.vocabulary import Vocabulary

SUFFIXES = (".yaml", ".yml")
_SCENARIO_KEY = re.compile(rb"^(?:\xef\xbb\xbf)?scenario\s*:", re.MULTILINE)
_FIRST_KEY = re.compile(rb"^(?:\xef\xbb\xbf)?([A-Za-z][\w-]*)\s*:", re.MULTILINE)
_NEAR = 0.75
"""How alike `scenario` the first key of a file must be to be a misspelling of it: difflib's ratio."""
SKIPPED_MAX = 20
"""Skipped files that are named; a folder of something else may hold thousands."""
COMBINATIONS_NAMED = 20
"""Combinations of a scenario that are named to who asks for another one."""
_LOOKED_AT_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to play, or the reason why it cannot be played. Exactly one of the two is set."""

    id: str
    source: str
    path: str
    """Where the file is, to be opened; `source` is how it is shown."""
    plan: Plan | None = None
    error: UsageError | None = None


@cache
def vocabulary() -> Vocabulary:
    """The names that scenarios may use: rules of the judge, profiles and quirks of the actors."""
    from harness.actors.vocabulary import PROFILES, QUIRKS

    return Vocabulary(rules=rules(), profiles=PROFILES, quirks=QUIRKS)


def rules() -> dict[str, str]:
    """Every rule of the judge by id, with its sentence."""
    from harness.judge.rules import ALL

    return {name: rule.info.text for name, rule in ALL.items()}


def scenario_files(folder: str) -> Iterator[str]:
    """Paths of the scenario files below a folder, in a fixed order; hidden folders are left out. A folder
    that may not be read is given itself, so that it is told."""
    for path in _yaml_files(folder):
        if is_scenario(path):
            yield path


def skipped(paths: Iterable[str]) -> list[str]:
    """YAML files below the folders given that are neither scenarios nor deployments: perhaps a scenario
    was meant. At most SKIPPED_MAX + 1."""
    found = (
        path
        for given in paths
        if os.path.isdir(given)
        for path in _yaml_files(given)
        if not is_scenario(path) and not Path(path).stem.startswith("deployment")
    )
    return list(islice(dict.fromkeys(found), SKIPPED_MAX + 1))


def is_scenario(path: str | os.PathLike[str]) -> bool:
    """YAML in a folder named scenarios (at any depth), or YAML with a top-level `scenario:` key, also where
    that is the first key and misspelt. What cannot be read may be one."""
    place = Path(os.path.abspath(path))
    if place.is_dir():
        return not os.access(place, os.R_OK | os.X_OK)
    if not _is_yaml(place.name):
        return False
    if "scenarios" in place.parts[:-1] and not place.stem.startswith("deployment"):
        return True
    try:
        with place.open("rb") as file:
            head = file.read(_LOOKED_AT_BYTES)
    except OSError:
        return True
    return _SCENARIO_KEY.search(head) is not None or _is_misspelt(head)


def _is_misspelt(head: bytes) -> bool:
    first = _FIRST_KEY.search(head)
    word = "" if first is None else first[1][:100].decode("latin-1").lower()
    return bool(get_close_matches(word, ["scenario"], cutoff=_NEAR))


def _is_yaml(name: str) -> bool:
    return name.lower().endswith(SUFFIXES) and not name.startswith(".")


def _yaml_files(folder: str) -> Iterator[str]:
    """YAML files below a folder, and folders that may not be read. Files and folders by name together, as
    pytest goes through them, so that both give results in one order."""
    try:
        with os.scandir(folder) as found:
            entries = sorted(found, key=lambda entry: entry.name)
    except OSError:
        yield folder
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            if not entry.name.startswith("."):
                yield from _yaml_files(entry.path)
        elif _is_yaml(entry.name):
            yield entry.path


def collect(paths: Iterable[str], words: Vocabulary | None = None) -> list[Item]:
    """Items of files and folders in the order given. Never raises: what is wrong becomes an item."""
    words = vocabulary() if words is None else words
    items: list[Item] = []
    seen: set[str] = set()
    for given in paths:
        file, label = split_label(given)
        if label:
            known = {(os.path.abspath(item.path), item.id) for item in items}
            chosen = _chosen(given, file, label, words)
            items += [item for item in chosen if (os.path.abspath(item.path), item.id) not in known]
            continue
        found = list(scenario_files(given)) if os.path.isdir(given) else [given]
        if not found:
            items.append(_wrong(given, given, UsageError(f"{given}: no scenario in this folder", do=_NEW)))
        for path in found:
            whole = os.path.abspath(path)
            if whole not in seen:
                seen.add(whole)
                items += items_of(path, given, words)
    return distinct(items)


def distinct(items: Sequence[Item]) -> list[Item]:
    """The same items; those of different files outside the current folder that would share an id have ids
    with as many folders as it takes to tell them apart."""
    files: dict[str, set[str]] = {}
    for item in items:
        files.setdefault(item.source, set()).add(os.path.abspath(item.path))
    alike = {path for paths in files.values() if len(paths) > 1 for path in paths}
    outside = sorted(path for path in alike if os.path.relpath(path).startswith(os.pardir))
    taken = {source for source, paths in files.items() if not paths <= set(outside)}
    names: dict[str, str] = {}
    for count in range(2, 1 + max((path.count(os.sep) for path in outside), default=0)):
        names = {path: "/".join(path.split(os.sep)[-count:]) for path in outside}
        if len({*names.values(), *taken}) == len(names) + len(taken):
            break
    return [_named(item, names.get(os.path.abspath(item.path), item.source)) for item in items]


def _named(item: Item, source: str) -> Item:
    if source == item.source:
        return item
    id_ = source + item.id.removeprefix(item.source)
    plan = None if item.plan is None else replace(item.plan, id=id_, source=source)
    return replace(item, id=id_, source=source, plan=plan)


def split_label(given: str) -> tuple[str, str]:
    """`busy.yaml[code=486]` is one combination of a file's parameters: the file and `[code=486]`. Without
    such a label, or where a file has that name, the label is empty."""
    file, bracket, rest = given.partition("[")
    while bracket and not os.path.isfile(file):
        more, bracket, rest = rest.partition("[")
        file = f"{file}[{more}"
    if not bracket or os.path.exists(given) or not given.endswith("]"):
        return given, ""
    return file, f"[{rest}"


def _chosen(given: str, file: str, label: str, words: Vocabulary) -> list[Item]:
    items = items_of(file, file, words)
    chosen = [item for item in items if item.error is not None or item.id == item.source + label]
    if chosen:
        return chosen
    labels = [item.id.removeprefix(item.source) for item in items][:COMBINATIONS_NAMED]
    do = f"It has {' '.join(labels)}" if any(labels) else "It has no parameters."
    return [_wrong(given, given, UsageError(f"{given}: the scenario has no such combination", do=do))]


def items_of(path: str, given: str, words: Vocabulary) -> list[Item]:
    """Items of one file: one for each combination of its parameters, or one with its mistakes."""
    try:
        plans = load(path, words, given=given)
    except UsageError as error:
        return [_wrong(path, given, error)]
    return [Item(plan.id, plan.source, path, plan=plan) for plan in plans]


def mistakes_text(error: UsageError, path: str, shown: str) -> str:
    """Every mistake on one line `PATH:LINE:COL: text`, with the path as results show it."""
    if isinstance(error, ScenarioError):
        lines = [mistake.headline().removeprefix(path) for mistake in error.mistakes]
        return "\n".join(shown + line for line in lines)
    return str(error).replace(path, shown, 1)


def read_lines(path: str) -> tuple[str, ...]:
    """Lines of a scenario file for reports; empty when it cannot be read."""
    try:
        return tuple(source_lines(path))
    except UsageError:
        return ()


_NEW = "A scenario is a .yaml file with a top-level 'scenario:' line."


def _wrong(path: str, given: str, error: UsageError) -> Item:
    shown = shown_path(path, given)
    return Item(shown, shown, path, error=error)
