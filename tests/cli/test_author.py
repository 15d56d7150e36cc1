"""`lint` and `show`, for who writes scenarios."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from harness.base.errors import UsageError
from harness.cli.author import _seen_from, new_command
from harness.cli.main import program
from tests.suite.places import ANSWERED, MISTAKEN, scenario


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def siptransfer(*arguments: str) -> Result:
    return CliRunner().invoke(program, arguments)


def test_lint_prints_every_mistake_with_source_line_and_caret(tmp_path: Path) -> None:
    scenario(tmp_path / "scenarios", MISTAKEN)
    told = siptransfer("lint", "scenarios")
    assert told.exit_code == 2
    lines = told.stdout.splitlines()
    assert lines[0].startswith("scenarios/one.yaml:2:11: ")
    assert lines[1:3] == ["    transfer: lukewarm", "              ^^^^^^^^"]
    assert lines[3].startswith("scenarios/one.yaml:3:9: ")
    assert not any("one.yaml" in line for line in (*lines[1:3], *lines[4:]))


def test_lint_without_mistakes_is_quiet_on_stdout(tmp_path: Path) -> None:
    scenario(tmp_path / "scenarios")
    told = siptransfer("lint", "scenarios")
    assert (told.exit_code, told.stdout) == (0, "")
    assert "1 file, no mistakes" in told.stderr


def test_lint_counts_the_mistakes_of_all_files(tmp_path: Path) -> None:
    for name, text in (("a.yaml", MISTAKEN), ("b.yaml", ANSWERED), ("c.yaml", MISTAKEN)):
        scenario(tmp_path / "scenarios", text, name)
    told = siptransfer("lint", "scenarios", "gone.yaml")
    assert told.stderr.splitlines()[-1] == "4 files, 5 mistakes in 3 of them"


def test_lint_names_what_it_skipped_and_the_key_that_was_meant(tmp_path: Path) -> None:
    scenario(tmp_path / "typo", ANSWERED.replace("scenario", "scenrio"), "a.yaml")
    scenario(tmp_path / "typo", "", "empty.yml")
    told = siptransfer("lint", "typo")
    assert told.exit_code == 2
    assert "did you mean 'scenario'?" in told.stdout
    assert "skipped: typo/empty.yml: no 'scenario:' line" in told.stderr


def test_lint_of_nothing_says_so() -> None:
    told = siptransfer("lint", "gone.yaml")
    assert told.exit_code == 2
    assert "gone.yaml: cannot be read" in told.stdout


def test_show_prints_a_scenario_that_can_be_read_again(tmp_path: Path) -> None:
    scenario(tmp_path / "scenarios")
    told = siptransfer("show", "scenarios")
    assert told.exit_code == 0
    assert "answers_after: 2s" in told.stdout
    scenario(tmp_path / "again", told.stdout)
    assert siptransfer("lint", "again").exit_code == 0


def test_show_separates_several_and_lints_what_is_wrong(tmp_path: Path) -> None:
    for name, text in (("a.yaml", ANSWERED), ("b.yaml", ANSWERED), ("c.yaml", MISTAKEN)):
        scenario(tmp_path / "scenarios", text, name)
    told = siptransfer("show", "scenarios")
    assert told.exit_code == 2
    assert told.stdout.count("\n---\n") == 1
    assert "scenarios/c.yaml:2:11" in told.stdout


UNCHANGED = "Nothing was changed. Choose another name."


def test_new_writes_a_scenario_that_lints_clean_and_passes() -> None:
    told = siptransfer("new", "mine/first.yaml")
    assert (told.exit_code, told.stdout) == (0, "")
    assert "siptransfer run mine/first.yaml" in told.stderr
    assert siptransfer("lint", "mine").exit_code == 0
    ran = siptransfer("run", "mine/first.yaml")
    assert ran.exit_code == 0 and ran.stdout.startswith("pass")
    schema = Path("mine/first.yaml").read_text(encoding="utf-8").splitlines()[0].partition("$schema=")[2]
    assert Path(schema.removeprefix("file://")).name == "schema.json"


def test_the_command_that_new_prints_can_be_pasted() -> None:
    assert "siptransfer run 'a b/\u00fc.yaml'" in siptransfer("new", "a b/\u00fc.yaml").stderr


def test_new_never_overwrites() -> None:
    Path("mine.yaml").write_text("precious", encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        new_command("mine.yaml", "cold")
    assert str(caught.value) == f"mine.yaml: is there already\n  {UNCHANGED}"
    assert Path("mine.yaml").read_text(encoding="utf-8") == "precious"


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("mine", "mine: not the name of a scenario\n  Name it mine.yaml"),
        (".", ".: a folder, no file\n  Name a file: ./first.yaml"),
        ("mine/", "mine/: a folder, no file\n  Name a file: mine/first.yaml"),
        ("folder", "folder: a folder, no file\n  Name a file: folder/first.yaml"),
        ("there.yaml/x.yaml", f"there.yaml/x.yaml: its folder is a file\n  {UNCHANGED}"),
        ("folder.yaml", f"folder.yaml: is there already\n  {UNCHANGED}"),
        ("a\0b.yaml", "a\0b.yaml: cannot be written: embedded null byte\n  Choose another place."),
    ],
)  # fmt: skip
def test_new_says_why_it_cannot_write(path: str, said: str) -> None:
    Path("there.yaml").write_text("", encoding="utf-8")
    Path("folder.yaml").mkdir()
    Path("folder").mkdir()
    with pytest.raises(UsageError) as caught:
        new_command(path, "cold")
    assert str(caught.value) == said


def test_the_schema_is_named_relative_to_the_file_inside_the_current_folder(tmp_path: Path) -> None:
    assert _seen_from(Path("a/b.yaml"), tmp_path / "v" / "schema.json") == "../v/schema.json"
    assert _seen_from(Path("b.yaml"), tmp_path.parent / "v" / "schema.json") == "../v/schema.json"
    assert _seen_from(Path("/x/b.yaml"), tmp_path / "schema.json") == (tmp_path / "schema.json").as_uri()
    assert _seen_from(Path("b.yaml"), Path("/elsewhere/schema.json")) == "file:///elsewhere/schema.json"
