"""Start and stop a real SIP system: one program in its own folder, ended by its process id.

The program gets its own session, so that Ctrl-C in a terminal reaches us first and the calls can be
released before the peer goes away. Waiting is always waiting for something (a port that is taken, a
program that ended), never a blind pause. What the program prints is kept for the error text.
Must not live here: the configuration of any particular program, SIP.
"""

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import monotonic_ns

from harness.base.endpoint import Endpoint, Transport
from harness.base.errors import BrokenEnvironment
from harness.base.instant import MS, SECOND, format_duration
from harness.base.limits import PROCESS_OUTPUT_BYTES_MAX

_POLL_NS = 10 * MS
_TERMINATE_NS = 2 * SECOND
_OUTPUT_LINES = 20


class RealSystem:
    """A program that runs. `name` is what messages call it; `folder` holds its files and its output."""

    def __init__(self, name: str, command: Sequence[str], folder: Path) -> None:
        self.name = name
        self.command = tuple(command)
        self.folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, environment: Mapping[str, str] | None = None) -> None:
        """Start the program in its folder. Raises BrokenEnvironment when it cannot be started."""
        if shutil.which(self.command[0]) is None:
            raise BrokenEnvironment(
                f"the program {self.command[0]!r} is not installed",
                do="Install it, or leave this system out.",
            )
        try:
            with self._output_path.open("wb") as output:
                self._process = subprocess.Popen(  # noqa: S603 - the command is the user's own
                    self.command,
                    cwd=self.folder,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    env=None if environment is None else {**os.environ, **environment},
                    start_new_session=True,
                )
        except OSError as error:
            raise BrokenEnvironment(f"{self.name} could not be started: {error.strerror}") from error

    @property
    def pid(self) -> int | None:
        """Process id, or None before the start."""
        return None if self._process is None else self._process.pid

    @property
    def exit_status(self) -> int | None:
        """Exit status (negative: the signal that ended it), or None while it runs."""
        return None if self._process is None else self._process.poll()

    def wait_until(self, ready: Callable[[], bool], *, what: str, within_ns: int = 10 * SECOND) -> None:
        """Wait until `ready()`; `what` names it in the error text.

        Raises BrokenEnvironment with the program's last output when it ended or the time is over.
        """
        deadline_ns = monotonic_ns() + within_ns
        while not ready():
            status = self.wait_for_exit(_POLL_NS)
            if status is not None:
                raise self._broken(f"{self.name} ended with status {status} before {what}")
            if monotonic_ns() > deadline_ns:
                raise self._broken(f"{self.name}: waited {format_duration(within_ns)}, but not {what}")

    def wait_for_exit(self, within_ns: int) -> int | None:
        """Wait for the program to end by itself: its exit status, or None when it still runs."""
        if self._process is None:
            return None
        try:
            return self._process.wait(within_ns / SECOND)
        except subprocess.TimeoutExpired:
            return None

    def stop(self) -> None:
        """End the program: SIGTERM, after 2 s SIGKILL. Harmless when it has ended already."""
        if self._process is None or self._process.poll() is not None:
            return
        self._signal(signal.SIGTERM)
        if self.wait_for_exit(_TERMINATE_NS) is None:
            self._signal(signal.SIGKILL)
            self._process.wait()

    def output(self) -> str:
        """What the program printed so far; of a long output only the end."""
        try:
            with self._output_path.open("rb") as output:
                size = output.seek(0, os.SEEK_END)
                output.seek(max(0, size - PROCESS_OUTPUT_BYTES_MAX))
                return output.read().decode("utf-8", "replace")
        except OSError:
            return ""

    @property
    def _output_path(self) -> Path:
        return self.folder / "output.txt"

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        try:
            # The program leads its own session, so its group is its own children and nobody else.
            os.killpg(self._process.pid, number)
        except ProcessLookupError:
            return

    def _broken(self, what: str) -> BrokenEnvironment:
        lines = self.output().splitlines()[-_OUTPUT_LINES:]
        said = "\n  ".join(lines) if lines else "(nothing)"
        return BrokenEnvironment(what, do=f"Command: {' '.join(self.command)}\n  It printed:\n  {said}")


@contextmanager
def running(
    name: str,
    command: Sequence[str],
    folder: Path,
    *,
    listens: Endpoint | None = None,
    transport: Transport = "udp",
) -> Iterator[RealSystem]:
    """A program that runs inside the `with` block and has ended after it, whatever happens inside.

    With `listens` the block begins once that address is taken. Raises BrokenEnvironment.
    """
    system = RealSystem(name, command, folder)
    system.start()
    try:
        if listens is not None:
            system.wait_until(lambda: taken(listens, transport), what=f"it listened on {listens}")
        yield system
    finally:
        system.stop()


def taken(endpoint: Endpoint, transport: Transport = "udp") -> bool:
    """True when somebody listens there: the address cannot be bound. Sends nothing."""
    kind = socket.SOCK_DGRAM if transport == "udp" else socket.SOCK_STREAM
    family = socket.AF_INET6 if ":" in endpoint.host else socket.AF_INET
    with socket.socket(family, kind) as trial:
        if kind == socket.SOCK_STREAM:
            # Connections that ended lately (TIME-WAIT) are nobody who listens.
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((endpoint.host, endpoint.port))
        except OSError:
            return True
    return False
