"""YAML as nodes: every scalar is text with a place; what an author never means is a mistake."""

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.base import limits
from harness.scenario import source
from harness.scenario.source import Scalar, Table, locate, read, value_of


def said(data: bytes) -> list[str]:
    return [mistake.headline().removeprefix("x:") for mistake in read(data, "x").mistakes]


def table(text: str) -> Table:
    document = read(text.encode(), "x")
    assert document.mistakes == ()
    assert document.root is not None
    return document.root


NO_LINES = "a scenario is made of 'key: value' lines; start with 'scenario:' and a sentence"


@pytest.mark.parametrize(
    "written",
    ["+15550100", "on", "no", "12:30", "0x10", "1e3", "~", "null", "2026-01-01", ".5", "=", "<<", "007"],
)
def test_every_scalar_stays_what_was_written(written: str) -> None:
    assert value_of(table(f"a: {written}\n")) == {"a": written}


def test_blocks_lists_and_texts_become_plain_values() -> None:
    root = table("a: {b: [1, 'x y']}\nc:\n  - d: e\nf: |\n  one\n  two\n")
    assert value_of(root) == {"a": {"b": ["1", "x y"]}, "c": [{"d": "e"}], "f": "one\ntwo\n"}


def test_a_place_is_found_by_its_keys_and_positions() -> None:
    root = table("expect:\n  attempts:\n    - {refer: accepted}\n    - {reported: é486}\n")
    value = locate(root, ("expect", "attempts", 1, "reported"))
    assert (value.line, value.column, value.length) == (4, 18, 4)
    key = locate(root, ("expect", "attempts", 1, "reported"), key=True)
    assert (key.line, key.column, key.length) == (4, 8, 8)


def test_a_place_that_does_not_exist_is_answered_by_what_is_nearest() -> None:
    root = table("a: {b: c}\nd: e\n")
    assert locate(root, ("a", "x")).column == 1
    assert locate(root, ("d", "refer")).column == 4
    assert locate(root, ("d", 0)).column == 4
    assert locate(root, ("x",)).line == 1


@pytest.mark.parametrize(
    ("data", "wanted"),
    [
        (b"", ["1:1: the file is empty; start with 'scenario:' and a sentence"]),
        (b"# only a comment\n", ["1:1: the file is empty; start with 'scenario:' and a sentence"]),
        (b"---\n", ["1:1: the file is empty; start with 'scenario:' and a sentence"]),
        (b"- a\n", [f"1:1: {NO_LINES}"]),
        (b"just words\n", [f"1:1: {NO_LINES}"]),
        (b"\xef\xbb\xbfa: b\n", [
            "1:1: the file starts with a byte order mark; save it as UTF-8 without BOM",
        ]),
        (b"a: b\nc: d\xff\n", ["2:5: the byte 0xff is not UTF-8; save the file as UTF-8"]),
        ("a: b\n".encode("utf-16"), ["1:1: the file is UTF-16; save it as UTF-8"]),
        (b"a: b\nc: \x00\n", [
            "2:4: the character U+0000 is not allowed; delete it; editors may not show it"]),
        (b"a: b\na: c\n", ["2:1: the key 'a' is given twice; the first is on line 1"]),
        (b"a: {b: 1, b: 2, b: 3}\n", [
            "1:11: the key 'b' is given twice; the first is on line 1",
            "1:17: the key 'b' is given twice; the first is on line 1",
        ]),
        (b"a: &x 1\nb: *x\n", [
            "1:4: the anchor &x is not part of this language; write the value out",
            "2:4: the alias *x is not part of this language; write the value out",
        ]),
        (b"a: !!str 1\nb: !own {c: d}\n", [
            "1:4: the tag !!str is not part of this language; the key gives a value its type",
            "2:4: the tag !own is not part of this language; the key gives a value its type",
        ]),
        (b"a: b\n---\nc: d\n", ["2:1: a second document starts here; one file holds one scenario"]),
        (b"a: b\n\tc: d\n", ["2:1: a tab in the indentation; indent with spaces"]),
        (b"a:\n\tb: c\n", ["2:1: a tab in the indentation; indent with spaces"]),
        (b"a:\n  b: c\n \td: e\n", ["3:2: a tab in the indentation; indent with spaces"]),
        (b"a:\nb: c\n", ["1:1: the key 'a' has no value"]),
        (b"a:\n  -\n  - b\n", ["2:4: this list item is empty"]),
        (b"? [a]\n: b\n", ["1:3: a key must be one word; write it as 'key: value'"]),
        (b"a: b: c\n", ["1:5: a ':' too many on this line; put a text that holds ': ' in quotes"]),
        (b"a: [1, 2\nb: c\n", ["1:4: this '[' is never closed, or a ',' is missing before line 2"]),
        (b"a: {b: 1\nc: d\n", ["1:4: this '{' is never closed, or a ',' is missing before line 2"]),
        (b"a: 1\nb: 'x\nc: d\n", ["2:4: this quote is never closed"]),
        (b"a: @x\n", ["1:4: a value cannot start with '@'; put it in quotes"]),
        (b"a: `x`\n", ["1:4: a value cannot start with '`'; put it in quotes"]),
        (b'a: "\\q"\n', ["1:5: a backslash escape that YAML does not know; use single quotes"]),
        (b"a:\n  - x\n b: c\n", ["3:2: this line does not fit the indentation above it"]),
        (b"a: b\nc\n", ["2:1: a ':' is missing after the key"]),
        (b"a: }\n", ["1:4: a value is missing here"]),
    ],
)  # fmt: skip
def test_a_mistake_has_its_line_its_column_and_a_sentence(data: bytes, wanted: list[str]) -> None:
    assert said(data) == wanted


def test_a_tab_inside_a_text_of_several_lines_is_no_mistake() -> None:
    assert said(b"a: |\n  x\n  \ty\nb: 'one\n\ttwo'\nc:\t# after a key\n  d\n") == []


def test_a_file_that_nests_too_deep_is_refused_without_being_followed() -> None:
    assert said(b"a: " + b"[" * 500_000) == [
        f"1:{3 + limits.SCENARIO_DEPTH_MAX}: nested deeper than 16 levels"
    ]


def test_a_file_that_is_too_large_is_refused() -> None:
    (mistake,) = said(b"a: b\n" * 300_000)
    assert mistake.startswith("1:1: the file is larger than 1048576 bytes; ")


def test_lines_are_counted_as_yaml_counts_them() -> None:
    text = "a: b\r\nc: d\re: f\nx: y"
    assert source.split_lines(text) == ["a: b", "c: d", "e: f", "x: y"]
    assert [pair.key.span.line for pair in table(text).pairs] == [1, 2, 3, 4]


def test_the_parser_in_python_finds_the_same_nodes(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "a: {b: [1, 'x y']}\nc:\n  - d: é\n    e: f\n"
    fast = table(text)
    monkeypatch.setattr(source, "LOADER", yaml.SafeLoader)
    assert value_of(table(text)) == value_of(fast)
    assert [pair.value.span.line for pair in table(text).pairs] == [
        pair.value.span.line for pair in fast.pairs
    ]


YAMLISH = st.text(st.sampled_from(list("ab:-,[]{}#&*!|>'\"%@` \n\t?~é\u2028\x85\r\\0")), max_size=60)


@settings(deadline=None)
@given(st.binary(max_size=80) | YAMLISH.map(str.encode))
def test_any_bytes_make_a_table_or_mistakes_inside_the_file(data: bytes) -> None:
    document = read(data, "x")
    assert document.root is not None or document.mistakes
    lines = source.split_lines(data.decode("utf-8", "replace"))
    for mistake in document.mistakes:
        assert 1 <= mistake.span.line <= len(lines) + 1
        assert mistake.span.column >= 1 and mistake.span.length >= 1
        assert "\n" not in mistake.headline()


@settings(deadline=None)
@given(YAMLISH)
def test_any_scalar_in_quotes_stays_itself(text: str) -> None:
    quoted = text.replace("'", "''").translate(dict.fromkeys(map(ord, "\n\r\t\x85\u2028 ")))
    (pair,) = table(f"key: 'x{quoted}'").pairs
    assert isinstance(pair.value, Scalar)
    assert pair.value.text == "x" + quoted.replace("''", "'")


@pytest.mark.parametrize(
    ("text", "indent"),
    [("a: |\n  b\n", 2), ("a: |\n\n\n     b\n     c\n", 5), ("a: >\n  b\n", None), ('a: "b"\n', None)],
)
def test_a_block_of_lines_says_how_far_it_is_indented(text: str, indent: int | None) -> None:
    root = read(text.encode(), "x.yaml").root
    assert root is not None
    node = root.get("a")
    assert isinstance(node, Scalar) and node.indent == indent
