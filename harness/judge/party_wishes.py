"""Expectations about one party: its fate, how soon, what must never happen to it, time alone.

Must not live here: expectations about the transfer as a whole (`expectation.py`).
"""

from harness.judge.answer import Answer, bounded, choices, compared, judged, listed, unknown
from harness.judge.fates import Fate, failure_known_ns, human_fate, never_had
from harness.judge.handoff import Handoff
from harness.judge.latency import NO_AUDIO
from harness.judge.legs import alone_spans
from harness.judge.story import Story
from harness.scenario.plan import Expectation, Wanted
from harness.trace.model import Case, Leg

OPEN_FATES = frozenset(("with-agent", "held", "alone", "in-queue"))
"""Fates that last only until something else happens: in a trace that was cut off they are no end."""


def open_fate(fate: Fate, story: Story) -> bool:
    """True when the trace was cut off and the fate is none that is final."""
    return story.ends_early and fate.value in OPEN_FATES


def about_party(wish: Expectation, story: Story) -> Answer:
    """Check `PARTY.fate`, `.within`, `.never`, `.alone` or `.dead_air`."""
    party, _, what = wish.name.rpartition(".")
    if not story.handoffs:
        return unknown("there is no call in the trace")
    if what == "dead_air":
        return dead_air(party, wish.wanted, story)
    if what == "alone":
        return _alone(party, wish.wanted, story)
    fate = _fate(party, story)
    if fate is None:
        return unknown(f"nothing is told about the fate of {party}")
    if what == "fate" and open_fate(fate, story):
        return unknown(f"{fate.why}, and the trace ends early", *fate.evidence)
    if what == "fate":
        return compared(fate.value, wish.wanted, fate.why, fate.evidence)
    if what == "within":
        return _within(party, fate, wish.wanted, story)
    assert what == "never", f"no expectation is called {wish.name}"
    return _never(party, fate, wish.wanted, story)


def dead_air(party: str, wanted: Wanted, story: Story) -> Answer:
    """The longest time a party heard nobody.

    Our own players send no audio, and sound whenever they are there: on hold there is music, a phone that
    is called gives ring-back. So among them silence is what it is to be alone; a real system's silence
    needs audio.
    """
    if not story.parties.closed:
        return unknown(NO_AUDIO)
    return _alone(party, wanted, story)


def _is_caller(party: str, story: Story) -> bool:
    members = [member for member in story.parties.trace.header.cast if member.name == party]
    return any(member.role == "caller" for member in members) or (not members and party == "caller")


def _fate(party: str, story: Story) -> Fate | None:
    """The caller's or the human's fate; None for anybody else."""
    handoff = story.handoffs[-1]
    if _is_caller(party, story):
        return handoff.caller_fate
    members = [member for member in story.parties.trace.header.cast if member.name == party]
    if not members:
        return handoff.human_fate if party == "human" else None
    if members[0].role != "human":
        return None
    case = _case_of(handoff, story)
    return human_fate(case, story.decided_of(case), story.parties, members[0].endpoint)


def _case_of(handoff: Handoff, story: Story) -> Case:
    """The case that a handoff is told of; without a REFER the last one with calls."""
    if handoff.transfers:
        return story.transfers[handoff.transfers[0]].case
    return next(case for case in reversed(story.cases) if case.legs)


def _within(party: str, fate: Fate, wanted: Wanted, story: Story) -> Answer:
    """How long it took: back with the agent from the failure on, anything else from the first REFER on."""
    own = [story.transfers[index] for index in story.handoffs[-1].transfers]
    if not own:
        return unknown("no transfer was asked for")
    if fate.at_ns is None:
        return unknown(fate.why)
    start_ns = own[0].transfer.refer.request.at_ns
    if _is_caller(party, story) and fate.value == "with-agent" and own[-1].true_outcome != "connected":
        start_ns = failure_known_ns(own[-1].case, own[-1].transfer, own[-1].outcome)
    return bounded(max(0, fate.at_ns - start_ns), wanted, "", fate.evidence)


def _never(party: str, fate: Fate, wanted: Wanted, story: Story) -> Answer:
    fates = [fate]
    if _is_caller(party, story):
        fates = [attempt.caller_fate for attempt in story.attempts] + fates
    had = never_had(fates, choices(wanted))
    if had is not None and open_fate(had, story):
        return unknown(f"{had.why}, and the trace ends early", *had.evidence)
    if had is not None:
        return judged(f"{had.value}: {had.why}", holds=False, evidence=had.evidence)
    if _never_answered(party, fate, story):
        return judged(fate.why, holds=True)
    undecided = next((each for each in fates if each.value == "unknown"), None)
    if undecided is not None:
        return unknown(undecided.why, *undecided.evidence)
    seen = [each.value for each in fates]
    if story.ends_early:
        return unknown(f"{listed(list(dict.fromkeys(seen)))} so far, and the trace ends early")
    return judged(listed(list(dict.fromkeys(seen))), holds=True)


def _never_answered(party: str, fate: Fate, story: Story) -> bool:
    """Nothing can have become of a callee who took no call, where the whole run was seen."""
    endpoint = story.parties.named(party)
    calls = [leg for case in story.cases for leg in case.legs if leg.callee == endpoint]
    answered = any(leg.answered is not None for leg in calls)
    return fate.value == "unknown" and story.parties.settled and not answered and not _is_caller(party, story)


def _alone(party: str, wanted: Wanted, story: Story) -> Answer:
    """The longest time its leg was up with nobody behind it, as signalling shows it."""
    found = _leg_of(party, story)
    if found is None:
        return unknown(f"there is no leg of {party} in the trace")
    case, leg = found
    spans = alone_spans(case, leg, story.decided_of(case), story.parties)
    longest = max(spans, key=lambda span: span[1] - span[0], default=(0, 0))
    return bounded(longest[1] - longest[0], wanted, "", (leg.transactions[0].request.n,))


def _leg_of(party: str, story: Story) -> tuple[Case, Leg] | None:
    handoff: Handoff = story.handoffs[-1]
    endpoint = story.parties.named(party)
    if endpoint is None and party == "caller" and handoff.caller is not None:
        endpoint = handoff.caller.endpoint
    for case in story.cases:
        for leg in case.legs:
            if endpoint in (leg.caller, leg.callee):
                return case, leg
    return None
