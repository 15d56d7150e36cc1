"""The defaults of the language, filled in."""

import pytest

from harness.base.instant import MS, SECOND
from harness.scenario.plan import AgentPlan, Behaviour, CarrierPlan, Fallback
from tests.scenario.written import HEAD, plan, plans


def test_two_lines_make_a_whole_plan() -> None:
    made = plan("")
    assert (made.id, made.title, made.source, made.line) == ("x.yaml", "A promise", "x.yaml", 1)
    assert (made.style, made.direction, made.target, made.under_test) == ("cold", "inbound", "human", None)
    assert made.carrier == CarrierPlan()
    assert made.agent == AgentPlan()
    assert made.fallback == ()
    assert [(party.name, party.role) for party in made.parties] == [
        ("caller", "caller"), ("agent", "agent"), ("human", "human"),
    ]  # fmt: skip
    assert len({party.number for party in made.parties}) == 3


def test_a_human_rings_at_once_answers_after_2_s_and_hangs_up_3_s_later() -> None:
    assert plan("").party("human").behaviour == Behaviour(
        rings_after_ns=0, answers_after_ns=2 * SECOND, hangs_up_after_ns=3 * SECOND
    )


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ("busy: true", Behaviour(rings_after_ns=None, rejects=486)),
        ("declines: true", Behaviour(rings_after_ns=None, rejects=603)),
        ("rejects: 404", Behaviour(rings_after_ns=None, rejects=404)),
        ("rejects: 404, rings_after: 1s", Behaviour(rings_after_ns=SECOND, rejects=404)),
        ("no_answer: true", Behaviour(no_answer=True)),
        ("unreachable: true", Behaviour(rings_after_ns=None, unreachable=True)),
        ("redirects_to: +12025550199", Behaviour(rings_after_ns=None, redirects_to="+12025550199")),
        ("redirects_to: 'sip:bob@example.com'",
         Behaviour(rings_after_ns=None, redirects_to="sip:bob@example.com")),
        ("rings_after: never, answers_after: 200ms",
         Behaviour(rings_after_ns=None, answers_after_ns=200 * MS, hangs_up_after_ns=3 * SECOND)),
        ("hangs_up_after: 1s", Behaviour(hangs_up_after_ns=SECOND)),
    ],
)  # fmt: skip
def test_a_behaviour_is_what_its_word_says(written: str, wanted: Behaviour) -> None:
    assert plan(f"human: {{{written}}}\n").party("human").behaviour == wanted


def test_a_call_can_be_redirected_to_somebody_by_name() -> None:
    made = plan("human: {redirects_to: bob}\npeople: {bob: {number: +12025550177}}\n")
    assert made.party("human").behaviour.redirects_to == "+12025550177"


def test_numbers_that_the_file_takes_are_not_given_out_again() -> None:
    made = plan("caller: {number: +12025550102}\npeople: {ann: {number: +12025550110}, bob: {}}\n")
    numbers = [party.number for party in made.parties]
    assert len(set(numbers)) == 5
    assert made.party("caller").number == "+12025550102"
    assert made.party("ann").number == "+12025550110"


def test_only_who_calls_or_refers_can_answer_a_challenge() -> None:
    made = plan("carrier: {challenges: {REFER: 407, INVITE: 401}}\n")
    assert made.carrier.challenges == (("INVITE", 401), ("REFER", 407))
    assert [party.name for party in made.parties if party.credentials] == ["caller", "agent"]


def test_a_carrier_with_allowed_numbers_declines_the_others() -> None:
    assert plan('carrier: {allows: ["+1*"]}\n').carrier.refuses == 603
    assert plan('carrier: {allows: "+1*", refuses: 403}\n').carrier.refuses == 403
    by_notify = plan('carrier: {allows: "+1*", refuses: {notify: 403}}\n').carrier
    assert (by_notify.refuses, by_notify.refuses_by_notify) == (None, 403)


def test_what_the_agent_and_the_carrier_are_told_is_in_the_plan() -> None:
    made = plan(
        "agent: {waits: 0s, leaves: on-refer-accepted, holds: no, refer_sub: no,"
        " number: +12025550150, name: AI}\n"
        "carrier: {quirks: refer-200, window: 30s}\ndirection: outbound\nunder_test: agent\n"
        "caller: {busy: true}\n"
    )
    assert made.agent == AgentPlan(
        refers_after_ns=0, leaves="on-refer-accepted", holds=False, refer_sub=False
    )
    assert (made.carrier.quirks, made.carrier.no_answer_after_ns) == (("refer-200",), 30 * SECOND)
    assert (made.direction, made.under_test) == ("outbound", "agent")
    assert (made.party("agent").number, made.party("agent").display) == ("+12025550150", "AI")
    assert made.party("caller").behaviour.rejects == 486


def test_a_fallback_without_reasons_stands_for_all_of_them() -> None:
    made = plan("people: {box: {role: voicemail}}\nfallback: {to: box}\n")
    assert made.fallback == (
        Fallback(("busy", "declined", "no-answer", "unreachable", "error"), "box", "agent"),
    )


def test_scalars_are_typed_by_the_language_and_never_by_yaml() -> None:
    made = plan("caller: {number: +15550100, name: on}\ncontext: {headers: {X-Time: 12:30, X-Flag: no}}\n")
    assert (made.party("caller").number, made.party("caller").display) == ("+15550100", "on")
    assert made.context_headers == (("X-Time", "12:30"), ("X-Flag", "no"))


def test_the_same_text_makes_the_same_plans() -> None:
    text = HEAD + "people: {a: {}, b: {}}\nparameters: {w: [1s, 2s]}\nagent: {waits: $w}\n"
    assert plans(text) == plans(text)
