"""This run against earlier ones, as the page shows it: changes as links, each time as a small line.

The same as lines of text is `past.py`. Must not live here: HTML, what is worse (`results/comparison.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from harness.report.past import heading, trended
from harness.results.comparison import Change, Comparison, Comparisons, TimeKey, TimeTrend

WIDTH = 96
HEIGHT = 22
LINKS_MAX = 8

_GROUPS: tuple[tuple[Change, str], ...] = (
    ("newly-failing", "newly failing"),
    ("fixed", "fixed"),
    ("new", "new"),
)
WORDS: Mapping[Change, str] = {**dict(_GROUPS), "still-failing": "still failing", "same": ""}


@dataclass(frozen=True, slots=True)
class Trend:
    """One time over the good runs before and this one."""

    line: str
    """`x,y` of each run, oldest first, in a drawing of WIDTH to HEIGHT pixels."""
    here: tuple[int, int]
    worse: bool
    text: str


@dataclass(frozen=True, slots=True)
class Group:
    """Scenarios of which the same is to be said: run id and what stands behind its name."""

    kind: str
    word: str
    members: tuple[tuple[str, str], ...]
    more: int


@dataclass(frozen=True, slots=True)
class Since:
    """What is different from the runs before."""

    heading: str
    groups: tuple[Group, ...]


def since(past: Comparisons) -> Since:
    """Everything that changed; the heading says so where nothing did."""
    compared = list((past.by_id or {}).values())
    groups = [
        _group(change, word, [(each.run_id, _last_good(each)) for each in compared if each.change == change])
        for change, word in _GROUPS
        if change != "new" or past.number > 1
    ]
    worse = [(each.run_id, trended(trend)) for each in compared for trend in each.worse()]
    groups += [
        _group("worse", "slower or worse", worse),
        _group("gone", "gone", [(name, "") for name in past.gone]),
    ]
    text = heading(past).removeprefix("history: ")
    found = tuple(group for group in groups if group.members)
    same = "" if found or past.number == 1 else " Nothing changed."
    return Since(f"{text[:1].upper()}{text[1:]}.{same}", found)


def trends(compared: Comparison | None) -> dict[TimeKey, Trend]:
    """Every time that is known now and was known before."""
    if compared is None:
        return {}
    return {
        each.key: _drawn(each, each.now_ms)
        for each in compared.times
        if each.now_ms is not None and each.earlier_ms
    }


def _group(kind: str, word: str, members: list[tuple[str, str]]) -> Group:
    return Group(kind, word, tuple(members[:LINKS_MAX]), max(0, len(members) - LINKS_MAX))


def _last_good(compared: Comparison) -> str:
    return "" if compared.last_good is None else f"last good in run {compared.last_good}"


def _drawn(trend: TimeTrend, now_ms: float) -> Trend:
    values = (*trend.earlier_ms, now_ms)
    least, most = min(values), max(values)
    room = HEIGHT - 6
    points = [
        (
            4 + round((WIDTH - 8) * place / (len(values) - 1)),
            3 + (room // 2 if most <= least else round(room * (most - value) / (most - least))),
        )
        for place, value in enumerate(values)
    ]
    return Trend(" ".join(f"{x},{y}" for x, y in points), points[-1], trend.worse, trended(trend))
