"""`expect:` made a row of Expectations, each with the place in the file that asks for it.

Must not live here: whether an expectation is met (`judge/expectation.py`).
"""

from collections.abc import Iterator, Sequence

from harness.base.span import Span
from harness.scenario import model
from harness.scenario.plan import Expectation, Limit, NeverSent, Violations, Wanted
from harness.scenario.source import Node, Series, Table
from harness.scenario.words import METHODS, TRUTH_DEFAULT


def expectations(expect: model.Expect, root: Table, *, silent: bool = False) -> Iterator[Expectation]:
    """Every expectation in the order of the file, then those that hold without being written.

    `silent`: nobody refers, so there is no truth to ask for.
    """
    pair = root.pair("expect")
    table = pair.value if pair is not None and isinstance(pair.value, Table) else None
    asked = list(_asked(expect, table)) if table is not None else []
    yield from asked
    if not silent:
        yield from _unasked(expect, asked, pair.key.span if pair is not None else root.span)


def _asked(expect: model.Expect, table: Table) -> Iterator[Expectation]:
    for pair in table.pairs:
        key, span, node = pair.key.text, pair.key.span, pair.value
        if key == "attempts":
            yield from _attempts(expect, span, node)
        elif key == "latency" and expect.latency is not None:
            yield from _limits("latency", expect.latency, node)
        elif key == "human_sees" and expect.human_sees is not None:
            yield from _human_sees(expect.human_sees, node)
        elif key == "never" and expect.never is not None:
            yield from _never(expect.never, node)
        elif key == "violations" and expect.violations is not None:
            yield _at("violations", _violations(expect.violations), span)
        elif expect.model_extra is not None and key in expect.model_extra:
            yield from _party(key, expect.model_extra[key], node)
        else:
            sequence = key in ("progress", "progress_exactly", "legs_left")
            yield _at(key, _plain(getattr(expect, key), node, sequence=sequence), span)


def _unasked(expect: model.Expect, asked: Sequence[Expectation], span: Span) -> Iterator[Expectation]:
    """Truth is asked for without a word: of every attempt that is listed, else of the whole."""
    names = {expectation.name for expectation in asked}
    if "truth" in names:
        return
    listed = [f"attempts.{number}.truth" for number in range(len(expect.attempts or ()))]
    for name in listed or ["truth"]:
        if name not in names:
            yield _at(name, TRUTH_DEFAULT, span, asked=False)


def _at(name: str, wanted: Wanted, span: Span, *, asked: bool = True) -> Expectation:
    return Expectation(name, wanted, span.line, span.column, asked)


def _plain(value: object, node: Node, *, sequence: bool = False) -> Wanted:
    """A list as a tuple; one value alone stays alone unless the key always means a sequence."""
    if isinstance(value, list):
        return tuple(value) if sequence or isinstance(node, Series) else value[0]
    assert isinstance(value, str | int), "the model lets nothing else through"
    return value


def _attempts(expect: model.Expect, span: Span, node: Node) -> Iterator[Expectation]:
    attempts = expect.attempts or []
    yield _at("attempts", len(attempts), span)
    nodes = node.items if isinstance(node, Series) else (node,)
    for number, (attempt, table) in enumerate(zip(attempts, nodes, strict=True)):
        assert isinstance(table, Table), "the model lets nothing else through"
        for pair in table.pairs:
            wanted = _plain(getattr(attempt, pair.key.text), pair.value)
            yield _at(f"attempts.{number}.{pair.key.text}", wanted, pair.key.span)


def _party(name: str, party: model.PartyExpect, node: Node) -> Iterator[Expectation]:
    assert isinstance(node, Table), "the model lets nothing else through"
    for pair in node.pairs:
        value = getattr(party, pair.key.text)
        limited = pair.key.text in ("within", "alone", "dead_air")
        wanted = Limit(value) if limited else _plain(value, pair.value, sequence=pair.key.text == "never")
        yield _at(f"{name}.{pair.key.text}", wanted, pair.key.span)


def _limits(prefix: str, block: model.Latency, node: Node) -> Iterator[Expectation]:
    assert isinstance(node, Table), "the model lets nothing else through"
    for pair in node.pairs:
        yield _at(f"{prefix}.{pair.key.text}", Limit(getattr(block, pair.key.text)), pair.key.span)


def _human_sees(block: model.HumanSees, node: Node) -> Iterator[Expectation]:
    assert isinstance(node, Table), "the model lets nothing else through"
    for pair in node.pairs:
        wanted = _plain(getattr(block, pair.key.text), pair.value)
        yield _at(f"human_sees.{pair.key.text}", wanted, pair.key.span)


def _never(never: model.Never, node: Node) -> Iterator[Expectation]:
    assert isinstance(node, Table), "the model lets nothing else through"
    for pair in node.pairs:
        if pair.key.text in METHODS:
            way = getattr(never, pair.key.text)
            yield _at("never", NeverSent(pair.key.text, way.to, way.sender, never.duration), pair.key.span)


def _violations(violations: model.Violations) -> Violations:
    exactly = violations.exactly
    return Violations(
        includes=tuple(violations.includes or ()),
        exactly=None if exactly is None else tuple(exactly),
        by=violations.by,
    )
