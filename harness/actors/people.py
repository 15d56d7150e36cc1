"""Caller, human and voicemail: parties that place or take one call and hang up some day."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from harness.actors import patience
from harness.actors.fallback import Way, next_way
from harness.base.endpoint import Endpoint
from harness.protocol.leg import Leg
from harness.protocol.script import TIMED_OUT, Interrupted, Script, Task
from harness.scenario.plan import Behaviour


@dataclass(frozen=True, slots=True)
class Shown:
    """How somebody who places a call shows himself."""

    sender: str | None = None
    """The From value without tag; None: name and number."""
    headers: tuple[tuple[str, str], ...] = ()
    """Further header fields of the INVITE."""


def hidden(number_uri: str) -> Shown:
    """Without name and number; the network is told whom to bill (RFC 3323 section 4.1.1, RFC 3325 9.2)."""
    identity = ("P-Preferred-Identity", f"<{number_uri}>")
    return Shown('"Anonymous" <sip:anonymous@anonymous.invalid>', (identity, ("Privacy", "id")))


OnCall = Callable[[Task, Leg], Script[None]]

NOT_ANSWERED = 480
"""What a party answers in the end whom nobody cancelled (RFC 3261 section 21.4.18)."""


def placing(
    uri: str, destination: Endpoint, behaviour: Behaviour, shown: Shown = Shown()
) -> Callable[[Task], Script[None]]:
    """The script of somebody who calls `uri` and stays until one side hangs up."""

    def script(me: Task) -> Script[None]:
        leg = me.call(uri, destination=destination, sender=shown.sender, extra=shown.headers)
        leg.name = "the callee"
        assert leg.invite is not None, "Task.call has sent it"
        hit = yield from me.wait(leg.final(leg.invite), timeout_ns=patience.answer_ns(me))
        if 200 <= hit.status < 300:
            yield from talking(me, leg, behaviour.hangs_up_after_ns)

    return script


def taking(behaviour: Behaviour, redirect: str = "", forwards: Sequence[Way] = ()) -> OnCall:
    """The script of somebody who is called; `redirect` is the URI a 302 names.

    `forwards` are the numbers that the party's own system sends a call on to, instead of refusing it.
    """

    def script(me: Task, leg: Leg) -> Script[None]:
        leg.name = "the caller"
        try:
            with me.unless(leg.request("CANCEL", "BYE")):
                yield from answering(me, leg, behaviour, redirect, forwards)
        except Interrupted:
            return
        if leg.up:
            yield from _connected(me, leg, behaviour.hangs_up_after_ns)

    return script


def talking(me: Task, leg: Leg, hangs_up_after_ns: int | None) -> Script[None]:
    """Stay in the call until the far end hangs up, or hang up oneself after that time."""
    after_ns = patience.call_ns(me) if hangs_up_after_ns is None else hangs_up_after_ns
    yield from me.wait(leg.request("BYE"), timeout_ns=after_ns)
    leg.release()


def _connected(me: Task, leg: Leg, hangs_up_after_ns: int | None) -> Script[None]:
    """The time until we hang up counts from the ACK: before it nobody is connected."""
    hit = yield from me.wait(leg.request("ACK"), leg.request("BYE"), timeout_ns=patience.SIGNALLING_NS)
    if hit.when is not TIMED_OUT and hit.event is not None and hit.event.kind == "ACK":
        yield from talking(me, leg, hangs_up_after_ns)


def answering(
    me: Task, leg: Leg, behaviour: Behaviour, redirect: str, forwards: Sequence[Way] = ()
) -> Script[None]:
    """From INVITE to the final response, as the behaviour says."""
    rings = behaviour.rings_after_ns is not None
    if redirect:
        _send_on(leg, redirect)
        return
    if behaviour.rejects is not None and not rings:
        _refuse(leg, behaviour.rejects, forwards)
        return
    rung_ns = 0
    if behaviour.rings_after_ns is not None:
        yield from me.sleep(behaviour.rings_after_ns)
        rung_ns = behaviour.rings_after_ns
        leg.ring()
    yield from _keep_ringing(me, leg, max(0, _final_after_ns(me, behaviour, forwards) - rung_ns), rings=rings)
    if behaviour.no_answer:
        _refuse(leg, NOT_ANSWERED, forwards)
    elif behaviour.rejects is not None:
        _refuse(leg, behaviour.rejects, forwards)
    else:
        leg.accept()


def _final_after_ns(me: Task, behaviour: Behaviour, forwards: Sequence[Way]) -> int:
    """When the final response is due, counted from the INVITE."""
    if not behaviour.no_answer:
        return behaviour.answers_after_ns
    return patience.call_ns(me) if next_way(forwards, NOT_ANSWERED) is None else behaviour.forwards_after_ns


def _refuse(leg: Leg, status: int, forwards: Sequence[Way]) -> None:
    """Refuse, or send the call on where the party's own system does that for such a refusal."""
    way = next_way(forwards, status)
    if way is None:
        leg.reject(status)
    else:
        _send_on(leg, way.uri)


def _send_on(leg: Leg, uri: str) -> None:
    leg.reject(302, [("Contact", f"<{uri}>")])  # RFC 3261 section 21.3.3


def _keep_ringing(me: Task, leg: Leg, left_ns: int, *, rings: bool) -> Script[None]:
    while left_ns > patience.RING_AGAIN_NS:
        yield from me.sleep(patience.RING_AGAIN_NS)
        left_ns -= patience.RING_AGAIN_NS
        if rings:
            leg.ring()
    yield from me.sleep(left_ns)
