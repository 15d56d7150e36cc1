"""The stage: whose turn it is, which leg is which, which message fulfils which expectation."""

from harness.actors.cast import build, places
from harness.actors.stage import Stage, parties_in
from harness.runtime.virtual.play import addresses, play
from harness.trace.entries import Header
from tests.long_form import answers, plan_of, played

ALL = ("caller", "agent", "human", "carrier")


def test_a_pause_is_kept_by_whoever_acted_before() -> None:
    stage = Stage(plan_of("wait: 1s\nhold: agent\nnever: {request: BYE, for: 1s}").steps, ALL)
    assert [step.number for step in stage.part_of("caller")] == [1, 2]
    assert [step.number for step in stage.part_of("agent")] == [3, 4]


def test_a_call_of_a_real_system_is_noticed_by_who_is_called() -> None:
    stage = Stage(plan_of("bye: agent").steps, ("agent", "human", "carrier"))
    assert [step.number for step in stage.part_of("agent")] == [1, 2]


def test_steps_happen_in_order_whoever_acts() -> None:
    trace = played(plan_of("hold: agent\nwait: 1s\nhold: caller\nwait: 1s\nresume: agent\nbye: caller"))
    marked = [entry for entry in trace.messages() if entry.step is not None]
    assert [entry.step for entry in marked] == [1, 2, 4, 6, 7]
    assert [trace.name_of(entry.source) for entry in marked] == [
        "caller",
        "agent",
        "caller",
        "agent",
        "caller",
    ]
    times = [entry.at_ns for entry in marked]
    assert times == sorted(times)


def test_a_message_fulfils_one_expectation_only() -> None:
    once = "expect: {at: carrier, request: INVITE, within: 1s}"
    twice = f"hold: caller\n{once}\n{once}"
    got = answers(twice)
    assert got["steps.3.expect"][0] == "pass"
    assert got["steps.4.expect"] == ("fail", "no INVITE")


def test_a_message_before_the_last_acting_step_fulfils_nothing() -> None:
    assert (
        answers("bye: agent\nexpect: {at: agent, request: INVITE, within: 1s}")["steps.3.expect"][0] == "fail"
    )


def test_a_retransmission_is_no_second_message() -> None:
    faults = "faults: {drop: 200 OPTIONS}\n"
    steps = (
        "send: {as: agent, in: main, request: OPTIONS}\nexpect: {at: carrier, request: OPTIONS}\n"
        "expect: {at: carrier, request: OPTIONS, within: 3s}"
    )
    plan = plan_of(
        steps, head="scenario: x\n" + faults + "steps:\n  - call: {from: caller, to: agent, as: main}\n"
    )
    assert len([entry for entry in played(plan).messages() if entry.message.method == "OPTIONS"
                and entry.message.is_request]) == 2  # fmt: skip
    from tests.long_form import answers_in

    assert answers_in(plan, played(plan))["steps.4.expect"] == ("fail", "no OPTIONS")


def test_a_retransmission_lets_no_later_step_begin() -> None:
    steps = (
        "send: {as: agent, in: main, request: OPTIONS}\nexpect: {at: carrier, request: OPTIONS}\n"
        "expect: {at: carrier, request: OPTIONS, within: 3s}\nbye: agent"
    )
    head = "scenario: x\nfaults: {drop: 200 OPTIONS}\nsteps:\n  - call: {from: caller, to: agent, as: main}\n"
    trace = played(plan_of(steps, head=head))
    assert max(entry.step or 0 for entry in trace.messages()) == 2, "only the call and the OPTIONS were sent"


def test_every_party_knows_its_own_leg_of_a_call() -> None:
    plan = plan_of("consult: {as: second}\nwait: 1s")
    hosts = build(plan, 7, addresses(places(plan)))
    play(hosts, Header(seed=7))
    assert all(not host.open_legs() for host in hosts.values())
    assert parties_in({}, "agent") == {}


def test_the_same_seed_plays_the_same_bytes() -> None:
    plan = plan_of("hold: agent\nrefer: {as: agent, to: human}\nexpect: {at: agent, request: NOTIFY}")
    one, other = played(plan), played(plan)
    assert [entry.raw for entry in one.messages()] == [entry.raw for entry in other.messages()]
    assert [entry.raw for entry in one.messages()] != [entry.raw for entry in played(plan, 8).messages()]
