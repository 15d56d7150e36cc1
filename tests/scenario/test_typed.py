"""Blocks and scalars of the file format: what they take, and how they complain."""

import pytest

from harness.base.instant import SECOND
from harness.scenario.typed import Duration, Field, Flag, PartyName, Problem, Words, keys_of, validated
from harness.scenario.values import Names, Wrong


class Visit(Words):
    """A block of its own, so that the format can change without these tests."""

    guest: PartyName
    stays: Duration = SECOND
    alone: Flag = False
    sender: PartyName | None = Field(default=None, alias="from")


def test_every_scalar_arrives_as_text_and_gets_its_type() -> None:
    read = validated(Visit, {"guest": "agent", "stays": "500ms", "alone": "yes"}, Names())
    assert isinstance(read, Visit)
    assert (read.guest, read.stays, read.alone) == ("agent", SECOND // 2, True)


def test_names_are_those_of_the_file_at_hand() -> None:
    assert isinstance(validated(Visit, {"guest": "bob"}, Names(parties=("bob",))), Visit)
    found = validated(Visit, {"guest": "bob"}, Names(parties=("ann",)))
    assert isinstance(found, list)
    assert found[0].place == ("guest",)
    assert isinstance(found[0].context["error"], Wrong)


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        ({}, [("guest", "missing")]),
        ({"guest": "agent", "gest": "x"}, [("gest", "extra_forbidden")]),
        (
            {"guest": "agent", "stays": "2", "alone": "maybe"},
            [("stays", "value_error"), ("alone", "value_error")],
        ),
    ],
)
def test_every_complaint_has_its_place(content: dict[str, str], wanted: list[tuple[str, str]]) -> None:
    found = validated(Visit, content, Names())
    assert isinstance(found, list)
    assert all(isinstance(problem, Problem) for problem in found)
    assert [(problem.place[0], problem.kind) for problem in found] == wanted


def test_keys_are_named_as_they_are_written() -> None:
    assert keys_of(Visit) == ["guest", "stays", "alone", "from"]
