"""Our pcapng files: tshark reads every message back, and so do we."""

import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from harness.base.endpoint import Endpoint
from harness.base.errors import BrokenEnvironment
from harness.capture import pcapng
from harness.capture.reader import loads, read
from harness.trace import store
from harness.trace.entries import FaultEntry, Trace
from tests.ladders import cold_transfer, edit, find, lose

TSHARK = shutil.which("tshark")
needs_tshark = pytest.mark.skipif(
    TSHARK is None and os.environ.get("SIPTRANSFER_REQUIRE_REAL") != "1", reason="tshark is not installed"
)

FIELDS = ("sip.Method", "sip.Status-Code", "sip.Call-ID", "sip.CSeq", "frame.time_epoch")


def on_port(trace: Trace, port: int, host: str = "") -> Trace:
    """The same trace with every party on another port, and in another address family if asked."""

    def moved(end: Endpoint) -> Endpoint:
        return Endpoint(host + end.host.rpartition(".")[2] if host else end.host, port)

    entries = [
        replace(entry, source=moved(entry.source), destination=moved(entry.destination))
        for entry in trace.messages()
    ]
    return Trace(trace.header, list(entries))


def large_message(trace: Trace) -> Trace:
    """The REFER grows beyond every MTU."""
    padding = f"X-Padding: {'p' * 9000}\r\n"
    return edit(trace, find(trace, "REFER"), "Refer-To:", f"{padding * 6}Refer-To:")


TRACES = {
    "udp": cold_transfer(),
    "tcp": cold_transfer(transport="tcp"),
    "busy": cold_transfer(target_status=486),
    "cancelled": cold_transfer(target_status=None),
    "lost": lose(cold_transfer(), find(cold_transfer(), "NOTIFY", 2)),
    "large udp": large_message(cold_transfer()),
    "large tcp": large_message(cold_transfer(transport="tcp")),
    "other port": on_port(cold_transfer(), 15060),
    "other port tcp": on_port(cold_transfer(transport="tcp"), 15060),
    "ipv6": on_port(cold_transfer(), 5060, "2001:db8::"),
    "ipv6 tcp": on_port(cold_transfer(transport="tcp"), 15060, "2001:db8::"),
}


def tshark(path: Path, *more: str) -> list[list[str]]:
    """Fields of every SIP message as tshark reads them."""
    assert TSHARK is not None, "tshark is required here and not installed"
    command = [TSHARK, "-n", "-r", str(path), *more]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [line.split("\t") for line in done.stdout.splitlines()]


@needs_tshark
@pytest.mark.parametrize("name", TRACES)
def test_tshark_reads_every_message_back(name: str, tmp_path: Path) -> None:
    trace = TRACES[name]
    path = tmp_path / "x.pcapng"
    pcapng.write(trace, path)
    fields = [part for field in FIELDS for part in ("-e", field)]
    ports = ["-d", "udp.port==15060,sip", "-d", "tcp.port==15060,sip"]
    found = tshark(path, *ports, "-Y", "sip", "-T", "fields", *fields)
    wanted = []
    for entry in trace.messages():
        message = entry.message
        kind = [message.method, ""] if message.is_request else ["", str(message.status)]
        cseq = f"{message.cseq_number} {message.cseq_method}"
        stamp = f"{entry.at_ns // 1_000_000_000}.{entry.at_ns % 1_000_000_000:09d}"
        wanted.append([*kind, message.call_id, cseq, stamp])
    assert found == wanted


@needs_tshark
@pytest.mark.parametrize("name", TRACES)
def test_tshark_finds_no_fault_with_our_packets(name: str, tmp_path: Path) -> None:
    path = tmp_path / "x.pcapng"
    pcapng.write(TRACES[name], path)
    checks = [part for layer in ("ip", "udp", "tcp") for part in ("-o", f"{layer}.check_checksum:TRUE")]
    bad = 'ip.checksum.status=="Bad" || udp.checksum.status=="Bad" || tcp.checksum.status=="Bad"'
    assert tshark(path, *checks, "-Y", f"{bad} || _ws.malformed || tcp.analysis.flags") == []


@needs_tshark
def test_a_lost_message_is_there_with_a_comment(tmp_path: Path) -> None:
    path = tmp_path / "x.pcapng"
    trace = TRACES["lost"]
    trace = Trace(trace.header, [*trace.entries, FaultEntry(99, 5, "drop", "on purpose", 3)])
    pcapng.write(trace, path)
    found = tshark(path, "-Y", "frame.comment", "-T", "fields", "-e", "sip.CSeq", "-e", "frame.comment")
    assert found == [
        ["1 INVITE", "drop: on purpose"],
        ["3 NOTIFY", "sent, but it never arrived"],
    ]


@pytest.mark.parametrize("name", TRACES)
def test_we_read_back_the_very_trace(name: str, tmp_path: Path) -> None:
    trace = TRACES[name]
    path = tmp_path / "x.pcapng"
    pcapng.write(trace, path)
    assert store.dumps(read(path)) == store.dumps(trace)


def test_garbage_and_empty_messages_come_back_too() -> None:
    for transport in ("udp", "tcp"):
        trace = cold_transfer(transport=transport)
        for n, raw in ((3, b""), (5, b"\x80\0\0\1garbage"), (6, bytes(range(256)) * 250)):
            trace.entries[n - 1] = replace(trace.messages()[n - 1], raw=raw, parsed=None)
        assert store.dumps(loads(pcapng.dumps(trace))) == store.dumps(trace)


def test_parties_without_an_address_get_a_stand_in_and_keep_their_name() -> None:
    trace = cold_transfer()
    trace.entries[0] = replace(trace.messages()[0], source=Endpoint("localhost", 5060))
    trace.entries[1] = replace(trace.messages()[1], source=Endpoint("::1", 5060))
    assert loads(pcapng.dumps(trace)).messages()[0].source == Endpoint("localhost", 5060)


def test_equal_traces_give_equal_bytes() -> None:
    assert pcapng.dumps(cold_transfer()) == pcapng.dumps(cold_transfer())


def test_a_trace_without_messages_is_a_file_too() -> None:
    trace = Trace(cold_transfer().header, [])
    assert store.dumps(loads(pcapng.dumps(trace))) == store.dumps(trace)


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(BrokenEnvironment, match="cannot write the capture"):
        pcapng.write(cold_transfer(), tmp_path / "no" / "x.pcapng")
