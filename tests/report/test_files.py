"""Where reports go, what is refused before anything is played, and what is remembered."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from harness.base.errors import BrokenEnvironment, UsageError
from harness.report.files import Files, Played
from tests.results.samples import RESULTS, RUN

PLAYED = [Played(run) for run in RESULTS.runs]


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_folders_are_made_and_files_written_as_utf_8(tmp_path: Path) -> None:
    files = Files(json="a/b/out.json")
    files.check()
    assert files.write(RESULTS, PLAYED) == (["a/b/out.json"], None)
    assert (tmp_path / "a/b/out.json").read_bytes().endswith(b"\n")


def test_all_reports_at_once() -> None:
    files = Files("r.json", "r.html", "r.xml")
    assert files.write(RESULTS, PLAYED) == (["r.json", "r.html", "r.xml"], None)


def test_a_report_that_cannot_be_written_does_not_keep_the_others(tmp_path: Path) -> None:
    files = Files("r.json", str(tmp_path / "nowhere" / "r.html"), "r.xml")
    written, problem = files.write(RESULTS, PLAYED)
    assert written == ["r.json", "r.xml"]
    assert "nowhere/r.html: cannot be written: No such file or directory" in str(problem)
    assert (tmp_path / "r.xml").exists()


def test_reports_that_cannot_go_where_they_should_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "in.yaml").touch()
    assert Files("r.json", str(tmp_path), "in.yaml").without_refused(["in.yaml"]) == Files("r.json")
    assert Files("x", "./x", "r.xml").without_refused([]) == Files(junit="r.xml")
    assert Files("h.db", "r.html", history="h.db").without_refused([]) == Files(html="r.html")


@pytest.mark.parametrize(
    "files",
    [Files(json="x", junit="x"), Files(html="x", junit="./x"), Files(json="x", history="x"), Files("-", "-")],
)
def test_two_reports_for_one_file_are_refused(files: Files) -> None:
    with pytest.raises(UsageError, match="same place"):
        files.check()


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is a folder"):
        Files(json=str(tmp_path)).check()


def test_a_history_is_kept_so_it_is_no_stream() -> None:
    with pytest.raises(UsageError, match="cannot go to stdout"):
        Files(history="-").check()


def test_a_place_that_cannot_be_written_breaks_before_the_runs(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(BrokenEnvironment, match="cannot be written"):
        Files(html="file/below/out.html").check()


def test_a_file_that_is_read_is_not_written(tmp_path: Path) -> None:
    (tmp_path / "in.yaml").touch()
    files = Files(html="./in.yaml")
    files.spare(["other.yaml"])
    with pytest.raises(UsageError, match="would be replaced"):
        files.spare([str(tmp_path / "in.yaml")])


def test_nothing_asked_for_is_nothing_written(tmp_path: Path) -> None:
    assert Files().write(RESULTS, PLAYED) == ([], None)
    assert Files().remember(RESULTS, PLAYED, selection=[], complete=True) == (None, None)
    assert list(tmp_path.iterdir()) == []


def test_a_history_remembers_and_a_broken_one_is_told_not_raised(tmp_path: Path) -> None:
    files = Files(history="h.db")
    for number in (1, 2):
        past, problem = files.remember(RESULTS, PLAYED, selection=["a"], complete=True)
        assert past is not None and past.number == number
        assert problem is None
    (tmp_path / "h.db").write_text("no database " * 90)
    past, problem = files.remember(RESULTS, PLAYED, selection=["a"], complete=True)
    assert past is None
    assert "damaged" in str(problem)


def test_an_interruption_before_the_first_run_is_no_run(tmp_path: Path) -> None:
    nothing = replace(RESULTS, verdict="pass", runs=())
    assert Files(history="h.db").remember(nothing, [], selection=[], complete=False) == (None, None)
    assert list(tmp_path.iterdir()) == []


def test_who_has_told_already_is_believed() -> None:
    assert Played(RUN, told="why").explanation() == "why"
    assert "outcome: wanted connected" in Played(RUN).explanation()


def test_results_hold_no_history(tmp_path: Path) -> None:
    files = Files(json="r.json", history="h.db")
    past, _ = files.remember(RESULTS, PLAYED, selection=[], complete=True)
    files.write(RESULTS, PLAYED, past)
    assert "history" not in json.loads((tmp_path / "r.json").read_text())
