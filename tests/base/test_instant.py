"""Durations as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.base.instant import MS, SECOND, VIRTUAL_EPOCH_NS, format_duration, parse_duration, to_ms


@pytest.mark.parametrize(
    ("text", "ns"),
    [
        ("500ms", 500_000_000),
        ("2s", 2_000_000_000),
        ("1.5s", 1_500_000_000),
        ("2m", 120_000_000_000),
        ("1min", 60_000_000_000),
        ("1h", 3_600_000_000_000),
        ("20us", 20_000),
        (" 3 s ", 3_000_000_000),
        ("0s", 0),
    ],
)
def test_a_number_and_a_unit_are_a_duration(text: str, ns: int) -> None:
    assert parse_duration(text) == ns


@pytest.mark.parametrize("text", ["", "2", "s", "-1s", "1 day", "1e3s", "1.s", "two seconds", "9999999999s"])
def test_what_is_no_duration_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match=r"write a number and a unit, such as 500ms"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("ns", "text"),
    [
        (0, "0ms"),
        (2 * SECOND, "2s"),
        (1_500 * MS, "1.5s"),
        (250 * MS, "250ms"),
        (20_000, "20us"),
        (-2 * SECOND, "-2s"),
    ],
)
def test_a_duration_is_printed_the_way_it_is_written(ns: int, text: str) -> None:
    assert format_duration(ns) == text


@given(st.integers(0, 10**9).map(lambda units: units * 1000))
def test_what_was_printed_is_read_back(ns: int) -> None:
    assert parse_duration(format_duration(ns)) == ns


def test_figures_in_results_are_milliseconds_with_three_decimals() -> None:
    assert to_ms(1_040_499) == 1.04
    assert to_ms(1_040_500) in (1.04, 1.041)


def test_virtual_time_starts_with_the_year_2026() -> None:
    # 20454 days from 1970-01-01 to 2026-01-01: 56 years of 365 days and 14 leap days.
    assert VIRTUAL_EPOCH_NS == (56 * 365 + 14) * 86_400 * SECOND
