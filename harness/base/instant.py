"""Time as integer nanoseconds, and the words people write for durations.

Lives here: units, the parser of `500ms`, the printers. Must not: clocks (only `runtime/live` reads
one) and floats (a float cannot hold nanoseconds since 1970).
"""

import re

US = 1_000
MS = 1_000_000
SECOND = 1_000_000_000

VIRTUAL_EPOCH_NS = 1_767_225_600 * SECOND
"""2026-01-01T00:00:00Z: where virtual time starts, so that virtual captures carry real dates."""

_UNITS_NS = {"us": US, "ms": MS, "s": SECOND, "m": 60 * SECOND, "min": 60 * SECOND, "h": 3600 * SECOND}
_DURATION = re.compile(r"\s*(\d{1,9})(?:\.(\d{1,9}))?\s*(us|ms|s|min|m|h)\s*\Z")


def parse_duration(text: str) -> int:
    """Read `2s`, `500ms`, `1.5s`, `2m` or `1h` as nanoseconds.

    Raises ValueError with a sentence for the user when the text is not a duration.
    """
    match = _DURATION.match(text)
    if match is None:
        raise ValueError(f"{text!r} is not a duration; write a number and a unit, such as 500ms, 2s or 2m")
    whole, fraction, unit = match.groups()
    unit_ns = _UNITS_NS[unit]
    ns = int(whole) * unit_ns
    if fraction:
        ns += int(fraction) * unit_ns // 10 ** len(fraction)
    return ns


def format_duration(ns: int) -> str:
    """Print a duration the way it would be written in a scenario: `2s`, `500ms`, `1.5s`."""
    sign = "-" if ns < 0 else ""
    ns = abs(ns)
    if ns >= SECOND:
        return f"{sign}{_decimal(ns, SECOND)}s"
    if ns >= MS or ns == 0:
        return f"{sign}{_decimal(ns, MS)}ms"
    return f"{sign}{_decimal(ns, US)}us"


def to_ms(ns: int) -> float:
    """Milliseconds with 3 decimals, the unit of every figure in results."""
    return round(ns / MS, 3)


def _decimal(ns: int, unit_ns: int) -> str:
    whole, rest = divmod(ns, unit_ns)
    if not rest:
        return str(whole)
    return f"{whole}.{str(rest).rjust(len(str(unit_ns)) - 1, '0').rstrip('0')}"
