"""Every rule comes with what to do about it."""

from harness.judge.cause_remedies import CATALOGUE
from harness.judge.rule_remedies import REMEDIES
from harness.judge.rules import ALL


def test_every_rule_has_a_remedy_and_every_remedy_a_rule() -> None:
    assert set(ALL) - set(REMEDIES) == set(), "say in judge/rule_remedies.py what to do"
    assert set(REMEDIES) - set(ALL) == set()


def test_a_remedy_is_one_sentence_that_says_what_to_do() -> None:
    for text in REMEDIES.values():
        assert text[0].isupper()
        assert not text.endswith(".")
        assert len(text) <= 110


def test_what_is_a_cause_and_a_rule_has_one_remedy() -> None:
    both = set(REMEDIES) & set(CATALOGUE)
    assert "status-collapsed" in both
    assert {name: REMEDIES[name] for name in both} == {name: CATALOGUE[name][1] for name in both}
