"""Steps as values: which of them act, how long they wait, and who rings or answers."""

from harness.base.instant import SECOND
from harness.scenario import steps
from harness.scenario.steps import answered_by_steps, left_open, patience_ns
from tests.long_form import plan_of


def test_what_puts_a_message_on_the_wire_acts() -> None:
    row = plan_of("wait: 1s\nfault: {drop: BYE}\nexpect: {at: agent, request: BYE}\nhold: agent").steps
    assert [step.acts for step in row] == [True, False, False, False, True]


def test_only_waits_take_time_by_themselves() -> None:
    row = plan_of(
        "wait: 1s\nexpect: {at: agent, request: BYE}\nnever: {request: BYE, for: 2s}\nbye: agent"
    ).steps
    assert [patience_ns(step) for step in row] == [0, SECOND, 32 * SECOND, 2 * SECOND, 0]


def test_a_call_stays_open_where_a_step_ends_what_it_begins() -> None:
    for line, open_ in (("answer: agent", True), ("cancel: caller", True), ("hold: agent", False)):
        row = plan_of(line).steps
        call = row[0]
        assert isinstance(call, steps.Call)
        assert left_open(row, call) is open_
        assert answered_by_steps(row, "agent", "main") is (line == "answer: agent")


def test_the_method_of_a_raw_message_is_its_first_word() -> None:
    step = steps.SendRaw(number=1, line=1, column=1, who="agent", text="\n REFER x SIP/2.0\n")
    assert step.method == "REFER"


def test_every_step_knows_its_word() -> None:
    lines = ["hold: agent", "resume: agent", "send_raw: {as: agent, in: main, text: x}", "fault: {drop: BYE}"]
    assert [step.word for step in plan_of("\n".join(lines)).steps] == [
        "call", "hold", "resume", "send_raw", "fault"
    ]  # fmt: skip
