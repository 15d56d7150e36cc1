"""tshark's reading of captures, compared with ours field by field."""

import os
import shutil
from pathlib import Path

import pytest

from harness.base.errors import BrokenEnvironment, CaptureError
from harness.capture import pcapng
from harness.capture import reader as ours
from harness.capture import tshark as theirs
from harness.trace.entries import MessageEntry, Trace
from tests.ladders import cold_transfer

CAPTURES = Path(__file__).parents[2] / "captures"

needs_tshark = pytest.mark.skipif(
    shutil.which(theirs.PROGRAM) is None and os.environ.get("SIPTRANSFER_REQUIRE_REAL") != "1",
    reason="tshark is not installed",
)


def fields(entry: MessageEntry) -> theirs.Reading:
    """One message as our parser reads it."""
    message = entry.message
    return theirs.Reading(
        frame=entry.frames[-1] if entry.frames else 0,
        method=message.method if message.is_request else "",
        status=message.status,
        call_id=message.call_id,
        cseq=f"{message.cseq_number} {message.cseq_method}",
        from_tag=message.from_tag,
        to_tag=message.to_tag,
        branch=message.branch,
        refer_to=message.first("refer-to") or "",
    )


def same(found: list[theirs.Reading], trace: Trace) -> bool:
    def without_frame(reading: theirs.Reading) -> tuple[object, ...]:
        return (
            reading.method, reading.status, reading.call_id, reading.cseq,
            reading.from_tag, reading.to_tag, reading.branch, reading.refer_to,
        )  # fmt: skip

    return [without_frame(each) for each in found] == [
        without_frame(fields(entry)) for entry in trace.messages()
    ]


@needs_tshark
@pytest.mark.parametrize("name", sorted(path.name for path in CAPTURES.glob("*.pcap")))
def test_tshark_and_we_read_the_same_in_captures_of_real_systems(name: str) -> None:
    found = theirs.read(CAPTURES / name)
    assert found
    assert same(found, ours.read(CAPTURES / name))


@needs_tshark
@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_tshark_and_we_read_the_same_in_what_we_write(transport: str, tmp_path: Path) -> None:
    trace = cold_transfer(transport="tcp" if transport == "tcp" else "udp")
    pcapng.write(trace, tmp_path / "x.pcapng")
    found = theirs.read(tmp_path / "x.pcapng", sip_ports=[5060])
    assert same(found, trace)
    assert "REFER" in {reading.method for reading in found}


@needs_tshark
def test_what_tshark_cannot_read_is_told_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "x.pcap").write_bytes(b"garbage, and enough of it to look at")
    with pytest.raises(CaptureError, match="tshark cannot read it"):
        theirs.read(tmp_path / "x.pcap")
    with pytest.raises(CaptureError, match="no such file"):
        theirs.read(tmp_path / "gone.pcap")


def test_without_tshark_the_environment_is_broken_and_the_line_to_type_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.which", lambda _name: None)
    with pytest.raises(BrokenEnvironment, match="apt-get install"):
        theirs.read(tmp_path / "x.pcap")
