"""Errors that know their own verdict: whose fault it is, which exit code, and what to do.

The rule of the house: the system under test never causes an exception. Its mistakes are defects
(`wire`), findings (`judge`) or verdicts (`results`). Exceptions are for the author of a scenario,
for the environment and for our own bugs. Exit codes: outcomes of a run are in `results`.
"""

from collections.abc import Sequence

from harness.base.span import Mistake

EXIT_PASS = 0
EXIT_FAIL = 1
EXIT_INVALID = 2
EXIT_BROKEN = 3


class HarnessError(Exception):
    """Base of all errors that a face prints without a traceback. Not raised itself."""

    exit_code = EXIT_BROKEN

    def __init__(self, what: str, *, do: str = "") -> None:
        """`what` says what was wrong and where; `do` says what the user can do about it."""
        super().__init__(f"{what}\n  {do}" if do else what)
        self.what = what
        self.do = do


class UsageError(HarnessError):
    """The command line or the input file is wrong: exit code 2."""

    exit_code = EXIT_INVALID


class ScenarioError(UsageError):
    """One scenario file has mistakes; all of them are carried, in file order."""

    def __init__(self, path: str, mistakes: Sequence[Mistake]) -> None:
        count = len(mistakes)
        super().__init__(f"{path}: {count} mistake{'s' if count != 1 else ''}")
        self.path = path
        self.mistakes = tuple(mistakes)


class BrokenEnvironment(HarnessError):
    """Port taken, nothing listening, address not ours, program missing: exit code 3."""

    exit_code = EXIT_BROKEN


class CaptureError(UsageError):
    """A trace or capture file cannot be read at all: exit code 2."""
