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
