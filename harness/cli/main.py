"""The commands of `siptransfer` and their options. The only file with click.

What a command does stands in a module of its own, imported when it runs, so that `--help` and a
single scenario start fast. Must not live here: anything but options and how errors leave the program.
"""

import io
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

import click

from harness import __version__
from harness.base.errors import EXIT_BROKEN, EXIT_FAIL, EXIT_PASS, HarnessError, ScenarioError
from harness.cli.interruption import SIGNALS, Interruption, interruption
from harness.judge.finding import PROFILES, SEVERITIES
from harness.report.readable import not_obeyed
from harness.scenario.starter import STYLES

F = TypeVar("F", bound=Callable[..., Any])


class _WholeNumber(click.IntRange):
    """An integer from 0."""

    name = "whole number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if not str(value).isdecimal():
            self.fail(f"{value!r} is not a whole number from 0", param, ctx)
        return int(value)


_OUTPUTS = (
    click.option("--json", "json_path", metavar="FILE", help="Write results as JSON; - is stdout."),
    click.option(
        "--html", "html_path", metavar="FILE", help="Write one self-contained HTML page; - is stdout."
    ),
    click.option(
        "--junit", "junit_path", metavar="FILE", help="Write JUnit XML for CI servers; - is stdout."
    ),
    click.option(
        "--history",
        metavar="FILE",
        help="Compare with earlier runs in this file (SQLite), then add this one.",
    ),
    click.option(
        "--annotations",
        type=click.Choice(["auto", "github", "off"]),
        default="auto",
        show_default=True,
        help="Lines that GitHub shows at the scenario; auto: where GITHUB_ACTIONS is true.",
    ),
    click.option(
        "--fail-on",
        type=click.Choice(SEVERITIES),
        default="loses-context",
        show_default=True,
        help="Broken rules this severe or worse fail the run; milder ones are warnings.",
    ),
    click.option(
        "--profile",
        type=click.Choice(list(PROFILES)),
        default="legacy",
        show_default=True,
        help="What everybody is held to: RFC 3515, or RFC 6665 and RFC 7647 as well.",
    ),
    click.option("--strict", is_flag=True, help="Rules that stay undecided count too."),
    click.option("-v", "--verbose", is_flag=True, help="Print the whole ladder of every run."),
)


def outputs(command: F) -> F:
    """The options that `run` and `judge` share."""
    for option in reversed(_OUTPUTS):
        command = option(command)
    return command


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Start with:  siptransfer run scenarios/cold/answered.yaml",
)
@click.version_option(__version__, "-V", "--version", prog_name="siptransfer", message="%(prog)s %(version)s")
def program() -> None:
    """Prove what really happened when a call was transferred.

    Scenarios are YAML files. They are played by scripted callers, agents, humans and a carrier, in
    virtual time or on real sockets, with any role played by your own system. What was on the wire is
    judged: 202 is not success, and neither is NOTIFY 200.

    Exit codes: 0 all passed, 1 something failed, 2 the command line or a scenario is wrong, 3 the
    environment is broken.
    """


@program.command(epilog="Example:  siptransfer run scenarios --html report.html")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@outputs
@click.option(
    "--pcap", "keep_in", metavar="DIR", help="Keep a trace and a pcapng of every run in this folder."
)
@click.option(
    "--seed", type=_WholeNumber(), metavar="N", default=0, show_default=True, help="Same seed, same bytes."
)
@click.option("--live", is_flag=True, help="Play on real sockets, in real time.")
@click.option(
    "--under-test",
    multiple=True,
    metavar="ROLE=URI",
    help="This role is your own system, at this SIP URI; implies --live. May be repeated.",
)
@click.option(
    "--listen",
    multiple=True,
    metavar="NAME=PORT",
    help="This party of ours listens on that port, for systems that call us; implies --live.",
)
@click.option("--deployment", metavar="FILE", help="Addresses and logins of real systems (YAML).")
@click.option(
    "--transport",
    type=click.Choice(["udp", "tcp"]),
    default="udp",
    show_default=True,
    help="What SIP is carried by.",
)
@click.option("--ipv6", is_flag=True, help="Use ::1 instead of 127.0.0.1.")
def run(**options: Any) -> None:
    """Play scenarios: files, or folders that are searched for them.

    Without --live everything happens in virtual time: a two-minute timeout takes milliseconds, and two
    runs with one seed are equal to the byte.
    """
    from harness.cli.run import run_command

    sys.exit(run_command(**options))


@program.command(epilog="Example:  siptransfer judge capture.pcapng --html report.html")
@click.argument("file", metavar="FILE")
@outputs
def judge(**options: Any) -> None:
    """Judge what a file holds: a trace (.jsonl), a pcap or a pcapng.

    SIP is recognised by its content, on any port. The same rules apply as for scenarios.
    """
    from harness.cli.judge import judge_command

    sys.exit(judge_command(**options))


@program.command(epilog="Example:  siptransfer new scenarios/mine.yaml")
@click.argument("file", metavar="FILE")
@click.option(
    "--transfer", type=click.Choice(STYLES), default="cold", show_default=True, help="Style of the transfer."
)
def new(file: str, transfer: str) -> None:
    """Write a commented scenario to start from. It passes as it is; nothing is ever overwritten."""
    from harness.cli.author import new_command

    sys.exit(new_command(file, transfer))


@program.command(epilog="Example:  siptransfer show scenarios/cold/answered.yaml")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
def show(paths: tuple[str, ...]) -> None:
    """Print scenarios with every default filled in."""
    from harness.cli.author import show_command

    sys.exit(show_command(paths))


@program.command(epilog="Example:  siptransfer lint scenarios")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
def lint(paths: tuple[str, ...]) -> None:
    """Find every mistake in scenarios, without playing them.

    Each is one line PATH:LINE:COL: text, then the source line and a caret.
    """
    from harness.cli.author import lint_command

    sys.exit(lint_command(paths))


@program.command(epilog="Example:  siptransfer doctor")
def doctor() -> None:
    """Say what this machine can and cannot do: Python, programs, sockets."""
    from harness.cli.doctor import doctor_command

    sys.exit(doctor_command())


def main() -> None:
    """The whole program: no exception of ours reaches a user as a traceback."""
    _make_writable()
    with interruption() as heard:
        heard.at_once = True
        code = _guarded(heard)
        heard.at_once = False
    for number in SIGNALS:  # the code is settled
        signal.signal(number, signal.SIG_IGN)
    if heard.asked():
        # Python ends as killed by SIGINT, whatever the code, where the exception rose in text it executed,
        # as that of a dataclass is.
        with suppress(OSError):
            sys.stdout.flush()
        os._exit(code)
    sys.exit(code)


def _guarded(heard: Interruption) -> int:
    """The exit code of the command, or of what ended it."""
    code = EXIT_BROKEN
    try:
        code = _run_program()
        sys.stdout.flush()  # here, where a reader who has left can still be handled
    except ScenarioError as error:
        for mistake in error.mistakes:
            click.echo(not_obeyed(mistake.headline()), err=True)
        return error.exit_code
    except HarnessError as error:
        click.echo(not_obeyed(f"siptransfer: {error}"), err=True)
        return error.exit_code
    except BrokenPipeError:
        # The reader of a pipe has gone; Python would complain once more when it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    except OSError as error:
        if os.environ.get("SIPTRANSFER_DEBUG"):
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        place = error.filename or "standard output cannot be written"
        click.echo(f"siptransfer: {place}: {error.strerror or error}", err=True)
        return EXIT_BROKEN
    except KeyboardInterrupt:
        return _interrupted()
    except Exception as error:  # a bug of ours is told in a sentence, never as a traceback
        if heard.asked():  # in the middle of an import an interruption looks like a broken module
            return _interrupted()
        return _bug(error)
    return code


def _bug(error: Exception) -> int:
    """Our own fault, in a sentence; with the traceback for who asks for it."""
    if os.environ.get("SIPTRANSFER_DEBUG"):
        raise error
    click.echo(f"siptransfer: a bug of this program: {type(error).__name__}: {error}", err=True)
    click.echo("  SIPTRANSFER_DEBUG=1 shows where it is; please report it.", err=True)
    return EXIT_BROKEN


def _interrupted() -> int:
    click.echo("siptransfer: interrupted", err=True)
    return EXIT_FAIL


def _make_writable() -> None:
    """Printing must not fail where who started us closed a stream (`>&-`; it is None then), nor where its
    encoding lacks a character."""
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - for the whole program
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - for the whole program
    if isinstance(sys.stdout, io.TextIOWrapper) and sys.stdout.errors == "strict":
        sys.stdout.reconfigure(errors="replace")


def _run_program() -> int:
    """The exit code of the command. Not by `program()`: click would end the program on Ctrl-C and on a
    broken pipe itself, with the exit code of a failed run."""
    try:
        with program.make_context("siptransfer", sys.argv[1:]) as context:
            program.invoke(context)
    except click.exceptions.Exit as left:
        return left.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except SystemExit as left:
        return left.code if isinstance(left.code, int) else EXIT_PASS
    return EXIT_PASS
