"""The plan is a value that finds its parties by name."""

import dataclasses

import pytest

from tests.scenario.written import plan


def test_a_plan_finds_its_parties_by_name() -> None:
    made = plan("people: {bob: {role: voicemail}}\n")
    assert made.party("bob").role == "voicemail"
    with pytest.raises(KeyError):
        made.party("carol")


def test_a_plan_is_frozen_and_can_be_a_key() -> None:
    made = plan("")
    assert hash(made) == hash(plan(""))
    with pytest.raises(dataclasses.FrozenInstanceError):
        made.title = "another"  # type: ignore[misc]
