"""This run against earlier ones: verdicts that changed, times that got worse, and the rule for that.

Values and arithmetic only. Must not live here: where earlier runs are kept (`history.py`), what is
printed about them (`report`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal

from harness.results.model import Mode, RunEntry, RunVerdict, Times

Change = Literal["new", "newly-failing", "fixed", "still-failing", "same"]

GOOD_RUNS_LOOKED_AT = 20
"""How many of the latest good runs a time is compared with."""

GOOD_RUNS_NEEDED = 5
"""With fewer a spread means nothing, and no time is called worse by it."""

NOTICEABLE_MS = 20.0
"""One packet of audio. Real systems differ by this much from run to run, and nobody hears it."""

SIGMAS = 3 * 1.4826
"""Three standard deviations, from the median absolute deviation of a normal distribution."""

SHARE = 0.05
"""A time is not called worse for less than this share of its median."""

SAME_MS = 0.0005
"""Results keep three decimals: below half of the last one two times are equal."""

TIMES_MAX = 1_000
"""Times of one run that are compared; a capture may hold any number of transfers."""

_SIGNED = ("report_skew", "release_after_outcome")
"""Times that are best at zero: what counts is the distance from it."""

_OF_PEOPLE = ("consultation", "bridge", "context_lead")
"""Times in which people talk, or that may well be long: never worse."""

CHANGED = "the scenario has changed since its last good run"

Of = Literal["transfer", "handoff"]


@dataclass(frozen=True, slots=True)
class TimeKey:
    """Which time of a run: of the transfer or handoff with that index (from 0), and its name."""

    of: Of
    index: int
    name: str


@dataclass(frozen=True, slots=True)
class Earlier:
    """One scenario in one earlier run."""

    run: int
    seed: int
    verdict: RunVerdict
    mode: Mode
    fingerprint: str
    times: Mapping[TimeKey, float]
    """Milliseconds; only those that were known."""


@dataclass(frozen=True, slots=True)
class TimeTrend:
    """One time now and in the good runs before. Milliseconds; a bound never is part of it."""

    key: TimeKey
    now_ms: float | None
    last_good_ms: float | None
    earlier_ms: tuple[float, ...] = ()
    """Of the good runs before, oldest first, at most GOOD_RUNS_LOOKED_AT."""
    worse: bool = False
    """Significantly worse than before."""
    why: str = ""
    """By which rule it is worse, or why nothing can be said; one plain sentence without a final stop."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One scenario of this run against the runs before."""

    run_id: str
    verdict: RunVerdict
    change: Change
    verdict_before: RunVerdict | None = None
    """In the latest run that played this scenario; None when none did."""
    last_good: int | None = None
    """Number of the latest run in which it passed."""
    times: tuple[TimeTrend, ...] = ()

    def worse(self) -> tuple[TimeTrend, ...]:
        """Times that got significantly worse."""
        return tuple(trend for trend in self.times if trend.worse)


@dataclass(frozen=True, slots=True)
class Comparisons:
    """The whole run against the runs before."""

    number: int
    """Of this run in its history, from 1."""
    last_good: int | None = None
    """Number of the latest run of the same selection that passed as a whole."""
    by_id: Mapping[str, Comparison] | None = None
    """By run id, in the order of the results."""
    gone: tuple[str, ...] = ()
    """Ids that the run before, of the same selection, played and this one did not."""

    def of(self, run_id: str) -> Comparison | None:
        """The comparison of one scenario, where there is one."""
        return (self.by_id or {}).get(run_id)


def compare(run: RunEntry, fingerprint: str, seed: int, earlier: Sequence[Earlier]) -> Comparison:
    """One scenario against its earlier runs, newest first; equal scenarios have equal fingerprints."""
    good = [each for each in earlier if each.verdict == "pass" and each.mode == run.mode]
    good = good[:GOOD_RUNS_LOOKED_AT]
    before = earlier[0].verdict if earlier else None
    alike = [each for each in good if each.fingerprint == fingerprint]
    now = times_of(run)
    keys = dict.fromkeys([*now, *(alike[0].times if alike else ())])
    times = tuple(
        _trend(key, now.get(key), run.mode, seed, alike, changed=bool(good) and not alike)
        for key in list(keys)[:TIMES_MAX]
    )
    return Comparison(
        run_id=run.id,
        verdict=run.verdict,
        change=_change(run.verdict, before),
        verdict_before=before,
        last_good=good[0].run if good else None,
        times=times,
    )


def times_of(run: RunEntry) -> dict[TimeKey, float]:
    """Every known time of a run, in the order of the results."""
    found: dict[TimeKey, float] = {}
    for place, transfer in enumerate(run.transfers):
        found.update(_known("transfer", place, transfer.latency_ms))
    for place, handoff in enumerate(run.handoffs):
        found.update(_known("handoff", place, handoff.latency_ms))
        if len(found) > TIMES_MAX:
            break
    return dict(list(found.items())[:TIMES_MAX])


def _known(of: Of, place: int, times: Times) -> dict[TimeKey, float]:
    return {
        TimeKey(of, place, name): float(value)
        for name, value in times.items()
        if isinstance(value, int | float)
    }


def _change(now: RunVerdict, before: RunVerdict | None) -> Change:
    if before is None:
        return "new"
    if now == "pass":
        return "same" if before == "pass" else "fixed"
    return "newly-failing" if before == "pass" else "still-failing"


def _trend(
    key: TimeKey, now_ms: float | None, mode: Mode, seed: int, good: Sequence[Earlier], *, changed: bool
) -> TimeTrend:
    """`good` runs are those of the same scenario, newest first; `changed` that there are only others."""
    samples = [(each, each.times[key]) for each in good if key in each.times]
    earlier_ms = tuple(ms for _, ms in reversed(samples))
    last_ms = samples[0][1] if samples else None
    worse, why = False, ""
    if changed:
        why = CHANGED
    elif now_ms is None:
        why = "it was known in the last good run and is not now"
    elif last_ms is not None:
        same_seed = [sample for sample in samples if sample[0].seed == seed]
        if mode == "virtual" and same_seed:
            worse, why = _exactly(key.name, now_ms, same_seed[0][0].run, same_seed[0][1])
        else:
            worse, why = _beyond_the_spread(key.name, now_ms, earlier_ms)
    return TimeTrend(key, now_ms, last_ms, earlier_ms, worse, why)


def _exactly(name: str, now_ms: float, run: int, then_ms: float) -> tuple[bool, str]:
    """In virtual time equal plan and seed give equal times: any difference is one of the program."""
    grown = _badness(name, now_ms) - _badness(name, then_ms)
    if name in _OF_PEOPLE or grown <= SAME_MS:
        return False, ""
    return True, f"{_shown(then_ms)} in run {run} with the same scenario and seed; virtual time does not vary"


def _beyond_the_spread(name: str, now_ms: float, earlier_ms: Sequence[float]) -> tuple[bool, str]:
    """Worse than the median by more than the spread, a share of it, and what one can hear."""
    if len(earlier_ms) < GOOD_RUNS_NEEDED:
        return False, f"{len(earlier_ms)} good runs so far; {GOOD_RUNS_NEEDED} are needed to tell"
    sizes = [_badness(name, ms) for ms in earlier_ms]
    middle = median(sizes)
    spread = median([abs(size - middle) for size in sizes])
    margin = max(SIGMAS * spread, SHARE * middle, NOTICEABLE_MS)
    if name in _OF_PEOPLE or _badness(name, now_ms) <= middle + margin:
        return False, ""
    usual = f"the median of {len(sizes)} good runs is {_shown(middle)}"
    return True, f"{usual}; more than {_shown(middle + margin)} is worse"


def _badness(name: str, ms: float) -> float:
    return abs(ms) if name in _SIGNED else ms


def _shown(ms: float) -> str:
    return f"{ms / 1000:.3f} s" if abs(ms) >= 1000 else f"{ms:.3f} ms"
