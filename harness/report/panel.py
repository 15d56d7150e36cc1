"""One run as the page shows it: everything the templates print, as values.

Must not live here: HTML, coordinates (`drawing.py`), sentences about a run (`story.py`).
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from harness.base.definitions import TRUTHS
from harness.report import story
from harness.report.distribution import Spread
from harness.report.drawing import Drawing, draw, elapsed
from harness.report.figures import Figures, figures
from harness.report.first import Reason, reason_of, severities
from harness.report.places import place_of
from harness.report.readable import message_text
from harness.report.trend import WORDS, trends
from harness.results.comparison import Comparisons
from harness.results.model import (
    ClaimEntry,
    Evidence,
    ExpectationEntry,
    FindingEntry,
    RuleTotal,
    RunEntry,
    TransferEntry,
)
from harness.trace.entries import MessageEntry, Trace
from harness.trace.labels import label

MESSAGES_MAX = 400
"""Raw messages printed for one run."""

KEY_LENGTH_MAX = 80
VARIANT_MAX = 160
"""Characters shown of the parameters of a run; its id stands in full inside."""

_RESERVED = ("top", "first", "scenarios", "times", "rules", "words", "keys", "history")
"""Names of the page's own places; a scenario's is never one of them."""

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
class Broken:
    """What one rule has against one party, however often: texts, each with the messages that show it."""

    remark: Remark
    """The first of them."""
    times: tuple[tuple[str, tuple[Evidence, ...]], ...]


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
    variant: str
    """Values of parameters, which tell runs of one scenario apart; empty where there are none."""
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
    against: tuple[Broken, ...]
    """What broke a rule or was warned about."""
    told: tuple[Broken, ...]
    """Everything else that rules said."""
    telling: int | None
    """The message to look at first."""
    drawing: Drawing | None
    messages: tuple[RawMessage, ...]
    last: int
    """Number of the last message that is printed; 0: none is."""
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
        grouped = _grouped(sorted(remarks, key=lambda each: _rank(each.kind)))
        lines = shown.source.splitlines()
        unmet = story.unmet(run)
        reason = reason_of(run)
        rules = [each.rule for each in run.findings if each.verdict in ("fail", "warn")]
        compared = None if self.comparisons is None else self.comparisons.of(run.id)
        first = self.comparisons is not None and self.comparisons.number == 1
        drawn = trace is not None and bool(trace.messages())
        drawing = draw(trace, _marks(run, remarks), _roles(run)) if trace is not None and drawn else None
        messages = tuple(_messages(trace, drawing, remarks)) if trace is not None else ()
        return Panel(
            key=key,
            number=number,
            run=run,
            title=run.scenario or run.id,
            variant=_variant(run) if run.scenario else "",
            story=story.story(run),
            reason=reason,
            change="" if compared is None or first else WORDS[compared.change],
            severities=" ".join(severities(run)),
            words=" ".join([*dict.fromkeys(rules), "" if reason is None else reason.headline]),
            attempts=tuple(_attempts(run)),
            figures=tuple(figures(run, self.spreads, trends(compared))),
            wishes=tuple(Wish(each, _line(lines, each.line), each in unmet) for each in run.expectations),
            against=tuple(each for each in grouped if each.remark.kind in ("fail", "warn")),
            told=tuple(each for each in grouped if each.remark.kind not in ("fail", "warn")),
            telling=None if reason is None else reason.entry,
            drawing=drawing,
            messages=messages,
            last=messages[-1].number if messages else 0,
            source=tuple(_source(lines, run)),
        )

    def _remark(self, finding: FindingEntry) -> Remark:
        kind = "expected" if finding.expected else finding.verdict
        return Remark(finding, kind, self.sentences.get(finding.rule, ""))


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


def _variant(run: RunEntry) -> str:
    rest = run.id.removeprefix(run.source)
    return rest.removeprefix("[").removesuffix("]")[:VARIANT_MAX] if run.id.startswith(run.source) else ""


def _grouped(remarks: Iterable[Remark]) -> list[Broken]:
    """Remarks of one rule on one party together, those with the same words as one."""
    groups: dict[tuple[str, str, str], list[Remark]] = {}
    for remark in remarks:
        groups.setdefault((remark.kind, remark.finding.rule, remark.finding.who), []).append(remark)
    made = []
    for members in groups.values():
        texts: dict[str, tuple[Evidence, ...]] = {}
        for remark in members:
            known = texts.get(remark.finding.text, ())
            texts[remark.finding.text] = tuple(dict.fromkeys((*known, *remark.finding.evidence)))
        made.append(Broken(members[0], tuple(texts.items())))
    return made


def _roles(run: RunEntry) -> dict[str, str]:
    """Address to the roles that its owner has in the transfers of a run."""
    roles: dict[str, dict[str, None]] = {}
    for transfer in run.transfers:
        for role, who in (
            ("moved party", transfer.moved),
            ("referrer", transfer.referrer),
            ("referee", transfer.referee),
            ("refer target", transfer.target),
        ):
            if who.address:
                roles.setdefault(who.address, {})[role] = None
    return {address: ", ".join(names) for address, names in roles.items()}


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


def _messages(trace: Trace, drawing: Drawing | None, remarks: Sequence[Remark]) -> Iterable[RawMessage]:
    entries = trace.messages()
    names = {} if drawing is None else {arrow.number: arrow.name for arrow in drawing.arrows}
    start_ns = entries[0].at_ns if entries else 0
    against: dict[int, list[Remark]] = {}
    for remark in remarks:
        for item in remark.finding.evidence:
            against.setdefault(item.entry, []).append(remark)
    for entry in entries[:MESSAGES_MAX]:
        message = entry.message
        yield RawMessage(
            number=entry.n,
            title=names.get(entry.n) or label(message),
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


def _source(lines: Sequence[str], run: RunEntry) -> Iterable[tuple[int, str, str]]:
    marks = {wish.line: wish.verdict for wish in story.unmet(run) if wish.asked}
    mistakes = re.finditer(rf"^{re.escape(run.source)}:(\d+):", run.error or "", re.MULTILINE)
    marks.update((int(found[1]), "fail") for found in mistakes)
    return ((number, text, marks.get(number, "")) for number, text in enumerate(lines, 1))


def _line(lines: Sequence[str], number: int) -> str:
    return lines[number - 1].strip() if 0 < number <= len(lines) else ""


def _rank(kind: str) -> int:
    return _KINDS.index(kind) if kind in _KINDS else len(_KINDS)
