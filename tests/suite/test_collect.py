"""Files and folders become items, in a fixed order, mistakes included."""

import os
from pathlib import Path

import pytest

from harness.base.errors import ScenarioError
from harness.suite.collect import (
    SKIPPED_MAX,
    collect,
    is_scenario,
    mistakes_text,
    read_lines,
    scenario_files,
    skipped,
    vocabulary,
)
from tests.suite.places import ANSWERED, MISTAKEN, scenario


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_folder_gives_its_scenarios_sorted_and_nothing_else(tmp_path: Path) -> None:
    for name in ("b/two.yaml", "b/one.yml", "a/three.yaml"):
        path = tmp_path / "tests" / name
        scenario(path.parent, name=path.name)
    scenario(tmp_path / "tests" / ".hidden")
    scenario(tmp_path / "tests", "carrier: {uri: 'sip:127.0.0.1'}\n", "deployment.yaml")
    scenario(tmp_path / "tests", "scenario: in a text file", "notes.txt")
    assert [item.id for item in collect(["tests"])] == [
        "tests/a/three.yaml",
        "tests/b/one.yml",
        "tests/b/two.yaml",
    ]


def test_a_file_in_a_folder_named_scenarios_is_one_even_without_the_key(tmp_path: Path) -> None:
    assert is_scenario(scenario(tmp_path / "scenarios" / "cold", "transfer: cold\n"))
    assert not is_scenario(scenario(tmp_path / "elsewhere", "transfer: cold\n"))
    assert is_scenario(scenario(tmp_path / "elsewhere", "# note\nscenario: x\n"))


@pytest.mark.parametrize("name", ["one.yaml", "one.yml", "one.YML", "One.Yaml"])
def test_a_misspelt_first_key_and_any_spelling_of_the_suffix_make_a_scenario(
    name: str, tmp_path: Path
) -> None:
    for key in ("scenrio", "Scenario", "scenaro", "scenario"):
        path = scenario(tmp_path / "typo", f"# note\n---\n{key}: x\ntransfer: cold\n", name)
        assert is_scenario(path)
        (item,) = collect(["typo"])
        assert (item.error is None) == (key == "scenario")
    assert not is_scenario(scenario(tmp_path / "typo", "services: {}\nscenrio: x\n"))


def test_yaml_that_is_no_scenario_is_named_as_skipped(tmp_path: Path) -> None:
    scenario(tmp_path / "mixed", name="good.yaml")
    scenario(tmp_path / "mixed", "", "empty.yaml")
    scenario(tmp_path / "mixed", "services: {}\n", "sub.yml")
    scenario(tmp_path / "mixed", "carrier: {}\n", "deployment.yaml")
    (tmp_path / "mixed" / "binary.YAML").write_bytes(bytes(range(256)))
    assert skipped(["mixed", "mixed/good.yaml"]) == [
        "mixed/binary.YAML",
        "mixed/empty.yaml",
        "mixed/sub.yml",
    ]


def test_skipped_files_are_not_without_end(tmp_path: Path) -> None:
    for number in range(30):
        scenario(tmp_path / "many", "", f"{number}.yaml")
    assert len(skipped(["many"])) == SKIPPED_MAX + 1


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
@pytest.mark.parametrize("closed", ["folder", "folder/sub", "folder/sub/one.yaml"])
def test_what_may_not_be_read_is_told(closed: str, tmp_path: Path) -> None:
    scenario(tmp_path / "folder" / "sub")
    (tmp_path / closed).chmod(0)
    try:
        (item,) = collect(["folder"])
    finally:
        (tmp_path / closed).chmod(0o700)
    assert "Permission denied" in str(item.error)
    assert item.path == closed


def test_a_named_file_is_a_scenario_whatever_it_holds(tmp_path: Path) -> None:
    (item,) = collect([str(scenario(tmp_path, "- a list\n", "odd.txt"))])
    assert item.plan is None
    assert item.error is not None


def test_the_same_file_named_twice_is_played_once(tmp_path: Path) -> None:
    scenario(tmp_path / "scenarios")
    assert len(collect(["scenarios", "scenarios/one.yaml", "./scenarios"])) == 1


def test_ids_are_relative_to_here_and_outside_to_what_was_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario(tmp_path / "project" / "scenarios" / "cold")
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    (item,) = collect([str(tmp_path / "project" / "scenarios")])
    assert item.id == "scenarios/cold/one.yaml"
    assert Path(item.path).is_file()


@pytest.mark.parametrize("missing", ["nothing.yaml", "empty"])
def test_what_does_not_exist_is_an_item_with_an_error(missing: str, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (item,) = collect([missing])
    assert item.error is not None
    assert item.id == missing


def test_every_mistake_is_one_line_with_the_path_as_results_show_it(tmp_path: Path) -> None:
    path = scenario(tmp_path / "scenarios", MISTAKEN)
    (item,) = collect([str(path)])
    assert isinstance(item.error, ScenarioError)
    lines = mistakes_text(item.error, item.path, item.source).splitlines()
    assert [line.split(":")[:3] for line in lines] == [
        ["scenarios/one.yaml", "2", "11"],
        ["scenarios/one.yaml", "3", "9"],
    ]


def test_the_vocabulary_knows_rules_profiles_and_quirks() -> None:
    words = vocabulary()
    assert words.rules is not None
    assert words.profiles is not None
    assert "truthful-notify" in words.rules
    assert "rfc" in words.profiles
    assert words.quirks


def test_lines_of_a_file_that_is_gone_are_none(tmp_path: Path) -> None:
    assert read_lines(str(tmp_path / "gone.yaml")) == ()


TWO = "scenario: x\ntransfer: cold\nparameters: {code: [486, 603]}\nhuman: {rejects: $code}\n"


def test_one_combination_is_chosen_by_the_label_that_results_give_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    scenario(tmp_path, TWO, "two[1].yaml")
    both = [item.id for item in collect(["two[1].yaml"])]
    assert both == ["two[1].yaml[code=486]", "two[1].yaml[code=603]"]
    assert [item.id for item in collect(both[1:])] == both[1:]
    assert [item.id for item in collect([both[1], both[1], both[0]])] == both[::-1]
    (wrong,) = collect(["two[1].yaml[code=404]"])
    assert "no such combination" in str(wrong.error)
    assert "[code=486] [code=603]" in str(wrong.error)


def test_files_and_folders_are_in_the_order_of_their_names(tmp_path: Path) -> None:
    for name in ("b.yaml", "c/x.yaml", "a/x.yaml", "d.yaml"):
        scenario((tmp_path / name).parent, name=Path(name).name)
    found = [os.path.relpath(path, tmp_path) for path in scenario_files(str(tmp_path))]
    assert found == ["a/x.yaml", "b.yaml", "c/x.yaml", "d.yaml"]


def test_files_elsewhere_with_one_name_are_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tmp_path / "here"
    scenario(here, name="x.yaml")
    monkeypatch.chdir(here)
    texts = {"a": ANSWERED, "b": MISTAKEN, "far/b": ANSWERED + "parameters: {code: [1, 2]}\n"}
    places = [str(scenario(tmp_path / name, text, "x.yaml")) for name, text in texts.items()]
    lone = str(scenario(tmp_path / "a", name="y.yaml"))
    items = collect(["x.yaml", *places, lone])
    names = ["x.yaml", f"{tmp_path.name}/a/x.yaml", f"{tmp_path.name}/b/x.yaml", "far/b/x.yaml", "y.yaml"]
    assert list(dict.fromkeys(item.source for item in items)) == names
    assert len({item.id for item in items}) == len(items)
    for item in items:
        assert item.id.startswith(item.source)
        assert item.plan is None or (item.plan.id, item.plan.source) == (item.id, item.source)
