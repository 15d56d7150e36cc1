"""The JSON contract: names and order."""

import json

from harness.results.json_text import to_json
from tests.results.samples import RESULTS

CONTRACT = {
    "run": "id scenario source line mode verdict error seconds messages expectations transfers handoffs legs"
    " hears findings rules causes trace capture",
    "expectation": "name line column wanted got verdict evidence",
    "transfer": "style mechanism refer_status progress reported_outcome true_outcome basis truth attestation"
    " referrer referee target moved claims latency_ms stamp_source causes",
    "handoff": "style transfers follows reached caller_fate human_fate latency_ms",
    "finding": "rule level severity verdict expected who text evidence",
}
"""Field names of design.md section 6, in its order."""


def test_every_field_of_the_contract_is_there_in_its_order() -> None:
    data = json.loads(to_json(RESULTS))
    run = data["runs"][0]
    assert list(data) == ["format", "tool", "seed", "verdict", "runs", "rules"]
    for kind, entry in (
        ("run", run),
        ("expectation", run["expectations"][0]),
        ("transfer", run["transfers"][0]),
        ("handoff", run["handoffs"][0]),
        ("finding", run["findings"][0]),
    ):
        names = CONTRACT[kind].split()
        assert [name for name in entry if name in names] == names
    assert {"passed", "failed", "warned", "not_applicable", "inconclusive"} <= set(run["rules"])
    assert run["findings"][0]["evidence"][0] == {"entry": 7, "frame": None, "file": None}
    assert run["transfers"][0]["referrer"] == {"name": "agent", "address": "192.0.2.1:5060"}


def test_an_unknown_number_is_null_with_its_reason_beside_it() -> None:
    times = json.loads(to_json(RESULTS))["runs"][0]["transfers"][0]["latency_ms"]
    assert times["refer_to_answer"] is None
    assert times["why"]["refer_to_answer"]


def test_an_invalid_scenario_still_has_a_run_with_every_field() -> None:
    runs = json.loads(to_json(RESULTS))["runs"]
    assert list(runs[1]) == list(runs[0])
    assert "lukewarm" in runs[1]["error"]
