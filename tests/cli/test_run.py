"""`siptransfer run`: reports at every exit code, and where people are told."""

import hashlib
import json
import os
import re
import shlex
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from harness.base.errors import BrokenEnvironment
from harness.cli.main import program
from harness.suite import run as suite_run
from harness.suite.collect import Item
from harness.suite.events import RunFinished
from harness.trace.store import read as read_trace
from tests.suite.places import ANSWERED, BUSY_AND_WRONG, MISTAKEN, PACKAGE_AT, UNDECIDED, scenario


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", PACKAGE_AT)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(program, ["run", *arguments])


def results(path: str = "out.json") -> Any:
    return json.loads(Path(path).read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("text", "verdict", "code"),
    [
        (ANSWERED, "pass", 0),
        (BUSY_AND_WRONG, "fail", 1),
        (UNDECIDED, "inconclusive", 1),
        (MISTAKEN, "invalid", 2),
    ],
)
def test_json_is_written_at_every_exit_code(text: str, verdict: str, code: int, tmp_path: Path) -> None:
    scenario(tmp_path / "scenarios", text)
    assert run("scenarios", "--json", "out.json").exit_code == code
    assert results()["verdict"] == verdict
    assert [entry["verdict"] for entry in results()["runs"]] == [verdict]


def test_a_mistake_looks_the_same_to_who_runs_and_to_who_lints(tmp_path: Path) -> None:
    text = "\ufeffscenario: Two mistakes\ntransfer: cold\nhuman: {number: +1 800 555 0100}\n"
    scenario(tmp_path / "scenarios", text)
    linted = CliRunner().invoke(program, ["lint", "scenarios"]).stdout.splitlines()
    assert [line.strip() for line in linted if "^" in line] == ["^", "^" * len("+1 800 555 0100")]
    assert [line.removeprefix("  ") for line in run("scenarios").stdout.splitlines()][1:7] == linted


def test_a_system_that_is_not_there_is_exit_code_3_with_what_to_do(tmp_path: Path) -> None:
    scenario(tmp_path / "scenarios")
    told = run("scenarios", "--under-test", "carrier=sip:127.0.0.1:9", "--json", "out.json")
    assert told.exit_code == 3
    assert "nothing answered at 127.0.0.1:9" in told.output
    assert results()["runs"][0]["verdict"] == "broken"


def test_a_wrong_option_value_leaves_no_results_of_yesterday_behind(tmp_path: Path) -> None:
    scenario(tmp_path / "scenarios")
    told = run("scenarios", "--under-test", "carrier", "--json", "out.json")
    assert told.exit_code != 0
    assert results()["runs"][0]["error"].startswith("'carrier' names no system under test")


@pytest.mark.parametrize("name", ["json", "html", "junit"])
def test_a_report_on_stdout_has_it_for_itself(name: str, tmp_path: Path) -> None:
    scenario(tmp_path / "scenarios")
    told = run("scenarios", f"--{name}", "-")
    assert told.stdout.lstrip().startswith({"json": "{", "html": "<!doctype", "junit": "<?xml"}[name])
    assert "1 scenario: 1 passed" in told.stderr
    assert "1 scenario: 1 passed" not in told.stdout


def test_all_reports_at_once_go_to_their_files(tmp_path: Path) -> None:
    scenario(tmp_path / "scenarios")
    assert run("scenarios", "--json", "r/a.json", "--html", "r/a.html", "--junit", "r/a.xml").exit_code == 0
    assert sorted(path.name for path in (tmp_path / "r").iterdir()) == ["a.html", "a.json", "a.xml"]


def test_two_reports_for_one_place_are_refused(tmp_path: Path) -> None:
    scenario(tmp_path / "scenarios")
    assert run("scenarios", "--json", "-", "--html", "-").exit_code != 0


def test_no_time_host_or_path_of_the_machine_is_in_results_and_page(tmp_path: Path) -> None:
    scenario(tmp_path / "scenarios")
    run("scenarios", "--json", "out.json", "--html", "out.html", "--pcap", "drawer")
    for name in ("out.json", "out.html"):
        text = (tmp_path / name).read_text(encoding="utf-8")
        assert str(tmp_path) not in text
        # As a word: a short name can stand by chance in the digests of the page's policy.
        assert re.search(rf"\b{re.escape(os.uname().nodename)}\b", text) is None
        assert "drawer" not in text
    assert results()["runs"][0]["trace"] == "one.trace.jsonl"


def test_two_runs_are_equal_to_the_byte_under_any_hash_seed_folder_and_time_zone(tmp_path: Path) -> None:
    digests = set()
    for place, hash_seed, zone in (("a", "0", "UTC"), ("b/c", "4711", "Asia/Tokyo")):
        folder = tmp_path / place
        scenario(folder / "scenarios")
        scenario(folder / "scenarios", BUSY_AND_WRONG, "two.yaml")
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "TZ": zone}
        subprocess.run(
            [sys.executable, "-P", "-m", "harness", "run", "scenarios", "--seed", "7", "--json", "out/r.json",
             "--html", "out/r.html", "--pcap", "out"],
            cwd=folder, env=environment, check=False, capture_output=True, timeout=60,
        )  # fmt: skip
        files = sorted((folder / "out").iterdir())
        digests.add(tuple((path.name, hashlib.sha256(path.read_bytes()).hexdigest()) for path in files))
    assert len(digests) == 1
    assert len(digests.pop()) == 6


def test_a_lying_carrier_fails_the_run_and_the_rule_is_named(tmp_path: Path) -> None:
    liar = "scenario: x\ntransfer: cold\nhuman: {busy: true}\ncarrier: {quirks: [notify-200-at-once]}\n"
    scenario(tmp_path / "scenarios", liar)
    told = run("scenarios", "--json", "out.json")
    assert told.exit_code == 1
    assert "the reported success is false" in told.output
    assert "truthful-notify" in {finding["rule"] for finding in results()["runs"][0]["findings"]}


def test_a_live_run_that_is_interrupted_keeps_its_trace_and_releases_its_calls(tmp_path: Path) -> None:
    scenario(tmp_path / "scenarios", "scenario: Long\ntransfer: cold\nhuman: {no_answer: true}\n")
    process = subprocess.Popen(
        [sys.executable, "-P", "-u", "-m", "harness", "run", "scenarios", "--live", "--pcap", "kept",
         "--json", "out.json", "-v"],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    wait_for_sockets(process)
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=30)
    assert b"Traceback" not in output
    assert process.returncode == 1
    trace = read_trace(tmp_path / "kept" / "one.trace.jsonl")
    assert not trace.header.complete
    assert trace.header.stopped_ns is not None
    assert results()["runs"][0]["verdict"] == "inconclusive", "what we cut off is nobody's failure"
    assert results()["runs"][0]["causes"] == []
    assert results()["runs"][0]["trace"] == "one.trace.jsonl"


def test_what_an_interruption_left_out_is_in_the_results_and_is_no_pass(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a.yaml", "b.yaml"):
        scenario(tmp_path / "scenarios", name=name)
    whole = suite_run.run_item

    def once(item: Item, *more: Any) -> RunFinished:
        if item.id.endswith("b.yaml"):
            raise KeyboardInterrupt
        return whole(item, *more)

    monkeypatch.setattr(suite_run, "run_item", once)
    told = run("scenarios", "--json", "out.json", "--html", "out.html", "--junit", "out.xml")
    assert told.exit_code == 1
    assert [entry["verdict"] for entry in results()["runs"]] == ["pass", "inconclusive"]
    assert results()["runs"][1]["error"] == suite_run.NOT_PLAYED
    assert results()["verdict"] == "inconclusive"
    assert "1 scenario: 1 passed" in told.output
    assert "interrupted; 1 of 2 were not played" in told.output


def test_an_interruption_while_files_are_searched_leaves_results_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(_paths: object) -> list[Item]:
        raise KeyboardInterrupt

    monkeypatch.setattr("harness.cli.run.collect", interrupted)
    assert run("scenarios", "--json", "out.json").exit_code == 1
    assert results()["verdict"] == "inconclusive"
    assert [entry["id"] for entry in results()["runs"]] == ["scenarios"]


def wait_for_sockets(process: subprocess.Popen[bytes]) -> None:
    """Until the program has its four sockets open: from then on it is playing."""
    folder = Path(f"/proc/{process.pid}/fd")
    while process.poll() is None:
        with suppress(FileNotFoundError):
            links = [os.readlink(link) for link in folder.iterdir()]
            if sum(link.startswith("socket:") for link in links) >= 4:
                return
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.02)


def test_a_run_is_compared_with_the_last_good_one(tmp_path: Path) -> None:
    scenario(tmp_path / "scenarios")
    words = ("scenarios", "--history", "h.db", "--html", "out.html", "--json", "out.json")
    assert "there is nothing to compare it with yet" in run(*words).output
    scenario(tmp_path / "scenarios", BUSY_AND_WRONG)
    told = run(*words)
    assert told.exit_code == 1
    assert "this is run 2; the last good one was run 1" in told.output
    assert "newly failing: scenarios/one.yaml (last good: run 1)" in told.output
    assert "newly failing" in (tmp_path / "out.html").read_text(encoding="utf-8")
    assert "h.db" not in (tmp_path / "out.html").read_text(encoding="utf-8")


def test_a_broken_history_is_exit_code_3_and_results_are_written(tmp_path: Path) -> None:
    scenario(tmp_path / "scenarios")
    Path("h.db").write_text("no database " * 90)
    told = run("scenarios", "--history", "h.db", "--json", "out.json")
    assert told.exit_code == 3
    assert "the history h.db: is damaged, or no SQLite file" in told.stderr
    assert results()["verdict"] == "pass"


def test_what_to_type_to_see_all_of_it_works_as_it_stands(tmp_path: Path) -> None:
    text = 'scenario: x\ntransfer: cold\nparameters: {n: ["+1", "+2 a"]}\nhuman: {name: $n, busy: true}\n'
    scenario(tmp_path / "scenarios", text + "expect: {outcome: connected}\n")
    told = run("scenarios", "--seed", "3", "--strict")
    lines = [line for line in told.output.splitlines() if "to see all of it: " in line]
    assert len(lines) == 2
    words = shlex.split(lines[1].partition(": ")[2])
    assert words[:2] == ["siptransfer", "run"]
    again = run(*words[2:])
    assert "1 scenario: 1 failed" in again.output
    assert "[n=+2 a]" in again.output


def test_many_scenarios_that_pass_are_a_few_lines(tmp_path: Path) -> None:
    names = ", ".join(f"n{number}" for number in range(70))
    many = f"scenario: x\ntransfer: cold\nparameters: {{n: [{names}]}}\nhuman: {{name: $n}}\n"
    scenario(tmp_path / "scenarios", many)
    lines = run("scenarios").output.splitlines()
    assert lines[0] == "70 passed and are not listed; --verbose lists them"
    assert lines[1].startswith("70 scenarios: 70 passed in ")


def test_a_report_that_is_refused_before_the_runs_does_not_keep_the_others(tmp_path: Path) -> None:
    scenario(tmp_path / "scenarios", BUSY_AND_WRONG)
    (tmp_path / "file").touch()
    told = run("scenarios", "--html", "file/out.html", "--json", "out.json", "--junit", "out.xml")
    assert isinstance(told.exception, BrokenEnvironment), "refused before anything is played"
    assert results()["verdict"] == "broken"
    assert "file/out.html: cannot be written" in results()["runs"][0]["error"]
    assert Path("out.xml").exists()


@pytest.mark.skipif(
    not os.access("/proc", os.W_OK), reason="only who may do anything believes it is possible"
)
def test_a_report_that_fails_only_when_it_is_written_leaves_the_code_of_a_failure(tmp_path: Path) -> None:
    scenario(tmp_path / "scenarios", BUSY_AND_WRONG)
    words = ("scenarios", "--html", "/proc/x.html", "--json", "out.json", "--junit", "out.xml")
    told = run(*words)
    assert told.exit_code == 1
    assert "/proc/x.html: cannot be written" in told.output
    assert "1 scenario: 1 failed" in told.output
    assert Path("out.xml").exists()
    scenario(tmp_path / "scenarios")
    assert run(*words).exit_code == 3


def test_an_interruption_before_the_first_run_ended_says_that_nothing_was_played(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_more: object) -> None:
        raise KeyboardInterrupt

    scenario(tmp_path / "scenarios")
    monkeypatch.setattr("harness.cli.run.run_all", interrupted)
    told = run("scenarios", "--json", "out.json")
    assert told.exit_code == 1
    assert "nothing was played" in told.output and "0 scenarios" not in told.output
    assert results()["verdict"] == "inconclusive"
