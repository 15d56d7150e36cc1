"""One run as the page shows it: everything the templates print, as values.

Must not live here: HTML, coordinates (`drawing.py`), sentences about a run (`story.py`).
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from harness.report import story
from harness.report.distribution import Spread, known
from harness.report.drawing import Drawing, draw, elapsed
from harness.report.first import Reason, reason_of, severities
from harness.report.places import place_of
from harness.report.readable import message_text
from harness.report.trend import WORDS, Trend, trends
from harness.results.comparison import Comparisons, TimeKey
from harness.results.definitions import TIMES, TRUTHS
from harness.results.model import (
    ClaimEntry,
    ExpectationEntry,
    FindingEntry,
    RuleTotal,
    RunEntry,
    Times,
    TransferEntry,
)
from harness.trace.entries import MessageEntry, Trace
from harness.trace.labels import label

MESSAGES_MAX = 400
"""Raw messages printed for one run."""

KEY_LENGTH_MAX = 80
_RESERVED = ("top", "first", "scenarios", "times", "rules", "words", "keys", "history")
"""Names of the page's own places; a scenario's is never one of them."""

_FROM_REFER = (
    "handoff",
    "refer_response",
    "first_notify",
    "target_ringing",
    "refer_to_answer",
    "refer_to_report",
)
"""Times that begin together, so that bars of them can be compared."""

_CLAIMED = {"connected": "success", "failed": "failure", "unknown": "nothing final"}
_KINDS = ("fail", "warn", "inconclusive", "info")


@dataclass(frozen=True, slots=True)
class Shown:
    """A run as the page shows it, with what was on the wire where that is known."""

    run: RunEntry
    trace: Trace | None = None
    source: str = ""
    """Text of the scenario file; empty for captures."""


@dataclass(frozen=True, slots=True)
class Remark:
    """A finding as a reader wants it: who, what, by which rule, and the header it is about."""

    finding: FindingEntry
    kind: str
    """`fail`, `warn`, `info`, `inconclusive`, or `expected` when the scenario said it would be found."""
    rule: str
    """The rule in one sentence; empty when it is not known."""
    place: str = ""


@dataclass(frozen=True, slots=True)
class RawMessage:
    """One message to be read in full."""

    number: int
    title: str
    path: str
    """Who to whom, when, how, how long."""
    text: str
    defects: tuple[str, ...]
    remarks: tuple[Remark, ...]


@dataclass(frozen=True, slots=True)
class Attempt:
    """A claim beside the outcome."""

    transfer: TransferEntry
    heading: str
    said: str
    claims: tuple[ClaimEntry, ...]
    happened: str
    why: str
    good: bool | None
    means: str


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


@dataclass(frozen=True, slots=True)
class Wish:
    """An expectation with the line of the file that asked for it."""

    entry: ExpectationEntry
    yaml: str
    unmet: bool


@dataclass(frozen=True, slots=True)
class Panel:
    """Everything the templates need of one run."""

    key: str
    number: int
    run: RunEntry
    title: str
    story: str
    reason: Reason | None
    change: str
    """`newly failing` and the like, where earlier runs are known; else empty."""
    severities: str
    """Of all rules broken or warned about, worst first, separated by blanks."""
    words: str
    """Ids of rules with a finding and the reason, to be searched besides what the row shows."""
    attempts: tuple[Attempt, ...]
    figures: tuple[Figures, ...]
    wishes: tuple[Wish, ...]
    remarks: tuple[Remark, ...]
    drawing: Drawing | None
    messages: tuple[RawMessage, ...]
    source: tuple[tuple[int, str, str], ...]
    """Number, text and mark (`fail`, `inconclusive` or nothing) of each line."""


class Panels:
    """Makes the panels of one page; knows what all its runs share."""

    def __init__(
        self,
        spreads: Mapping[str, Spread],
        rules: Sequence[RuleTotal],
        comparisons: Comparisons | None = None,
    ) -> None:
        self.spreads = spreads
        self.comparisons = comparisons
        self.sentences = {rule.rule: rule.text for rule in rules}

    def panel(self, key: str, number: int, shown: Shown) -> Panel:
        """The panel of one run."""
        run, trace = shown.run, shown.trace
        remarks = tuple(self._remark(finding) for finding in run.findings)
        lines = shown.source.splitlines()
        unmet = story.unmet(run)
        reason = reason_of(run)
        rules = [each.rule for each in run.findings if each.verdict in ("fail", "warn")]
        compared = None if self.comparisons is None else self.comparisons.of(run.id)
        drawn = trace is not None and bool(trace.messages())
        return Panel(
            key=key,
            number=number,
            run=run,
            title=run.scenario or run.id,
            story=story.story(run),
            reason=reason,
            change="" if compared is None else WORDS[compared.change],
            severities=" ".join(severities(run)),
            words=" ".join([*dict.fromkeys(rules), "" if reason is None else reason.headline]),
            attempts=tuple(_attempts(run)),
            figures=tuple(self._figures(run, trends(compared))),
            wishes=tuple(Wish(each, _line(lines, each.line), each in unmet) for each in run.expectations),
            remarks=tuple(sorted(remarks, key=lambda each: _rank(each.kind))),
            drawing=draw(trace, _marks(run, remarks)) if trace is not None and drawn else None,
            messages=tuple(_messages(trace, remarks)) if trace is not None else (),
            source=tuple(_source(lines, run)),
        )

    def _remark(self, finding: FindingEntry) -> Remark:
        kind = "expected" if finding.expected else finding.verdict
        return Remark(finding, kind, self.sentences.get(finding.rule, ""))

    def _figures(self, run: RunEntry, past: Mapping[TimeKey, Trend]) -> Iterable[Figures]:
        if len(run.transfers) == len(run.handoffs) == 1:
            transfer, own = run.transfers[0], _of(past, "transfer", 0)
            whole = run.handoffs[0].latency_ms
            both = {
                **whole,
                **transfer.latency_ms,
                "why": {**_reasons(whole), **_reasons(transfer.latency_ms)},
            }
            yield self._times("", transfer.stamp_source, both, {**_of(past, "handoff", 0), **own})
            return
        several = len(run.transfers) > 1
        for number, transfer in enumerate(run.transfers, 1):
            heading = f"attempt {number}" if several else ""
            own = _of(past, "transfer", number - 1)
            yield self._times(heading, transfer.stamp_source, transfer.latency_ms, own)
        for place, handoff in enumerate(run.handoffs):
            told = {name for index in handoff.transfers for name in run.transfers[index].latency_ms}
            rest = {
                name: value for name, value in handoff.latency_ms.items() if name not in told or name == "why"
            }
            if any(name != "why" for name in rest):
                yield self._times("the whole handoff", "", rest, _of(past, "handoff", place))

    def _times(self, heading: str, stamps: str, times: Times, past: Mapping[str, Trend]) -> Figures:
        values = dict(known(times))
        longest = max((values.get(name, 0.0) for name in _FROM_REFER), default=0.0)
        figures = []
        for name in sorted(values, key=lambda each: list(TIMES).index(each) if each in TIMES else len(TIMES)):
            meaning, spread, value = TIMES.get(name), self.spreads.get(name), values[name]
            bar = round(100 * value / longest) if name in _FROM_REFER and longest > 0 else 0
            figures.append(
                Figure(
                    name=name,
                    means="" if meaning is None else meaning.means,
                    sentence="" if meaning is None else meaning.sentence,
                    text=milliseconds(value),
                    bar=max(1, bar) if name in _FROM_REFER else 0,
                    spread=spread if spread is not None and spread.count > 2 else None,
                    here=0 if spread is None else spread.place(value),
                    trend=past.get(name),
                )
            )
        return Figures(heading, stamps, tuple(figures), tuple(_unknown(times)))


def _of(past: Mapping[TimeKey, Trend], kind: str, index: int) -> dict[str, Trend]:
    return {key.name: trend for key, trend in past.items() if key.of == kind and key.index == index}


def keys(ids: Iterable[str]) -> list[str]:
    """A name for the address of each run: made of its id, so that a link stays good in the next report."""
    used = dict.fromkeys(_RESERVED, 1)
    made = []
    for text in ids:
        stem = re.sub(r"\.ya?ml\b", "", text)
        key = re.sub(r"[^A-Za-z0-9]+", "-", stem).strip("-").lower()[:KEY_LENGTH_MAX] or "run"
        used[key] = used.get(key, 0) + 1
        while used[key] > 1 and f"{key}-{used[key]}" in used:
            used[key] += 1
        if used[key] > 1:
            key = f"{key}-{used[key]}"
            used[key] = 1
        made.append(key)
    return made


def milliseconds(value: float) -> str:
    """`12.010 s` from a second on, else `5.000 ms`."""
    return f"{value / 1000:.3f} s" if abs(value) >= 1000 else f"{value:.3f} ms"


def _attempts(run: RunEntry) -> Iterable[Attempt]:
    for number, transfer in enumerate(run.transfers, 1):
        style = story.RFC_STYLE.get(transfer.style)
        named = f"{transfer.style} transfer" + (f" (RFC 5589: {style})" if style else "")
        yield Attempt(
            transfer=transfer,
            heading=f"Attempt {number}, {named}" if len(run.transfers) > 1 else named[:1].upper() + named[1:],
            said="no report was due"
            if transfer.truth == "not-owed"
            else _CLAIMED.get(transfer.reported_outcome, transfer.reported_outcome),
            claims=transfer.claims,
            happened=story.happened(transfer),
            why=transfer.why.get("true_outcome", ""),
            good=story.truth_is_good(transfer),
            means=TRUTHS.get(transfer.truth, ""),
        )


def _marks(run: RunEntry, remarks: Sequence[Remark]) -> dict[int, list[tuple[str, str]]]:
    """What the ladder says below a message: each finding at the message held against somebody, once;
    messages that prove an unmet expectation are marked without a text."""
    marks: dict[int, list[tuple[str, str]]] = {}
    for remark in sorted(remarks, key=lambda each: _rank(each.kind)):
        if remark.kind in ("fail", "warn") and remark.finding.evidence:
            first = remark.finding.evidence[0].entry
            text = f"{remark.finding.who}: {remark.finding.text} ({remark.finding.rule})"
            marks.setdefault(first, []).append((remark.kind, text))
    for wish in story.unmet(run):
        for item in wish.evidence:
            marks.setdefault(item.entry, [("fail", "")])
    return marks


def _messages(trace: Trace, remarks: Sequence[Remark]) -> Iterable[RawMessage]:
    entries = trace.messages()
    start_ns = entries[0].at_ns if entries else 0
    against: dict[int, list[Remark]] = {}
    for remark in remarks:
        for item in remark.finding.evidence:
            against.setdefault(item.entry, []).append(remark)
    for entry in entries[:MESSAGES_MAX]:
        message = entry.message
        yield RawMessage(
            number=entry.n,
            title=label(message),
            path=f"{trace.name_of(entry.source)} to {trace.name_of(entry.destination)},"
            f" {elapsed(entry.at_ns - start_ns)} s, {entry.transport.upper()}, {len(entry.raw)} bytes",
            text=message_text(entry.raw),
            defects=tuple(defect.text for defect in message.defects),
            remarks=tuple(_placed(each, entry) for each in against.get(entry.n, ())),
        )


def _placed(remark: Remark, entry: MessageEntry) -> Remark:
    """The finding at this message; only in the one held against somebody it has a place."""
    if remark.finding.evidence[0].entry != entry.n:
        return remark
    place = place_of(entry.message, remark.finding.text, remark.rule)
    return Remark(remark.finding, remark.kind, remark.rule, place)


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


def _source(lines: Sequence[str], run: RunEntry) -> Iterable[tuple[int, str, str]]:
    marks = {wish.line: wish.verdict for wish in story.unmet(run) if wish.asked}
    mistakes = re.finditer(rf"^{re.escape(run.source)}:(\d+):", run.error or "", re.MULTILINE)
    marks.update((int(found[1]), "fail") for found in mistakes)
    return ((number, text, marks.get(number, "")) for number, text in enumerate(lines, 1))


def _line(lines: Sequence[str], number: int) -> str:
    return lines[number - 1].strip() if 0 < number <= len(lines) else ""


def _rank(kind: str) -> int:
    return _KINDS.index(kind) if kind in _KINDS else len(_KINDS)
