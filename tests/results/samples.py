"""Results of one failed run with something in every field, for the tests of the contract and the reports."""

from harness.results.model import (
    CauseEntry,
    ClaimEntry,
    Evidence,
    ExpectationEntry,
    FindingEntry,
    HandoffEntry,
    LegEntry,
    Results,
    RuleCount,
    RunEntry,
    TransferEntry,
    Who,
)

AGENT = Who("agent", "192.0.2.1:5060")
CARRIER = Who("carrier", "192.0.2.2:5060")
HUMAN = Who("human", "192.0.2.3:5060")
CALLER = Who("caller", "192.0.2.4:5060")
SHOWN = (Evidence(7), Evidence(11))

TRANSFER = TransferEntry(
    style="cold",
    mechanism="refer",
    refer_status=202,
    progress=(100, 200),
    reported_outcome="connected",
    true_outcome="failed",
    basis="signalling",
    truth="false-success",
    attestation="unknown",
    referrer=AGENT,
    referee=CARRIER,
    target=HUMAN,
    moved=CALLER,
    claims=(ClaimEntry("notify", "connected", SHOWN),),
    latency_ms={
        "refer_response": 1.04,
        "refer_to_answer": None,
        "why": {"refer_to_answer": "nobody answered"},
    },
    causes=(CauseEntry("notify-200-before-invite", "Success before the call", "carrier", "Wait", SHOWN),),
    why={"attestation": "the calls are not signed"},
)

RUN = RunEntry(
    id="scenarios/cold/liar.yaml",
    scenario="The carrier reports success <before> anybody answered",
    source="scenarios/cold/liar.yaml",
    line=1,
    mode="virtual",
    verdict="fail",
    seconds=31.2,
    messages=31,
    expectations=(
        ExpectationEntry("refer", 9, 3, "accepted", "202", "pass"),
        ExpectationEntry("outcome", 10, 3, "connected", "failed", "fail", SHOWN),
        ExpectationEntry("progress", 11, 3, "100, 200", "100, 200", "pass"),
        ExpectationEntry(
            "latency.refer_to_answer", 12, 3, "under 4s", "unknown: nobody answered", "inconclusive"
        ),
    ),
    transfers=(TRANSFER,),
    handoffs=(
        HandoffEntry(
            "cold", (0,), None, None, "dropped", "unknown", {"handoff": None, "why": {"handoff": "no one"}}
        ),
    ),
    legs=(LegEntry("a@192.0.2.1", CALLER, AGENT, 200, 0.0, 20.5, None, None),),
    findings=(
        FindingEntry(
            "truthful-notify", "PRACTICE", "breaks-transfer", "fail", False, "carrier",
            "carrier reported 200, nobody had answered", SHOWN, "notifier", "practice",
        ),
        FindingEntry(
            "RFC3515-2.4.4-3", "MUST", "cosmetic", "warn", False, "carrier", "no expires", (Evidence(7),)
        ),
    ),
    rules=RuleCount(passed=20, failed=1, warned=1, not_applicable=6, inconclusive=2),
    trace="cold-liar.trace.jsonl",
    capture="cold-liar.pcapng",
)  # fmt: skip

INVALID = RunEntry(
    id="scenarios/broken.yaml",
    scenario="",
    source="scenarios/broken.yaml",
    line=1,
    mode="virtual",
    verdict="invalid",
    error="scenarios/broken.yaml:2:11: 'lukewarm' is no transfer; did you mean 'warm'?",
)

RESULTS = Results(1, "siptransfer 0.1.0", 7, "invalid", (RUN, INVALID))
