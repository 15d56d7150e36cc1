"""Places in files and mistakes made there."""

import pytest

from harness.base.span import EXCERPT, TEXT_MAX, Mistake, Span


def test_a_mistake_is_one_line_then_the_source_and_the_caret() -> None:
    mistake = Mistake(Span("a.yaml", 2, 7, 4), "unknown value 'wram'", "did you mean 'warm'?")
    assert mistake.render(["x: 1", "kind: wram", ""]) == (
        "a.yaml:2:7: unknown value 'wram'; did you mean 'warm'?\n    kind: wram\n          ^^^^"
    )


def test_control_characters_of_the_source_do_not_reach_the_terminal() -> None:
    shown = Mistake(Span("a.yaml", 1, 1), "odd").render(["\x1b[31mred\x07"])
    assert "\x1b" not in shown
    assert "\x07" not in shown


def test_a_place_behind_the_end_of_the_file_has_no_source_line() -> None:
    assert Mistake(Span("a.yaml", 9, 1), "too short").render(["x"]) == "a.yaml:9:1: too short"


def test_a_caret_never_runs_past_the_line() -> None:
    assert Mistake(Span("a.yaml", 1, 3, 99), "long").render(["abcd"]).splitlines()[2] == "      ^^"


@pytest.mark.parametrize("column", [1, 70, 81, 500_000, 999_950, 1_000_000])
def test_of_a_line_without_end_only_what_stands_around_the_mistake_is_shown(column: int) -> None:
    line = "a" * (column - 1) + "X" + "b" * (1_000_000 - column)
    _, source, caret = Mistake(Span("a.yaml", 1, column), "odd").render([line]).splitlines()
    assert len(source) <= 4 + EXCERPT + 6
    assert source[len(caret) - 1] == "X"
    assert source.startswith("    ...") == (column > EXCERPT)
    assert source.endswith("...") == (column < 1_000_000 - EXCERPT)


def test_a_text_without_end_is_cut() -> None:
    told = Mistake(Span("a.yaml", 1, 1), "x" * 10_000, "y" * 10_000).headline()
    assert len(told) < 2 * TEXT_MAX + 20


def test_mistakes_sort_in_file_order() -> None:
    late, early = Mistake(Span("a", 9, 1), "b"), Mistake(Span("a", 2, 5), "z")
    assert sorted([late, early]) == [early, late]
