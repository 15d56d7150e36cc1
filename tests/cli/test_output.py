"""What a command keeps of its runs, where people are told, and the exit code of a broken history."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from harness.cli.output import Outputs
from harness.report.files import Files
from harness.report.terminal import Terminal
from harness.results.model import RunVerdict
from harness.suite.events import RunFinished
from tests.results.samples import RESULTS, RUN


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_runs_are_kept_in_order() -> None:
    outputs = Outputs()
    outputs.add(RunFinished(1, 2, RUN), "one.yaml")
    assert outputs.entries() == [RUN]
    assert outputs.played[0].path == "one.yaml"


@pytest.mark.parametrize(("verdict", "code"), [("pass", 3), ("fail", 1), ("invalid", 2)])
def test_a_broken_history_breaks_a_run_that_passed_and_reports_are_written(
    verdict: RunVerdict, code: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("h.db").write_text("no database " * 90)
    outputs = Outputs(Files(json="r.json", history="h.db"))
    results = replace(RESULTS, verdict=verdict)
    assert outputs.close(Terminal(sys.stdout), results, results) == code
    told = capsys.readouterr().err.splitlines()
    assert told[0].startswith("siptransfer: the history h.db: is damaged")
    assert told[1] == "  Name another file; a new one is made."
    assert (tmp_path / "r.json").exists()


@pytest.mark.parametrize(("json", "shown"), [("r.json", True), ("-", False)])
def test_annotations_are_on_stdout_unless_a_report_is(
    json: str, shown: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "s.md"))
    outputs = Outputs(Files(json=json))
    outputs.add(RunFinished(1, 1, RUN))
    outputs.close(outputs.terminal(), RESULTS, RESULTS)
    told = capfd.readouterr()
    assert ("::error file=" in told.out) is shown
    assert "::error" not in told.err
    assert "### siptransfer: invalid" in (tmp_path / "s.md").read_text()


def test_whoever_wants_no_annotations_gets_none(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    outputs = Outputs(annotations="off")
    outputs.add(RunFinished(1, 1, RUN))
    outputs.close(outputs.terminal(), RESULTS, RESULTS)
    assert "::error" not in capsys.readouterr().out
