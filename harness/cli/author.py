"""`siptransfer new`, `lint` and `show`, for who writes scenarios. Must not live here: the language."""

import os
import shlex
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from harness.base.errors import EXIT_INVALID, EXIT_PASS, ScenarioError, UsageError
from harness.cli.output import tell_skipped
from harness.report.readable import not_obeyed
from harness.suite.collect import SUFFIXES, Item, collect, read_lines


def new_command(path: str, style: str) -> int:
    """Write a scenario to start from, and say what to do next. Raises UsageError where it cannot."""
    from harness.scenario.schema import PATH
    from harness.scenario.starter import starter

    if os.path.basename(path) in ("", os.curdir, os.pardir) or (
        os.path.isdir(path) and not path.lower().endswith(SUFFIXES)
    ):
        raise UsageError(f"{path}: a folder, no file", do=f"Name a file: {os.path.join(path, 'first.yaml')}")
    if not path.lower().endswith(SUFFIXES):
        raise UsageError(f"{path}: not the name of a scenario", do=f"Name it {path}.yaml")
    try:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        with open(path, "x", encoding="utf-8", newline="\n") as file:
            file.write(starter(style, _seen_from(Path(path), PATH)))
    except FileExistsError as error:
        what = "is there already" if os.path.exists(path) else "its folder is a file"
        raise UsageError(f"{path}: {what}", do="Nothing was changed. Choose another name.") from error
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise UsageError(f"{path}: cannot be written: {reason}", do="Choose another place.") from error
    print(f"{path} is written. Next: change it, then  siptransfer run {shlex.quote(path)}", file=sys.stderr)
    return EXIT_PASS


def _seen_from(path: Path, schema: Path) -> str:
    """Where an editor finds the schema: relative to the file where both lie in the current folder or in one
    beside it, so that a project can be moved."""
    around, folder = Path.cwd().parent, Path(os.path.abspath(path)).parent
    near = around.parent != around and folder.is_relative_to(around) and schema.is_relative_to(around)
    return os.path.relpath(schema, folder).replace(os.sep, "/") if near else schema.as_uri()


def lint_command(paths: Sequence[str]) -> int:
    """Print every mistake; exit code 0 when there is none."""
    items = collect(paths)
    tell_skipped(paths)
    wrong = [item for item in items if item.error is not None]
    with suppress(BrokenPipeError):  # `| head` has seen enough; the mistakes stay mistakes
        for item in wrong:
            _print_mistakes(item, item.error)
    print(_summary(len({item.path for item in items}), [item.error for item in wrong]), file=sys.stderr)
    return EXIT_INVALID if wrong else EXIT_PASS


def _summary(files: int, errors: Sequence[UsageError | None]) -> str:
    """`3 files, 5 mistakes in 2 of them`; a file that cannot be read is one mistake."""
    from harness.report.story import counted

    count = sum(len(error.mistakes) if isinstance(error, ScenarioError) else 1 for error in errors)
    found = f"{counted(count, 'mistake')} in {len(errors)} of them" if errors else "no mistakes"
    return f"{counted(files, 'file')}, {found}"


def show_command(paths: Sequence[str]) -> int:
    """Print every scenario with its defaults; what cannot be read is linted instead."""
    from harness.scenario.show import show

    code = EXIT_PASS
    first = True
    tell_skipped(paths)
    for item in collect(paths):
        if item.plan is None:
            _print_mistakes(item, item.error)
            code = EXIT_INVALID
            continue
        if not first:
            print("---")
        first = False
        sys.stdout.write(show(item.plan))
    return code


def _print_mistakes(item: Item, error: UsageError | None) -> None:
    if isinstance(error, ScenarioError):
        lines = list(read_lines(item.path))
        for mistake in error.mistakes:
            for line in mistake.render(lines).split("\n"):
                print(not_obeyed(line))
    else:
        print(not_obeyed(str(error)))
