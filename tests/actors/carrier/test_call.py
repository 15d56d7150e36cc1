"""One call through the carrier: ringing through, bridging, and what a REFER does to the legs."""

import pytest

from harness.actors import people
from harness.actors.carrier.call import carrying
from harness.actors.carrier.network import Network, Route
from harness.actors.carrier.profiles import Profile
from harness.base.endpoint import Endpoint
from harness.base.instant import MS, SECOND
from harness.protocol.script import Script, Task
from harness.scenario.plan import AgentPlan, Behaviour, CarrierPlan, Party
from tests.ends import End, Played, together
from tests.flows import (
    AGENT,
    BUSY,
    CALLER,
    HUMAN,
    cold,
    entries_between,
    falling_back,
    left_over,
    messages,
    played,
    quirky,
)
from tests.long_form import answers


def with_agent(behaviour: Behaviour) -> tuple[Party, ...]:
    return (CALLER, Party("agent", "agent", AGENT.number, behaviour=behaviour), HUMAN)


def test_the_call_is_put_through_with_the_callers_identity() -> None:
    run = played(cold())
    (to_agent,) = messages(run, "carrier", "agent", "INVITE")[:1]
    assert to_agent.from_.display == "Maria"
    assert to_agent.from_.uri.user == "+12025550101"
    assert to_agent.uri.startswith("sip:+12025550100@")


def test_the_caller_gets_100_at_once() -> None:
    run = played(cold())
    (trying,) = entries_between(run.trace, "carrier", "caller", "100 INVITE")
    (invite,) = entries_between(run.trace, "caller", "carrier", "INVITE")
    assert trying.at_ns == invite.received_ns


def test_ringing_and_answer_come_through() -> None:
    behaviour = Behaviour(rings_after_ns=0, answers_after_ns=500 * MS)
    run = played(cold(parties=with_agent(behaviour)))
    said = run.first_said()
    assert said.index("agent>carrier 180 INVITE") < said.index("carrier>caller 180 INVITE")
    assert said.index("agent>carrier 200 INVITE") < said.index("carrier>caller 200 INVITE")


@pytest.mark.parametrize("status", [404, 486, 503, 603])
def test_a_refusal_comes_through(status: int) -> None:
    plan = cold(direction="outbound", caller=Behaviour(rejects=status))
    run = played(plan)
    assert len(messages(run, "carrier", "agent", f"{status} INVITE")) == 1
    assert left_over(run.hosts) == []


def test_a_redirection_of_the_called_party_is_not_passed_on() -> None:
    plan = cold(direction="outbound", caller=Behaviour(redirects_to="sip:x@192.0.2.50"))
    assert len(messages(played(plan), "carrier", "agent", "480 INVITE")) == 1


def test_a_number_nobody_has_gets_404() -> None:
    def calls(me: Task) -> Script[None]:
        leg = me.call("sip:+999@192.0.2.11")
        assert leg.invite is not None
        yield from me.wait(leg.final(leg.invite))

    alone = together({"a": End(calls), "carrier": End(on_call=carrying(Network(Profile(), {})))})
    assert alone.said() == ["a>carrier INVITE", "carrier>a 404 INVITE", "a>carrier ACK"]


def test_a_caller_who_gives_up_ends_the_ringing_on_the_other_side() -> None:
    def calls(me: Task) -> Script[None]:
        me.call("sip:1@192.0.2.12")
        yield from me.sleep(SECOND)

    route = Route("sip:1@192.0.2.11", Endpoint("192.0.2.11", 5060))
    carrier = carrying(Network(Profile(), {"1": route}))
    ends = {
        "a": End(calls),
        "b": End(on_call=people.taking(Behaviour(no_answer=True))),
        "carrier": End(on_call=carrier, trying_at_once=True),
    }
    run = together(ends)
    assert run.settled()
    said = run.first_said()
    assert said.index("a>carrier CANCEL") < said.index("carrier>b CANCEL")
    assert {"carrier>a 487 INVITE", "b>carrier 487 INVITE"} <= set(said)


def test_when_one_hangs_up_the_other_is_hung_up_on() -> None:
    run = played(cold(caller=Behaviour(hangs_up_after_ns=300 * MS)))
    said = run.first_said()
    assert said.index("caller>carrier BYE") < said.index("carrier>agent BYE")


def test_after_a_transfer_caller_and_target_are_together_and_the_agent_may_go() -> None:
    run = played(cold())
    said = run.first_said()
    assert (
        said.index("agent>carrier BYE") < said.index("human>carrier BYE") < said.index("carrier>caller BYE")
    )
    assert messages(run, "carrier", "agent", "BYE") == []


def test_a_referrer_that_stays_is_hung_up_on_after_a_minute() -> None:
    """A final report that says active is no end for the agent with a long patience."""
    plan = cold(
        human=Behaviour(hangs_up_after_ns=300 * SECOND),
        agent=AgentPlan(notify_patience_ns=400 * SECOND),
        carrier=quirky("no-notify"),
    )
    run = played(plan)
    assert left_over(run.hosts) == []


def test_the_caller_who_hangs_up_in_the_middle_ends_the_ringing_with_487() -> None:
    run = played(
        cold(caller=Behaviour(hangs_up_after_ns=1500 * MS), human=Behaviour(answers_after_ns=9 * SECOND))
    )
    said = run.first_said()
    assert said.index("caller>carrier BYE") < said.index("carrier>human CANCEL")
    assert messages(run, "carrier", "agent", "NOTIFY")[-1].body == b"SIP/2.0 487 Request Terminated\r\n"
    assert messages(run, "human", "carrier", "200 INVITE") == []


def test_on_failure_the_caller_stays_unless_the_carrier_drops_him() -> None:
    honest = played(cold(human=BUSY))
    dropping = played(cold(human=BUSY, carrier=quirky("drop-caller-on-failure")))

    def dropped_before_agent_left(run: Played) -> bool:
        said = run.first_said()
        return said.index("carrier>caller BYE") < said.index("agent>carrier BYE")

    assert not dropped_before_agent_left(honest)
    assert dropped_before_agent_left(dropping)


def test_a_refer_after_the_caller_was_dropped_is_refused_at_once() -> None:
    run = played(
        cold(human=BUSY, desk=Behaviour(), fallback=falling_back(), carrier=quirky("drop-caller-on-failure"))
    )
    first, second = entries_between(run.trace, "agent", "carrier", "REFER")
    assert messages(run, "carrier", "agent", "202 REFER") and first is not second
    (refusal,) = entries_between(run.trace, "carrier", "agent", "603 REFER")
    assert refusal.at_ns == second.received_ns
    assert messages(run, "carrier", "desk", "INVITE") == []


def test_a_challenged_caller_is_let_through_with_credentials() -> None:
    run = played(cold(carrier=CarrierPlan(challenges=(("INVITE", 407),))))
    first, second = messages(run, "caller", "carrier", "INVITE")
    assert first.first("proxy-authorization") is None and second.first("proxy-authorization")
    assert len(messages(run, "carrier", "caller", "407 INVITE")) == 1
    assert len(messages(run, "carrier", "caller", "200 INVITE")) == 1


def test_a_refer_of_the_public_caller_is_refused() -> None:
    steps = "refer: {as: caller, to: human}\nexpect: {at: caller, response: 603, to: last}"
    assert answers(steps)["steps.3.expect"][0] == "pass"
