"""One run as the page shows it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.report.distribution import spreads
from harness.report.panel import KEY_LENGTH_MAX, MESSAGES_MAX, Panel, Panels, Shown, keys, milliseconds
from harness.results.model import Evidence, RuleTotal, Times
from harness.trace.entries import Trace
from tests.ladders import cold_transfer, find
from tests.results.samples import INVALID, RUN, TRANSFER

SOURCE = "\n".join(f"line {number}" for number in range(1, 14))


def panel(shown: Shown) -> Panel:
    rules = (
        RuleTotal("truthful-notify", "PRACTICE", "breaks-transfer", "", "practice", "What is said is true"),
    )
    return Panels(spreads([shown.run]), rules).panel("key", 1, shown)


def test_the_address_of_a_run_is_made_of_its_id_and_is_its_own() -> None:
    ids = ["scenarios/cold/busy.yaml", "a.yaml[x=1]", "a.yaml[x:1]", "../Ünïcode.pcapng", "first", "", "-"]
    assert keys(ids) == [
        "scenarios-cold-busy", "a-x-1", "a-x-1-2", "n-code-pcapng", "first-2", "run", "run-2",
    ]  # fmt: skip


@given(st.lists(st.text(max_size=200)))
def test_any_ids_give_addresses_of_their_own(ids: list[str]) -> None:
    made = keys(ids)
    assert len(set(made)) == len(ids)
    assert all(len(key) < KEY_LENGTH_MAX + 8 for key in made)


@pytest.mark.parametrize(("value", "text"), [(5.0, "5.000 ms"), (12010.0, "12.010 s"), (-1500.0, "-1.500 s")])
def test_times_are_seconds_from_a_second_on(value: float, text: str) -> None:
    assert milliseconds(value) == text


def test_a_finding_stands_at_its_messages_and_in_its_place_at_the_first() -> None:
    trace = cold_transfer()
    notify = find(trace, "NOTIFY", 3)
    finding = replace(RUN.findings[0], evidence=(Evidence(notify), Evidence(1)))
    made = panel(Shown(replace(RUN, findings=(finding,)), trace))
    at = {message.number: message.remarks for message in made.messages if message.remarks}
    assert [(remark.rule, remark.place) for remark in at[notify]] == [("What is said is true", "body")]
    assert [remark.place for remark in at[1]] == [""]


def test_the_ladder_says_what_is_held_against_a_message_once() -> None:
    trace = cold_transfer()
    drawing = panel(Shown(RUN, trace)).drawing
    assert drawing is not None
    marked = {arrow.number: arrow for arrow in drawing.arrows if "fail" in arrow.kind}
    assert set(marked) == {7, 11}
    assert marked[7].remarks[0].text == "carrier: carrier reported 200, nobody had answered (truthful-notify)"
    assert marked[11].remarks == ()


def test_an_expectation_has_the_line_that_asked_for_it() -> None:
    made = panel(Shown(RUN, None, SOURCE))
    assert [wish.yaml for wish in made.wishes] == ["line 9", "line 10", "line 11", "line 12"]
    assert [number for number, _, mark in made.source if mark] == [10, 12]


def test_mistakes_of_a_scenario_mark_their_lines() -> None:
    made = panel(Shown(INVALID, None, SOURCE))
    assert [number for number, _, mark in made.source if mark] == [2]


def test_claim_and_outcome_stand_beside_each_other_with_the_meaning_of_the_truth() -> None:
    (attempt,) = panel(Shown(RUN)).attempts
    assert (attempt.said, attempt.happened, attempt.good) == ("success", "human was not reached", False)
    assert attempt.heading == "Cold transfer (RFC 5589: basic transfer)"
    assert attempt.means == "Success was reported, and nobody answered."


def test_no_report_that_was_due_is_no_claim() -> None:
    transfer = replace(TRANSFER, truth="not-owed", reported_outcome="unknown")
    (attempt,) = panel(Shown(replace(RUN, transfers=(transfer,)))).attempts
    assert attempt.said == "no report was due"


def test_times_that_begin_together_have_comparable_bars() -> None:
    times: Times = {"refer_response": 5.0, "refer_to_answer": 20.0, "report_skew": -3.0, "why": {}}
    transfer = replace(TRANSFER, latency_ms=times)
    (figures,) = panel(Shown(replace(RUN, transfers=(transfer,), handoffs=()))).figures
    assert [(figure.name, figure.bar) for figure in figures.known] == [
        ("refer_response", 25), ("refer_to_answer", 100), ("report_skew", 0),
    ]  # fmt: skip


def test_times_that_are_unknown_are_grouped_by_the_reason() -> None:
    (figures,) = panel(Shown(RUN)).figures
    assert figures.unknown == (("handoff", "no one"), ("refer_to_answer", "nobody answered"))


def test_a_flood_is_printed_up_to_a_bound() -> None:
    trace = cold_transfer()
    many = [replace(trace.messages()[0], n=number) for number in range(1, MESSAGES_MAX + 11)]
    assert len(panel(Shown(RUN, Trace(trace.header, list(many)))).messages) == MESSAGES_MAX
