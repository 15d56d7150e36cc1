"""Changes since earlier runs, as the page shows them."""

from dataclasses import replace

from harness.report.past import trended
from harness.report.trend import HEIGHT, LINKS_MAX, WIDTH, since, trends
from harness.results.comparison import Comparison, Comparisons, TimeKey, TimeTrend

KEY = TimeKey("transfer", 0, "refer_response")


def past(*compared: Comparison, gone: tuple[str, ...] = ()) -> Comparisons:
    return Comparisons(7, 5, {each.run_id: each for each in compared}, gone)


def points(line: str) -> list[tuple[int, int]]:
    return [(int(x), int(y)) for x, y in (point.split(",") for point in line.split())]


def test_changes_are_grouped_and_the_worst_come_first() -> None:
    slow = TimeTrend(KEY, 9.0, 5.0, (5.0, 5.0), worse=True, why="it is slow")
    told = since(
        past(
            Comparison("a", "fail", "newly-failing", "pass", 6),
            Comparison("b", "pass", "fixed", "fail"),
            Comparison("c", "pass", "same", "pass", 6, (slow,)),
            Comparison("d", "fail", "still-failing", "fail"),
            gone=("e",),
        )
    )
    assert told.heading == "This is run 7; the last good one was run 5."
    assert [(group.kind, group.members) for group in told.groups] == [
        ("newly-failing", (("a", "last good in run 6"),)),
        ("fixed", (("b", ""),)),
        ("worse", (("c", trended(slow)),)),
        ("gone", (("e", ""),)),
    ]


def test_when_nothing_changed_there_are_no_groups() -> None:
    assert since(past(Comparison("a", "pass", "same", "pass", 6))).groups == ()


def test_many_are_named_up_to_a_bound_and_counted() -> None:
    (group,) = since(past(gone=tuple(str(number) for number in range(LINKS_MAX + 3)))).groups
    assert (len(group.members), group.more) == (LINKS_MAX, 3)


def test_a_time_is_drawn_from_the_oldest_run_to_this_one_within_its_box() -> None:
    trend = trends(Comparison("a", "pass", "same", times=(TimeTrend(KEY, 9.0, 5.0, (5.0, 1.0, 5.0)),)))[KEY]
    drawn = points(trend.line)
    assert len(drawn) == 4
    assert drawn == sorted(drawn)
    assert drawn[-1] == trend.here
    assert drawn[3][1] < drawn[0][1] < drawn[1][1], "more is higher"
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in drawn)


def test_equal_times_are_a_level_line() -> None:
    trend = trends(Comparison("a", "pass", "same", times=(TimeTrend(KEY, 5.0, 5.0, (5.0,)),)))[KEY]
    assert {y for _, y in points(trend.line)} == {trend.here[1]}


def test_a_time_without_a_past_or_a_present_has_no_trend() -> None:
    times = (TimeTrend(KEY, None, 5.0, (5.0,)), TimeTrend(TimeKey("handoff", 0, "handoff"), 5.0, None))
    assert trends(Comparison("a", "pass", "same", times=times)) == {}
    assert trends(None) == {}


def test_the_first_run_says_one_thing_and_a_later_one_without_changes_another() -> None:
    new = Comparison("a", "pass", "new", None, None)
    assert since(replace(past(new), number=1, last_good=None)).heading == (
        "This is run 1, there is nothing to compare it with yet."
    )
    assert since(past(Comparison("a", "pass", "same", "pass", 6))).heading.endswith(" Nothing changed.")
