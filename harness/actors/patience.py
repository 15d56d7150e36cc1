"""How long our players wait before they give up, so that every run ends whatever the others do."""

from harness.base.instant import SECOND
from harness.protocol.script import Task
from harness.scenario.plan import Plan
from harness.scenario.steps import patience_ns

ANSWER_NS = 200 * SECOND
"""A caller lets it ring; longer than the 120 s window of a carrier. See `answer_ns`."""

CALL_NS = 600 * SECOND
"""Nobody stays in a call for longer. See `call_ns`."""

USUAL_NS = 180 * SECOND
"""What the waits of a plan may come to without anybody having to be more patient."""

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


def extra_ns(plan: Plan) -> int:
    """How much more patience a plan asks of everybody whose own waits come to more than usual."""
    agent, window_ns = plan.agent, plan.carrier.no_answer_after_ns
    waits = [agent.refers_after_ns, agent.leaves_after_ns, window_ns * (1 + len(plan.fallback))]
    waits += [patience_ns(step) for step in plan.steps]
    for behaviour in (party.behaviour for party in plan.parties):
        rings_ns, stays_ns = behaviour.rings_after_ns or 0, behaviour.hangs_up_after_ns or 0
        waits += [rings_ns, behaviour.answers_after_ns, stays_ns]
    return max(0, sum(waits) - USUAL_NS)


def answer_ns(me: Task) -> int:
    """How long this player lets it ring."""
    return ANSWER_NS + me.host.patience_ns


def call_ns(me: Task) -> int:
    """How long this player stays in a call."""
    return CALL_NS + me.host.patience_ns
