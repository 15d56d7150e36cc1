"""This run against earlier ones, as lines of text: what changed, what got worse, the trend of each time.

For the terminal and pytest alike. Must not live here: the rule for worse (`results/comparison.py`), colour.
"""

from collections.abc import Iterator, Sequence
from statistics import median

from harness.report.failure import Line, LineKind
from harness.report.story import counted
from harness.results.comparison import CHANGED, Comparison, Comparisons, Of, TimeTrend

SHOWN_MAX = 10
"""Scenarios or times named in one paragraph; the reports hold all."""

EARLIER_SHOWN = 8
"""Values of earlier runs that stand beside one time."""


def changes(past: Comparisons) -> list[Line]:
    """What is different from the runs before; one line at least."""
    compared = list((past.by_id or {}).values())
    lines = [Line("plain", heading(past))]
    lines += _named(
        "bad", "newly failing", [_since(each) for each in compared if each.change == "newly-failing"]
    )
    lines += _named("plain", "fixed", [each.run_id for each in compared if each.change == "fixed"])
    if past.number > 1:
        lines += _named("plain", "new", [each.run_id for each in compared if each.change == "new"])
    lines += _named("plain", "gone", past.gone)
    changed = [each.run_id for each in compared if any(trend.why == CHANGED for trend in each.times)]
    lines += _named("plain", "changed, so its times start anew", changed)
    worse = [f"{each.run_id}: {trended(trend)}" for each in compared for trend in each.worse()]
    lines += _named("bad", "worse", worse)
    if len(lines) == 1 and past.number > 1:
        lines.append(Line("plain", "no verdict changed, and no time got worse"))
    return lines


def times(past: Comparisons) -> list[Line]:
    """The trend of each time: of a single scenario value by value, of many their medians."""
    compared = list((past.by_id or {}).values())
    if len(compared) == 1:
        shown = [trend for trend in compared[0].times if trend.earlier_ms]
        width = max((len(_place(trend)) for trend in shown), default=0)
        return [Line("plain", trended(trend, width)) for trend in shown]
    names = dict.fromkeys((trend.key.of, trend.key.name) for each in compared for trend in each.times)
    found = [(_timed(of, name), text) for of, name in names for text in _medians(of, name, compared)]
    width = max((len(name) for name, _ in found), default=0)
    return [Line("plain", f"{name:<{width}}  {text}") for name, text in found]


def trended(trend: TimeTrend, width: int = 0) -> str:
    """One time: now, before, and what that means. The name fills `width` characters."""
    text = f"{_place(trend):<{width}}  {_ms(trend.now_ms)}"
    if trend.earlier_ms:
        earlier = ", ".join(_ms(ms) for ms in trend.earlier_ms[-EARLIER_SHOWN:])
        text += f", was {earlier}"
    return f"{text} ({trend.why})" if trend.why else text


def heading(past: Comparisons) -> str:
    """Which run this is, and which one before it was good. No final stop."""
    if past.number == 1:
        return "history: this is run 1, there is nothing to compare it with yet"
    if past.last_good is None:
        return f"history: this is run {past.number}; no earlier run of this selection was good"
    return f"history: this is run {past.number}; the last good one was run {past.last_good}"


def _since(compared: Comparison) -> str:
    good = "" if compared.last_good is None else f" (last good: run {compared.last_good})"
    return compared.run_id + good


def _named(kind: LineKind, word: str, names: Sequence[str]) -> Iterator[Line]:
    for name in names[:SHOWN_MAX]:
        yield Line(kind, f"{word}: {name}")
    if len(names) > SHOWN_MAX:
        yield Line(kind, f"{word}: and {len(names) - SHOWN_MAX} more")


def _place(trend: TimeTrend) -> str:
    """Which time it is; of the first transfer or handoff without a number."""
    number = f"[{trend.key.index}]" if trend.key.index else ""
    return _timed(trend.key.of, trend.key.name) + number


def _timed(of: Of, name: str) -> str:
    return f"handoff.{name}" if of == "handoff" and name != "handoff" else name


def _medians(of: Of, name: str, compared: Sequence[Comparison]) -> Iterator[str]:
    """One time over all scenarios in which it is known now and was in their last good run."""
    pairs = [
        (trend.now_ms, trend.last_good_ms)
        for each in compared
        for trend in each.times
        if (trend.key.of, trend.key.name) == (of, name)
        and trend.now_ms is not None
        and trend.last_good_ms is not None
    ]
    if pairs:
        now, then = (median(values) for values in zip(*pairs, strict=True))
        yield f"median {_ms(now)}, was {_ms(then)} ({counted(len(pairs), 'value')})"


def _ms(ms: float | None) -> str:
    if ms is None:
        return "unknown"
    return f"{ms / 1000:.3f} s" if abs(ms) >= 1000 else f"{ms:.3f} ms"
