"""Every mutant of our own players is found, its own party is blamed for it, and nobody else is."""

import pytest

from harness.base.spec import cite
from harness.judge.finding import Finding
from harness.judge.judgement import judge
from harness.judge.rules import ALL
from harness.scenario.plan import Plan
from tests.judge.mutant import Mutant
from tests.judge.mutants_of_dialogs import DIALOGS
from tests.judge.mutants_of_transfers import TRANSFERS
from tests.judge.mutation import with_faults

MUTANTS = (*DIALOGS, *TRANSFERS)


def findings(plan: Plan, mutant: Mutant | None = None, proxy: str = "") -> tuple[Finding, ...]:
    """What is found in a run of the plan, with or without a mutant."""
    trace = with_faults(plan, {} if mutant is None else mutant.faults(), proxy=proxy)
    return judge(trace, plan=plan).findings


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_is_found_and_nobody_else_is_blamed(mutant: Mutant) -> None:
    found = findings(mutant.faulty_plan(), mutant, mutant.proxy)
    shown = "\n".join(f"{each.verdict} {each.rule} {each.who}: {each.text}" for each in found) or "nothing"
    own = [each for each in found if each.rule in mutant.found_by and each.who == mutant.who]
    assert mutant.verdict in {each.verdict for each in own}, shown
    assert {each.who for each in found if each.verdict == "fail"} <= {mutant.who}, shown


@pytest.mark.parametrize(
    ("plan", "proxy"),
    dict.fromkeys((mutant.plan, mutant.proxy) for mutant in MUTANTS),
    ids=lambda value: value.title if isinstance(value, Plan) else f"proxy before {value or 'nobody'}",
)
def test_without_the_fault_nothing_is_found(plan: Plan, proxy: str) -> None:
    assert findings(plan, proxy=proxy) == ()


def test_the_list_is_long_and_every_entry_says_what_it_breaks() -> None:
    assert len(MUTANTS) >= 45
    names = [mutant.name for mutant in MUTANTS]
    assert len(set(names)) == len(names)
    for mutant in MUTANTS:
        assert mutant.breaks == "practice" or cite(mutant.breaks), mutant.name
        assert mutant.found_by and set(mutant.found_by) <= set(ALL), mutant.name


def test_all_four_players_are_mutated() -> None:
    assert {mutant.who for mutant in MUTANTS} == {"caller", "agent", "human", "carrier"}
