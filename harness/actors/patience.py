"""How long our players wait before they give up, so that every run ends whatever the others do."""

from harness.base.instant import SECOND

ANSWER_NS = 200 * SECOND
"""A caller lets it ring; longer than the 120 s window of a carrier."""

CALL_NS = 600 * SECOND
"""Nobody stays in a call for longer."""

TALK_NS = 5 * SECOND
"""A real person need not hang up by himself: then our carrier ends the call after this time."""

LEAVING_NS = 60 * SECOND
"""A carrier keeps the referrer's leg after a transfer (real-world figure: exactly 60 s)."""

SIGNALLING_NS = 40 * SECOND
"""An answer that the stack itself must bring about: longer than 64*T1."""

ARRIVAL_NS = 60 * SECOND
"""A carrier waits for the first call of a real system."""

RING_AGAIN_NS = 55 * SECOND
"""A slow callee repeats its provisional response within each minute (RFC 3261 section 13.3.1.1)."""
