"""The sentences about keys are sentences of one line. That every key has one is held in `test_schema.py`."""

from typing import get_args

from harness.scenario.meanings import MEANINGS, VALUES
from harness.scenario.words import CAUSES, Fate, Outcome, Truth


def test_a_meaning_is_one_short_line() -> None:
    for block, meanings in MEANINGS.items():
        for key, meaning in meanings.items():
            assert 10 < len(meaning) <= 110 and "\n" not in meaning, (block, key)
            assert not meaning.endswith("."), (block, key)


def test_every_term_is_explained() -> None:
    assert tuple(VALUES["truth"]) == get_args(Truth)
    assert tuple(VALUES["fate"]) == get_args(Fate)
    assert tuple(VALUES["outcome"]) == get_args(Outcome)
    assert tuple(VALUES["when"]) == CAUSES
