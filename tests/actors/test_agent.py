"""What the agent does with the call, as the wire shows it."""

from dataclasses import replace

import pytest

from harness.base.instant import MS, SECOND
from harness.scenario.plan import AgentPlan, Behaviour, CarrierPlan
from harness.wire.sip.message import Message
from tests.ends import Played
from tests.flows import AGENT, BUSY, cold, entries_between, falling_back, left_over, messages, played, quirky

DESK = Behaviour(hangs_up_after_ns=SECOND)


def agents(run: Played, what: str) -> list[Message]:
    return messages(run, "agent", "carrier", what)


def moments_ms(run: Played, sender: str, receiver: str, what: str) -> list[float]:
    start = run.trace.header.started_ns
    return [(entry.at_ns - start) / MS for entry in entries_between(run.trace, sender, receiver, what)]


def directions(run: Played) -> list[str]:
    bodies = [message.body.decode() for message in agents(run, "INVITE")]
    return [
        line[2:] for body in bodies for line in body.split("\r\n") if line in ("a=sendonly", "a=sendrecv")
    ]


def test_the_agent_holds_refers_and_leaves_after_the_report_of_success() -> None:
    run = played(cold())
    assert directions(run) == ["sendonly"]
    (refer,) = agents(run, "REFER")
    assert refer.values("refer-to") == ["<sip:+12025550102@192.0.2.13:5060>"]
    assert refer.first("referred-by") == "<sip:+12025550100@192.0.2.11:5060>"
    last_report = moments_ms(run, "carrier", "agent", "NOTIFY")[-1]
    assert moments_ms(run, "agent", "carrier", "BYE") == [last_report + 5]


def test_it_waits_before_it_transfers() -> None:
    run = played(cold(agent=AgentPlan(refers_after_ns=700 * MS, holds=False)))
    (acked,) = moments_ms(run, "carrier", "agent", "ACK")
    assert moments_ms(run, "agent", "carrier", "REFER") == [acked + 5 + 700]
    assert directions(run) == []


def test_it_may_leave_right_after_the_answer_to_its_refer() -> None:
    run = played(cold(agent=AgentPlan(leaves="on-refer-accepted")))
    (accepted,) = moments_ms(run, "carrier", "agent", "202 REFER")
    assert moments_ms(run, "agent", "carrier", "BYE") == [accepted + 5]


@pytest.mark.parametrize("resumes", [True, False])
def test_after_a_failure_it_takes_the_caller_back_and_keeps_him(resumes: bool) -> None:
    run = played(cold(human=BUSY, agent=AgentPlan(resumes=resumes, keeps_caller_ns=SECOND)))
    assert directions(run) == (["sendonly", "sendrecv"] if resumes else ["sendonly"])
    failed = moments_ms(run, "carrier", "agent", "NOTIFY")[-1]
    (bye,) = moments_ms(run, "agent", "carrier", "BYE")
    assert 1000 <= bye - failed < 1300


@pytest.mark.parametrize("sub", [True, False])
def test_it_may_ask_for_no_subscription(sub: bool) -> None:
    """RFC 4488 section 4."""
    run = played(cold(agent=AgentPlan(refer_sub=sub), carrier=quirky("norefersub")))
    (refer,) = agents(run, "REFER")
    assert (refer.first("refer-sub"), refer.first("supported")) == (
        (None, None) if sub else ("false", "norefersub")
    )
    assert bool(messages(run, "carrier", "agent", "NOTIFY")) == sub
    assert len(agents(run, "BYE")) == 1


def test_it_waits_for_the_final_report_as_long_as_it_was_told() -> None:
    plan = cold(human=Behaviour(no_answer=True), agent=AgentPlan(notify_patience_ns=9 * SECOND))
    run = played(plan)
    reports = moments_ms(run, "carrier", "agent", "NOTIFY")
    resumed = moments_ms(run, "agent", "carrier", "INVITE")[1]
    assert resumed - (reports[1] + 5) == 9000 + 100


def test_without_any_report_it_gives_the_attempt_up_after_timer_n() -> None:
    """RFC 6665 section 4.1.2.4."""
    run = played(cold(carrier=quirky("black-hole")))
    (accepted,) = moments_ms(run, "carrier", "agent", "202 REFER")
    resumed = moments_ms(run, "agent", "carrier", "INVITE")[1]
    assert resumed - (accepted + 5) == 32_000 + 100


@pytest.mark.parametrize("status", [202, 603])
def test_context_headers_go_on_the_refer(status: int) -> None:
    headers = (("X-Case", "4711"), ("User-to-User", "00c9;encoding=hex"))
    carrier = CarrierPlan(refuses=603) if status == 603 else CarrierPlan()
    (refer,) = agents(played(cold(context_headers=headers, carrier=carrier)), "REFER")
    assert [refer.first(name) for name, _ in headers] == [value for _, value in headers]


def test_it_may_leave_some_time_after_the_answer_to_its_refer() -> None:
    run = played(cold(agent=AgentPlan(leaves="on-refer-accepted", leaves_after_ns=280 * MS)))
    (accepted,) = moments_ms(run, "carrier", "agent", "202 REFER")
    assert moments_ms(run, "agent", "carrier", "BYE") == [accepted + 5 + 280]


def test_it_may_name_the_target_by_a_tel_uri() -> None:
    """RFC 3966; RFC 3515 section 2.1 lets Refer-To hold any URI."""
    run = played(cold(agent=AgentPlan(refers_to="tel"), human=BUSY, desk=DESK, fallback=falling_back("busy")))
    named = [refer.first("refer-to") for refer in agents(run, "REFER")]
    assert named == ["<tel:+12025550102>", "<tel:+12025550103>"]
    assert len(messages(run, "carrier", "desk", "ACK")) == 1


@pytest.mark.parametrize("direction", ["inbound", "outbound"])
def test_a_call_that_its_own_transfer_sends_back_it_only_answers(direction: str) -> None:
    run = played(cold(human=Behaviour(redirects_to=AGENT.number), direction=direction))
    assert len(agents(run, "REFER")) == 1
    (answer,) = entries_between(run.trace, "agent", "carrier", "200 INVITE")[1 - (direction == "outbound") :]
    assert answer.message.to.uri.user == AGENT.number
    assert left_over(run.hosts) == []


def test_an_agent_that_hides_its_number_calls_anonymously() -> None:
    plan = cold(direction="outbound")
    parties = tuple(replace(party, privacy=party.role == "agent") for party in plan.parties)
    (invite,) = agents(played(replace(plan, parties=parties)), "INVITE")[:1]
    assert AGENT.number not in f"{invite.from_} {invite.contact}"


def test_context_may_travel_inside_the_refer_to_uri() -> None:
    """RFC 3261 section 19.1.5: escaped there, header fields of the triggered INVITE here."""
    run = played(cold(context_headers=(("X-Case", "4711; a?b"),), context_in="refer-to"))
    (refer,) = agents(run, "REFER")
    assert refer.values("refer-to") == ["<sip:+12025550102@192.0.2.13:5060?X-Case=4711%3B%20a?b>"]
    assert refer.first("x-case") is None
    (invite,) = messages(run, "carrier", "human", "INVITE")
    assert invite.first("x-case") == "4711; a?b"
    assert "?" not in invite.uri


FALLBACKS = [
    # (fallback condition, what the human does, is the second desk tried?)
    ("busy", 486, True), ("busy", 600, True), ("busy", 603, False), ("declined", 603, True),
    ("no-answer", 480, True), ("unreachable", 404, True), ("unreachable", 503, True),
    ("error", 486, True), ("error", 500, True), ("declined", 486, False),
]  # fmt: skip


@pytest.mark.parametrize(("when", "status", "tried"), FALLBACKS)
def test_a_fallback_is_tried_when_its_condition_fits(when: str, status: int, tried: bool) -> None:
    plan = cold(human=Behaviour(rejects=status), desk=DESK, fallback=falling_back(when))
    run = played(plan)
    targets = [message.values("refer-to")[0] for message in agents(run, "REFER")]
    assert [target[5:17] for target in targets] == ["+12025550102"] + ["+12025550103"] * tried
    assert bool(messages(run, "carrier", "desk", "INVITE")) == tried
    assert left_over(run.hosts) == []


def test_the_second_refer_of_a_call_has_its_own_number_and_reports() -> None:
    """RFC 3515 section 2.4.6: reports on it carry its id."""
    run = played(cold(human=BUSY, desk=DESK, fallback=falling_back("busy")))
    first, second = agents(run, "REFER")
    assert second.cseq_number > first.cseq_number
    events = [message.first("event") for message in messages(run, "carrier", "agent", "NOTIFY")]
    assert set(events) == {"refer", f"refer;id={second.cseq_number}"}


def test_outbound_the_agent_calls_the_caller_first() -> None:
    run = played(cold(direction="outbound"))
    said = run.first_said()
    assert said[0] == "agent>carrier INVITE"
    assert said.index("carrier>caller INVITE") < said.index("agent>carrier REFER")
    assert len(messages(run, "carrier", "human", "ACK")) == 1


def test_an_agent_whose_caller_hangs_up_stops_at_once() -> None:
    run = played(cold(caller=Behaviour(hangs_up_after_ns=1500 * MS), human=Behaviour(no_answer=True)))
    (bye,) = moments_ms(run, "carrier", "agent", "BYE")
    later = [
        entry.message
        for entry in run.trace.messages()
        if run.trace.name_of(entry.source) == "agent"
        and entry.at_ns - run.trace.header.started_ns > (bye + 5) * MS
    ]
    assert [message for message in later if message.is_request] == []
