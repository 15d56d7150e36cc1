"""The word tables agree with the model that uses them."""

from typing import get_args

from harness.scenario import model, words
from harness.scenario.typed import keys_of


def test_words_of_later_versions_belong_to_blocks_that_exist_and_are_not_playable_already() -> None:
    for name, later in words.LATER.items():
        block = getattr(model, name)
        assert not set(later) & set(keys_of(block)), name


def test_every_key_of_expect_is_known_as_one() -> None:
    assert set(keys_of(model.Expect)) | set(words.LATER["Expect"]) == words.EXPECT_WORDS


def test_the_default_truth_consists_of_truths() -> None:
    assert set(words.TRUTH_DEFAULT) <= set(get_args(words.Truth))


def test_every_named_time_of_the_definitions_can_be_limited() -> None:
    # The table "Times" of the definitions, in its order.
    names = (
        "handoff human_answer refer_response first_notify target_ringing refer_to_answer refer_to_report"
        " report_skew release_after_outcome consultation bridge dead_air media_cut human_heard caller_heard"
        " context_lead"
    )
    assert keys_of(model.Latency) == names.split()
