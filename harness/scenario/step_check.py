"""Mistakes of the long form that one key alone does not show: order, names, who can do what where.

Walks the nodes once, with what has been called, sent and ended so far; tolerates every shape of file.
Must not live here: what a single value may be (`values.py`), templates (`step_template.py`).
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from harness.base.span import Mistake, Span
from harness.scenario.source import Node, Pair, Scalar, Series, Table
from harness.scenario.step_model import FAULTS, KINDS, Disturbance, ExpectStep
from harness.scenario.step_template import Templates
from harness.scenario.steps import LAST
from harness.scenario.typed import keys_of
from harness.scenario.vocabulary import suggest
from harness.scenario.words import LATER

SHORT_ONLY = ("transfer", "by", "direction", "context", "fallback")
AGENT_ONLY = ("waits", "leaves", "leaves_after", "holds", "refer_sub", "refers_to")
SENDING = ("refer", "notify", "send", "send_raw")
CALLED = ("ring", "answer", "reject")


@dataclass(frozen=True, slots=True)
class _Made:
    """A call that a step makes."""

    sender: str
    to: str
    line: int

    @property
    def ends(self) -> tuple[str, str]:
        return self.sender, self.to


@dataclass(frozen=True, slots=True)
class Act:
    """One step as it is written: its word and the block behind it."""

    word: Scalar
    value: Node

    def span(self, key: str) -> Span:
        """Where a value stands; the word of the step where it is not written."""
        if key == "as" and isinstance(self.value, Scalar):
            return self.value.span
        pair = self.pair(key)
        return self.word.span if pair is None else pair.value.span

    def pair(self, key: str) -> Pair | None:
        """The line of that key."""
        return self.value.pair(key) if isinstance(self.value, Table) else None

    def text(self, key: str, default: str = "") -> str:
        """The value of that key; `answer: human` is `as: human`."""
        if isinstance(self.value, Scalar):
            return self.value.text if key == "as" else default
        pair = self.pair(key)
        return pair.value.text if pair is not None and isinstance(pair.value, Scalar) else default


def check_steps(root: Table, parties: tuple[str, ...], templates: Templates) -> list[Mistake]:
    """Everything that is wrong between the steps of a file, and between faults. `templates` are the texts of
    the file that have been looked at, with other values of its parameters."""
    found = [mistake for fault in _items(root.get("faults")) for mistake in _fault(fault)]
    if root.get("steps") is not None:
        found += _beside(root)
        found += _Walk(root, parties, templates).mistakes()
    return found


def acts_of(root: Table) -> Iterator[Act]:
    """The steps that say one thing, in order."""
    for item in _items(root.get("steps")):
        known = [pair for pair in item.pairs if pair.key.text in KINDS] if isinstance(item, Table) else []
        if len(known) == 1:
            yield Act(known[0].key, known[0].value)


def _items(node: Node | None) -> tuple[Node, ...]:
    if node is None:
        return ()
    return node.items if isinstance(node, Series) else (node,)


def misspelt(node: Node, known: Collection[str]) -> bool:
    """Whether a block has a key that is none; then that is told, and not what is missing for it."""
    return isinstance(node, Table) and any(pair.key.text not in known for pair in node.pairs)


def _beside(root: Table) -> Iterator[Mistake]:
    """Words of the short form that have no meaning where steps say what happens."""
    for word in SHORT_ONLY:
        pair = root.pair(word)
        if pair is not None:
            yield Mistake(
                pair.key.span, f"{word!r} has no meaning beside 'steps'", "the steps say who does what"
            )
    agent = root.get("agent")
    for pair in agent.pairs if isinstance(agent, Table) else ():
        if pair.key.text in AGENT_ONLY:
            text = f"{pair.key.text!r} has no meaning beside 'steps'"
            yield Mistake(pair.key.span, text, "the agent does what the steps say, and nothing else")
    for item in _items(root.get("steps")):
        if isinstance(item, Table):
            words = [pair for pair in item.pairs if pair.key.text in KINDS]
            for pair in words[1:]:
                text = f"{words[0].key.text!r} and {pair.key.text!r} are two steps"
                yield Mistake(pair.key.span, text, "start each with its own '- '")
            later = any(pair.key.text in LATER["StepWords"] for pair in item.pairs)
            if not item.pairs and not later:
                yield Mistake(item.span, "this step is empty", "such as 'answer: human'")


def _fault(node: Node) -> Iterator[Mistake]:
    if not isinstance(node, Table):
        return
    kinds = [pair for pair in node.pairs if pair.key.text in FAULTS]
    if not kinds and not misspelt(node, keys_of(Disturbance)):
        yield Mistake(node.span, "a fault is one of: " + ", ".join(FAULTS), "such as drop: REFER")
    for pair in kinds[1:]:
        yield Mistake(pair.key.span, f"{kinds[0].key.text!r} and {pair.key.text!r} are two faults")
    by = node.pair("by")
    if by is not None and kinds and kinds[0].key.text not in ("delay", "duplicate"):
        yield Mistake(by.key.span, f"'by' has no meaning with {kinds[0].key.text!r}")


@dataclass
class _Walk:
    """What is known at each step: the calls so far, what was sent, what is over."""

    root: Table
    parties: tuple[str, ...]
    templates: Templates
    calls: dict[str, _Made] = field(default_factory=dict)
    over: dict[str, int] = field(default_factory=dict)
    requests: dict[str, str] = field(default_factory=dict)
    """Name of a request -> who sent it."""
    senders: set[str] = field(default_factory=set)
    referred: bool = False

    def mistakes(self) -> list[Mistake]:
        found: list[Mistake] = []
        for act in acts_of(self.root):
            found += self._one(act)
        return found

    def _one(self, act: Act) -> Iterator[Mistake]:
        kind = act.word.text
        if kind in ("call", "consult"):
            yield from self._call(act)
        elif kind == "expect":
            yield from self._expect(act)
        elif kind == "never":
            if act.pair("to") is not None and (at := act.pair("at")) is not None:
                yield Mistake(at.key.span, "'at' and 'to' say the same", "write one of them")
        elif kind == "fault":
            yield from _fault(act.value)
        elif kind != "wait":
            yield from self._act(act)

    def _call(self, act: Act) -> Iterator[Mistake]:
        consult = act.word.text == "consult"
        sender = act.text("from", "agent" if consult else "")
        to = act.text("to", "human" if consult else "")
        name = act.text("as")
        if sender and sender == to:
            yield Mistake(act.span("to"), f"{sender} cannot call itself")
        if name in (*self.parties, LAST, "range", "new"):
            yield Mistake(act.span("as"), f"{name!r} stands for something else", "give the call another name")
        elif name in self.calls:
            text = f"the name {name!r} is given twice"
            yield Mistake(act.span("as"), text, f"line {self.calls[name].line} has it too")
        elif name:
            self.calls[name] = _Made(sender, to, act.word.span.line)
            self.senders.add(sender)

    def _act(self, act: Act) -> Iterator[Mistake]:
        kind, who = act.word.text, act.text("as")
        if kind == "notify":
            who = act.text("as", "carrier")
        outside = kind in ("send", "send_raw") and act.pair("in") is None
        if outside:
            yield from self._outside(act, who)
        else:
            yield from self._inside(act, kind, who)
        if kind == "send_raw":
            mine = tuple(name for name, made in self.calls.items() if who in (*made.ends, "carrier"))
            yield from self.templates.mistakes(act.pair("text"), ("new",) if outside else mine, self.parties)
        if kind in SENDING:
            self.referred = True
            self.senders.add(who)
            name = act.text("name")
            if name in self.requests or name == LAST:
                yield Mistake(act.span("name"), f"the name {name!r} is given twice, or means something else")
            elif name:
                self.requests[name] = who

    def _outside(self, act: Act, who: str) -> Iterator[Mistake]:
        to = act.text("to")
        if act.pair("to") is None:
            hint = "in: NAME of a call, or to: PARTY outside of any"
            yield Mistake(act.word.span, f"this {act.word.text} does not say where it goes", hint)
        elif to == who:
            yield Mistake(act.span("to"), f"{who} cannot send to itself")

    def _inside(self, act: Act, kind: str, who: str) -> Iterator[Mistake]:
        if who not in self.parties:
            return  # said already
        name = act.text("in")
        made = self.calls.get(name)
        if act.pair("in") is not None and made is None:
            yield self._unknown(act, name)
            return
        mine = [known for known, call in self.calls.items() if who in (*call.ends, "carrier")]
        if made is None and mine:
            name = mine[-1]
            made = self.calls[name]
        if made is None:
            if not self.referred or who == "carrier":
                yield Mistake(act.span("as"), f"{who} is in no call yet", "a 'call' step makes one")
            return
        if who == "carrier":
            yield from self._carrier(act, made)
        elif who not in made.ends:
            text = f"{who} is not in the call {name!r}"
            yield Mistake(act.span("in"), text, f"{made.sender} and {made.to} are")
            return
        if act.pair("in") is None and self.referred and who not in ("caller", "agent"):
            return  # it may mean a call that a transfer has brought
        yield from self._possible(act, kind, who, name, made)

    def _carrier(self, act: Act, made: _Made) -> Iterator[Mistake]:
        to = act.pair("to")
        ends = f"{made.sender} or {made.to}"
        if to is None:
            yield Mistake(act.word.span, "the carrier has two ends of this call", f"say to: {ends}")
        elif act.text("to") not in made.ends and act.text("to") in self.parties:
            yield Mistake(to.value.span, f"{act.text('to')} is not in this call", f"write to: {ends}")

    def _possible(self, act: Act, kind: str, who: str, name: str, made: _Made) -> Iterator[Mistake]:
        if name in self.over:
            text = f"the call {name!r} is over: line {self.over[name]} has ended it"
            yield Mistake(act.word.span, text)
        elif kind in CALLED and who == made.sender:
            text = f"{who} has placed the call {name!r}, so it cannot {kind}"
            yield Mistake(act.word.span, text, f"{made.to} can")
        elif kind == "cancel" and who != made.sender:
            text = f"{who} has not placed the call {name!r}, so it cannot cancel it"
            yield Mistake(act.word.span, text, f"{made.sender} can; {made.to} can reject it")
        if kind in ("bye", "reject", "cancel") and who != "carrier":
            self.over.setdefault(name, act.word.span.line)

    def _unknown(self, act: Act, name: str) -> Mistake:
        later = [each for each in acts_of(self.root) if each.word.text in ("call", "consult")]
        for each in later:
            if each.text("as") == name:
                line = each.word.span.line
                return Mistake(act.span("in"), f"the call {name!r} is used before line {line} makes it")
        hint = suggest(name, [*self.calls]) or "a 'call' step names it: call: {..., as: NAME}"
        return Mistake(act.span("in"), f"there is no call {name[:100]!r}", hint)

    def _expect(self, act: Act) -> Iterator[Mistake]:
        request, response = act.pair("request"), act.pair("response")
        if request is None and response is None and not misspelt(act.value, keys_of(ExpectStep)):
            yield Mistake(act.word.span, "this expect names no message", "request: METHOD or response: CODE")
        elif request is not None and response is not None:
            yield Mistake(response.key.span, "'request' and 'response' exclude each other")
        to, at = act.text("to"), act.text("at")
        name = act.text("in")
        if name and name not in self.calls:
            yield self._unknown(act, name)
        if not to:
            return
        if request is not None:
            yield Mistake(act.span("to"), "'to' has no meaning with 'request'", "it names what was answered")
        elif to == LAST:
            if at in self.parties and at not in self.senders:
                yield Mistake(act.span("to"), f"{at} has sent nothing by a step yet")
        elif to not in self.requests:
            known = [LAST, *self.requests]
            yield Mistake(act.span("to"), f"there is no request {to[:100]!r}", suggest(to, known))
        elif self.requests[to] != at and at in self.parties:
            sender = self.requests[to]
            yield Mistake(act.span("at"), f"{sender} has sent {to!r}, so its answer arrives at {sender}")
