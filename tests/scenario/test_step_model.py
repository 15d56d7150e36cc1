"""The blocks of the long form: their keys, and the short way to write a step."""

import pytest

from harness.scenario.model import Scenario, validate
from harness.scenario.step_model import ALONE, BLOCKS, FAULTS, KINDS, Disturbance, StepWords, step_block_at
from harness.scenario.typed import keys_of
from harness.scenario.values import Names
from tests.long_form import HEAD
from tests.scenario.written import mistakes


def test_every_word_has_a_block_or_is_a_duration() -> None:
    assert set(KINDS) - set(BLOCKS) == {"wait"}
    assert step_block_at((0,)) is StepWords
    assert all(step_block_at((0, word)) is block for word, block in BLOCKS.items())
    assert step_block_at((0, "wait")) is None
    assert set(FAULTS) <= set(keys_of(Disturbance))


@pytest.mark.parametrize("word", ALONE)
def test_a_party_alone_is_who_does_it(word: str) -> None:
    content = {"scenario": "x", "transfer": "cold"}
    short = validate({**content, "steps": [{word: "agent"}]}, Names())
    long = validate({**content, "steps": [{word: {"as": "agent"}}]}, Names())
    assert isinstance(short, Scenario)
    assert short == long


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("- hlod: agent", ["4:5: unknown key 'hlod' in a step; did you mean 'hold'?"]),
        ("- call: {form: caller, to: human, as: x}", [
            "4:12: unknown key 'form' in `call:`; did you mean 'from'?"]),
        ("- call: {from: caller, to: human}",
         ["4:5: the key 'as' is missing; who does it; for a call: its name"]),
        ("- call: {from: caller, to: human, as: a-b}",
         ["4:41: 'a-b' is not a name; letters, digits and _, a letter first"]),
        ("- never: {request: INVITE}", ["4:5: the key 'for' is missing; how long, such as for: 5s"]),
        ("- never: {request: INVIT, for: 5s}", ["4:22: 'INVIT' is not a method; did you mean 'INVITE'?"]),
        ("- wait: 2", ["4:11: '2' is not a duration; write a number and a unit, such as 500ms, 2s or 2m"]),
        ("- wait: {a: b}", ["4:11: one value is wanted here, not a list or a block"]),
        ("- answer: [agent]", ["4:13: 'answer' wants a block of 'key: value' lines"]),
        ("- answer", ["4:5: a block of 'key: value' lines is wanted here; such as 'answer: human'"]),
        ("- reject: {as: agent, status: 200}", ["4:33: '200' is not a SIP status code from 400 to 699"]),
        ("- ring: {as: agent, status: 200}", ["4:31: '200' is not a SIP status code from 101 to 199"]),
        ("- notify: {to: agent, state: actve}",
         ["4:32: 'actve' is not a value of 'state'; did you mean 'active'?"]),
        ("- fault: {drop: 200 INVTE}", ["4:19: 'INVTE' is not a method; did you mean 'INVITE'?"]),
        ("- fault: {drop: 99}",
         ["4:19: '99' is not a SIP status code from 100 to 699; write three digits, such as 180"]),
        ("- fault: {drop: REFER, number: 0}", ["4:34: '0' is not a count; 1 is the first"]),
        ("- send: {as: agent, in: main, request: INFO, headers: {Via: x}}",
         ["4:58: `send` writes Via itself; send_raw leaves all of it to you"]),
        ("- refer: {as: agent, to: \"http://x\"}",
         ["4:28: 'http://x' is not a phone number or SIP user; such as +15550100"]),
        ("- send_raw: {as: agent, in: main}",
         ["4:5: the key 'text' is missing; the message, after 'text: |'"]),
    ],
)  # fmt: skip
def test_a_wrong_value_is_a_sentence_at_its_place(line: str, wanted: list[str]) -> None:
    assert mistakes(f"{HEAD}  {line}\n") == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("steps: x", ["2:8: a block of 'key: value' lines is wanted here; such as 'answer: human'"]),
        ("steps: []", ["2:8: this list is empty"]),
        ("steps:\n" + "  - wait: 1s\n" * 201, ["3:3: 201 steps; at most 200 are possible; make two files"]),
    ],
)
def test_steps_are_a_row_of_bounded_length(text: str, wanted: list[str]) -> None:
    told = mistakes(f"scenario: x\n{text}\n")
    assert [one.split(":", 2)[2] for one in told] == [one.split(":", 2)[2] for one in wanted]
