"""How each step of the long form is carried out, and what parties with steps do between them.

A party with steps has one script for them, from the first to the last, and one for each call that
reaches it. Where no step rings, answers or rejects, it rings and answers as the short form has it.
When the last step has happened, callers hang up, then everybody else. Must not live here: whose turn
it is (`stage.py`), what a message that is written by hand looks like (`raw.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from harness.actors import patience
from harness.actors.people import OnCall, Shown, answering
from harness.actors.stage import Stage, parties_in
from harness.base.endpoint import Endpoint
from harness.base.instant import SECOND
from harness.protocol.dialog import Headers
from harness.protocol.leg import Leg
from harness.protocol.raw import send_raw
from harness.protocol.script import Interrupted, Script, Task
from harness.protocol.subscription import Subscriber
from harness.scenario import steps
from harness.scenario.plan import Behaviour
from harness.scenario.steps import LAST, Step
from harness.wire.sip.status import reason_phrase
from harness.wire.sip.transfer import refer_to_text
from harness.wire.sip.uri import Uri

LEAVING_NS = SECOND
"""Between the callers' BYEs at the end and those of everybody whose call is still up."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a party finds the others: through the carrier, and by itself."""

    name: str
    number: str
    called: str
    """URI with which somebody calls it."""
    destination: Endpoint
    """Where such a call goes."""
    referred: str
    """URI with which a REFER names it."""
    contact: str
    """URI at which it listens itself."""
    listens: Endpoint


def taking(stage: Stage, name: str, behaviour: Behaviour, redirect: str) -> OnCall:
    """The script of each call that reaches a party with steps."""
    stays = replace(behaviour, hangs_up_after_ns=None)

    def script(me: Task, leg: Leg) -> Script[None]:
        leg.name = "the caller"
        call = stage.call_of(name)
        stage.took(name, call, leg)
        try:
            with me.unless(leg.request("CANCEL", "BYE")):
                if not steps.answered_by_steps(stage.steps, name, call):
                    yield from answering(me, leg, stays, redirect)
                    if leg.up:
                        yield from _acknowledged(me, stage, leg, call)
                if not stage.over:
                    yield from me.wait(stage.signal(name, "over"))
                yield from me.sleep(LEAVING_NS)
        except Interrupted:
            pass

    return script


def noticing(stage: Stage, name: str, then: OnCall) -> OnCall:
    """The script of each call that reaches a party without steps; the stage hears of its leg."""

    def script(me: Task, leg: Leg) -> Script[None]:
        stage.took(name, stage.call_of(name), leg)
        return (yield from then(me, leg))

    return script


def acting(
    stage: Stage, name: str, places: Mapping[str, Place], shown: Shown
) -> Callable[[Task], Script[None]]:
    """The script of a party's steps; `shown` is how it shows itself when it calls."""

    def script(me: Task) -> Script[None]:
        actor = _Actor(me, stage, name, places, shown)
        for step in stage.part_of(name):
            if not (yield from stage.turn(me, step)):
                break
            if not (yield from actor.carry_out(step)):
                me.host.note(f"step {step.number} could not be carried out: {actor.why}")
                stage.end(me.host)
                break
            stage.happened(me.host, step)
        if not stage.over:
            yield from me.wait(stage.signal(name, "over"))

    return script


def _acknowledged(me: Task, stage: Stage, leg: Leg, call: str) -> Script[bool]:
    """Nobody is connected before the ACK."""
    hit = yield from me.wait(leg.request("ACK"), timeout_ns=patience.SIGNALLING_NS)
    if hit.event is None:
        return False
    stage.up(me.host.name, call, leg)
    return True


class _Actor:
    """One party with what it needs to carry out its steps."""

    def __init__(self, me: Task, stage: Stage, name: str, places: Mapping[str, Place], shown: Shown) -> None:
        self.me = me
        self.stage = stage
        self.name = name
        self.places = places
        self.shown = shown
        self.why = ""
        """Why the last step could not be carried out."""

    def carry_out(self, step: Step) -> Script[bool]:
        """Do the step, as far as it waits for anything; false when it could not be done."""
        match step:
            case steps.Expect():
                self.why = "what it waits for did not come"
                return (yield from self.stage.expect(self.me, step))
            case steps.Wait() | steps.Never():
                yield from self.me.sleep(steps.patience_ns(step))
                return True
            case steps.Disturb():
                return True
            case steps.Call():
                return (yield from self._call(step))
            case steps.Ring() | steps.Answer() | steps.Reject() | steps.Cancel():
                return (yield from self._before_the_answer(step))
            case _:
                return (yield from self._in_call(step))

    def _begin(self, step: Step) -> None:
        """From here to `_end`, what this host sends is sent by the step."""
        self.stage.acted_ns = self.me.host.now_ns
        self.me.host.step = step.number
        self.me.host.step_sent.clear()

    def _end(self, name: str = "") -> None:
        host = self.me.host
        host.step = None
        asked = next((message for message in host.step_sent if message.is_request), None)
        if asked is None:
            return
        self.stage.sent[f"{self.name} {LAST}"] = asked
        if name:
            self.stage.sent[name] = asked

    def _call(self, step: steps.Call) -> Script[bool]:
        me, stage = self.me, self.stage
        if step.who != self.name:  # a real system calls us; all we can do is wait for it
            self.why = f"no call of {step.who} has come"
            hit = yield from me.wait(
                stage.signal(self.name, f"leg {step.call}"), timeout_ns=patience.ARRIVAL_NS
            )
            return hit.event is not None
        place = self.places[step.to]
        self._begin(step)
        shown = self.shown
        leg = me.call(place.called, destination=place.destination, sender=shown.sender, extra=shown.headers)
        self._end()
        leg.name = step.to
        stage.took(self.name, step.call, leg)
        assert leg.invite is not None, "Task.call has sent it"
        if not steps.left_open(stage.steps, step):
            yield from me.wait(leg.final(leg.invite), leg.request("BYE"), timeout_ns=patience.answer_ns(me))
        return True

    def _before_the_answer(self, step: Step) -> Script[bool]:
        leg = yield from self._leg_of(step)
        if leg is None:
            return False
        if isinstance(step, steps.Cancel):
            if leg.state not in ("calling", "proceeding"):
                self.why = "the call is answered, or over"
                return False
            if leg.state == "calling":  # RFC 3261 section 9.1: no CANCEL before a provisional response
                assert leg.invite is not None, "only our own call is cancelled"
                yield from self.me.wait(leg.progress(leg.invite), timeout_ns=patience.SIGNALLING_NS)
        elif leg.state != "incoming":
            self.why = "the call is answered, or over"
            return False
        self._begin(step)
        match step:
            case steps.Ring():
                leg.ring(step.status)
            case steps.Answer():
                leg.accept()
            case steps.Reject():
                leg.reject(step.status)
            case _:
                leg.release()
        self._end()
        if isinstance(step, steps.Answer):
            self.why = "no ACK came"
            return (yield from _acknowledged(self.me, self.stage, leg, step.call))
        return True

    def _in_call(self, step: Step) -> Script[bool]:
        if isinstance(step, steps.Send | steps.SendRaw) and not step.call:
            leg: Leg | None = self._outside(step.to)
        else:
            leg = yield from self._connected(step)
        if leg is None:
            return False
        if isinstance(step, steps.Turn):
            return (yield from self._turn(leg, step))
        self._begin(step)
        name = self._sent(leg, step)
        self._end(name)
        return not self.why

    def _sent(self, leg: Leg, step: Step) -> str:
        """Send what the step sends; returns the name of the request."""
        self.why = ""
        match step:
            case steps.Bye():
                leg.release()
            case steps.Refer():
                extra = [("Referred-By", f"<{self.me.host.uri}>"), *step.headers]
                leg.refer(refer_to_text(self._target(step.target)), extra)
                return step.name
            case steps.Notify():
                self._notify(leg, step)
                return step.name
            case steps.Send():
                self._send(leg, step)
                return step.name
            case steps.SendRaw():
                self._send_raw(leg, step)
                return step.name
        return ""

    def _turn(self, leg: Leg, step: steps.Turn) -> Script[bool]:
        self._begin(step)
        transaction = leg.reinvite(step.direction)
        self._end()
        self.why = "another offer is open"
        if transaction is None:
            return False
        yield from self.me.wait(leg.final(transaction), timeout_ns=patience.SIGNALLING_NS)
        return True

    def _notify(self, leg: Leg, step: steps.Notify) -> None:
        state = "active;expires=180" if step.active else "terminated;reason=noresource"
        extra = [
            ("Event", step.event),
            ("Subscription-State", state),
            ("Content-Type", "message/sipfrag;version=2.0"),
        ]
        fragment = f"SIP/2.0 {step.status} {reason_phrase(step.status)}\r\n"
        self._request(leg, "NOTIFY", extra, fragment.encode(), deliberate=step.deliberate)

    def _send(self, leg: Leg, step: steps.Send) -> None:
        body = step.body.replace("\r\n", "\n").replace("\n", "\r\n").encode("utf-8", "replace")
        if step.method == "REFER":
            leg.subscribers.append(Subscriber(leg, leg.dialog.local_number + 1))
        self._request(leg, step.method, step.headers, body, deliberate=step.deliberate)

    def _request(self, leg: Leg, method: str, extra: Headers, body: bytes, *, deliberate: bool) -> None:
        host = self.me.host
        headers = [("Contact", leg.contact), *extra]
        transaction = host.request(leg, method, leg.dialog.next_number(), headers, body)
        if deliberate:
            host.deliberate.add(transaction.request.raw)
        transaction.start()

    def _send_raw(self, leg: Leg, step: steps.SendRaw) -> None:
        # Loads jinja2, which no other step needs.
        from harness.actors.raw import PartyView, written
        from harness.scenario.rendering import TemplateFailed

        views = {name: PartyView(name, place.number, place.referred) for name, place in self.places.items()}
        legs = parties_in(self.stage.legs, self.name)
        legs = {**legs, step.call: leg} if step.call else {"new": leg}
        try:
            data = written(step, legs, views)
        except TemplateFailed as failed:
            self.why = failed.why
            return
        if step.deliberate:
            self.me.host.deliberate.add(data)
        send_raw(leg, data, retransmit=step.retransmit)

    def _target(self, written: str) -> str:
        """The URI that a REFER names."""
        if written.lower().startswith(("sip:", "sips:", "tel:")):
            return written
        if written in self.places:
            return self.places[written].referred
        return str(Uri.parse(self.places["carrier"].called).with_(user=written))

    def _outside(self, to: str) -> Leg:
        """A dialog that does not exist yet, for a request outside of any."""
        place = self.places[to]
        return self.me.host.prepare(place.contact, destination=place.listens)

    def _leg_of(self, step: Step) -> Script[Leg | None]:
        """This party's leg in the call of the step; the called party may have to wait for it."""
        key = (step.call, self.name)
        if key not in self.stage.legs:
            self.why = "the call has not come"
            signal = self.stage.signal(self.name, f"leg {step.call}")
            yield from self.me.wait(signal, timeout_ns=patience.SIGNALLING_NS)
        leg = self.stage.legs.get(key)
        return leg

    def _connected(self, step: Step) -> Script[Leg | None]:
        """The leg once it is up; None when it never will be, or is over."""
        if self.name == "carrier":
            return (yield from self._carriers_leg(step, getattr(step, "to", "")))
        leg = yield from self._leg_of(step)
        if leg is None:
            return None
        self.why = "the call is not answered, or over"
        if leg.invite is not None and not leg.up and not leg.over:
            yield from self.me.wait(leg.final(leg.invite), timeout_ns=patience.answer_ns(self.me))
        elif leg.invite is None and leg.state in ("incoming", "answered"):
            signal = self.stage.signal(self.name, f"up {step.call}")
            yield from self.me.wait(
                signal, leg.request("BYE", "CANCEL"), timeout_ns=patience.answer_ns(self.me)
            )
        return leg if leg.up else None

    def _carriers_leg(self, step: Step, to: str) -> Script[Leg | None]:
        """The carrier's end of a call, once its ACK came; None when it is not up."""
        leg = self.stage.leg_at_carrier(self.me.host, step.call, to, self.places[to].listens)
        self.why = f"the carrier's leg to {to} is not up"
        if leg is not None and leg.state == "answered":
            yield from self.me.wait(leg.request("ACK"), timeout_ns=patience.SIGNALLING_NS)
        return leg if leg is not None and leg.state == "up" else None
