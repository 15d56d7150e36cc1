"""Practices beyond the RFCs: the report is true, it exists, nobody is dropped, no leg is left over.

They compare what was claimed with what the target's own dialog shows. Must not live here: rules that
an RFC states (their own files), and how outcomes are decided (`judge/outcome.py`).
"""

from collections.abc import Iterator

from harness.base.endpoint import Endpoint
from harness.base.instant import MS, format_duration
from harness.judge.attempt import Attempt
from harness.judge.causes import repeated_byes
from harness.judge.claims import owed, subscriber_refused
from harness.judge.finding import Role
from harness.judge.judged import Judged, judged
from harness.judge.legs import alone_spans
from harness.judge.rule import Check, rule
from harness.judge.rules.facts import acknowledged, disturbed, facts_of, unheard
from harness.judge.thresholds import PROMPT_NS, RETRIEVE_NS, STUCK_LEG_NS, TRANSACTION_TIMEOUT_NS
from harness.judge.truth import ended_by_referee, failed_too_soon, wrong_answerer
from harness.trace.entries import MessageEntry
from harness.trace.model import Case, Leg, Transaction

_UNTRUE = ("premature-success", "false-success", "false-failure", "contradictory")


@rule(
    "truthful-notify",
    level="PRACTICE",
    severity="breaks-transfer",
    cites="practice",
    role="notifier",
    text="The final report says what the target's own dialog shows, and not before it is so.",
)
def truthful_notify(case: Case) -> Iterator[Check]:
    """Every final NOTIFY against the outcome."""
    for attempt in judged(case).attempts:
        report = _last_report(attempt)
        if report is None:
            continue
        shown = (*_claimed(attempt), *_proof(attempt))
        if attempt.truth in _UNTRUE or _too_soon(attempt, report):
            yield Check.failed(attempt.why["truth"], *shown, who=attempt.referee.endpoint)
        elif attempt.truth == "late":
            yield Check.informed(attempt.why["truth"], *shown, who=attempt.referee.endpoint)
        elif attempt.true_outcome == "unknown":
            yield Check.undecided(attempt.why["true_outcome"], report.request)
        else:
            yield Check.passed(*shown)


@rule(
    "success-by-wrong-party",
    level="PRACTICE",
    severity="breaks-transfer",
    cites="practice",
    role="notifier",
    text="Success means that the asked-for party answered, not a mailbox or the agent itself.",
)
def success_by_wrong_party(case: Case) -> Iterator[Check]:
    """Who answered a transfer that was reported as connected."""
    told = judged(case)
    for attempt in told.attempts:
        leg = attempt.outcome.leg
        report = _last_report(attempt)
        if leg is None or report is None or attempt.true_outcome != "connected":
            continue
        if attempt.reported_outcome != "connected":
            continue
        other = wrong_answerer(attempt.transfer, leg, told.parties)
        if other:
            text = f"success was reported, and {other} answered"
            yield Check.failed(text, report.request, leg.answered, who=attempt.referee.endpoint)
        else:
            yield Check.passed(report.request, leg.answered)


@rule(
    "final-notify-present",
    level="PRACTICE",
    severity="breaks-transfer",
    cites="practice",
    role="notifier",
    text="Every accepted REFER that owes reports gets a final one.",
)
def final_notify_present(case: Case) -> Iterator[Check]:
    """A sipfrag with a final status exists for every accepted REFER."""
    for attempt in judged(case).attempts:
        transfer = attempt.transfer
        if not owed(transfer):
            continue
        if any(claim.by == "notify" for claim in attempt.claims):
            yield Check.passed(transfer.refer.final)
        elif subscriber_refused(transfer) is not None or unheard(facts_of(case), transfer):
            continue  # the referrer ended the subscription itself (RFC 6665 section 4.2.2)
        elif attempt.truth == "undecidable" or _still_calling(attempt, case):
            yield Check.undecided(attempt.why["truth"], transfer.refer.final)
        else:
            text = "the REFER was accepted, and no final report followed"
            last = transfer.subscription.notifies[-1:]
            shown = [notify.request for notify in last]
            yield Check.failed(text, transfer.refer.final, *shown, who=attempt.referee.endpoint)


@rule(
    "status-collapsed",
    level="PRACTICE",
    severity="interop-risk",
    cites="practice",
    role="notifier",
    text="A failure is reported with the code that the target gave.",
)
def status_collapsed(case: Case) -> Iterator[Check]:
    """The reported failure code against the target's own."""
    for attempt in judged(case).attempts:
        report = _last_report(attempt)
        given = attempt.outcome.target_status
        if report is None or given is None or attempt.reported_outcome != "failed":
            continue
        shown = (*_claimed(attempt), *_proof(attempt))
        refused = None if attempt.outcome.leg is None else attempt.outcome.leg.refused
        if refused is not None and refused.at_ns > report.request.at_ns:
            continue  # the referee had given up; how soon it may is another rule's matter
        if attempt.truth == "wrong-status" and attempt.claims[0].status != given:
            yield Check.failed(attempt.why["truth"], *shown, who=attempt.referee.endpoint)
        else:
            yield Check.passed(*shown)


@rule(
    "caller-not-dropped-on-failure",
    level="PRACTICE",
    severity="breaks-transfer",
    cites="practice",
    role="any",
    text="After a failed or refused transfer somebody keeps the caller: the agent, or another attempt.",
)
def caller_not_dropped_on_failure(case: Case) -> Iterator[Check]:
    """Who ended the caller's call within 5 s of a failure that nobody took up."""
    told = judged(case)
    for attempt in told.attempts:
        known = _failure(attempt)
        if known is None or attempt.superseded:
            continue
        taken_up = _taken_up(attempt, told.attempts)
        dropping = None if taken_up else _dropping(attempt, known)
        if dropping is not None and disturbed(facts_of(case)):
            yield Check.undecided("a message went astray before the caller was dropped", dropping.request)
        elif dropping is not None:
            blind = dropping.request.at_ns < known.at_ns
            text = "the referrer had left before the outcome, the transfer failed, and the caller was dropped"
            if not blind:
                text = "the caller's call was ended after the failure, and nobody took the caller back"
            role = _role(attempt, dropping)
            yield Check.failed(text, dropping.request, known, who=dropping.sender, role=role)
        elif attempt.caller_fate.value == "unknown" and not taken_up and not _kept(attempt, known, case):
            yield Check.undecided("the trace ends too soon after the failure", known)
        else:
            yield Check.passed(known)


@rule(
    "ghost-leg",
    level="PRACTICE",
    severity="breaks-transfer",
    cites="practice",
    role="any",
    text="No leg stays up with nobody behind it.",
)
def ghost_leg(case: Case) -> Iterator[Check]:
    """Every answered leg of a case with a transfer, or through a B2BUA."""
    told = judged(case)
    for leg in case.legs:
        if leg.answered is None or _waits_for_ack(leg, told):
            continue
        spans = alone_spans(case, leg, told.decided, told.parties)
        longest = max(spans, key=lambda span: span[1] - span[0], default=None)
        if longest is None:
            yield Check.passed(leg.answered)
            continue
        alone_ns = longest[1] - longest[0]
        forever = leg.bye is None and spans[-1][1] >= case.ended_ns
        found = alone_ns > STUCK_LEG_NS or (forever and told.parties.settled)
        if found and disturbed(facts_of(case)):
            yield Check.undecided("what should have ended the leg went astray", leg.answered)
        elif found:
            since = format_duration(alone_ns // MS * MS)
            text = f"the leg stayed up for {since} with nobody behind it"
            yield Check.failed(text, leg.answered, who=_keeper(leg, told))
        elif forever:
            yield Check.undecided("the trace ends while the leg is up with nobody behind it", leg.answered)
        else:
            yield Check.passed(leg.answered)


@rule(
    "duplicate-bye",
    level="PRACTICE",
    severity="interop-risk",
    cites="practice",
    role="any",
    text="One BYE ends a dialog; it is not sent again as a new request once it was answered.",
)
def duplicate_bye(case: Case) -> Iterator[Check]:
    """BYEs of one side after its first was answered."""
    for leg in case.legs:
        if leg.bye is None:
            continue
        again = repeated_byes(leg)
        if again:
            yield Check.failed(
                "a second BYE was sent after the first had been answered",
                again[0].request,
                leg.bye.request,
                who=again[0].sender,
            )
        else:
            yield Check.passed(leg.bye.request)


def _too_soon(attempt: Attempt, report: Transaction) -> bool:
    """True when a failure was reported while the target still rang."""
    leg = attempt.outcome.leg
    if leg is None or attempt.truth != "wrong-status":
        return False
    return failed_too_soon(leg, report.request.at_ns)


def _last_report(attempt: Attempt) -> Transaction | None:
    """The NOTIFY of the last final claim that reports are owed for; None without one."""
    made = [claim for claim in attempt.claims if claim.by == "notify"]
    if not made or attempt.truth == "not-owed":
        return None
    notifies = attempt.transfer.subscription.notifies
    return next(notify for notify in notifies if notify.request.n == made[-1].evidence[0])


def _claimed(attempt: Attempt) -> tuple[MessageEntry, ...]:
    """The claim that the reason of the truth speaks of: the first, or all that contradict each other."""
    transfer = attempt.transfer
    sent = {notify.request.n: notify.request for notify in transfer.subscription.notifies}
    if transfer.about is not None and transfer.about.bye is not None:
        sent[transfer.about.bye.request.n] = transfer.about.bye.request
    different: dict[tuple[str, int | None], MessageEntry] = {}
    for claim in attempt.claims:
        different.setdefault((claim.says, claim.status), sent[claim.evidence[0]])
    made = tuple(different.values())
    return made if attempt.truth == "contradictory" else made[:1]


def _still_calling(attempt: Attempt, case: Case) -> bool:
    """True when the target's INVITE had no final response, or was not seen yet, when the trace ended."""
    leg, final = attempt.outcome.leg, attempt.transfer.refer.final
    if leg is None and attempt.true_outcome == "unknown" and final is not None:
        waits = not ended_by_referee(attempt.transfer)
        return waits and case.ended_ns - final.at_ns < TRANSACTION_TIMEOUT_NS
    if leg is None or leg.answered is not None or leg.refused is not None or leg.cancel is not None:
        return False
    return case.ended_ns - leg.began_ns < TRANSACTION_TIMEOUT_NS


def _proof(attempt: Attempt) -> tuple[MessageEntry, ...]:
    leg = attempt.outcome.leg
    if leg is None:
        return ()
    found = leg.answered or leg.refused or (None if leg.cancel is None else leg.cancel.request)
    return () if found is None else (found,)


def _failure(attempt: Attempt) -> MessageEntry | None:
    """The message that told the referrer of the failure: a refusal, or a report of one that is not false."""
    if attempt.true_outcome == "refused":
        return attempt.transfer.refer.final
    if attempt.reported_outcome == "failed" and attempt.true_outcome != "connected":
        report = _last_report(attempt)
        return None if report is None else report.request
    return None


def _taken_up(attempt: Attempt, attempts: tuple[Attempt, ...]) -> bool:
    """True when another attempt on the same leg came later, or got the caller to somebody."""
    return any(
        other.transfer.about is attempt.transfer.about
        and (other.number > attempt.number or other.true_outcome == "connected")
        for other in attempts
        if other is not attempt
    )


def _dropping(attempt: Attempt, known: MessageEntry) -> Transaction | None:
    """The BYE that ended the caller's call after the failure; None when it was no drop."""
    transfer = attempt.transfer
    byes = [leg.bye for leg in (transfer.about, transfer.moved) if leg is not None and leg.bye is not None]
    # What happened before the report is a blind BYE or a departure; the caller's own BYE is no drop.
    caller = None if attempt.moved is None else attempt.moved.endpoint
    byes = [bye for bye in byes if bye.sender != caller]
    if transfer.moved is not None and not any(bye.reached == caller for bye in byes):
        return None
    if attempt.caller_fate.value in ("with-agent", "hung-up", "alone") or not byes:
        return None
    first = min(byes, key=lambda bye: bye.request.at_ns)
    since_ns = first.request.at_ns - known.at_ns
    return first if 0 <= since_ns <= RETRIEVE_NS or attempt.caller_fate.value == "dropped" else None


def _kept(attempt: Attempt, known: MessageEntry, case: Case) -> bool:
    """True when the caller's leg was still up when the time to take it back was over."""
    leg = attempt.transfer.moved or attempt.transfer.about
    late_ns = known.at_ns + RETRIEVE_NS
    return leg is not None and case.ended_ns >= late_ns and leg.up_at(late_ns)


def _role(attempt: Attempt, dropping: Transaction) -> Role:
    return "referrer" if dropping.sender == attempt.referrer.endpoint else "referee"


def _waits_for_ack(leg: Leg, told: Judged) -> bool:
    """True when who should have ended the leg was the called side, and its 2xx was never acknowledged:
    then it must not send BYE for 32 s (RFC 3261 section 15)."""
    return (
        leg.answered is not None
        and _keeper(leg, told) == leg.callee
        and not acknowledged(leg, leg.answered)
        and leg.bye is not None
        and leg.bye.request.at_ns - leg.answered.at_ns <= TRANSACTION_TIMEOUT_NS + PROMPT_NS
    )


def _keeper(leg: Leg, told: Judged) -> Endpoint:
    """Who should have ended the leg: the referrer its own once it was told of a success, else the B2BUA."""
    for attempt in told.attempts:
        transfer = attempt.transfer
        if leg is transfer.about:
            knows = attempt.reported_outcome == "connected" or not owed(transfer)
            return transfer.referrer if attempt.true_outcome == "connected" and knows else transfer.referee
        if leg is transfer.moved or any(leg is triggered for triggered in transfer.triggered):
            return transfer.referee
    return leg.caller
