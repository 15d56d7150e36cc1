"""The AI agent: takes (or places) the call, transfers it, and takes the caller back when that failed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from harness.actors import patience, people
from harness.actors.fallback import Way, next_way
from harness.base.endpoint import Endpoint
from harness.base.instant import MS
from harness.protocol.leg import Leg
from harness.protocol.script import Interrupted, Script, Task
from harness.scenario.plan import AgentPlan, Behaviour
from harness.wire.sdp import Direction
from harness.wire.sip.headers import SubscriptionState
from harness.wire.sip.transfer import refer_to_text

REACTION_NS = 100 * MS
"""Between a report of failure and what the agent does about it: a BYE that follows is seen first."""


@dataclass(frozen=True, slots=True)
class Orders:
    """What the agent was told to do, with every name resolved to a URI."""

    plan: AgentPlan
    behaviour: Behaviour
    target: str
    """SIP URI of the first refer target."""
    fallback: tuple[Way, ...] = ()
    """Fallbacks by the agent."""
    headers: tuple[tuple[str, str], ...] = ()
    """Context headers of the REFER."""
    referred_by: str = ""


def taking(orders: Orders) -> Callable[[Task, Leg], Script[None]]:
    """The script of an agent that is called. A call that its own transfer sent back it only answers."""
    again = returned(orders)

    def script(me: Task, leg: Leg) -> Script[None]:
        if any(known.subscribers for known in me.host.legs.values()):
            yield from again(me, leg)
            return
        leg.name = "the caller"
        try:
            with me.unless(leg.request("BYE", "CANCEL")):
                if orders.behaviour.rings_after_ns is not None:
                    yield from me.sleep(orders.behaviour.rings_after_ns)
                    leg.ring()
                yield from me.sleep(
                    orders.behaviour.answers_after_ns - (orders.behaviour.rings_after_ns or 0)
                )
                leg.accept()
                yield from me.wait(leg.request("ACK"), timeout_ns=patience.SIGNALLING_NS)
                yield from _serve(me, leg, orders)
        except Interrupted:
            pass
        leg.release()

    return script


def placing(
    orders: Orders, uri: str, destination: Endpoint, shown: people.Shown
) -> Callable[[Task], Script[None]]:
    """The script of an agent that calls the caller first (direction: outbound)."""

    def script(me: Task) -> Script[None]:
        leg = me.call(uri, destination=destination, sender=shown.sender, extra=shown.headers)
        leg.name = "the caller"
        assert leg.invite is not None, "Task.call has sent it"
        hit = yield from me.wait(leg.final(leg.invite), timeout_ns=patience.answer_ns(me))
        if 200 <= hit.status < 300:
            try:
                with me.unless(leg.request("BYE")):
                    yield from _serve(me, leg, orders)
            except Interrupted:
                pass
        leg.release()

    return script


def returned(orders: Orders) -> people.OnCall:
    """The script for a call that came back: it talks, asks for no transfer again, and hangs up."""
    return people.taking(replace(orders.behaviour, hangs_up_after_ns=orders.plan.keeps_caller_ns))


def _serve(me: Task, leg: Leg, orders: Orders) -> Script[None]:
    """Talk, transfer, fall back, and take the caller back when nobody got him."""
    plan = orders.plan
    yield from me.sleep(plan.refers_after_ns)
    held = plan.holds and (yield from _turn(me, leg, "sendonly"))
    if (yield from _hand_over(me, leg, orders)):
        return
    if held and plan.resumes:
        yield from _turn(me, leg, "sendrecv")
    yield from me.sleep(plan.keeps_caller_ns)


def _hand_over(me: Task, leg: Leg, orders: Orders) -> Script[bool]:
    """Refer to the target, then to each fallback whose condition fits. True when the agent may leave."""
    uri = orders.target
    left = list(orders.fallback)
    while True:
        status = yield from _refer(me, leg, uri, orders)
        if status < 300:
            yield from me.sleep(orders.plan.leaves_after_ns)
            return True
        yield from me.sleep(REACTION_NS)
        chosen = next_way(left, status)
        if chosen is None:
            return False
        left.remove(chosen)
        uri = chosen.uri


def _refer(me: Task, leg: Leg, uri: str, orders: Orders) -> Script[int]:
    """One REFER; its outcome as the agent knows it: the final sipfrag, or what stands for it."""
    plan = orders.plan
    extra = [("Referred-By", orders.referred_by)] if orders.referred_by else []
    extra += orders.headers
    if not plan.refer_sub:  # RFC 4488 section 4
        extra += [("Supported", "norefersub"), ("Refer-Sub", "false")]
    refer = leg.refer(refer_to_text(uri), extra)
    hit = yield from me.wait(leg.final(refer), timeout_ns=patience.SIGNALLING_NS)
    status = hit.status or 408
    if status >= 300:
        return status
    response = hit.event.message if hit.event is not None else None
    unsubscribed = response is not None and (response.first("refer-sub") or "").strip().lower() == "false"
    if unsubscribed or plan.leaves == "on-refer-accepted":
        return 200
    return (yield from _reports(me, leg, plan))


def _reports(me: Task, leg: Leg, plan: AgentPlan) -> Script[int]:
    """Wait for the final NOTIFY. Without any by Timer N the subscription failed (RFC 6665 4.1.2.4)."""
    patience_ns = plan.first_notify_patience_ns
    while True:
        hit = yield from me.wait(leg.request("NOTIFY"), timeout_ns=patience_ns)
        if hit.event is None or hit.event.message is None:
            return 408
        if hit.event.status >= 200:
            return hit.event.status
        state = SubscriptionState.parse(hit.event.message.first("subscription-state") or "")
        if state.state == "terminated":
            return 500
        patience_ns = plan.notify_patience_ns


def _turn(me: Task, leg: Leg, direction: Direction) -> Script[bool]:
    """Hold or resume the caller by re-INVITE; true when the far end agreed."""
    transaction = leg.reinvite(direction)
    if transaction is None:
        return False
    hit = yield from me.wait(leg.final(transaction), timeout_ns=patience.SIGNALLING_NS)
    return 200 <= hit.status < 300
