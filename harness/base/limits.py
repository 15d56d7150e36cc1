"""Every bound of the program, in one place, each with its reason.

What comes from the wire, a capture or a scenario file is hostile until proven otherwise; whatever
grows with it has a bound here. Must not live here: RFC timers (`protocol/timers.py`) and the
judge's thresholds (`judge/thresholds.py`).
"""

MESSAGE_BYTES_MAX = 65_535
"""A UDP datagram cannot be larger; a larger message on TCP is cut off as an attack."""

HEAD_BYTES_MAX = 65_535
"""Bytes of start line and header fields that are looked at."""

HEADER_ROWS_MAX = 512
"""Header rows that are kept; more are recorded as a defect and dropped."""

HEADER_VALUES_MAX = 512
"""Comma-joined values that are split out of one header name."""

DEFECTS_MAX = 32
"""Defects recorded for one message; a hostile message could have thousands."""

STREAM_BUFFER_BYTES_MAX = 262_144
"""Unframed bytes kept for one TCP connection."""

SCENARIO_BYTES_MAX = 1_048_576
"""A scenario file; larger ones are refused."""

TRANSACTIONS_MAX = 10_000
"""Live transactions of one host; more requests are answered with 503."""

LEGS_MAX = 10_000
"""Live legs of one host."""

INBOX_EVENTS_MAX = 1_000
"""Events kept for a script that does not read them."""

RUN_EVENTS_MAX = 1_000_000
"""Deliveries and wake-ups of one virtual run; a run that needs more is a loop."""

RUN_VIRTUAL_SECONDS_MAX = 3_600
"""Trace time of one run; a run that needs more does not end by itself."""

REDIRECTS_MAX = 5
"""3xx responses followed for one call (RFC 3261 section 8.1.3.4 warns of loops)."""

CHALLENGES_MAX = 2
"""401/407 responses answered for one request."""

CAPTURE_BYTES_MAX = 4 * 1024**3
"""A capture file; larger ones are refused with a sentence."""

TRACE_LINE_BYTES_MAX = 1_048_576
"""One line of a trace file."""
