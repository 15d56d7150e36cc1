"""A scenario file made Plans, or all its mistakes at once.

`load` reads a file, `load_text` takes its bytes. Must not live here: any knowledge of the language.
"""

import os
from collections.abc import Iterable, Iterator
from errno import EACCES

from harness.base import limits
from harness.base.errors import ScenarioError, UsageError
from harness.base.span import Mistake
from harness.scenario import crosscheck, source, wording
from harness.scenario.combine import combine
from harness.scenario.compile import compile_plan
from harness.scenario.model import Scenario, validate
from harness.scenario.plan import Plan
from harness.scenario.source import Table, value_of
from harness.scenario.step_template import Templates
from harness.scenario.values import Names
from harness.scenario.vocabulary import Vocabulary


def load(path: str, vocabulary: Vocabulary, *, given: str | None = None) -> list[Plan]:
    """The plans of one file: one, or one for each combination of its `parameters:`.

    `given` is what the user named, a folder for instance; it decides the plan's id when the file is
    outside the current folder. Raises ScenarioError with every mistake of the file, in file order;
    UsageError when the file cannot be read.
    """
    return load_text(_read(path), path, vocabulary, shown=shown_path(path, given))


def load_text(data: bytes, path: str, vocabulary: Vocabulary, *, shown: str | None = None) -> list[Plan]:
    """The same from bytes. `path` is how mistakes name the file, `shown` how the plan's id does."""
    document = source.read(data, path)
    mistakes = list(document.mistakes)
    plans = []
    if document.root is not None:
        combined = combine(document.root)
        mistakes += combined.mistakes
        templates = Templates()
        for combination in combined.combinations:
            made = _one(combination.root, vocabulary, shown or path, combination.label, templates)
            if isinstance(made, Plan):
                plans.append(made)
            else:
                here = map(combination.at_its_value, made)
                mistakes += _unsaid(here, (*document.mistakes, *combined.mistakes))
            if len(mistakes) > limits.SCENARIO_MISTAKES_MAX:
                break
    if mistakes:
        raise ScenarioError(path, sorted(set(mistakes))[: limits.SCENARIO_MISTAKES_MAX])
    return plans


def shown_path(path: str, given: str | None = None) -> str:
    """The path relative to the current folder; outside it, relative to the parent of what was given."""
    whole = os.path.abspath(path)
    inside = os.path.relpath(whole)
    if inside == os.pardir or inside.startswith(os.pardir + os.sep):
        inside = os.path.relpath(whole, os.path.dirname(os.path.abspath(given or path)))
    return inside.replace(os.sep, "/")


def source_lines(path: str) -> list[str]:
    """The lines of a file as mistakes count them, for the line and caret below each. Raises UsageError."""
    text = _read(path).decode("utf-8", "replace").removeprefix("\ufeff")
    return source.split_lines(text)


def _read(path: str) -> bytes:
    try:
        if os.path.isdir(path) and not os.access(path, os.R_OK | os.X_OK):
            raise PermissionError(EACCES, os.strerror(EACCES))
        with open(path, "rb") as file:
            return file.read(limits.SCENARIO_BYTES_MAX + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        do = "Name a scenario file that exists."
        if isinstance(error, PermissionError):
            do = "Its owner can make it readable (chmod +r, for a folder +rx)."
        raise UsageError(f"{path}: cannot be read: {reason}", do=do) from error


def _unsaid(made: Iterable[Mistake], said: Iterable[Mistake]) -> Iterator[Mistake]:
    """Without what only follows from a mistake in the YAML: of the value of an alias, and of a key that was
    given without a value that it is missing."""
    places = {mistake.span for mistake in said}
    empty = {mistake.text for mistake in said}
    for mistake in made:
        missing = mistake.text.replace(" is missing", " has no value")
        if mistake.span not in places and missing not in empty:
            yield mistake


def _one(
    root: Table, vocabulary: Vocabulary, shown: str, label: str, templates: Templates
) -> Plan | list[Mistake]:
    parties = crosscheck.parties_of(root)
    mistakes = crosscheck.check(root, templates)
    content = value_of(root)
    if "steps" in content:
        content.setdefault("transfer", "cold")  # the long form names no transfer
    read = validate(content, Names(vocabulary, parties, crosscheck.numbers_of(root)))
    if not isinstance(read, Scenario):
        return [*mistakes, *wording.put(read, root, parties)]
    if mistakes:
        return mistakes
    return compile_plan(read, root, plan_id=shown + label, source=shown)
