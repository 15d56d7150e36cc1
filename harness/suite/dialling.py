"""Numbers as a telephone network would read them, and those that are never dialled on a real system.

Must not live here: who dials (`play.py`), what a deployment allows (`deployment.py`).
"""

import re

from harness.wire.sip.uri import Uri, unescape

EMERGENCY = ("112", "911", "999", "000", "110", "118", "119", "933", "988")
"""Numbers that are never dialled on a real system, with or without a plus."""

PREMIUM = ("1900", "1976", "4490", "4487", "49900", "338", "3490", "979")
"""Prefixes of premium-rate numbers that are never dialled on a real system; country code first."""

_INTERNATIONAL = ("00", "011")
"""What is dialled for the plus in most countries, and in North America."""

_NATIONAL_DIGITS = 10
"""Length of a North American number without its country code."""


def readings(target: str) -> tuple[str, ...]:
    """Every whole number that a number, `tel:` or `sip:` URI may stand for, digits only, country code first.

    `+1-900-555-1234`, `19005551234`, `0019005551234` and `9005551234` may all be the same. Empty for a
    name.
    """
    text = target.strip()
    if text.lower().startswith(("sip:", "sips:", "tel:")):
        text = unescape(Uri.parse(text).user or "").partition(";")[0]
    digits = re.sub(r"[-.()/\s]", "", text)
    plus = digits.startswith("+")
    digits = digits.removeprefix("+")
    if not digits.isdecimal() or not digits.isascii():
        return ()
    if plus:
        return (digits,)
    found = [digits]
    found += [digits.removeprefix(prefix) for prefix in _INTERNATIONAL if digits.startswith(prefix)]
    if len(digits) == _NATIONAL_DIGITS:
        found.append(f"1{digits}")
    return tuple(digits for digits in found if digits)


def dangerous(target: str) -> bool:
    """Whether this may be an emergency or premium-rate number."""
    return any(
        digits in EMERGENCY or digits.startswith(PREMIUM) or digits.removeprefix("1") in EMERGENCY
        for digits in readings(target)
    )
