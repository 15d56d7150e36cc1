"""The deployment file: addresses, logins, limits, mistakes, and that secrets stay secret."""

from dataclasses import replace
from pathlib import Path

import pytest

from harness.base.errors import ScenarioError, UsageError
from harness.scenario.plan import Plan
from harness.suite.collect import collect
from harness.suite.deployment import Deployment, read_deployment
from tests.long_form import plan_of
from tests.suite.places import scenario


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    (item,) = collect([str(scenario(tmp_path))])
    assert item.plan is not None
    return item.plan


def write(folder: Path, text: str) -> str:
    path = folder / "deployment.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_addresses_logins_and_limits_are_read(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("from a file\n", encoding="utf-8")
    text = """\
carrier: {uri: "sip:lab@127.0.0.1:5062"}
credentials:
  agent: {user: lab, password: {env: LAB}}
  caller: {user: me, password: {file: secret}}
limits: {allowed_targets: ["+1800555*"]}
"""
    deployment = read_deployment(write(tmp_path, text), {"LAB": "from the environment"})
    assert deployment.addresses == {"carrier": "sip:lab@127.0.0.1:5062"}
    assert deployment.credentials == {
        "agent": ("lab", "from the environment"),
        "caller": ("me", "from a file"),
    }
    assert deployment.allowed_targets == ("+1800555*",)
    assert "from" not in repr(deployment)


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("carier: {uri: x}", (1, 1), "did you mean 'carrier'"),
        ("carrier: sip:x", (1, 10), "key: value"),
        ("triggers: {}", (1, 1), "cannot be used yet"),
        ("agent: {uri: 'sip:x', srtp: sdes}", (1, 23), "cannot be used yet"),
        ("credentials: {agent: {user: a, password: hunter2}}", (1, 42), "does not belong into this file"),
        ("credentials: {agent: {user: a}}", (1, 15), "needs user and password"),
        (
            "credentials: {agent: {user: a, password: {env: NO_SUCH}}}",
            (1, 48),
            "the environment has no NO_SUCH",
        ),
        ("credentials: {agent: {user: a, password: {file: gone}}}", (1, 49), "cannot be read"),
        ("carrier: {uri: [a, b]}", (1, 16), "single value"),
    ],
)
def test_a_mistake_has_its_place_and_says_what_to_write(
    text: str, place: tuple[int, int], words: str, tmp_path: Path
) -> None:
    with pytest.raises(ScenarioError) as caught:
        read_deployment(write(tmp_path, text), {})
    (mistake,) = caught.value.mistakes
    assert (mistake.span.line, mistake.span.column) == place
    assert words in mistake.headline()
    assert "hunter2" not in mistake.headline()


def test_a_file_that_is_not_there_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        read_deployment(str(tmp_path / "gone.yaml"))


def test_only_the_role_under_test_is_taken_when_the_plan_names_one(plan: Plan) -> None:
    deployment = Deployment({"carrier": "sip:a", "agent": "sip:b"})
    assert deployment.systems_for(plan) == {"carrier": "sip:a", "agent": "sip:b"}
    assert deployment.systems_for(replace(plan, under_test="agent")) == {"agent": "sip:b"}


def test_logins_reach_the_parties_they_name(plan: Plan) -> None:
    played = Deployment(credentials={"agent": ("lab", "pw"), "nobody": ("x", "y")}).applied_to(plan)
    assert played.party("agent").credentials == ("lab", "pw")
    assert played.party("caller").credentials == plan.party("caller").credentials


@pytest.mark.parametrize("number", ["911", "+112", "+19005550100", "999"])
def test_emergency_and_premium_numbers_are_never_dialled_on_a_real_system(number: str, plan: Plan) -> None:
    parties = tuple(
        replace(party, number=number) if party.name == "human" else party for party in plan.parties
    )
    with pytest.raises(UsageError, match="emergency or premium"):
        Deployment().refuse_dangerous(replace(plan, parties=parties))


def test_targets_outside_the_limits_are_refused(plan: Plan) -> None:
    number = plan.party("human").number
    Deployment(allowed_targets=(number[:5] + "*",)).refuse_dangerous(plan)
    with pytest.raises(UsageError, match="allowed_targets"):
        Deployment(allowed_targets=("+4420*",)).refuse_dangerous(plan)


def test_a_number_that_somebody_redirects_to_is_held_to_the_same_limits(plan: Plan) -> None:
    def redirecting(target: str) -> Plan:
        parties = tuple(
            replace(party, behaviour=replace(party.behaviour, redirects_to=target))
            if party.name == "human"
            else party
            for party in plan.parties
        )
        return replace(plan, parties=parties)

    with pytest.raises(UsageError, match="human redirects to 19005550100, an emergency or premium"):
        Deployment().refuse_dangerous(redirecting("19005550100"))
    allowed = Deployment(allowed_targets=(plan.party("human").number, "+1800555*"))
    allowed.refuse_dangerous(redirecting("tel:+1-800-555-0100"))
    with pytest.raises(UsageError, match=r"human redirects to sip:bob@example\.com, not one of allowed"):
        allowed.refuse_dangerous(redirecting("sip:bob@example.com"))


def test_a_carrier_outside_this_machine_needs_to_be_told_whom_it_may_call(plan: Plan) -> None:
    Deployment().refuse_dangerous(plan)
    with pytest.raises(UsageError, match="nothing says whom it may call"):
        Deployment().refuse_dangerous(plan, outside=True)
    Deployment(allowed_targets=("+*",)).refuse_dangerous(plan, outside=True)


RAW = 'send_raw: {as: agent, in: main, text: "REFER x\\n{{ main.headers() }}\\nRefer-To: <%s>"}'


@pytest.mark.parametrize(
    "line",
    [
        'refer: {as: agent, to: "+19005551234"}',
        "refer: {as: agent, to: 'tel:+19005551234'}",
        "send: {as: agent, in: main, request: REFER, headers: {Refer-To: '<sip:+19005551234@x>'}}",
        RAW % "sip:+19005551234@x",
        RAW % "sip:+1900{{ main.cseq }}@x",
        RAW % "sip:911@x",
    ],
)
def test_what_a_step_has_a_real_system_dial_is_no_dangerous_number(line: str) -> None:
    with pytest.raises(UsageError, match=r"step 2 \(line 4\) names .*, an emergency or premium number"):
        Deployment().refuse_dangerous(plan_of(line))


def test_outside_this_machine_every_target_of_a_step_is_an_allowed_one() -> None:
    allowed = Deployment(allowed_targets=("+12025550*", "+1800555*"))
    allowed.refuse_dangerous(plan_of("refer: {as: agent, to: human}"), outside=True)
    allowed.refuse_dangerous(plan_of(RAW % "{{ human.uri }}"), outside=True)
    allowed.refuse_dangerous(plan_of(RAW % "sip:+18005550100@x"), outside=True)
    for line in ("refer: {as: agent, to: sip:bob@example.com}", RAW % "sip:bob@example.com"):
        with pytest.raises(UsageError, match="not one of allowed_targets"):
            allowed.refuse_dangerous(plan_of(line), outside=True)
