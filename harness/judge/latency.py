"""The times of one transfer that signalling shows, as integer nanoseconds; a null has a reason.

Each is taken at the sender's transmission, or at the receiver's arrival where the sender was not
seen. Must not live here: times that need audio (they stay null, with that reason) and the verdict
on any of them (`expectation.py`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.judge.claims import Claim
from harness.judge.outcome import Outcome
from harness.judge.parties import Parties
from harness.trace.entries import MessageEntry, StampSource
from harness.trace.model import Leg, Transfer

WEAKEST_FIRST: tuple[StampSource, ...] = ("application", "capture", "kernel", "virtual")
NO_AUDIO = "there is no audio in this trace"


@dataclass(frozen=True, slots=True)
class Times:
    """Named times in ns. Every name is in exactly one of `ns` and `why`."""

    ns: Mapping[str, int]
    why: Mapping[str, str]
    stamp_source: StampSource | None = None
    """The weakest source among the stamps used; None when no time could be taken."""
    released_by: str | None = None
    """Who sent the BYE on the referrer's leg."""

    def get(self, name: str) -> int | None:
        """The time of that name, or None."""
        return self.ns.get(name)


class Clock:
    """Collects times and reasons; not a value, lives for one call."""

    def __init__(self) -> None:
        self.ns: dict[str, int] = {}
        self.why: dict[str, str] = {}
        self._sources: list[StampSource] = []

    def measure(
        self, name: str, start: MessageEntry | None, end: MessageEntry | int | None, why: str
    ) -> None:
        """Note `end` minus `start`, or `why` there is no such time."""
        if start is None or end is None:
            self.why[name] = why
            return
        self._sources.append(start.stamp_source)
        if isinstance(end, MessageEntry):
            self._sources.append(end.stamp_source)
        self.ns[name] = (end if isinstance(end, int) else end.at_ns) - start.at_ns

    def lack(self, why: str, *names: str) -> None:
        """Note that these times do not exist."""
        self.why.update(dict.fromkeys(names, why))

    def times(self, released_by: str | None = None) -> Times:
        """The finished value."""
        source = next((source for source in WEAKEST_FIRST if source in self._sources), None)
        return Times(dict(self.ns), dict(self.why), source, released_by)


def times_of(
    transfer: Transfer,
    outcome: Outcome,
    made: tuple[Claim, ...],
    parties: Parties,
    *,
    followed: bool,
) -> Times:
    """The times of one REFER. `followed` tells that another attempt came after it."""
    clock = Clock()
    refer = transfer.refer.request
    notifies = transfer.subscription.notifies
    first = next((claim.evidence[0] for claim in made if claim.by == "notify"), None)
    reported = next((notify.request for notify in notifies if notify.request.n == first), None)
    leg = outcome.leg
    unseen = "the target leg is not in the trace" if transfer.accepted else "the REFER was not accepted"
    clock.measure("refer_response", refer, transfer.refer.final, "the REFER got no final response")
    clock.measure("first_notify", refer, notifies[0].request if notifies else None, "there was no NOTIFY")
    rang = None if leg is None else leg.ringing
    clock.measure("target_ringing", refer, rang, unseen if leg is None else "the target did not ring")
    answered = None if leg is None else leg.answered
    unanswered = unseen if leg is None else "the target did not answer"
    clock.measure("refer_to_answer", refer, answered, unanswered)
    if leg is not None and parties.role(leg.callee) in ("voicemail", "queue"):
        clock.lack(f"{parties.name(leg.callee)} answered, not a person", "human_answer")
    else:
        clock.measure("human_answer", _first_invite(leg), answered, unanswered)
    clock.measure("refer_to_report", refer, reported, "there was no final NOTIFY")
    _after_the_fact(clock, transfer, outcome, made, followed=followed)
    clock.lack("there was no consultation call", "consultation")
    clock.lack(NO_AUDIO, "bridge", "dead_air", "media_cut", "human_heard", "caller_heard")
    clock.lack("context is not judged yet", "context_lead")
    return clock.times(_released_by(transfer, parties))


def handoff_times(
    began: MessageEntry | None, connected: Leg | None, human_legs: Sequence[Leg], why: str
) -> Times:
    """The times of a whole handoff: from asking for it to both legs answered and joined."""
    clock = Clock()
    answered = None if connected is None else connected.answered
    clock.measure("handoff", began, answered, why)
    first = human_legs[0] if human_legs else None
    picked_up = next((leg.answered for leg in human_legs if leg.answered is not None), None)
    reason = "the human was not called" if first is None else "the human did not answer"
    clock.measure("human_answer", _first_invite(first), picked_up, reason)
    clock.lack(NO_AUDIO, "dead_air", "media_cut", "human_heard", "caller_heard")
    return clock.times()


def _first_invite(leg: Leg | None) -> MessageEntry | None:
    return leg.invites[0].request if leg is not None and leg.invites else None


def _after_the_fact(
    clock: Clock, transfer: Transfer, outcome: Outcome, made: tuple[Claim, ...], *, followed: bool
) -> None:
    """The two signed times that begin at the true outcome."""
    fact_ns = outcome.at_ns
    unknown = outcome.why if fact_ns is None else ""
    if fact_ns is not None and made:
        clock.ns["report_skew"] = made[0].at_ns - fact_ns
    else:
        clock.why["report_skew"] = unknown or "there was no final report"
    bye = None if transfer.about is None else transfer.about.bye
    if followed:
        clock.why["release_after_outcome"] = "another attempt followed on the same leg"
    elif fact_ns is not None and bye is not None:
        clock.ns["release_after_outcome"] = bye.request.at_ns - fact_ns
    else:
        clock.why["release_after_outcome"] = unknown or "the referrer's leg was not ended in the trace"


def _released_by(transfer: Transfer, parties: Parties) -> str | None:
    if transfer.about is None or transfer.about.bye is None:
        return None
    return parties.name(transfer.about.bye.sender)
