"""This run against earlier ones, in words."""

from harness.report.past import SHOWN_MAX, changes, times, trended
from harness.results.comparison import CHANGED, Comparison, Comparisons, TimeKey, TimeTrend

KEY = TimeKey("transfer", 0, "refer_to_answer")
WORSE = TimeTrend(KEY, 4000.0, 1000.0, (1000.0, 1000.0), worse=True, why="more than 1.050 s is worse")
STEADY = TimeTrend(TimeKey("transfer", 1, "refer_response"), 1.5, 1.5, (1.5,))


def past(*compared: Comparison, number: int = 13, last_good: int | None = 12) -> Comparisons:
    return Comparisons(number, last_good, {each.run_id: each for each in compared}, ("gone.yaml",))


def text(told: Comparisons) -> list[str]:
    return [line.text for line in changes(told)]


def test_a_first_run_has_nothing_to_be_compared_with() -> None:
    first = Comparisons(1, None, {"a.yaml": Comparison("a.yaml", "pass", "new")})
    assert text(first) == ["history: this is run 1, there is nothing to compare it with yet"]


def test_what_changed_is_named_and_what_did_not_is_not() -> None:
    told = past(
        Comparison("a.yaml", "fail", "newly-failing", "pass", 12),
        Comparison("b.yaml", "pass", "fixed", "fail", 9),
        Comparison("c.yaml", "pass", "new"),
        Comparison("d.yaml", "pass", "same", "pass", 12, (WORSE, STEADY)),
        Comparison("e.yaml", "fail", "still-failing", "fail"),
    )
    assert text(told) == [
        "history: this is run 13; the last good one was run 12",
        "newly failing: a.yaml (last good: run 12)",
        "fixed: b.yaml",
        "new: c.yaml",
        "gone: gone.yaml",
        "worse: d.yaml: refer_to_answer  4.000 s, was 1.000 s, 1.000 s (more than 1.050 s is worse)",
    ]
    assert [line.kind for line in changes(told)] == ["plain", "bad", "plain", "plain", "plain", "bad"]


def test_a_scenario_that_was_edited_is_named() -> None:
    edited = TimeTrend(KEY, 9.0, None, why=CHANGED)
    told = past(Comparison("a.yaml", "pass", "same", "pass", 12, (edited,)))
    assert "changed, so its times start anew: a.yaml" in text(told)


def test_that_nothing_changed_is_said() -> None:
    steady = Comparisons(3, 2, {"a.yaml": Comparison("a.yaml", "pass", "same", "pass", 2, (STEADY,))})
    assert text(steady)[1:] == ["no verdict changed, and no time got worse"]


def test_a_time_of_a_handoff_is_told_from_one_of_a_transfer() -> None:
    keys = (TimeKey("transfer", 0, "human_answer"), TimeKey("handoff", 0, "human_answer"))
    both = tuple(TimeTrend(key, 1.0, 1.0, (1.0,)) for key in keys)
    told = past(Comparison("a.yaml", "pass", "same", "pass", 12, both))
    assert [line.text.split()[0] for line in times(told)] == ["human_answer", "handoff.human_answer"]


def test_that_no_run_was_good_is_said() -> None:
    assert text(past(last_good=None))[0].endswith("run 13; no earlier run of this selection was good")


def test_many_changes_are_counted() -> None:
    many = [Comparison(f"{number}.yaml", "fail", "newly-failing", "pass", 1) for number in range(50)]
    lines = text(past(*many))
    assert lines[-2] == f"newly failing: and {50 - SHOWN_MAX} more"


def test_one_scenario_shows_the_trend_of_each_time() -> None:
    told = past(Comparison("a.yaml", "pass", "same", "pass", 12, (STEADY, TimeTrend(KEY, 1.0, None))))
    assert [line.text for line in times(told)] == ["refer_response[1]  1.500 ms, was 1.500 ms"]


def test_many_scenarios_show_the_medians() -> None:
    other = TimeTrend(KEY, 2000.0, 3000.0, (3000.0,))
    told = past(
        Comparison("a.yaml", "pass", "same", "pass", 12, (WORSE,)),
        Comparison("b.yaml", "pass", "same", "pass", 12, (other,)),
    )
    assert [line.text for line in times(told)] == ["refer_to_answer  median 3.000 s, was 2.000 s (2 values)"]


def test_a_time_that_is_known_no_more_is_unknown() -> None:
    assert (
        trended(TimeTrend(KEY, None, 1.0, (1.0,), why="why"))
        == "refer_to_answer  unknown, was 1.000 ms (why)"
    )
