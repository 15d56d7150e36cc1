"""Named causes of what went wrong in one transfer: who, what to do, and the entries that show it.

A cause is a fact of the trace, not a guess at intent. Ids, names and fixes follow the project's
catalogue of failure modes where it has them. Must not live here: verdicts (rules and expectations).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from harness.base.endpoint import Endpoint
from harness.judge.cause_remedies import CATALOGUE
from harness.judge.claims import claims, owed, subscriber_refused, subscription_ended
from harness.judge.fates import Fate, caller_of
from harness.judge.legs import Decided, alone_spans
from harness.judge.outcome import Outcome, departures, is_phone
from harness.judge.parties import Parties
from harness.judge.thresholds import CANCEL_FOLLOWS_NS, RETRIEVE_NS, STUCK_LEG_NS
from harness.judge.truth import Truth
from harness.trace.entries import MessageEntry
from harness.trace.model import Case, Leg, Transaction, Transfer


@dataclass(frozen=True, slots=True)
class Cause:
    """A named cause with its fix."""

    id: str
    name: str
    who: str
    """Who has to change something: name in the cast, else the address."""
    fix: str
    evidence: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Scene:
    """All that a cause may look at: one REFER and what was decided about it."""

    case: Case
    transfer: Transfer
    outcome: Outcome
    truth: Truth
    fate: Fate
    decided: Decided
    parties: Parties

    @property
    def retried(self) -> bool:
        """True when this REFER was repeated with credentials."""
        return any(later.retry_of is self.transfer for later, _ in self.decided)


_Found = tuple[str, Endpoint, tuple[MessageEntry | None, ...]]
"""Id, who, evidence."""

_TARGET_CODES: dict[int, str] = {
    404: "target-not-found",
    604: "target-not-found",
    410: "target-not-found",
    484: "target-not-found",
    408: "target-no-answer",
    480: "target-unavailable",
    503: "target-unavailable",
    486: "target-busy",
    600: "target-busy",
    603: "target-declined",
}


def causes_of(scene: Scene) -> tuple[Cause, ...]:
    """Name what went wrong with one REFER, in a fixed order; empty for a clean, connected transfer."""
    found: list[Cause] = []
    for finder in _FINDERS:
        for name_id, who, evidence in finder(scene):
            name, fix = CATALOGUE[name_id]
            shown = tuple(entry.n for entry in evidence if entry is not None)
            found.append(Cause(name_id, name, scene.parties.name(who), fix, shown))
    return tuple(found)


def _of_the_refusal(scene: Scene) -> Iterator[_Found]:
    transfer = scene.transfer
    final = transfer.refer.final
    if final is None or transfer.accepted or scene.retried:
        return
    evidence = (final, transfer.refer.request)
    if transfer.status in (401, 407):
        named = "refer-challenge-not-retried" if transfer.retry_of is None else "refer-digest-wrong-user"
        yield named, transfer.referrer, evidence
    elif transfer.status in (403, 405, 603):
        yield "carrier-refer-disabled", transfer.referee, evidence
    else:
        yield "refer-refused", transfer.referee, evidence


def _of_the_target(scene: Scene) -> Iterator[_Found]:
    outcome, leg = scene.outcome, scene.outcome.leg
    if leg is None or outcome.true_outcome != "failed" or leg.answered is not None:
        return
    if outcome.target_status is not None:
        yield _TARGET_CODES.get(outcome.target_status, "target-refused"), leg.callee, (leg.refused,)
    elif leg.cancel is not None:
        yield "target-no-answer", leg.callee, (leg.cancel.request,)
    else:
        yield "target-unreachable", leg.callee, (leg.invites[-1].request,)


def _of_the_caller(scene: Scene) -> Iterator[_Found]:
    if scene.outcome.true_outcome != "abandoned":
        return
    transfer, case, parties = scene.transfer, scene.case, scene.parties
    gone = [each.entry for each in departures(transfer, parties) if each.who == "moved party"]
    if not gone:
        return
    yield "caller-hung-up", caller_of(transfer, parties) or gone[0].source, (gone[0],)
    if transfer.about is not None and _stuck(case, transfer.about, scene):
        yield "caller-hangup-transferor-parked", transfer.referee, (gone[0],)
    for leg in transfer.triggered:
        if _stuck(case, leg, scene):
            yield "orphan-leg-billed", transfer.referee, (leg.answered, gone[0])


def _of_the_report(scene: Scene) -> Iterator[_Found]:
    transfer, truth = scene.transfer, scene.truth.value
    made = claims(transfer, scene.case.ended_ns)
    reports = [by for by in transfer.subscription.notifies if by.request.n in {c.evidence[0] for c in made}]
    last = reports[-1].request if reports else transfer.refer.final
    first = reports[0].request if reports else transfer.refer.final
    if truth in ("premature-success", "false-success") and first is not None:
        yield _which_early(scene, first), transfer.referee, (first, _answer_of(scene.outcome.leg))
    ids = {
        "false-failure": "failure-of-an-answered-call",
        "contradictory": "final-200-notify-on-ended",
        "uninformative": "terminated-notify-100-only",
        "wrong-status": "status-collapsed",
        "wrong-party": "voicemail-counted-as-human",
    }
    if truth == "contradictory":
        yield ids[truth], transfer.referee, (first, last, _answer_of(scene.outcome.leg))
    elif truth in ids:
        yield ids[truth], transfer.referee, (first, _answer_of(scene.outcome.leg))


def _which_early(scene: Scene, report: MessageEntry) -> str:
    legs = scene.transfer.triggered
    if not legs or all(leg.began_ns > report.at_ns for leg in legs):
        return "notify-200-before-invite"
    return "premature-200-sipfrag" if scene.truth.value == "premature-success" else "success-of-a-failed-call"


def _answer_of(leg: Leg | None) -> MessageEntry | None:
    return None if leg is None else leg.answered or leg.refused


def _of_the_subscription(scene: Scene) -> Iterator[_Found]:
    transfer = scene.transfer
    if not owed(transfer):
        return
    made = claims(transfer, scene.case.ended_ns)
    bye = None if transfer.about is None else transfer.about.bye
    if scene.truth.value == "silent" and subscriber_refused(transfer) is None:
        abrupt = not transfer.subscription.notifies and _hung_up_at_once(transfer)
        named = "relay-immediate-bye-no-notify" if abrupt else "no-final-notify"
        yield named, transfer.referee, (transfer.refer.final, None if bye is None else bye.request)
    if any(claim.by == "bye" for claim in made) and bye is not None:
        yield "bye-instead-of-notify", transfer.referee, (bye.request,)
    open_ended = not subscription_ended(transfer) and subscriber_refused(transfer) is None
    if open_ended and any(claim.by == "notify" for claim in made):
        last = transfer.subscription.notifies[-1].request
        yield "subscription-never-terminated", transfer.referee, (last,)


def _hung_up_at_once(transfer: Transfer) -> bool:
    """The referee ended the leg right after its 2xx to the REFER."""
    bye = None if transfer.about is None else transfer.about.bye
    final = transfer.refer.final
    if bye is None or final is None or bye.sender != transfer.referee:
        return False
    return bye.request.at_ns - final.at_ns <= CANCEL_FOLLOWS_NS


def _of_refused_notifies(scene: Scene) -> Iterator[_Found]:
    transfer = scene.transfer
    bye = None if transfer.about is None else transfer.about.bye
    for notify in transfer.subscription.notifies:
        if notify.final_status in (405, 501):
            yield "notify-answered-405", transfer.referrer, (notify.request, notify.final)
            return
        if notify.final_status == 481 and bye is not None:
            # The dialog lives until the subscription has ended too (RFC 5057 section 4.1).
            yield "bye-right-after-notify", bye.sender, (bye.request, notify.request, notify.final)
            return


def _of_the_request(scene: Scene) -> Iterator[_Found]:
    transfer = scene.transfer
    request = transfer.refer.request
    if transfer.accepted and len(request.message.values("refer-to")) != 1:
        yield "silent-drop-missing-refer-to", transfer.referee, (transfer.refer.final, request)
    reported = claims(transfer, scene.case.ended_ns)
    nobody_called = not transfer.triggered and scene.outcome.true_outcome == "failed"
    if transfer.accepted and nobody_called and reported and reported[-1].says == "failed":
        yield "refused-after-acceptance", transfer.referee, (request,)


def _of_the_legs(scene: Scene) -> Iterator[_Found]:
    transfer, case = scene.transfer, scene.case
    leg = transfer.about
    yield from _of_a_dropped_caller(scene)
    if leg is None:
        return
    if scene.outcome.true_outcome == "connected" and leg.bye is None and _stuck(case, leg, scene):
        yield "no-bye-ever", transfer.referrer, (_answer_of(scene.outcome.leg),)
    extra = repeated_byes(leg)
    if extra:
        yield "repeated-bye", extra[0].sender, (extra[0].request,)


def _of_a_dropped_caller(scene: Scene) -> Iterator[_Found]:
    transfer, fate = scene.transfer, scene.fate
    lost = fate.value in ("dropped", "alone") and scene.outcome.true_outcome in ("failed", "refused")
    if not lost or scene.truth.value == "false-success":
        return  # whoever was told of a success may leave; the report is the cause
    bye = None if transfer.about is None else transfer.about.bye
    moved_bye = None if transfer.moved is None else transfer.moved.bye
    if bye is not None and bye.sender == transfer.referrer and not _earlier(moved_bye, bye):
        known = scene.outcome.at_ns
        early = known is not None and bye.request.at_ns < known
        yield ("bye-on-202" if early else "failed-transfer-kills-call"), transfer.referrer, (bye.request,)
    elif moved_bye is not None and moved_bye.sender == transfer.referee:
        yield "caller-dropped-after-failure", transfer.referee, (moved_bye.request,)
    elif bye is not None and is_phone(transfer, scene.parties):
        yield "caller-dropped-after-failure", bye.sender, (bye.request,)


def _earlier(one: Transaction | None, other: Transaction) -> bool:
    return one is not None and one.request.at_ns < other.request.at_ns


def _stuck(case: Case, leg: Leg, scene: Scene) -> bool:
    spans = alone_spans(case, leg, scene.decided, scene.parties)
    limit_ns = RETRIEVE_NS if scene.parties.closed else STUCK_LEG_NS
    return any(span[1] - span[0] >= limit_ns for span in spans)


def repeated_byes(leg: Leg) -> list[Transaction]:
    """BYEs that one side sent again, as new requests, after its first had been answered."""
    found: list[Transaction] = []
    answered: dict[Endpoint, int] = {}
    for bye in leg.in_method("BYE"):
        ended_ns = answered.get(bye.sender)
        if ended_ns is not None and bye.request.at_ns > ended_ns:
            found.append(bye)
        final = bye.final
        # A challenge asks for a second BYE (RFC 3261 section 22.2).
        if final is not None and final.message.status not in (401, 407) and bye.sender not in answered:
            answered[bye.sender] = final.at_ns
    return found


_FINDERS: tuple[Callable[[Scene], Iterator[_Found]], ...] = (
    _of_the_refusal,
    _of_the_request,
    _of_the_target,
    _of_the_caller,
    _of_the_report,
    _of_the_subscription,
    _of_refused_notifies,
    _of_the_legs,
)
