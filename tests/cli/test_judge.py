"""`siptransfer judge`: traces and captures, ours and others', and what is neither."""

import hashlib
import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner, Result

from harness.base.errors import CaptureError, UsageError
from harness.capture import pcapng
from harness.cli.main import program
from harness.trace import store
from tests.ladders import cold_transfer
from tests.suite.places import scenario

CAPTURES = Path(__file__).parent.parent.parent / "captures"


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


def test_a_capture_without_sip_still_has_a_run_and_proves_nothing(tmp_path: Path) -> None:
    empty = cold_transfer()
    store.write(type(empty)(empty.header, []), tmp_path / "x.jsonl")
    told = judge("x.jsonl", "--json", "out.json")
    assert told.exit_code == 1
    assert "no SIP in it" in told.output
    (run,) = json.loads((tmp_path / "out.json").read_text())["runs"]
    assert (run["messages"], run["transfers"], run["verdict"]) == (0, [], "inconclusive")
    assert "no SIP in it" in run["error"]


@pytest.mark.parametrize("kept", [10, 28, 30, 100, 1000, 1700, 4000])
@pytest.mark.parametrize("ours", [False, True])
def test_a_truncated_capture_is_never_a_pass(kept: int, ours: bool, tmp_path: Path) -> None:
    whole = (
        pcapng.dumps(cold_transfer()) if ours else (CAPTURES / "baresip100_transferor_ok.pcap").read_bytes()
    )
    (tmp_path / "x.pcap").write_bytes(whole[:kept])
    told = judge("x.pcap", "--json", "out.json")
    results = json.loads((tmp_path / "out.json").read_text())
    if isinstance(told.exception, CaptureError):
        assert (kept, results["verdict"]) == (10, "invalid")
        return
    assert told.exit_code == 1
    assert results["verdict"] in ("inconclusive", "fail")
    assert "damaged" in told.output
    assert "damaged" in results["runs"][0]["error"]
    assert all(line.strip() for line in told.output.splitlines())


def test_noise_after_a_capture_header_and_over_a_message_is_never_a_pass(tmp_path: Path) -> None:
    head = (CAPTURES / "baresip100_transferor_ok.pcap").read_bytes()[:24]
    ours = pcapng.dumps(cold_transfer())
    place = ours.index(b"REFER sip")
    noise = hashlib.shake_128(b"noise").digest(5000)
    for data in (head + noise, ours[:place] + b"\xff" * 300 + ours[place + 300 :]):
        (tmp_path / "x.pcapng").write_bytes(data)
        told = judge("x.pcapng")
        assert told.exit_code == 1
        assert "damaged" in told.output


@pytest.mark.parametrize("data", [b"", b"hello", b"\x00" * 64])
def test_what_is_no_capture_is_a_sentence_and_results(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "x.pcap").write_bytes(data)
    told = judge("x.pcap", "--json", "out.json")
    assert isinstance(told.exception, CaptureError)
    assert told.exception.exit_code == 2
    assert json.loads((tmp_path / "out.json").read_text())["verdict"] == "invalid"


def test_a_file_that_is_not_there_is_a_sentence() -> None:
    assert isinstance(judge("gone.pcap").exception, CaptureError)


@pytest.mark.parametrize("option", ["--json", "--html", "--junit"])
def test_a_capture_is_never_replaced_by_its_report(option: str, tmp_path: Path) -> None:
    store.write(cold_transfer(), tmp_path / "x.jsonl")
    before = (tmp_path / "x.jsonl").read_bytes()
    (tmp_path / "link").symlink_to("x.jsonl")
    for name in ("x.jsonl", "./x.jsonl", "link"):
        told = judge("x.jsonl", option, name)
        assert isinstance(told.exception, UsageError)
    assert (tmp_path / "x.jsonl").read_bytes() == before


def test_junit_says_why_a_file_could_not_be_judged(tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_text("hello")
    judge("x.txt", "--junit", "out.xml", "--html", "out.html")
    problem = ET.parse(tmp_path / "out.xml").find("testcase/error")
    assert problem is not None
    assert "not a capture" in problem.get("message", "")
    assert "not a capture" in (problem.text or "")
    assert "not a capture" in (tmp_path / "out.html").read_text()


def test_the_profile_says_whether_the_old_code_is_a_broken_rule(tmp_path: Path) -> None:
    store.write(cold_transfer(), tmp_path / "x.jsonl")
    for profile, verdict, code in (("legacy", "info", 0), ("modern", "fail", 1)):
        told = judge("x.jsonl", "--json", "out.json", "--profile", profile, "--fail-on", "cosmetic")
        results = json.loads((tmp_path / "out.json").read_text())
        (run,) = results["runs"]
        assert (told.exit_code, run["profile"]) == (code, profile)
        assert run["rule_verdicts"]["RFC7647-5-1"] == verdict
        assert {row["rule"]: row["applicable"] for row in results["rules"]}["RFC7647-5-1"] == 1


def test_a_capture_is_compared_with_its_earlier_judgement(tmp_path: Path) -> None:
    store.write(cold_transfer(), tmp_path / "x.jsonl")
    judge("x.jsonl", "--history", "h.db")
    told = judge("x.jsonl", "--history", "h.db", "--annotations", "github")
    assert "this is run 2; the last good one was run 1" in told.output
    store.write(cold_transfer(target_status=486, report="200 OK"), tmp_path / "x.jsonl")
    told = judge("x.jsonl", "--history", "h.db", "--annotations", "github")
    assert "newly failing: x.jsonl (last good: run 2)" in told.output
    assert "::error file=x.jsonl,line=1" in told.output


def test_what_our_own_capture_holds_is_judged_by_the_rules_alone_and_that_is_said(tmp_path: Path) -> None:
    scenario(tmp_path / "scenarios")
    told = CliRunner().invoke(program, ["run", "scenarios", "--pcap", "kept"])
    assert "wrote kept: trace and capture of 1 run" in told.output
    for name in ("one.pcapng", "one.trace.jsonl"):
        told = judge(f"kept/{name}")
        assert "judged by the rules alone" in told.output
        assert "The scenario asks nothing" not in told.output


def test_an_interruption_leaves_results_and_exit_code_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(_path: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("harness.capture.reader.read", interrupted)
    told = judge("x.pcap", "--json", "out.json")
    assert told.exit_code == 1
    assert '"verdict": "inconclusive"' in (tmp_path / "out.json").read_text()
