"""A run in plain sentences: what was asked, what was claimed, what happened, where the caller ended.

Shared by the terminal, the page, JUnit and pytest. Must not live here: layout, colour, HTML.
"""

from collections import Counter
from collections.abc import Iterable, Mapping

from harness.results.model import (
    ExpectationEntry,
    FindingEntry,
    Results,
    RunEntry,
    RunVerdict,
    TransferEntry,
    Who,
)

RFC_STYLE = {"cold": "basic transfer", "warm": "attended transfer", "attended": "three-way"}
"""What RFC 5589 (sections 6, 7.3 and 9) calls the styles."""

_FATES = {
    "with-human": "the caller ended up with the human",
    "with-agent": "the caller is back with the agent",
    "with-voicemail": "the caller ended up with a voicemail box",
    "in-queue": "the caller ended up in a queue",
    "held": "the caller was left on hold",
    "alone": "the caller was left alone",
    "dropped": "the caller was dropped",
    "hung-up": "the caller hung up",
}
_HAPPENED = {
    "connected": "{target} answered",
    "failed": "{target} was not reached",
    "abandoned": "the call to {target} was given up before anybody answered",
    "refused": "nobody was called",
    "unknown": "whether {target} answered cannot be told from these messages",
}
_CLAIMED = {
    "connected": "{referee} reported success",
    "failed": "{referee} reported failure",
    "unknown": "{referee} reported no final result",
}
_TRUTHS = {
    "truthful": "the report is true",
    "premature-success": "success was reported before anybody answered",
    "false-success": "the reported success is false",
    "wrong-party": "somebody else answered than the one who was asked for",
    "false-failure": "the reported failure is false",
    "wrong-status": "the failure was reported with another status than the target gave",
    "late": "the report came late",
    "contradictory": "two reports contradict each other",
    "uninformative": "the report ended without a final status",
    "silent": "no final status was ever reported",
    "undelivered": "the final report was never accepted",
    "not-owed": "no report was owed",
    "undecidable": "whether the report is true cannot be decided",
}

VERDICTS: Mapping[RunVerdict, str] = {
    "pass": "passed",
    "fail": "failed",
    "invalid": "invalid",
    "inconclusive": "inconclusive",
    "broken": "broken",
}
"""Verdicts as the words that follow a number."""

_NOTHING_KNOWN = "nobody asked for a transfer, and what became of the caller cannot be told"


def story(run: RunEntry) -> str:
    """The run in a few sentences of plain text, without line breaks."""
    if run.verdict == "invalid" and run.mode != "capture":
        return "Nothing was played: the scenario has mistakes."
    if run.error is not None and not run.transfers:
        return _sentence(run.error.splitlines()[0] if run.error else run.verdict)
    if not run.transfers and not run.handoffs:
        return f"Nobody asked for a transfer: there is no REFER in {counted(run.messages, 'message')}."
    sentences = [attempt(transfer) for transfer in run.transfers]
    sentences += [_FATES[handoff.caller_fate] for handoff in run.handoffs if handoff.caller_fate in _FATES]
    return " ".join(_sentence(text) for text in sentences or [_NOTHING_KNOWN])


def attempt(transfer: TransferEntry) -> str:
    """One REFER: who asked whom, the claim, the outcome, the truth. No final stop."""
    names = {
        "referrer": name(transfer.referrer, "somebody"),
        "referee": name(transfer.referee, "the other side"),
        "target": name(transfer.target, "the target"),
    }
    moved = name(transfer.moved, "")
    who = f"the call of {moved}" if moved and moved != names["referee"] else "the call"
    answer = "no answer" if transfer.refer_status is None else str(transfer.refer_status)
    # Where another answered, the target is not the one who was asked for.
    wanted = transfer.asked or ("" if transfer.truth == "wrong-party" else names["target"])
    whither = f" to {wanted}" if wanted else ""
    asked = "{referrer} asked {referee} to move ".format(**names) + f"{who}{whither} (REFER: {answer})"
    outcome = happened(transfer)
    if transfer.truth == "not-owed":
        return f"{asked}; {outcome}"
    claimed = _CLAIMED.get(transfer.reported_outcome, transfer.reported_outcome).format(**names)
    truth = _TRUTHS.get(transfer.truth, transfer.truth)
    return f"{asked}; {claimed}; {outcome}: {truth}"


def happened(transfer: TransferEntry) -> str:
    """What came of the call to the target, as a clause: `human answered`."""
    told = _HAPPENED.get(transfer.true_outcome, transfer.true_outcome)
    return told.format(target=name(transfer.target, "the target"))


def truth_is_good(transfer: TransferEntry) -> bool | None:
    """True for an honest or an absent claim, False for a lie, None where it cannot be decided."""
    if transfer.truth == "undecidable":
        return None
    return transfer.truth in ("truthful", "not-owed")


def wish(expectation: ExpectationEntry) -> str:
    """`outcome: wanted connected, got failed`; what must never be is wanted as `none of [dropped]`."""
    none_of = "none of " if expectation.name.endswith(".never") else ""
    return f"{expectation.name}: wanted {none_of}{expectation.wanted}, got {expectation.got}"


def complaint(finding: FindingEntry) -> str:
    """`carrier: text (rule, RFC section)`."""
    who = f"{finding.who}: " if finding.who else ""
    cites = f", {finding.cites}" if finding.cites and finding.cites != "practice" else ""
    return f"{who}{finding.text} ({finding.rule}{cites})"


def unmet(run: RunEntry) -> list[ExpectationEntry]:
    """Expectations that did not pass: failed ones first, then what the file asked for and is undecided.

    That not all steps were played only sums up: the step that failed stands before it.
    """
    failed = [each for each in run.expectations if each.verdict == "fail"]
    failed.sort(key=lambda each: each.name == "steps")
    return failed + [each for each in run.expectations if each.verdict == "inconclusive" and each.asked]


def broken_rules(run: RunEntry) -> list[FindingEntry]:
    """Findings that fail the run."""
    return [each for each in run.findings if each.verdict == "fail" and not each.expected]


def warnings(run: RunEntry) -> list[FindingEntry]:
    """Findings milder than what fails a run."""
    return [each for each in run.findings if each.verdict == "warn" and not each.expected]


def kind_of_runs(results: Results) -> str:
    """`1 capture`, `18 scenarios`: what was judged, counted."""
    count = len(results.runs)
    kind = "capture" if count and all(run.mode == "capture" for run in results.runs) else "scenario"
    return counted(count, kind)


def verdict_counts(verdicts: Iterable[RunVerdict], what: str = "scenario") -> str:
    """`18 scenarios: 17 passed, 1 failed`."""
    counts = Counter(verdicts)
    parts = [f"{counts[verdict]} {word}" for verdict, word in VERDICTS.items() if counts[verdict]]
    return f"{counted(counts.total(), what)}: {', '.join(parts)}"


def counted(count: int, what: str) -> str:
    """`1 message`, `2 messages`."""
    return f"{count} {what}{'' if count == 1 else 's'}"


def name(who: Who, unknown: str) -> str:
    """The party's name, else its address, else `unknown`."""
    return who.name or who.address or unknown


def _sentence(text: str) -> str:
    text = text.rstrip(".")
    return text[:1].upper() + text[1:] + "."
