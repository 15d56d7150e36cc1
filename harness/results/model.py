"""`results.json`, format 1, as values: field names are the JSON's, in the JSON's order.

Nothing in here depends on when, where or by whom a run was made, so equal runs give equal bytes. A
number that is unknown is null, and a sibling `why` says the reason. The text below a field is its meaning
in docs/results.md. Must not live here: the judge's own values (`results/make.py` translates them), the file's
text (`json_text.py`), file names of this machine, wall time.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

FORMAT = 1

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
    """Number of the message in the trace, from 1."""
    frame: int | None = None
    """Packet number in the capture; null where a trace was judged."""
    file: str | None = None
    """Name of the capture file that was judged; null where the trace itself is the source."""


@dataclass(frozen=True, slots=True)
class Who:
    """A party: its name in the scenario (in a capture its address) and where it was on the wire."""

    name: str | None = None
    """Name in the scenario; in a capture its address."""
    address: str | None = None
    """Host and port of its messages."""


@dataclass(frozen=True, slots=True)
class ExpectationEntry:
    """One line under `expect:` and what came of it."""

    name: str
    """Key under `expect:`, as `caller.fate` or `attempts.0.truth`."""
    line: int
    """Line in `source`, from 1."""
    column: int
    """Column in that line, from 1."""
    wanted: str
    """What the scenario wants, as one text."""
    got: str
    """What was seen; `unknown: ` and the reason where it cannot be decided."""
    verdict: CheckVerdict
    """Whether it came true; inconclusive where that cannot be decided."""
    evidence: tuple[Evidence, ...] = ()
    """The messages that show it."""
    asked: bool = True
    """False for a default that the file did not write."""


@dataclass(frozen=True, slots=True)
class ClaimEntry:
    """What somebody said about the outcome."""

    by: str
    """What made the claim, such as notify or bye."""
    says: str
    """connected, failed or unknown."""
    evidence: tuple[Evidence, ...] = ()
    """The messages that say it."""


@dataclass(frozen=True, slots=True)
class CauseEntry:
    """A named cause of a failure, with its fix."""

    id: str
    """Name that does not change."""
    name: str
    """What went wrong, in a few words."""
    who: str
    """Whose fault it is."""
    fix: str
    """What to do about it."""
    evidence: tuple[Evidence, ...] = ()
    """The messages that show it."""


@dataclass(frozen=True, slots=True)
class TransferEntry:
    """One REFER request (retransmissions aside), refused and challenged ones included."""

    style: str
    """cold, warm, attended or unknown."""
    mechanism: str
    """What the messages show, such as refer."""
    refer_status: int | None
    """Final response to the REFER; null while none was seen."""
    progress: tuple[int, ...]
    """Codes of the sipfrags in the NOTIFYs, in order."""
    reported_outcome: str
    """The last final claim: connected, failed or unknown."""
    true_outcome: str
    """What the target's own call shows: connected, failed, refused, abandoned or unknown."""
    basis: str
    """What the true outcome was read from: audio, signalling, internal-join or none."""
    truth: str
    """The claim against the true outcome; scenarios.md lists the words."""
    attestation: str
    """What became of the caller's attestation: kept, lowered, raised, none or unknown."""
    referrer: Who
    """Who sent the REFER."""
    referee: Who
    """Who received it."""
    target: Who
    """Who answered, or was called last."""
    moved: Who
    """Whose call was moved."""
    asked: str | None = None
    """The party that Refer-To names; null where that cannot be told."""
    claims: tuple[ClaimEntry, ...] = ()
    """Everything that was said about the outcome, in order."""
    latency_ms: Times = field(default_factory=dict)
    """The times of this attempt; scenarios.md defines them."""
    stamp_source: str = "virtual"
    """Where times were taken: virtual, kernel, application, capture or unknown."""
    causes: tuple[CauseEntry, ...] = ()
    """Named causes, where it failed."""
    why: Mapping[str, str] = field(default_factory=dict)
    """Field to the reason why it is unknown."""


@dataclass(frozen=True, slots=True)
class HandoffEntry:
    """The whole story of one caller: the attempts, and who finally got the caller."""

    style: str
    """Style of its last transfer."""
    transfers: tuple[int, ...]
    """Indices into `transfers`."""
    follows: int | None
    """Index of the handoff this one continues."""
    reached: str | None
    """Name of who got the caller in the end; null for nobody."""
    caller_fate: str
    """Where the caller was left."""
    human_fate: str
    """Where the human was left."""
    latency_ms: Times = field(default_factory=dict)
    """The times of the whole handoff."""
    why: Mapping[str, str] = field(default_factory=dict)
    """Field to the reason why it is unknown."""


@dataclass(frozen=True, slots=True)
class LegEntry:
    """One call between two parties. Times are milliseconds since the run began."""

    call_id: str
    """Its Call-ID."""
    caller: Who
    """Who sent the INVITE."""
    callee: Who
    """Who received it."""
    status: int | None
    """Final response to its INVITE; null while none was seen."""
    began_ms: float
    """Its INVITE."""
    answered_ms: float | None
    """The 2xx to its INVITE; null where there was none."""
    ended_ms: float | None
    """Its BYE, CANCEL or final refusal; null while it is up."""
    ended_by: str | None
    """Name of who ended it; null while it is up."""
    why: Mapping[str, str] = field(default_factory=dict)
    """Field to the reason why it is unknown."""


@dataclass(frozen=True, slots=True)
class FindingEntry:
    """What a rule found, and whether the scenario said it would be found."""

    rule: str
    """Rule id."""
    level: str
    """Word of the RFC, such as MUST; PRACTICE where no RFC demands it."""
    severity: str
    """breaks-transfer, loses-context, interop-risk or cosmetic."""
    verdict: FindingVerdict
    """fail, warn (milder than --fail-on), info or inconclusive."""
    expected: bool
    """Whether the scenario names the rule under `violations`; then it fails nothing."""
    who: str
    """Name of who broke it."""
    text: str
    """What was seen, in one sentence."""
    evidence: tuple[Evidence, ...] = ()
    """The messages that prove it."""
    role: str = ""
    """Role in the transfer of who broke it, such as referee."""
    cites: str = ""
    """RFC and section."""


@dataclass(frozen=True, slots=True)
class RuleCount:
    """How many rules had which verdict over the run."""

    passed: int = 0
    """Rules that were kept."""
    failed: int = 0
    """Rules that were broken and count."""
    warned: int = 0
    """Rules that were broken and are milder than --fail-on."""
    informed: int = 0
    """Rules that had something to tell and blame nobody."""
    not_applicable: int = 0
    """Rules for which nothing of the kind was seen."""
    inconclusive: int = 0
    """Rules that could not be decided."""


@dataclass(frozen=True, slots=True)
class RuleTotal:
    """A rule, and in how many runs of the invocation it was applicable and had which verdict."""

    rule: str
    """Rule id."""
    level: str
    """Word of the RFC, such as MUST."""
    severity: str
    """How bad it is to break it."""
    profile: str
    """Where it counts: legacy, modern; empty: always."""
    cites: str
    """RFC and section."""
    text: str
    """What it demands, in one sentence."""
    remedy: str = ""
    """What whoever broke it should do."""
    applicable: int = 0
    """Runs in which it had something to judge; 0: never exercised."""
    passed: int = 0
    """Runs in which it was kept."""
    failed: int = 0
    """Runs in which it was broken."""
    warned: int = 0
    """Runs in which it was broken and is milder than --fail-on."""
    informed: int = 0
    """Runs in which it had something to tell."""
    inconclusive: int = 0
    """Runs in which it could not be decided."""


@dataclass(frozen=True, slots=True)
class RunEntry:
    """One scenario item or one capture file, however many calls it holds."""

    id: str
    """Source and parameters: `cold/failures.yaml[code=486]`; pytest and history know it by this."""
    scenario: str
    """The promise: its `scenario:` line."""
    source: str
    """File, relative to the current folder where it is below."""
    line: int
    """Line of `scenario:` in it."""
    mode: Mode
    """How it was played; capture: a file was judged."""
    verdict: RunVerdict
    """The worst that is true of it: invalid, broken, fail, inconclusive, pass."""
    error: str | None = None
    """Why it is invalid or broken; every mistake of a scenario on a line of its own."""
    seconds: float = 0.0
    """Trace time, not wall time."""
    messages: int = 0
    """How many SIP messages were seen, retransmissions included."""
    expectations: tuple[ExpectationEntry, ...] = ()
    """What the scenario expects, in the order of the file."""
    transfers: tuple[TransferEntry, ...] = ()
    """One for each REFER, in the order of the wire."""
    handoffs: tuple[HandoffEntry, ...] = ()
    """One for each caller."""
    legs: tuple[LegEntry, ...] = ()
    """Every call, in the order of the wire."""
    hears: tuple[str, ...] = ()
    """Who heard whom, once media is played; empty until then."""
    findings: tuple[FindingEntry, ...] = ()
    """Broken rules, and rules that could not be decided."""
    rules: RuleCount = RuleCount()
    """How many rules had which verdict."""
    profile: str = "legacy"
    """What everybody was held to: legacy or modern."""
    rule_verdicts: Mapping[str, str] = field(default_factory=dict)
    """Rule id to pass, fail, warn, info or inconclusive; a rule that was not applicable is left out."""
    causes: tuple[CauseEntry, ...] = ()
    """Named causes over the whole run."""
    trace: str | None = None
    """File name of the trace in the --pcap folder; null without."""
    capture: str | None = None
    """File name of the pcapng in the --pcap folder; null without."""


@dataclass(frozen=True, slots=True)
class Results:
    """The whole file."""

    format: int
    """1. A change of a field's name or meaning raises it; new fields do not."""
    tool: str
    """Name and version of the program."""
    seed: int
    """Seed of the virtual runs."""
    verdict: RunVerdict
    """Of all runs together: invalid, fail, inconclusive, broken, pass; the first that fits."""
    runs: tuple[RunEntry, ...]
    """One for each scenario item or capture."""
    rules: tuple[RuleTotal, ...] = ()
    """Every rule in fixed order, also those that were never applicable; empty when nothing was judged."""
