"""The steps of the long form as frozen values: who does what, in which call, and what is waited for.

A row of steps happens one after the other, whoever acts. Made by `compile_steps.py`, played by
`actors/stage.py`, judged by `judge/steps.py`. Must not live here: YAML, the file format
(`step_model.py`), anything that plays. Durations are integer nanoseconds.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from harness.base.instant import SECOND

LAST = "last"
"""`to: last`: the last request that this party sent by a step."""

WITHIN_NS = 32 * SECOND
"""How long a step waits for a message unless it says so: 64*T1 (RFC 3261 section 17.1.1.2)."""

Headers = tuple[tuple[str, str], ...]

FaultKind = Literal["drop", "duplicate", "delay", "reorder", "corrupt", "cut"]


@dataclass(frozen=True, slots=True)
class Fault:
    """What the network does to one message: the `number`-th that fits, counted from 1."""

    kind: FaultKind
    message: str
    """A request's method, or a status code as text."""
    sender: str | None = None
    to: str | None = None
    number: int = 1
    by_ns: int = 0
    """For delay: how much later; for duplicate: how long after the first copy."""
    line: int = field(default=0, compare=False)
    column: int = field(default=0, compare=False)
    """Where it stands in the file."""

    def __str__(self) -> str:
        """`drop NOTIFY number 2 from carrier`: as a sentence tells it."""
        words = [self.kind, self.message]
        words += [f"number {self.number}"] if self.number > 1 else []
        words += [f"from {self.sender}"] if self.sender else []
        words += [f"to {self.to}"] if self.to else []
        return " ".join(words)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step. `number` counts from 1; line and column are those of its word in the file."""

    number: int
    line: int
    column: int
    who: str = ""
    """The party that acts, or at which something is expected; empty where nobody does (wait, fault)."""
    call: str = ""
    """The call it makes or is in, by its name; empty: the call that reached this party last."""

    @property
    def acts(self) -> bool:
        """True when the step puts a message on the wire."""
        return not isinstance(self, Expect | Never | Wait | Disturb)

    @property
    def word(self) -> str:
        """The word of the language for it."""
        if isinstance(self, Turn):
            return "hold" if self.direction == "sendonly" else "resume"
        if isinstance(self, Disturb):
            return "fault"
        return "send_raw" if isinstance(self, SendRaw) else type(self).__name__.lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Step):
    """A call through the carrier; done when it is answered, or once it is sent where steps answer it."""

    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ring(Step):
    """A provisional response to the INVITE."""

    status: int = 180


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer(Step):
    """200 to the INVITE; done when its ACK came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject(Step):
    """A final refusal of the INVITE."""

    status: int = 486


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn(Step):
    """Hold (sendonly) or resume (sendrecv) by re-INVITE; done when it is answered."""

    direction: Literal["sendonly", "sendrecv"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refer(Step):
    """A REFER in a call; done when it is sent."""

    target: str
    """A party, a number, or a SIP or tel URI."""
    headers: Headers = ()
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notify(Step):
    """A NOTIFY of the event package refer, whatever the subscription; done when it is sent."""

    to: str = ""
    status: int = 200
    """Of the sipfrag in its body."""
    active: bool = False
    event: str = "refer"
    deliberate: bool = False
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancel(Step):
    """Take back a call that is not answered yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bye(Step):
    """Hang up; for the carrier, on the leg to that party."""

    to: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Send(Step):
    """A request that the stack writes, with these headers and body; done when it is sent."""

    method: str
    to: str = ""
    """For the carrier: at the end of which leg; outside a call: to whom."""
    headers: Headers = ()
    body: str = ""
    deliberate: bool = False
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SendRaw(Step):
    """A message as the scenario writes it (`template.py`); done when it is sent."""

    text: str
    to: str = ""
    exact: bool = False
    retransmit: bool = True
    deliberate: bool = False
    name: str = ""

    @property
    def method(self) -> str:
        """The first word of its text: the method of a request."""
        return self.text.lstrip().partition(" ")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Expect(Step):
    """A message must arrive at `who`: a request of this method, or a response of this status."""

    method: str = ""
    status: int = 0
    to: str = ""
    """For a response: the request it answers, by name, or `last`."""
    headers: Headers = ()
    within_ns: int = WITHIN_NS


@dataclass(frozen=True, slots=True, kw_only=True)
class Never(Step):
    """A request must not be sent for so long after the step before."""

    method: str
    sender: str | None = None
    to: str | None = None
    for_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait(Step):
    """Let time pass."""

    pause_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Disturb(Step):
    """From here on the network has one more fault in store."""

    fault: Fault


def answered_by_steps(row: Sequence[Step], who: str, call: str) -> bool:
    """Whether ringing and answering of this call to this party are steps."""
    return any(
        step.who == who and step.call == call for step in row if isinstance(step, Ring | Answer | Reject)
    )


def left_open(row: Sequence[Step], call: Call) -> bool:
    """Whether a call step is done once its INVITE is sent, because a step ends what it begins."""
    cancelled = any(isinstance(step, Cancel) and step.call == call.call for step in row)
    return cancelled or answered_by_steps(row, call.to, call.call)


def patience_ns(step: Step) -> int:
    """How long the step itself may wait."""
    match step:
        case Expect(within_ns=ns) | Never(for_ns=ns) | Wait(pause_ns=ns):
            return ns
        case _:
            return 0
