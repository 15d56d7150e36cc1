"""Why a run did not pass, as lines of text: what was wanted and got, the YAML line, the ladder nearby.

The terminal colours these lines, pytest and JUnit take them as they are. Must not live here: colour.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from harness.base.span import EXCERPT, Mistake
from harness.report.story import attempt, broken_rules, complaint, truth_is_good, unmet, warnings, wish
from harness.results.model import Evidence, Results, RunEntry, TransferEntry
from harness.trace.entries import Trace
from harness.trace.ladder import WIDTH, render

LineKind = Literal["bad", "warn", "plain", "source", "ladder"]

AROUND = 4
"""Messages of the ladder shown before and after those that prove a finding."""

LADDER_ENTRIES_MAX = 24
_NUMBERED = re.compile(r"\s*(\d+) +-?\d")
_WORD = re.compile(r"[\w$.+-]+")
_PLACE = re.compile(r":(\d{1,9}):(\d{1,9}): ")
_GAP = "     ..."
COMPLAINTS_MAX = 12


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an explanation."""

    kind: LineKind
    text: str


def explain(
    run: RunEntry,
    trace: Trace | None = None,
    source: Sequence[str] = (),
    *,
    attempts: bool = True,
    path: str = "",
    width: int = WIDTH,
    ascii_only: bool = False,
    whole: bool = False,
    mistakes: Sequence[Mistake] = (),
) -> list[Line]:
    """Everything a reader needs first; empty for a run that passed.

    Without `attempts` the story of each REFER is left out, for who has told it already. `source` holds
    the lines of the scenario file; without it the place is named, not shown. `path` is how the user named
    that file, where results name it otherwise. `width`, `ascii_only` and `whole` are for the ladder:
    without `whole` it is what stands around the evidence. `mistakes` are those that the error tells of.
    """
    if run.verdict == "pass":
        return []
    path = path or run.source
    lines = [line for mistake in mistakes for line in _mistake(mistake, source, path)]
    if not mistakes:
        lines = [line for text in (run.error or "").splitlines() for line in _error(run, text, source, path)]
    if run.verdict in ("fail", "inconclusive"):
        lines += _wishes(run, source, path)
        lines += _findings(run)
    if attempts:
        lines += [Line(_kind(transfer), attempt(transfer)) for transfer in run.transfers]
    if trace is not None:
        drawn = render(trace, width=width, ascii_only=ascii_only)
        near = drawn.splitlines() if whole else ladder_nearby(trace, _evidence(run), drawn)
        lines += [Line("ladder", text) for text in near]
    return lines


def warned(run: RunEntry) -> list[Line]:
    """Broken rules that fail nothing: they are milder than what the user wants to fail on."""
    found = warnings(run)
    lines = [Line("warn", f"warning: {complaint(each)}{_entries(each.evidence)}") for each in found]
    more = len(found) - COMPLAINTS_MAX
    return lines if more <= 0 else [*lines[:COMPLAINTS_MAX], Line("warn", f"and {more} more warnings")]


def can_draw(encoding: str | None) -> bool:
    """Whether an encoding has the characters of a ladder."""
    try:
        "│┊─╌►◄✗…".encode(encoding or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def as_text(lines: Sequence[Line]) -> str:
    """The explanation without colour."""
    return "\n".join(line.text for line in lines)


def rule_counts(results: Results) -> list[Line]:
    """In how many runs each rule was applicable and failed; rules that never were, by name."""
    used = [each for each in results.rules if each.applicable]
    idle = [each.rule for each in results.rules if not each.applicable]
    width = max((len(each.rule) for each in used), default=0)
    lines = []
    for each in used:
        bad = [(each.failed, "failed"), (each.warned, "warned"), (each.inconclusive, "undecided")]
        told = "".join(f", {count} {word}" for count, word in bad if count)
        text = f"{each.rule:<{width}}  {each.applicable} applicable{told}"
        lines.append(Line("bad" if each.failed else "warn" if each.warned else "plain", text))
    if idle:
        lines.append(Line("plain", f"never applicable: {', '.join(idle)}"))
    return lines


def ladder_nearby(trace: Trace, evidence: Sequence[int], drawn: str | None = None) -> list[str]:
    """The ladder around the entries named, or its end when none is named; numbers and times stay.

    `drawn` is the whole ladder where it is drawn already.
    """
    numbers = [entry.n for entry in trace.messages()]
    near = [place for place, number in enumerate(numbers) if number in evidence]
    places = {place + step for place in near for step in range(-AROUND, AROUND + 1)}
    chosen = [number for place, number in enumerate(numbers) if place in places][:LADDER_ENTRIES_MAX]
    keep = set(chosen or numbers[-LADDER_ENTRIES_MAX:])
    lines: list[str] = []
    hidden: list[str] = []
    shown = True  # the heading
    for line in (render(trace) if drawn is None else drawn).splitlines():
        numbered = _NUMBERED.match(line)
        if numbered:
            shown = int(numbered[1]) in keep
        if not shown:
            hidden.append(line)
            continue
        lines += _gap(hidden)
        hidden = []
        lines.append(line)
    return lines + _gap(hidden)


def _gap(hidden: list[str]) -> list[str]:
    """What stands for hidden lines; one line alone takes no more room than its stand-in."""
    return [_GAP] if len(hidden) > 1 else hidden


def _mistake(mistake: Mistake, source: Sequence[str], path: str) -> Iterator[Line]:
    """As `siptransfer lint` prints it, with the path as the user gave it."""
    headline, *pointed = mistake.render(list(source)).splitlines()
    yield Line("bad", path + headline.removeprefix(mistake.span.path))
    for text in pointed:
        yield Line("source", text)


def _error(run: RunEntry, text: str, source: Sequence[str], path: str) -> Iterator[Line]:
    """A line of an error; a mistake with its place, with the path as the user gave it, and the line there."""
    place = _PLACE.match(text, len(run.source)) if text.startswith(f"{run.source}:") else None
    if place is None:
        yield Line("bad", text)
        return
    yield Line("bad", path + text.removeprefix(run.source))
    number, column = int(place[1]), int(place[2])
    if 0 < number <= len(source):
        yield from _pointed("   ", source[number - 1], column)


def _wishes(run: RunEntry, source: Sequence[str], path: str) -> Iterator[Line]:
    for expectation in unmet(run):
        failed = expectation.verdict == "fail"
        yield Line("bad" if failed else "warn", wish(expectation) + _entries(expectation.evidence))
        where = f"  {path}:{expectation.line}:{expectation.column}"
        if 0 < expectation.line <= len(source):
            yield from _pointed(f"{where}:", source[expectation.line - 1], expectation.column)
        else:
            yield Line("source", where)


def _pointed(before: str, line: str, column: int) -> Iterator[Line]:
    """`before` and a line of the file, around the column that is meant, and a caret below."""
    start = max(0, column - 1 - EXCERPT // 2) if len(line) > EXCERPT else 0
    start = max(start, len(line) - len(line.lstrip()))
    text = line[start : start + EXCERPT].rstrip()
    yield Line("source", f"{before} {text}")
    begin = column - 1 - start
    if 0 <= begin < len(text):
        word = _WORD.match(text, begin)
        width = max(1, 0 if word is None else word.end() - begin)
        yield Line("source", " " * (len(before) + 1 + begin) + "^" * width)


def _findings(run: RunEntry) -> Iterator[Line]:
    broken = broken_rules(run)
    for finding in broken[:COMPLAINTS_MAX]:
        yield Line("bad", complaint(finding) + _entries(finding.evidence))
    if len(broken) > COMPLAINTS_MAX:
        yield Line("bad", f"and {len(broken) - COMPLAINTS_MAX} more broken rules; --json names them all")
    if run.verdict == "inconclusive":
        undecided = [each for each in run.findings if each.verdict == "inconclusive"]
        for finding in undecided[:COMPLAINTS_MAX]:
            yield Line("warn", f"undecided: {complaint(finding)}" + _entries(finding.evidence))


def _kind(transfer: TransferEntry) -> LineKind:
    return "plain" if truth_is_good(transfer) else "warn"


def _evidence(run: RunEntry) -> list[int]:
    """Entries that prove what failed; of each finding only the message held against somebody."""
    found = [item.entry for expectation in unmet(run) for item in expectation.evidence[:2]]
    return found + [item.entry for finding in broken_rules(run) for item in finding.evidence[:1]]


def _entries(evidence: Sequence[Evidence]) -> str:
    if not evidence:
        return ""
    numbers = ", ".join(str(item.entry) for item in evidence[:4])
    return f"  [message{'s' if len(evidence) > 1 else ''} {numbers}{', ...' if len(evidence) > 4 else ''}]"
