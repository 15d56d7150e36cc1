"""The compiled scenario: frozen values with every default filled in. What actors play and the
judge's expectations ask for.

Must not live here: YAML (`scenario/source.py`), the file format (`scenario/model.py`), anything
that plays. Durations are integer nanoseconds.
"""

from dataclasses import dataclass
from typing import Literal

from harness.base.instant import SECOND
from harness.scenario.steps import Disturb, Expect, Fault, Never, Step

Style = Literal["cold", "warm", "attended", "unknown"]
"""What was asked for; unknown where steps say what happens, not what it is."""

PartyRole = Literal["caller", "agent", "human", "voicemail", "queue"]


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How a party treats a call that reaches it. At most one of rejects, no_answer, unreachable,
    redirects_to is set; then `answers_after_ns` is ignored."""

    rings_after_ns: int | None = 0
    """After how long it sends 180; None: it never rings (answers or rejects without a 180)."""
    answers_after_ns: int = 2 * SECOND
    rejects: int | None = None
    """Final status 400-699, sent after `answers_after_ns` when ringing, else at once."""
    no_answer: bool = False
    """Rings for ever, until it is cancelled."""
    unreachable: bool = False
    """Nothing answers at its address: INVITEs vanish."""
    redirects_to: str | None = None
    """Answers 302 with this number (or SIP URI) in Contact."""
    forwards_after_ns: int = 20 * SECOND
    """How long it lets a call ring that nobody answers before a fallback `by: target` sends it on."""
    hangs_up_after_ns: int | None = None
    """Sends BYE this long after it was connected; None: waits for the other side's BYE."""


@dataclass(frozen=True, slots=True)
class Party:
    """One person or system at the end of a leg."""

    name: str
    role: PartyRole
    number: str
    """E.164 with plus, or any SIP user part; the carrier routes by it."""
    display: str = ""
    behaviour: Behaviour = Behaviour()
    credentials: tuple[str, str] | None = None
    """User and password that answer a digest challenge."""
    privacy: bool = False
    """Places its calls with `Privacy: id` and an anonymous From (RFC 3323 section 4.1, RFC 3325)."""


@dataclass(frozen=True, slots=True)
class Fallback:
    """What happens when an attempt failed: the next target, and who tries it.

    agent: sends another REFER; carrier: calls the next number for the same REFER; target: its own
    system sends the call on by 302.
    """

    when: tuple[str, ...]
    """busy, declined, no-answer, unreachable, error."""
    to: str
    """Party name."""
    by: Literal["agent", "carrier", "target"] = "agent"


@dataclass(frozen=True, slots=True)
class AgentPlan:
    """What the AI agent does with the call."""

    refers_after_ns: int = SECOND
    """Between its answer and the hold that starts the transfer."""
    holds: bool = True
    leaves: Literal["on-final-notify", "on-refer-accepted"] = "on-final-notify"
    """What it waits for before it sends BYE: a final NOTIFY of success, or the 2xx to its REFER."""
    leaves_after_ns: int = 0
    """Between what it waited for and its BYE."""
    resumes: bool = True
    """Takes the caller off hold within 5 s when every attempt failed."""
    keeps_caller_ns: int = 3 * SECOND
    """How long it talks on after it resumed, before it hangs up."""
    first_notify_patience_ns: int = 32 * SECOND
    """How long after the 2xx it waits for any NOTIFY: Timer N, 64*T1 (RFC 6665 section 4.1.2.4)."""
    notify_patience_ns: int = 180 * SECOND
    """How long after a NOTIFY it waits for the next, before it takes the attempt for failed."""
    refer_sub: bool = True
    """False: its REFER carries `Refer-Sub: false`, asking for no subscription (RFC 4488 section 4)."""
    refers_to: Literal["sip", "tel"] = "sip"
    """Scheme of the URI in Refer-To."""


@dataclass(frozen=True, slots=True)
class CarrierPlan:
    """How the carrier treats the call; names are resolved in `actors/carrier/profiles.py`."""

    profile: str = "rfc"
    quirks: tuple[str, ...] = ()
    challenges: tuple[tuple[str, int], ...] = ()
    """(method, 401 or 407) pairs it challenges."""
    allows: tuple[str, ...] = ()
    """Number patterns with `*`; empty: everything."""
    refuses: int | None = None
    """Final response to a REFER whose target is outside `allows` (every REFER when `allows` is empty)."""
    refuses_by_notify: int | None = None
    """Accept with 202 and report this status instead."""
    no_answer_after_ns: int = 120 * SECOND
    """How long it lets the target ring before it sends CANCEL."""


@dataclass(frozen=True, slots=True)
class Limit:
    """`under 4s`: an upper bound on a time, in nanoseconds."""

    below_ns: int


@dataclass(frozen=True, slots=True)
class NeverSent:
    """`never: {INVITE: {to: human}, for: 5s}`: this request must not reach that party."""

    method: str
    to: str | None = None
    sender: str | None = None
    for_ns: int | None = None


@dataclass(frozen=True, slots=True)
class Violations:
    """`violations:`: rule ids that must be found (`includes`) or are all that may be (`exactly`)."""

    includes: tuple[str, ...] = ()
    exactly: tuple[str, ...] | None = None
    by: str | None = None


Wanted = str | int | tuple[str | int, ...] | Limit | NeverSent | Violations | Expect | Never


@dataclass(frozen=True, slots=True)
class Expectation:
    """One thing that must be true, with the place in the file that asks for it.

    `name` is one of: outcome, reaches, refer, progress, progress_exactly, truth, legs_left,
    latency.NAME, human_sees.caller_id, human_sees.context, never, violations,
    PARTY.fate, PARTY.within, PARTY.never, PARTY.alone, PARTY.dead_air,
    attempts (wanted: how many), attempts.N.refer, attempts.N.reported, attempts.N.outcome,
    attempts.N.truth, attempts.N.caller_fate (N from 0).
    `wanted`: text or code; a tuple is a sequence (refer, progress) or a choice (truth).
    steps (wanted: how many must have been played), steps.N.expect, steps.N.never (N from 1).
    PARTY.never wants a tuple of fates; PARTY.within a Limit that applies to PARTY.fate.
    `asked` is False for a default that the file did not write (truth); then line and column point
    at `expect:` or the first line.
    """

    name: str
    wanted: Wanted
    line: int
    column: int
    asked: bool = True


@dataclass(frozen=True, slots=True)
class Plan:
    """One scenario item, ready to be played: deterministic for a given seed."""

    id: str
    """Path relative to the current folder, plus `[a=b]` for a parameter combination."""
    title: str
    source: str
    line: int
    style: Style
    parties: tuple[Party, ...]
    """In order of the file; exactly one caller, one agent, one human at least."""
    carrier: CarrierPlan = CarrierPlan()
    agent: AgentPlan = AgentPlan()
    target: str = "human"
    """Party the first attempt is sent to."""
    direction: Literal["inbound", "outbound"] = "inbound"
    context_headers: tuple[tuple[str, str], ...] = ()
    """Headers the agent hands over."""
    context_in: Literal["refer", "refer-to"] = "refer"
    """On its REFER, or inside the URI of Refer-To (RFC 3261 section 19.1.5)."""
    fallback: tuple[Fallback, ...] = ()
    expectations: tuple[Expectation, ...] = ()
    under_test: str | None = None
    """Role (agent, carrier, human, caller) that is the user's real system when an address is given."""
    tags: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()
    """The long form; then the agent does nothing but its steps."""
    faults: tuple[Fault, ...] = ()
    """What the network does from the beginning; virtual runs only."""

    def party(self, name: str) -> Party:
        """The party of that name. Raises KeyError."""
        for party in self.parties:
            if party.name == name:
                return party
        raise KeyError(name)

    def all_faults(self) -> list[tuple[str, int, Fault]]:
        """Every fault with its name (`faults.0`, `steps.3.fault`) and the step after which it is in store;
        0: from the beginning."""
        first = [(f"faults.{number}", 0, fault) for number, fault in enumerate(self.faults)]
        later = [step for step in self.steps if isinstance(step, Disturb)]
        return [*first, *((f"steps.{step.number}.fault", step.number, step.fault) for step in later)]
