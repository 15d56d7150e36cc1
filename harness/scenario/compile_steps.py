"""The typed steps and faults made values of the plan, every default filled in.

Must not live here: whether they make sense (`step_check.py`), parties and expectations (`compile.py`).
"""

from collections.abc import Iterator, Sequence
from typing import TypedDict

from harness.base.instant import MS
from harness.base.span import Span
from harness.scenario import step_model as model
from harness.scenario import steps
from harness.scenario.plan import Expectation
from harness.scenario.source import Node, Series, Table
from harness.scenario.typed import Words


class _Place(TypedDict):
    """What every step has."""

    number: int
    line: int
    column: int


FAULT_BY_NS = 100 * MS
"""How late a delayed message or a second copy is unless the scenario says so."""


def faults_of(written: Sequence[model.Disturbance], root: Table) -> tuple[steps.Fault, ...]:
    """The faults of the file, each with its place in it."""
    return tuple(fault_of(each, span) for each, span in zip(written, _spans(root, "faults"), strict=True))


def fault_of(block: model.Disturbance, span: Span) -> steps.Fault:
    """One fault; the model holds that it is one."""
    kind = next(word for word in model.FAULTS if getattr(block, word) is not None)
    timed = kind in ("delay", "duplicate")
    by_ns = FAULT_BY_NS if block.by is None else block.by
    return steps.Fault(
        kind=kind,  # type: ignore[arg-type]  # the words are the kinds
        message=getattr(block, kind),
        sender=block.sender,
        to=block.to,
        number=block.number,
        by_ns=by_ns if timed else 0,
        line=span.line,
        column=span.column,
    )


def steps_of(written: Sequence[model.StepWords], root: Table) -> tuple[steps.Step, ...]:
    """The steps in order, each with its place in the file."""
    maker = _Maker()
    return tuple(
        maker.step(number, each, span)
        for number, (each, span) in enumerate(zip(written, _spans(root, "steps"), strict=True), 1)
    )


def expectations_of(row: Sequence[steps.Step], root: Table) -> Iterator[Expectation]:
    """What the steps themselves ask for: that each was played, and what `expect` and `never` say."""
    pair = root.pair("steps")
    assert pair is not None, "there are steps"
    yield Expectation("steps", len(row), pair.key.span.line, pair.key.span.column)
    for step in row:
        if isinstance(step, steps.Expect | steps.Never):
            yield Expectation(f"steps.{step.number}.{step.word}", step, step.line, step.column)


def refers(row: Sequence[steps.Step]) -> bool:
    """True when some step sends a REFER, so that there is a transfer to be truthful about."""
    return any(
        isinstance(step, steps.Refer)
        or (isinstance(step, steps.Send | steps.SendRaw) and step.method.upper() == "REFER")
        for step in row
    )


def _spans(root: Table, key: str) -> Iterator[Span]:
    """Where each item of a list stands, or the one that stands for a list; nothing without the key."""
    node: Node | None = root.get(key)
    if node is None:
        return
    items = node.items if isinstance(node, Series) else (node,)
    for item in items:
        assert isinstance(item, Table), "the model lets nothing else through"
        yield item.pairs[0].key.span


class _Maker:
    """Fills in which call a step without `in:` means."""

    def __init__(self) -> None:
        self.calls: dict[str, tuple[str, str]] = {}
        self.referred = False

    def step(self, number: int, words: model.StepWords, span: Span) -> steps.Step:
        kind = next(word for word in model.KINDS if getattr(words, word) is not None)
        place: _Place = {"number": number, "line": span.line, "column": span.column}
        block = getattr(words, kind)
        if kind == "wait":
            return steps.Wait(**place, pause_ns=block)
        if kind == "fault":
            return steps.Disturb(**place, fault=fault_of(block, span))
        return self._made(kind, block, place)

    def _made(self, kind: str, block: Words, place: _Place) -> steps.Step:
        match block:
            case model.CallStep() | model.ConsultStep():
                self.calls[block.name] = (block.sender, block.to)
                return steps.Call(**place, who=block.sender, to=block.to, call=block.name)
            case model.RingStep():
                return steps.Ring(**place, who=block.who, call=self._call(block), status=block.status)
            case model.RejectStep():
                return steps.Reject(**place, who=block.who, call=self._call(block), status=block.status)
            case model.ReferStep():
                self.referred = True
                return steps.Refer(
                    **place, who=block.who, call=self._call(block), target=block.to,
                    headers=tuple(block.headers.items()), name=block.name or "",
                )  # fmt: skip
            case model.ByeStep():
                return steps.Bye(**place, who=block.who, call=self._call(block), to=block.to or "")
            case model.PartyStep():
                return _plain(kind, block.who, self._call(block), place)
            case _:
                return self._message(block, place)

    def _message(self, block: Words, place: _Place) -> steps.Step:
        match block:
            case model.NotifyStep():
                active = block.status < 200 if block.state is None else block.state == "active"
                return steps.Notify(
                    **place, who=block.who, call=self._call(block), to=block.to or "", status=block.status,
                    active=active, event=block.event, deliberate=block.deliberate, name=block.name or "",
                )  # fmt: skip
            case model.SendStep():
                self.referred = True
                return steps.Send(
                    **place, who=block.who, call=block.call or "", to=block.to or "", method=block.request,
                    headers=tuple(block.headers.items()), body=block.body, deliberate=block.deliberate,
                    name=block.name or "",
                )  # fmt: skip
            case model.SendRawStep():
                self.referred = True
                return steps.SendRaw(
                    **place, who=block.who, call=block.call or "", to=block.to or "", text=block.text,
                    exact=block.exact, retransmit=block.retransmit, deliberate=block.deliberate,
                    name=block.name or "",
                )  # fmt: skip
            case model.ExpectStep():
                return steps.Expect(
                    **place, who=block.at, call=block.call or "", method=block.request or "",
                    status=block.response or 0, to=block.to or "", headers=tuple(block.headers.items()),
                    within_ns=steps.WITHIN_NS if block.within is None else block.within,
                )  # fmt: skip
            case _:
                assert isinstance(block, model.NeverStep), "every block has its case"
                return steps.Never(
                    **place, method=block.request, sender=block.sender, to=block.to or block.at,
                    for_ns=block.duration,
                )  # fmt: skip

    def _call(self, block: "model.PartyStep | model.ByeStep | model.NotifyStep") -> str:
        """The call that is meant: the named one, else the last of this party; "" for a triggered one."""
        if block.call is not None:
            return block.call
        mine = [name for name, ends in self.calls.items() if block.who in (*ends, "carrier")]
        return mine[-1] if mine else ""


def _plain(kind: str, who: str, call: str, place: _Place) -> steps.Step:
    if kind == "answer":
        return steps.Answer(**place, who=who, call=call)
    if kind == "cancel":
        return steps.Cancel(**place, who=who, call=call)
    return steps.Turn(**place, who=who, call=call, direction="sendonly" if kind == "hold" else "sendrecv")
