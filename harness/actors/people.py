"""Caller, human and voicemail: parties that place or take one call and hang up some day."""

from __future__ import annotations

from collections.abc import Callable

from harness.actors import patience
from harness.base.endpoint import Endpoint
from harness.protocol.leg import Leg
from harness.protocol.script import TIMED_OUT, Interrupted, Script, Task
from harness.scenario.plan import Behaviour

OnCall = Callable[[Task, Leg], Script[None]]


def placing(uri: str, destination: Endpoint, behaviour: Behaviour) -> Callable[[Task], Script[None]]:
    """The script of somebody who calls `uri` and stays until one side hangs up."""

    def script(me: Task) -> Script[None]:
        leg = me.call(uri, destination=destination)
        leg.name = "the callee"
        assert leg.invite is not None, "Task.call has sent it"
        hit = yield from me.wait(leg.final(leg.invite), timeout_ns=patience.ANSWER_NS)
        if 200 <= hit.status < 300:
            yield from talking(me, leg, behaviour.hangs_up_after_ns)

    return script


def taking(behaviour: Behaviour, redirect: str = "") -> OnCall:
    """The script of somebody who is called; `redirect` is the URI a 302 names."""

    def script(me: Task, leg: Leg) -> Script[None]:
        leg.name = "the caller"
        try:
            with me.unless(leg.request("CANCEL", "BYE")):
                yield from _ring(me, leg, behaviour, redirect)
        except Interrupted:
            return
        if leg.up:
            yield from _connected(me, leg, behaviour.hangs_up_after_ns)

    return script


def talking(me: Task, leg: Leg, hangs_up_after_ns: int | None) -> Script[None]:
    """Stay in the call until the far end hangs up, or hang up oneself after that time."""
    after_ns = patience.CALL_NS if hangs_up_after_ns is None else hangs_up_after_ns
    yield from me.wait(leg.request("BYE"), timeout_ns=after_ns)
    leg.release()


def _connected(me: Task, leg: Leg, hangs_up_after_ns: int | None) -> Script[None]:
    """The time until we hang up counts from the ACK: before it nobody is connected."""
    hit = yield from me.wait(leg.request("ACK"), leg.request("BYE"), timeout_ns=patience.SIGNALLING_NS)
    if hit.when is not TIMED_OUT and hit.event is not None and hit.event.kind == "ACK":
        yield from talking(me, leg, hangs_up_after_ns)


def _ring(me: Task, leg: Leg, behaviour: Behaviour, redirect: str) -> Script[None]:
    """From INVITE to the final response, as the behaviour says."""
    rings = behaviour.rings_after_ns is not None
    if redirect:
        leg.reject(302, [("Contact", f"<{redirect}>")])
        return
    if behaviour.rejects is not None and not rings:
        leg.reject(behaviour.rejects)
        return
    rung_ns = 0
    if behaviour.rings_after_ns is not None:
        yield from me.sleep(behaviour.rings_after_ns)
        rung_ns = behaviour.rings_after_ns
        leg.ring()
    left_ns = patience.CALL_NS if behaviour.no_answer else max(0, behaviour.answers_after_ns - rung_ns)
    yield from _keep_ringing(me, leg, left_ns, rings=rings)
    if behaviour.no_answer:
        leg.reject(480)
    elif behaviour.rejects is not None:
        leg.reject(behaviour.rejects)
    else:
        leg.accept()


def _keep_ringing(me: Task, leg: Leg, left_ns: int, *, rings: bool) -> Script[None]:
    while left_ns > patience.RING_AGAIN_NS:
        yield from me.sleep(patience.RING_AGAIN_NS)
        left_ns -= patience.RING_AGAIN_NS
        if rings:
            leg.ring()
    yield from me.sleep(left_ns)
