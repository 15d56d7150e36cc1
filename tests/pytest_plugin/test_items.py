"""Names that can be copied from the output and typed again, and what a failure says."""

import re
import shlex
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from harness.pytest_plugin.items import NAME_MAX, Crash, Explanation, explained, item_name, one_line
from harness.suite.events import RunFinished
from tests.results.samples import RUN
from tests.suite.places import PACKAGE_AT

PYTEST = (sys.executable, "-m", "pytest", "-p", "harness.pytest_plugin", "-p", "no:cacheprovider")

ODD = r"""scenario: Values that a shell, pytest or a terminal reads in its own way
transfer: cold
parameters:
  name: ["a::b", "x]y[z", "two words", "$HOME `id` \"q\" 'p'", "back\\slash", "zero\u200bwidth", "Ü/ü", "--x"]
caller: {name: $name}
expect: {outcome: failed}
"""


def run(place: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PYTEST, *arguments],
        cwd=place,
        env={"PYTHONPATH": PACKAGE_AT, "PATH": "/usr/bin:/bin", "PYTHONUTF8": "1", "COLUMNS": "300"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_what_peers_wrote_acts_on_no_terminal_and_on_no_ci_server() -> None:
    evil = "\x1b[31m ##[add-mask]a\n::stop-commands::x"
    broken = RunFinished(1, 1, replace(RUN, scenario=evil, verdict="broken", error=f"{evil}\n  {evil}"))
    failed = RunFinished(1, 1, replace(RUN, expectations=(replace(RUN.expectations[1], got=evil),)))
    for each in (broken, failed):
        for line in (*explained(each).split("\n"), one_line(each)):
            assert line.isprintable()
            assert "##[" not in line
            assert not line.strip().startswith("::")


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("", "busy"),
        ("[code=486]", "busy[code=486]"),
        ("[a=x\ny\x1b\\]", r"busy[a=x\ny\x1b\\]"),
        ("[a=Ü]", "busy[a=Ü]"),
    ],
)
def test_a_name_is_printable(label: str, name: str) -> None:
    assert item_name("busy", label) == name


def test_long_values_are_cut_and_stay_different() -> None:
    one, two = (item_name("x", f"[a={'y' * 5000}{number}]") for number in (1, 2))
    assert one != two
    assert len(one) < NAME_MAX + 20


def test_an_explanation_is_its_text_and_knows_its_place() -> None:
    told = Explanation("one\ntwo", Crash("a.yaml", 3, "fail: why"))
    lines: list[str] = []

    class Writer:
        line = staticmethod(lines.append)

    told.toterminal(Writer)
    assert (lines, str(told), str(told.reprcrash)) == (["one", "two"], "one\ntwo", "a.yaml:3: fail: why")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    for name in ("one", "two"):
        (folder / "scenarios" / name).mkdir(parents=True)
        (folder / "scenarios" / name / "odd.yaml").write_text(ODD, encoding="utf-8")
    (folder / "pytest.ini").write_text("[pytest]\n")
    (folder / "elsewhere").mkdir()
    (folder / "elsewhere" / "pytest.ini").write_text("[pytest]\n")
    return folder


@pytest.mark.parametrize("here", ["elsewhere", "scenarios/one"])
def test_every_name_of_the_output_can_be_typed_again(place: Path, here: str) -> None:
    """The whole output's names at once: each finds exactly one item."""
    there = place / here
    listed = run(there, "-q", "--tb=no", "-rf", str(place / "scenarios"))
    names = re.findall(r"^FAILED (.*?) - fail: ", listed.stdout, re.MULTILINE)
    assert len(names) == 16, listed.stdout + listed.stderr
    again = run(there, "-q", "--tb=no", *names)
    assert "16 failed" in again.stdout, again.stdout + again.stderr
    alone = run(there, "-q", "--tb=no", next(name for name in names if "two words" in name))
    assert "1 failed" in alone.stdout


def test_the_line_at_the_end_of_a_failure_can_be_pasted_into_a_shell(place: Path) -> None:
    told = run(place, "--siptransfer-seed", "7", "--siptransfer-strict", "scenarios/one").stdout
    lines = re.findall(r"^to see all of it: pytest (.*)$", told, re.MULTILINE)
    assert len(lines) == 8, told
    words = [word for line in lines for word in shlex.split(line)]
    assert words[:5] == ["-vv", "--siptransfer-seed", "7", "--siptransfer-strict", words[4]]
    ids = [word for word in words if "::odd[" in word]
    assert "8 failed" in run(place, "-q", "--tb=no", *ids).stdout
