"""What strangers write is shown, never obeyed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.report.readable import MESSAGE_CHARACTERS_MAX, harmless, message_text


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
    assert harmless(text) == shown


@given(st.text())
def test_what_is_left_can_be_printed(text: str) -> None:
    harmless(text).encode()
    assert not {sign for sign in harmless(text) if ord(sign) < 32} - {"\n", "\t"}


@given(st.binary())
def test_any_bytes_are_some_text(raw: bytes) -> None:
    harmless(message_text(raw)).encode()


def test_bytes_that_are_no_text_are_shown_by_their_value() -> None:
    assert message_text(b"a\xffb\r\nc") == "a\\xffb\nc"


def test_a_giant_message_is_cut_and_its_size_told() -> None:
    text = message_text(b"x" * 60_000)
    assert text.endswith("(60000 bytes in all)")
    assert len(text) < MESSAGE_CHARACTERS_MAX + 40
