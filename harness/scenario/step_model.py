"""The blocks of the long form: one for each kind of step, and faults.

Must not live here: scalars and their types (`typed.py`), the rest of the file (`model.py`), whether a
step makes sense where it stands (`step_check.py`).
"""

from typing import Annotated, Literal

from harness.scenario.typed import (
    Actor,
    AnyName,
    Block,
    CallName,
    Count,
    Duration,
    EventText,
    Field,
    Flag,
    HeaderName,
    HeaderValue,
    Method,
    PartyName,
    ProgressCode,
    RejectCode,
    Selector,
    SentHeader,
    SipfragCode,
    StatusCode,
    Target,
    Words,
)

_IN = "The call, by the name it was made with; default: the last one of this party"


class CallStep(Words):
    """A call through the carrier. Done when it is answered, or once sent where a step answers it."""

    sender: PartyName = Field(alias="from", description="Who calls")
    to: PartyName = Field(description="Who is called")
    name: CallName = Field(alias="as", description="The name of this call: `in: NAME` later")


class ConsultStep(Words):
    """A second call of the agent, beside the one that is to be moved."""

    sender: PartyName = Field(default="agent", alias="from", description="Who calls (default agent)")
    to: PartyName = Field(default="human", description="Who is called (default human)")
    name: CallName = Field(alias="as", description="The name of this call: `in: NAME` later")


class PartyStep(Words):
    """What one party does in a call."""

    who: PartyName = Field(alias="as", description="Who does it")
    call: CallName | None = Field(default=None, alias="in", description=_IN)


class RingStep(PartyStep):
    """A provisional response to the INVITE."""

    status: ProgressCode = Field(default=180, description="101 to 199 (default 180)")


class RejectStep(PartyStep):
    """A final refusal of the INVITE."""

    status: RejectCode = Field(default=486, description="400 to 699 (default 486)")


class ByeStep(Words):
    """Hang up."""

    who: AnyName = Field(alias="as", description="Who hangs up")
    call: CallName | None = Field(default=None, alias="in", description=_IN)
    to: PartyName | None = Field(default=None, description="For the carrier: on the leg to this party")


class ReferStep(PartyStep):
    """A REFER in a call. Done when it is sent; `expect` its answer."""

    to: Target = Field(description="Refer target: a party, a number, a SIP or tel URI")
    headers: dict[HeaderName, HeaderValue] = Field(default={}, description="Further headers")
    name: CallName | None = Field(default=None, description="`to: NAME` in a later expect")


class NotifyStep(Words):
    """A NOTIFY of the event package refer, whatever the subscription; our carrier still sends its own."""

    who: AnyName = Field(default="carrier", alias="as", description="Who sends it (default carrier)")
    call: CallName | None = Field(default=None, alias="in", description=_IN)
    to: PartyName | None = Field(default=None, description="For the carrier: on the leg to this party")
    status: SipfragCode = Field(default=200, description="Status of the sipfrag in its body")
    state: Literal["active", "terminated"] | None = Field(
        default=None, description="Default: terminated for a final status"
    )
    event: EventText = Field(default="refer", description="Value of the Event header (default refer)")
    deliberate: Flag = Field(default=False, description="Wrong on purpose: not held against its sender")
    name: CallName | None = Field(default=None, description="`to: NAME` in a later expect")


class SendStep(Words):
    """A request with headers and body of your choice; the stack writes what makes it a valid message."""

    who: AnyName = Field(alias="as", description="Who sends it")
    call: CallName | None = Field(default=None, alias="in", description="The call; without: outside of any")
    to: AnyName | None = Field(default=None, description="For the carrier, or outside a call: to whom")
    request: Method = Field(description="Its method")
    headers: dict[SentHeader, HeaderValue] = Field(
        default={}, description="Headers beyond those that make it valid"
    )
    body: Block = Field(default="", description="Its body; line ends become CRLF")
    deliberate: Flag = Field(default=False, description="Wrong on purpose: not held against its sender")
    name: CallName | None = Field(default=None, description="`to: NAME` in a later expect")


class SendRawStep(Words):
    """A message as you write it: Jinja2 text with the values of calls."""

    who: AnyName = Field(alias="as", description="Who sends it")
    call: CallName | None = Field(default=None, alias="in", description="The call; without: outside of any")
    to: AnyName | None = Field(default=None, description="For the carrier, or outside a call: to whom")
    text: Block = Field(description="The message, after `text: |`; line ends become CRLF")
    exact: Flag = Field(default=False, description="true: not a byte is changed or added")
    retransmit: Flag = Field(default=True, description="false: it is sent once")
    deliberate: Flag = Field(default=False, description="Wrong on purpose: not held against its sender")
    name: CallName | None = Field(default=None, description="`to: NAME` in a later expect")


class ExpectStep(Words):
    """A message that must arrive."""

    at: AnyName = Field(description="Where it must arrive")
    request: Method | None = Field(default=None, description="A request of this method")
    response: StatusCode | None = Field(default=None, description="Or a response of this status")
    to: CallName | None = Field(default=None, description="The request it answers: its name, or last")
    call: CallName | None = Field(default=None, alias="in", description="In which call")
    headers: dict[HeaderName, HeaderValue] = Field(default={}, description="Whole values it must have")
    within: Duration | None = Field(default=None, description="After the step before (default 32s)")


class NeverStep(Words):
    """A request that must not be sent for some time after the step before."""

    request: Method = Field(description="Its method")
    sender: AnyName | None = Field(default=None, alias="from", description="Sent by this party")
    to: AnyName | None = Field(default=None, description="Sent to this party")
    at: AnyName | None = Field(default=None, description="The same as `to`")
    duration: Duration = Field(alias="for", description="How long after the step before")


class Disturbance(Words):
    """What the network does to one message."""

    drop: Selector | None = Field(default=None, description="It is lost: a method or a status code")
    duplicate: Selector | None = Field(default=None, description="It comes twice")
    delay: Selector | None = Field(default=None, description="It comes later, `by` so much")
    reorder: Selector | None = Field(default=None, description="The next one on its way overtakes it")
    corrupt: Selector | None = Field(default=None, description="One byte of it is damaged")
    cut: Selector | None = Field(default=None, description="From it on nothing passes between the two")
    sender: AnyName | None = Field(default=None, alias="from", description="Only from this party")
    to: AnyName | None = Field(default=None, description="Only to this party")
    number: Count = Field(default=1, description="Which one of those that fit (default the first)")
    by: Duration | None = Field(default=None, description="For delay and duplicate (default 100ms)")


class StepWords(Words):
    """One step: one of these words."""

    call: CallStep | None = Field(default=None, description="Somebody calls somebody")
    consult: ConsultStep | None = Field(default=None, description="The agent calls a second party")
    ring: Annotated[RingStep | None, Actor] = Field(default=None, description="180 to the INVITE")
    answer: Annotated[PartyStep | None, Actor] = Field(default=None, description="200 to the INVITE")
    reject: Annotated[RejectStep | None, Actor] = Field(
        default=None, description="A final refusal of the INVITE"
    )
    hold: Annotated[PartyStep | None, Actor] = Field(default=None, description="re-INVITE with sendonly")
    resume: Annotated[PartyStep | None, Actor] = Field(default=None, description="re-INVITE with sendrecv")
    refer: ReferStep | None = Field(default=None, description="A REFER")
    notify: NotifyStep | None = Field(default=None, description="A NOTIFY about a REFER")
    cancel: Annotated[PartyStep | None, Actor] = Field(
        default=None, description="Take back a call that rings"
    )
    bye: Annotated[ByeStep | None, Actor] = Field(default=None, description="Hang up")
    send: SendStep | None = Field(default=None, description="A request with headers and body")
    send_raw: SendRawStep | None = Field(default=None, description="A message as you write it")
    expect: ExpectStep | None = Field(default=None, description="A message that must arrive")
    never: NeverStep | None = Field(default=None, description="A request that must not be sent")
    wait: Duration | None = Field(default=None, description="Let time pass")
    fault: Disturbance | None = Field(
        default=None, description="From here on the network disturbs one message"
    )


KINDS: tuple[str, ...] = tuple(StepWords.model_fields)
"""The words a step can be."""

BLOCKS: dict[str, type[Words]] = {
    "call": CallStep, "consult": ConsultStep, "ring": RingStep, "answer": PartyStep, "reject": RejectStep,
    "hold": PartyStep, "resume": PartyStep, "refer": ReferStep, "notify": NotifyStep, "cancel": PartyStep,
    "bye": ByeStep, "send": SendStep, "send_raw": SendRawStep, "expect": ExpectStep, "never": NeverStep,
    "fault": Disturbance,
}  # fmt: skip
"""Step word -> the block behind it."""

ALONE = ("ring", "answer", "reject", "hold", "resume", "cancel", "bye")
"""Steps behind which a party may stand alone."""

FAULTS = ("drop", "duplicate", "delay", "reorder", "corrupt", "cut")


def step_block_at(place: tuple[str | int, ...]) -> type[Words] | None:
    """The block at a place below `steps:`, where the list position comes first."""
    if len(place) == 1:
        return StepWords
    return BLOCKS.get(str(place[1])) if len(place) == 2 else None
