"""The page of the docs on the command line."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness.cli.command_page import page
from harness.cli.main import program
from harness.pytest_plugin.options import add_options
from tests.suite.places import PACKAGE_AT

PAGE = Path(__file__).parents[2] / "docs" / "command-line.md"


def test_the_page_in_the_docs_is_made_from_the_program_as_it_is() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "type `make pages`"


@pytest.mark.parametrize("command", ["", *program.commands])
def test_every_word_that_help_offers_stands_on_the_page(command: str) -> None:
    told = subprocess.run(
        [sys.executable, "-P", "-m", "harness", *command.split(), "--help"],
        env={**os.environ, "PYTHONPATH": PACKAGE_AT}, capture_output=True, text=True, check=True, timeout=60,
    ).stdout  # fmt: skip
    offered = told.partition("Options:")[2]
    options = {word.strip(",.") for word in offered.split() if word.startswith("-") and len(word) > 1}
    general = {"-h", "--help", "-V", "--version"}
    assert [word for word in sorted(options - general) if f"`{word}" not in page()] == []


class Recorder:
    """Stands for pytest's parser; keeps the names of options."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def getgroup(self, name: str, description: str) -> "Recorder":
        return self

    def addoption(self, name: str, **more: object) -> None:
        self.names.append(name)


def test_pytest_knows_the_options_of_run_by_the_name_that_the_page_says() -> None:
    recorder = Recorder()
    add_options(recorder)  # type: ignore[arg-type]
    run = {name for each in program.commands["run"].params for name in each.opts if name.startswith("--")}
    assert {name.replace("--siptransfer-", "--") for name in recorder.names} >= run - {"--verbose"}
