"""Our own players keep every rule, also when any one message of the run is lost, doubled or late."""

from dataclasses import replace
from pathlib import Path

import pytest

from harness.actors import cast, vocabulary
from harness.base.instant import MS
from harness.judge.finding import SEVERITIES, Finding
from harness.judge.judgement import judge
from harness.judge.rule import apply
from harness.judge.rules import ALL
from harness.runtime.virtual.network import Fault
from harness.runtime.virtual.play import addresses, play
from harness.scenario.load import load
from harness.scenario.plan import Plan
from harness.scenario.vocabulary import Vocabulary
from harness.suite.play import faults_of
from harness.trace.calls import rebuild
from harness.trace.entries import Cast, Header, MessageEntry, Trace
from tests.judge.rules.example import RFC_RULES

SCENARIOS = Path(__file__).parents[3] / "scenarios" / "cold"
NAMES = ("answered", "busy", "no-answer", "caller-hangs-up", "challenged", "redirected")


def plan_of(name: str) -> Plan:
    words = Vocabulary(
        {name: each.info.text for name, each in ALL.items()}, vocabulary.PROFILES, vocabulary.QUIRKS
    )
    plan, *_ = load(str(SCENARIOS / f"{name}.yaml"), words)
    return plan


def played(plan: Plan, *faults: Fault) -> Trace:
    places = cast.places(plan)
    where = addresses(places)
    roles = {party.name: party.role for party in plan.parties}
    members = tuple(Cast(name, roles.get(name, "carrier"), where[name]) for name in places)
    header = Header(scenario=plan.title, cast=members)
    return play(cast.build(plan, 7, where), header, faults=[*faults_of(plan, where), *faults])


REMARKS = {
    "RFC7647-5-1": "202 is what most carriers answer, ours too",
    "RFC3515-3.10-1": "our carrier reports every 180 that it gets, also one that the network doubled",
}
"""Information that is no fault."""


def faults_found(trace: Trace) -> list[Finding]:
    return [
        finding
        for case in rebuild(trace)
        for finding in apply(case, *RFC_RULES).findings
        if finding.rule not in REMARKS
    ]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("kind", "by_ns"), [("drop", 0), ("duplicate", 3 * MS), ("delay", 300 * MS)])
def test_one_fault_on_the_wire_is_nobodys_violation(name: str, kind: str, by_ns: int) -> None:
    plan = plan_of(name)
    clean = played(plan)
    assert not faults_found(clean)
    for number in range(1, len(clean.messages()) + 1):
        fault = Fault(kind, number, by_ns)  # type: ignore[arg-type]
        assert not faults_found(played(plan, fault)), f"{kind} of message {number}"


def seen_by_others(trace: Trace, real: str) -> Trace:
    """The trace as a live run shows it in which one party is a real system: our ends only."""
    (endpoint,) = (member.endpoint for member in trace.header.cast if member.name == real)
    items: list[MessageEntry] = []
    for item in trace.messages():
        if item.source == endpoint and item.received_ns is not None:
            items.append(replace(item, sent_ns=None, vantage=trace.name_of(item.destination), parsed=None))
        elif item.source != endpoint:
            ours = item.destination != endpoint
            received_ns = item.received_ns if ours else None
            vantage = "" if ours else trace.name_of(item.source)
            items.append(replace(item, received_ns=received_ns, vantage=vantage, parsed=None))
    items.sort(key=lambda item: item.at_ns)
    members = [replace(member, under_test=member.name == real) for member in trace.header.cast]
    header = replace(trace.header, mode="live", cast=tuple(members))
    return Trace(header, [replace(item, n=number) for number, item in enumerate(items, 1)])


@pytest.mark.parametrize("name", ["answered", "caller-hangs-up"])
@pytest.mark.parametrize("real", ["carrier", "agent"])
@pytest.mark.parametrize(("kind", "by_ns"), [("drop", 0), ("delay", 300 * MS)])
def test_what_the_network_does_to_a_real_system_is_not_its_violation(
    name: str, real: str, kind: str, by_ns: int
) -> None:
    plan = plan_of(name)
    for number in range(1, len(played(plan).messages()) + 1):
        fault = Fault(kind, number, by_ns)  # type: ignore[arg-type]
        found = faults_found(seen_by_others(played(plan, fault), real))
        found = [each for each in found if each.verdict == "fail"]
        assert not found, f"{kind} of message {number}"


TOLD_TO_MISBEHAVE = ("quirks", "profile", "violations")
HONEST = [
    path.stem
    for path in sorted(SCENARIOS.glob("*.yaml"))
    if not any(word in path.read_text(encoding="utf-8") for word in TOLD_TO_MISBEHAVE)
]
"""Scenarios in which nobody is told to misbehave."""


@pytest.mark.parametrize("name", HONEST)
def test_the_default_players_lose_no_call_and_no_context(name: str) -> None:
    plan = plan_of(name)
    found = judge(played(plan), plan=plan).findings
    grave = [each for each in found if each.verdict == "fail" and each.severity in SEVERITIES[:2]]
    assert grave == []


NEVER_APPLICABLE = {
    "RFC3892-2.1-2": "no agent of ours signs Referred-By",
    "RFC4508-5-1": "feature tags come with the conference",
    "RFC4508-5-2": "the same",
    "RFC7647-4-2": "it counts in the modern profile only",
    "RFC7647-4-3": "the same",
    "RFC7647-3-1": "the same",
    "RFC6665-4.4.4-1": "it counts in the modern profile only",
    "RFC4488-4-3": "every carrier of ours grants Refer-Sub: false where a scenario asks for it",
    "RFC3515-2.4.4-5": "our carrier refuses every SUBSCRIBE; baresip does not",
    "RFC3515-2.4.6-2": "the same",
    "RFC6665-4.1.3-1": "no carrier of ours sends a NOTIFY of another dialog",
    "RFC3515-3.9-1": "no REFER of ours goes outside the dialog and forks",
    "RFC3892-5-1": "no human of ours asks for the referrer's identity",
    "RFC3515-2.4.4-4": "no agent of ours ends its subscription while the target rings",
    "RFC3261-19.1.5-2": "a Refer-To with headers comes with the warm transfer",
    "RFC3261-19.1.5-3": "no agent of ours writes a method into Refer-To",
    "sips-not-downgraded": "no scenario has a sips: target yet",
    "refer-to-keeps-target-port": "no agent of ours dials before it refers, and no number has a port",
    "referred-by-preserved": "no carrier of ours passes a REFER on; sippy's B2BUA does",
    "context-survives-b2bua": "no caller of ours sends context headers in its first INVITE",
    "outcome-only-from-sipfrag": "no carrier of ours reports by anything but a sipfrag",
    "RFC8760-2.6-1": "it counts in the modern profile only",
    "RFC6026-7.1-1": "it wants an INVITE that comes again after its 2xx; the faults above do that",
    "RFC3261-14.1-2": "no re-INVITEs of ours cross",
    "RFC3261-14.2-1": "the same",
    "RFC3261-12.2.2-1": "nobody of ours goes on in a call that has ended",
    "RFC3261-12.2.1.2-1": "the same",
    "RFC3261-13.2.2.4-2": "no human of ours answers in the moment of the CANCEL",
    "RFC6665-4.2.2-6": "no agent of ours refuses a NOTIFY of its own subscription",
    "RFC5057-5.1-1": "the same: it wants a NOTIFY that was answered with 481",
    "sipfrag-tells-of-its-own-call": "no carrier of ours puts a Call-ID into a sipfrag",
    "RFC3420-2-1": "no carrier of ours puts a body behind the status line of a sipfrag",
}
"""Rules that no scenario exercises, each with its reason; their failing examples stand with their family."""


def test_every_rule_is_applicable_in_a_scenario_or_named_with_a_reason() -> None:
    applicable: set[str] = set()
    for path in sorted(SCENARIOS.glob("*.yaml")):
        for case in judge(played(plan_of(path.stem))).cases:
            verdicts = apply(case).verdicts
            applicable |= {name for name, verdict in verdicts.items() if verdict != "not-applicable"}
    assert set(ALL) - applicable == set(NEVER_APPLICABLE)


def test_a_notify_that_overtakes_the_202_is_seen_to_overtake_it() -> None:
    (case,) = judge(played(plan_of("notify-overtakes-202"))).cases
    assert apply(case, "RFC3515-2.4.4-3").verdicts == {"RFC3515-2.4.4-3": "pass"}
