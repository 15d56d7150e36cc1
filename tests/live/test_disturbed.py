"""Live runs that something disturbs: rubbish on the wire, a taken port, nobody there, Ctrl-C."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import harness
from harness.actors.cast import build, places
from harness.base.endpoint import Endpoint, Transport
from harness.base.errors import BrokenEnvironment
from harness.base.instant import SECOND
from harness.runtime.live.play import play
from harness.runtime.live.sockets import open_sockets
from harness.scenario.plan import Plan
from harness.trace.calls import rebuild
from harness.trace.entries import Header, MessageEntry, NoteEntry, Trace
from harness.trace.store import read
from tests.live.playing import SEED, cast_of, hastened, plan_of, virtually
from tests.live.test_two_runtimes import dialogs
from tests.real.ports import free_endpoint

ROOT = Path(__file__).parents[2]

RUBBISH = (
    b"\x00" * 500,
    b"\xff\xfe garbage \xff",
    b"INVITE sip:x SIP/2.0\r\n\r\n",
    b"OPTIONS sip:x SIP/2.0\r\n" + b"X: y\r\n" * 5000,
    b"OPTIONS sip:x SIP/2.0\r\nX-Long: " + b"y" * 60_000 + b"\r\n\r\n",
    b"OPTIONS sip:x SIP/2.0\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\nContent-Length: 999999\r\n\r\nshort",
    b"OPTIONS sip:x SIP/2.0\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\nContent-Length: -5\r\n\r\n",
    b"SIP/2.0 200 OK\r\nCall-ID: nobody\r\nCSeq: 1 INVITE\r\n\r\n",
    (
        b"BYE sip:x SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKx\r\nFrom: <sip:a@x>;tag=1\r\n"
        b"To: <sip:b@x>;tag=2\r\nCall-ID: unknown\r\nCSeq: 99999999999 BYE\r\n\r\n"
    ),
    b"NOTIFY",
)


def answered(times: int = 8) -> Plan:
    return hastened(plan_of("cold", "answered"), times)


def test_rubbish_at_every_party_is_recorded_and_changes_no_call() -> None:
    plan = answered()
    sockets = open_sockets(places(plan))
    hosts = build(plan, SEED, sockets.addresses)
    header = Header(seed=SEED, cast=cast_of(sockets.addresses))
    over = threading.Event()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.bind(("127.0.0.1", 0))
        source = Endpoint(*stranger.getsockname())

        def throw() -> None:
            while not over.wait(0.02):
                for where in sockets.addresses.values():
                    for data in RUBBISH:
                        stranger.sendto(data, where)

        thread = threading.Thread(target=throw)
        thread.start()
        try:
            trace = play(hosts, sockets, header, deadline_ns=60 * SECOND)
        finally:
            over.set()
            thread.join()
    assert trace.header.complete
    strange = [entry for entry in trace.messages() if source in (entry.source, entry.destination)]
    thrown = {entry.raw for entry in strange if entry.source == source}
    assert thrown == set(RUBBISH) - {RUBBISH[0]}, "zeros alone are a keep-alive, not a message"
    own = [entry for entry in trace.messages() if entry not in strange]
    assert dialogs(Trace(trace.header, [*own])) == dialogs(virtually(plan))


def test_a_taken_port_is_told_before_anything_is_played() -> None:
    where = free_endpoint()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(where)
        with pytest.raises(BrokenEnvironment, match="is taken"):
            open_sockets(places(answered()), where.host, ports={"carrier": where.port})


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_a_system_under_test_that_is_not_there_ends_the_run_soon(transport: Transport) -> None:
    plan = answered()
    nowhere = free_endpoint()
    names = [name for name in places(plan) if name != "carrier"]
    sockets = open_sockets(names, transport=transport)
    where = {**sockets.addresses, "carrier": nowhere}
    hosts = build(
        plan,
        SEED,
        where,
        transport=transport,
        under_test={"carrier": f"sip:x@{nowhere};transport={transport}"},
    )
    before_ns = time.monotonic_ns()
    trace = play(hosts, sockets, Header(cast=cast_of(where)), deadline_ns=60 * SECOND)
    assert time.monotonic_ns() - before_ns < 5 * SECOND
    assert trace.header.complete
    assert not any(entry.arrived for entry in trace.messages())
    assert any("connection refused" in entry.text for entry in trace.entries if isinstance(entry, NoteEntry))


@pytest.mark.parametrize(("after_s", "methods"), [(0.4, {"CANCEL"}), (2.6, {"BYE"})])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_releases_the_calls_and_keeps_a_readable_trace(
    number: signal.Signals, after_s: float, methods: set[str], tmp_path: Path
) -> None:
    path = tmp_path / "x.trace.jsonl"
    command = [sys.executable, "-m", "tests.live.driver", str(path)]
    paths = os.pathsep.join((str(Path(harness.__file__).parents[1]), str(ROOT)))
    environment = {**os.environ, "PYTHONPATH": paths}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=pipe, stderr=pipe) as driver:
        assert driver.stdout is not None
        assert driver.stdout.readline() == b"playing\n"
        time.sleep(after_s)
        driver.send_signal(number)
        told, complained = driver.communicate(timeout=20)
    assert (told, complained, driver.returncode) == (b"interrupted\n", b"", 0)
    trace = read(path)
    assert not trace.header.complete
    sent = {entry.message.method for entry in trace.messages() if entry.message.is_request}
    assert methods <= sent
    legs = [leg for case in rebuild(trace) for leg in case.legs]
    assert len(legs) == 2
    assert all(leg.bye is not None or leg.refused is not None for leg in legs)
    for endpoint in {entry.source for entry in trace.entries if isinstance(entry, MessageEntry)}:
        open_sockets(("again",), endpoint.host, ports={"again": endpoint.port}).close()


def test_ctrl_c_on_the_command_line_keeps_the_trace_and_ends_soon(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "harness",
        "run",
        str(ROOT / "scenarios" / "cold" / "answered.yaml"),
        "--live",
    ]
    environment = {**os.environ, "PYTHONPATH": str(Path(harness.__file__).parents[1])}
    with subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE) as running:
        time.sleep(3)
        running.send_signal(signal.SIGINT)
        told, _ = running.communicate(timeout=10)
    assert running.returncode not in (0, -signal.SIGINT)
    assert b"Traceback" not in told
    (path,) = tmp_path.glob("*.jsonl")
    trace = read(path)
    assert not trace.header.complete
    sent = {entry.message.method for entry in trace.messages() if entry.message.is_request}
    assert "INVITE" in sent and sent & {"CANCEL", "BYE"}
