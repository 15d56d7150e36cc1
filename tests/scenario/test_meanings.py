"""The sentences about keys are sentences of one line. That every key has one is held in `test_schema.py`."""

from harness.scenario.meanings import MEANINGS


def test_a_meaning_is_one_short_line() -> None:
    own = {block: meanings for block, meanings in MEANINGS.items() if block != "Latency"}  # definitions.TIMES
    for block, meanings in own.items():
        for key, meaning in meanings.items():
            assert 10 < len(meaning) <= 110 and "\n" not in meaning, (block, key)
            assert not meaning.endswith("."), (block, key)
