"""The tutorial and the how-to pages are followed as they are written; what they show is what is printed.

`python -m tests.test_tutorial` puts into the pages what is printed today.
"""

import tempfile
from pathlib import Path

import pytest

from tests.console import Step, follow, saved_as, shown_anew
from tests.markdown import fences

ROOT = Path(__file__).parents[1]
FOLLOWED = ("README.md", "docs/tutorial.md", "docs/own-system.md", "docs/ci.md")


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", FOLLOWED)
def test_every_command_of_a_page_prints_what_it_shows(name: str, tmp_path: Path) -> None:
    folder = tmp_path / "here"
    folder.mkdir()
    steps = follow(text_of(name), folder)
    assert steps
    for step in steps:
        assert step.as_shown() or step.printed == step.shown, f"{step.command}: type `make pages`"


def test_every_block_of_the_tutorial_is_a_file_a_session_or_the_installation() -> None:
    blocks = fences(text_of("docs/tutorial.md"))
    assert {fence.language for fence in blocks} == {"sh", "yaml", "console"}
    assert [bool(saved_as(fence)) for fence in blocks if fence.language == "yaml"].count(False) == 0
    installation = [fence.text for fence in blocks if fence.language == "sh"]
    assert len(installation) == 1 and installation[0].startswith("make run ")


@pytest.mark.parametrize(
    ("shown", "printed", "same"),
    [
        ("1 passed in … s\n", "1 passed in 0.06 s\n", True),
        ("1 passed in … s\n", "1 passed in a while\n", False),
        ("a\n...\nd\n", "a\nb\nc\nd\n", True),
        ("a\n...\nd\n", "b\nd\n", False),
        ("a\n", "a\nb\n", False),
    ],
)
def test_only_numbers_and_lines_that_are_marked_may_differ(shown: str, printed: str, same: bool) -> None:
    assert Step("true", shown, printed).as_shown() is same


def test_what_differs_between_runs_is_marked_when_a_page_is_shown_anew() -> None:
    printed = (
        "fail  x  23 messages, 3.514 s\n  carrier: it lied (rule)  [messages 15, 20]\n"
        "        caller      carrier\n   #   ms  │   │\n  1 0.000  │──►│\n1 scenario: 1 failed in 3.59 s\n"
    )
    command = "siptransfer run x --live"
    made = shown_anew(f"$ {command}\n```\n", [Step(command, "", printed)])
    assert made == (
        f"$ {command}\nfail  x  … messages, … s\n  carrier: it lied (rule)  [messages …, …]\n"
        "...\n1 scenario: 1 failed in … s\n```\n"
    )
    assert Step(command, made[len(command) + 3 : -4], printed).as_shown()


if __name__ == "__main__":
    for page in FOLLOWED:
        with tempfile.TemporaryDirectory() as temporary:
            place = Path(temporary, "here")
            place.mkdir()
            followed = shown_anew(text_of(page), follow(text_of(page), place))
        (ROOT / page).write_text(followed, encoding="utf-8")
