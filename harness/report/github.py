"""For GitHub Actions: annotations that point at the line of the scenario, and a summary of the step.

Annotations are workflow commands (docs.github.com, "Workflow commands for GitHub Actions"): lines on stdout,
in which `%`, CR and LF are escaped, and in properties `:` and `,` too. Must not live here: sentences
(`story.py`), where lines are printed.
"""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from harness.judge.finding import SEVERITIES
from harness.report.failure import Line
from harness.report.files import Played
from harness.report.past import changes, trended
from harness.report.readable import in_command, in_markdown
from harness.report.story import broken_rules, complaint, kind_of_runs, story, unmet, verdict_counts, wish
from harness.results.comparison import Comparisons
from harness.results.model import Results, RunEntry, RunVerdict

Choice = Literal["auto", "github", "off"]

ANNOTATIONS_MAX = 10
"""GitHub shows so many errors and so many warnings of one step; the worst come first."""

ROWS_MAX = 50
"""Rows of the table in the summary; a step has one MiB in all."""

TEXT_MAX = 600
TITLE_MAX = 120

_WORST_FIRST: tuple[RunVerdict, ...] = ("invalid", "fail", "broken", "inconclusive", "pass")
_PLACE = re.compile(r":(\d{1,9}):(\d{1,9}): (.*)")


@dataclass(frozen=True, slots=True)
class _Note:
    """What one annotation says, and where."""

    line: int
    column: int
    text: str


def wanted(choice: Choice, environment: Mapping[str, str]) -> bool:
    """Whether annotations are printed: asked for, or GitHub runs us."""
    return choice == "github" or (choice == "auto" and environment.get("GITHUB_ACTIONS") == "true")


def summary_file(choice: Choice, environment: Mapping[str, str]) -> str | None:
    """The file that GitHub wants the summary of the step in."""
    return None if choice == "off" else environment.get("GITHUB_STEP_SUMMARY") or None


def annotations(
    played: Sequence[Played], past: Comparisons | None = None, *, workspace: str = ""
) -> list[str]:
    """Workflow commands, at most ANNOTATIONS_MAX errors and as many warnings. `workspace` is the folder of
    the repository: paths are relative to it."""
    errors: list[tuple[tuple[int, int, int], str]] = []
    warnings: list[tuple[tuple[int, int, int], str]] = []
    for each in played:
        file = _file(each.path or each.run.source, workspace)
        for place, note in enumerate(_errors(each.run)):
            errors.append(((place, *_rank(each.run)), _command("error", file, each.run, note)))
        for place, note in enumerate(_warnings(each.run, past)):
            warnings.append(((place, *_rank(each.run)), _command("warning", file, each.run, note)))
    return _worst("error", errors) + _worst("warning", warnings)


def summary(results: Results, past: Comparisons | None = None) -> str:
    """Markdown: the verdict, what did not pass, and what changed. Text of peers cannot become markup."""
    kind = kind_of_runs(results).partition(" ")[2].removesuffix("s")
    counts = verdict_counts([run.verdict for run in results.runs], kind)
    lines = [f"### siptransfer: {results.verdict}", "", f"{counts} (seed {results.seed})", ""]
    bad = [run for run in results.runs if run.verdict != "pass"]
    if bad:
        lines += ["| verdict | scenario | what is wrong | what happened |", "|---|---|---|---|"]
        worst = sorted(bad, key=_rank)
        lines += [_row(run) for run in worst[:ROWS_MAX]]
        lines += [f"| | and {len(bad) - ROWS_MAX} more | | |"] if len(bad) > ROWS_MAX else []
        lines.append("")
    if past is not None:
        lines += [f"- {_cell(line.text)}" for line in changes(past)] + [""]
    return "\n".join(lines) + "\n"


def commands(
    choice: Choice,
    results: Results,
    played: Sequence[Played],
    past: Comparisons | None,
    environment: Mapping[str, str],
) -> list[str]:
    """Everything for GitHub that this environment asks for: the summary is written, the annotations are lines
    to print, and one more where the summary cannot be written."""
    lines: list[str] = []
    path = summary_file(choice, environment)
    if path is not None:
        told = write_summary(path, summary(results, past))
        lines += [] if told is None else [told.text]
    if wanted(choice, environment):
        lines += annotations(played, past, workspace=environment.get("GITHUB_WORKSPACE", ""))
    return lines


def write_summary(path: str, text: str) -> Line | None:
    """Append to the file of the step; what went wrong is a line, for it is no failure of a scenario."""
    try:
        with open(path, "a", encoding="utf-8", errors="replace") as file:
            file.write(text)
    except OSError as error:
        return Line("warn", f"the summary of the step cannot be written: {path}: {error.strerror or error}")
    return None


def _errors(run: RunEntry) -> Iterator[_Note]:
    """What made the run other than a pass, first things first."""
    if run.verdict == "pass":
        return
    for text in (run.error or "").splitlines():
        if text.startswith(" "):  # what to do about the line before
            continue
        place = _PLACE.fullmatch(text, len(run.source)) if text.startswith(f"{run.source}:") else None
        yield _Note(run.line, 1, text) if place is None else _Note(int(place[1]), int(place[2]), place[3])
    if run.verdict in ("fail", "inconclusive"):
        told = story(run)
        for each in unmet(run):
            yield _Note(each.line, each.column, f"{wish(each)}\n{told}")
        for finding in broken_rules(run):
            yield _Note(run.line, 1, complaint(finding))


def _warnings(run: RunEntry, past: Comparisons | None) -> Iterator[_Note]:
    """Broken rules that do not fail the run, and times that got worse."""
    for finding in run.findings:
        if finding.verdict == "warn" and not finding.expected:
            yield _Note(run.line, 1, complaint(finding))
    compared = None if past is None else past.of(run.id)
    for trend in () if compared is None else compared.worse():
        yield _Note(run.line, 1, f"worse: {trended(trend)}")


def _rank(run: RunEntry) -> tuple[int, int]:
    """Worst first: by verdict, then by the worst rule that was broken."""
    known = [SEVERITIES.index(each.severity) for each in broken_rules(run) if each.severity in SEVERITIES]
    return _WORST_FIRST.index(run.verdict), min(known, default=len(SEVERITIES))


def _worst(level: str, ranked: list[tuple[tuple[int, int, int], str]]) -> list[str]:
    """The worst, and of each run the first before the second of another."""
    lines = [command for _, command in sorted(ranked, key=lambda pair: pair[0])]
    if len(lines) <= ANNOTATIONS_MAX:
        return lines
    more = f"and {len(lines) - ANNOTATIONS_MAX + 1} more; the output and the reports name them"
    return [*lines[: ANNOTATIONS_MAX - 1], f"::{level} title=siptransfer::{in_command(more)}"]


def _command(level: str, file: str, run: RunEntry, note: _Note) -> str:
    label = run.id.removeprefix(run.source) if run.scenario else ""
    title = f"{run.verdict}: {run.scenario or run.id} {label}".rstrip()[:TITLE_MAX]
    values = {"file": file, "line": str(note.line), "col": str(note.column), "title": title}
    properties = ",".join(f"{name}={_property(value)}" for name, value in values.items())
    return f"::{level} {properties}::{in_command(note.text[:TEXT_MAX])}"


def _property(text: str) -> str:
    return in_command(text).replace(":", "%3A").replace(",", "%2C")


def _file(path: str, workspace: str) -> str:
    """The path as GitHub knows it: from the root of the repository, with slashes."""
    whole = os.path.abspath(path)
    inside = os.path.relpath(whole, workspace or os.curdir)
    outside = inside == os.pardir or inside.startswith(os.pardir + os.sep)
    return (path if outside else inside).replace(os.sep, "/")


def _row(run: RunEntry) -> str:
    first = next(_errors(run), None)
    wrong = "" if first is None else first.text.partition("\n")[0]
    named = f"{run.scenario} ({run.id})" if run.scenario else run.id
    return f"| {run.verdict} | {_cell(named)} | {_cell(wrong)} | {_cell(story(run))} |"


def _cell(text: str) -> str:
    return in_markdown(text[:TEXT_MAX])
