"""One run as the page shows it."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from harness.report.distribution import spreads
from harness.report.panel import KEY_LENGTH_MAX, MESSAGES_MAX, Panel, Panels, Shown, keys
from harness.results.model import Evidence, RuleTotal, Who
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


def test_a_finding_stands_at_its_messages_and_in_its_place_at_the_first() -> None:
    trace = cold_transfer()
    notify = find(trace, "NOTIFY", 3)
    finding = replace(RUN.findings[0], evidence=(Evidence(notify), Evidence(1)))
    made = panel(Shown(replace(RUN, findings=(finding,)), trace))
    at = {message.number: message.remarks for message in made.messages if message.remarks}
    assert [(remark.rule, remark.place) for remark in at[notify]] == [("What is said is true", "body")]
    assert [remark.place for remark in at[1]] == [""]


def test_what_a_rule_has_against_one_party_is_told_once() -> None:
    first = RUN.findings[0]
    again = replace(first, evidence=(Evidence(8), Evidence(11)))
    other = replace(first, text="another text", evidence=(Evidence(9),))
    (group, warned) = panel(Shown(replace(RUN, findings=(first, *RUN.findings[1:], again, other)))).against
    assert [(text, [item.entry for item in shown]) for text, shown in group.times] == [
        ("carrier reported 200, nobody had answered", [7, 11, 8]), ("another text", [9]),
    ]  # fmt: skip
    assert warned.remark.kind == "warn"


def test_lanes_say_what_their_party_is_in_the_transfer() -> None:
    trace = cold_transfer()
    address = str(trace.messages()[0].source)
    transfer = replace(TRANSFER, moved=Who("caller", address), referrer=Who("caller", address))
    drawing = panel(Shown(replace(RUN, transfers=(transfer,)), trace)).drawing
    assert drawing is not None
    assert drawing.lanes[0].role == "moved party, referrer"


def test_the_ladder_says_what_is_held_against_a_message_once() -> None:
    trace = cold_transfer()
    drawing = panel(Shown(RUN, trace)).drawing
    assert drawing is not None
    marked = {arrow.number: arrow for arrow in drawing.arrows if "fail" in arrow.kind}
    assert set(marked) == {7, 11}
    assert marked[7].remarks[0].text == "carrier: carrier reported 200, nobody had answered (truthful-notify)"
    assert marked[11].remarks == ()


def test_parameters_tell_runs_of_one_scenario_apart() -> None:
    assert panel(Shown(replace(RUN, id=f"{RUN.source}[code=486]"))).variant == "code=486"
    assert panel(Shown(RUN)).variant == ""
    assert panel(Shown(INVALID)).variant == ""


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


def test_a_flood_is_printed_up_to_a_bound() -> None:
    trace = cold_transfer()
    many = [replace(trace.messages()[0], n=number) for number in range(1, MESSAGES_MAX + 11)]
    assert len(panel(Shown(RUN, Trace(trace.header, list(many)))).messages) == MESSAGES_MAX
