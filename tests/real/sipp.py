"""SIPp 3.6.1 (Debian `sip-tester`) as a real system that sends the REFER, or gets it.

Its scenarios are in `data/`. NOTIFY and 200 stand there as unrolled pairs: with a loop over `<nop>`
SIPp aborts when the next NOTIFY arrives while it stands on the nop.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.base.endpoint import Endpoint, Transport
from harness.runtime.live.process import RealSystem, running
from tests.real.ports import HOST, free_ports

PROGRAM = "sipp"
PACKAGE = "sip-tester"
_MODES = {"udp": ("-t", "u1"), "tcp": ("-t", "t1")}
DATA = Path(__file__).parent / "data" / "sipp"


def _command(scenario: str, sip: int, media: int, *more: str) -> tuple[str, ...]:
    return (
        *(PROGRAM, "-sf", str(DATA / scenario), "-i", HOST, "-p", str(sip), "-mp", str(media)),
        *("-m", "1", "-nostdin", "-timeout", "30s", "-timeout_error", *more),
    )


@contextmanager
def sipp_transferor(
    folder: Path, own: Endpoint, callee: Endpoint, *, user: str, target: str, transport: Transport = "udp"
) -> Iterator[RealSystem]:
    """A SIPp at `own` that calls `user` at `callee` and sends a REFER to `target` at the same address.

    It ends by itself with status 0 when every message came as its scenario says.
    """
    (media,) = free_ports(1)
    keys = (
        "-key",
        "target_user",
        target,
        "-key",
        "target_ip",
        callee.host,
        "-key",
        "target_port",
        str(callee.port),
    )
    command = _command("transferor.xml", own.port, media, "-s", user, *keys, *_MODES[transport], str(callee))
    with running("sipp", command, folder) as system:
        yield system


@contextmanager
def sipp_transferee(folder: Path, own: Endpoint, final: str = "200 OK") -> Iterator[RealSystem]:
    """A SIPp at `own` that answers a call and a REFER, and reports `final` without calling anybody."""
    (media,) = free_ports(1)
    command = _command("transferee.xml", own.port, media, "-key", "final", final)
    with running("sipp", command, folder, listens=own) as system:
        yield system
