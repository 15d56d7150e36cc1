"""Which share of generic single changes is noticed, which survive and why, and that nobody else is blamed.

A sample by default; SIPTRANSFER_MUTATIONS=all plays every change (a minute or two). The share is a
ratchet: raise it when a rule finds more.
"""

import os
from functools import cache

import pytest

from harness.judge.judgement import judge
from harness.scenario.plan import Plan
from tests.judge.machine_mutants import Change, Outcome, changes, outcome_of
from tests.judge.mutant import PLAIN, TWO_REFERS, UNANSWERED
from tests.judge.mutation import with_faults

ALL = os.environ.get("SIPTRANSFER_MUTATIONS") == "all"
STEP = 1 if ALL else 13
"""Every how manieth change is played."""
PLANS: dict[str, Plan] = {"answered": PLAIN, "two REFERs": TWO_REFERS, "unanswered": UNANSWERED}
NOTICED_PERCENT = 71 if ALL else 72
"""The share that is noticed, rounded down; it must not fall. All digits of a branch, most of which are
free, lower it where every change is played."""

SURVIVORS = {
    # What may look like that. Kind of change and place -> why no rule can or should notice it.
    "drop content-length": "over UDP the body reaches to the end of the datagram (RFC 3261 section 18.3)",
    "digit max-forwards": "any number up to 255 is right (RFC 3261 section 20.22)",
    "swap via": "the order of Via parameters means nothing",
    "digit via": "a branch is free as long as it is new, rport and received are advice to the sender",
    "digit cseq": "numbers may jump ahead (RFC 3261 section 12.2.1.1)",
    "digit contact": "the user part of a Contact is its owner's own matter; a lost port or host is noticed",
    "drop contact": "responses to NOTIFY and BYE, and BYE itself, need no Contact",
    "double contact": "the same: nobody reads it there",
    "digit to": "in an INVITE nobody else says what To should be; an ACK is found by its tags",
    "digit from": "the same of From",
    "digit start line": "the first Request-URI is free, and so is a status within its class",
    "class start line": "a party may refuse an INVITE or a CANCEL; what it leads to is judged",
    "digit refer-to": "it asks for another target; the scenario's own expectation notices",
    "digit referred-by": "nobody else says who refers",
    "digit subscription-state": "any duration that only shrinks is right",
    "digit content-type": "the version of message/sipfrag is optional (RFC 3420 section 5)",
    "drop allow": "it is a SHOULD, and told where the method is refused",
    "double allow": "a list may be cut into rows (RFC 3261 section 7.3.1)",
    "drop allow-events": "it is a SHOULD (RFC 6665 section 4.4.4)",
    "double allow-events": "a list may be cut into rows",
    "digit body a=": "payload types and codecs are free in an offer, and no media are in the trace",
    "drop body a=": "static payload types need no rtpmap, and no direction means sendrecv (RFC 3264)",
    "digit body c=": "where media goes is not seen without media",
    "digit body m=": "the same of the port; the number of a payload type is free",
    "digit body o=": "an origin is free in the first description of a call",
    "digit body t=": "0 0 is advice: the time of a session means nothing in a call",
    "drop body m=": "an offer without media is legal (RFC 3264 section 5)",
}

BLAMED_RIGHTLY = {
    # Change -> rules that blame another party because that one did break them.
    "class start line of 180 INVITE": (
        "our carrier acknowledges a 200 that comes after a refusal once its transaction is forgotten, and "
        "sends no BYE (RFC 3261 section 13.2.2.4)"
    ),
    "class start line of 200 INVITE": "our agent hangs up 3 s after a failure when its hold was refused",
    "class start line of 100 INVITE": "the same: its hold was answered 400",
    "drop via of 200 INVITE": "the same: its hold was never answered",
}


@cache
def played() -> tuple[tuple[str, Outcome], ...]:
    """Every change of the sample with what became of it."""
    found: list[tuple[str, Outcome]] = []
    for name, plan in PLANS.items():
        clean = judge(with_faults(plan, {}), plan=plan)
        assert not clean.findings, name
        sample = list(changes(plan, thorough=ALL))[::STEP]
        found += [(name, outcome_of(plan, change, clean)) for change in sample]
    return tuple(found)


def place(change: Change) -> str:
    return f"{change.kind} {change.where}"


def test_every_run_ends_and_is_judged() -> None:
    assert [str(each.change) for _, each in played() if not each.ended] == []
    assert len(played()) > 250


def test_the_share_of_noticed_changes_does_not_fall() -> None:
    noticed = sum(bool(each.noticed_by) for _, each in played())
    percent = 100 * noticed // len(played())
    assert percent >= NOTICED_PERCENT, f"{noticed} of {len(played())}"


def test_what_nobody_notices_is_named_with_a_reason() -> None:
    silent = [each.change for _, each in played() if not each.noticed_by]
    assert {place(change): str(change) for change in silent if place(change) not in SURVIVORS} == {}


def test_nobody_is_blamed_for_what_another_party_sent() -> None:
    wrong = {
        f"{name}, {each.change}": each.blamed
        for name, each in played()
        if each.blamed and str(each.change).partition(": ")[2] not in BLAMED_RIGHTLY
    }
    assert wrong == {}


@pytest.mark.skipif(not ALL, reason="only every change together exercises every exception")
def test_every_exception_is_needed() -> None:
    silent = {place(each.change) for _, each in played() if not each.noticed_by}
    assert set(SURVIVORS) - silent == set()
