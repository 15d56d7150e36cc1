"""The story of each caller: its attempts in order, and who finally got the caller.

A fallback REFER is a further attempt of the same handoff; a REFER inside a call that an earlier
transfer made is a new handoff that follows the earlier one. Must not live here: fates themselves.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.judge.attempt import Attempt, Mechanism, Style, consultation
from harness.judge.fates import Fate, human_fate, human_legs, without_refer
from harness.judge.latency import Times, handoff_times
from harness.judge.legs import Decided
from harness.judge.parties import Parties, Who
from harness.trace.entries import MessageEntry
from harness.trace.model import Case, Leg


@dataclass(frozen=True, slots=True)
class Handoff:
    """One caller's story."""

    style: Style
    mechanism: Mechanism
    transfers: tuple[int, ...]
    """Indices from 0 into the judgement's attempts, in wire order; empty when there was no REFER."""
    follows: int | None
    """Index of the handoff this one continues."""
    caller: Who | None
    reached: str | None
    """Name of the party who finally got the caller; None with a reason in `why`."""
    caller_fate: Fate
    human_fate: Fate
    times: Times
    why: Mapping[str, str]
    """Reasons by field name."""


def handoffs_of(
    case: Case, attempts: Sequence[Attempt], decided: Decided, parties: Parties, offset: int
) -> list[Handoff]:
    """The stories of one case, the earliest first. `offset` is how many handoffs stand before them."""
    if not attempts:
        return [_without_refer(case, parties)] if case.legs else []
    groups = group(attempts)
    return [
        _story(case, chain, decided, parties, None if earlier is None else earlier + offset)
        for chain, earlier in groups
    ]


def group(attempts: Sequence[Attempt]) -> list[tuple[list[Attempt], int | None]]:
    """Attempts of one caller together, each group with the index of the group it follows."""
    groups: list[tuple[list[Attempt], int | None]] = []
    for attempt in attempts:
        inside = _made_by_an_earlier(attempt, groups)
        known = [index for index, (chain, _) in enumerate(groups) if _same_caller(attempt, chain)]
        same = known[-1] if known else None
        if same is not None and (inside is None or inside != same):
            groups[same][0].append(attempt)
        else:
            groups.append(([attempt], inside))
    return groups


def _made_by_an_earlier(attempt: Attempt, groups: list[tuple[list[Attempt], int | None]]) -> int | None:
    """The group one of whose triggered legs carries this REFER."""
    for index, (chain, _) in enumerate(groups):
        for earlier in chain:
            if any(leg is attempt.transfer.about for leg in earlier.transfer.triggered):
                return index
    return None


def _same_caller(attempt: Attempt, chain: list[Attempt]) -> bool:
    """The same leg carries it, the same leg is moved, or it is an earlier REFER passed on."""
    for earlier in chain:
        own = [attempt.transfer.about, attempt.transfer.moved]
        other = [earlier.transfer.about, earlier.transfer.moved]
        if any(one is not None and one is two for one in own for two in other):
            return True
        if attempt.transfer.referrer == earlier.transfer.referee and _refer_to(attempt) == _refer_to(earlier):
            return True
    return attempt.transfer.about is None and chain[0].transfer.referee == attempt.transfer.referee


def _refer_to(attempt: Attempt) -> str | None:
    return attempt.transfer.refer.request.message.first("refer-to")


def _story(
    case: Case, chain: list[Attempt], decided: Decided, parties: Parties, follows: int | None
) -> Handoff:
    connected = [attempt for attempt in chain if attempt.true_outcome == "connected"]
    last = connected[-1] if connected else chain[-1]
    own = [pair for pair in decided if any(pair[0] is attempt.transfer for attempt in chain)]
    fate = last.caller_fate
    human = human_fate(case, own, parties)
    reached = _reached(last, fate)
    why = {"caller_fate": fate.why, "human_fate": human.why}
    if reached is None:
        why["reached"] = fate.why
    times = handoff_times(
        _asked(case, chain),
        last.outcome.leg if connected and fate.value not in ("with-voicemail", "in-queue") else None,
        human_legs(case, own, parties),
        f"no person was joined with the caller: {last.outcome.why}",
    )
    return Handoff(
        style=last.style,
        mechanism=last.mechanism,
        transfers=tuple(attempt.number - 1 for attempt in chain),
        follows=follows,
        caller=last.moved,
        reached=reached,
        caller_fate=fate,
        human_fate=human,
        times=times,
        why=why,
    )


def _asked(case: Case, chain: list[Attempt]) -> MessageEntry:
    """What asked for the transfer: the first consultation INVITE, else the first REFER."""
    consulted = consultation(case, chain[0].transfer)
    if consulted is not None and consulted.invites:
        return consulted.invites[0].request
    return chain[0].transfer.refer.request


def _reached(last: Attempt, fate: Fate) -> str | None:
    if last.true_outcome == "connected":
        return None if last.target is None else last.target.name
    return last.referrer.name if fate.value == "with-agent" else None


def _without_refer(case: Case, parties: Parties) -> Handoff:
    fate, leg = without_refer(case, parties)
    human = fate if fate.value == "with-human" else human_fate(case, [], parties)
    redirected = leg is not None and _was_redirected(case, leg)
    why = {"caller_fate": fate.why, "human_fate": human.why, "mechanism": "no REFER was sent"}
    known = leg is not None and fate.value != "unknown"
    if not known:
        why["reached"] = fate.why
    first = case.legs[0]
    cast = parties.first_of_role("caller")
    return Handoff(
        style="unknown" if parties.plan is None else parties.plan.style,
        mechanism="redirect-3xx" if redirected else "unknown",
        transfers=(),
        follows=None,
        caller=parties.who(first.caller if cast is None else cast.endpoint),
        reached=parties.name(leg.callee) if known and leg is not None else None,
        caller_fate=fate,
        human_fate=human,
        times=handoff_times(None, None, human_legs(case, [], parties), "no transfer was asked for"),
        why=why,
    )


def _was_redirected(case: Case, leg: Leg) -> bool:
    """True when the leg, or another one of the same caller, began with a 3xx."""
    tried = [invite for each in case.legs if each.caller == leg.caller for invite in each.invites]
    return any(invite.final_status is not None and 300 <= invite.final_status < 400 for invite in tried)
