"""One self-contained HTML file: verdict, counts, and for each run its story, ladder and evidence.

The only file with jinja2. Nothing is loaded from anywhere, no script is needed to read it, and it
holds no time, host or path of the machine that made it: equal runs give equal pages. Must not live
here: sentences (`story.py`), coordinates (`drawing.py`), style (`templates/`).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jinja2 import Environment, PackageLoader, StrictUndefined

from harness.report import story
from harness.report.drawing import Drawing, draw, elapsed, label
from harness.results.model import Results, RunEntry, RunVerdict, Times
from harness.trace.entries import Trace

MESSAGES_MAX = 400
"""Raw messages printed for one run."""

MESSAGE_CHARACTERS_MAX = 8_000
"""Characters printed of one message; a hostile one can have 64 KiB of anything."""

_PICTURES = {
    **{code: 0x2400 + code for code in range(32) if chr(code) not in "\n\t"},
    **dict.fromkeys((*range(128, 160), *range(8234, 8239), *range(8294, 8298)), 65533),
    0x7F: 0x2421,
}
"""Control characters as pictures (Unicode block Control Pictures), those without one and marks that turn
the direction of text as the replacement character: `less` and a browser must show what a peer sent, not
do it."""

_ORDER: tuple[RunVerdict, ...] = ("invalid", "broken", "fail", "inconclusive", "pass")


@dataclass(frozen=True, slots=True)
class Shown:
    """A run as the page shows it, with what was on the wire where that is known."""

    run: RunEntry
    trace: Trace | None = None
    source: str = ""
    """Text of the scenario file; empty for captures."""


@dataclass(frozen=True, slots=True)
class RawMessage:
    """One message to be read in full."""

    number: int
    time: str
    title: str
    path: str
    text: str
    defects: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Figures:
    """The times of one transfer: those that are known, and the others grouped by the reason."""

    known: tuple[tuple[str, str], ...]
    unknown: tuple[tuple[str, str], ...]
    """Names joined by commas, then the reason they share."""


@dataclass(frozen=True, slots=True)
class Panel:
    """Everything the template needs of one run."""

    key: str
    run: RunEntry
    story: str
    attempts: tuple[tuple[str, str, str, bool | None], ...]
    figures: tuple[Figures, ...]
    drawing: Drawing | None
    messages: tuple[RawMessage, ...]
    source: str


def render(results: Results, runs: Sequence[Shown]) -> str:
    """The page. `runs` are those of `results`, in the same order."""
    environment = Environment(
        loader=PackageLoader("harness.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["wish"] = story.wish
    panels = [_panel(f"run{number}", shown) for number, shown in enumerate(runs, 1)]
    counts = Counter(run.verdict for run in results.runs)
    page = environment.get_template("page.html").render(
        results=results,
        panels=panels,
        judged=story.kind_of_runs(results),
        counts=[(verdict, counts[verdict]) for verdict in _ORDER if counts[verdict]],
        rfc_style=story.RFC_STYLE,
    )
    return page.translate(_PICTURES)


def _panel(key: str, shown: Shown) -> Panel:
    run, trace = shown.run, shown.trace
    marked = {
        item.entry for finding in run.findings if finding.verdict == "fail" for item in finding.evidence
    }
    marked |= {item.entry for wish in story.unmet(run) for item in wish.evidence}
    attempts = tuple(
        (*story.claim_against_outcome(transfer), story.truth_is_good(transfer)) for transfer in run.transfers
    )
    return Panel(
        key=key,
        run=run,
        story=story.story(run),
        attempts=attempts,
        figures=tuple(_figures(transfer.latency_ms) for transfer in run.transfers),
        drawing=None if trace is None or not trace.messages() else draw(trace, marked),
        messages=() if trace is None else _messages(trace),
        source=shown.source,
    )


def _messages(trace: Trace) -> tuple[RawMessage, ...]:
    entries = trace.messages()
    start_ns = entries[0].at_ns if entries else 0
    return tuple(
        RawMessage(
            number=entry.n,
            time=elapsed(entry.at_ns - start_ns),
            title=label(entry),
            path=f"{trace.name_of(entry.source)} → {trace.name_of(entry.destination)}",
            text=_readable(entry.raw),
            defects=tuple(defect.text for defect in entry.message.defects),
        )
        for entry in entries[:MESSAGES_MAX]
    )


def _readable(raw: bytes) -> str:
    """Text of a message with line feeds; what is no text is shown as what it is not."""
    text = raw[:MESSAGE_CHARACTERS_MAX].decode("utf-8", "replace").replace("\r\n", "\n")
    text = text.translate(_PICTURES)
    kept = "".join(sign if sign.isprintable() or sign in "\n\t" else "�" for sign in text)
    return kept if len(raw) <= MESSAGE_CHARACTERS_MAX else f"{kept}\n({len(raw)} bytes in all)"


def _figures(times: Times) -> Figures:
    why = times.get("why")
    reasons: dict[str, list[str]] = {}
    known = []
    for name, value in times.items():
        if isinstance(value, int | float):
            known.append((name, f"{value / 1000:.3f} s" if abs(value) >= 1000 else f"{value:.3f} ms"))
        elif value is None:
            reason = why.get(name, "") if isinstance(why, Mapping) else ""
            reasons.setdefault(reason or "unknown", []).append(name)
    return Figures(tuple(known), tuple((", ".join(names), reason) for reason, names in reasons.items()))
