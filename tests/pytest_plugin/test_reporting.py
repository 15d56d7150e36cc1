"""Reports of a pytest session: equal to the byte however it was played, and nothing left unsaid."""

import hashlib
import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.suite.places import ANSWERED, BUSY_AND_WRONG, MISTAKEN, PACKAGE_AT, scenario

PYTEST = ("pytest", "-p", "harness.pytest_plugin", "-p", "no:cacheprovider")
TWO = "scenario: Two\ntransfer: cold\nparameters: {status: [486, 603]}\nhuman: {rejects: $status}\n"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Files and folders whose names stand in another order than files before folders."""
    scenario(tmp_path / "scenarios" / "b", ANSWERED)
    scenario(tmp_path / "scenarios" / "d", BUSY_AND_WRONG)
    scenario(tmp_path / "scenarios", TWO, "a.yaml")
    scenario(tmp_path / "scenarios", MISTAKEN, "c.yaml")
    scenario(tmp_path / "scenarios", ANSWERED, "e.yaml")
    return tmp_path


def run(place: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", "-m", *words],
        cwd=place,
        env={"PYTHONPATH": PACKAGE_AT, "PATH": "/usr/bin:/bin", "PYTHONUTF8": "1", **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def reports(prefix: str, folder: str) -> list[str]:
    return [part for name in ("json", "html", "junit") for part in (f"{prefix}{name}", f"{folder}/r.{name}")]


def test_one_process_several_and_the_command_line_write_the_same_bytes(place: Path) -> None:
    run(place, *PYTEST, *reports("--siptransfer-", "p0"), "--siptransfer-seed", "7", "scenarios")
    run(place, *PYTEST, "-n", "2", *reports("--siptransfer-", "p2"), "--siptransfer-seed", "7", "scenarios")
    run(place, "harness", "run", "scenarios", "--seed", "7", *reports("--", "cli"))
    digests = {
        folder: [hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted((place / folder).iterdir())]
        for folder in ("p0", "p2", "cli")
    }
    assert digests["p0"] == digests["cli"]
    assert digests["p2"] == digests["cli"]
    assert len(digests["cli"]) == 3
    ids = [entry["id"] for entry in json.loads((place / "cli" / "r.json").read_text())["runs"]]
    assert [name.removeprefix("scenarios/")[0] for name in ids] == ["a", "a", "b", "c", "d", "e"]


def test_the_summary_says_verdict_files_and_what_is_wrong(place: Path) -> None:
    told = run(place, *PYTEST, "-n", "2", "--siptransfer-json", "r.json", "scenarios", COLUMNS="200").stdout
    assert "siptransfer: invalid: 6 scenarios: 4 passed, 1 failed, 1 invalid (seed 0)" in told
    assert "wrote r.json" in told
    assert "d/one.yaml::one - fail: outcome: wanted connected, got failed" in told
    assert "INTERNALERROR" not in told


@pytest.mark.parametrize("workers", ["0", "2"])
def test_what_was_not_played_is_in_the_results_and_what_was_left_out_is_not(
    place: Path, workers: str
) -> None:
    for number in range(8):
        scenario(place / "scenarios", ANSWERED, f"z{number}.yaml")
    words = ("-n", workers, "-x", "--deselect", "scenarios/z0.yaml::z0", "scenarios/c.yaml", "scenarios")
    told = run(place, *PYTEST, "--siptransfer-json", "r.json", *words).stdout
    results = json.loads((place / "r.json").read_text())
    runs = {entry["id"]: entry for entry in results["runs"]}
    assert len(runs) == 13
    assert "scenarios/z0.yaml" not in runs
    assert runs["scenarios/c.yaml"]["verdict"] == "invalid"
    assert runs["scenarios/z7.yaml"]["error"].startswith("not played")
    assert "not played (seed 0)" in told


def test_collecting_writes_nothing(place: Path) -> None:
    told = run(place, *PYTEST, "--co", "-q", "--siptransfer-json", "r.json", "scenarios").stdout
    assert "scenarios/b/one.yaml::one" in told
    assert not (place / "r.json").exists()


def test_a_history_is_compared_with_and_a_broken_one_is_exit_code_3(tmp_path: Path) -> None:
    scenario(tmp_path / "scenarios")
    words = ("--siptransfer-history", "h.db", "--siptransfer-json", "r.json", "scenarios")
    assert "this is run 1" in run(tmp_path, *PYTEST, *words).stdout
    assert "this is run 2; the last good one was run 1" in run(tmp_path, *PYTEST, *words).stdout
    (tmp_path / "h.db").write_text("no database " * 90)
    (tmp_path / "r.json").unlink()
    told = run(tmp_path, *PYTEST, *words)
    assert told.returncode == 3
    assert "the history h.db: is damaged" in told.stdout
    assert (tmp_path / "r.json").exists()


def test_the_xml_of_pytest_itself_holds_the_scenarios_too(place: Path) -> None:
    run(place, *PYTEST, "--junitxml", "own.xml", "scenarios/a.yaml", "scenarios/d")
    cases = {case.attrib["name"]: case for case in ET.parse(place / "own.xml").iter("testcase")}
    assert list(cases) == ["a[status=486]", "a[status=603]", "one"]
    problem = cases["one"].find("failure")
    assert problem is not None
    assert problem.attrib["message"] == "fail: outcome: wanted connected, got failed"
    assert "486 Busy Here" in (problem.text or "")
    assert cases["one"].find("properties/property") is not None


def test_github_is_told_of_the_scenarios_line(tmp_path: Path) -> None:
    scenario(tmp_path / "scenarios", BUSY_AND_WRONG)
    words = (*PYTEST, "scenarios")
    summary = str(tmp_path / "s.md")
    told = run(tmp_path, *words, GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY=summary).stdout
    assert "\n::error file=scenarios/one.yaml,line=5,col=3,title=fail%3A The human is busy%2C and" in told
    assert "| fail | The human is busy" in Path(summary).read_text()
    assert (
        "::error"
        not in run(tmp_path, *words, "--siptransfer-annotations", "off", GITHUB_ACTIONS="true").stdout
    )


@pytest.mark.parametrize("workers", ["0", "2"])
def test_what_ctrl_c_cut_off_is_in_the_results_and_is_no_pass(tmp_path: Path, workers: str) -> None:
    long = "scenario: Long\ntransfer: cold\nhuman: {no_answer: true}\n"
    for name in ("a.yaml", "b.yaml", "c.yaml", "d.yaml", "e.yaml"):
        scenario(tmp_path / "scenarios", long, name)
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", *PYTEST, "-n", workers, "--siptransfer-live", "scenarios",
         "--siptransfer-json", "r.json", "--siptransfer-pcap", "kept"],
        cwd=tmp_path, env={"PYTHONPATH": PACKAGE_AT, "PATH": "/usr/bin:/bin", "PYTHONUTF8": "1"},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
    )  # fmt: skip
    wait_for_sockets(process.pid)
    os.killpg(process.pid, signal.SIGINT)
    told, _ = process.communicate(timeout=60)
    assert "INTERNALERROR" not in told
    assert process.returncode == pytest.ExitCode.INTERRUPTED
    results = json.loads((tmp_path / "r.json").read_text())
    assert results["verdict"] == "inconclusive"
    assert {entry["verdict"] for entry in results["runs"]} == {"inconclusive"}


def wait_for_sockets(leader: int) -> None:
    """Until a process of this group plays: it has a UDP socket of its own."""
    while True:
        for folder in Path("/proc").glob("[0-9]*"):
            with suppress(OSError, ProcessLookupError):
                if os.getpgid(int(folder.name)) == leader:
                    sockets = [
                        link for link in (folder / "fd").iterdir() if os.readlink(link).startswith("socket:")
                    ]
                    if len(sockets) >= 4:
                        return


@pytest.mark.parametrize("workers", ["0", "2"])
def test_files_elsewhere_with_one_name_keep_their_own_runs(tmp_path: Path, workers: str) -> None:
    for name, text in (("a", ANSWERED), ("b", BUSY_AND_WRONG)):
        scenario(tmp_path / name, text, "x.yaml")
    for number in range(50):  # so many that they are played ahead
        scenario(tmp_path / "here" / "scenarios", ANSWERED, f"{number:02}.yaml")
    words = ("../a/x.yaml", "../b/x.yaml", "scenarios", "--siptransfer-json", "r.json", "-n", workers)
    run(tmp_path / "here", *PYTEST, *words)
    runs = json.loads((tmp_path / "here" / "r.json").read_text())["runs"]
    assert [(each["id"], each["verdict"]) for each in runs[:2]] == [
        ("a/x.yaml", "pass"),
        ("b/x.yaml", "fail"),
    ]
    assert len(runs) == 52


@pytest.mark.skipif(
    not os.access("/proc", os.W_OK), reason="only who may do anything believes it is possible"
)
def test_a_report_that_cannot_be_written_keeps_no_other_and_no_failure(place: Path) -> None:
    words = (
        "--siptransfer-html",
        "/proc/x.html",
        "--siptransfer-json",
        "r.json",
        "--siptransfer-junit",
        "r.xml",
    )
    told = run(place, *PYTEST, *words, "scenarios/d")
    assert told.returncode == 1
    assert "/proc/x.html: cannot be written" in told.stdout
    assert (place / "r.json").exists() and (place / "r.xml").exists()
