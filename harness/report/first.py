"""What to look at first: failures with one cause and one culprit told once, the worst of them first.

Must not live here: HTML, colour; what a cause is (`judge/causes.py`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from harness.base.definitions import SEVERITIES
from harness.report.story import attempt, broken_rules, truth_is_good, unmet
from harness.results.model import CauseEntry, Evidence, ExpectationEntry, RunEntry

_VERDICTS = ("fail", "invalid", "broken", "inconclusive", "pass")
_LINE_MAX = 300


@dataclass(frozen=True, slots=True)
class Reason:
    """Why one run did not pass, in a line, and whose fault it is."""

    headline: str
    who: str = ""
    fix: str = ""
    severity: str = ""
    """Of the worst rule that was broken; empty when only an expectation was not met."""
    entry: int | None = None
    """The message that shows it best."""


@dataclass(frozen=True, slots=True)
class Concern:
    """A reason, and every run it explains, in the order of the results."""

    reason: Reason
    verdict: str
    runs: tuple[int, ...]
    """Indices into the runs."""


def reason_of(run: RunEntry) -> Reason | None:
    """The one line for a run; None for one that passed."""
    if run.verdict == "pass":
        return None
    if run.verdict in ("invalid", "broken") or (run.error and not broken_rules(run) and not unmet(run)):
        return Reason(_line(run.error or run.verdict), fix=_remedy(run))
    broken = sorted(broken_rules(run), key=lambda each: _place(each.severity))
    severity = broken[0].severity if broken else ""
    culprits = [finding.who for finding in broken]
    for who in culprits:
        for cause in run.causes:
            if cause.who == who:
                return Reason(cause.name, who, cause.fix, severity, _first(cause.evidence))
    if broken:
        return Reason(_capital(broken[0].text), broken[0].who, "", severity, _first(broken[0].evidence))
    if unmet(run):
        wish = unmet(run)[0]
        # A cause is not a fault: nobody is to blame for being busy.
        explained = (cause for cause in run.causes if _explains(cause, wish, run))
        fix = next((f"{cause.name} ({cause.who}). {cause.fix}" for cause in explained), "")
        text = f"Expected {wish.name} {wish.wanted}, got {wish.got}"
        return Reason(_line(text), fix=fix, entry=_first(wish.evidence))
    lies = [transfer for transfer in run.transfers if truth_is_good(transfer) is not True]
    undecided = [finding.text for finding in run.findings if finding.verdict == "inconclusive"]
    return Reason(_capital(attempt(lies[0]) if lies else undecided[0] if undecided else run.verdict))


def concerns(runs: Sequence[RunEntry]) -> tuple[Concern, ...]:
    """Reasons of all runs that did not pass: failures first, then by severity, then by how many runs."""
    groups: dict[tuple[str, str, str], tuple[Reason, list[int]]] = {}
    for number, run in enumerate(runs):
        reason = reason_of(run)
        if reason is not None:
            known = groups.setdefault((run.verdict, reason.headline, reason.who), (reason, []))
            known[1].append(number)
    found = [Concern(reason, key[0], tuple(numbers)) for key, (reason, numbers) in groups.items()]
    return tuple(sorted(found, key=_weight))


def culprits(runs: Iterable[RunEntry]) -> tuple[tuple[str, int], ...]:
    """Who is to blame in how many runs, most first; parties named alike in several runs add up."""
    counts: dict[str, int] = {}
    for run in runs:
        reason = reason_of(run) if run.verdict == "fail" else None
        if reason is not None and reason.who:
            counts[reason.who] = counts.get(reason.who, 0) + 1
    return tuple(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def severities(run: RunEntry) -> tuple[str, ...]:
    """Of all rules that were broken or warned about, each once, worst first."""
    found = [each.severity for each in run.findings if each.verdict in ("fail", "warn") and not each.expected]
    return tuple(sorted(dict.fromkeys(found), key=_place))


def _explains(cause: CauseEntry, wish: ExpectationEntry, run: RunEntry) -> bool:
    """True when the cause is why this expectation was not met: both rest on the same message, or the
    target was to be reached and never was."""
    if {each.entry for each in cause.evidence} & {each.entry for each in wish.evidence}:
        return True
    reaching = wish.name in ("outcome", "reaches") or "with-human" in wish.wanted
    return reaching and all(transfer.true_outcome != "connected" for transfer in run.transfers)


def _first(evidence: Sequence[Evidence]) -> int | None:
    return evidence[0].entry if evidence else None


def _weight(concern: Concern) -> tuple[int, int, int, int]:
    return (
        _VERDICTS.index(concern.verdict),
        _place(concern.reason.severity),
        -len(concern.runs),
        concern.runs[0],
    )


def _place(severity: str) -> int:
    """Worst first; what has no severity stands between what breaks a transfer and the rest."""
    names = tuple(SEVERITIES)
    return 2 * names.index(severity) if severity in names else 1


def _line(text: str) -> str:
    first = text.splitlines()[0].rstrip(".") if text.strip() else text
    return first[:_LINE_MAX]


def _capital(text: str) -> str:
    line = _line(text)
    return line[:1].upper() + line[1:]


def _remedy(run: RunEntry) -> str:
    """Further lines of an error say what to do."""
    lines = [line.strip() for line in (run.error or "").splitlines()[1:]]
    return " ".join(lines)[:_LINE_MAX] if run.verdict == "broken" else ""
