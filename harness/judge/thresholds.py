"""The judge's named limits, each with where it comes from.

Must not live here: bounds against hostile input (`base/limits.py`) and timers that a machine runs
(`protocol/timers.py`). All in nanoseconds.
"""

from harness.base.instant import MS, SECOND

STAYS_UP_NS = 2 * SECOND
"""How long an answered leg must stay up to count by itself (definitions of the project, outcome 2)."""

LATE_REPORT_NS = 5 * SECOND
"""A right report that comes later than this after the fact is `late` (definitions, truth)."""

ALONE_NS = 5 * SECOND
"""A caller with nobody on a second leg for longer than this is `alone` (definitions, fates)."""

RETRIEVE_NS = 5 * SECOND
"""How soon the referrer takes the caller back after a failure (RFC 5589 section 6.3 gives no figure;
limit of the harness)."""

FINAL_NOTIFY_NS = 1 * SECOND
"""How soon the notifier reports an outcome it knows; before that, silence is not yet silence
(limit of the harness)."""

STUCK_LEG_NS = 10 * SECOND
"""A leg with nobody behind it for longer than this is a ghost (limit of the harness)."""

CANCEL_FOLLOWS_NS = 2 * SECOND
"""A CANCEL this soon after the referrer left was sent because it left (limit of the harness)."""

TRANSACTION_TIMEOUT_NS = 64 * 500 * MS
"""64*T1, Timers B, F and N: a request without a response is dead
(RFC 3261 section 17.1.1.2, section 17.1.2.2, RFC 6665 section 4.1.2.4)."""

REORDERED_NS = 1 * SECOND
"""Within this time a capture may show two datagrams in the wrong order (limit of the harness)."""

PROMPT_NS = 4 * SECOND
"""How long a machine may take for what the RFCs want at once: T2 is 4 s, so a lost message has been
repeated three times by then (limit of the harness)."""

REPEATED_NS = 1 * SECOND
"""By when a 2xx without ACK has been repeated: after T1 = 0.5 s, with tolerance."""

AFTER_OWN_BYE_NS = 1 * SECOND
"""How long a first NOTIFY is waited for when the referee has ended the call itself."""

AT_ONCE_NS = 600 * MS
"""What counts as immediately: half a second, and some slack for the point of observation."""

CROSSING_NS = 2 * SECOND
"""A Contact that was replaced this shortly before may still be used: the new one was on its way."""

EARLIEST_TRYING_NS = 3500 * MS
"""When Timer E reaches T2 (RFC 4320 section 4.1): 100 to a non-INVITE is not sent before that."""

SOON_NS = 300 * MS
"""200 ms (RFC 3261 section 17.2.1) and 100 ms of tolerance."""

EXPIRES_SLACK_NS = 2 * SECOND
"""expires is in whole seconds, and the NOTIFY takes its time to be sent."""

LEAVES_NS = 5 * SECOND
"""How soon the referrer ends its call after the NOTIFY of success (RFC 5589 section 6.1 gives no figure;
limit of the harness)."""
