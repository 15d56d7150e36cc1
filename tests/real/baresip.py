"""Baresip 1.0.0 (Debian `baresip-core`) as a real phone that gets the REFER.

Facts about the configuration: ausine wants exactly 48000 Hz and 2 channels, or no 200 OK is ever
sent; `net_interface lo` must not be set; control runs over ctrl_tcp as netstring JSON.
"""

import json
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from harness.base.endpoint import Endpoint
from harness.runtime.live.process import RealSystem, running
from tests.real.ports import HOST, free_ports

PROGRAM = "baresip"
PACKAGE = "baresip-core"
USER = "a"

_CONFIGURATION = """\
poll_method epoll
sip_listen {host}:{sip}
call_max_calls 64
audio_player aubridge,nulla
audio_source ausine,440
audio_alert aubridge,alerta
ausrc_srate 48000
ausrc_channels 2
rtp_ports {media}-{media_end}
module_path {modules}
module g711.so
module ausine.so
module aubridge.so
module_tmp uuid.so
module_tmp account.so
module_app ctrl_tcp.so
module_app menu.so
ctrl_tcp_listen {host}:{control}
"""


@dataclass(frozen=True, slots=True)
class Phone:
    """A baresip that runs: its SIP address, its control socket and the process."""

    system: RealSystem
    endpoint: Endpoint
    control: Endpoint

    @property
    def uri(self) -> str:
        """SIP URI that reaches it."""
        return f"sip:{USER}@{self.endpoint}"

    def command(self, command: str, params: str = "") -> Mapping[str, object]:
        """Give one command over ctrl_tcp and wait for its answer (events are skipped)."""
        text = json.dumps({"command": command, "params": params, "token": "t"}).encode()
        with socket.create_connection(self.control, timeout=5) as connection:
            connection.sendall(b"%d:%s," % (len(text), text))
            for answer in _netstrings(connection):
                if answer.get("response"):
                    return answer
        raise AssertionError(f"baresip closed the control connection on {command!r}")


@contextmanager
def baresip(folder: Path, *, answers: bool = True) -> Iterator[Phone]:
    """A baresip in `folder` on free ports of 127.0.0.1, ended with the block."""
    sip, control, media = free_ports(3)
    endpoint = Endpoint(HOST, sip)
    mode = "auto" if answers else "manual"
    (folder / "accounts").write_text(f"<sip:{USER}@{endpoint}>;regint=0;answermode={mode}\n")
    (folder / "contacts").write_text("")
    (folder / "config").write_text(
        _CONFIGURATION.format(
            host=HOST, sip=sip, control=control, media=media, media_end=media + 200, modules=_module_folder()
        )
    )
    command = (PROGRAM, "-f", str(folder), "-v", "-s")
    with running("baresip", command, folder, listens=endpoint) as system:
        yield Phone(system, endpoint, Endpoint(HOST, control))


def _module_folder() -> Path:
    for folder in (Path("/usr/lib/baresip/modules"), *Path("/usr/lib").glob("*/baresip/modules")):
        if folder.is_dir():
            return folder
    raise AssertionError("the folder of baresip's modules was not found under /usr/lib")


def _netstrings(connection: socket.socket) -> Iterator[Mapping[str, object]]:
    buffer = b""
    while True:
        size, colon, rest = buffer.partition(b":")
        if colon and len(rest) > int(size):
            buffer = rest[int(size) + 1 :]
            yield json.loads(rest[: int(size)])
            continue
        received = connection.recv(65_536)
        if not received:
            return
        buffer += received
