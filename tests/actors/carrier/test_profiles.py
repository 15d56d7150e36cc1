"""Every profile and quirk keeps the promise of its sentence, as the wire shows it."""

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import pytest

from harness.actors.carrier.profiles import PROFILES, QUIRKS, Profile, profile_of
from harness.base.instant import SECOND
from harness.scenario.plan import AgentPlan, Behaviour, CarrierPlan
from tests.ends import Played
from tests.flows import (
    BUSY,
    cold,
    entries_between,
    falling_back,
    left_over,
    messages,
    played,
    quirky,
    reports,
)
from tests.long_form import answers_in, plan_of
from tests.long_form import played as long_played

ANSWERS = Behaviour(hangs_up_after_ns=4 * SECOND)
RINGS = Behaviour(no_answer=True)


def run_of(quirk: str, human: Behaviour = ANSWERS, **more: Any) -> Played:
    return played(cold(human=human, carrier=quirky(quirk, no_answer_after_ns=90 * SECOND), **more))


def told(run: Played) -> list[int]:
    return [int(line.split()[1]) for _, line in reports(run)]


def answer_to_refer(run: Played) -> list[int]:
    return [
        entry.message.status
        for entry in run.trace.messages()
        if entry.message.cseq_method == "REFER" and not entry.message.is_request
    ]


def calls(run: Played) -> int:
    return len({message.call_id for message in messages(run, "carrier", "human", "INVITE")})


def before(run: Played, first: str, second: str) -> bool:
    said = run.said()
    return said.index(first) < said.index(second)


def ends_reported_when_ringing() -> bool:
    run = run_of("notify-200-when-ringing", RINGS)
    rung = entries_between(run.trace, "human", "carrier", "180 INVITE")[0]
    final = entries_between(run.trace, "carrier", "agent", "NOTIFY")[-1]
    return told(run)[-1] == 200 and final.at_ns >= (rung.received_ns or 0) and calls(run) == 1


def notifies_first() -> bool:
    run = run_of("notify-before-202")
    return before(run, "carrier>agent NOTIFY", "carrier>agent 202 REFER") and told(run) == [100, 180, 200]


def grants_60_s() -> bool:
    run = run_of("short-subscription", RINGS)
    last = messages(run, "carrier", "agent", "NOTIFY")[-1]
    first = messages(run, "carrier", "agent", "NOTIFY")[0]
    granted = (first.first("subscription-state") or "") == "active;expires=60"
    return granted and "reason=timeout" in (last.first("subscription-state") or "")


def names_the_refer() -> bool:
    run = run_of("event-id")
    (sent,) = messages(run, "agent", "carrier", "REFER")
    events = {message.first("event") for message in messages(run, "carrier", "agent", "NOTIFY")}
    return events == {f"refer;id={sent.cseq_number}"}


def events_of_two_refers(quirk: str) -> set[str | None]:
    run = run_of(quirk, BUSY, desk=ANSWERS, fallback=falling_back("busy"))
    assert len(messages(run, "agent", "carrier", "REFER")) == 2
    return {message.first("event") for message in messages(run, "carrier", "agent", "NOTIFY")}


def loses_context() -> bool:
    referred_by, context = context_of("loses-context")
    return referred_by is not None and context is None


def context_of(quirk: str) -> tuple[str | None, str | None]:
    run = run_of(quirk, context_headers=(("X-Case", "4711"),))
    (invite,) = messages(run, "carrier", "human", "INVITE")
    return invite.first("referred-by"), invite.first("x-case")


def serves_the_caller() -> bool:
    plan = plan_of("refer: {as: caller, to: human}\nexpect: {at: caller, response: 202, to: last}")
    careless = replace(plan, carrier=CarrierPlan(quirks=("refer-from-caller",)))
    return answers_in(careless, long_played(careless))["steps.3.expect"][0] == "pass"


PROMISES: dict[str, Callable[[], bool]] = {
    "notify-200-at-once": lambda: told(run_of("notify-200-at-once", BUSY)) == [200],
    "notify-200-when-ringing": ends_reported_when_ringing,
    "no-notify": lambda: told(run_of("no-notify")) == [] and calls(run_of("no-notify")) == 1,
    "black-hole": lambda: told(run_of("black-hole")) == [] and calls(run_of("black-hole")) == 0,
    "notify-no-provisional": lambda: told(run_of("notify-no-provisional")) == [200],
    "refer-200": lambda: answer_to_refer(run_of("refer-200")) == [200],
    "event-id": names_the_refer,
    "no-event-id": lambda: events_of_two_refers("no-event-id") == {"refer"},
    "collapse-to-503": lambda: told(run_of("collapse-to-503", BUSY))[-1] == 503,
    "drop-caller-on-failure": lambda: before(
        run_of("drop-caller-on-failure", BUSY), "carrier>caller BYE", "agent>carrier BYE"
    ),
    "bye-agent-on-success": lambda: "carrier>agent BYE" in run_of("bye-agent-on-success").said(),
    "notify-before-202": notifies_first,
    "sipfrag-bare-lf": lambda: (
        {message.body[-3:] for message in messages(run_of("sipfrag-bare-lf"), "carrier", "agent", "NOTIFY")}
        <= {b"ng\n", b"OK\n"}
    ),
    "norefersub": lambda: told(run_of("norefersub", agent=AgentPlan(refer_sub=False))) == [],
    "never-terminates": lambda: (
        {state for state, _ in reports(run_of("never-terminates"))} == {"active"}
        and told(run_of("never-terminates"))[-1] == 200
    ),
    "loses-referred-by": lambda: context_of("loses-referred-by") == (None, "4711"),
    "loses-context": loses_context,
    "refer-from-caller": serves_the_caller,
    "short-subscription": grants_60_s,
}
"""Quirk -> whether a run with it shows what its sentence says."""


@pytest.mark.parametrize("quirk", QUIRKS)
def test_a_quirk_does_what_its_sentence_says(quirk: str) -> None:
    assert set(PROMISES) == set(QUIRKS)
    assert PROMISES[quirk]()


@pytest.mark.parametrize("quirk", QUIRKS)
@pytest.mark.parametrize("human", [ANSWERS, BUSY, RINGS], ids=["answers", "busy", "rings"])
def test_with_every_quirk_the_run_ends_and_leaves_nothing(quirk: str, human: Behaviour) -> None:
    assert left_over(run_of(quirk, human).hosts) == []


@pytest.mark.parametrize("quirk", QUIRKS)
def test_a_quirk_changes_fields_that_exist_and_something(quirk: str) -> None:
    names = {field.name for field in fields(Profile)}
    assert {name for name, _ in QUIRKS[quirk].changes} <= names
    assert profile_of("rfc", (quirk,)) != Profile()


def test_quirks_come_on_top_of_a_profile_in_order() -> None:
    profile = profile_of("asterisk", ("refer-200", "notify-200-at-once"))
    assert (profile.refer_status, profile.says_200, profile.collapses_to) == (200, "at once", 503)


def test_an_unknown_name_is_an_error() -> None:
    with pytest.raises(KeyError):
        profile_of("nobody", ())
    with pytest.raises(KeyError):
        profile_of("rfc", ("nothing",))


def of_profile(name: str, human: Behaviour) -> Played:
    return played(cold(human=human, carrier=CarrierPlan(profile=name, no_answer_after_ns=9 * SECOND)))


def test_the_rfc_profile_is_honest() -> None:
    assert told(of_profile("rfc", ANSWERS)) == [100, 180, 200]
    assert told(of_profile("rfc", BUSY)) == [100, 180, 486]
    assert answer_to_refer(of_profile("rfc", BUSY)) == [202]


def test_the_asterisk_profile_says_200_when_it_rings_and_503_for_every_failure_and_drops_the_caller() -> None:
    assert told(of_profile("asterisk", RINGS))[-1] == 200
    silent_busy = Behaviour(rejects=486, rings_after_ns=None)
    run = of_profile("asterisk", silent_busy)
    assert told(run)[-1] == 503
    assert before(run, "carrier>caller BYE", "agent>carrier BYE")


def test_the_freeswitch_profile_says_200_before_it_dials_and_hangs_up_on_the_agent() -> None:
    run = of_profile("freeswitch", BUSY)
    assert told(run) == [200]
    assert before(run, "carrier>agent NOTIFY", "carrier>human INVITE")
    assert "carrier>agent BYE" in of_profile("freeswitch", ANSWERS).said() or before(
        run, "carrier>agent NOTIFY", "agent>carrier BYE"
    )
    assert "carrier>caller BYE" in run.said()


@pytest.mark.parametrize("name", PROFILES)
@pytest.mark.parametrize("human", [ANSWERS, BUSY, RINGS], ids=["answers", "busy", "rings"])
def test_with_every_profile_the_run_ends_and_leaves_nothing(name: str, human: Behaviour) -> None:
    assert left_over(of_profile(name, human).hosts) == []
