"""The options of the command line, for pytest: `--siptransfer-NAME`, with the same checks and texts.

Must import nothing of the harness at the top: pytest reads it in every project. Must not live here: what
an option does (`suite/options.py`, `report/files.py`).
"""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from harness.report.files import Files
    from harness.suite.play import Settings

PREFIX = "siptransfer_"
"""How pytest names the values of our options."""

PLAYING = (
    "seed", "live", "under_test", "listen", "deployment", "transport", "ipv6", "fail_on", "profile", "strict",
)  # fmt: skip
"""Options that decide what is played and how it is judged; who plays again needs the same."""

REPORTS = ("json", "html", "junit", "history")


def add_options(parser: pytest.Parser) -> None:
    """Every option of ours. Defaults are None or empty, so that one sees which were given."""
    group = parser.getgroup("siptransfer", "call transfer scenarios")

    def add(name: str, **more: Any) -> None:
        group.addoption(f"--siptransfer-{name}", **more)

    add("json", metavar="FILE", help="write results as JSON")
    add("html", metavar="FILE", help="write one self-contained HTML page")
    add("junit", metavar="FILE", help="write JUnit XML with verdicts and times of the scenarios")
    add("history", metavar="FILE", help="compare with earlier runs in this file (SQLite), then add this one")
    add("pcap", metavar="DIR", help="keep a trace and a pcapng of every scenario in this folder")
    add("seed", type=_whole_number, metavar="N", help="seed of virtual time (default: 0)")
    add("live", action="store_true", help="play scenarios on real sockets, in real time")
    add(
        "under-test", action="append", default=[], metavar="ROLE=URI",
        help="this role is your own system, at this SIP URI; implies live",
    )  # fmt: skip
    add(
        "listen", action="append", default=[], metavar="NAME=PORT",
        help="this party of ours listens on that port; implies live, and not with -n",
    )  # fmt: skip
    add("deployment", metavar="FILE", help="addresses and logins of real systems (YAML)")
    add(
        "transport",
        type=_one_of(lambda: ("udp", "tcp")),
        metavar="udp|tcp",
        help="what SIP runs over (default: udp)",
    )
    add("ipv6", action="store_true", help="use ::1 instead of 127.0.0.1; implies live")
    add(
        "fail-on", type=_one_of(_severities), metavar="SEVERITY",
        help="broken rules this severe or worse fail a scenario (default: loses-context)",
    )  # fmt: skip
    add(
        "profile", type=_one_of(_profiles), metavar="PROFILE",
        help="what everybody is held to: legacy (RFC 3515) or modern (RFC 6665 and RFC 7647 as well)",
    )  # fmt: skip
    add("strict", action="store_true", help="rules that stay undecided count too")
    add(
        "annotations", type=_one_of(lambda: ("auto", "github", "off")), metavar="auto|github|off",
        help="print annotations for GitHub (default: auto, where GITHUB_ACTIONS is true)",
    )  # fmt: skip


def value(config: pytest.Config, name: str) -> Any:
    """What was given for an option; None or empty when nothing was."""
    return config.getoption(PREFIX + name.replace("-", "_"))


def any_given(config: pytest.Config) -> bool:
    """Whether an option of ours was given."""
    return any(bool(value(config, name)) for name in (*REPORTS, "pcap", "annotations", *PLAYING))


def settings(config: pytest.Config) -> Settings:
    """What the options say about playing and judging. Raises UsageError."""
    from harness.suite.options import settings_of

    return settings_of(
        fail_on=value(config, "fail_on") or "loses-context",
        strict=value(config, "strict"),
        profile=value(config, "profile") or "legacy",
        keep_in=value(config, "pcap"),
        seed=value(config, "seed") or 0,
        live=value(config, "live"),
        under_test=value(config, "under_test"),
        listen=value(config, "listen"),
        deployment=value(config, "deployment"),
        transport=value(config, "transport") or "udp",
        ipv6=value(config, "ipv6"),
    )


def files(config: pytest.Config) -> Files:
    """The reports that were asked for. Raises UsageError: pytest has stdout for itself."""
    from harness.base.errors import UsageError
    from harness.report.files import STDOUT, Files

    for name in REPORTS:
        if value(config, name) == STDOUT:
            raise UsageError(f"--siptransfer-{name} - : pytest prints to stdout itself", do="Name a file.")
    return Files(*(value(config, name) for name in REPORTS))


def given_again(config: pytest.Config) -> str:
    """The options that somebody needs who plays one scenario again, for a shell."""
    words: list[str] = []
    for name in PLAYING:
        given = value(config, name) if name != "seed" else str(value(config, name) or 0)
        option = f"--siptransfer-{name.replace('_', '-')}"
        if given is True:
            words.append(option)
        elif given:
            words += [part for each in (given if isinstance(given, list) else [given])
                      for part in (option, str(each))]  # fmt: skip
    return shlex.join(words)


def _whole_number(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0")
    return int(text)


def _one_of(choices: Callable[[], tuple[str, ...]]) -> Callable[[str], str]:
    """Like `choices=` of argparse, but the list is looked up only when the option is given."""

    def check(text: str) -> str:
        allowed = choices()
        if text not in allowed:
            raise argparse.ArgumentTypeError(f"{text!r} is not one of {', '.join(map(repr, allowed))}.")
        return text

    return check


def _severities() -> tuple[str, ...]:
    from harness.judge.finding import SEVERITIES

    return tuple(SEVERITIES)


def _profiles() -> tuple[str, ...]:
    from harness.judge.finding import PROFILES

    return tuple(PROFILES)
