"""Joins the calls that a referee makes to the REFERs that asked for them.

By what the INVITE says (Request-URI, To, Referred-By, Replaces) where it says anything, else by order
and time. Must not live here: bridges of a B2BUA (`bridges.py`).
"""

from bisect import bisect_left, insort
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from harness.base.instant import SECOND
from harness.trace import bridges
from harness.trace.model import Leg, Transfer
from harness.wire.sip.message import Message
from harness.wire.sip.transfer import (
    ReferTo,
    Replaces,
    refer_to,
    referred_by,
    replaces_of,
)
from harness.wire.sip.uri import Uri, equivalent

_WITHOUT_LIKENESS_NS = 5 * SECOND
"""A call of the referee that fits the Refer-To in nothing is joined to the REFER within this time."""

_CANDIDATES_MAX = 64
"""REFERs to the same target that are looked at for one call, newest first: keeps big captures linear."""


def join(legs: Sequence[Leg], transfers: Sequence[Transfer]) -> None:
    """Give each leg to the REFER it fits best; then recognise bridges; then look at what is left."""
    asked = _Asked()
    for transfer in transfers:
        asked.add(transfer)
    loose: list[Leg] = []
    for leg in legs:
        owner = _owner(leg, asked)
        if owner is None:
            loose.append(leg)
        else:
            owner.triggered.append(leg)
            asked.add_redirections(owner, leg)
    bridges.join(legs, taken=[leg for transfer in transfers for leg in transfer.triggered])
    for leg in loose:
        if leg.bridged is None and leg.invites:
            late = _owner_by_order(leg, transfers)
            if late is not None:
                late.triggered.append(leg)
            elif (refused := _refused_before(leg, transfers)) is not None:
                refused.despite.append(leg)
    for transfer in transfers:
        transfer.triggered.sort(key=lambda one: one.number)


@dataclass(slots=True)
class _Asked:
    """REFERs by what an INVITE could name them with."""

    _by_key: dict[tuple[str, str], list[Transfer]] = field(default_factory=dict)

    def add(self, transfer: Transfer) -> None:
        """Note a transfer under its target, its referrer and the dialog it replaces."""
        if transfer.status is not None and not transfer.accepted:
            return
        target = _target(transfer)
        if target is None:
            return
        refer = transfer.refer.request.message
        self._note(_key_of(target.uri), transfer)
        self._note(("by", bridges.user_of(_referrer(refer))), transfer)
        replaces = replaces_of(target.uri)
        if replaces is not None:
            self._note(("replaces", replaces.call_id), transfer)

    def add_redirections(self, transfer: Transfer, leg: Leg) -> None:
        """Note a transfer under the places that a 3xx to its call pointed at."""
        for invite in leg.invites:
            contact = None if invite.final is None else invite.final.message.contact
            if contact is not None and 300 <= (invite.final_status or 0) < 400:
                self._note(_key_of(contact.uri), transfer)

    def named_by(self, leg: Leg) -> Iterator[Transfer]:
        """Transfers that the INVITE of a leg may be about, newest first."""
        invite = leg.invites[0].request.message
        text = invite.first("replaces")
        told = referred_by(invite)
        keys = [_key_of(Uri.parse(invite.uri)), _key_of(invite.to.uri)]
        keys += [("replaces", Replaces.parse(text).call_id)] if text is not None else []
        keys += [("by", bridges.user_of(told.uri))] if told is not None else []
        seen: set[int] = set()
        for key in keys:
            for transfer in self._newest(key, leg.invites[0].request.n):
                if transfer.number not in seen:
                    seen.add(transfer.number)
                    yield transfer

    def _note(self, key: tuple[str, str], transfer: Transfer) -> None:
        if key[1]:
            known = self._by_key.setdefault(key, [])
            if transfer not in known[-1:]:
                insort(known, transfer, key=lambda one: one.refer.request.n)

    def _newest(self, key: tuple[str, str], before: int) -> Iterator[Transfer]:
        found = self._by_key.get(key, [])
        position = bisect_left(found, before, key=lambda one: one.refer.request.n)
        return reversed(found[max(position - _CANDIDATES_MAX, 0) : position])


def _key_of(uri: Uri) -> tuple[str, str]:
    user = bridges.user_of(uri)
    return ("user", user) if user else ("host", f"{uri.host}:{uri.port}" if uri.host else "")


def _referrer(refer: Message) -> Uri:
    """Whom Referred-By must name: what the REFER says, else its From (RFC 3892 section 2.2)."""
    asked = referred_by(refer)
    return asked.uri if asked is not None else refer.from_.uri


def _owner(leg: Leg, asked: _Asked) -> Transfer | None:
    """The transfer that fits best, of equal ones the newest."""
    if not leg.invites:
        return None
    best: tuple[int, int, Transfer] | None = None
    for transfer in asked.named_by(leg):
        score = _likeness(leg, transfer)
        if score and (best is None or (score, transfer.number) > best[:2]):
            best = score, transfer.number, transfer
    return None if best is None else best[2]


def _may_trigger(transfer: Transfer, leg: Leg) -> bool:
    """Whether the leg began after this REFER, on the referee's side, and the REFER was not refused."""
    if not leg.invites or leg.invites[0].request.n < transfer.refer.request.n:
        return False
    return (transfer.status is None or transfer.accepted) and _on_its_side(transfer, leg)


def _on_its_side(transfer: Transfer, leg: Leg) -> bool:
    return leg.caller == transfer.referee or (
        leg.caller.host == transfer.referee.host and transfer.referee.host != transfer.referrer.host
    )


def _likeness(leg: Leg, transfer: Transfer) -> int:
    """How well the content of an INVITE fits the REFER; 0: in nothing."""
    if not _may_trigger(transfer, leg):
        return 0
    wanted = _target(transfer)
    if wanted is None:
        return 0
    invite, refer = leg.invites[0].request.message, transfer.refer.request.message
    score = _same_target(Uri.parse(invite.uri), wanted.uri) or _same_target(invite.to.uri, wanted.uri) // 2
    score += _redirected(leg, transfer)
    told = referred_by(invite)
    if told is not None:
        score += 3 if _same_target(told.uri, _referrer(refer)) else 0
    replaces = replaces_of(wanted.uri)
    text = invite.first("replaces")
    if replaces is not None and text is not None:
        score += 4 if Replaces.parse(text).call_id == replaces.call_id else 0
    if not score:
        return 0
    # Two REFERs to one number at the same time: the moved party's number and a REFER that still
    # waits for its call tell them apart.
    about = transfer.about
    moved = about is not None and bridges.user_of(invite.from_.uri) in bridges.numbers_of(about)
    return score + (leg.caller == transfer.referee) + 2 * moved + (not transfer.triggered)


@lru_cache(maxsize=2 * _CANDIDATES_MAX)
def _target(transfer: Transfer) -> ReferTo | None:
    return refer_to(transfer.refer.request.message)


def _same_target(found: Uri, wanted: Uri) -> int:
    """4: the same URI; 2: the same user or number at another host; 0: somebody else."""
    if not wanted.scheme:
        return 0
    if equivalent(found.without_headers(), wanted.without_headers()):
        return 4
    user = bridges.user_of(wanted)
    if user and user == bridges.user_of(found):
        return 2
    return 1 if not user and found.host and (found.host, found.port) == (wanted.host, wanted.port) else 0


def _redirected(leg: Leg, transfer: Transfer) -> int:
    """2 when the INVITE goes where a 3xx to an earlier triggered INVITE pointed."""
    target = Uri.parse(leg.invites[0].request.message.uri)
    for earlier in transfer.triggered:
        for invite in earlier.invites:
            if invite.final is None or not 300 <= invite.final.message.status < 400:
                continue
            contact = invite.final.message.contact
            if contact is not None and _same_target(target, contact.uri):
                return 2
    return 0


def _owner_by_order(leg: Leg, transfers: Sequence[Transfer]) -> Transfer | None:
    """The newest REFER that still waits for its call: a referee that dials something else entirely."""
    for transfer in reversed(transfers):
        if leg.began_ns - transfer.refer.request.at_ns > _WITHOUT_LIKENESS_NS:
            return None
        if _may_trigger(transfer, leg) and not transfer.triggered and leg.callee != transfer.referrer:
            return transfer
    return None


def _refused_before(leg: Leg, transfers: Sequence[Transfer]) -> Transfer | None:
    """The newest refused REFER that named the target of this call of the referee shortly before."""
    first = leg.invites[0].request
    for transfer in reversed(transfers):
        if leg.began_ns - transfer.refer.request.at_ns > _WITHOUT_LIKENESS_NS:
            return None
        wanted = _target(transfer)
        if wanted is None or transfer.accepted or transfer.status is None or not wanted.uri.scheme:
            continue
        later = first.n > transfer.refer.request.n and _on_its_side(transfer, leg)
        uris = Uri.parse(first.message.uri), first.message.to.uri
        if later and max(_same_target(uri, wanted.uri) for uri in uris) >= 2:
            return transfer
    return None
