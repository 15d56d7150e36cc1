"""The file format: what keys there are and what their values look like. The only user of pydantic.

Every scalar arrives as text and gets its type here. Names that must exist (parties, rules, quirks)
are checked against the `Names` handed to `validate`, so that every mistake of a file is found in one
pass. Must not live here: how a value is read (`values.py`), defaults (`compile.py`), the wording of
pydantic's own complaints (`wording.py`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    ValidationError,
    ValidationInfo,
)
from pydantic import WithJsonSchema as Schema

from harness.scenario import values
from harness.scenario.values import Names, Wrong
from harness.scenario.words import LATER_VALUES, NOT_YET, Cause, Fate, Outcome, Truth


@dataclass(frozen=True, slots=True)
class Problem:
    """One complaint of the model: the place in the file, pydantic's word for it, and what it knows."""

    place: tuple[str | int, ...]
    kind: str
    value: Any
    context: Mapping[str, Any]


def _named(check: Callable[[object, Names], str]) -> PlainValidator:
    """A check that needs to know the names of the file at hand."""

    def validate_name(value: object, info: ValidationInfo) -> str:
        return check(value, info.context if isinstance(info.context, Names) else Names())

    return PlainValidator(validate_name)


def _playable(value: object, info: ValidationInfo) -> object:
    """Values of the language that this version cannot play."""
    if isinstance(value, str) and value in LATER_VALUES.get(info.field_name or "", ()):
        raise Wrong(f"{value!r} {NOT_YET}")
    return value


_TEXT: dict[str, Any] = {"type": ["string", "number", "boolean"]}
_NAME: dict[str, Any] = {"type": "string"}
_NUMBER: dict[str, Any] = {"type": ["string", "integer"]}
_DURATION: dict[str, Any] = {"type": "string", "pattern": r"^[0-9.]+ *(us|ms|s|min|m|h)$"}
_UNDER: dict[str, Any] = {"type": "string", "pattern": r"^under +[0-9.]+ *(us|ms|s|min|m|h)$"}


def _codes(low: int, high: int) -> dict[str, Any]:
    return {"type": "integer", "minimum": low, "maximum": high}


def _line(pattern: str, wanted: str, hint: str) -> PlainValidator:
    return PlainValidator(values.reader(pattern, wanted, hint))


Flag = Annotated[bool, PlainValidator(values.read_flag), Schema({"type": "boolean"})]
Duration = Annotated[int, PlainValidator(values.read_duration), Schema(_DURATION)]
RingsAfter = Annotated[
    int | Literal["never"],
    PlainValidator(values.read_rings_after),
    Schema({"anyOf": [_DURATION, {"const": "never"}]}),
]
Under = Annotated[int, PlainValidator(values.read_under), Schema(_UNDER)]
Within = Annotated[int, PlainValidator(values.read_within), Schema({"anyOf": [_DURATION, _UNDER]})]
Sentence = Annotated[
    str,
    _line(
        r" *[^\x00-\x1f\x7f-\x9f\s][^\x00-\x1f\x7f-\x9f\u2028\u2029]{0,299}", "a sentence", "one line of text"
    ),
    Schema(_TEXT),
]
Display = Annotated[
    str,
    _line(r"[^\x00-\x1f\x7f-\x9f\u2028\u2029]{1,200}", "a name", "one line, 200 characters"),
    Schema(_TEXT),
]
HeaderValue = Annotated[
    str,
    _line(r"[^\x00-\x1f\x7f-\x9f\u2028\u2029]{0,2000}", "a header value", "one line, 2000 characters"),
    Schema(_TEXT),
]
Pattern = Annotated[str, _line(r"[A-Za-z0-9+*]{1,64}", "a number pattern", "such as +1*"), Schema(_NUMBER)]
HeaderName = Annotated[str, PlainValidator(values.read_header_name), Schema(_NAME)]
PersonName = Annotated[str, PlainValidator(values.read_new_name), Schema(_NAME)]
Number = Annotated[str, PlainValidator(values.read_number), Schema(_NUMBER)]
Redirect = Annotated[str, PlainValidator(values.read_redirect), Schema(_NUMBER)]
RejectCode = Annotated[int, PlainValidator(values.code(400, 699)), Schema(_codes(400, 699))]
RefusalCode = Annotated[int, PlainValidator(values.code(300, 699)), Schema(_codes(300, 699))]
SipfragCode = Annotated[int, PlainValidator(values.code(100, 699)), Schema(_codes(100, 699))]
ChallengeCode = Annotated[Literal["401", "407"], Schema({"enum": [401, 407]})]
ReferResult = Annotated[
    int | str, PlainValidator(values.read_refer), Schema({"anyOf": [{"const": "accepted"}, _codes(200, 699)]})
]
Reported = Annotated[
    int | str,
    PlainValidator(values.read_reported),
    Schema({"anyOf": [{"enum": ["connected", "failed"]}, _codes(100, 699)]}),
]
Rule = Annotated[str, _named(values.known_name("rule")), Schema(_NAME)]
Profile = Annotated[str, _named(values.known_name("profile")), Schema(_NAME)]
Quirk = Annotated[str, _named(values.known_name("quirk")), Schema(_NAME)]
PartyName = Annotated[str, _named(values.party_name(carrier=False)), Schema(_NAME)]
AnyName = Annotated[str, _named(values.party_name(carrier=True)), Schema(_NAME)]
LegName = Annotated[str, _named(values.read_legs), Schema(_NAME)]
Listed = BeforeValidator(values.read_listed)
Playable = BeforeValidator(_playable)


class Words(BaseModel):
    """A block of the file: a fixed set of keys, all others are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


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
    holds: Flag = Field(
        default=True, description="false: no re-INVITE puts the caller on hold before the REFER"
    )
    refer_sub: Flag = Field(default=True, description="false: the REFER carries Refer-Sub: false")


class Challenges(Words):
    """Requests that the carrier challenges."""

    INVITE: ChallengeCode | None = None
    REFER: ChallengeCode | None = None


class Refuses(Words):
    """How the carrier refuses: by the answer to the REFER, or by 202 and a NOTIFY."""

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

    headers: dict[HeaderName, HeaderValue] = {}
    sent_in: Annotated[Literal["refer"], Playable] = "refer"


class Fallback(Words):
    """Who is tried next when an attempt failed."""

    when: Annotated[list[Cause], Listed, Field(min_length=1)] | None = None
    to: PartyName
    by: Annotated[Literal["agent"], Playable] = "agent"


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
    direction: Literal["inbound", "outbound"] = Field(
        default="inbound", description="inbound: the caller called"
    )
    caller: Caller = Caller()
    agent: Agent = Agent()
    human: Callee = Callee()
    people: dict[PersonName, Person] = {}
    carrier: Carrier = Carrier()
    context: Context = Context()
    fallback: Annotated[list[Fallback], Listed] = []
    under_test: AnyName | None = Field(default=None, description="The role that a real system can play")
    parameters: dict[str, list[Any]] = Field(
        default={}, description="One item per combination; used as $name"
    )
    expect: Expect = Expect()


def validate(content: Mapping[str, Any], names: Names) -> Scenario | list[Problem]:
    """The typed file, or everything the model has to complain about, in file order."""
    try:
        return Scenario.model_validate(content, context=names)
    except ValidationError as error:
        return [
            Problem(found["loc"], found["type"], found["input"], found.get("ctx", {}))
            for found in error.errors(include_url=False)
        ]


def block_at(place: tuple[str | int, ...]) -> type[Words] | None:
    """The block whose keys stand at that place; None where there is none, or the keys are free."""
    if place[:1] == ("expect",):
        return _expect_block(place[1:])
    table: dict[tuple[str | int, ...], type[Words]] = {
        (): Scenario, ("caller",): Caller, ("agent",): Agent, ("human",): Callee, ("carrier",): Carrier,
        ("carrier", "challenges"): Challenges, ("carrier", "refuses"): Refuses, ("context",): Context,
    }  # fmt: skip
    if place in table:
        return table[place]
    if len(place) == 2 and place[0] in ("people", "fallback"):
        return Person if place[0] == "people" else Fallback
    return None


def _expect_block(place: tuple[str | int, ...]) -> type[Words] | None:
    if not place:
        return Expect
    if place[0] == "attempts":
        return Attempt if len(place) == 2 else None
    if place[0] == "never":
        return Never if len(place) == 1 else Way
    named: dict[str | int, type[Words]] = {"latency": Latency, "violations": Violations}
    return named.get(place[0], PartyExpect) if len(place) == 1 else None


def keys_of(block: type[Words]) -> list[str]:
    """The keys of a block as they are written."""
    return [info.alias or name for name, info in block.model_fields.items()]


def json_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of the file format, by the keys' written names."""
    return Scenario.model_json_schema(by_alias=True)
