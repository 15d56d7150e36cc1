"""The word tables agree with the model that uses them."""

from typing import get_args

import pytest

from harness.scenario import model, words
from harness.scenario.typed import keys_of
from harness.scenario.words import LATER_VALUES, NOT_YET
from tests.scenario.written import HEAD, mistakes


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


LATER_LINES = [
    "ring: {all: [ann, bob], window: 120s}", "sms: {to: [ann, bob], webhook: x, within: 1s of ring}",
    "trigger: {use: transfer, after: agent_silent 700ms}", "repeat: 20",
    *(f"by: {word}" for word in LATER_VALUES["mechanism"]),
    "caller: {signed: A}", "human: {signed: none}", "people: {bob: {signed: B}}", "agent: {signed: C}",
    "agent: {then: transfer-on-answer}", "agent: {briefs: 4s}", "agent: {stays: 10s}",
    "agent: {leaves_by: refer-replaces}", "context: {json: {a: b}}", "context: {sent_in: invite}",
    "context: {sent_in: consult}", "carrier: {challenges: {BYE: 401}}",
    "expect: {human_sees: {attestation: kept}}", "expect: {hears: [{during: briefing}]}",
    "expect: {http: []}", "expect: {media_cut: under 300ms}", "expect: {caller: {cancelled: true}}",
    "expect: {caller: {answered-elsewhere: true}}",
    "expect: {latency: {human_answer: {p50: under 1s, p95: under 4s}}}",
]  # fmt: skip
"""What the language has beyond cold transfers in its short form."""


@pytest.mark.parametrize("line", LATER_LINES)
def test_a_word_of_a_later_version_is_called_so_and_nothing_worse(line: str) -> None:
    (mistake,) = mistakes(f"{HEAD}{line}\n")
    assert NOT_YET in mistake
