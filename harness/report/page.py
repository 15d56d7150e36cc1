"""One self-contained HTML file: verdict, counts, what to look at first, and for each run its evidence.

Nothing is loaded from anywhere, and it holds no time, host or path of the
machine that made it: equal runs give equal pages. Without a script everything can still be read; a page
of very many runs packs what is rarely opened. Must not live here: sentences (`story.py`), values of one
run (`panel.py`), coordinates (`drawing.py`), style and script (`templates/`).
"""

import base64
import hashlib
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from harness.base import definitions
from harness.report import story
from harness.report.distribution import HEIGHT, WIDTH, spreads
from harness.report.figures import SPREAD_COUNT_MIN, milliseconds
from harness.report.first import Concern, concerns, culprits
from harness.report.panel import Panel, Panels, Shown, keys
from harness.report.readable import on_page
from harness.report.trend import since
from harness.results.comparison import Comparisons
from harness.results.model import Results, RunVerdict

PLAIN_RUNS_MAX = 100
"""Runs of which a page holds everything as plain HTML. With more, ladders and messages are packed."""

PLAIN_FAILURES_MAX = 200
"""Of a larger page: runs that did not pass whose findings stay plain, to be read and printed by anything."""

CONCERNS_MAX = 6
CONCERN_LINKS_MAX = 5
_LEVEL = 5
"""Of deflate: a third faster than the default, and 3 % larger."""

_ORDER: tuple[RunVerdict, ...] = ("fail", "invalid", "broken", "inconclusive", "pass")
_WORDS = {
    "fail": "Failed",
    "invalid": "Invalid",
    "broken": "Broken",
    "inconclusive": "Undecided",
    "pass": "Passed",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One run of the list: what is always there, and its evidence as HTML, packed or not."""

    panel: Panel
    body: str
    packed: bool


def render(results: Results, runs: Sequence[Shown], comparisons: Comparisons | None = None) -> str:
    """The page. `runs` are those of `results`, in the same order; `comparisons` their past, where known."""
    environment = _environment()
    spread = spreads(results.runs)
    maker = Panels(spread, results.rules, comparisons)
    named = keys(run.id for run in results.runs)
    panels = [
        maker.panel(key, number, shown)
        for number, (key, shown) in enumerate(zip(named, runs, strict=True), 1)
    ]
    counts = Counter(run.verdict for run in results.runs)
    reasons = concerns(results.runs)
    style, script = _asset("page.css"), _asset("page.js")
    page = environment.get_template("page.html").render(
        results=results,
        rows=_rows(sorted(panels, key=_worst_first)),
        judged=story.kind_of_runs(results),
        headline=_headline(results, counts),
        word=_WORDS[results.verdict],
        counts=[(verdict, counts[verdict]) for verdict in _ORDER if counts[verdict]],
        concerns=_concerns(reasons, panels),
        left_out=max(0, len(reasons) - CONCERNS_MAX),
        culprits=culprits(results.runs),
        checks=_checks(results),
        since=None if comparisons is None else since(comparisons),
        titles={panel.run.id: panel for panel in panels},
        rules=sorted(results.rules, key=lambda each: (-each.failed, -each.warned, not each.applicable)),
        spreads=spread,
        several=len(runs) > 1 or any(each.count >= SPREAD_COUNT_MIN for each in spread.values()),
        spread_size=(WIDTH, HEIGHT),
        modes=", ".join(dict.fromkeys(run.mode for run in results.runs)),
        definitions=definitions,
        truths=[
            word
            for word in definitions.TRUTHS
            if any(word == each.truth for run in results.runs for each in run.transfers)
        ],
        style=style,
        script=script,
        style_hash=_hash(style),
        script_hash=_hash(script),
    )
    return on_page(page)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("harness.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["milliseconds"] = milliseconds
    return environment


def _asset(name: str) -> str:
    """A file of the templates, as it stands; the hash in the page's policy is of exactly this text."""
    loader = _environment().loader
    assert loader is not None
    return loader.get_source(_environment(), name)[0]


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")


def _rows(panels: Sequence[Panel]) -> list[Row]:
    environment = _environment()
    body, wire = environment.get_template("body.html"), environment.get_template("wire.html")
    small = len(panels) <= PLAIN_RUNS_MAX
    rows = []
    plain_failures = 0
    for panel in panels:
        evidence = wire.render(panel=panel)
        failed = panel.run.verdict != "pass"
        plain = failed and plain_failures < PLAIN_FAILURES_MAX
        plain_failures += plain
        if plain and not small:
            evidence = environment.get_template("pack.html").render(packed=_packed(evidence))
        whole = body.render(panel=panel, wire=evidence)
        packed = not (small or plain)
        rows.append(Row(panel, _packed(whole) if packed else whole, packed))
    return rows


def _packed(html: str) -> str:
    """Deflated and in base64, as the page's script unpacks it."""
    return base64.b64encode(zlib.compress(on_page(html).encode("utf-8", "replace"), _LEVEL)).decode("ascii")


def _worst_first(panel: Panel) -> tuple[int, int, int]:
    names = tuple(definitions.SEVERITIES)
    worst = panel.severities.partition(" ")[0]
    return _ORDER.index(panel.run.verdict), names.index(worst) if worst in names else len(names), panel.number


def _headline(results: Results, counts: Counter[RunVerdict]) -> str:
    """`3 of 4 scenarios failed`, in one clause."""
    total = len(results.runs)
    judged = story.kind_of_runs(results)
    if not total:
        return "Nothing was played"
    if counts["pass"] == total:
        return f"All {judged} passed" if total > 1 else f"The {judged.partition(' ')[2]} passed"
    said = {
        "fail": "failed", "invalid": "invalid", "broken": "could not be played", "inconclusive": "undecided",
    }  # fmt: skip
    if total == 1:
        text = said[results.verdict]
        return f"The {judged.partition(' ')[2]} {'is ' if text in ('invalid', 'undecided') else ''}{text}"
    parts = [f"{counts[verdict]} {said[verdict]}" for verdict in _ORDER[:4] if counts[verdict]]
    if len(parts) == 1:
        number, _, verb = parts[0].partition(" ")
        return f"{number} of {judged} {_be(number) if verb in ('invalid', 'undecided') else ''}{verb}"
    return f"{', '.join(parts)} of {judged}"


def _be(number: str) -> str:
    return "is " if number == "1" else "are "


def _concerns(reasons: Sequence[Concern], panels: Sequence[Panel]) -> list[tuple[Concern, list[Panel], int]]:
    """The worst failures with links to some runs of each, and how many more there are."""
    return [
        (
            concern,
            [panels[number] for number in concern.runs[:CONCERN_LINKS_MAX]],
            max(0, len(concern.runs) - CONCERN_LINKS_MAX),
        )
        for concern in reasons[:CONCERNS_MAX]
    ]


def _checks(results: Results) -> dict[str, int]:
    """How many rules held, were broken and so on, added up over all runs."""
    names = ("passed", "failed", "warned", "inconclusive")
    counts = {name: sum(getattr(run.rules, name) for run in results.runs) for name in names}
    broken = sum(len({finding.rule for finding in story.broken_rules(run)}) for run in results.runs)
    return {**counts, "broken": broken, "promised": max(0, counts["failed"] - broken)}
