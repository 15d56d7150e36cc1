"""Where reports go, and what is refused before anything is played."""

from pathlib import Path

import pytest

from harness.base.errors import BrokenEnvironment, UsageError
from harness.cli.output import Outputs
from tests.results.samples import RESULTS


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_folders_are_made_and_files_written_as_utf_8(tmp_path: Path) -> None:
    outputs = Outputs(json_path="a/b/out.json")
    outputs.check()
    assert outputs.write(RESULTS) == ["a/b/out.json"]
    assert (tmp_path / "a/b/out.json").read_bytes().endswith(b"\n")


def test_two_reports_for_one_file_are_refused() -> None:
    with pytest.raises(UsageError, match="same place"):
        Outputs(json_path="x", junit_path="x").check()


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is a folder"):
        Outputs(json_path=str(tmp_path)).check()


def test_a_place_that_cannot_be_written_breaks_before_the_runs(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(BrokenEnvironment, match="cannot be written"):
        Outputs(html_path="file/below/out.html").check()


def test_a_file_that_is_read_is_not_written(tmp_path: Path) -> None:
    (tmp_path / "in.yaml").touch()
    outputs = Outputs(html_path="./in.yaml")
    outputs.spare(["other.yaml"])
    with pytest.raises(UsageError, match="would be replaced"):
        outputs.spare([str(tmp_path / "in.yaml")])


def test_nothing_asked_for_is_nothing_written() -> None:
    assert Outputs().write(RESULTS) == []
