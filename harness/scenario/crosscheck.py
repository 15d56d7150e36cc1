"""Mistakes that one key alone does not show: two keys that exclude each other, names that clash.

Works on the nodes, not on the model, so that it finds its mistakes beside those of the model.
Tolerates every shape of file. Must not live here: what a single value may be (`values.py`).
"""

from collections.abc import Iterator, Sequence

from harness.base.span import Mistake
from harness.scenario.source import Node, Pair, Scalar, Series, Table
from harness.scenario.step_check import check_steps, misspelt
from harness.scenario.step_template import Templates
from harness.scenario.vocabulary import suggest
from harness.scenario.words import EXPECT_WORDS, LATER, NOT_YET, RESERVED

BEHAVIOURS = (
    "answers_after", "busy", "declines", "rejects", "no_answer", "unreachable", "redirects_to",
)  # fmt: skip
"""What a party does with a call: one of these."""


def parties_of(root: Table) -> tuple[str, ...]:
    """Every name of the file, in its order: caller, agent, human, carrier, then `people:`."""
    return (
        *RESERVED,
        *(pair.key.text for pair in _pairs(root.get("people")) if pair.key.text not in RESERVED),
    )


def numbers_of(root: Table) -> tuple[str, ...]:
    """What the parties of the file have as `number:`."""
    blocks = (block for _, block in _party_blocks(root) if isinstance(block, Table))
    return tuple(_text(block.get("number")) for block in blocks if block.get("number") is not None)


def check(root: Table, templates: Templates) -> list[Mistake]:
    """Everything that is wrong between keys; `templates` are those of the file that are checked already."""
    return [
        *_behaviours(root),
        *_placing_side(root),
        *_hidden(root),
        *_numbers(root),
        *_refusal(root),
        *_fallbacks(root),
        *_context(root),
        *_expectations(root),
        *check_steps(root, parties_of(root), templates),
    ]


def _pairs(node: Node | None) -> tuple[Pair, ...]:
    return node.pairs if isinstance(node, Table) else ()


def _items(node: Node | None) -> tuple[Node, ...]:
    if node is None:
        return ()
    return node.items if isinstance(node, Series) else (node,)


def _text(node: Node | None) -> str:
    return node.text if isinstance(node, Scalar) else ""


def _party_blocks(root: Table) -> Iterator[tuple[str, Node]]:
    for name in ("caller", "agent", "human"):
        node = root.get(name)
        if node is not None:
            yield name, node
    for pair in _pairs(root.get("people")):
        yield pair.key.text, pair.value


def _said(pair: Pair) -> bool:
    """False for a flag that is switched off: `busy: false` says nothing."""
    return _text(pair.value).lower() not in ("false", "no", "off")


def _behaviours(root: Table) -> Iterator[Mistake]:
    for _, block in _party_blocks(root):
        chosen = [pair for pair in _pairs(block) if pair.key.text in BEHAVIOURS and _said(pair)]
        for pair in chosen[1:]:
            text = f"{pair.key.text!r} and {chosen[0].key.text!r} exclude each other"
            yield Mistake(pair.key.span, text, "a party does one thing with a call")
        hangs_up = block.pair("hangs_up_after") if isinstance(block, Table) else None
        if hangs_up is not None and chosen and chosen[0].key.text != "answers_after":
            text = f"'hangs_up_after' has no meaning with {chosen[0].key.text!r}: the call is never connected"
            yield Mistake(hangs_up.key.span, text)
        ringing = block.pair("rings_after") if isinstance(block, Table) else None
        if ringing is not None and chosen and _idle_ring(ringing, chosen[0].key.text):
            yield Mistake(ringing.key.span, f"'rings_after' has no meaning with {chosen[0].key.text!r}")


def _idle_ring(ringing: Pair, behaviour: str) -> bool:
    """A party nobody can reach does not ring; one that only rings cannot be silent."""
    return behaviour == "unreachable" or (behaviour == "no_answer" and _text(ringing.value) == "never")


def _placing_side(root: Table) -> Iterator[Mistake]:
    """Who places the first call is not called, so what it would do with a call has no meaning."""
    if root.get("steps") is not None:
        return  # there the steps say who calls whom
    direction = _text(root.get("direction")) or "inbound"
    name = {"inbound": "caller", "outbound": "agent"}.get(direction)
    for pair in _pairs(root.get(name)) if name else ():
        if pair.key.text in (*BEHAVIOURS, "rings_after") and _said(pair):
            text = f"the {name} places the call (direction: {direction}), so {pair.key.text!r} has no meaning"
            yield Mistake(pair.key.span, text)


def _hidden(root: Table) -> Iterator[Mistake]:
    """Only who places a call has a number to hide."""
    direction = _text(root.get("direction")) or "inbound"
    calling = {"inbound": "caller", "outbound": "agent"}.get(direction)
    for name, block in _party_blocks(root):
        pair = block.pair("privacy") if isinstance(block, Table) else None
        if pair is not None and calling is not None and name != calling:
            text = f"{name} places no call (direction: {direction}), so 'privacy' has no meaning"
            yield Mistake(pair.key.span, text, f"the {calling} can hide its number")


def _numbers(root: Table) -> Iterator[Mistake]:
    owners: dict[str, str] = {}
    for name, block in _party_blocks(root):
        number = block.get("number") if isinstance(block, Table) else None
        if not isinstance(number, Scalar):
            continue
        owner = owners.setdefault(number.text, name)
        if owner != name:
            text = f"{name} and {owner} have the same number"
            yield Mistake(number.span, text, "the carrier finds people by their number")


def _refusal(root: Table) -> Iterator[Mistake]:
    carrier = root.get("carrier")
    refuses = carrier.get("refuses") if isinstance(carrier, Table) else None
    if isinstance(refuses, Table) and refuses.get("refer") is not None and (pair := refuses.pair("notify")):
        text = "'notify' and 'refer' exclude each other"
        yield Mistake(pair.key.span, text, "write the one that the REFER gets")


def _fallbacks(root: Table) -> Iterator[Mistake]:
    tried = ["human"]
    for fallback in _items(root.get("fallback")):
        if not isinstance(fallback, Table):
            continue
        to = fallback.get("to")
        if to is not None and _text(to) in ("caller", "agent"):
            text = f"the call cannot fall back to the {_text(to)}"
            yield Mistake(to.span, text, "name a human or a voicemail")
        elif to is not None and (circle := _circle(root, _text(to), tried)):
            yield Mistake(to.span, circle, "name somebody who was not tried yet")
        by = fallback.pair("by")
        if by is not None and _text(by.value) == "target" and _unreachable(root.get("human")):
            text = "nothing answers at the human's address, so no system of the human's sends the call on"
            yield Mistake(by.value.span, text, "write by: carrier, or rejects: 404 instead of unreachable")
        tried.append(_text(to))


def _circle(root: Table, name: str, tried: Sequence[str]) -> str:
    """Why a fallback to that party leads back to somebody who was tried; empty when it does not."""
    if name == "human":
        return "a fallback to 'human' is a circle: that is who failed"
    if name in tried:
        return f"a fallback to {name[:100]!r} is a circle: an earlier fallback went there"
    blocks, way = dict(_party_blocks(root)), [name]
    while isinstance(block := blocks.get(way[-1]), Table) and (on := _text(block.get("redirects_to"))):
        if on in (*tried, *way):
            return f"a fallback to {name[:100]!r} is a circle: it redirects to {on[:100]!r}, who was tried"
        way.append(on)
    return ""


def _unreachable(block: Node | None) -> bool:
    pair = block.pair("unreachable") if isinstance(block, Table) else None
    return pair is not None and _said(pair)


def _context(root: Table) -> Iterator[Mistake]:
    """Context that is asked for must be sent; a tel URI has no place for it (RFC 3966 section 3)."""
    context, expect, agent = root.get("context"), root.get("expect"), root.get("agent")
    headers = context.get("headers") if isinstance(context, Table) else None
    sent = {pair.key.text.lower() for pair in _pairs(headers)}
    sees = expect.get("human_sees") if isinstance(expect, Table) else None
    for item in _items(sees.get("context") if isinstance(sees, Table) else None):
        text = _text(item)
        if text and (not sent if text in ("whole", "none") else text.lower() not in sent):
            what = "context" if text in ("whole", "none") else text[:100]
            yield Mistake(item.span, f"the agent sends no {what}", "write it under context: headers:")
    place = context.get("sent_in") if isinstance(context, Table) else None
    tel = _text(agent.get("refers_to")) == "tel" if isinstance(agent, Table) else False
    if place is not None and _text(place) == "refer-to" and tel:
        text = "a tel URI has no place for context"
        yield Mistake(place.span, text, "write sent_in: refer, or refers_to: sip")


def _expectations(root: Table) -> Iterator[Mistake]:
    expect = root.get("expect")
    if not isinstance(expect, Table):
        return
    people = [name for name in parties_of(root) if name != "carrier"]
    for pair in expect.pairs:
        if pair.key.text in people:
            within = pair.value.pair("within") if isinstance(pair.value, Table) else None
            if within is not None and isinstance(pair.value, Table) and pair.value.get("fate") is None:
                yield Mistake(within.key.span, "'within' needs a 'fate' beside it")
        elif pair.key.text in LATER["Expect"]:
            yield Mistake(pair.key.span, f"{pair.key.text!r} {NOT_YET}")
        elif pair.key.text not in EXPECT_WORDS:
            known = [*sorted(EXPECT_WORDS), *people]
            text = f"{pair.key.text[:100]!r} is neither a word of `expect:` nor a party"
            yield Mistake(pair.key.span, text, suggest(pair.key.text, known))
    yield from _refer_lists(expect)
    yield from _violations(expect)
    never = expect.pair("never")
    if never is not None and isinstance(never.value, Table) and not misspelt(never.value, ("for",)):
        yield Mistake(never.key.span, "'never' names no request", "such as never: {INVITE: {to: human}}")


def _refer_lists(expect: Table) -> Iterator[Mistake]:
    wanted = [expect.get("refer")]
    wanted += [
        attempt.get("refer") for attempt in _items(expect.get("attempts")) if isinstance(attempt, Table)
    ]
    for series in wanted:
        for item in _items(series) if isinstance(series, Series) else ():
            if _text(item) == "accepted":
                yield Mistake(item.span, "a list of final responses holds codes", "write 202")


def _violations(expect: Table) -> Iterator[Mistake]:
    pair = expect.pair("violations")
    if pair is None or not isinstance(pair.value, Table):
        return
    exactly = pair.value.pair("exactly")
    if exactly is not None and pair.value.get("includes") is not None:
        yield Mistake(exactly.key.span, "'exactly' and 'includes' exclude each other")
    if not misspelt(pair.value, ("by",)):
        yield Mistake(pair.key.span, "'violations' names no rule", "write includes: [...] or exactly: [...]")
