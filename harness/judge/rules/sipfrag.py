"""Rules on the body of a NOTIFY about a REFER: its form (RFC 3420) and its truth (RFC 3515).

Must not live here: the headers of the NOTIFY (`notify.py`).
"""

import re
from collections.abc import Iterator

from harness.judge.rule import PASSED, Check, rule
from harness.judge.rules.facts import Report, facts_of
from harness.judge.truth import failed_too_soon
from harness.trace.model import Case, Leg, Transfer

_STATUS_LINE = re.compile(rb"SIP/2\.0 [1-6][0-9][0-9] [^\r\n]*")
_CALL_ID = re.compile(rb"(?im)^(?:call-id|i)[ \t]*:([^\r\n]*)")
_EXPOSING = ("contact", "m", "via", "v", "record-route", "route", "server", "user-agent")


def _fragments(case: Case) -> Iterator[Report]:
    """The NOTIFYs about a REFER whose body claims to be a sipfrag and is not empty."""
    for report in facts_of(case).reports:
        if report.about_refer and report.message.content_type == "message/sipfrag" and report.message.body:
            yield report


@rule(
    "RFC3515-2.4.5-1",
    level="MUST",
    severity="breaks-transfer",
    cites="RFC 3515 section 2.4.5",
    role="notifier",
    text="Each NOTIFY about a REFER has a message/sipfrag body",
)
def notify_has_sipfrag(case: Case) -> Iterator[Check]:
    """Look at Content-Type and at the length of the body."""
    for report in facts_of(case).reports:
        if not report.about_refer:
            continue
        message = report.message
        if message.content_type == "message/sipfrag" and message.body:
            yield PASSED
        elif not message.body:
            yield Check.failed("the NOTIFY has no body", report.entry, who=report.entry.source)
        else:
            text = f"the body of the NOTIFY is {message.content_type or 'of no type'}, not message/sipfrag"
            yield Check.failed(text, report.entry, who=report.entry.source)


@rule(
    "RFC3515-2.4.5-2",
    level="MUST",
    severity="breaks-transfer",
    cites="RFC 3515 section 2.4.5",
    role="notifier",
    text="The sipfrag begins with a SIP status line",
)
def sipfrag_begins_with_status(case: Case) -> Iterator[Check]:
    """Match the first line; the reason phrase is free and may be empty."""
    for report in _fragments(case):
        if _STATUS_LINE.match(report.message.body):
            yield PASSED
        else:
            text = f"the sipfrag begins with {_first_line(report)!r}, which is no status line"
            yield Check.failed(text, report.entry, who=report.entry.source)


def _first_line(report: Report) -> str:
    line = report.message.body.partition(b"\n")[0].rstrip(b"\r").decode("latin-1")
    return line if len(line) <= 40 else line[:40] + "..."


@rule(
    "RFC3420-3.2-1",
    level="MUST",
    severity="interop-risk",
    cites="RFC 3420 section 3.2",
    role="notifier",
    text="The start line of a sipfrag is complete, with its CRLF",
)
def sipfrag_line_is_complete(case: Case) -> Iterator[Check]:
    """A status line cut short fails; a missing CR or CRLF is so common that it is information."""
    for report in _fragments(case):
        body = report.message.body
        line, newline, _ = body.partition(b"\n")
        if line.startswith(b"SIP/") and not _STATUS_LINE.match(line):
            text = f"the status line {_first_line(report)!r} is not complete"
            yield Check.failed(text, report.entry, who=report.entry.source)
        elif not newline:
            text = "the start line of the sipfrag has no line end"
            yield Check.informed(text, report.entry, who=report.entry.source)
        elif not line.endswith(b"\r"):
            text = "the start line of the sipfrag ends in a bare LF"
            yield Check.informed(text, report.entry, who=report.entry.source)
        else:
            yield PASSED


@rule(
    "RFC3420-2-1",
    level="MUST",
    severity="cosmetic",
    cites="RFC 3420 section 2",
    role="notifier",
    text="A sipfrag that has a body also has the Content-Type of that body",
)
def sipfrag_body_is_described(case: Case) -> Iterator[Check]:
    """Judge sipfrags with octets behind an empty line."""
    for report in _fragments(case):
        head, blank, rest = report.message.body.partition(b"\r\n\r\n")
        if not blank or not rest.strip():
            continue
        names = {line.partition(b":")[0].strip().lower() for line in head.split(b"\r\n")}
        if names & {b"content-type", b"c"}:
            yield PASSED
        else:
            yield Check.failed(
                "the sipfrag has a body without Content-Type", report.entry, who=report.entry.source
            )


@rule(
    "RFC3515-5.3.3-1",
    level="SHOULD",
    severity="cosmetic",
    cites="RFC 3515 section 5.3.3",
    role="notifier",
    text="The sipfrag tells no more of the refer target than needed",
)
def sipfrag_exposes_little(case: Case) -> Iterator[Check]:
    """Name the headers and bodies that tell where and what the refer target is: information only."""
    for report in _fragments(case):
        head, _, rest = report.message.body.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\n")[1:]
        names = [line.partition(":")[0].strip() for line in lines]
        shown = [name for name in names if name.lower() in _EXPOSING]
        shown += ["a session description"] if rest.startswith(b"v=0") else []
        if shown:
            text = f"the sipfrag also shows {', '.join(shown)} of the refer target"
            yield Check.informed(text, report.entry, who=report.entry.source)
        else:
            yield PASSED


@rule(
    "RFC3515-2.4.5-3",
    level="MUST",
    severity="breaks-transfer",
    cites="RFC 3515 section 2.4.5",
    role="notifier",
    text="The final status reported is the one the refer target gave, and not before it gave it",
)
def final_status_is_true(case: Case) -> Iterator[Check]:
    """Compare the class of the last final status with the refer target's leg, where that is seen."""
    facts = facts_of(case)
    for transfer in case.transfers:
        last = next((report for report in reversed(facts.reports_of(transfer)) if report.final), None)
        if last is None or not transfer.triggered:
            continue
        text = _untrue(transfer, last, closed=facts.closed)
        if text is None:
            yield PASSED
        else:
            yield Check.failed(
                text, last.entry, transfer.triggered[-1].invites[0].request, who=last.entry.source
            )


def _untrue(transfer: Transfer, last: Report, *, closed: bool) -> str | None:
    """What is wrong with the report, or None."""
    at_ns, status = last.entry.at_ns, last.status or 0
    answers = [leg.answered for leg in transfer.triggered if leg.answered is not None]
    if status < 300:
        if any(answer.at_ns <= at_ns for answer in answers):
            return None
        return f"{status} was reported{_instead(transfer, bool(answers))}"
    if any(answer.at_ns <= at_ns for answer in answers) and not _called_off(transfer.triggered[-1]):
        return f"{status} was reported, but the refer target had answered with 200"
    leg = transfer.triggered[-1]
    if failed_too_soon(leg, at_ns) and (closed or _ended_later(leg)):
        return f"{status} was reported before the refer target had refused or was cancelled"
    # What the referee itself cancelled, or what never answered, it may name as it likes.
    if leg.refused is None or leg.cancel is not None or leg.refused.at_ns > at_ns:
        return None
    given = leg.refused.message.status
    if given // 100 in (status // 100, 3) or given in (401, 407):
        return None
    return f"{status} was reported, but the refer target answered {given}"


def _called_off(leg: Leg) -> bool:
    """True when the 200 crossed the CANCEL: the referee then ends the call, and nobody was reached."""
    cancel, answer = leg.cancel, leg.answered
    return cancel is not None and answer is not None and cancel.request.at_ns <= answer.at_ns


def _ended_later(leg: Leg) -> bool:
    """True when the trace shows how the call ended after all; else the CANCEL may only be unseen."""
    return leg.refused is not None or leg.cancel is not None


def _instead(transfer: Transfer, answered: bool) -> str:
    """How the refer target's leg went on after a success that was reported too soon."""
    if answered:
        return " before the refer target had answered"
    refused = transfer.triggered[-1].refused
    if refused is None:
        return ", but the refer target never answered"
    return f", but the refer target answered {refused.message.status}"


@rule(
    "sipfrag-tells-of-its-own-call",
    level="PRACTICE",
    severity="breaks-transfer",
    cites="RFC 3515 section 2.4.5",
    role="notifier",
    text="A sipfrag that names a call names the one that the REFER led to",
)
def sipfrag_tells_of_its_own_call(case: Case) -> Iterator[Check]:
    """Judge a Call-ID in the sipfrag that is that of another call of the trace."""
    for report in _fragments(case):
        named = _CALL_ID.search(report.message.body)
        call_id = "" if named is None else named[1].decode("latin-1").strip()
        if not call_id or not report.transfer.triggered:
            continue
        if call_id in {leg.call_id for leg in report.transfer.triggered}:
            yield PASSED
        elif call_id in {leg.call_id for leg in case.legs}:
            text = f"the sipfrag names the call {call_id}, which is not the one that the REFER led to"
            yield Check.failed(text, report.entry, who=report.entry.source)
