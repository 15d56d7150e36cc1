"""Why a run did not pass: wanted and got, the YAML line, the messages, the ladder nearby."""

from dataclasses import replace

from harness.report.failure import AROUND, COMPLAINTS_MAX, LADDER_ENTRIES_MAX, as_text, explain, ladder_nearby
from harness.trace.entries import Header, Trace
from tests.ladders import cold_transfer
from tests.results.samples import INVALID, RUN

SOURCE = [f"line {number}" for number in range(1, 20)]


def test_a_run_that_passed_needs_no_explanation() -> None:
    assert explain(replace(RUN, verdict="pass"), cold_transfer(), SOURCE) == []


def test_wanted_and_got_stand_above_the_line_that_asked() -> None:
    lines = [line.text for line in explain(RUN, None, SOURCE)]
    assert lines[0] == "outcome: wanted connected, got failed  [messages 7, 11]"
    assert lines[1] == "  scenarios/cold/liar.yaml:10:3: line 10"


def test_without_the_file_the_place_is_still_named() -> None:
    assert "  scenarios/cold/liar.yaml:10:3" in [line.text for line in explain(RUN)]


def test_warnings_are_not_mixed_with_what_failed() -> None:
    text = as_text(explain(RUN))
    assert "truthful-notify" in text
    assert "no expires" not in text


def test_every_mistake_of_a_scenario_is_there() -> None:
    two = replace(INVALID, error="a.yaml:1:1: one\na.yaml:2:1: two")
    assert [line.text for line in explain(two)] == ["a.yaml:1:1: one", "a.yaml:2:1: two"]


def test_an_undecided_run_says_what_is_undecided() -> None:
    findings = (replace(RUN.findings[0], verdict="inconclusive", text="the capture ended"),)
    run = replace(RUN, verdict="inconclusive", findings=findings)
    assert "undecided: carrier: the capture ended" in as_text(explain(run))


def test_many_broken_rules_are_counted_not_listed() -> None:
    run = replace(RUN, findings=RUN.findings[:1] * (COMPLAINTS_MAX + 3))
    assert "and 3 more broken rules" in as_text(explain(run))


def numbers(lines: list[str]) -> list[int]:
    return [int(line.split()[0]) for line in lines if line.split() and line.split()[0].isdigit()]


def test_the_ladder_shows_what_stands_around_the_evidence() -> None:
    lines = ladder_nearby(cold_transfer(), [14])
    assert numbers(lines) == list(range(14 - AROUND, 14 + AROUND + 1))
    assert "caller" in lines[0]
    assert sum(line.strip() == "..." for line in lines) == 2


def test_one_hidden_message_alone_is_shown_instead_of_a_gap() -> None:
    trace = cold_transfer()
    lines = ladder_nearby(trace, [AROUND + 2, 3 * AROUND + 4])
    assert numbers(lines) == list(range(1, 4 * AROUND + 5))
    assert sum(line.strip() == "..." for line in lines) == 1


def test_without_evidence_the_end_is_shown() -> None:
    trace = cold_transfer()
    assert numbers(ladder_nearby(trace, [])) == [each.n for each in trace.messages()][-LADDER_ENTRIES_MAX:]


def test_nothing_on_the_wire_gives_no_ladder() -> None:
    assert ladder_nearby(Trace(Header(), []), [1]) == []


def test_a_caret_stands_below_the_word_that_is_meant() -> None:
    source = ["scenario: x", *[""] * 8, "  outcome: connected"]
    lines = [line.text for line in explain(RUN, None, source)]
    assert lines[1] == "  scenarios/cold/liar.yaml:10:3: outcome: connected"
    assert lines[2].index("^") == lines[1].index("outcome")
    assert lines[2].strip() == "^" * len("outcome")


def test_a_mistake_shows_its_line_too() -> None:
    lines = [line.text for line in explain(INVALID, None, ["scenario: x", "transfer: lukewarm"])]
    assert lines[1:] == ["    transfer: lukewarm", "              ^^^^^^^^"]


def test_of_a_line_of_any_length_only_what_is_meant_is_shown() -> None:
    wrong = replace(INVALID, error="scenarios/broken.yaml:1:5001: no")
    lines = [line.text for line in explain(wrong, None, ["x" * 5000 + "y" + "z" * 100_000])]
    assert max(len(line) for line in lines) < 200
    assert lines[1][lines[2].index("^")] == "y"


def test_the_whole_ladder_is_there_for_who_asks() -> None:
    some, whole = (len(explain(RUN, cold_transfer(), whole=wish)) for wish in (False, True))
    assert whole > some
