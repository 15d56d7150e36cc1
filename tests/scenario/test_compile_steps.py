"""Steps and faults compiled: every default filled in, every step with its place."""

from harness.base.instant import MS, SECOND
from harness.scenario import steps
from harness.scenario.steps import Fault
from tests.long_form import HEAD, plan_of
from tests.scenario.written import plan, plans


def test_scenario_8_of_the_language_compiles_as_written() -> None:
    (made,) = plans(SCENARIO_8)
    call, raw, expect, never = made.steps
    assert call == steps.Call(number=1, line=3, column=5, who="caller", to="agent", call="main")
    assert isinstance(raw, steps.SendRaw)
    assert (raw.who, raw.call, raw.deliberate, raw.exact, raw.retransmit) == (
        "agent", "main", True, False, True
    )  # fmt: skip
    assert raw.text.startswith("REFER {{ main.remote_target }} SIP/2.0\n")
    assert expect == steps.Expect(
        number=3, line=14, column=5, who="agent", status=400, to="last", within_ns=32 * SECOND
    )
    assert never == steps.Never(
        number=4, line=15, column=5, method="INVITE", sender="carrier", for_ns=5 * SECOND
    )
    assert made.under_test == "carrier"
    assert made.style == "unknown"


def test_without_in_a_step_means_the_last_call_of_its_party() -> None:
    row = plan_of("consult: {as: second}\nhold: agent\nhold: caller\nhold: {as: agent, in: main}").steps
    assert [step.call for step in row] == ["main", "second", "second", "main", "main"]


def test_a_party_that_no_step_has_called_means_the_call_that_comes_to_it() -> None:
    row = plan_of("refer: {as: agent, to: human}\nanswer: human").steps
    assert row[2] == steps.Answer(number=3, line=5, column=5, who="human", call="")


def test_what_is_left_out_has_its_default() -> None:
    row = plan_of("notify: {to: agent}\nnotify: {to: agent, status: 180}\nring: agent\nreject: agent").steps
    final, early, ring, reject = row[1:]
    assert isinstance(final, steps.Notify) and isinstance(early, steps.Notify)
    assert (final.who, final.status, final.active, final.event) == ("carrier", 200, False, "refer")
    assert (early.status, early.active) == (180, True)
    assert isinstance(ring, steps.Ring) and ring.status == 180
    assert isinstance(reject, steps.Reject) and reject.status == 486


def test_hold_and_resume_are_directions() -> None:
    row = plan_of("hold: agent\nresume: agent").steps
    assert [step.direction for step in row[1:] if isinstance(step, steps.Turn)] == ["sendonly", "sendrecv"]


def test_what_steps_ask_for_is_an_expectation_with_its_place() -> None:
    made = plan_of("expect: {at: agent, request: BYE}\nnever: {request: BYE, at: human, for: 1s}")
    asked = [(one.name, one.line, one.column) for one in made.expectations]
    assert asked == [("steps", 2, 1), ("steps.2.expect", 4, 5), ("steps.3.never", 5, 5)]
    assert made.expectations[0].wanted == 3
    assert made.expectations[2].wanted == made.steps[2]


def test_truth_is_asked_for_where_somebody_refers() -> None:
    refers = ("refer: {as: agent, to: human}", "send: {as: agent, in: main, request: REFER}")
    for line in refers:
        assert plan_of(line).expectations[-1].name == "truth"
    assert plan_of("bye: agent").expectations[-1].name == "steps"


def test_faults_of_the_short_form_name_kind_message_and_way() -> None:
    made = plan("faults: [{drop: REFER, from: agent}, {delay: 200 INVITE, to: caller, number: 2, by: 1s}]\n")
    assert made.faults == (
        Fault("drop", "REFER", "agent"),
        Fault("delay", "200 INVITE", None, "caller", 2, SECOND),
    )
    assert plan("faults: {duplicate: BYE}\n").faults == (Fault("duplicate", "BYE", by_ns=100 * MS),)


def test_parameters_stand_in_steps_too() -> None:
    text = HEAD + "  - reject: {as: agent, status: $code}\nparameters: {code: [486, 603]}\n"
    made = [each.steps[1] for each in plans(text)]
    assert [step.status for step in made if isinstance(step, steps.Reject)] == [486, 603]


SCENARIO_8 = """\
scenario: A REFER with two Refer-To headers gets 400 and starts no call
steps:
  - call: {from: caller, to: agent, as: main}
  - send_raw:
      as: agent
      in: main
      deliberate: true
      text: |
        REFER {{ main.remote_target }} SIP/2.0
        {{ main.headers(cseq="next", branch="new") }}
        Refer-To: <sip:a@example.com>
        Refer-To: <sip:b@example.com>
        Content-Length: 0
  - expect: {at: agent, response: 400, to: last, within: 32s}
  - never: {request: INVITE, from: carrier, for: 5s}
under_test: carrier
"""
