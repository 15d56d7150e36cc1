"""What the players of one long-form run share: whose turn it is, which leg is which, what was heard.

Steps happen one after the other, whoever acts: a host that has done its step signals the next one.
The signal is an alarm of that host at the present instant, so that each host is woken by its runtime
and none runs inside another. Must not live here: how a step is carried out (`acting.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from harness.base.endpoint import Endpoint
from harness.base.limits import INBOX_EVENTS_MAX
from harness.protocol.host import Host
from harness.protocol.leg import Leg
from harness.protocol.script import Script, Source, Task, When
from harness.protocol.stack import Stack
from harness.scenario.steps import LAST, Call, Expect, Step
from harness.wire.sip.message import Message


@dataclass(slots=True)
class _Heard:
    """A message that came in somewhere; `taken` once an `expect` has been fulfilled by it."""

    at_ns: int
    message: Message
    taken: bool = False


class Stage:
    """One run of a plan with steps. `played` are the names of the hosts that are ours."""

    def __init__(self, steps: tuple[Step, ...], played: Iterable[str]) -> None:
        self.steps = steps
        self.played = frozenset(played)
        self.over = False
        """No step will happen any more."""
        self.done = 0
        """Number of the last step that has happened."""
        self.legs: dict[tuple[str, str], Leg] = {}
        """(call, party) -> its leg; a call that no step made has the name ""."""
        self.sent: dict[str, Message] = {}
        """Name of a request, or `PARTY last`, -> the request."""
        self.acted_ns = 0
        """When the last step that acts began; what came before it fulfils no later `expect`."""
        self._signals: dict[str, Source] = {}
        self._heard: dict[str, list[_Heard]] = {}
        self._awaited: dict[str, Expect] = {}
        self._players = self._cast()

    def _cast(self) -> list[str]:
        """Who carries out each step: who acts; a pause is kept by whoever acted before it."""
        players: list[str] = []
        first = next((step.who for step in self.steps if step.who in self.played), "")
        for step in self.steps:
            who = step.who if step.who in self.played else ""
            if not who and isinstance(step, Call) and step.to in self.played:
                who = step.to  # a real system calls: who is called notices
            players.append(who or (players[-1] if players else first))
        return players

    def join(self, host: Host) -> None:
        """A host takes part: its messages are heard, and it can be signalled."""
        self._signals[host.name] = Source(host)
        self._heard[host.name] = []
        host.on_message = lambda message: self._hear(host, message)

    # Whose turn it is.

    def part_of(self, name: str) -> list[Step]:
        """The steps that this party carries out."""
        return [step for step, player in zip(self.steps, self._players, strict=True) if player == name]

    def signal(self, name: str, *kinds: str) -> When:
        """A signal to this party: `turn N`, `heard N`, `leg CALL`, `up CALL`, `over`."""
        return When(self._signals[name], kinds)

    def turn(self, me: Task, step: Step) -> Script[bool]:
        """Wait until the step before has happened; false when it never will."""
        if self.done < step.number - 1 and not self.over:
            yield from me.wait(self.signal(me.host.name, f"turn {step.number}", "over"))
        return self.done == step.number - 1 and not self.over

    def happened(self, host: Stack, step: Step) -> None:
        """A step is done: the next one may begin."""
        self.done = step.number
        host.reached(step.number)
        if step.number == len(self.steps):
            self.end(host)
        else:
            self.tell(host, self._players[step.number], f"turn {step.number + 1}")

    def end(self, host: Stack) -> None:
        """No further step: everybody goes home."""
        if not self.over:
            self.over = True
            host.reached(self.done)
            for name in self._signals:
                self.tell(host, name, "over")

    def tell(self, host: Stack, name: str, kind: str) -> None:
        """Signal a party, from a script that runs on `host`."""
        source = self._signals[name]
        if source.host is host:
            source.put(kind, lasting=True)
        else:
            source.host.timers.arm(host.now_ns, lambda: source.put(kind, lasting=True))

    # Which leg is which.

    def took(self, name: str, call: str, leg: Leg) -> None:
        """A party has a leg of this call."""
        self.legs[(call, name)] = leg
        self.tell(leg.host, name, f"leg {call}")

    def up(self, name: str, call: str, leg: Leg) -> None:
        """The called party got its ACK."""
        self.tell(leg.host, name, f"up {call}")

    def call_of(self, name: str) -> str:
        """The call that has reached this party now: the first one to it that has not done so yet."""
        for step in self.steps[: self.done + 1]:
            if isinstance(step, Call) and step.to == name and (step.call, name) not in self.legs:
                return step.call
        return ""

    def leg_at_carrier(self, carrier: Stack, call: str, to: str, where: Endpoint) -> Leg | None:
        """The carrier's end of the leg that leads to `to`; to a real system, the last one that goes there."""
        known = list(carrier.legs.values())
        leg = self.legs.get((call, to))
        if leg is None:
            return next((each for each in reversed(known) if each.destination == where), None)
        return next((each for each in known if each.dialog.call_id == leg.dialog.call_id), None)

    # What was heard.

    def expect(self, me: Task, step: Expect) -> Script[bool]:
        """Wait for the message of an `expect`; false when it does not come in time."""
        name = me.host.name
        for heard in self._heard[name]:
            if self._fulfils(step, heard):
                heard.taken = True
                return True
        self._awaited[name] = step
        hit = yield from me.wait(self.signal(name, f"heard {step.number}", "over"), timeout_ns=step.within_ns)
        self._awaited.pop(name, None)
        return hit.event is not None and hit.event.kind != "over"

    def _hear(self, host: Host, message: Message) -> None:
        heard = _Heard(host.now_ns, message)
        kept = self._heard[host.name]
        if any(known.message.raw == message.raw for known in kept):
            return  # a retransmission is no second message
        if len(kept) >= INBOX_EVENTS_MAX:
            kept.pop(0)
        kept.append(heard)
        step = self._awaited.get(host.name)
        if step is not None and self._fulfils(step, heard):
            heard.taken = True
            del self._awaited[host.name]
            self.tell(host, host.name, f"heard {step.number}")

    def _fulfils(self, step: Expect, heard: _Heard) -> bool:
        message = heard.message
        if heard.taken or heard.at_ns < self.acted_ns:
            return False
        if step.method:
            if not message.is_request or message.method != step.method:
                return False
        elif message.is_request or message.status != step.status or not self._answers(step, message):
            return False
        if step.call and not self._within(step, message):
            return False
        return all(has_value(message, name, value) for name, value in step.headers)

    def _answers(self, step: Expect, response: Message) -> bool:
        if not step.to:
            return True
        asked = self.sent.get(f"{step.who} {LAST}" if step.to == LAST else step.to)
        if asked is None:
            return False
        return (
            response.call_id == asked.call_id
            and response.cseq_number == asked.cseq_number
            and response.cseq_method == asked.method
        )

    def _within(self, step: Expect, message: Message) -> bool:
        ends = [leg for (call, name), leg in self.legs.items() if call == step.call]
        mine = self.legs.get((step.call, step.who))
        return any(leg.dialog.call_id == message.call_id for leg in ([mine] if mine else ends))


def has_value(message: Message, name: str, value: str) -> bool:
    """True when a header of the message has this value, whole or as one of several."""
    plain = name.lower()
    return value in message.rows(plain) or value in message.values(plain)


def parties_in(legs: Mapping[tuple[str, str], Leg], name: str) -> dict[str, Leg]:
    """The legs of one party by the name of their call."""
    return {call: leg for (call, party), leg in legs.items() if party == name and call}
