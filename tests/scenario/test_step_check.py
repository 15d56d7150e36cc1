"""Mistakes between steps, each a sentence at its place."""

import pytest

from harness.scenario.words import LATER, NOT_YET
from tests.long_form import HEAD
from tests.scenario.written import mistakes

WHICH = "in: NAME of a call, or to: PARTY outside of any"


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("- bye: agnet", ["4:10: nobody in this scenario is named 'agnet'; did you mean 'agent'?"]),
        ("- bye: human", ["4:10: human is in no call yet; a 'call' step makes one"]),
        ("- hold: {as: agent, in: man}", ["4:27: there is no call 'man'; did you mean 'main'?"]),
        ("- hold: {as: agent, in: later}\n  - call: {from: caller, to: human, as: later}",
         ["4:27: the call 'later' is used before line 5 makes it"]),
        ("- hold: {as: human, in: main}",
         ["4:27: human is not in the call 'main'; caller and agent are"]),
        ("- answer: caller",
         ["4:5: caller has placed the call 'main', so it cannot answer; agent can"]),
        ("- cancel: agent", [("4:5: agent has not placed the call 'main', so it cannot cancel it; caller can;"
                              " agent can reject it")]),
        ("- {hold: agent, resume: agent}",
         ["4:19: 'hold' and 'resume' are two steps; start each with its own '- '"]),
        ("- {}", ["4:5: this step is empty; such as 'answer: human'"]),
        ("- bye: agent\n  - hold: agent", ["5:5: the call 'main' is over: line 4 has ended it"]),
        ("- bye: {as: carrier}",
         ["4:5: the carrier has two ends of this call; say to: caller or agent"]),
        ("- bye: {as: carrier, to: human}",
         ["4:28: human is not in this call; write to: caller or agent"]),
        ("- call: {from: caller, to: caller, as: x}", ["4:30: caller cannot call itself"]),
        ("- call: {from: caller, to: agent, as: main}",
         ["4:41: the name 'main' is given twice; line 3 has it too"]),
        ("- call: {from: caller, to: agent, as: agent}",
         ["4:41: 'agent' stands for something else; give the call another name"]),
        ("- refer: {as: agent, to: human, name: one}\n  - refer: {as: agent, to: human, name: one}",
         ["5:41: the name 'one' is given twice, or means something else"]),
        ("- refer: {as: agent, to: human, name: one}\n  - expect: {at: caller, response: 202, to: one}",
         ["5:18: agent has sent 'one', so its answer arrives at agent"]),
        ("- expect: {at: agent, response: 202, to: two}",
         ["4:44: there is no request 'two'; known here: last"]),
        ("- expect: {at: human, response: 202, to: last}",
         ["4:44: human has sent nothing by a step yet"]),
        ("- expect: {at: agent}",
         ["4:5: this expect names no message; request: METHOD or response: CODE"]),
        ("- expect: {at: agent, request: BYE, response: 200}",
         ["4:39: 'request' and 'response' exclude each other"]),
        ("- expect: {at: agent, request: BYE, to: last}",
         ["4:43: 'to' has no meaning with 'request'; it names what was answered"]),
        ("- expect: {at: agent, request: BYE, in: other}",
         ["4:43: there is no call 'other'; known here: main"]),
        ("- never: {request: INVITE, to: agent, at: agent, for: 5s}",
         ["4:41: 'at' and 'to' say the same; write one of them"]),
        ("- fault: {drop: REFER, delay: BYE}", ["4:26: 'drop' and 'delay' are two faults"]),
        ("- fault: {from: agent}", [("4:12: a fault is one of: drop, duplicate, delay, reorder, corrupt, cut;"
                                     " such as drop: REFER")]),
        ("- fault: {drop: REFER, by: 2s}", ["4:26: 'by' has no meaning with 'drop'"]),
        ("- send: {as: agent, request: INFO}", [f"4:5: this send does not say where it goes; {WHICH}"]),
        ("- send: {as: agent, request: REFER, to: agent}", ["4:43: agent cannot send to itself"]),
    ],
)  # fmt: skip
def test_a_step_that_makes_no_sense_is_a_sentence_at_its_place(line: str, wanted: list[str]) -> None:
    assert mistakes(f"{HEAD}  {line}\n") == wanted


@pytest.mark.parametrize(
    ("line", "column"),
    [("transfer: cold", 1), ("direction: outbound", 1), ("context: {}", 1), ("agent: {waits: 2s}", 9)],
)
def test_words_of_the_short_form_have_no_meaning_beside_steps(line: str, column: int) -> None:
    (told, *_) = mistakes(f"{HEAD}{line}\n")
    assert told.startswith(f"4:{column}: ")
    assert "has no meaning beside 'steps'" in told


@pytest.mark.parametrize("word", LATER["StepWords"])
def test_steps_of_later_versions_are_known(word: str) -> None:
    assert mistakes(f"{HEAD}  - {word}: {{as: agent}}\n") == [f"4:5: {word!r} {NOT_YET}"]


@pytest.mark.parametrize(
    "lines",
    [
        "- refer: {as: agent, to: human}\n  - ring: human\n  - answer: human",
        "- consult: {as: second}\n  - bye: {as: agent, in: second}\n  - resume: {as: agent, in: main}",
        "- hold: agent\n  - resume: {as: agent}",
        "- send: {as: caller, to: carrier, request: OPTIONS}",
        "- wait: 2s\n  - fault: {drop: 200 INVITE, from: agent, number: 2}",
    ],
)
def test_what_makes_sense_is_no_mistake(lines: str) -> None:
    assert mistakes(f"{HEAD}  {lines}\n") == []


def test_all_mistakes_of_all_steps_are_told_at_once() -> None:
    text = HEAD + "  - bye: agnet\n  - hold: {as: human, in: main}\n  - wait: 2\n"
    assert [told.split(":")[0] for told in mistakes(text)] == ["4", "5", "6"]
