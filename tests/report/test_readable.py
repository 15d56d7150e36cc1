"""What strangers write is shown, never obeyed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.report.readable import (
    MESSAGE_CHARACTERS_MAX,
    in_command,
    in_markdown,
    lines_on_terminal,
    message_text,
    not_obeyed,
    on_page,
    on_terminal,
)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain\n\ttext", "plain\n\ttext"),
        ("\x1b[31m\x07\r", "␛[31m␇␍"),
        ("\x7f\x9b", "␡⟨U+009B⟩"),
        ("a\u202eb\u2066c", "a⟨U+202E⟩b⟨U+2066⟩c"),
        ("no\u200bwidth\ufeff", "no⟨U+200B⟩width⟨U+FEFF⟩"),
        ("\ud800", "⟨U+D800⟩"),
        ("Zoë, 日本", "Zoë, 日本"),
    ],
)
def test_signs_that_act_or_hide_become_visible(text: str, shown: str) -> None:
    assert on_page(text) == shown


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("a ##[add-mask]b", "a ## [add-mask]b"),
        ("###[x]##[y]", "### [x]## [y]"),
        ("::stop-commands::x", ": :stop-commands::x"),
        (" \t ::error::x", " \t : :error::x"),
        ("192.0.2.1 a::b ## [c]", "192.0.2.1 a::b ## [c]"),
    ],
)
def test_a_line_of_a_job_is_no_command_to_the_runner(line: str, shown: str) -> None:
    assert not_obeyed(line) == shown


def obeyed(line: str) -> bool:
    """As the runner reads a line: version 2 of commands after white space, version 1 anywhere."""
    return line.strip().startswith("::") or "##[" in line


PIECES = st.sampled_from([*"#[: \t\x1b\u200b\x00a\n]", "##", "::", "##["])


@given(st.lists(PIECES).map("".join) | st.text())
def test_nothing_on_a_terminal_acts_on_it_or_on_a_ci_server(text: str) -> None:
    for line in (on_terminal(text), *lines_on_terminal(text).split("\n")):
        assert not obeyed(line)
        assert line.isprintable()
    assert len(in_command(text).splitlines()) <= 1
    assert not obeyed(in_command(text))


def test_lines_stay_lines() -> None:
    assert lines_on_terminal("a\n##[b]\n::c\x1b") == "a\n## [b]\n: :c\ufffd"
    assert in_command("50%\r\n##[x]") == "50%25%0D%0A## [x]"
    assert in_markdown("a|b\n<c>") == "a&#124;b &#60;c&#62;"


@given(st.text())
def test_what_is_left_can_be_printed(text: str) -> None:
    on_page(text).encode()
    assert not {sign for sign in on_page(text) if ord(sign) < 32} - {"\n", "\t"}


@given(st.binary())
def test_any_bytes_are_some_text(raw: bytes) -> None:
    on_page(message_text(raw)).encode()


def test_bytes_that_are_no_text_are_shown_by_their_value() -> None:
    assert message_text(b"a\xffb\r\nc") == "a\\xffb\nc"


def test_a_giant_message_is_cut_and_its_size_told() -> None:
    text = message_text(b"x" * 60_000)
    assert text.endswith("(60000 bytes in all)")
    assert len(text) < MESSAGE_CHARACTERS_MAX + 40
