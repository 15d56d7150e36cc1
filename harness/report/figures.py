"""The times of one run as the page shows them: beside each other, and each among all runs and earlier ones.

Must not live here: how a time is spread (`distribution.py`), its past (`trend.py`), HTML.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from harness.base.definitions import TIMES
from harness.report.distribution import Spread, known
from harness.report.trend import Trend
from harness.results.comparison import TimeKey
from harness.results.model import RunEntry, Times

SPREAD_COUNT_MIN = 3
"""Values of one time without which a spread says nothing."""

_FROM_REFER = (
    "handoff",
    "refer_response",
    "first_notify",
    "target_ringing",
    "refer_to_answer",
    "refer_to_report",
)
"""Times that begin together, so that bars of them can be compared."""

_ORDER = {name: place for place, name in enumerate(TIMES)}


@dataclass(frozen=True, slots=True)
class Figure:
    """One time of a run, and where it stands among the same time of all runs."""

    name: str
    means: str
    sentence: str
    text: str
    bar: int
    """Length in hundredths of the longest one beside it; 0: not comparable with those."""
    spread: Spread | None
    here: int
    trend: Trend | None


@dataclass(frozen=True, slots=True)
class Figures:
    """The times of one transfer or handoff: those that are known, and the others grouped by the reason."""

    heading: str
    stamps: str
    known: tuple[Figure, ...]
    unknown: tuple[tuple[str, str], ...]
    """Names joined by commas, then the reason they share."""


def figures(run: RunEntry, spreads: Mapping[str, Spread], past: Mapping[TimeKey, Trend]) -> Iterable[Figures]:
    """The times of a run: of its one handoff at once, of several transfers one after the other."""
    if len(run.transfers) == len(run.handoffs) == 1:
        transfer, whole = run.transfers[0], run.handoffs[0].latency_ms
        why = {**_reasons(whole), **_reasons(transfer.latency_ms)}
        both = {**whole, **transfer.latency_ms, "why": why}
        trends = {**_of(past, "handoff", 0), **_of(past, "transfer", 0)}
        yield _figures("", transfer.stamp_source, both, spreads, trends)
        return
    several = len(run.transfers) > 1
    for place, transfer in enumerate(run.transfers):
        heading = f"attempt {place + 1}" if several else ""
        trends = _of(past, "transfer", place)
        yield _figures(heading, transfer.stamp_source, transfer.latency_ms, spreads, trends)
    for place, handoff in enumerate(run.handoffs):
        told = {name for index in handoff.transfers for name in run.transfers[index].latency_ms}
        rest = {name: ms for name, ms in handoff.latency_ms.items() if name not in told or name == "why"}
        if any(name != "why" for name in rest):
            yield _figures("the whole handoff", "", rest, spreads, _of(past, "handoff", place))


def milliseconds(value: float) -> str:
    """`12.010 s` from a second on, else `5.000 ms`."""
    return f"{value / 1000:.3f} s" if abs(value) >= 1000 else f"{value:.3f} ms"


def _figures(
    heading: str, stamps: str, times: Times, spreads: Mapping[str, Spread], trends: Mapping[str, Trend]
) -> Figures:
    values = dict(known(times))
    longest = max((values.get(name, 0.0) for name in _FROM_REFER), default=0.0)
    made = []
    for name in sorted(values, key=lambda each: _ORDER.get(each, len(_ORDER))):
        meaning, spread, value = TIMES.get(name), spreads.get(name), values[name]
        bar = round(100 * value / longest) if longest > 0 else 0
        told = spread is not None and spread.count >= SPREAD_COUNT_MIN
        made.append(
            Figure(
                name=name,
                means="" if meaning is None else meaning.means,
                sentence="" if meaning is None else meaning.sentence,
                text=milliseconds(value),
                bar=max(1, bar) if name in _FROM_REFER else 0,
                spread=spread if told else None,
                here=0 if spread is None else spread.place(value),
                trend=trends.get(name),
            )
        )
    return Figures(heading, stamps, tuple(made), tuple(_unknown(times)))


def _unknown(times: Times) -> Iterable[tuple[str, str]]:
    why = _reasons(times)
    groups: dict[str, list[str]] = {}
    for name, value in times.items():
        if value is None:
            groups.setdefault(why.get(name) or "unknown", []).append(name)
    return ((", ".join(names), reason) for reason, names in groups.items())


def _reasons(times: Times) -> Mapping[str, str]:
    why = times.get("why")
    return why if isinstance(why, Mapping) else {}


def _of(past: Mapping[TimeKey, Trend], kind: str, index: int) -> dict[str, Trend]:
    return {key.name: trend for key, trend in past.items() if key.of == kind and key.index == index}
