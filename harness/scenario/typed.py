"""The words that the file format is built from: blocks of keys, and scalars that get their type here.

Every scalar arrives as text. Names that must exist (parties, rules, quirks) are checked against the
`Names` handed to `validated`, so that every mistake of a file is found in one pass. The only user of
pydantic. Must not live here: which blocks there are (`model.py`, `step_model.py`), how a value is read
(`values.py`), the wording of pydantic's own complaints (`wording.py`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeVar

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
from harness.scenario.words import LATER_VALUES, METHODS, NOT_YET

__all__ = ["BeforeValidator", "ConfigDict", "Field"]
"""What blocks need of pydantic; all else that is defined here can be imported as well."""


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


def _line(pattern: str, wanted: str, hint: str, longest: int = values.TEXT_CHARACTERS_MAX) -> PlainValidator:
    return PlainValidator(values.reader(pattern, wanted, hint, longest))


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
        r" *[^\x00-\x1f\x7f-\x9f\s][^\x00-\x1f\x7f-\x9f\u2028\u2029]*",
        "a sentence",
        "say in one line what must be true",
        300,
    ),
    Schema(_TEXT),
]
Display = Annotated[
    str,
    _line(r"[^\x00-\x1f\x7f-\x9f\u2028\u2029]+", "a name", "one line of at most 200 characters", 200),
    Schema(_TEXT),
]
HeaderValue = Annotated[
    str,
    _line(
        r"[^\x00-\x1f\x7f-\x9f\u2028\u2029]{0,2000}", "a header value", "one line of at most 2000 characters"
    ),
    Schema(_TEXT),
]
Pattern = Annotated[str, _line(r"[A-Za-z0-9+*]{1,64}", "a number pattern", "such as +1*"), Schema(_NUMBER)]
HeaderName = Annotated[str, PlainValidator(values.read_header_name), Schema(_NAME)]
PersonName = Annotated[str, PlainValidator(values.read_new_name), Schema(_NAME)]
Number = Annotated[str, PlainValidator(values.read_number), Schema(_NUMBER)]
Redirect = Annotated[str, _named(values.read_redirect), Schema(_NUMBER)]
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
Marker = Annotated[str, PlainValidator(values.read_marker), Schema(_NAME)]
Rule = Annotated[str, _named(values.known_name("rule")), Schema(_NAME)]
Profile = Annotated[str, _named(values.known_name("profile")), Schema(_NAME)]
Quirk = Annotated[str, _named(values.known_name("quirk")), Schema(_NAME)]
PartyName = Annotated[str, _named(values.party_name(carrier=False)), Schema(_NAME)]
AnyName = Annotated[str, _named(values.party_name(carrier=True)), Schema(_NAME)]
CallerId = Annotated[str, _named(values.read_caller_id), Schema(_NUMBER)]
ContextName = Annotated[
    str,
    _line(r"[A-Za-z0-9.!%*_+`'~-]{1,100}", "a header name", "whole, or such as X-AI-Context"),
    Schema(_NAME),
]
LegName = Annotated[str, _named(values.read_legs), Schema(_NAME)]
CallName = Annotated[str, PlainValidator(values.read_new_call), Schema(_NAME)]
Method = Annotated[str, PlainValidator(values.read_method), Schema({"enum": list(METHODS)})]
Selector = Annotated[str, PlainValidator(values.read_selector), Schema(_NUMBER)]
Target = Annotated[str, _named(values.read_target), Schema(_NUMBER)]
EventText = Annotated[str, PlainValidator(values.read_event), Schema(_NAME)]
SentHeader = Annotated[str, PlainValidator(values.read_sent_header), Schema(_NAME)]
Block = Annotated[str, PlainValidator(values.read_block), Schema(_TEXT)]
StatusCode = Annotated[int, PlainValidator(values.code(100, 699)), Schema(_codes(100, 699))]
ProgressCode = Annotated[int, PlainValidator(values.code(101, 199)), Schema(_codes(101, 199))]
Count = Annotated[
    int, PlainValidator(values.read_count), Schema({"type": "integer", "minimum": 1, "maximum": 999})
]
Actor = BeforeValidator(values.read_actor)
Listed = BeforeValidator(values.read_listed)
Playable = BeforeValidator(_playable)


class Words(BaseModel):
    """A block of the file: a fixed set of keys, all others are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


SomeBlock = TypeVar("SomeBlock", bound=Words)


def validated(block: type[SomeBlock], content: Mapping[str, Any], names: Names) -> SomeBlock | list[Problem]:
    """The typed block, or everything it has to complain about, in file order."""
    try:
        return block.model_validate(content, context=names)
    except ValidationError as error:
        return [
            Problem(found["loc"], found["type"], found["input"], found.get("ctx", {}))
            for found in error.errors(include_url=False)
        ]


def keys_of(block: type[Words]) -> list[str]:
    """The keys of a block as they are written."""
    return [info.alias or name for name, info in block.model_fields.items()]
