"""Errors that know their exit code."""

import pytest

from harness.base.errors import (
    BrokenEnvironment,
    CaptureError,
    HarnessError,
    ScenarioError,
    UsageError,
)
from harness.base.span import Mistake, Span


@pytest.mark.parametrize(
    ("error", "code"), [(UsageError, 2), (CaptureError, 2), (BrokenEnvironment, 3), (HarnessError, 3)]
)
def test_each_error_has_the_exit_code_of_its_fault(error: type[HarnessError], code: int) -> None:
    assert error("what").exit_code == code


def test_an_error_says_what_was_wrong_and_what_to_do() -> None:
    error = BrokenEnvironment("port 5060 is taken", do="stop the program that has it, or choose another")
    assert str(error) == "port 5060 is taken\n  stop the program that has it, or choose another"
    assert (error.what, error.do) == ("port 5060 is taken", "stop the program that has it, or choose another")


def test_a_scenario_error_carries_every_mistake_and_counts_them() -> None:
    one = ScenarioError("a.yaml", [Mistake(Span("a.yaml", 1, 1), "x")])
    two = ScenarioError("a.yaml", [Mistake(Span("a.yaml", 1, 1), "x"), Mistake(Span("a.yaml", 2, 1), "y")])
    assert (str(one), str(two)) == ("a.yaml: 1 mistake", "a.yaml: 2 mistakes")
    assert len(two.mistakes) == 2
    assert two.exit_code == 2
