"""Every expectation of a plan, checked against the story of the trace.

What the trace cannot tell is `inconclusive` with `got` = `unknown: why`, never a pass. Must not live
here: how facts are made, and the arithmetic of verdicts (`results/verdict.py`).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from harness.judge.answer import (
    Answer,
    AnswerVerdict,
    bounded,
    choices,
    codes,
    compared,
    fits,
    in_order,
    judged,
    listed,
    unknown,
    wanted_text,
)
from harness.judge.attempt import Attempt
from harness.judge.claims import reported_status
from harness.judge.finding import Finding
from harness.judge.legs_left import pairs_left
from harness.judge.party_wishes import OPEN_FATES, about_party, dead_air, open_fate
from harness.judge.same_fact import excused
from harness.judge.shown import human_sees
from harness.judge.steps import answers_of_steps
from harness.judge.story import Story
from harness.scenario.plan import Expectation, NeverSent, Violations, Wanted
from harness.trace.entries import MISSED, FaultEntry


@dataclass(frozen=True, slots=True)
class ExpectationResult:
    """One expectation with what was got. `evidence` are entry numbers."""

    name: str
    line: int
    column: int
    wanted: str
    got: str
    verdict: AnswerVerdict
    evidence: tuple[int, ...]
    asked: bool


def evaluate(story: Story, wishes: Sequence[Expectation]) -> tuple[ExpectationResult, ...]:
    """Check every expectation, in order."""
    own_truth = frozenset(
        int(wish.name.split(".")[1])
        for wish in wishes
        if wish.name.startswith("attempts.") and wish.name.endswith(".truth")
    )
    results = []
    of_steps = answers_of_steps(story)
    for wish in wishes:
        if wish.name in of_steps:
            answer = of_steps[wish.name]
        else:
            answer = _truth(wish.wanted, story, own_truth) if wish.name == "truth" else _check(wish, story)
        results.append(
            ExpectationResult(
                wish.name,
                wish.line,
                wish.column,
                wanted_text(wish.wanted),
                answer.got,
                answer.verdict,
                answer.evidence,
                wish.asked,
            )
        )
    return (*results, *_missed_faults(story))


def _missed_faults(story: Story) -> Iterator[ExpectationResult]:
    """A planned fault that did not happen: what the run was to show, it has not shown."""
    plan, trace = story.parties.plan, story.parties.trace
    told = [entry.text for entry in trace.entries if isinstance(entry, FaultEntry) and entry.kind == MISSED]
    why = {name: text for name, _, text in (line.partition(": ") for line in told)}
    for name, _, fault in () if plan is None else plan.all_faults():
        if name in why:
            got = unknown(why[name])
            yield ExpectationResult(
                name, fault.line, fault.column, str(fault), got.got, got.verdict, got.evidence, asked=True
            )


def promised(findings: Sequence[Finding], wishes: Sequence[Expectation]) -> tuple[bool, ...]:
    """Beside each finding: whether `violations:` asked for it, so that it does not fail the scenario."""
    wanted = [wish.wanted for wish in wishes if isinstance(wish.wanted, Violations)]
    exact = [
        finding
        for finding in findings
        if any(
            finding.rule in (*each.includes, *(each.exactly or ())) and _by(finding, each) for each in wanted
        )
    ]
    return tuple(excused(finding, exact) for finding in findings)


def _by(finding: Finding, wanted: Violations) -> bool:
    return wanted.by is None or finding.who in ("", wanted.by)


def _check(wish: Expectation, story: Story) -> Answer:
    head, _, rest = wish.name.partition(".")
    if head == "attempts" and rest:
        number, _, what = rest.partition(".")
        attempts = story.attempts
        if int(number) >= len(attempts):
            return _missing(f"there are only {len(attempts)} attempts", story)
        return _OF_ATTEMPT[what](attempts[int(number)], wish.wanted)
    if head == "human_sees":
        return human_sees(rest, wish.wanted, story)
    if wish.name == "latency.dead_air" and story.handoffs:
        return dead_air("caller", wish.wanted, story)
    if head == "latency":
        return _latency(rest, wish.wanted, story)
    if wish.name in _WHOLE:
        return _WHOLE[wish.name](wish.wanted, story)
    return about_party(wish, story)


def _missing(what: str, story: Story) -> Answer:
    """Something did not happen; in a trace that was cut off it may only be unseen."""
    return unknown(f"{what}, and the trace ends early") if story.ends_early else Answer(what, "fail")


# --- the whole handoff --------------------------------------------------------------------------


def _outcome(wanted: Wanted, story: Story) -> Answer:
    attempts = story.attempts
    if not attempts:
        return _missing("no transfer was asked for", story)
    answer = _of_outcome(attempts[-1], wanted)
    if answer.verdict == "fail" and attempts[-1].true_outcome != "connected" and story.ends_early:
        # Another attempt might have followed.
        return unknown(f"{answer.got}, and the trace ends early", *answer.evidence)
    return answer


def _reaches(wanted: Wanted, story: Story) -> Answer:
    if not story.handoffs:
        return _missing("there is no call", story)
    handoff = story.handoffs[-1]
    evidence = handoff.caller_fate.evidence
    if open_fate(handoff.caller_fate, story):
        return unknown(f"{handoff.caller_fate.why}, and the trace ends early", *evidence)
    if handoff.reached is not None:
        return compared(handoff.reached, wanted, "", evidence)
    if handoff.caller_fate.value == "unknown":
        return unknown(handoff.why["reached"], *evidence)
    return Answer(f"nobody ({handoff.caller_fate.value})", "fail", evidence)


def _refer(wanted: Wanted, story: Story) -> Answer:
    """A word or code: the answer to the last REFER; a list: the final responses of all, in order."""
    transfers = story.transfers
    if not transfers:
        return _missing("no REFER", story)
    statuses = [transfer.refer_status for transfer in transfers]
    evidence = tuple(
        transfer.transfer.refer.final.n for transfer in transfers if transfer.transfer.refer.final is not None
    )
    if None in statuses and story.ends_early:
        return unknown("a REFER is not answered in the trace", *evidence)
    shown = [status if status is not None else "no answer" for status in statuses]
    if isinstance(wanted, tuple):
        same = len(wanted) == len(statuses)
        begun = all(fits(one, status) for one, status in zip(wanted, statuses, strict=False))
        if begun and len(statuses) < len(wanted) and story.ends_early:
            return unknown(f"{listed(shown)}, and the trace ends early", *evidence)
        holds = same and all(fits(one, status) for one, status in zip(wanted, statuses, strict=True))
        return judged(listed(shown), holds=holds, evidence=evidence)
    own = [attempt.refer_status for attempt in story.attempts]
    relevant = own if wanted == "accepted" else own[-1:]
    holds = all(fits(codes(wanted)[0], status) for status in relevant)
    return judged(str(shown[0]) if len(shown) == 1 else listed(shown), holds=holds, evidence=evidence)


def _progress(wanted: Wanted, story: Story) -> Answer:
    return _of_progress(wanted, story, exactly=False)


def _progress_exactly(wanted: Wanted, story: Story) -> Answer:
    return _of_progress(wanted, story, exactly=True)


def _of_progress(wanted: Wanted, story: Story, *, exactly: bool) -> Answer:
    attempts = story.attempts
    if not attempts:
        return _missing("no transfer was asked for", story)
    got = attempts[-1].progress
    evidence = tuple(notify.request.n for notify in attempts[-1].transfer.subscription.notifies)
    asked = codes(wanted)
    whole = len(asked) == len(got) or not exactly
    holds = whole and in_order(asked, got)
    if not holds and story.ends_early:
        return unknown(f"{listed(got)}, and the trace ends early", *evidence)
    return judged(listed(got), holds=holds, evidence=evidence)


def _truth(wanted: Wanted, story: Story, elsewhere: frozenset[int]) -> Answer:
    """Over all attempts, without those whose truth is asked for one by one."""
    rest = [attempt for index, attempt in enumerate(story.attempts) if index not in elsewhere]
    if not rest:
        why = "each attempt has its own" if story.attempts else "no transfer was asked for"
        return Answer(why, "pass") if story.attempts else _missing(why, story)
    answers = [_of_truth(attempt, wanted) for attempt in rest]
    for verdict in ("fail", "inconclusive"):
        bad = next((answer for answer in answers if answer.verdict == verdict), None)
        if bad is not None:
            return bad
    return Answer(", ".join(dict.fromkeys(answer.got for answer in answers)), "pass", answers[0].evidence)


def _legs_left(wanted: Wanted, story: Story) -> Answer:
    got, evidence = pairs_left(story)
    if got is None:
        return unknown("there is no call in the trace")
    asked = sorted("-".join(sorted(pair.split("-"))) for pair in choices(wanted))
    seen = sorted("-".join(sorted(pair.split("-"))) for pair in got)
    if story.ends_early:
        return unknown(f"{listed(got)}, and the trace ends early", *evidence)
    return judged(listed(got), holds=asked == seen, evidence=evidence)


def _latency(name: str, wanted: Wanted, story: Story) -> Answer:
    """A time of the last attempt, or of the whole handoff."""
    sources = [attempt.times for attempt in story.attempts[-1:]]
    sources += [handoff.times for handoff in story.handoffs[-1:]]
    if name in ("handoff", "dead_air"):
        sources.reverse()
    for times in sources:
        if name in times.ns:
            return bounded(times.ns[name], wanted, "")
    why = next((times.why[name] for times in sources if name in times.why), "it is not measured")
    return unknown(why)


def _count(wanted: Wanted, story: Story) -> Answer:
    count = len(story.attempts)
    evidence = tuple(attempt.transfer.refer.request.n for attempt in story.attempts)
    if story.ends_early and str(count) not in choices(wanted):
        return unknown(f"{count}, and the trace ends early", *evidence)
    return judged(str(count), holds=str(count) in choices(wanted), evidence=evidence)


def _never(wanted: Wanted, story: Story) -> Answer:
    """A request that must not reach a party: within `for` after the first REFER, else at all."""
    assert isinstance(wanted, NeverSent), "never asks for a request"
    parties = story.parties
    began_ns, until_ns = 0, None
    if wanted.for_ns is not None:
        asked = [transfer.transfer.refer.request.at_ns for transfer in story.transfers]
        began_ns = asked[0] if asked else parties.trace.header.started_ns
        until_ns = began_ns + wanted.for_ns
    for entry in parties.trace.messages():
        outside = entry.at_ns < began_ns or (until_ns is not None and entry.at_ns > until_ns)
        if outside or not entry.message.is_request or entry.message.method != wanted.method:
            continue
        to_them = wanted.to is None or parties.name(entry.destination) == wanted.to
        from_them = wanted.sender is None or parties.name(entry.source) == wanted.sender
        if to_them and from_them and entry.arrived:
            got = f"{wanted.method} to {parties.name(entry.destination)}"
            return judged(got, holds=False, evidence=(entry.n,))
    watched = until_ns is None or story.ended_ns >= until_ns or parties.settled
    if story.ends_early or not watched:
        return unknown("not seen, and the trace ends before the time is over")
    return judged("not sent", holds=True)


def _violations(wanted: Wanted, story: Story) -> Answer:
    assert isinstance(wanted, Violations), "violations asks for rules"
    broken = [each for each in story.findings if each.verdict == "fail" and _by(each, wanted)]
    rules = list(dict.fromkeys(finding.rule for finding in broken))
    asked = wanted.includes if wanted.exactly is None else wanted.exactly
    missing = [rule for rule in asked if rule not in rules]
    more = [] if wanted.exactly is None else [rule for rule in rules if rule not in asked]
    evidence = tuple(dict.fromkeys(n for each in broken if each.rule in asked for n in each.evidence[:1]))
    open_rules = [each.rule for each in story.findings if each.verdict == "inconclusive"]
    if missing and not more and all(rule in open_rules for rule in missing):
        return unknown(f"{listed(missing)} stayed undecided", *evidence)
    return judged(listed(rules), holds=not missing and not more, evidence=evidence)


# --- one attempt --------------------------------------------------------------------------------


def _of_outcome(attempt: Attempt, wanted: Wanted) -> Answer:
    outcome = attempt.outcome
    return compared(attempt.true_outcome, wanted, outcome.why, outcome.evidence)


def _of_truth(attempt: Attempt, wanted: Wanted) -> Answer:
    evidence = tuple(n for claim in attempt.claims for n in claim.evidence[:1])
    return compared(attempt.truth, wanted, attempt.why["truth"], evidence)


def _of_refer(attempt: Attempt, wanted: Wanted) -> Answer:
    final = attempt.transfer.refer.final
    if final is None and _ends_early(attempt):
        return unknown("the REFER is not answered in the trace", attempt.transfer.refer.request.n)
    if final is None:
        return Answer("no answer", "fail", (attempt.transfer.refer.request.n,))
    holds = all(fits(one, attempt.refer_status) for one in codes(wanted))
    return judged(str(attempt.refer_status), holds=holds, evidence=(final.n,))


def _of_report(attempt: Attempt, wanted: Wanted) -> Answer:
    """The last sipfrag code, or connected / failed."""
    evidence = tuple(claim.evidence[0] for claim in attempt.claims[-1:])
    if not attempt.claims and _ends_early(attempt) and attempt.true_outcome != "refused":
        return unknown("no final report, and the trace ends early", *evidence)
    if wanted in ("connected", "failed"):
        got = attempt.reported_outcome
        return judged("no final report" if got == "unknown" else got, holds=got == wanted, evidence=evidence)
    reports = [each for each in attempt.transfer.subscription.notifies if reported_status(each) is not None]
    evidence = tuple(notify.request.n for notify in reports[-1:])
    got_code = attempt.progress[-1] if attempt.progress else None
    shown = "no report" if got_code is None else str(got_code)
    return judged(shown, holds=all(fits(one, got_code) for one in codes(wanted)), evidence=evidence)


def _ends_early(attempt: Attempt) -> bool:
    return not attempt.case.trace.header.complete


def _of_fate(attempt: Attempt, wanted: Wanted) -> Answer:
    fate = attempt.caller_fate
    if _ends_early(attempt) and fate.value in OPEN_FATES:
        return unknown(f"{fate.why}, and the trace ends early", *fate.evidence)
    return compared(fate.value, wanted, fate.why, fate.evidence)


_OF_ATTEMPT: dict[str, Callable[[Attempt, Wanted], Answer]] = {
    "outcome": _of_outcome,
    "truth": _of_truth,
    "refer": _of_refer,
    "reported": _of_report,
    "caller_fate": _of_fate,
}

_WHOLE: dict[str, Callable[[Wanted, Story], Answer]] = {
    "outcome": _outcome,
    "reaches": _reaches,
    "refer": _refer,
    "progress": _progress,
    "progress_exactly": _progress_exactly,
    "legs_left": _legs_left,
    "attempts": _count,
    "never": _never,
    "violations": _violations,
}
