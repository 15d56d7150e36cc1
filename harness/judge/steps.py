"""What came of the steps of a long-form scenario, by the messages of the trace alone.

The trace says of each message which step had it sent (`MessageEntry.step`); all else, and above all
what others answered, is looked up among the messages. Walks the steps in their order: each one begins
where the one before it was done. Must not live here: any knowledge of how a player waited.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from harness.base.instant import format_duration
from harness.judge.answer import Answer, judged, unknown
from harness.judge.parties import Parties
from harness.judge.story import Story
from harness.scenario.steps import (
    LAST,
    Call,
    Disturb,
    Expect,
    Never,
    Step,
    Turn,
    Wait,
    left_open,
)
from harness.scenario.steps import (
    Answer as Answered,
)
from harness.trace.entries import MessageEntry


def answers_of_steps(story: Story) -> dict[str, Answer]:
    """The answers to all expectations that steps make, by name; empty for the short form."""
    plan = story.parties.plan
    if plan is None or not plan.steps:
        return {}
    return _Walk(story, plan.steps).answers()


@dataclass
class _Walk:
    """The steps held against the trace, one after the other."""

    story: Story
    row: tuple[Step, ...]
    sent: dict[int, MessageEntry] = field(default_factory=dict)
    """Step -> the first message that it had sent."""
    taken: set[int] = field(default_factory=set)
    """Messages that have fulfilled an expectation."""
    now_ns: int = 0
    """When the step before was done."""
    acted_ns: int = 0
    """When the last step that acts began."""

    def __post_init__(self) -> None:
        self.messages = self.parties.trace.messages()
        for entry in self.messages:
            if entry.step is not None:
                self.sent.setdefault(entry.step, entry)
        self.now_ns = self.acted_ns = self.parties.trace.header.started_ns

    @property
    def parties(self) -> Parties:
        return self.story.parties

    def answers(self) -> dict[str, Answer]:
        found: dict[str, Answer] = {}
        stopped = ""
        played = 0
        for step in self.row:
            name = f"steps.{step.number}.{step.word}"
            if stopped:
                if isinstance(step, Expect | Never):
                    found[name] = unknown(f"not looked for: {stopped}")
                continue
            if isinstance(step, Expect):
                found[name] = self._expected(step)
                stopped = "" if found[name].verdict == "pass" else f"step {step.number} was not fulfilled"
            elif isinstance(step, Never):
                found[name] = self._unseen(step)
                self.now_ns += step.for_ns
            else:
                stopped = self._acted(step)
            played += not stopped
        found["steps"] = self._played(played, stopped)
        return found

    def _played(self, played: int, stopped: str) -> Answer:
        if not stopped:
            return Answer(str(played), "pass")
        got = f"{played}: {stopped}"
        return unknown(f"{got}, and the trace ends early") if self.story.ends_early else Answer(got, "fail")

    def _acted(self, step: Step) -> str:
        """Move on to when the step was done; why it was not, if it was not."""
        if isinstance(step, Wait):
            self.now_ns += step.pause_ns
        elif not isinstance(step, Disturb):
            entry = self.sent.get(step.number)
            if entry is None and isinstance(step, Call) and self._real(step.who):
                entry = self._real_call(step)
            if entry is None:
                return f"step {step.number} ({step.word} by {step.who}) was not played"
            self.sent[step.number] = entry
            self.acted_ns = entry.at_ns
            self.now_ns = self._done_ns(step, entry)
        return ""

    def _real(self, who: str) -> bool:
        cast = self.parties.trace.header.cast
        return any(member.under_test for member in cast if member.name == who)

    def _real_call(self, step: Call) -> MessageEntry | None:
        """The INVITE of a call that a real system has placed, where it reached the called party."""
        return next(
            (
                entry
                for entry in self._arrived(step.to)
                if entry.message.is_request
                and entry.message.method == "INVITE"
                and not entry.message.to_tag
                and _arrival_ns(entry) >= self.now_ns
            ),
            None,
        )

    def _done_ns(self, step: Step, entry: MessageEntry) -> int:
        """A call is done when it is answered, an answer when its ACK came, a re-INVITE when it is answered;
        all else when it is sent."""
        message = entry.message
        waits = isinstance(step, Turn | Answered) or (
            isinstance(step, Call) and not left_open(self.row, step)
        )
        if not waits:
            return entry.at_ns
        acknowledged = isinstance(step, Answered)
        for other in self._arrived(step.who):
            reply = other.message
            if other.at_ns < entry.at_ns or reply.call_id != message.call_id:
                continue
            if acknowledged and reply.is_request and reply.method == "ACK":
                return _arrival_ns(other)
            same = reply.cseq_number == message.cseq_number and reply.cseq_method == message.method
            if not acknowledged and not reply.is_request and reply.status >= 200 and same:
                return _arrival_ns(other)
        return entry.at_ns

    # Messages that had to come, and messages that must not.

    def _expected(self, step: Expect) -> Answer:
        since = f"after step {step.number - 1}" if step.number > 1 else "after the beginning"
        near: MessageEntry | None = None
        for entry in self._arrived(step.who):
            if entry.n in self.taken or _arrival_ns(entry) < self.acted_ns:
                continue
            if self._fits(step, entry, exactly=True):
                took_ns = max(0, _arrival_ns(entry) - self.now_ns)
                shown = f"{_shown(entry)} {format_duration(took_ns)} {since}"
                holds = took_ns <= step.within_ns
                if holds:
                    self.taken.add(entry.n)
                    self.now_ns = max(self.now_ns, _arrival_ns(entry))
                return judged(shown, holds=holds, evidence=(entry.n,))
            if self._fits(step, entry, exactly=False):
                near = entry
        if near is not None:
            return Answer(f"{_shown(near)}{_differs(step, near)}", "fail", (near.n,))
        what = f"no {step.method}" if step.method else "no response"
        if self.story.ends_early or not self._watched(self.now_ns + step.within_ns):
            return unknown(f"{what}, and the trace ends before the time is over")
        return Answer(what, "fail")

    def _watched(self, until_ns: int) -> bool:
        return self.parties.settled or self.parties.trace.header.ended_ns >= until_ns

    def _fits(self, step: Expect, entry: MessageEntry, *, exactly: bool) -> bool:
        """Whether a message is the expected one; not `exactly`: it stands where that one should be."""
        message = entry.message
        if step.call and message.call_id not in self._ids_of(step.call, step.who):
            return False
        if step.method:
            if not message.is_request or message.method != step.method:
                return False
        elif (
            message.is_request
            or not self._answers(step, entry)
            or (message.status != step.status and (exactly or message.status < 200 or not step.to))
        ):
            return False
        return not exactly or all(_has(entry, name, value) for name, value in step.headers)

    def _answers(self, step: Expect, entry: MessageEntry) -> bool:
        if not step.to:
            return True
        asked = self._request(step)
        message = entry.message
        return (
            asked is not None
            and message.call_id == asked.message.call_id
            and message.cseq_number == asked.message.cseq_number
            and message.cseq_method == asked.message.method
        )

    def _request(self, step: Expect) -> MessageEntry | None:
        """The request that `to:` means: a named one, or the last that this party sent by a step."""
        for other in reversed(self.row[: step.number - 1]):
            named = other.who == step.who if step.to == LAST else getattr(other, "name", "") == step.to
            entry = self.sent.get(other.number)
            if named and entry is not None and entry.message.is_request:
                return entry
        return None

    def _ids_of(self, call: str, who: str) -> set[str]:
        """Call-IDs of the legs of a call, as far as this party is in them."""
        made = next((step for step in self.row if isinstance(step, Call) and step.call == call), None)
        first = None if made is None else self.sent.get(made.number)
        if made is None or first is None:
            return set()
        reached = next(
            (
                entry.message.call_id
                for entry in self._arrived(made.to)
                if entry.message.is_request
                and entry.message.method == "INVITE"
                and entry.at_ns >= first.at_ns
            ),
            "",
        )
        if who == made.who:
            return {first.message.call_id}
        return {reached} if who == made.to else {first.message.call_id, reached}

    def _unseen(self, step: Never) -> Answer:
        until_ns = self.now_ns + step.for_ns
        known = self._sent_before(step)
        for entry in self.messages:
            message = entry.message
            if not self.now_ns <= entry.at_ns < until_ns or not message.is_request or entry.raw in known:
                continue
            from_them = step.sender is None or self.parties.name(entry.source) == step.sender
            to_them = step.to is None or self.parties.name(entry.destination) == step.to
            if message.method == step.method and from_them and to_them and entry.arrived:
                whom = self.parties.name(entry.destination)
                return Answer(f"{step.method} to {whom}", "fail", (entry.n,))
        if self.story.ends_early or not self._watched(until_ns):
            return unknown("not seen, and the trace ends before the time is over")
        return Answer("not sent", "pass")

    def _sent_before(self, step: Never) -> set[bytes]:
        """What the steps before have sent, and all that was first sent before the time began: a repetition
        (RFC 3261 section 17.1) is no new request."""
        return {
            entry.raw
            for entry in self.messages
            if entry.at_ns < self.now_ns or (entry.step is not None and entry.step < step.number)
        }

    def _arrived(self, who: str) -> Iterator[MessageEntry]:
        """Messages that have reached a party, each once."""
        seen: set[bytes] = set()
        for entry in self.messages:
            if entry.arrived and self.parties.name(entry.destination) == who and entry.raw not in seen:
                seen.add(entry.raw)
                yield entry


def _arrival_ns(entry: MessageEntry) -> int:
    return entry.at_ns if entry.received_ns is None else entry.received_ns


def _shown(entry: MessageEntry) -> str:
    message = entry.message
    return message.method[:32] if message.is_request else str(message.status)


def _has(entry: MessageEntry, name: str, value: str) -> bool:
    message, plain = entry.message, name.lower()
    return value in message.rows(plain) or value in message.values(plain)


def _differs(step: Expect, entry: MessageEntry) -> str:
    """The first header that is not as it should be."""
    for name, value in step.headers:
        if not _has(entry, name, value):
            got = entry.message.first(name.lower())
            return f" without {name}" if got is None else f" with {name}: {got[:100]}"
    return ""
