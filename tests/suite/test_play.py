"""One plan to one trace: settings choose the runtime, the cast stands in the header."""

import gc
from dataclasses import replace
from pathlib import Path

import pytest

from harness.base.errors import UsageError
from harness.base.instant import SECOND
from harness.base.limits import LIVE_SECONDS_MAX
from harness.judge.judgement import judge
from harness.runtime.live.sockets import open_sockets
from harness.scenario.plan import Fallback, Plan
from harness.suite.collect import collect
from harness.suite.deployment import Deployment
from harness.suite.play import Settings, longest_ns, play
from harness.trace.store import dumps
from tests.suite.places import scenario


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    (item,) = collect([str(scenario(tmp_path))])
    assert item.plan is not None
    return item.plan


def test_a_virtual_run_names_its_cast_title_and_seed(plan: Plan) -> None:
    header = play(plan, Settings(seed=7)).header
    assert (header.mode, header.seed, header.scenario) == ("virtual", 7, plan.title)
    assert [member.name for member in header.cast] == ["caller", "agent", "human", "carrier"]
    assert not any(member.under_test for member in header.cast)


def test_one_seed_gives_one_trace_and_another_seed_another(plan: Plan) -> None:
    first, again, other = (dumps(play(plan, Settings(seed=seed))) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_a_run_that_was_judged_leaves_little_for_the_garbage_collector(plan: Plan) -> None:
    gc.collect()
    gc.freeze()  # what earlier tests left in caches, and this run pushes out, is not counted
    gc.disable()
    try:
        judge(play(plan, Settings()), plan.expectations, plan)
        assert gc.collect() < 60  # of some 3,000 objects that know each other: the rest went at once
    finally:
        gc.enable()
        gc.unfreeze()


def test_sockets_are_used_when_asked_for_or_when_a_real_system_takes_part(plan: Plan) -> None:
    assert not Settings().is_live(plan)
    assert Settings(live=True).is_live(plan)
    assert Settings(under_test={"carrier": "sip:127.0.0.1"}).is_live(plan)
    assert Settings(deployment=Deployment({"human": "sip:127.0.0.1"})).is_live(plan)


def test_the_command_line_overrides_the_deployment(plan: Plan) -> None:
    settings = Settings(under_test={"carrier": "sip:b"}, deployment=Deployment({"carrier": "sip:a"}))
    assert settings.systems_for(plan) == {"carrier": "sip:b"}


def test_a_live_run_may_take_as_long_as_its_plan_waits_and_no_longer(plan: Plan) -> None:
    assert 120 * SECOND < longest_ns(plan) < 200 * SECOND
    twice = replace(plan, fallback=(Fallback(("busy",), "human"),))
    assert longest_ns(twice) == longest_ns(plan) + 120 * SECOND
    patient = replace(plan, carrier=replace(plan.carrier, no_answer_after_ns=3600 * SECOND))
    assert longest_ns(patient) == LIVE_SECONDS_MAX * SECOND


def test_a_party_of_ours_listens_where_it_was_told_to(plan: Plan) -> None:
    with open_sockets(["probe"]) as probe:
        port = probe.addresses["probe"].port
    trace = play(plan, Settings(live=True, ports={"carrier": port}))
    assert {member.name: member.endpoint.port for member in trace.header.cast}["carrier"] == port


def test_nobody_listens_for_a_party_we_do_not_play(plan: Plan) -> None:
    with pytest.raises(UsageError, match="we play nobody named 'bob'"):
        play(plan, Settings(live=True, ports={"bob": 5060}))
