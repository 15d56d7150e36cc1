"""A flaw of a template stands at its line and column in the file, however the text was written."""

import time

import pytest

from harness.base.limits import SCENARIO_MISTAKES_MAX
from tests.long_form import HEAD
from tests.scenario.written import mistakes

BLOCK = HEAD + "  - send_raw:\n      as: agent\n      in: main\n      text: |\n"


@pytest.mark.parametrize(
    ("rows", "wanted"),
    [
        ("        A {{ main.cal_id }}\n", ["8:19: 'main' has no 'cal_id'; did you mean 'call_id'?"]),
        ("        A\n\n          {{ mian.call_id }}\n",
         ["10:14: 'mian' is neither a call of this party nor a party; did you mean 'main'?"]),
        ("        A\n        {{ main.call_id\n",
         ["9:9: this is not a template: unexpected end of template, expected 'end of print statement'"]),
        ("        A\n        {% include 'x' %}\n",
         [("9:12: `{% include %}` is not part of these templates; "
           "they know {{ values }}, if, set, and for over range(...)")]),
    ],
)  # fmt: skip
def test_in_a_block_it_stands_where_the_word_stands(rows: str, wanted: list[str]) -> None:
    assert mistakes(BLOCK + rows) == wanted


def test_in_quotes_it_stands_where_the_text_begins() -> None:
    line = '  - send_raw: {as: agent, in: main, text: "A\\n{{ x }}"}\n'
    (told,) = mistakes(HEAD + line)
    assert told.startswith("4:43: 'x' is neither a call of this party nor a party")


def test_only_calls_of_the_sender_that_are_made_before_can_be_named() -> None:
    lines = '  - send_raw: {as: caller, in: main, text: "{{ second.call_id }}"}\n'
    consult = "  - consult: {as: second}\n"
    assert len(mistakes(HEAD + consult + lines)) == 1
    assert mistakes(HEAD + consult + lines.replace("as: caller", "as: agent")) == []
    assert len(mistakes(HEAD + lines.replace("as: caller", "as: agent") + consult)) == 1


def test_outside_of_any_call_there_is_a_new_one() -> None:
    line = '  - send_raw: {{as: agent, to: carrier, text: "REFER {} SIP/2.0"}}\n'
    assert mistakes(HEAD + line.format("{{ new.remote_target }}")) == []
    assert len(mistakes(HEAD + line.format("{{ main.remote_target }}"))) == 1


def test_all_texts_of_a_file_together_take_no_time() -> None:
    body = "{{% for i in range(1000) %}}{{% set x = {} %}}" + "{{% set y = 1 + 1 %}}" * 30 + "{{% endfor %}}"
    line = '  - send_raw: {{as: agent, in: main, text: "{}"}}\n'
    began = time.process_time()
    told = mistakes(HEAD + "".join(line.format(body.format(number)) for number in range(150)))
    assert time.process_time() - began < 3
    assert "take too much work" in told[0]
    assert len(told) <= SCENARIO_MISTAKES_MAX


def test_a_text_that_every_combination_has_is_looked_at_once() -> None:
    text = "a" * 2000 + "{{ main.call_id }}"
    line = f'  - send_raw: {{as: agent, in: main, text: "{text}"}}\n'
    codes = ", ".join(str(code) for code in range(400, 480))
    rows = f"parameters:\n  code: [{codes}]\nhuman: {{rejects: $code}}\n"
    assert mistakes(rows + HEAD + line) == []
