"""Vocabulary: kinds of names, and suggestions."""

import pytest

from harness.scenario.vocabulary import Vocabulary, suggest


def test_a_kind_that_was_not_filled_is_not_checked() -> None:
    vocabulary = Vocabulary(rules={"ghost-leg": "A leg is left over."})
    assert vocabulary.names("rule") == {"ghost-leg": "A leg is left over."}
    assert vocabulary.names("profile") is None
    assert vocabulary.names("quirk") is None


@pytest.mark.parametrize(
    ("word", "known", "said"),
    [
        ("buzy", ["busy", "declined"], "did you mean 'busy'?"),
        ("no_answer", ["no-answer", "error"], "did you mean 'no-answer'?"),
        ("BUSY", ["busy", "declined"], "did you mean 'busy'?"),
        ("xyz", ["busy", "declined"], "known here: busy, declined"),
        ("xyz", [], ""),
        ("xyz", [f"word{number}" for number in range(13)], ""),
    ],
)
def test_the_nearest_word_is_suggested_else_all_where_they_are_few(
    word: str, known: list[str], said: str
) -> None:
    assert suggest(word, known) == said
