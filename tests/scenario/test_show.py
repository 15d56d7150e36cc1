"""What `show` prints is a scenario that makes the same plan."""

import dataclasses
from pathlib import Path

import pytest

from harness.scenario.load import load, load_text
from harness.scenario.plan import Plan
from harness.scenario.show import show
from harness.suite.collect import vocabulary
from tests.scenario.written import plan, plans

LIBRARY = sorted((Path(__file__).parents[2] / "scenarios").rglob("*.yaml"))

RICH = """\
caller: {number: "+15550100", name: 'Ma"ria \\ on', hangs_up_after: 1.5s, privacy: id}
agent: {rings_after: never, answers_after: 1us, waits: 3s, leaves: on-refer-accepted,
        leaves_after: 280ms, holds: no, refer_sub: off, refers_to: tel}
human: {number: $$x, rings_after: 200ms, rejects: 486, name: yes}
people:
  box: {role: voicemail}
  bob: {redirects_to: eve}
  eve: {unreachable: true}
  sue: {no_answer: true}
carrier:
  quirks: [no-notify, refer-200]
  challenges: {REFER: 407}
  allows: "+1*"
  refuses: {notify: 403}
  window: 2m
context: {headers: {X-AI-Context: "refinance, Apex: Realty #1"}}
fallback: [{when: busy, to: box}, {to: bob, by: carrier}, {to: sue, by: target}]
markers: [smoke, nightly]
under_test: carrier
expect:
  refer: [407, 202]
  attempts: [{reported: 486, truth: [late, silent]}, {outcome: connected}]
  caller: {fate: held, within: 5s, never: [dropped], alone: under 1.5s}
  legs_left: [caller-human]
  human_sees: {caller_id: "+15550177", context: whole}
  latency: {handoff: under 4s, refer_response: under 250ms}
  never: {INVITE: {to: human, from: carrier}, BYE: {}, for: 5s}
  violations: {exactly: [truthful-notify], by: carrier}
"""


def same(made: Plan) -> Plan:
    """Without what the printed text changes: places, order and whether truth was asked for."""
    rows = sorted(made.expectations, key=lambda one: one.name)
    bare = tuple(dataclasses.replace(one, line=0, column=0, asked=True) for one in rows)
    return dataclasses.replace(made, line=0, expectations=bare)


IN_REFER_TO = "context: {sent_in: refer-to, headers: {X-A: b}}\nexpect: {human_sees: {context: [X-A]}}\n"


@pytest.mark.parametrize(
    "text", ["", IN_REFER_TO, RICH, "direction: outbound\ncaller: {busy: true}\ncarrier: {refuses: 603}\n"]
)
def test_what_is_shown_makes_the_same_plan(text: str) -> None:
    made = plan(text)
    (again,) = plans(show(made))
    assert same(again) == same(made)


@pytest.mark.parametrize("path", LIBRARY, ids=lambda path: path.stem)
def test_what_is_shown_of_a_shipped_scenario_makes_the_same_plan(path: Path) -> None:
    for made in load(str(path), vocabulary()):
        (again,) = load_text(show(made).encode(), "x.yaml", vocabulary())
        first, shown = show(made).split("\n", 1)
        assert first == f"# {made.id}"
        # What was left to a default is asked for when it is read again.
        assert show(again).split("\n", 1)[1] == shown.replace("  # holds in every scenario", "")


def test_who_leaves_at_once_waits_for_no_report() -> None:
    assert "NOTIFY" not in show(plan("agent: {leaves: on-refer-accepted}"))


def test_how_long_it_rings_before_the_humans_system_sends_it_on_is_said() -> None:
    shown = show(plan("human: {no_answer: true}\npeople: {box: {}}\nfallback: {to: box, by: target}\n"))
    assert shown.endswith(
        "# The human's own system lets it ring for 20s, then it sends the call on by 302.\n"
    )


def test_every_default_is_shown_and_no_password() -> None:
    shown = show(plan(""))
    assert shown == (
        "# x.yaml\n"
        "scenario: A promise\n"
        "transfer: cold\n"
        "by: refer\n"
        "direction: inbound\n"
        'caller: {number: "+12025550101"}\n'
        'agent: {number: "+12025550100", rings_after: 0ms, answers_after: 2s, waits: 1s,'
        " leaves: on-final-notify, leaves_after: 0ms, holds: true, refer_sub: true, refers_to: sip}\n"
        'human: {number: "+12025550102", rings_after: 0ms, answers_after: 2s, hangs_up_after: 3s}\n'
        "carrier: {profile: rfc, quirks: [], challenges: {}, window: 120s}\n"
        "expect:\n"
        "  truth: [truthful, not-owed]  # holds in every scenario\n"
        "# The agent holds the caller before it sends the REFER.\n"
        "# The agent takes the attempt for failed when no NOTIFY at all comes within 32s of the 2xx\n"
        "# (Timer N, RFC 6665 section 4.1.2.4), or after one the next takes longer than 180s.\n"
        "# When every attempt failed it takes the caller off hold within 5s and hangs up 3s later.\n"
    )
