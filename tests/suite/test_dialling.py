"""How a network may read a number, and which numbers are never dialled."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.suite.dialling import dangerous, readings


@pytest.mark.parametrize(
    "written",
    [
        *("+19005551234", "+1-900-555-1234", "+1 (900) 555.1234", "19005551234", "0019005551234"),
        *("01119005551234", "9005551234", "tel:+1-900-555-1234", "sip:+19005551234@example.com"),
        *("sip:%2B1900555%31234@example.com", "SIP:19005551234;phone-context=x@example.com"),
    ],
)
def test_a_premium_number_is_known_however_it_is_written(written: str) -> None:
    assert "19005551234" in readings(written)
    assert dangerous(written)


@pytest.mark.parametrize("written", ["911", "+911", "9-1-1", "112", "+112", "tel:911", "sip:999@lab", "1911"])
def test_an_emergency_number_is_known_however_it_is_written(written: str) -> None:
    assert dangerous(written)


@pytest.mark.parametrize(
    "written",
    [
        "+19175551212",
        "+447700900123",
        "9175551212",
        "sip:bob@example.com",
        "maria",
        "",
        "+",
        "00",
        "+33123456789",
    ],
)
def test_other_numbers_and_names_are_not_dangerous(written: str) -> None:
    assert not dangerous(written)


@given(st.text())
def test_no_text_is_too_strange(text: str) -> None:
    assert all(digits.isdecimal() for digits in readings(text))
