"""Each kind of step on the wire, what parties do that no step moves, and how a scenario ends."""

import pytest

from harness.scenario.plan import Plan
from tests.long_form import answers, judged, left_open, notes, plan_of, played, sent

RINGING = "scenario: A promise\nsteps:\n  - call: {from: caller, to: agent, as: main}\n"


def of(plan: Plan, name: str) -> list[str]:
    return [said for said in sent(played(plan), name) if said != "ACK" and not said.startswith("100")]


def test_who_is_called_and_has_no_step_for_it_rings_and_answers_after_two_seconds() -> None:
    trace = played(plan_of("bye: agent"))
    first = {entry.message.status: entry.at_ns for entry in trace.messages()
             if trace.name_of(entry.source) == "agent" and entry.message.cseq_method == "INVITE"}  # fmt: skip
    assert first[200] - first[180] == 2_000_000_000


def test_ring_answer_and_hang_up_are_steps() -> None:
    plan = plan_of("ring: {as: agent, status: 183}\nwait: 4s\nanswer: agent\nbye: agent")
    assert of(plan, "agent") == ["183 INVITE", "200 INVITE", "BYE"]


def test_a_call_can_be_rejected_with_any_code() -> None:
    plan = plan_of("reject: {as: agent, status: 603}\nexpect: {at: caller, response: 603, to: last}")
    assert of(plan, "agent") == ["603 INVITE"]
    assert of(plan, "caller") == ["INVITE"]


def test_a_caller_can_cancel_what_rings() -> None:
    plan = plan_of(
        "cancel: caller\nexpect: {at: caller, response: 200}\nexpect: {at: agent, request: CANCEL}"
    )
    assert of(plan, "caller") == ["INVITE", "CANCEL"]
    assert of(plan, "agent")[-2:] == ["200 CANCEL", "487 INVITE"]
    assert {one.verdict for one in judged(plan, played(plan)).expectations} == {"pass"}


def test_hold_and_resume_are_answered_before_the_next_step() -> None:
    trace = played(plan_of("hold: agent\nresume: agent"))
    offers = [entry.message.body for entry in trace.messages() if entry.step in (2, 3)]
    assert [b"a=sendonly" in offer for offer in offers] == [True, False]


def test_a_refer_is_carried_out_by_the_carrier_and_told_to_the_agent() -> None:
    got = answers(
        "refer: {as: agent, to: human}\nexpect: {at: agent, response: 202, to: last}\n"
        "expect: {at: human, request: INVITE}\nring: human\nwait: 3s\nanswer: human\n"
        "expect: {at: agent, request: NOTIFY, headers: {Subscription-State: terminated;reason=noresource}}\n"
        "bye: agent\nwait: 2s"
    )
    assert {verdict for verdict, _ in got.values()} == {"pass"}
    assert got["truth"] == ("pass", "truthful")


def test_a_second_call_stands_beside_the_first() -> None:
    plan = plan_of(
        "hold: agent\nconsult: {as: second}\nbye: {as: agent, in: second}\nresume: {as: agent, in: main}"
    )
    assert of(plan, "agent").count("INVITE") == 3
    assert left_open(plan) == 0


def test_the_carrier_can_hang_up_and_notify_at_one_end() -> None:
    got = answers("notify: {to: agent}\nexpect: {at: carrier, response: 481, to: last}\n"
                  "bye: {as: carrier, to: agent}\nexpect: {at: agent, request: BYE}")  # fmt: skip
    assert {verdict for verdict, _ in got.values()} == {"pass"}


def test_a_request_outside_of_any_call_goes_to_whom_it_names() -> None:
    got = answers(
        "send: {as: caller, to: carrier, request: OPTIONS}\nexpect: {at: caller, response: 200, to: last}\n"
        "send: {as: carrier, to: agent, request: REFER}\nexpect: {at: carrier, response: 403, to: last}"
    )
    assert {verdict for verdict, _ in got.values()} == {"pass"}


def test_a_message_that_is_wrong_on_purpose_is_marked_with_its_copies() -> None:
    head = RINGING.replace("steps:", "faults: {drop: 400}\nsteps:")
    raw = (
        "send_raw: {as: agent, in: main, deliberate: true, text: "
        '"REFER {{ main.remote_target }} SIP/2.0\\n{{ main.headers() }}\\n"}'
    )
    trace = played(plan_of(f"{raw}\nexpect: {{at: agent, response: 400, to: last}}", head=head))
    refers = [
        entry for entry in trace.messages() if entry.message.method == "REFER" and entry.message.is_request
    ]
    assert [entry.n for entry in refers] == list(trace.header.deliberate)
    assert [entry.step for entry in refers] == [2, None]


def test_a_response_written_by_hand_is_not_the_last_request() -> None:
    got = answers(
        "send: {as: agent, in: main, request: OPTIONS}\n"
        'send_raw: {as: agent, in: main, deliberate: true, text: "SIP/2.0 200 OK\\n{{ main.headers() }}"}\n'
        "expect: {at: agent, response: 200, to: last}\nbye: agent"
    )
    assert (got["steps"], got["steps.4.expect"][0]) == (("pass", "5"), "pass")


def test_a_deliberate_send_is_not_held_against_its_sender() -> None:
    step = (
        "send: {{as: agent, in: main, request: REFER, deliberate: {}}}\n"
        "expect: {{at: agent, response: 400, to: last}}"
    )
    blamed = {}
    for meant in ("true", "false"):
        plan = plan_of(step.format(meant))
        found = judged(plan, played(plan)).findings
        blamed[meant] = {each.who for each in found if each.verdict == "fail"}
    assert "agent" in blamed["false"]
    assert "agent" not in blamed["true"]


@pytest.mark.parametrize(
    ("steps", "why"),
    [
        ("expect: {at: agent, request: INFO, within: 1s}\nbye: agent", "what it waits for did not come"),
        ("bye: {as: carrier, to: agent}\nwait: 1s\nhold: agent", "the call is not answered, or over"),
        ("answer: agent\nring: agent", "the call is answered, or over"),
        ("answer: agent\ncancel: caller", "the call is answered, or over"),
    ],
)
def test_a_step_that_cannot_be_carried_out_ends_the_scenario_cleanly(steps: str, why: str) -> None:
    plan = plan_of(steps)
    trace = played(plan)
    assert [note for note in notes(trace) if why in note]
    assert left_open(plan) == 0
    assert judged(plan, trace).expectations[0].verdict == "fail"


@pytest.mark.parametrize(
    "steps",
    [
        "wait: 1s",
        "ring: agent",
        "ring: agent\nwait: 1s\nanswer: agent",
        "refer: {as: agent, to: human}",
        "refer: {as: agent, to: human}\nring: human",
        "refer: {as: agent, to: human}\nexpect: {at: human, request: INVITE}\nanswer: human",
        "consult: {as: second}",
        "consult: {as: second}\nring: human",
        "bye: caller",
        "bye: {as: carrier, to: caller}",
        "send: {as: caller, to: agent, request: OPTIONS}",
    ],
)
def test_no_leg_is_left_wherever_a_scenario_ends(steps: str) -> None:
    assert left_open(plan_of(steps)) == 0


def test_callers_hang_up_first_at_the_end() -> None:
    trace = played(plan_of("wait: 1s"))
    byes = [trace.name_of(entry.source) for entry in trace.messages()
            if entry.message.is_request and entry.message.method == "BYE"]  # fmt: skip
    assert byes == ["caller", "carrier"]


def test_a_party_without_steps_does_what_its_block_says() -> None:
    head = RINGING.replace("steps:", "human: {busy: true}\nsteps:")
    got = answers("refer: {as: agent, to: human}\nexpect: {at: carrier, response: 486}\n"
                  "expect: {at: agent, request: NOTIFY}", head=head)  # fmt: skip
    assert {verdict for verdict, _ in got.values()} == {"pass"}
