"""A template rendered value by value: each costs, and what comes out is text and whole numbers alone.

Knows the nodes of a template by the names of their kinds, and no attribute of a value but the words below.
Must not live here: which templates are allowed and how they are read (`template.py`).
"""

import operator
import re
from collections.abc import Callable, Mapping
from typing import Any, cast

from harness.base.limits import MESSAGE_BYTES_MAX, TEMPLATE_ROUNDS_MAX, TEMPLATE_WORK_MAX

CALL_WORDS = (
    "remote_target", "call_id", "local_tag", "remote_tag", "local_uri", "remote_uri", "contact", "cseq",
    "branch", "headers",
)  # fmt: skip
"""What a template can ask of a call, as the party that sends the message sees it."""

PARTY_WORDS = ("uri", "number", "name")
"""What a template can ask of a party."""

HEADERS_WORDS = ("cseq", "branch", "method")
"""Arguments of `headers()`."""

_INTEGER_MAX = 10**18
CHARACTERS_A_VALUE = 16
"""Characters that cost as much as one value."""

_NUMBER = re.compile(r"[ \t]*[+-]?[0-9]{1,18}[ \t]*")
_Own = dict[str, Any]
"""What a template has set itself, by name."""


class TemplateFailed(Exception):
    """A template that could not be rendered; the text says why. `line` counts from 1, 0: unknown."""

    def __init__(self, why: str, line: int = 0) -> None:
        super().__init__(why)
        self.why = why
        self.line = line


class Work:
    """What looking at templates and rendering them may still cost, in values and in characters."""

    def __init__(self, left: int = TEMPLATE_WORK_MAX) -> None:
        self.left = left

    def spend(self, characters: int = 0) -> None:
        """One value, and the characters that it takes. Raises TemplateFailed when nothing is left."""
        self.left -= 1 + characters // CHARACTERS_A_VALUE
        if self.left < 0:
            raise TemplateFailed("this and the templates before it take too much work")


class Rendering:
    """One template being rendered: every value costs, and what comes out is text and whole numbers."""

    def __init__(self, given: Mapping[str, object], work: Work) -> None:
        self._given = given
        self._work = work
        self._pieces: list[str] = []
        self._size = 0
        self._line = 0

    def of(self, tree: Any) -> str:
        """The text. Raises TemplateFailed with the line."""
        try:
            self._body(tree.body, {})
        except TemplateFailed as failed:
            raise TemplateFailed(failed.why, failed.line or self._line) from None
        except Exception as error:  # noqa: BLE001  whatever a template does, its author hears a sentence
            raise TemplateFailed((str(error) or type(error).__name__)[:200], self._line) from None
        return "".join(self._pieces)

    def _body(self, body: Any, own: _Own) -> None:
        for node in body:
            self._line = node.lineno
            match type(node).__name__:
                case "Output":
                    for each in node.nodes:
                        self._put(each, own)
                case "If":
                    self._choose(node, own)
                case "For":
                    self._repeat(node, own)
                case "Assign":
                    _assign(node.target, self._value(node.node, own), own)
                case _:
                    raise _unknown(node)

    def _put(self, node: Any, own: _Own) -> None:
        value = node.data if type(node).__name__ == "TemplateData" else self._value(node, own)
        if type(value) not in (str, int):
            raise TemplateFailed(f"only a text or a whole number can be written, not {_kind(value)}")
        piece = str(value)
        self._work.spend(len(piece))
        self._pieces.append(piece)
        self._size += len(piece)
        if self._size > MESSAGE_BYTES_MAX:
            raise TemplateFailed(f"more than {MESSAGE_BYTES_MAX} characters come out of it")

    def _choose(self, node: Any, own: _Own) -> None:
        for branch in (node, *node.elif_):
            if self._value(branch.test, own):
                return self._body(branch.body, own)
        return self._body(node.else_, own)

    def _repeat(self, node: Any, own: _Own) -> None:
        rounds = self._value(node.iter, own)
        if not isinstance(rounds, range | tuple):
            raise TemplateFailed("a loop goes over range(...) or a list")
        played = False
        for each in rounds:
            inside = dict(own)  # what a round sets is forgotten after it
            self._work.spend(len(inside))
            _assign(node.target, each, inside)
            if node.test is None or self._value(node.test, inside):
                played = True
                self._body(node.body, inside)
        if not played:
            self._body(node.else_, own)

    def _value(self, node: Any, own: _Own) -> Any:
        self._line = node.lineno
        self._work.spend()
        match type(node).__name__:
            case "Const":
                return node.value
            case "Name":
                if node.name not in own:
                    raise TemplateFailed(f"{node.name!r} has no value here")
                return own[node.name]
            case "Getattr":
                return self._word(node)
            case "Call":
                return self._called(node, own)
            case "Filter":
                return self._filtered(node, own)
            case "List" | "Tuple":
                return tuple(self._value(each, own) for each in node.items)
            case "Compare":
                return self._compared(node, own)
            case _:
                return self._combined(node, own)

    def _combined(self, node: Any, own: _Own) -> Any:
        """What is made of other values by a sign, or by `and`, `or`, `not`, `if`."""
        match type(node).__name__:
            case "Add" | "Sub" | "Mul":
                return self._joined(node.operator, self._value(node.left, own), self._value(node.right, own))
            case "Neg":
                return self._joined("-", 0, self._value(node.node, own))
            case "And":
                return self._value(node.left, own) and self._value(node.right, own)
            case "Or":
                return self._value(node.left, own) or self._value(node.right, own)
            case "Not":
                return not self._value(node.node, own)
            case "CondExpr" if node.expr2 is not None:
                return self._value(node.expr1 if self._value(node.test, own) else node.expr2, own)
            case _:
                raise _unknown(node)

    def _word(self, node: Any) -> Any:
        """What is behind the dot of a call or a party."""
        named = node.node
        if type(named).__name__ != "Name" or node.attr not in (*CALL_WORDS, *PARTY_WORDS):
            raise _unknown(node)
        if named.name not in self._given:
            raise TemplateFailed(f"{named.name!r} has no value here")
        value = getattr(self._given[named.name], node.attr, None)
        if value is None:
            raise TemplateFailed(f"{named.name!r} has no {node.attr!r}")
        return value

    def _called(self, node: Any, own: _Own) -> Any:
        if type(node.node).__name__ == "Name" and node.node.name == "range":
            made = range(*(self._value(each, own) for each in node.args))
            if len(made) > TEMPLATE_ROUNDS_MAX:
                raise TemplateFailed(f"range() of more than {TEMPLATE_ROUNDS_MAX} rounds")
            return made
        if type(node.node).__name__ != "Getattr" or node.node.attr != "headers":
            raise _unknown(node)
        return self._word(node.node)(**{given.key: self._value(given.value, own) for given in node.kwargs})

    def _filtered(self, node: Any, own: _Own) -> Any:
        value = None if node.node is None else self._value(node.node, own)
        if node.name not in FILTERS or not isinstance(value, str | int):
            raise TemplateFailed(f"{node.name!r} takes a text or a number")
        text = str(value)
        self._work.spend(len(text))
        return FILTERS[node.name](text)

    def _compared(self, node: Any, own: _Own) -> bool:
        left = self._value(node.expr, own)
        for operand in node.ops:
            right = self._value(operand.expr, own)
            if not isinstance(left, str | int) or not isinstance(right, str | int):
                raise TemplateFailed("texts and numbers are compared only")
            self._work.spend(min(_length(left), _length(right)))
            if not COMPARISONS[operand.op](left, right):
                return False
            left = right
        return True

    def _joined(self, sign: str, left: object, right: object) -> str | int:
        if not isinstance(left, str | int) or not isinstance(right, str | int):
            raise TemplateFailed(f"{sign!r} joins texts or numbers only")
        if isinstance(left, str) or isinstance(right, str):
            size = _size(left) * _size(right) if sign == "*" else _size(left) + _size(right)
            if size > MESSAGE_BYTES_MAX:
                raise TemplateFailed(f"a text longer than {MESSAGE_BYTES_MAX} characters")
            self._work.spend(size)
        elif max(abs(left), abs(right)) > _INTEGER_MAX:
            raise TemplateFailed(f"a number beyond {_INTEGER_MAX}")
        return cast(str | int, _SIGNS_MADE[sign](left, right))


def _assign(target: Any, value: object, own: _Own) -> None:
    if type(target).__name__ == "Name":
        own[target.name] = value
        return
    if type(target).__name__ != "Tuple" or not isinstance(value, tuple):
        raise _unknown(target)
    for each, part in zip(target.items, value, strict=True):
        _assign(each, part, own)


def _whole(text: str) -> int:
    """The number that a text is, 0 where it is none."""
    return int(text) if _NUMBER.fullmatch(text) else 0


FILTERS: Mapping[str, Callable[[str], str | int]] = {
    "upper": str.upper, "lower": str.lower, "length": len, "trim": str.strip, "string": str, "int": _whole,
}  # fmt: skip
COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq, "ne": operator.ne, "lt": operator.lt, "lteq": operator.le, "gt": operator.gt,
    "gteq": operator.ge,
}  # fmt: skip
_SIGNS_MADE: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul,
}  # fmt: skip


def _size(value: str | int) -> int:
    return len(value) if isinstance(value, str) else abs(value)


def _length(value: str | int) -> int:
    return len(value) if isinstance(value, str) else value.bit_length() // 3


def _kind(value: object) -> str:
    return {bool: "true or false", float: "a fraction", tuple: "a list", range: "a range"}.get(
        type(value), "this"
    )


def _unknown(node: Any) -> TemplateFailed:
    return TemplateFailed("this is not part of these templates", node.lineno)


def checked_arguments(cseq: object, branch: object, method: object) -> None:
    """Raises TemplateFailed where the arguments of `headers()` are none."""
    if cseq not in ("next", "same") and not (isinstance(cseq, int) and 0 <= cseq < 1 << 32):
        raise TemplateFailed('cseq is "next", "same" or a number')
    if not isinstance(branch, str) or not isinstance(method, str):
        raise TemplateFailed("branch and method are texts")
