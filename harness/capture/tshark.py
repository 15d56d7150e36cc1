"""The second opinion: what tshark reads in the SIP messages of a capture. The only file with pyshark.

Slow, and tshark must be installed: for comparisons and for captures that nothing else opens, never
in the way of a run. Starts a process. Must not live here: our own reading (`reader.py`).
"""

import os
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from harness.base.errors import BrokenEnvironment, CaptureError

PROGRAM = "tshark"


@dataclass(frozen=True, slots=True)
class Reading:
    """One SIP message as tshark understands it; what is not there is "" (or 0 for numbers)."""

    frame: int
    """Packet number in the capture, from 1."""
    method: str
    """Of a request; "" for a response."""
    status: int
    call_id: str
    cseq: str
    """Number and method, as written."""
    from_tag: str
    to_tag: str
    branch: str
    """Of the topmost Via."""
    refer_to: str


def read(path: str | os.PathLike[str], sip_ports: Iterable[int] = ()) -> list[Reading]:
    """Every SIP message of a capture, in its order. `sip_ports` helps tshark where it does not guess.

    Raises BrokenEnvironment when tshark or pyshark is missing, CaptureError when tshark cannot read the
    file.
    """
    where = os.fspath(path)
    program = shutil.which(PROGRAM)
    if program is None:
        raise BrokenEnvironment(
            "tshark is not installed", do="apt-get install -y --no-install-recommends tshark"
        )
    if not os.path.isfile(where):
        raise CaptureError(f"{where}: no such file")
    try:
        import pyshark
        from pyshark.capture.capture import TSharkCrashException
    except ImportError:
        raise BrokenEnvironment("the Python package pyshark is missing", do="pip install pyshark") from None
    ports = {f"{kind}.port=={port}": "sip" for port in sip_ports for kind in ("udp", "tcp")}
    _refuse_unreadable(program, where)
    capture = pyshark.FileCapture(
        where, display_filter="sip", keep_packets=False, decode_as=ports, tshark_path=program
    )
    found: list[Reading] = []
    try:
        # pyshark tells of a crash only when the process ended before it looked: what was read by then
        # is what tshark can read of a file that is cut off.
        with suppress(TSharkCrashException):
            for packet in capture:
                found += _readings(packet)
    finally:
        with suppress(TSharkCrashException):
            capture.close()
        # After a crash pyshark keeps the dead process and would raise again whenever it is collected.
        capture._running_processes.clear()
    return found


def _refuse_unreadable(program: str, where: str) -> None:
    """Let tshark look at the first packet: its exit code is certain, that of a stopped reader is not."""
    command = [program, "-r", where, "-c", "1"]
    looked = subprocess.run(command, capture_output=True, check=False)  # noqa: S603  no shell, our own words
    if looked.returncode:
        raise CaptureError(f"{where}: tshark cannot read it")


def _readings(packet: Any) -> Iterator[Reading]:
    """The messages of one packet: over TCP there may be several."""
    for layer in packet.layers:
        if layer.layer_name != "sip":
            continue
        status = _text(layer, "status_code")
        yield Reading(
            frame=int(packet.number),
            method=_text(layer, "method"),
            status=int(status) if status.isdecimal() else 0,
            call_id=_text(layer, "call_id"),
            cseq=_text(layer, "cseq"),
            from_tag=_text(layer, "from_tag"),
            to_tag=_text(layer, "to_tag"),
            branch=_text(layer, "via_branch"),
            refer_to=_text(layer, "refer_to"),
        )


def _text(layer: Any, name: str) -> str:
    field = layer.get_field(name)
    return "" if field is None else str(field)
