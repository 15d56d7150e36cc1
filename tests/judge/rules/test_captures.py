"""The rules on real captures, against the ground truth of `captures/index.yaml`.

Every rule that the index says must be found is found, with the frame it names as evidence; no rule that
it calls a false alarm fails.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from harness.capture.reader import read
from harness.judge.finding import Finding
from harness.judge.rule import apply
from harness.trace.calls import rebuild
from tests.judge.rules.example import RFC_RULES

CAPTURES = Path(__file__).parents[3] / "captures"
Truth = Mapping[str, Any]


def truths() -> list[Truth]:
    """The entries of the index; none while the folder has no captures."""
    index = CAPTURES / "index.yaml"
    if not index.exists():
        return []
    entries: list[Truth] = yaml.safe_load(index.read_text("utf-8"))["captures"]
    return [entry for entry in entries if (CAPTURES / entry["file"]).exists()]


def found_in(truth: Truth) -> list[tuple[Finding, set[int]]]:
    """What the rules find in a capture, each with the frames that show it."""
    trace = read(CAPTURES / truth["file"])
    frames = {entry.n: entry.frames for entry in trace.messages()}
    return [
        (finding, {frame for n in finding.evidence for frame in frames[n]})
        for case in rebuild(trace)
        for finding in apply(case, *RFC_RULES).findings
        if finding.verdict != "inconclusive"
    ]


def listed(truth: Truth, what: str) -> Sequence[Mapping[str, str]]:
    return [entry for entry in truth.get(what) or () if entry["rule"] in RFC_RULES]


@pytest.mark.parametrize("truth", truths(), ids=lambda truth: truth["file"])
def test_a_capture_is_judged_as_the_index_says(truth: Truth) -> None:
    found = found_in(truth)
    wanted = listed(truth, "must_find")
    for entry in wanted:
        frames = {int(number) for number in re.findall(r"#(\d+)", entry["evidence"])}
        own = [shown for finding, shown in found if finding.rule == entry["rule"]]
        assert any(shown & frames for shown in own), f"{entry['rule']} is not found: {entry['evidence']}"
    due = {entry["rule"] for entry in wanted}
    for entry in listed(truth, "must_not_find"):
        failed = [f.text for f, _ in found if f.rule == entry["rule"] and f.verdict == "fail"]
        assert entry["rule"] in due or not failed, f"{entry['rule']}: {failed}; {entry['why']}"
