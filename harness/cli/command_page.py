"""The page of the docs on the command line, made from the commands themselves.

`python -m harness.cli.command_page > docs/command-line.md` writes the page; a test holds it fresh. Must
not live here: options and their help (`main.py`), what an exit code stands for (`base/errors.py`).
"""

import inspect
import sys
from collections.abc import Iterator
from typing import Any

from harness.base.errors import EXIT_BROKEN, EXIT_FAIL, EXIT_INVALID, EXIT_PASS
from harness.cli.main import program

HEAD = """# The command line

Made from the program (`python -m harness.cli.command_page`). `siptransfer --help` and
`siptransfer COMMAND --help` say the same.
"""

EXIT_CODES: dict[int, str] = {
    EXIT_PASS: "Everything passed.",
    EXIT_FAIL: "Something failed, or something that was asked for could not be decided. "
    "Also after Ctrl-C and SIGTERM; reports hold what was played.",
    EXIT_INVALID: "The command line, a scenario or an input file is wrong. Nothing of it was played.",
    EXIT_BROKEN: "The environment did not allow it (nobody listens, a report cannot be written), "
    "and nothing failed.",
}
"""Exit code to its meaning, for CI."""

TAIL = """## With pytest

`pytest scenarios/` plays the same scenarios, each as one test. The options of `run` are there as well, with
a prefix: `--siptransfer-html FILE` is `--html FILE`, and so on. `--verbose` is pytest's own `-vv`.

`SIPTRANSFER_DEBUG=1` in the environment shows the traceback of a bug of this program.
"""


def page() -> str:
    """The whole Markdown page, ending in one line feed."""
    sections = [_section(name, command) for name, command in program.commands.items()]
    return "\n".join([HEAD, _exit_codes(), *sections, TAIL])


def _exit_codes() -> str:
    rows = [f"| {code} | {text} |" for code, text in EXIT_CODES.items()]
    return "\n".join(["## Exit codes", "", "| code | meaning |", "|---|---|", *rows, ""])


def _section(name: str, command: Any) -> str:
    """Usage, what the command does, and a table of its options."""
    words = [
        each.metavar or each.name.upper() for each in command.params if each.param_type_name == "argument"
    ]
    options = [each for each in command.params if each.param_type_name == "option"]
    usage = " ".join(["siptransfer", name, *words, *(["[OPTIONS]"] if options else [])])
    lines = [f"## {name}", "", f"`{usage}`", "", inspect.cleandoc(command.help or ""), ""]
    if options:
        lines += ["| option | what it does |", "|---|---|", *map(_row, options), ""]
    if command.epilog:
        lines += [f"Example: `{command.epilog.partition(':')[2].strip()}`", ""]
    return "\n".join(lines)


def _row(option: Any) -> str:
    value = option.metavar or _choices(option)
    names = ", ".join(f"`{each} {value}`" if value else f"`{each}`" for each in option.opts)
    return f"| {names.replace('|', chr(92) + '|')} | {' '.join(_told(option))} |"


def _choices(option: Any) -> str:
    """What may be given, where there is no name for it."""
    if option.is_flag:
        return ""
    choices = getattr(option.type, "choices", None)
    return "|".join(choices) if choices else "N"


def _told(option: Any) -> Iterator[str]:
    if option.help:
        yield option.help
    if option.show_default is True:
        yield f"Default: `{option.default}`."
    if option.multiple and "repeated" not in (option.help or ""):
        yield "May be repeated."


if __name__ == "__main__":
    sys.stdout.write(page())
