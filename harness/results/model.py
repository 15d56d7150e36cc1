"""`results.json`, format 1, as values: field names are the JSON's, in the JSON's order.

Nothing in here depends on when, where or by whom a run was made, so equal runs give equal bytes. A
number that is unknown is null, and a sibling `why` says the reason. Must not live here: the judge's
own values (`results/make.py` translates them), file names of this machine, wall time.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from harness.base.errors import UsageError

FORMAT = 1

T = TypeVar("T")

RunVerdict = Literal["pass", "fail", "broken", "invalid", "inconclusive"]
CheckVerdict = Literal["pass", "fail", "inconclusive"]
FindingVerdict = Literal["fail", "warn", "info", "inconclusive"]
Mode = Literal["virtual", "live", "capture"]
Times = Mapping[str, float | Mapping[str, str] | None]
"""Milliseconds with 3 decimals by name; null where unknown, with the reason under `why`."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One message that proves something: its entry in the trace, its packet number in a capture."""

    entry: int
    frame: int | None = None
    file: str | None = None
    """Name of the capture file that was judged; null where the trace itself is the source."""


@dataclass(frozen=True, slots=True)
class Who:
    """A party: its name in the scenario (in a capture its address) and where it was on the wire."""

    name: str | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True)
class ExpectationEntry:
    """One line under `expect:` and what came of it."""

    name: str
    line: int
    column: int
    wanted: str
    got: str
    """What was seen; `unknown: ` and the reason where it cannot be decided."""
    verdict: CheckVerdict
    evidence: tuple[Evidence, ...] = ()
    asked: bool = True
    """False for a default that the file did not write."""


@dataclass(frozen=True, slots=True)
class ClaimEntry:
    """What somebody said about the outcome."""

    by: str
    says: str
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class CauseEntry:
    """A named cause of a failure, with its fix."""

    id: str
    name: str
    who: str
    fix: str
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class TransferEntry:
    """One REFER request (retransmissions aside), refused and challenged ones included."""

    style: str
    mechanism: str
    refer_status: int | None
    progress: tuple[int, ...]
    reported_outcome: str
    true_outcome: str
    basis: str
    truth: str
    attestation: str
    referrer: Who
    referee: Who
    target: Who
    moved: Who
    claims: tuple[ClaimEntry, ...] = ()
    latency_ms: Times = field(default_factory=dict)
    stamp_source: str = "virtual"
    causes: tuple[CauseEntry, ...] = ()
    why: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HandoffEntry:
    """The whole story of one caller: the attempts, and who finally got the caller."""

    style: str
    transfers: tuple[int, ...]
    """Indices into `transfers`."""
    follows: int | None
    """Index of the handoff this one continues."""
    reached: str | None
    caller_fate: str
    human_fate: str
    latency_ms: Times = field(default_factory=dict)
    why: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LegEntry:
    """One call between two parties. Times are milliseconds since the run began."""

    call_id: str
    caller: Who
    callee: Who
    status: int | None
    """Final response to its INVITE; null while none was seen."""
    began_ms: float
    answered_ms: float | None
    ended_ms: float | None
    ended_by: str | None
    why: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FindingEntry:
    """What a rule found, and whether the scenario said it would be found."""

    rule: str
    level: str
    severity: str
    verdict: FindingVerdict
    expected: bool
    who: str
    text: str
    evidence: tuple[Evidence, ...] = ()
    role: str = ""
    cites: str = ""


@dataclass(frozen=True, slots=True)
class RuleCount:
    """How many rules had which verdict over the run."""

    passed: int = 0
    failed: int = 0
    warned: int = 0
    informed: int = 0
    not_applicable: int = 0
    inconclusive: int = 0


@dataclass(frozen=True, slots=True)
class RuleTotal:
    """A rule, and in how many runs of the invocation it was applicable and had which verdict."""

    rule: str
    level: str
    severity: str
    profile: str
    """Empty: it always counts."""
    cites: str
    text: str
    applicable: int = 0
    passed: int = 0
    failed: int = 0
    warned: int = 0
    informed: int = 0
    inconclusive: int = 0


@dataclass(frozen=True, slots=True)
class RunEntry:
    """One scenario item or one capture file, however many calls it holds."""

    id: str
    scenario: str
    source: str
    line: int
    mode: Mode
    verdict: RunVerdict
    error: str | None = None
    """Why it is invalid or broken; every mistake of a scenario on a line of its own."""
    seconds: float = 0.0
    """Trace time, not wall time."""
    messages: int = 0
    expectations: tuple[ExpectationEntry, ...] = ()
    transfers: tuple[TransferEntry, ...] = ()
    handoffs: tuple[HandoffEntry, ...] = ()
    legs: tuple[LegEntry, ...] = ()
    hears: tuple[str, ...] = ()
    """Who heard whom, once media is played; empty until then."""
    findings: tuple[FindingEntry, ...] = ()
    rules: RuleCount = RuleCount()
    profile: str = "legacy"
    """What everybody was held to: legacy or modern."""
    rule_verdicts: Mapping[str, str] = field(default_factory=dict)
    """Rule id to pass, fail, warn, info or inconclusive; a rule that was not applicable is left out."""
    causes: tuple[CauseEntry, ...] = ()
    trace: str | None = None
    capture: str | None = None


@dataclass(frozen=True, slots=True)
class Results:
    """The whole file."""

    format: int
    tool: str
    seed: int
    verdict: RunVerdict
    runs: tuple[RunEntry, ...]
    rules: tuple[RuleTotal, ...] = ()
    """Every rule in fixed order, also those that were never applicable; empty when nothing was judged."""


def to_json(results: Results) -> str:
    """The file's text: two spaces of indent, fields in the order of the classes, one final newline."""
    return json.dumps(_plain(results), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def from_json(text: str) -> Results:
    """Read what `to_json` wrote. Raises UsageError when it is something else."""
    try:
        data = json.loads(text)
        if data["format"] != FORMAT:
            raise UsageError(f"results format {data['format']!r} is not known; this program reads {FORMAT}")
        return _build(Results, data)
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(f"this is not a results file: {error}") from None


def run_to_json(run: RunEntry) -> str:
    """One entry alone, on one line: for processes that hand each other runs."""
    return json.dumps(_plain(run), separators=(",", ":"), allow_nan=False)


def run_from_json(text: str) -> RunEntry:
    """Read what `run_to_json` wrote."""
    return _build(RunEntry, json.loads(text))


def _plain(value: Any) -> Any:
    kind = type(value)
    if kind is str or kind is int or kind is float or value is None or kind is bool:
        return value
    if kind is tuple:
        return [_plain(item) for item in value]
    if is_dataclass(kind):
        return {name: _plain(getattr(value, name)) for name in _names(kind)}
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return value


@cache
def _names(kind: type[Any]) -> tuple[str, ...]:
    return tuple(each.name for each in fields(kind))


@cache
def _hints(kind: Any) -> dict[str, Any]:
    """The types of a class's fields; looking them up takes longer than reading a run."""
    return get_type_hints(kind)


def _build(kind: type[T], data: Mapping[str, Any]) -> T:
    hints = _hints(cast(Any, kind))
    return kind(**{name: _value(hints[name], item) for name, item in data.items() if name in hints})


def _value(kind: Any, data: Any) -> Any:
    """`data` as the type a field asks for; whatever needs no change passes through."""
    if isinstance(data, list):
        inside = _inside(kind)
        return data if inside is None else tuple(_value(inside, item) for item in data)
    if isinstance(data, dict) and isinstance(kind, type) and is_dataclass(kind):
        return _build(kind, data)
    return data


@cache
def _inside(kind: Any) -> Any:
    """The type of the items of a tuple, also where null is allowed in its place; None for any other type."""
    if get_origin(kind) in (Union, UnionType):
        kinds = (_inside(option) for option in get_args(kind) if option is not NoneType)
        return next((inside for inside in kinds if inside is not None), None)
    return get_args(kind)[0] if get_origin(kind) is tuple else None
