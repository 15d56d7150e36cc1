"""Real systems as processes."""

import os
import sys
from pathlib import Path

import pytest

from harness.base.errors import BrokenEnvironment
from harness.base.instant import MS, SECOND
from harness.runtime.live.process import RealSystem, running, taken
from tests.real.ports import free_endpoint

LISTEN = """
import socket, sys, time
print("here I am", flush=True)
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("127.0.0.1", int(sys.argv[1])))
s.recv(1)
"""


def python(code: str, *arguments: object) -> tuple[str, ...]:
    return (sys.executable, "-c", code, *map(str, arguments))


def fail() -> None:
    raise ZeroDivisionError


def test_the_block_begins_when_the_port_answers_and_ends_with_the_program(tmp_path: Path) -> None:
    where = free_endpoint()
    assert not taken(where)
    with running("a phone", python(LISTEN, where.port), tmp_path, listens=where) as system:
        assert taken(where)
        assert system.exit_status is None, "it runs"
        assert "here I am" in system.output()
    assert not taken(where)


def test_the_program_is_ended_when_the_block_fails(tmp_path: Path) -> None:
    where = free_endpoint()
    with pytest.raises(ZeroDivisionError), running("p", python(LISTEN, where.port), tmp_path, listens=where):
        fail()
    assert not taken(where)


def test_a_program_that_ends_before_it_listens_is_quoted(tmp_path: Path) -> None:
    command = python("import sys; print('no such device'); sys.exit(3)")
    with (
        pytest.raises(BrokenEnvironment, match="ended with status 3") as caught,
        running("a phone", command, tmp_path, listens=free_endpoint()),
    ):
        pass
    assert "no such device" in caught.value.do


def test_a_program_that_never_listens_is_given_up_and_ended(tmp_path: Path) -> None:
    system = RealSystem("a phone", python("import signal; signal.pause()"), tmp_path)
    system.start()
    where = free_endpoint()
    with pytest.raises(BrokenEnvironment, match="waited 50ms, but not it listened"):
        system.wait_until(lambda: taken(where), what="it listened", within_ns=50 * MS)
    system.stop()
    assert system.exit_status is not None


def test_a_program_that_ignores_the_polite_signal_is_killed(tmp_path: Path) -> None:
    where = free_endpoint()
    code = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + LISTEN
    with running("a phone", python(code, where.port), tmp_path, listens=where) as system:
        pass
    assert system.exit_status == -9


def test_a_missing_program_says_so(tmp_path: Path) -> None:
    with pytest.raises(BrokenEnvironment, match="not installed"):
        RealSystem("a phone", ("no-such-program-here",), tmp_path).start()


def test_the_exit_status_is_told_and_a_stop_after_the_end_is_harmless(tmp_path: Path) -> None:
    system = RealSystem("a phone", python("import os; print(os.environ['X'])"), tmp_path)
    system.stop()
    assert system.wait_for_exit(0) is None
    system.start({"X": "given"})
    assert system.wait_for_exit(5 * SECOND) == 0
    system.stop()
    assert system.output() == "given\n"


def test_a_group_of_its_own_keeps_ctrl_c_away_from_the_program(tmp_path: Path) -> None:
    where = free_endpoint()
    with running("a phone", python(LISTEN, where.port), tmp_path, listens=where) as system:
        assert system.pid is not None
        assert os.getpgid(system.pid) == system.pid != os.getpgid(0)
