"""`siptransfer doctor`: what this machine can do, and what to type where it cannot.

Must not live here: installing anything.
"""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from harness.base.errors import EXIT_BROKEN, EXIT_PASS

PROGRAMS = {
    "tshark": ("reads captures as a second opinion", "tshark"),
    "sipp": ("a real SIP system for tests", "sip-tester"),
    "baresip": ("a real phone for tests", "baresip-core"),
}
"""Optional programs: what they are for, and the Debian package."""

_TIMEOUT_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the report. `missing` is optional and breaks nothing, `broken` does."""

    state: Literal["ok", "missing", "broken"]
    what: str
    do: str = ""


def doctor_command() -> int:
    """Print all checks; exit code 3 when something that every run needs is broken."""
    broken = False
    for check in checks():
        broken = broken or check.state == "broken"
        print(f"{check.state:<8} {check.what}" + (f"\n         {check.do}" if check.do else ""))
    return EXIT_BROKEN if broken else EXIT_PASS


def checks() -> Iterator[Check]:
    """Every check in a fixed order."""
    yield python()
    yield from (library(name) for name in ("pydantic", "yaml", "jinja2", "rich", "scapy", "pytest"))
    yield from (program(name) for name in PROGRAMS)
    yield loopback("127.0.0.1", socket.AF_INET)
    yield loopback("::1", socket.AF_INET6)
    yield folder(".")


def python() -> Check:
    """The interpreter; pip has already refused one that is too old."""
    version = ".".join(str(part) for part in sys.version_info[:3])
    return Check("ok", f"Python {version}")


def library(name: str) -> Check:
    """A Python package of the list in pyproject.toml."""
    from importlib.util import find_spec

    if find_spec(name) is None:
        return Check("broken", f"the Python package {name} is missing", "pip install sip-transfer-harness")
    return Check("ok", f"the Python package {name}")


def program(name: str, find: Callable[[str], str | None] = shutil.which) -> Check:
    """An optional program, with the first line it says about itself."""
    purpose, package = PROGRAMS[name]
    path = find(name)
    if path is None:
        return Check("missing", f"{name}, {purpose}", f"apt-get install -y --no-install-recommends {package}")
    if name == "tshark":
        try:
            told = subprocess.run(  # noqa: S603 - the path comes from PATH, as the user's shell would take it
                [path, "--version"], capture_output=True, timeout=20, check=False, stdin=subprocess.DEVNULL
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            return Check("missing", f"{name} does not start: {error}", f"Install {package} again.")
        lines = told.stdout.decode("utf-8", "replace").splitlines()
        return Check("ok", f"{name}, {purpose}: {lines[0] if lines else path}")
    return Check("ok", f"{name}, {purpose}: {path}")


def loopback(host: str, family: socket.AddressFamily) -> Check:
    """Whether a datagram reaches us on this address; IPv6 is optional."""
    bad: Literal["missing", "broken"] = "broken" if family == socket.AF_INET else "missing"
    try:
        with (
            socket.socket(family, socket.SOCK_DGRAM) as receiver,
            socket.socket(family, socket.SOCK_DGRAM) as sender,
        ):
            receiver.settimeout(_TIMEOUT_SECONDS)
            receiver.bind((host, 0))
            sender.sendto(b"ping", receiver.getsockname())
            receiver.recvfrom(16)
    except OSError as error:
        reason = error.strerror or str(error)
        return Check(bad, f"UDP on {host}: {reason}", "Live runs need it; `ip link set lo up` may be all.")
    return Check("ok", f"UDP on {host}")


def folder(path: str) -> Check:
    """Whether reports can be written here."""
    if os.access(path, os.W_OK):
        return Check("ok", "the current folder can be written")
    return Check("broken", "the current folder cannot be written", "Change to a folder of yours.")
