"""The text of `send_raw`: a small part of Jinja2, checked before it is rendered and bounded while it is.

What a template may hold is a list of what is allowed: values of calls and parties, `range`, a loop
within no other, a handful of filters. There is no way from here to anything else of the program, and
none to an output without bound. Beside `report/page.py` the only user of jinja2. Must not live here:
what the values are (`actors/raw.py`), where a text stands in its file (`step_template.py`).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from jinja2 import StrictUndefined, TemplateSyntaxError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from harness.base.limits import MESSAGE_BYTES_MAX, TEMPLATE_NODES_MAX, TEMPLATE_ROUNDS_MAX
from harness.scenario.vocabulary import suggest

CALL_WORDS = (
    "remote_target", "call_id", "local_tag", "remote_tag", "local_uri", "remote_uri", "contact", "cseq",
    "branch", "headers",
)  # fmt: skip
"""What a template can ask of a call, as the party that sends the message sees it."""

PARTY_WORDS = ("uri", "number", "name")
"""What a template can ask of a party."""

HEADERS_WORDS = ("cseq", "branch", "method")
"""Arguments of `headers()`."""

_FILTERS = ("upper", "lower", "length", "trim", "string", "int")
_OPERATORS = frozenset(("+", "-", "*"))
_INTEGER_MAX = 10**9
_ALLOWED: tuple[type[nodes.Node], ...] = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.Getattr, nodes.Call,
    nodes.Keyword, nodes.If, nodes.For, nodes.Assign, nodes.CondExpr, nodes.Compare, nodes.Operand,
    nodes.Not, nodes.And, nodes.Or, nodes.Add, nodes.Sub, nodes.Mul, nodes.Neg, nodes.Filter, nodes.List,
    nodes.Tuple, nodes.NSRef,
)  # fmt: skip
_WRITTEN = {
    "Macro": "macro", "CallBlock": "call", "Include": "include", "Import": "import", "FromImport": "from",
    "Extends": "extends", "Block": "block", "FilterBlock": "filter", "With": "with", "AssignBlock": "set",
}  # fmt: skip

_SIGNS = {"Concat": "`~`", "Pow": "`**`", "Getitem": "`[...]`", "Div": "`/`", "Mod": "`%`", "Test": "`is`"}
_PARTS = "they know {{ values }}, if, set, and for over range(...)"


class TemplateFailed(Exception):
    """A template that could not be rendered; the text says why. `line` counts from 1, 0: unknown."""

    def __init__(self, why: str, line: int = 0) -> None:
        super().__init__(why)
        self.why = why
        self.line = line


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong with a template: the line in its text (from 1), the word to point at ("" for none)."""

    line: int
    word: str
    text: str
    hint: str = ""


class _Environment(ImmutableSandboxedEnvironment):
    """Bounds what a single operation can make; only the values that were handed in have attributes."""

    intercepted_binops = _OPERATORS

    def is_safe_attribute(self, obj: object, attr: str, value: object) -> bool:  # noqa: ARG002
        return attr in CALL_WORDS or attr in PARTY_WORDS

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        if not isinstance(left, str | int) or not isinstance(right, str | int):
            raise TemplateFailed(f"{operator!r} joins texts or numbers only")
        if isinstance(left, str) or isinstance(right, str):
            if _size(left) * _size(right) > MESSAGE_BYTES_MAX and operator == "*":
                raise TemplateFailed(f"a text longer than {MESSAGE_BYTES_MAX} characters")
            if _size(left) + _size(right) > 2 * MESSAGE_BYTES_MAX and operator == "+":
                raise TemplateFailed(f"a text longer than {MESSAGE_BYTES_MAX} characters")
        made = super().call_binop(context, operator, left, right)
        if isinstance(made, int) and abs(made) > _INTEGER_MAX:
            raise TemplateFailed(f"a number beyond {_INTEGER_MAX}")
        return made


def _size(value: str | int) -> int:
    return len(value) if isinstance(value, str) else abs(value)


def _range(*bounds: int) -> range:
    made = range(*bounds)
    if len(made) > TEMPLATE_ROUNDS_MAX:
        raise TemplateFailed(f"range() of more than {TEMPLATE_ROUNDS_MAX} rounds")
    return made


def _environment() -> _Environment:
    made = _Environment(undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False)
    made.globals = {"range": _range}
    made.filters = {name: made.filters[name] for name in _FILTERS}
    made.tests = {}
    return made


_ENVIRONMENT = _environment()


def flaws(text: str, calls: tuple[str, ...], parties: tuple[str, ...]) -> list[Flaw]:
    """What is wrong with a template in which these calls and parties can be named. Never raises."""
    try:
        tree = _parsed(text)
        whole = list(_nodes(tree))
        if len(whole) > TEMPLATE_NODES_MAX:
            return [Flaw(1, "", f"this template has more than {TEMPLATE_NODES_MAX} parts")]
        found = [flaw for node in whole if (flaw := _flaw_of(node)) is not None]
        found += _names(tree, calls, parties)
        found += _nested(tree)
    except TemplateSyntaxError as error:
        return [_syntax(error)]
    except (RecursionError, MemoryError, ValueError, OverflowError):
        return [Flaw(1, "", "this template is nested too deeply, or holds a number too long")]
    if found:
        return sorted(found, key=lambda flaw: flaw.line)
    try:
        render(text, {**dict.fromkeys(calls, _Sample()), **dict.fromkeys(parties, _Sample())})
    except TemplateFailed as failed:
        return [Flaw(failed.line or 1, "", f"this template cannot be rendered: {failed.why}")]
    return []


def render(text: str, values: Mapping[str, object]) -> str:
    """The text with its values filled in. Raises TemplateFailed."""
    pieces: list[str] = []
    size = 0
    try:
        for piece in _compiled(text).generate(**values):
            pieces.append(piece)
            size += len(piece)
            if size > MESSAGE_BYTES_MAX:
                break
    except TemplateFailed as failed:
        raise TemplateFailed(failed.why, failed.line or _line_of(failed)) from None
    except Exception as error:  # noqa: BLE001  whatever a template does, its author hears a sentence
        why = re.sub(r"'harness\.\S*? object'", "this value", str(error) or type(error).__name__)
        raise TemplateFailed(why[:200], _line_of(error)) from None
    if size > MESSAGE_BYTES_MAX:
        raise TemplateFailed(f"more than {MESSAGE_BYTES_MAX} characters come out of it")
    return "".join(pieces)


@lru_cache(maxsize=64)
def _compiled(text: str) -> Any:
    return _ENVIRONMENT.from_string(_parsed(text))


def _parsed(text: str) -> nodes.Template:
    """The tree of a text, its CRs kept: jinja2 makes every line end a LF, so it sees blanks in their place,
    which are no line ends to it and stand nowhere else in the text."""
    blanks = "\x1c\x1d"
    while blanks in text:
        blanks = f"\x1c{blanks}"
    tree = _ENVIRONMENT.parse(text.replace("\r", blanks))
    for data in tree.find_all(nodes.TemplateData):
        data.data = data.data.replace(blanks, "\r")
    for const in tree.find_all(nodes.Const):
        if isinstance(const.value, str):
            const.value = const.value.replace(blanks, "\r")
    return tree


def _line_of(error: BaseException) -> int:
    """The line of the template in which it went wrong: jinja2 puts it into the traceback."""
    line, trace = 0, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == "<template>":
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def _nodes(tree: nodes.Node) -> Iterator[nodes.Node]:
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += node.iter_child_nodes()


def _flaw_of(node: nodes.Node) -> Flaw | None:
    kind = type(node).__name__
    if not isinstance(node, _ALLOWED):
        word = _WRITTEN.get(kind, "")
        shown = f"`{{% {word} %}}`" if word else _SIGNS.get(kind, f"`{kind.lower()}`")
        return Flaw(node.lineno, word, f"{shown} is not part of these templates", _PARTS)
    if isinstance(node, nodes.Filter) and node.name not in _FILTERS:
        return Flaw(
            node.lineno, node.name, f"there is no filter {node.name!r} here", suggest(node.name, [*_FILTERS])
        )
    if isinstance(node, nodes.Getattr) and not isinstance(node.node, nodes.Name):
        return Flaw(node.lineno, node.attr, "only a call or a party has something after a dot")
    if isinstance(node, nodes.Call):
        return _flaw_of_call(node)
    if isinstance(node, nodes.For) and not _bounded(node.iter):
        return Flaw(node.lineno, "for", "a loop goes over range(...) or a list", "such as range(3)")
    return None


def _bounded(node: nodes.Node) -> bool:
    if isinstance(node, nodes.List | nodes.Tuple):
        return True
    return isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name) and node.node.name == "range"


def _flaw_of_call(node: nodes.Call) -> Flaw | None:
    called = node.node
    if isinstance(called, nodes.Name) and called.name == "range" and not node.kwargs:
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


def checked_arguments(cseq: object, branch: object, method: object) -> None:
    """Raises TemplateFailed where the arguments of `headers()` are none."""
    if cseq not in ("next", "same") and not (isinstance(cseq, int) and 0 <= cseq < 1 << 32):
        raise TemplateFailed('cseq is "next", "same" or a number')
    if not isinstance(branch, str) or not isinstance(method, str):
        raise TemplateFailed("branch and method are texts")
