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

SCENARIO_DEPTH_MAX = 16
"""Levels of nesting in a scenario file; the language itself needs six."""

SCENARIO_MISTAKES_MAX = 100
"""Mistakes reported for one scenario file; more would only bury the first ones."""

SCENARIO_COMBINATIONS_MAX = 1_000
"""Plans that the `parameters:` of one scenario file may make."""

TRANSACTIONS_MAX = 10_000
"""Live transactions of one host; requests beyond them are dropped, their sender will repeat them."""

LEGS_MAX = 10_000
"""Live legs of one host."""

INBOX_EVENTS_MAX = 1_000
"""Events kept for a script that does not read them."""

RUN_EVENTS_MAX = 1_000_000
"""Deliveries and wake-ups of one virtual run; a run that needs more is a loop."""

RUN_VIRTUAL_SECONDS_MAX = 3_600
"""Trace time of one run; a run that needs more does not end by itself."""

LIVE_SECONDS_MAX = 600
"""Real time of one live run: 120 s of ringing, a fallback and its ringing, and time to spare."""

REDIRECTS_MAX = 5
"""3xx responses followed for one call (RFC 3261 section 8.1.3.4 warns of loops)."""

CHALLENGES_MAX = 2
"""401/407 responses answered for one request."""

CAPTURE_BYTES_MAX = 4 * 1024**3
"""A capture file; larger ones are refused with a sentence."""

TRACE_LINE_BYTES_MAX = 1_048_576
"""One line of a trace file."""

LIVE_SIDE_BY_SIDE_MAX = 8
"""Live scenarios played at the same time, a process for each: more would disturb each other's stamps."""

LIVE_BYTES_MAX = 512 * 1024**2
"""Bytes of messages that a live run records; a flood beyond that is counted, not kept."""

LIVE_ENTRIES_MAX = 1_000_000
"""Messages that a live run records, for the same reason."""

LIVE_NOTES_MAX = 1_000
"""Remarks of the runtime (keep-alives, broken streams, failed sends) kept for one live run."""

LIVE_CONNECTIONS_MAX = 4_096
"""Open TCP connections of one live run; more are closed as soon as they are accepted."""

LIVE_IN_FLIGHT_MAX = 100_000
"""Sent messages that may wait for their arrival at one of our own sockets; the oldest are let go."""

DRAIN_DATAGRAMS_MAX = 64
"""Datagrams read from one socket before the others get their turn."""

DRAIN_BYTES_MAX = 65_536
"""Bytes read from one connection before the others get their turn."""

PROCESS_OUTPUT_BYTES_MAX = 65_536
"""Output of a real system that is looked at for an error text."""

FRAME_BYTES_MAX = 1_048_576
"""Bytes of one captured frame; more means that the file is damaged (Wireshark stops at 256 KiB)."""

CAPTURE_MESSAGES_MAX = 2_000_000
"""SIP messages taken out of one capture; the rest is left out and the trace says so."""

CAPTURE_STREAMS_MAX = 65_536
"""Directions of TCP connections followed at a time; the oldest are let go."""

CAPTURE_SEGMENTS_MAX = 256
"""Segments kept while an earlier one of the same stream is missing; then the gap is jumped over."""

CAPTURE_FRAGMENTS_MAX = 1_024
"""IP datagrams that wait for fragments at a time; the oldest are let go."""

CAPTURE_DISSECTED_MAX = 100_000
"""Frames of rare link types that scapy dissects; at some 5,000 a second that is 20 seconds."""

TEMPLATE_NODES_MAX = 500
"""Values, operators and tags in the text of `send_raw`; each may be evaluated in every round of a loop."""

TEMPLATE_DEPTH_MAX = 60
"""Levels of nesting in the text of `send_raw`: each takes a few calls of functions within each other."""

TEMPLATE_WORK_MAX = 200_000
"""What rendering one text of `send_raw` may cost, and checking all those of a file: a value, a character that
is read as a template, or 16 that are handled cost 1. Below a second in the worst case."""

TEMPLATE_ROUNDS_MAX = 1_000
"""Rounds of one loop in the text of `send_raw`; a message has no more header rows worth testing."""

SCENARIO_STEPS_MAX = 200
"""Steps of one scenario; whoever needs more writes two scenarios."""
