"""A run on its way from a worker of xdist to the controller: text, as pytest's reports need it.

Must not live here: files, the history.
"""

import json
from dataclasses import dataclass
from typing import Any

from harness.report.files import Played
from harness.results.json_text import run_from_json, run_to_json
from harness.results.model import RunVerdict
from harness.trace import store


@dataclass(frozen=True, slots=True)
class Arrived:
    """A run as it reached the controller."""

    number: int
    """Its place in the order of the files."""
    verdict: RunVerdict
    summary: str
    """One sentence for pytest's short summary."""
    played: Played | None = None
    """Only where a report was asked for."""


def pack(arrived: Arrived, *, trace: bool) -> str:
    """The text. With `trace` it holds every message too: only the page needs them."""
    row: dict[str, Any] = {
        "number": arrived.number,
        "verdict": arrived.verdict,
        "summary": arrived.summary,
    }
    played = arrived.played
    if played is not None:
        row["run"] = run_to_json(played.run)
        row["told"] = played.explanation()
        row["source"] = list(played.source)
        row["path"] = played.path
        if trace and played.trace is not None:
            row["trace"] = store.dumps(played.trace).decode("ascii")
    return json.dumps(row)


def unpack(text: str) -> Arrived:
    """What `pack` made a text of."""
    row = json.loads(text)
    played = None
    if "run" in row:
        run = run_from_json(row["run"])
        trace = store.loads(row["trace"].encode("ascii")) if "trace" in row else None
        played = Played(run, trace, tuple(row["source"]), row["path"], told=row["told"])
    return Arrived(row["number"], row["verdict"], row["summary"], played)
