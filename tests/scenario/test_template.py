"""The text of `send_raw`: what may stand in it, and that nothing in it can hurt."""

import time
from contextlib import suppress

import jinja2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.base.limits import MESSAGE_BYTES_MAX
from harness.scenario.rendering import CALL_WORDS, TemplateFailed
from harness.scenario.template import flaws, render

CALLS, PARTIES = ("main", "second"), ("caller", "human")


class Call:
    """Stands for a call."""

    call_id = "abc"
    cseq = 3

    def headers(self, cseq: object = "next", branch: object = "new", method: object = "") -> str:
        return f"Call-ID: abc\nCSeq: {cseq} {method}".strip()


def found(text: str) -> list[tuple[int, str]]:
    return [(flaw.line, flaw.text) for flaw in flaws(text, CALLS, PARTIES)]


def test_values_of_a_call_stand_in_the_text() -> None:
    text = "REFER x SIP/2.0\n{{ main.headers(cseq=4) }}\nX: {{ main.call_id|upper }} {{ main.cseq + 1 }}\n"
    assert flaws(text, CALLS, PARTIES) == []
    assert render(text, {"main": Call()}) == "REFER x SIP/2.0\nCall-ID: abc\nCSeq: 4\nX: ABC 4\n"


def test_loops_and_choices_make_many_headers() -> None:
    text = "{% for i in range(3) %}X-{{ i }}: a\n{% endfor %}{% if main.cseq > 2 %}Y: b{% endif %}"
    assert flaws(text, CALLS, PARTIES) == []
    assert render(text, {"main": Call()}) == "X-0: a\nX-1: a\nX-2: a\nY: b"


@pytest.mark.parametrize("word", CALL_WORDS)
def test_every_word_of_a_call_can_be_used(word: str) -> None:
    assert flaws(f"{{{{ main.{word}{'()' if word == 'headers' else ''} }}}}", CALLS, PARTIES) == []


@pytest.mark.parametrize(
    ("text", "line", "word", "hint"),
    [
        ("a\n{{ mian.call_id }}", 2, "mian", "did you mean 'main'?"),
        ("{{ main.cal_id }}", 1, "cal_id", "did you mean 'call_id'?"),
        ("a\nb\n{{ human.nmber }}", 3, "nmber", "did you mean 'number'?"),
        ("{{ main.call_id|uper }}", 1, "uper", "did you mean 'upper'?"),
        ("{{ main.headers(csq=1) }}", 1, "csq", "did you mean 'cseq'?"),
        ("{{ main.headers('next') }}", 1, "headers", 'such as cseq="next"'),
    ],
)
def test_a_misspelt_word_is_named_with_what_was_meant(text: str, line: int, word: str, hint: str) -> None:
    (flaw,) = flaws(text, CALLS, PARTIES)
    assert (flaw.line, flaw.word, flaw.hint) == (line, word, hint)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("\n{{ main.call_id", "this is not a template"),
        ("\n{% if %}", "this is not a template"),
        ("\n{% for i in range(3) %}", "this is not a template"),
        ("\n{% include '/etc/passwd' %}", "`{% include %}` is not part of these templates"),
        ("\n{% import 'os' as os %}", "`{% import %}` is not part of these templates"),
        ("\n{% extends 'x' %}", "`{% extends %}` is not part of these templates"),
        ("\n{% macro f() %}{% endmacro %}", "`{% macro %}` is not part of these templates"),
        ("\n{{ main['call_id'] }}", "`[...]` is not part of these templates"),
        ("\n{{ 1 ** 2 }}", "`**` is not part of these templates"),
        ("\n{{ 'a' ~ 'b' }}", "`~` is not part of these templates"),
        ("\n{{ ''.__class__ }}", "only a call or a party has something after a dot"),
        ("\n{{ main.headers.__globals__ }}", "only a call or a party has something after a dot"),
        ("\n{{ main.__init__ }}", "'main' has no '__init__'"),
        ("\n{{ main.call_id() }}", "only range(...) and the headers(...) of a call can be called here"),
        ("\n{{ lipsum() }}", "only range(...) and the headers(...) of a call can be called here"),
        ("\n{{ self }}", "'self' is neither a call of this party nor a party"),
        ("\n{% set main = 1 %}", "'main' stands for something else already"),
        ("\n{% for c in main.call_id %}{% endfor %}", "a loop goes over range(...) or a list"),
        ("\n{% for i in range(2) %}{% for j in range(2) %}{% endfor %}{% endfor %}",
         "a loop within a loop is not part of these templates"),
        ("\n{{ main.headers(cseq='nxt') }}", 'this template cannot be rendered: cseq is "next", "same" or a'),
        ("\n{{ 1 + 'a' }}", "this template cannot be rendered: unsupported operand"),
        ("\n{{ [1] + [2] }}", "this template cannot be rendered: '+' joins texts or numbers only"),
        ("\n{{ range }}", "'range' alone is no text"),
        ("\n{{ main }}", "'main' alone is no text"),
        ("\n{{ human|upper }}", "'human' alone is no text"),
        ("\n{% for x in [main] %}{{ x }}{% endfor %}", "'main' alone is no text"),
        ("\n{% set x = main.headers %}{{ x }}", "'headers' needs brackets"),
        ("\n{{ main.headers }}", "'headers' needs brackets"),
        ("\n{{ 'a' in 'ab' }}", "`in` is not part of these templates"),
        ("\n{% if 'a' not in 'ab' %}{% endif %}", "`in` is not part of these templates"),
        ("\n{{ '9'|int(0, 16) }}", "the filter 'int' takes no arguments here"),
        ("\n{{ 'a' if main.cseq }}", "`if` in a value needs `else` here"),
        ("\n{{ range(3) }}", "this template cannot be rendered: only a text or a whole number"),
        ("\n{{ [1] }}", "this template cannot be rendered: only a text or a whole number"),
        ("\n{{ 1.5 }}", "this template cannot be rendered: only a text or a whole number"),
        ("\n{{ true }}", "this template cannot be rendered: only a text or a whole number"),
        ("\n{{ none }}", "this template cannot be rendered: only a text or a whole number"),
    ],
)  # fmt: skip
def test_what_is_no_part_of_it_is_said_at_its_line(text: str, said: str) -> None:
    lines = found(text)
    assert any(line == 2 and told.startswith(said) for line, told in lines), lines


END = "{% endfor %}"
BOMBS = [
    "{{ 'x' * 100000000 }}",
    "{% for i in range(100000000) %}x{% endfor %}",
    "{% for i in range(1000) %}" + "x" * 1000 + "{% endfor %}",
    "{% set x = 'xxxxxxxxxx' %}" + "{% set x = x + x %}" * 60,
    "{% set x = 9 %}" + "{% set x = x * x %}" * 60,
    "{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}",
    "{{ " + "-" * 5000 + "1 }}",
    "{{ " + "1+" * 20000 + "1 }}",
    "{% if 1 %}" * 3000 + "{% endif %}" * 3000,
    "{{ " + "9" * 50000 + " }}",
    "{% for i in range(1000) %}" + "{% set x = 'x' * 60000 %}" * 2000 + "{% endfor %}",
    "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
    "{% set x = 'x' * 60000 %}{% set y = 'x' * 30000 + 'y' %}{% for i in range(1000) %}"
    + "{% if y in x %}{% endif %}" * 90 + "{% endfor %}",
    "{% set x = 'x' * 60000 %}{% set y = 'x' * 60000 %}{% for i in range(1000) %}"
     "{% if x" + " == y" * 50 + " %}{% endif %}" * 3 + "{% endfor %}",
    "{% set x = '9' * 4000 %}{% for i in range(1000) %}" + "{% set y = x|int %}" * 90 + "{% endfor %}",
    "{% set x = 'f' * 60000 %}{% for i in range(1000) %}" + "{% set y = x|int(0,16) %}" * 90 + END,
    "{% set x = '\u00e9' * 60000 %}{% for i in range(1000) %}" + "{% set y = x|upper %}" * 90 + END,
    "{% for i in range(1000) %}" + "{% set x = " + "9" * 4000 + " %}{% set y = x|string %}" * 9 + END,
    "{% for i in range(1000) %}" + "{% set x = i + 1 %}" * 90 + "{% endfor %}" + "{{ 1 }}" * 20,
    "{% for i in range(1000) %}" + "{% set x = [" + "1," * 400 + "] %}" + "{% endfor %}",
    "{{ 1 }}" * 300_000,
    "{{ 1 }}" * 9_000,
    "{{ 1" + "+1" * 32_000 + " }}",
    "{# a" * 16_000,
    "{% raw %}" * 7_000,
    "{% " + " " * 65_000,
    "{{ 1 }}" * 600 + "\x1c" * 20_000 + "\x1d" + "\r" * 20_000,
    "{{ '" + "\\n" * 30_000,
]  # fmt: skip


@pytest.mark.parametrize("bomb", BOMBS, ids=range(len(BOMBS)))
def test_a_bomb_is_a_flaw_and_takes_no_time(bomb: str) -> None:
    began = time.process_time()
    assert flaws(bomb, CALLS, PARTIES)
    assert time.process_time() - began < 1


def test_the_longest_allowed_work_is_bounded() -> None:
    text = "{% for i in range(1000) %}" + "{% set x = 'x' * 20 %}" * 30 + "{% endfor %}"
    began = time.process_time()
    assert flaws(text, CALLS, PARTIES) == []
    assert time.process_time() - began < 1


def test_what_a_round_sets_is_forgotten_and_what_a_choice_sets_is_kept() -> None:
    text = (
        "{% set x = 1 %}{% for i in range(2) %}{{ x }}{% set x = x + 1 %}{% else %}none{% endfor %}{{ x }}"
        "{% if x > 5 %}a{% elif x == 1 %}{% set x = 7 %}{% endif %}{{ x }}"
        "{% for i in range(0) %}a{% else %}none{% endfor %}"
        "{% for a, b in [(1, 'b'), (2, 'c')] if a > 1 %}{{ a }}{{ b }}{% endfor %}"
    )
    assert flaws(text, CALLS, PARTIES) == []
    assert render(text, {}) == jinja2.Template(text).render() == "1117none2c"


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("1 + 2 * 3 - -4", "11"),
        ("'a' * 3 + 'b'", "aaab"),
        ("' a '|trim|upper + 'b'|length|string", "A1"),
        ("'12'|int + 'x'|int", "12"),
        ("'a' if 1 < 2 <= 2 and not 3 == 4 else 'b'", "a"),
        ("'' or 'b'", "b"),
        ("4294967290 + 5", "4294967295"),
    ],
)
def test_values_are_what_jinja2_makes_of_them(value: str, wanted: str) -> None:
    text = f"{{{{ {value} }}}}"
    assert flaws(text, CALLS, PARTIES) == []
    assert render(text, {}) == jinja2.Template(text).render() == wanted


def test_a_message_can_be_as_long_as_messages_are_and_no_longer() -> None:
    assert len(render(f"{{{{ 'x' * {MESSAGE_BYTES_MAX} }}}}", {})) == MESSAGE_BYTES_MAX
    with pytest.raises(TemplateFailed, match="more than"):
        render(f"{{{{ 'x' * {MESSAGE_BYTES_MAX} }}}}y", {})


def test_a_failure_while_it_is_sent_has_a_reason_and_a_line() -> None:
    with pytest.raises(TemplateFailed) as failed:
        render("a\n{{ main.call_id }}", {})
    assert failed.value.line == 2
    assert "main" in failed.value.why


WORDS = st.sampled_from(
    ["{{", "}}", "{%", "%}", "main", ".", "call_id", "headers", "(", ")", "range", "for", "i", "in", "endfor",
     "if", "endif", "set", "=", "'x'", "*", "+", "1", "99999", "|", "upper", "~", "[", "]", "\n", "__class__",
     " ", "macro", "raw", "endraw", "{#", "#}", "caller"]
)  # fmt: skip


@given(st.lists(WORDS, max_size=30).map("".join) | st.text(max_size=60))
def test_whatever_is_written_is_a_flaw_or_can_be_rendered(text: str) -> None:
    told = flaws(text, CALLS, PARTIES)
    assert all(flaw.line >= 1 and flaw.text for flaw in told)
    if not told:
        values = {name: Call() for name in (*CALLS, *PARTIES)}
        with suppress(TemplateFailed):
            assert len(render(text, values)) <= MESSAGE_BYTES_MAX


@given(
    st.text(alphabet=st.characters(blacklist_characters="{}#%", blacklist_categories=["Cs"]), max_size=200)
)
def test_a_text_without_braces_stays_what_it_is(text: str) -> None:
    assert flaws(text, CALLS, PARTIES) == []
    assert render(text, {}).splitlines() == text.splitlines()
