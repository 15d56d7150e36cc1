"""Recognises the two legs of a B2BUA: a call that comes in and the call it makes out of it.

Only messages are looked at: who, when, which numbers. Must not live here: transfers.
"""

from collections.abc import Iterable, Iterator, Sequence

from harness.base.instant import MS, SECOND
from harness.trace.model import Leg
from harness.wire.sip.uri import Uri

_NEXT_NS = 2 * SECOND
"""A B2BUA sends its INVITE within this time of the one it got; longer ones look the number up first."""

_AT_ONCE_NS = 500 * MS
"""Within this time the legs belong together although no number is the same on both."""


def join(legs: Sequence[Leg], taken: Iterable[Leg] = ()) -> None:
    """Set `Leg.bridged` on both legs of each pair. Legs in `taken` (triggered by a REFER) make no pair."""
    outside = {leg.number for leg in taken}
    for position, out in enumerate(legs):
        if out.bridged is not None or out.number in outside or not out.invites:
            continue
        best: tuple[int, Leg] | None = None
        for into in _recent(legs, position):
            score = _score(into, out) if into.number not in outside else 0
            if score and (best is None or score > best[0]):
                best = score, into
        if best is not None:
            out.bridged, best[1].bridged = best[1], out
    for leg in legs:
        if leg.bridged is None and not leg.invites and leg.number not in outside:
            _join_without_start(leg, [other for other in legs if other.number not in outside])


def _recent(legs: Sequence[Leg], position: int) -> Iterator[Leg]:
    """Legs that began shortly before the one at `position`, newest first; legs come in order of time."""
    earliest_ns = legs[position].began_ns - _NEXT_NS
    for index in range(position - 1, -1, -1):
        if legs[index].began_ns < earliest_ns:
            return
        yield legs[index]


def _join_without_start(leg: Leg, others: Sequence[Leg]) -> None:
    """Bridge a leg whose INVITE is missing: one system in both legs, two numbers the same."""
    for other in others:
        shared = {leg.caller, leg.callee} & {other.caller, other.callee}
        if other is leg or other.bridged is not None or len(shared) != 1:
            continue
        if len(numbers_of(leg) & numbers_of(other)) > 1:
            leg.bridged, other.bridged = other, leg
            return


def _score(into: Leg, out: Leg) -> int:
    """How well `out` may be what the B2BUA made of `into`; 0: not at all."""
    if into is out or into.bridged is not None or not into.invites:
        return 0
    if into.callee != out.caller and into.callee.host != out.caller.host:
        return 0
    same_end = into.callee == out.caller
    if not same_end and (into.caller == out.caller or into.callee.host == into.caller.host):
        return 0  # on one host only the port tells the systems apart
    after_ns = out.began_ns - into.began_ns
    if not 0 <= after_ns <= _NEXT_NS or (into.ended_ns is not None and into.ended_ns < out.began_ns):
        return 0
    numbers = len(numbers_of(into) & numbers_of(out)) + 2 * (into.call_id == out.call_id)
    if not numbers and after_ns > _AT_ONCE_NS:
        return 0
    return 1 + numbers + 2 * same_end


def numbers_of(leg: Leg) -> set[str]:
    """User parts that a leg's first request, the INVITE if it is there, names in From, To and Request-URI."""
    message = (leg.invites or leg.transactions)[0].request.message
    uris = {message.from_.uri.text: message.from_.uri, message.to.uri.text: message.to.uri}
    uris[message.uri] = Uri.parse(message.uri)
    return {user_of(uri) for uri in uris.values()} - {"", "anonymous"}


def user_of(uri: Uri) -> str:
    """The user part for comparison: a telephone number without separators, else as written."""
    return uri.tel_number or uri.user or ""
