"""What `show` prints of steps makes the same steps."""

import dataclasses

from harness.scenario.plan import Plan
from harness.scenario.show import show
from tests.long_form import plan_of
from tests.scenario.written import plan, plans

EVERY = """\
consult: {as: second}
ring: {as: human, status: 183}
answer: human
hold: {as: agent, in: main}
resume: {as: agent, in: main}
refer: {as: agent, in: main, to: human, headers: {X-A: "b: c"}, name: one}
notify: {to: agent, in: main, status: 180, event: refer;id=3, name: two}
send: {as: agent, in: main, request: INFO, headers: {X-A: b}, body: "a\\nb", deliberate: true, name: three}
send_raw: {as: agent, in: main, text: "INFO {{ main.contact }}\\r\\n\\t\\"x\\"", exact: yes, retransmit: no}
send: {as: caller, to: carrier, request: OPTIONS}
expect: {at: agent, in: main, response: 202, to: one, headers: {X-A: b}, within: 2s}
never: {request: INVITE, from: carrier, to: human, for: 5s}
wait: 1.5s
fault: {delay: 200 INVITE, from: agent, to: carrier, number: 2, by: 1s}
bye: {as: carrier, to: agent, in: main}
call: {from: caller, to: human, as: third}
cancel: caller
call: {from: caller, to: human, as: fourth}
reject: {as: human, status: 603}
"""


def same(made: Plan) -> Plan:
    """Without places in the file."""
    steps = tuple(dataclasses.replace(step, line=0, column=0) for step in made.steps)
    return dataclasses.replace(made, steps=steps, expectations=(), line=0)


def test_every_kind_of_step_is_shown_so_that_it_can_be_read_again() -> None:
    made = plan_of(EVERY)
    (again,) = plans(show(made))
    assert same(again) == same(made)
    assert [one.name for one in again.expectations] == [one.name for one in made.expectations]


def test_faults_of_the_short_form_are_shown() -> None:
    made = plan("faults: [{drop: REFER, from: agent}, {duplicate: BYE, by: 1s}]\n")
    shown = show(made)
    assert "faults:\n  - {drop: REFER, from: agent, number: 1}\n" in shown
    (again,) = plans(shown)
    assert again.faults == made.faults


def test_the_long_form_shows_no_words_of_the_short_one() -> None:
    shown = show(plan_of("bye: agent"))
    assert shown == (
        "# x.yaml\n"
        "scenario: A promise\n"
        'caller: {number: "+12025550101", rings_after: 0ms, answers_after: 2s}\n'
        'agent: {number: "+12025550100", rings_after: 0ms, answers_after: 2s}\n'
        'human: {number: "+12025550102", rings_after: 0ms, answers_after: 2s, hangs_up_after: 3s}\n'
        "carrier: {profile: rfc, quirks: [], challenges: {}, window: 120s}\n"
        "steps:\n"
        "  - call: {from: caller, to: agent, as: main}\n"
        "  - bye: {as: agent, in: main}\n"
        "# Who is called and has no step for it rings and answers as its block says.\n"
        "# After the last step callers hang up, and 1s later whoever is still in a call.\n"
    )
