"""SIPp 3.6.1 (Debian `sip-tester`) as a real system that sends the REFER, or gets it.

Its scenarios are in `data/`. NOTIFY and 200 stand there as unrolled pairs: with a loop over `<nop>`
SIPp aborts when the next NOTIFY arrives while it stands on the nop.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.base.endpoint import Endpoint
from harness.base.instant import SECOND
from harness.runtime.live.process import RealSystem, running
from tests.real.ports import HOST, free_ports

PROGRAM = "sipp"
PACKAGE = "sip-tester"
DATA = Path(__file__).parent / "data"


def _command(scenario: str, sip: int, media: int, *more: str) -> tuple[str, ...]:
    return (
        *(PROGRAM, "-sf", str(DATA / scenario), "-i", HOST, "-p", str(sip), "-mp", str(media)),
        *("-m", "1", "-nostdin", "-timeout", "30s", "-timeout_error", *more),
    )


@contextmanager
def sipp_transferor(folder: Path, callee: Endpoint, user: str, target: Endpoint) -> Iterator[RealSystem]:
    """A SIPp that calls `user` at `callee`, and sends a REFER to `sip:target@` the target's address.

    It ends by itself with status 0 when every message came as its scenario says.
    """
    sip, media = free_ports(2)
    keys = ("-s", user, "-key", "target_ip", target.host, "-key", "target_port", str(target.port))
    command = _command("transferor.xml", sip, media, *keys, str(callee))
    with running("sipp", command, folder) as system:
        yield system


@contextmanager
def sipp_transferee(folder: Path, final: str = "200 OK") -> Iterator[tuple[RealSystem, Endpoint]]:
    """A SIPp that answers a call and a REFER, and reports `final` without calling anybody."""
    sip, media = free_ports(2)
    endpoint = Endpoint(HOST, sip)
    command = _command("transferee.xml", sip, media, "-key", "final", final)
    with running("sipp", command, folder, listens=endpoint) as system:
        yield system, endpoint


def finished(system: RealSystem, within_ns: int = 10 * SECOND) -> int | None:
    """Exit status once SIPp ended by itself; None when it is still waiting for a message."""
    return system.wait_for_exit(within_ns)
