"""The steps and faults of a plan as `show` prints them: one line each, nothing left to a default.

Must not live here: the rest of the plan (`show.py`).
"""

from collections.abc import Iterator, Sequence

from harness.base.instant import format_duration
from harness.scenario import steps
from harness.scenario.yaml_words import Entries, block, text

_FLAGS = {True: "true", False: "false"}


def step_lines(row: Sequence[steps.Step]) -> Iterator[str]:
    """`steps:` and a line for each; nothing where there are none."""
    if row:
        yield "steps:"
    for step in row:
        if isinstance(step, steps.Wait):
            yield f"  - wait: {format_duration(step.pause_ns)}"
        elif isinstance(step, steps.Disturb):
            yield f"  - fault: {_fault(step.fault)}"
        else:
            word, entries = _entries(step)
            yield f"  - {word}: {block(entries)}"


def fault_lines(faults: Sequence[steps.Fault]) -> Iterator[str]:
    """`faults:` and a line for each; nothing where there are none."""
    if faults:
        yield "faults:"
    yield from (f"  - {_fault(fault)}" for fault in faults)


def _fault(fault: steps.Fault) -> str:
    entries: Entries = [(fault.kind, text(fault.message))]
    entries += _named(("from", fault.sender or ""), ("to", fault.to or ""))
    entries.append(("number", str(fault.number)))
    if fault.kind in ("delay", "duplicate"):
        entries.append(("by", format_duration(fault.by_ns)))
    return block(entries)


def _entries(step: steps.Step) -> tuple[str, Entries]:
    """The word of a step and what stands behind it."""
    here: Entries = [("as", text(step.who)), *_named(("in", step.call))]
    match step:
        case steps.Call():
            return "call", _named(("from", step.who), ("to", step.to), ("as", step.call))
        case steps.Ring():
            return "ring", [*here, ("status", str(step.status))]
        case steps.Answer():
            return "answer", here
        case steps.Reject():
            return "reject", [*here, ("status", str(step.status))]
        case steps.Turn():
            return "hold" if step.direction == "sendonly" else "resume", here
        case steps.Cancel():
            return "cancel", here
        case steps.Bye():
            return "bye", [*here, *_named(("to", step.to))]
        case steps.Refer():
            return "refer", [*here, ("to", text(step.target)), *_headers(step.headers), *_name(step.name)]
        case _:
            return _message(step, here)


def _message(step: steps.Step, here: Entries) -> tuple[str, Entries]:
    match step:
        case steps.Notify():
            here += _named(("to", step.to))
            here += [("status", str(step.status)), ("state", "active" if step.active else "terminated")]
            here += [("event", text(step.event)), ("deliberate", _FLAGS[step.deliberate])]
            return "notify", [*here, *_name(step.name)]
        case steps.Send():
            here += [*_named(("to", step.to)), ("request", step.method), *_headers(step.headers)]
            here += [("body", text(step.body))] if step.body else []
            return "send", [*here, ("deliberate", _FLAGS[step.deliberate]), *_name(step.name)]
        case steps.SendRaw():
            here += [*_named(("to", step.to)), ("exact", _FLAGS[step.exact])]
            here += [("retransmit", _FLAGS[step.retransmit]), ("deliberate", _FLAGS[step.deliberate])]
            return "send_raw", [*here, *_name(step.name), ("text", text(step.text))]
        case steps.Expect():
            asked: Entries = [("at", text(step.who)), *_named(("in", step.call))]
            asked.append(("request", step.method) if step.method else ("response", str(step.status)))
            asked += [*_named(("to", step.to)), *_headers(step.headers)]
            return "expect", [*asked, ("within", format_duration(step.within_ns))]
        case _:
            assert isinstance(step, steps.Never), "every kind of step has its line"
            asked = [("request", step.method)]
            asked += _named(("from", step.sender or ""), ("to", step.to or ""))
            return "never", [*asked, ("for", format_duration(step.for_ns))]


def _named(*entries: tuple[str, str]) -> Entries:
    return [(key, text(value)) for key, value in entries if value]


def _name(name: str) -> Entries:
    return _named(("name", name))


def _headers(headers: steps.Headers) -> Entries:
    return [("headers", block([(text(key), text(value)) for key, value in headers]))] if headers else []
