"""`siptransfer lint` and `show`, for who writes scenarios. Must not live here: the language."""

import sys
from collections.abc import Sequence
from contextlib import suppress

from harness.base.errors import EXIT_INVALID, EXIT_PASS, ScenarioError, UsageError
from harness.cli.output import tell_skipped
from harness.suite.collect import Item, collect, read_lines


def lint_command(paths: Sequence[str]) -> int:
    """Print every mistake; exit code 0 when there is none."""
    items = collect(paths)
    tell_skipped(paths)
    wrong = [item for item in items if item.error is not None]
    with suppress(BrokenPipeError):  # `| head` has seen enough; the mistakes stay mistakes
        for item in wrong:
            _print_mistakes(item, item.error)
    files = len({item.path for item in items})
    if not wrong:
        print(f"{files} file{'s' if files != 1 else ''}, no mistakes", file=sys.stderr)
    return EXIT_INVALID if wrong else EXIT_PASS


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
            print(mistake.render(lines))
    else:
        print(str(error))
