"""A judgement becomes an entry: names, milliseconds, evidence, warnings, counts."""

from dataclasses import replace

import pytest

from harness.base.instant import to_ms
from harness.judge.judgement import judge
from harness.results.make import Subject, entry, unplayed
from harness.results.model import RunEntry
from harness.results.verdict import Policy
from harness.scenario.plan import Expectation, Violations
from harness.trace.entries import Trace
from tests.ladders import cold_transfer, edit, find

SUBJECT = Subject("scenarios/x.yaml", "X", "scenarios/x.yaml", 3)
LIE = {"target_status": 486, "report": "200 OK"}


def made(
    trace: Trace, *wishes: Expectation, policy: Policy | None = None, subject: Subject = SUBJECT
) -> RunEntry:
    return entry(subject, trace, judge(trace, wishes), policy or Policy())


def test_a_clean_transfer_is_told_with_names_addresses_and_times() -> None:
    trace = cold_transfer()
    run = made(trace)
    (transfer,) = run.transfers
    assert (run.id, run.scenario, run.line, run.verdict) == ("scenarios/x.yaml", "X", 3, "pass")
    assert run.messages == len(trace.messages())
    assert (transfer.referrer.name, transfer.referrer.address) == ("agent", "192.0.2.3:5060")
    assert transfer.target.name == "human"
    refer, accepted = trace.messages()[find(trace, "REFER") - 1], trace.messages()[find(trace, "REFER")]
    assert transfer.latency_ms["refer_response"] == to_ms(accepted.at_ns - refer.at_ns)


def test_every_unknown_time_has_its_reason() -> None:
    run = made(cold_transfer(target_status=486))
    for times in (run.transfers[0].latency_ms, run.handoffs[0].latency_ms):
        why = times["why"]
        assert isinstance(why, dict)
        assert {name for name, value in times.items() if value is None} == set(why)
        assert all(why.values())


def test_legs_are_timed_from_the_beginning_and_say_who_ended_them() -> None:
    run = made(cold_transfer())
    assert (run.legs[0].caller.name, run.legs[0].callee.name) == ("caller", "carrier")
    assert run.legs[0].began_ms == 0
    for leg in run.legs:
        assert leg.status == 200
        assert leg.answered_ms is not None
        assert (leg.ended_by is None) == ("ended_by" in leg.why)


def test_a_lie_fails_with_evidence_by_entry_number() -> None:
    trace = cold_transfer(**LIE)
    run = made(trace)
    assert run.verdict == "fail"
    assert run.transfers[0].truth == "false-success"
    finding = next(each for each in run.findings if each.rule == "truthful-notify")
    assert {item.entry for item in finding.evidence} <= {each.n for each in trace.messages()}
    assert finding.evidence[0].file is None


def test_evidence_of_a_capture_names_file_and_packet() -> None:
    trace = cold_transfer(**LIE)
    framed = Trace(trace.header, [replace(each, frames=(each.n + 100,)) for each in trace.messages()])
    run = made(framed, subject=replace(SUBJECT, file="x.pcapng"))
    (item, *_) = next(each for each in run.findings if each.rule == "truthful-notify").evidence
    assert (item.frame, item.file) == (item.entry + 100, "x.pcapng")


def test_announced_violations_fail_nobody() -> None:
    trace = cold_transfer(**LIE)
    rules = tuple(sorted({each.rule for each in made(trace).findings if each.verdict == "fail"}))
    run = made(trace, Expectation("violations", Violations(includes=rules), 1, 1))
    assert run.verdict == "pass"
    assert all(each.expected for each in run.findings if each.verdict == "fail")


@pytest.mark.parametrize("fail_on", ["breaks-transfer", "loses-context", "interop-risk", "cosmetic"])
def test_milder_findings_are_warnings_and_the_counts_agree(fail_on: str) -> None:
    run = made(cold_transfer(**LIE), policy=Policy(fail_on))
    failed = {each.rule for each in run.findings if each.verdict == "fail"}
    warned = {each.rule for each in run.findings if each.verdict == "warn"}
    assert all(Policy(fail_on).fails(each.severity) for each in run.findings if each.verdict == "fail")
    assert (run.rules.failed, run.rules.warned) == (len(failed), len(warned - failed))


def test_nothing_on_the_wire_is_an_entry_of_nothing() -> None:
    trace = cold_transfer()
    run = made(Trace(replace(trace.header, started_ns=0, ended_ns=0), []))
    assert (run.messages, run.seconds, run.transfers) == (0, 0.0, ())


def test_what_could_not_be_played_has_its_reason_and_nothing_else() -> None:
    run = unplayed(SUBJECT, "broken", "the port is taken", "live")
    assert (run.verdict, run.error, run.mode, run.messages) == ("broken", "the port is taken", "live", 0)


def test_calls_that_are_not_signed_have_no_attestation_and_signed_ones_are_not_judged_yet() -> None:
    plain = cold_transfer()
    signed = edit(
        plain, 1, "Max-Forwards: 70", "Identity: a.b.c;info=<https://x.example>\r\nMax-Forwards: 70"
    )
    (transfer,) = made(plain).transfers
    assert (transfer.attestation, transfer.why["attestation"]) == ("none", "the calls are not signed")
    (transfer,) = made(signed).transfers
    assert (transfer.attestation, transfer.why["attestation"]) == ("unknown", "attestation is not judged yet")


def test_a_leg_without_a_final_response_says_why_it_has_no_status() -> None:
    trace = cold_transfer()
    cut = Trace(trace.header, trace.entries[: find(trace, "180 INVITE")])
    legs = made(cut).legs
    assert [leg.status for leg in legs] == [None, None]
    assert all(leg.why["status"] == "the trace holds no final response" for leg in legs)
