"""What people found in captures of real systems, and what the judge says of them.

The index's words are coarser: kind `none` means any style, failed of a refused REFER is refused,
not-applicable is not-owed or undecidable, truthful covers every right claim. Must not live here:
captures of our own runs.
"""

from pathlib import Path
from typing import Any

import pytest
import yaml

from harness.capture.reader import read
from harness.judge.judgement import Judgement, judge

CAPTURES = Path(__file__).parents[2] / "captures"
INDEX: list[dict[str, Any]] = yaml.safe_load((CAPTURES / "index.yaml").read_text(encoding="utf-8"))[
    "captures"
]
TRUTHS = {
    "truthful": {"truthful", "wrong-status", "wrong-party", "late", "undelivered"},
    "silent": {"silent", "uninformative"},
    "false-success": {"false-success", "premature-success"},
    "false-failure": {"false-failure"},
    "not-applicable": {"not-owed", "undecidable"},
}
SAME_FACT = {
    "RFC3515-2.4.5-3": "truthful-notify",
    "RFC3515-2.4.2-4": "final-notify-present",
    "RFC5589-6.3-1": "caller-not-dropped-on-failure",
}
"""Rules of the index and the practice that tells the same fact."""


BEYOND = frozenset(
    (
        *("referred-by-preserved", "context-survives-b2bua", "outcome-only-from-sipfrag"),
        *("sips-not-downgraded", "refer-to-keeps-target-port", "challenge-carries-qop"),
    )
)
"""Practices on what gets lost or is taken on trust, as the index names them."""


@pytest.fixture(scope="module", params=INDEX, ids=lambda known: known["file"])
def known(request: pytest.FixtureRequest) -> tuple[dict[str, Any], Judgement]:
    entry: dict[str, Any] = request.param
    return entry, judge(read(CAPTURES / entry["file"]))


def test_every_transfer_is_judged_as_people_judged_it(known: tuple[dict[str, Any], Judgement]) -> None:
    entry, judgement = known
    assert len(judgement.attempts) == len(entry["transfers"])
    for wanted, attempt in zip(entry["transfers"], judgement.attempts, strict=True):
        assert wanted["kind"] in ("none", attempt.style)
        assert attempt.refer_status == wanted["refer_status"]
        assert list(attempt.progress) == wanted["progress"]
        assert attempt.reported_outcome == wanted["reported_outcome"]
        outcome = "failed" if attempt.true_outcome == "refused" else attempt.true_outcome
        assert outcome == wanted["true_outcome"], attempt.why
        assert attempt.truth in TRUTHS[wanted["truth"]], attempt.why


def test_what_people_found_is_found_by_the_practices_and_nothing_more(
    known: tuple[dict[str, Any], Judgement],
) -> None:
    entry, judgement = known
    must = {SAME_FACT.get(each["rule"], each["rule"]) for each in entry["must_find"]}
    may = {SAME_FACT.get(each["rule"], each["rule"]) for each in entry.get("may_find", ())}
    practices = {*SAME_FACT.values(), "ghost-leg", "duplicate-bye", "status-collapsed", *BEYOND}
    found = {each.rule for each in judgement.findings if each.verdict == "fail"} & practices
    assert must & practices <= found
    assert found <= must | may
