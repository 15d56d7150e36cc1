"""Generic single changes of single messages, made by a loop, and what becomes of the run with each.

Must not live here: faults that somebody thought of (`mutants_of_*.py`), assertions.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from harness.base.endpoint import Endpoint, Transport
from harness.judge.judgement import Judgement, judge
from harness.protocol.host import Host
from harness.runtime.virtual.play import RunDidNotEnd
from harness.scenario.plan import Plan
from harness.wire.sip.grammar import canonical
from harness.wire.sip.message import Message, parse
from tests.ends import shown
from tests.judge.mutation import Fault, Where, with_faults
from tests.ladders import relength

_DIGITS = re.compile(r"\d+")
_PARAMETERS = re.compile(r"(;[^;<>,\r\n]+)(;[^;<>,\r\n]+)$")


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one message."""

    who: str
    what: str
    """The message: `REFER`, `200 BYE`."""
    kind: str
    """drop, double, digit, swap, or class."""
    where: str
    """Canonical header name, `start line`, or the type of a body line: `body o=`."""
    before: bytes
    after: bytes

    def __str__(self) -> str:
        return f"{self.who}: {self.kind} {self.where} of {self.what}"


def changes(plan: Plan, *, thorough: bool) -> Iterator[Change]:
    """Every change of every message that somebody sends in a clean run of the plan."""
    trace = with_faults(plan, {})
    seen: set[bytes] = set()
    for entry in trace.messages():
        if entry.raw in seen:
            continue
        seen.add(entry.raw)
        who, what = trace.name_of(entry.source), shown(entry.message)
        for kind, where, text in _of(entry.raw.decode("latin-1"), thorough=thorough):
            yield Change(who, what, kind, where, entry.raw, text.encode("latin-1"))


def _of(text: str, *, thorough: bool) -> Iterator[tuple[str, str, str]]:
    head, _, body = text.partition("\r\n\r\n")
    start, *rows = head.split("\r\n")
    for changed in _digits(start, thorough=thorough):
        yield "digit", "start line", _joined([changed, *rows], body)
    if start.startswith("SIP/2.0 "):
        digit = {"1": "4", "2": "5", "3": "6", "4": "2", "5": "2", "6": "2"}[start[8]]
        yield "class", "start line", _joined([start[:8] + digit + start[9:], *rows], body)
    for number, row in enumerate(rows):
        name = canonical(row.partition(":")[0])
        others = rows[:number], rows[number + 1 :]
        yield "drop", name, _joined([start, *others[0], *others[1]], body, name)
        yield "double", name, _joined([start, *others[0], row, row, *others[1]], body, name)
        swapped = _PARAMETERS.sub(r"\2\1", row)
        if swapped != row:
            yield "swap", name, _joined([start, *others[0], swapped, *others[1]], body, name)
        for changed in _digits(row, thorough=thorough):
            yield "digit", name, _joined([start, *others[0], changed, *others[1]], body, name)
    lines = body.split("\r\n")[:-1]
    for number, line in enumerate(lines):
        where = f"body {line[:2]}" if line[1:2] == "=" else "body"
        around = lines[:number], lines[number + 1 :]
        yield (
            "drop",
            where,
            _joined([start, *rows], "".join(f"{one}\r\n" for one in (*around[0], *around[1]))),
        )
        for changed in _digits(line, thorough=thorough):
            again = "".join(f"{one}\r\n" for one in (*around[0], changed, *around[1]))
            yield "digit", where, _joined([start, *rows], again)


def _digits(line: str, *, thorough: bool) -> Iterator[str]:
    """The line with the last digit of one of its numbers changed: of the first and the last, or of all."""
    found = list(_DIGITS.finditer(line))
    if not thorough:
        found = [*found[:1], *found[1:][-1:]]
    for each in found:
        at = each.end() - 1
        yield line[:at] + str((int(line[at]) + 1) % 10) + line[at + 1 :]


def _joined(head: list[str], body: str, changed: str = "") -> str:
    text = "\r\n".join(head) + "\r\n\r\n" + body
    return text if changed == "content-length" else relength(text)


def replacing(before: bytes, after: bytes) -> Fault:
    """Send other bytes instead of these, also when they are sent again."""

    def fault(host: Host, _where: Where) -> None:
        send = host.transmit

        def transmit(destination: Endpoint, transport: Transport, message: Message) -> None:
            send(destination, transport, parse(after) if message.raw == before else message)

        host.transmit = transmit  # type: ignore[method-assign]  # this one host alone is changed

    return fault


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a run with one change."""

    change: Change
    noticed_by: tuple[str, ...]
    """Rules that blame the changed party, and `outcome` when the attempts went another way."""
    blamed: Mapping[str, tuple[str, ...]]
    """Others who were blamed with a failure, and by which rules."""
    ended: bool
    """False when the run did not end: somebody of ours waits for ever."""


def outcome_of(plan: Plan, change: Change, clean: Judgement) -> Outcome:
    """Play the plan with one change, and judge it."""
    try:
        trace = with_faults(plan, {change.who: replacing(change.before, change.after)})
    except RunDidNotEnd:
        return Outcome(change, (), {}, ended=False)
    told = judge(trace, plan=plan)
    own = [each.rule for each in told.findings if each.who == change.who and each.verdict != "inconclusive"]
    others = {each.who for each in told.findings if each.verdict == "fail"} - {change.who}
    blamed = {
        who: tuple(each.rule for each in told.findings if each.who == who and each.verdict == "fail")
        for who in sorted(others)
    }
    if story(told) != story(clean):
        own.append("outcome")
    return Outcome(change, tuple(dict.fromkeys(own)), blamed, ended=True)


def story(told: Judgement) -> list[tuple[object, ...]]:
    """What a scenario's expectations may ask of each attempt."""
    return [
        (one.refer_status, one.progress, one.reported_outcome, one.true_outcome, one.truth)
        for one in told.attempts
    ]
