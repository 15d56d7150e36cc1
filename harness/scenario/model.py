"""The blocks of a scenario file: what keys there are and what their values look like.

Must not live here: scalars and their types (`typed.py`), defaults (`compile.py`), the steps of the
long form (`step_model.py`).
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from harness.base.limits import SCENARIO_STEPS_MAX
from harness.scenario import values
from harness.scenario.step_model import Disturbance, StepWords, step_block_at
from harness.scenario.typed import (
    AnyName,
    BeforeValidator,
    CallerId,
    ChallengeCode,
    ConfigDict,
    ContextName,
    Display,
    Duration,
    Field,
    Flag,
    HeaderName,
    HeaderValue,
    LegName,
    Listed,
    Marker,
    Number,
    PartyName,
    Pattern,
    PersonName,
    Playable,
    Problem,
    Profile,
    Quirk,
    Redirect,
    ReferResult,
    RefusalCode,
    RejectCode,
    Reported,
    RingsAfter,
    Rule,
    Sentence,
    SipfragCode,
    Under,
    Within,
    Words,
    validated,
)
from harness.scenario.values import Names
from harness.scenario.words import Cause, Fate, Outcome, Truth


class Caller(Words):
    """The person whose call is moved; also what every other party can have."""

    number: Number | None = Field(default=None, description="E.164 with plus, or a SIP user part")
    name: Display | None = Field(default=None, description="Display name")
    rings_after: RingsAfter | None = Field(default=None, description="Time to the 180; never = no ringing")
    answers_after: Duration | None = Field(default=None, description="Time to the answer (default 2s)")
    busy: Flag = Field(default=False, description="Same as rejects: 486")
    declines: Flag = Field(default=False, description="Same as rejects: 603")
    rejects: RejectCode | None = Field(default=None, description="Final status")
    no_answer: Flag = Field(default=False, description="Rings until it is cancelled")
    unreachable: Flag = Field(default=False, description="Nothing answers at its address")
    redirects_to: Redirect | None = Field(
        default=None, description="302 to a number, a SIP URI or a party's name"
    )
    hangs_up_after: Duration | None = Field(default=None, description="Time from connected to its BYE")
    privacy: Literal["id"] | None = Field(
        default=None, description="id: places its call with Privacy: id, without its number"
    )


class Callee(Caller):
    """The human that the transfer is for."""


class Person(Caller):
    """Anybody else who can be called."""

    role: Literal["human", "voicemail", "queue"] = "human"


class Agent(Words):
    """The AI agent that transfers the call."""

    number: Number | None = Field(default=None, description="E.164 with plus, or a SIP user part")
    name: Display | None = Field(default=None, description="Display name")
    rings_after: RingsAfter | None = Field(default=None, description="Time to the 180; never = no ringing")
    answers_after: Duration | None = Field(default=None, description="Time to the answer (default 2s)")
    waits: Duration | None = Field(default=None, description="From connected to the transfer (default 1s)")
    leaves: Literal["on-final-notify", "on-refer-accepted"] = Field(
        default="on-final-notify", description="Hangs up after a final NOTIFY of success, or after the 2xx"
    )
    leaves_after: Duration | None = Field(
        default=None,
        description="From what it leaves on to its BYE (default 0ms); our carrier waits 60s for it",
    )
    holds: Flag = Field(
        default=True, description="false: no re-INVITE puts the caller on hold before the REFER"
    )
    refer_sub: Flag = Field(default=True, description="false: the REFER carries Refer-Sub: false")
    refers_to: Literal["sip", "tel"] = Field(default="sip", description="Scheme of the URI in Refer-To")
    privacy: Literal["id"] | None = Field(
        default=None, description="id: places its call with Privacy: id, without its number"
    )


class Challenges(Words):
    """Requests that the carrier challenges."""

    INVITE: ChallengeCode | None = None
    REFER: ChallengeCode | None = None


class Refuses(Words):
    """How the carrier refuses: by the answer to the REFER (a code alone), or by 202 and a NOTIFY."""

    refer: RefusalCode | None = None
    notify: RefusalCode | None = None


class Carrier(Words):
    """The B2BUA that executes the REFER."""

    profile: Profile = "rfc"
    quirks: Annotated[list[Quirk], Listed] = Field(default=[], description="What it does wrong, or otherwise")
    challenges: Challenges = Challenges()
    allows: Annotated[list[Pattern], Listed] = Field(default=[], description="Numbers it connects, with *")
    refuses: Annotated[Refuses | None, BeforeValidator(values.read_refusal)] = Field(
        default=None, description="Answer for targets outside `allows`; every REFER without `allows`"
    )
    window: Duration | None = Field(default=None, description="How long the target may ring (default 120s)")


class Context(Words):
    """What the agent hands over with the call."""

    headers: dict[HeaderName, HeaderValue] = Field(default={})
    sent_in: Annotated[Literal["refer", "refer-to"], Playable] = "refer"


class Fallback(Words):
    """Who is tried next when an attempt failed."""

    when: Annotated[list[Cause], Listed, Field(min_length=1)] | None = None
    to: PartyName
    by: Literal["agent", "carrier", "target"] = Field(
        default="agent", description="Who tries it: another REFER, the carrier itself, or the target's system"
    )


class Attempt(Words):
    """What must be true of one attempt."""

    refer: Annotated[list[ReferResult], Listed, Field(min_length=1)] | None = None
    reported: Reported | None = None
    outcome: Outcome | None = None
    truth: Annotated[list[Truth], Listed, Field(min_length=1)] | None = None
    caller_fate: Fate | None = None


class PartyExpect(Words):
    """What must be true of one party."""

    fate: Fate | None = None
    within: Within | None = None
    never: Annotated[list[Fate], Listed, Field(min_length=1)] | None = None
    alone: Under | None = None
    dead_air: Under | None = None


class Latency(Words):
    """Upper limits on the named times of a handoff."""

    handoff: Under | None = None
    human_answer: Under | None = None
    refer_response: Under | None = None
    first_notify: Under | None = None
    target_ringing: Under | None = None
    refer_to_answer: Under | None = None
    refer_to_report: Under | None = None
    report_skew: Under | None = None
    release_after_outcome: Under | None = None
    consultation: Under | None = None
    bridge: Under | None = None
    dead_air: Under | None = None
    media_cut: Under | None = None
    human_heard: Under | None = None
    caller_heard: Under | None = None
    context_lead: Under | None = None


class HumanSees(Words):
    """What the person who was called sees."""

    caller_id: CallerId | None = Field(
        default=None, description="Whose number: caller, agent, another party, anonymous, or a number"
    )
    context: Annotated[list[ContextName], Listed, Field(min_length=1)] | None = Field(
        default=None, description="whole, none, or the headers that must arrive"
    )


class Way(Words):
    """Between whom a request must not be seen."""

    to: AnyName | None = None
    sender: AnyName | None = Field(default=None, alias="from")


class Never(Words):
    """Requests that must not be sent."""

    INVITE: Way | None = None
    BYE: Way | None = None
    CANCEL: Way | None = None
    REFER: Way | None = None
    NOTIFY: Way | None = None
    SUBSCRIBE: Way | None = None
    UPDATE: Way | None = None
    INFO: Way | None = None
    MESSAGE: Way | None = None
    OPTIONS: Way | None = None
    PRACK: Way | None = None
    duration: Duration | None = Field(default=None, alias="for")


class Violations(Words):
    """Rules that must be found broken."""

    includes: Annotated[list[Rule], Listed, Field(min_length=1)] | None = None
    exactly: Annotated[list[Rule], Listed] | None = None
    by: AnyName | None = None


class Expect(Words):
    """What must be true in the end. Other keys are names of parties."""

    model_config = ConfigDict(extra="allow", frozen=True)
    __pydantic_extra__: dict[str, PartyExpect] = Field(init=False)

    outcome: Outcome | None = None
    reaches: PartyName | None = None
    attempts: Annotated[list[Attempt], Listed, Field(min_length=1)] | None = None
    refer: Annotated[list[ReferResult], Listed, Field(min_length=1)] | None = None
    progress: Annotated[list[SipfragCode], Listed, Field(min_length=1)] | None = None
    progress_exactly: Annotated[list[SipfragCode], Listed] | None = None
    truth: Annotated[list[Truth], Listed, Field(min_length=1)] | None = None
    human_sees: HumanSees | None = Field(default=None, description="What stands in the human's INVITE")
    legs_left: Annotated[list[LegName], Listed] | None = None
    latency: Latency | None = None
    never: Never | None = None
    violations: Violations | None = None


class Scenario(Words):
    """A transfer and what must be true of it."""

    editor_schema: str | None = Field(
        default=None, alias="$schema", description="Where editors find this schema"
    )
    scenario: Sentence = Field(description="The promise, in one sentence")
    transfer: Annotated[Literal["cold"], Playable] = Field(description="The style of the transfer")
    mechanism: Annotated[Literal["refer"], Playable] = Field(
        default="refer", alias="by", description="How the transfer is carried out; others: later versions"
    )
    direction: Literal["inbound", "outbound"] = Field(
        default="inbound", description="inbound: the caller called"
    )
    caller: Caller = Caller()
    agent: Agent = Agent()
    human: Callee = Callee()
    people: dict[PersonName, Person] = Field(default={})
    carrier: Carrier = Carrier()
    context: Context = Context()
    fallback: Annotated[list[Fallback], Listed] = Field(default=[])
    steps: Annotated[list[StepWords], Listed, Field(min_length=1, max_length=SCENARIO_STEPS_MAX)] | None = (
        Field(default=None, description="The long form: what happens, one step after the other")
    )
    faults: Annotated[list[Disturbance], Listed] = Field(
        default=[], description="What the network does to single messages (virtual runs)"
    )
    under_test: AnyName | None = Field(default=None, description="The role that a real system can play")
    markers: Annotated[list[Marker], Listed] = Field(
        default=[], description="Words by which pytest picks scenarios: -m smoke"
    )
    parameters: dict[str, list[Any]] = Field(
        default={}, description="One item per combination; used as $name"
    )
    expect: Expect = Expect()


def validate(content: Mapping[str, Any], names: Names) -> Scenario | list[Problem]:
    """The typed file, or everything the model has to complain about, in file order."""
    return validated(Scenario, content, names)


def block_at(place: tuple[str | int, ...]) -> type[Words] | None:
    """The block whose keys stand at that place; None where there is none, or the keys are free."""
    if place[:1] == ("expect",):
        return _expect_block(place[1:])
    if place[:1] == ("steps",) and len(place) > 1:
        return step_block_at(place[1:])
    table: dict[tuple[str | int, ...], type[Words]] = {
        (): Scenario, ("caller",): Caller, ("agent",): Agent, ("human",): Callee, ("carrier",): Carrier,
        ("carrier", "challenges"): Challenges, ("carrier", "refuses"): Refuses, ("context",): Context,
    }  # fmt: skip
    if place in table:
        return table[place]
    if len(place) == 2:
        listed: dict[str, type[Words]] = {"people": Person, "fallback": Fallback, "faults": Disturbance}
        return listed.get(str(place[0]))
    return None


def _expect_block(place: tuple[str | int, ...]) -> type[Words] | None:
    if not place:
        return Expect
    if place[0] == "attempts":
        return Attempt if len(place) == 2 else None
    if place[0] == "never":
        return Never if len(place) == 1 else Way
    named: dict[str | int, type[Words]] = {
        "latency": Latency,
        "violations": Violations,
        "human_sees": HumanSees,
    }
    return named.get(place[0], PartyExpect) if len(place) == 1 else None


def json_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of the file format, by the keys' written names."""
    return Scenario.model_json_schema(by_alias=True)
