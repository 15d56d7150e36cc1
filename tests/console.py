"""Follows a page as a reader would: saves its files, types its commands, compares what is shown.

In a page a block after a line that ends in "`NAME`:" and says Save is a file. A `console` block is a
session: `$ ` before a command, below it what it prints on a screen of 100 columns. In what is shown `…`
stands for a number that differs from run to run (of the wall clock, or of messages on real sockets), a line
`...` for lines left out. A session of "a second terminal" goes on while the next commands are typed.
"""

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from tests.markdown import Fence, fences
from tests.suite.places import PACKAGE_AT

COLUMNS = 100
NUMBER, GAP = "…", "..."
_SAVED = re.compile(r"\bSave\b.*`([\w./-]+)`:$")
_COMMAND = re.compile(r"(?:.*\\\n)*.*\n?")
"""One line, and those that a backslash at the end of a line joins to it."""

_PROGRAMS = {"siptransfer": ("-m", "harness"), "pytest": ("-m", "pytest", "-p", "harness.pytest_plugin")}


@dataclass(frozen=True)
class Step:
    """A command, what the page shows below it, and what it printed."""

    command: str
    shown: str
    printed: str

    def as_shown(self) -> bool:
        """Whether it printed what the page shows."""
        return re.fullmatch(pattern(self.shown), self.printed) is not None


def pattern(shown: str) -> str:
    """What is shown, as a regular expression for whole outputs."""
    lines = [
        r"(?:.*\n)*?" if line == GAP else re.escape(line).replace(NUMBER, r"-?[0-9.]+") + r"\n"
        for line in shown.splitlines()
    ]
    return "".join(lines)


def saved_as(fence: Fence) -> str:
    """The name of the file that a block is; empty for none."""
    found = _SAVED.search(fence.above)
    return found[1] if found and fence.language != "console" else ""


def commands(fence: Fence) -> Iterator[tuple[str, str]]:
    """Each command of a session, with what is shown below it."""
    for part in re.split(r"^\$ ", fence.text, flags=re.MULTILINE)[1:]:
        typed = _COMMAND.match(part)
        assert typed is not None, "the pattern fits everything"
        yield typed[0].removesuffix("\n"), part[typed.end() :]


def follow(page: str, folder: Path) -> list[Step]:
    """Everything the page says to do, in its order, in a folder."""
    environment = environment_in(folder)
    steps: list[Step] = []
    with ExitStack() as stack:
        for fence in fences(page):
            name = saved_as(fence)
            if name:
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).write_text(fence.text, encoding="utf-8")
            for command, shown in commands(fence) if fence.language == "console" else ():
                if "second terminal" in fence.above:
                    stack.enter_context(_beside(command, folder, environment))
                else:
                    steps.append(Step(command, shown, _typed(command, folder, environment)))
    return steps


def environment_in(folder: Path) -> dict[str, str]:
    """Variables of a shell that finds our programs, beside the folder where it works."""
    programs = folder.parent / f"{folder.name}-bin"
    programs.mkdir(exist_ok=True)
    for name, words in _PROGRAMS.items():
        script = programs / name
        script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -P {" ".join(words)} "$@"\n')
        script.chmod(0o755)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GITHUB_", "PYTEST_"))}
    kept |= {"COLUMNS": str(COLUMNS), "LINES": "50", "TERM": "dumb", "NO_COLOR": "1"}
    path = f"{programs}{os.pathsep}{kept.get('PATH', '')}"
    return {**kept, "PATH": path, "PYTHONPATH": PACKAGE_AT, "PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1"}


def _typed(command: str, folder: Path, environment: Mapping[str, str]) -> str:
    """What a command prints on a screen, on both of its outputs."""
    screen, program = os.openpty()
    process = subprocess.Popen(
        ["sh", "-c", command], cwd=folder, env=dict(environment),
        stdout=program, stderr=program, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(program)
    printed = b"".join(_read(screen))
    os.close(screen)
    process.wait(timeout=120)
    return printed.decode("utf-8").replace("\r\n", "\n")


def _read(screen: int) -> Iterator[bytes]:
    """Everything that is printed until nobody can print any more (Linux says so by EIO)."""
    with suppress(OSError):
        while piece := os.read(screen, 65_536):
            yield piece


@contextmanager
def _beside(command: str, folder: Path, environment: Mapping[str, str]) -> Iterator[None]:
    """Start a command and go on once it listens where its `--listen` says; it ends with the page."""
    process = subprocess.Popen(
        ["sh", "-c", f"exec {command}"], cwd=folder, env=dict(environment),
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    ports = [int(port) for port in re.findall(r"--listen \w+=(\d+)", command)]
    end = monotonic() + 30
    while any(not _taken(port) for port in ports) and process.poll() is None and monotonic() < end:
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=0.05)
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=30)


def _taken(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def shown_anew(page: str, steps: list[Step]) -> str:
    """The page with what was printed in the place of what was shown, where the two differ."""
    for step in steps:
        if not step.as_shown():
            printed = re.sub(r"\bin [0-9.]+( ?)s\b", rf"in {NUMBER}\1s", step.printed)
            if "--live" in step.command or "--under-test" in step.command:
                printed = _of_sockets(printed)
            page = page.replace(f"$ {step.command}\n{step.shown}", f"$ {step.command}\n{printed}")
    return page


def _of_sockets(printed: str) -> str:
    """Without what differs between runs in real time: counts, times, numbers of messages, the ladder."""
    printed = re.sub(r"\d+ (messages?), [0-9.]+ s", rf"{NUMBER} \1, {NUMBER} s", printed)
    proofs = re.compile(r"(?<=\[message)s? [\d, ]+(?=\]$)", re.MULTILINE)
    printed = proofs.sub(lambda numbers: re.sub(r"\d+", NUMBER, numbers[0]), printed)
    return re.sub(r"^ {8,}\w.*\n(?: .*\n)*", f"{GAP}\n", printed, count=1, flags=re.MULTILINE)
