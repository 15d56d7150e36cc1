"""`siptransfer judge`: traces and captures, ours and others', and what is neither."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from harness.base.errors import CaptureError
from harness.capture import pcapng
from harness.cli.main import program
from harness.trace import store
from tests.ladders import cold_transfer


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def judge(*arguments: str) -> Result:
    return CliRunner().invoke(program, ["judge", *arguments])


def test_trace_and_capture_of_one_run_get_one_judgement(tmp_path: Path) -> None:
    trace = cold_transfer(target_status=486, report="200 OK")
    store.write(trace, tmp_path / "x.trace.jsonl")
    pcapng.write(trace, tmp_path / "x.pcapng")
    judged = []
    for name in ("x.trace.jsonl", "x.pcapng"):
        assert judge(name, "--json", "out.json").exit_code == 1
        (run,) = json.loads((tmp_path / "out.json").read_text())["runs"]
        judged.append((run["transfers"][0]["truth"], [finding["rule"] for finding in run["findings"]]))
    assert judged[0] == judged[1]
    assert judged[0][0] == "false-success"
    assert "truthful-notify" in judged[0][1]


def test_a_clean_transfer_passes_and_its_story_is_told(tmp_path: Path) -> None:
    store.write(cold_transfer(), tmp_path / "x.jsonl")
    told = judge("x.jsonl")
    assert told.exit_code == 0
    assert "the report is true" in told.output


def test_a_capture_without_sip_still_has_a_run(tmp_path: Path) -> None:
    empty = cold_transfer()
    store.write(type(empty)(empty.header, []), tmp_path / "x.jsonl")
    assert judge("x.jsonl", "--json", "out.json").exit_code == 0
    (run,) = json.loads((tmp_path / "out.json").read_text())["runs"]
    assert (run["messages"], run["transfers"]) == (0, [])


@pytest.mark.parametrize("data", [b"", b"hello", b"\x00" * 64])
def test_what_is_no_capture_is_a_sentence_and_results(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "x.pcap").write_bytes(data)
    told = judge("x.pcap", "--json", "out.json")
    assert isinstance(told.exception, CaptureError)
    assert told.exception.exit_code == 2
    assert json.loads((tmp_path / "out.json").read_text())["verdict"] == "invalid"


def test_a_file_that_is_not_there_is_a_sentence() -> None:
    assert isinstance(judge("gone.pcap").exception, CaptureError)
