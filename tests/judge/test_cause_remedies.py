"""The catalogue of causes reads like something a person can act on."""

from harness.judge.cause_remedies import CATALOGUE


def test_every_cause_has_a_name_and_a_fix() -> None:
    for name, fix in CATALOGUE.values():
        assert name and fix
        assert not name.endswith(".") and not fix.endswith(".")


def test_ids_are_words_with_hyphens() -> None:
    assert all(each == each.lower() and " " not in each for each in CATALOGUE)
