"""The text of `send_raw`: a small part of Jinja2, checked before it is rendered and bounded while it is.

What a template may hold is a list of what is allowed: values of calls and parties, `range`, a loop
within no other, a handful of filters. jinja2 only reads it; what it says is done in `rendering.py`. There is
no way from here to anything else of the program, and none to an output without bound. Beside
`report/page.py` the only user of jinja2. Must not live here: what the values are (`actors/raw.py`), where a
text stands in its file (`step_template.py`).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from jinja2 import Environment, TemplateSyntaxError, nodes

from harness.base.limits import MESSAGE_BYTES_MAX, TEMPLATE_DEPTH_MAX, TEMPLATE_NODES_MAX
from harness.scenario.rendering import (
    CALL_WORDS,
    CHARACTERS_A_VALUE,
    COMPARISONS,
    FILTERS,
    HEADERS_WORDS,
    PARTY_WORDS,
    Rendering,
    TemplateFailed,
    Work,
    checked_arguments,
)
from harness.scenario.vocabulary import suggest

_ALLOWED: tuple[type[nodes.Node], ...] = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.Getattr, nodes.Call,
    nodes.Keyword, nodes.If, nodes.For, nodes.Assign, nodes.CondExpr, nodes.Compare, nodes.Operand,
    nodes.Not, nodes.And, nodes.Or, nodes.Add, nodes.Sub, nodes.Mul, nodes.Neg, nodes.Filter, nodes.List,
    nodes.Tuple,
)  # fmt: skip
_WRITTEN = {
    "Macro": "macro", "CallBlock": "call", "Include": "include", "Import": "import", "FromImport": "from",
    "Extends": "extends", "Block": "block", "FilterBlock": "filter", "With": "with", "AssignBlock": "set",
}  # fmt: skip

_SIGNS = {"Concat": "`~`", "Pow": "`**`", "Getitem": "`[...]`", "Div": "`/`", "Mod": "`%`", "Test": "`is`"}
_BLANKS = "\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
"""White space for jinja2 that ends no line for it."""

_PARTS = "they know {{ values }}, if, set, and for over range(...)"


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong with a template: the line in its text (from 1), the word to point at ("" for none)."""

    line: int
    word: str
    text: str
    hint: str = ""


_ENVIRONMENT = Environment(keep_trailing_newline=True, autoescape=False)  # noqa: S701  no HTML
"""Only reads templates; what they do is done here, so that nothing else can be done."""


def flaws(
    text: str, calls: tuple[str, ...], parties: tuple[str, ...], work: Work | None = None
) -> list[Flaw]:
    """What is wrong with a template in which these calls and parties can be named. Never raises. `work` is
    what is left for all templates of a file."""
    work = work or Work()
    if len(text) > MESSAGE_BYTES_MAX:
        return [Flaw(1, "", f"this template has more than {MESSAGE_BYTES_MAX} characters")]
    if text.count("{{") + text.count("{%") > TEMPLATE_NODES_MAX:
        return [Flaw(1, "", f"this template has more than {TEMPLATE_NODES_MAX} parts")]
    try:
        work.spend(len(text) * (CHARACTERS_A_VALUE if "{" in text else 1))
        tree = _parsed(text)
        whole = list(_nodes(tree))
        if len(whole) > TEMPLATE_NODES_MAX:
            return [Flaw(1, "", f"this template has more than {TEMPLATE_NODES_MAX} parts")]
        found = [flaw for node in whole if (flaw := _flaw_of(node)) is not None]
        found += _names(tree, calls, parties)
        found += [flaw for node in whole for flaw in _bare(node, calls, parties)]
        found += _nested(tree)
        if not found:
            Rendering({**dict.fromkeys(calls, _Sample()), **dict.fromkeys(parties, _Sample())}, work).of(tree)
    except TemplateSyntaxError as error:
        return [_syntax(error)]
    except TemplateFailed as failed:
        return [Flaw(failed.line or 1, "", f"this template cannot be rendered: {failed.why}")]
    except (RecursionError, MemoryError, ValueError, OverflowError):
        return [Flaw(1, "", "this template is nested too deeply, or holds a number too long")]
    return sorted(found, key=lambda flaw: flaw.line)


def render(text: str, values: Mapping[str, object]) -> str:
    """The text, in which `flaws` has found none, with its values filled in. Raises TemplateFailed."""
    return Rendering(values, Work()).of(_parsed(text))


@lru_cache(maxsize=64)
def _parsed(text: str) -> nodes.Template:
    """The tree of a text, its CRs kept: jinja2 makes every line end a LF, so it sees a blank in their place
    that is no line end to it and stands nowhere else in the text."""
    if "\r" not in text:
        return _ENVIRONMENT.parse(text)
    blank = next((sign for sign in _BLANKS if sign not in text), None)
    if blank is None:
        raise TemplateFailed("CR and every other kind of blank stand in it")
    tree = _ENVIRONMENT.parse(text.replace("\r", blank))
    for node in _nodes(tree):
        if isinstance(node, nodes.TemplateData):
            node.data = node.data.replace(blank, "\r")
        elif isinstance(node, nodes.Const) and isinstance(node.value, str):
            node.value = node.value.replace(blank, "\r")
    return tree


def _nodes(tree: nodes.Node) -> Iterator[nodes.Node]:
    waiting = [(tree, 0)]
    while waiting:
        node, depth = waiting.pop()
        if depth > TEMPLATE_DEPTH_MAX:
            raise RecursionError
        yield node
        waiting += [(child, depth + 1) for child in node.iter_child_nodes()]


def _flaw_of(node: nodes.Node) -> Flaw | None:
    kind = type(node).__name__
    if not isinstance(node, _ALLOWED):
        word = _WRITTEN.get(kind, "")
        shown = f"`{{% {word} %}}`" if word else _SIGNS.get(kind, f"`{kind.lower()}`")
        return Flaw(node.lineno, word, f"{shown} is not part of these templates", _PARTS)
    if isinstance(node, nodes.Filter) and node.name not in FILTERS:
        return Flaw(
            node.lineno, node.name, f"there is no filter {node.name!r} here", suggest(node.name, [*FILTERS])
        )
    if isinstance(node, nodes.Filter) and (node.args or node.kwargs or node.dyn_args or node.dyn_kwargs):
        return Flaw(node.lineno, node.name, f"the filter {node.name!r} takes no arguments here")
    if isinstance(node, nodes.Compare) and any(each.op not in COMPARISONS for each in node.ops):
        return Flaw(node.lineno, "", "`in` is not part of these templates", _PARTS)
    if isinstance(node, nodes.Getattr) and not isinstance(node.node, nodes.Name):
        return Flaw(node.lineno, node.attr, "only a call or a party has something after a dot")
    if isinstance(node, nodes.Call):
        return _flaw_of_call(node)
    if isinstance(node, nodes.For) and not _bounded(node.iter):
        return Flaw(node.lineno, "for", "a loop goes over range(...) or a list", "such as range(3)")
    if isinstance(node, nodes.CondExpr) and node.expr2 is None:
        return Flaw(node.lineno, "if", "`if` in a value needs `else` here")
    return None


def _bare(node: nodes.Node, calls: tuple[str, ...], parties: tuple[str, ...]) -> Iterator[Flaw]:
    """Values below this one that are no text: a call or a party without a dot, what is called without
    brackets. Printed they would show an address in memory, which no seed decides."""
    called = node.node if isinstance(node, nodes.Call) else None
    for child in node.iter_child_nodes():
        if isinstance(child, nodes.Name) and child.ctx == "load":
            if child.name in (*calls, *parties) and not isinstance(node, nodes.Getattr):
                hint = f"such as {child.name}.{'call_id' if child.name in calls else 'uri'}"
                yield Flaw(child.lineno, child.name, f"{child.name!r} alone is no text", hint)
            if child.name == "range" and child is not called:
                yield Flaw(child.lineno, "range", "'range' alone is no text", "a loop: for i in range(3)")
        elif isinstance(child, nodes.Getattr) and child.attr == "headers" and child is not called:
            yield Flaw(child.lineno, "headers", "'headers' needs brackets", "headers()")


def _bounded(node: nodes.Node) -> bool:
    if isinstance(node, nodes.List | nodes.Tuple):
        return True
    return isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name) and node.node.name == "range"


def _flaw_of_call(node: nodes.Call) -> Flaw | None:
    called = node.node
    bare = not (node.kwargs or node.dyn_args or node.dyn_kwargs)
    if isinstance(called, nodes.Name) and called.name == "range" and bare:
        return None
    if not isinstance(called, nodes.Getattr) or called.attr != "headers":
        return Flaw(node.lineno, "", "only range(...) and the headers(...) of a call can be called here")
    for given in node.kwargs:
        if given.key not in HEADERS_WORDS:
            known = suggest(given.key, [*HEADERS_WORDS])
            return Flaw(node.lineno, given.key, f"headers() has no argument {given.key!r}", known)
    if node.args or node.dyn_args or node.dyn_kwargs:
        return Flaw(node.lineno, "headers", "headers() takes its arguments by name", 'such as cseq="next"')
    return None


def _names(tree: nodes.Template, calls: tuple[str, ...], parties: tuple[str, ...]) -> Iterator[Flaw]:
    """Names that stand for nothing, and words behind a dot that a call or a party does not have."""
    own = {node.name for node in tree.find_all(nodes.Name) if node.ctx == "store"}
    known = [*calls, *parties, *sorted(own), "range"]
    for node in tree.find_all((nodes.Name, nodes.Getattr)):
        if isinstance(node, nodes.Name):
            if node.ctx == "load" and node.name not in known:
                text = f"{node.name[:100]!r} is neither a call of this party nor a party"
                yield Flaw(node.lineno, node.name, text, suggest(node.name, known))
            if node.ctx == "store" and node.name in (*calls, *parties, "range"):
                yield Flaw(node.lineno, node.name, f"{node.name!r} stands for something else already")
        elif isinstance(node, nodes.Getattr) and isinstance(node.node, nodes.Name):
            named = node.node.name
            words = CALL_WORDS if named in calls else PARTY_WORDS if named in parties else None
            if words is not None and node.attr not in words:
                text = f"{named!r} has no {node.attr[:100]!r}"
                yield Flaw(node.lineno, node.attr, text, suggest(node.attr, [*words]))


def _nested(tree: nodes.Template) -> Iterator[Flaw]:
    for outer in tree.find_all(nodes.For):
        if outer.recursive:
            yield Flaw(outer.lineno, "recursive", "a loop cannot be recursive here")
        for inner in outer.find_all(nodes.For):
            yield Flaw(inner.lineno, "for", "a loop within a loop is not part of these templates")


def _syntax(error: TemplateSyntaxError) -> Flaw:
    text = (error.message or "this is not a template").rstrip(".")
    named = re.search(r"'([^']+)'", text)
    return Flaw(error.lineno, named[1] if named else "", f"this is not a template: {text[:200]}")


class _Sample:
    """Stands for a call and for a party while a template is checked."""

    def __getattr__(self, name: str) -> object:
        return self._headers if name == "headers" else 1 if name == "cseq" else "sample"

    def _headers(self, cseq: object = "next", branch: object = "new", method: object = "") -> str:
        checked_arguments(cseq, branch, method)
        return "Sample: header"
