"""Cutting and quoting by the grammar of RFC 3261 section 25."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.wire.sip.grammar import (
    COMPACT,
    KNOWN,
    canonical,
    is_token,
    parameter,
    parameters,
    quote,
    split_outside,
    unquote,
    unsigned,
)


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Via", "via"),
        ("VIA", "via"),
        ("vIa", "via"),
        ("v", "via"),
        ("V ", "via"),
        ("r", "refer-to"),
        ("b", "referred-by"),
        ("i", "call-id"),
        ("CALL-ID\t", "call-id"),
        ("x", "session-expires"),
        ("o", "event"),
        ("X-Anything", "x-anything"),
    ],
)
def test_every_spelling_of_a_name_is_one_name(written: str, name: str) -> None:
    assert canonical(written) == name


def test_every_compact_form_stands_for_a_known_name() -> None:
    for letter, name in COMPACT.items():
        assert KNOWN[letter] == KNOWN[letter.upper()] == KNOWN[name] == name


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("a, b,c", ["a", "b", "c"]),
        ('"a,b" <sip:c,d@e>, f', ['"a,b" <sip:c,d@e>', "f"]),
        (r'"a\",b",c', [r'"a\",b"', "c"]),
        ("a,,b", ["a", "", "b"]),
        ("", [""]),
        ('"never closed, b', ['"never closed, b']),
        ("<never closed, b", ["<never closed, b"]),
        ('<a"b>,c', ['<a"b>,c']),
    ],
)
def test_commas_inside_quotes_and_brackets_do_not_cut(text: str, pieces: list[str]) -> None:
    assert split_outside(text, ",") == pieces


@pytest.mark.parametrize("text", ["a,b,c,d", '"a",b,c,d', "a," * 9])
def test_no_more_pieces_than_asked_for(text: str) -> None:
    assert split_outside(text, ",", 2)[:2] == split_outside(text, ",")[:2]
    assert len(split_outside(text, ",", 2)) == 2


def test_parameters_keep_their_order_and_their_quotes() -> None:
    found = parameters(' ; a = 1 ;b;; c="x;y" ')
    assert found == (("a", "1"), ("b", None), ("c", '"x;y"'))
    assert parameter(found, "C") == "x;y"
    assert parameter(found, "b") == ""
    assert parameter(found, "d") is None


def test_a_no_break_space_is_not_white_space() -> None:
    assert parameters("a=\xa0") == (("a", "\xa0"),)


@given(st.text().filter(lambda text: not set(text) & set("\r\n\0")))
def test_what_is_quoted_reads_back_the_same(text: str) -> None:
    assert unquote(quote(text)) == text


@pytest.mark.parametrize("text", ["a\r", "a\n", "a\0"])
def test_line_ends_cannot_be_quoted(text: str) -> None:
    with pytest.raises(ValueError, match="cannot hold"):
        quote(text)


@pytest.mark.parametrize("text", ["", '"', "plain", '"open', 'close"'])
def test_what_is_not_quoted_stays(text: str) -> None:
    assert unquote(text) == text


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", 0),
        ("0068", 68),
        ("4294967295", 4294967295),
        ("0" * 5000 + "1", 1),
        ("9" * 5000, None),
        ("-1", None),
        ("+1", None),
        ("", None),
        ("1 ", None),
        ("1_0", None),
        ("\xb2", None),
        ("\u0661", None),
    ],
)
def test_only_digits_are_a_number(text: str, number: int | None) -> None:
    assert unsigned(text) == number


def test_tokens_are_those_of_the_rfc() -> None:
    assert is_token("!interesting-Method0123456789_*+`.%indeed'~")
    assert not any(map(is_token, ("", "a b", "a:b", "a/b", '"', "\xe9")))


@given(st.text(alphabet='ab,;<>"\\= '), st.sampled_from(",;"))
def test_nothing_is_lost_by_cutting(text: str, separator: str) -> None:
    assert "".join(split_outside(text, separator)).count("a") == text.count("a")
