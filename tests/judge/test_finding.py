"""Values of findings: severities in order, tallies that add up."""

from itertools import pairwise

from harness.judge.finding import SEVERITIES, Tally, at_least


def test_severities_stand_worst_first() -> None:
    for worse, better in pairwise(SEVERITIES):
        assert at_least(worse, better)
        assert not at_least(better, worse)
    assert " > ".join(SEVERITIES) == "breaks-transfer > loses-context > interop-risk > cosmetic"


def test_a_severity_is_at_least_itself() -> None:
    assert all(at_least(severity, severity) for severity in SEVERITIES)


def test_tallies_add_up() -> None:
    assert Tally(1, 2, 3, 4, 5) + Tally(10, 20, 30, 40, 50) == Tally(11, 22, 33, 44, 55)
