"""Recognises the two legs of a B2BUA: a call that comes in and the call it makes out of it.

Only messages are looked at: who, when, which numbers. Must not live here: transfers.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice

from harness.base.instant import MS, SECOND
from harness.trace.model import Leg
from harness.wire.sip.uri import Uri

_NEXT_NS = 2 * SECOND
"""A B2BUA sends its INVITE within this time of the one it got; longer ones look the number up first."""

_AT_ONCE_NS = 500 * MS
"""Within this time the legs belong together although no number is the same on both."""

_ROUTING_NS = 64 * 500 * MS
"""How long a B2BUA may look for the way while the call it got waits: Timer B of its caller
(RFC 3261 section 17.1.1.2). Then both numbers must be the same on both legs."""

_CANDIDATES_MAX = 64
"""Legs with the same number that are looked at for one call, newest first: keeps big captures linear."""


def join(legs: Sequence[Leg], taken: Iterable[Leg] = ()) -> None:
    """Set `Leg.bridged` on both legs of each pair. Legs in `taken` (triggered by a REFER) make no pair."""
    outside = {leg.number for leg in taken}
    waiting = _Waiting()
    for out in legs:
        if out.number in outside:
            continue
        if out.bridged is None and out.invites:
            into = waiting.best_for(out)
            if into is not None:
                out.bridged, into.bridged = into, out
        waiting.add(out)
    for leg in legs:
        if leg.bridged is None and not leg.invites and leg.number not in outside:
            _join_without_start(leg, [other for other in legs if other.number not in outside])


@dataclass(slots=True)
class _Waiting:
    """Legs that began before the one in hand, by called host and by number."""

    _by_host: dict[str, list[Leg]] = field(default_factory=dict)
    _by_name: dict[tuple[str, str], list[Leg]] = field(default_factory=dict)

    def add(self, leg: Leg) -> None:
        """Note a leg; they come in order of time."""
        if not leg.invites:
            return
        host = leg.callee.host
        self._by_host.setdefault(host, []).append(leg)
        for name in _names(leg):
            self._by_name.setdefault((host, name), []).append(leg)

    def best_for(self, out: Leg) -> Leg | None:
        """The call that `out` was most likely made from; of equal ones the newest."""
        best: tuple[int, int, Leg] | None = None
        for into in self._candidates(out):
            score = self._score(into, out)
            if score and (best is None or (score, into.number) > best[:2]):
                best = score, into.number, into
        return None if best is None else best[2]

    def _candidates(self, out: Leg) -> Iterator[Leg]:
        host = out.caller.host
        yield from _since(self._by_host.get(host, []), out.began_ns - _AT_ONCE_NS)
        for name in _names(out):
            yield from _since(self._by_name.get((host, name), []), out.began_ns - _ROUTING_NS)

    @staticmethod
    def _score(into: Leg, out: Leg) -> int:
        """How well `out` may be what the B2BUA made of `into`; 0: not at all."""
        same_end = into.callee == out.caller
        if not same_end and (into.caller == out.caller or into.callee.host == into.caller.host):
            return 0  # on one host only the port tells the systems apart
        after_ns = out.began_ns - into.began_ns
        if into.ended_ns is not None and into.ended_ns < out.began_ns:
            return 0
        numbers = len(numbers_of(into) & numbers_of(out)) + 2 * (into.call_id == out.call_id)
        if not numbers and after_ns > _AT_ONCE_NS:
            return 0
        if after_ns > _NEXT_NS and (numbers < 2 or not _pending(into, out.began_ns)):
            return 0
        return 1 + numbers + 2 * same_end


def _names(leg: Leg) -> list[str]:
    return [*sorted(numbers_of(leg)), f"Call-ID {leg.call_id}"]


def _since(legs: list[Leg], earliest_ns: int) -> Iterator[Leg]:
    """Legs without a partner that began since then, newest first, not too many."""
    while legs and legs[-1].bridged is not None:
        legs.pop()
    for leg in islice(reversed(legs), _CANDIDATES_MAX):
        if leg.began_ns < earliest_ns:
            return
        if leg.bridged is None:
            yield leg


def _pending(leg: Leg, at_ns: int) -> bool:
    """True when the call was neither answered nor given up by then."""
    if leg.cancel is not None and leg.cancel.request.at_ns <= at_ns:
        return False
    return leg.answered_ns is None or leg.answered_ns > at_ns


def _join_without_start(leg: Leg, others: Sequence[Leg]) -> None:
    """Bridge a leg whose INVITE is missing: one system in both legs, two numbers the same."""
    for other in others:
        shared = {leg.caller, leg.callee} & {other.caller, other.callee}
        if other is leg or other.bridged is not None or len(shared) != 1:
            continue
        if len(numbers_of(leg) & numbers_of(other)) > 1:
            leg.bridged, other.bridged = other, leg
            return


@lru_cache(maxsize=4 * _CANDIDATES_MAX)
def numbers_of(leg: Leg) -> frozenset[str]:
    """User parts that a leg's first request, the INVITE if it is there, names in From, To and Request-URI."""
    message = (leg.invites or leg.transactions)[0].request.message
    uris = {message.from_.uri.text: message.from_.uri, message.to.uri.text: message.to.uri}
    uris[message.uri] = Uri.parse(message.uri)
    return frozenset(user_of(uri) for uri in uris.values()) - {"", "anonymous"}


def user_of(uri: Uri) -> str:
    """The user part for comparison: a telephone number without separators, else as written."""
    return uri.tel_number or uri.user or ""
