"""Reason phrases (RFC 3261 section 21)."""

import pytest

from harness.wire.sip.status import REASONS, reason_phrase


@pytest.mark.parametrize(
    ("status", "phrase"),
    [(180, "Ringing"), (202, "Accepted"), (481, "Call/Transaction Does Not Exist"), (603, "Decline")],
)
def test_registered_codes_have_their_phrase(status: int, phrase: str) -> None:
    assert reason_phrase(status) == phrase


@pytest.mark.parametrize(
    ("status", "like"), [(299, 200), (399, 300), (499, 400), (599, 500), (699, 600), (150, 183)]
)
def test_an_unknown_code_has_the_phrase_of_its_class(status: int, like: int) -> None:
    """RFC 3261 section 8.1.3.2; an unknown 1xx is treated as 183."""
    assert reason_phrase(status) == REASONS[like]
