"""What was claimed about a transfer: by NOTIFYs, and by a BYE that can only mean success.

A claim is not evidence of what happened; `outcome.py` tells that and `truth.py` compares the two.
Must not live here: whether the transfer itself worked.
"""

from dataclasses import dataclass
from typing import Literal

from harness.judge.thresholds import TRANSACTION_TIMEOUT_NS
from harness.trace.model import Leg, Transaction, Transfer
from harness.wire.sip.headers import SubscriptionState
from harness.wire.sip.sipfrag import sipfrag
from harness.wire.sip.transfer import refer_sub

Says = Literal["connected", "failed", "unknown"]


@dataclass(frozen=True, slots=True)
class Claim:
    """One final claim: who made it, by what, and whether the referrer took it."""

    by: Literal["notify", "bye", "http"]
    says: Says
    status: int | None
    """The sipfrag code; None for a claim without one."""
    at_ns: int
    accepted: bool | None
    """Whether the referrer answered it with a 2xx; None while the trace cannot tell."""
    evidence: tuple[int, ...]


def reported_status(notify: Transaction) -> int | None:
    """The status of the sipfrag that a NOTIFY carries; None where it carries no valid one.

    Only `message/sipfrag` in event package refer counts (RFC 3515 section 2.4.5); a body without
    Content-Type is read by its text.
    """
    message = notify.request.message
    package = (message.first("event") or "refer").partition(";")[0].strip().lower()
    if package != "refer" or message.content_type not in ("message/sipfrag", ""):
        return None
    return sipfrag(message.body).status if message.body else None


def unreadable(notify: Transaction) -> bool:
    """True for a NOTIFY with a body that is no report: another media type, or no status line."""
    return bool(notify.request.message.body) and reported_status(notify) is None


def progress(transfer: Transfer) -> tuple[int, ...]:
    """Every reported sipfrag code, in wire order, retransmissions merged."""
    statuses = (reported_status(notify) for notify in transfer.subscription.notifies)
    return tuple(status for status in statuses if status is not None)


def claims(transfer: Transfer, ended_ns: int) -> tuple[Claim, ...]:
    """The final claims, in wire order. `ended_ns` is when the trace ended."""
    found = [
        _notify_claim(notify, status, ended_ns)
        for notify in transfer.subscription.notifies
        if (status := reported_status(notify)) is not None and status >= 200
    ]
    farewell = _farewell(transfer)
    if farewell is not None and not any(claim.at_ns <= farewell.at_ns for claim in found):
        found.insert(0, farewell)
    return tuple(found)


def reported_outcome(made: tuple[Claim, ...]) -> Says:
    """What the last final claim says; unknown without one."""
    return made[-1].says if made else "unknown"


def subscription_ended(transfer: Transfer) -> bool:
    """True when a NOTIFY said `Subscription-State: terminated`."""
    return any(_state(notify) == "terminated" for notify in transfer.subscription.notifies)


def subscriber_refused(transfer: Transfer) -> Transaction | None:
    """The first NOTIFY that the referrer answered with 481, which ends the subscription
    (RFC 6665 section 4.2.2); None without one."""
    return next((each for each in transfer.subscription.notifies if each.final_status == 481), None)


def owed(transfer: Transfer) -> bool:
    """True when the referee owes reports: accepted, and nothing suppressed them.

    Suppressed means `Refer-Sub: false` granted in the 2xx (RFC 4488 section 4), or `nosub` or
    `explicitsub` required by the REFER (RFC 7614 section 5).
    """
    final = transfer.refer.final
    if final is None or not transfer.accepted or refer_sub(final.message) is False:
        return False
    required = {tag.lower() for tag in transfer.refer.request.message.values("require")}
    return not required & {"nosub", "explicitsub"}


def _state(notify: Transaction) -> str:
    text = notify.request.message.first("subscription-state")
    return "" if text is None else SubscriptionState.parse(text).state.lower()


def _notify_claim(notify: Transaction, status: int, ended_ns: int) -> Claim:
    answer = notify.final_status
    accepted: bool | None = answer is not None and 200 <= answer < 300
    if answer is None and ended_ns - notify.request.at_ns < TRANSACTION_TIMEOUT_NS:
        accepted = None
    says: Says = "connected" if status < 300 else "failed"
    evidence = (notify.request.n, *(() if notify.final is None else (notify.final.n,)))
    return Claim("notify", says, status, notify.request.at_ns, accepted, evidence)


def _farewell(transfer: Transfer) -> Claim | None:
    """The referee's BYE to the referrer while the target and the moved party are both up.

    Before the target's answer, or after somebody left, such a BYE can mean other things and is no claim.
    """
    leg = transfer.about
    if leg is None or leg.bye is None or leg.bye.sender != transfer.referee:
        return None
    bye = leg.bye.request
    if not any(_stands(triggered, bye.at_ns) for triggered in transfer.triggered):
        return None
    if transfer.moved is not None and not transfer.moved.up_at(bye.at_ns):
        return None
    return Claim("bye", "connected", None, bye.at_ns, True, (bye.n,))


def _stands(leg: Leg, at_ns: int) -> bool:
    return leg.acknowledged and leg.up_at(at_ns)
