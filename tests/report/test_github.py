"""Annotations and the summary of a step, as the documentation of GitHub's workflow commands has them."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from harness.report.files import Played
from harness.report.github import (
    ANNOTATIONS_MAX,
    ROWS_MAX,
    TEXT_MAX,
    Choice,
    annotations,
    summary,
    summary_file,
    wanted,
    write_summary,
)
from harness.results.comparison import Comparison, Comparisons, TimeKey, TimeTrend
from harness.results.model import Results
from tests.results.samples import INVALID, RESULTS, RUN

COMMAND = re.compile(r"::(error|warning) ((?:[a-z]+=[^,:]*,?)+)::([^\r\n]*)")


def parsed(line: str) -> tuple[str, dict[str, str], str]:
    """A command as the runner reads it: unescaped in the order that its source has."""
    found = COMMAND.fullmatch(line)
    assert found is not None, line
    pairs = (pair.split("=", 1) for pair in found[2].split(","))
    return found[1], {name: unescaped(value) for name, value in pairs}, unescaped(found[3])


def unescaped(text: str) -> str:
    for code, sign in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(code, sign)
    return text


def test_a_failed_expectation_points_at_its_line() -> None:
    level, where, text = parsed(annotations([Played(RUN)])[0])
    assert level == "error"
    assert where == {
        "file": "scenarios/cold/liar.yaml",
        "line": "10",
        "col": "3",
        "title": "fail: The carrier reports success <before> anybody answered",
    }
    assert text.splitlines()[0] == "outcome: wanted connected, got failed"
    assert "the reported success is false" in text


def test_each_mistake_points_at_its_place() -> None:
    two = replace(INVALID, error="scenarios/broken.yaml:2:11: one\nscenarios/broken.yaml:3:9: two: three")
    places = [parsed(line) for line in annotations([Played(two)])]
    assert [(where["line"], where["col"], text) for _, where, text in places] == [
        ("2", "11", "one"),
        ("3", "9", "two: three"),
    ]


def test_a_broken_environment_points_at_the_file_and_not_at_what_to_do() -> None:
    broken = replace(INVALID, verdict="broken", error="nothing listens\n  Start it.")
    ((_, where, text),) = [parsed(line) for line in annotations([Played(broken)])]
    assert (where["line"], text) == ("1", "nothing listens")


def test_milder_rules_and_worse_times_are_warnings() -> None:
    trend = TimeTrend(TimeKey("transfer", 0, "refer_response"), 9.0, 1.0, (1.0,), worse=True, why="too long")
    past = Comparisons(2, 1, {RUN.id: Comparison(RUN.id, "fail", "same", "pass", 1, (trend,))})
    told = [parsed(line) for line in annotations([Played(RUN)], past)]
    assert [text for level, _, text in told if level == "warning"] == [
        "carrier: no expires (RFC3515-2.4.4-3)",
        "worse: refer_response  9.000 ms, was 1.000 ms (too long)",
    ]


def test_nothing_in_a_text_ends_a_command_or_begins_another() -> None:
    evil = "50%\r\n::add-mask::x, y: z\x1b[31m\u2028"
    run = replace(RUN, scenario=evil, expectations=(replace(RUN.expectations[1], got=evil),), findings=())
    (line,) = annotations([Played(run, path="a,b:c%.yaml")])
    assert len(line.splitlines()) == 1
    assert "\x1b" not in line
    _, where, text = parsed(line)
    assert where["file"] == "a,b:c%.yaml"
    assert where["title"].startswith("fail: 50%\r\n::add-mask::x, y: z")
    assert "got 50%\r\n::add-mask::x, y: z" in text


def test_the_worst_come_first_and_the_others_are_counted() -> None:
    mild = replace(RUN, verdict="inconclusive", scenario="mild")
    lines = annotations([Played(each) for each in [mild] * 20 + [RUN] * 3 + [INVALID]])
    errors = [line for line in lines if line.startswith("::error")]
    assert len(errors) == ANNOTATIONS_MAX
    titles = [parsed(line)[1]["title"].partition(":")[0] for line in errors]
    assert titles[:5] == ["invalid", "fail", "fail", "fail", "inconclusive"]
    assert errors[-1].startswith("::error title=siptransfer::and ")
    assert sum(line.startswith("::warning") for line in lines) == ANNOTATIONS_MAX


def test_paths_are_those_of_the_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tests").mkdir()
    monkeypatch.chdir(tmp_path / "tests")
    told = parsed(annotations([Played(RUN, path="calls/x.yaml")], workspace=str(tmp_path))[0])
    assert told[1]["file"] == "tests/calls/x.yaml"
    outside = parsed(annotations([Played(RUN, path="/elsewhere/x.yaml")], workspace=str(tmp_path))[0])
    assert outside[1]["file"] == "/elsewhere/x.yaml"


def test_a_run_that_passed_says_nothing() -> None:
    assert annotations([Played(replace(RUN, verdict="pass", findings=()))]) == []


@pytest.mark.parametrize(
    ("choice", "running", "yes"),
    [("auto", "true", True), ("auto", "", False), ("github", "", True), ("off", "true", False)],
)
def test_annotations_are_for_github_or_who_asks(choice: Choice, running: str, yes: bool) -> None:
    assert wanted(choice, {"GITHUB_ACTIONS": running}) is yes


def test_a_summary_goes_where_github_wants_it() -> None:
    named = {"GITHUB_STEP_SUMMARY": "s.md"}
    assert summary_file("auto", named) == "s.md"
    assert summary_file("off", named) is None
    assert summary_file("auto", {}) is None


def test_the_summary_is_a_table_of_what_did_not_pass() -> None:
    passed = replace(RUN, verdict="pass", id="fine.yaml")
    text = summary(Results(1, "t", 7, "fail", (passed, RUN)), Comparisons(3, 2, {}))
    lines = text.splitlines()
    assert lines[0] == "### siptransfer: fail"
    assert lines[2] == "2 scenarios: 1 passed, 1 failed (seed 7)"
    rows = [line for line in lines if line.startswith("|")]
    assert len(rows) == 3
    assert rows[2].startswith("| fail | The carrier reports success &#60;before&#62; anybody answered")
    assert "fine" not in text
    assert "this is run 3&#59; the last good one was run 2" in text


def test_no_text_of_a_peer_becomes_markup() -> None:
    evil = "a|b\n# c <img src=x onerror=y> [d](javascript:e) `f` @all https://g **h**" + "i" * 10_000
    text = summary(replace(RESULTS, runs=(replace(RUN, scenario=evil, id="x"),) * (ROWS_MAX + 5)))
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert len(rows) == ROWS_MAX + 3
    assert all(row.count("|") == 5 for row in rows)
    assert not re.search(r"[<>`*@\[\]]|\n#+ c", text.partition("\n")[2])
    assert len(text) < ROWS_MAX * TEXT_MAX * 20 < 1_000_000


def test_a_summary_is_added_to_that_of_other_steps(tmp_path: Path) -> None:
    path = tmp_path / "s.md"
    path.write_text("before\n")
    assert write_summary(str(path), "after\n") is None
    assert path.read_text() == "before\nafter\n"
    told = write_summary(str(tmp_path), "x")
    assert told is not None and "cannot be written" in told.text
