"""A YAML file as nodes that know where they stand: the only user of PyYAML.

Every scalar stays the text that was written (`+15550100`, `on`, `12:30`); the file format gives it
a type. Events of the C parser are read instead of composed nodes, because they show what composing
hides: anchors, tags, the number of documents, and how deep a hostile file nests before it is too
deep. What YAML allows but an author never means (duplicate keys, aliases, tags, tabs, a second
document, a byte order mark) is a Mistake, all of them at once. Nothing here raises on bad input.
Must not live here: what the keys mean (`model.py`).
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from harness.base import limits
from harness.base.span import Mistake, Span

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml where PyYAML was built with it (six times faster), else the same grammar in Python."""

_LINE_END = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_BINARY = re.compile(rb"[\x00-\x08\x0e-\x1f]")
"""Bytes that no text has."""

_LOOKED_AT_BYTES = 1024
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Scalar:
    """One word, number or text, as written."""

    text: str
    span: Span
    plain: bool = True
    """Written without quotes."""
    indent: int | None = None
    """Of a block after `|`: blanks before each of its lines; its text starts on the line after `span`."""


@dataclass(frozen=True, slots=True)
class Pair:
    """One `key: value` line."""

    key: Scalar
    value: "Node"


@dataclass(frozen=True, slots=True)
class Table:
    """A mapping. The keys are unique."""

    pairs: tuple[Pair, ...]
    span: Span

    def pair(self, key: str) -> Pair | None:
        """The pair with that key, or None."""
        return next((pair for pair in self.pairs if pair.key.text == key), None)

    def get(self, key: str) -> "Node | None":
        """The value of that key, or None."""
        found = self.pair(key)
        return None if found is None else found.value


@dataclass(frozen=True, slots=True)
class Series:
    """A list."""

    items: tuple["Node", ...]
    span: Span


Node = Scalar | Table | Series


@dataclass(frozen=True, slots=True)
class Document:
    """What one file holds. `root` is None where it could not be read far enough to go on."""

    root: Table | None
    mistakes: tuple[Mistake, ...]


def split_lines(text: str) -> list[str]:
    """The lines as YAML counts them (YAML 1.1 section 4.2 breaks lines also at U+0085, U+2028, U+2029)."""
    return _LINE_END.split(text)


def read(data: bytes, path: str) -> Document:
    """Read the bytes of a scenario file. `path` is how mistakes name the file. Never raises."""
    reader = _Reader(path)
    text = reader.decode(data)
    root = None if text is None else reader.document(text)
    return Document(root, tuple(sorted(set(reader.mistakes))))


def value_of(node: Node) -> Any:
    """The node as plain dicts, lists and texts, as `model.py` takes it."""
    if isinstance(node, Scalar):
        return node.text
    if isinstance(node, Series):
        return [value_of(item) for item in node.items]
    return {pair.key.text: value_of(pair.value) for pair in node.pairs}


def locate(root: Node, place: tuple[str | int, ...], *, key: bool = False) -> Span:
    """Where `place` (keys and list positions from the root) stands: its value, or with `key` its key.

    Where the place does not exist, the nearest thing above it answers: the key that should hold it.
    """
    node, holder = root, root.span
    for step in place:
        if isinstance(node, Table) and (pair := node.pair(str(step))) is not None:
            node, holder = pair.value, pair.key.span
        elif isinstance(node, Series) and isinstance(step, int) and step < len(node.items):
            node = node.items[step]
            holder = node.span
        elif step != 0:  # one value alone stands for a list of one: position 0 is the value itself
            return node.span if isinstance(node, Scalar) else holder
    return holder if key else node.span


@dataclass(slots=True)
class _Open:
    """A mapping or list that is still being read."""

    start: Any
    keyed: bool
    nodes: list[Node] = field(default_factory=list)


class _Reader:
    def __init__(self, path: str) -> None:
        self.path = path
        self.mistakes: list[Mistake] = []
        self.lines: list[str] = []

    def mistake(self, line: int, column: int, text: str, hint: str = "", length: int = 1) -> None:
        self.mistakes.append(Mistake(Span(self.path, line, column, max(1, length)), text, hint))

    def decode(self, data: bytes) -> str | None:
        """UTF-8 text without byte order mark and without characters that YAML forbids, else None."""
        if len(data) > limits.SCENARIO_BYTES_MAX:
            large = f"the file is larger than {limits.SCENARIO_BYTES_MAX} bytes"
            self.mistake(1, 1, large, "a scenario has a few dozen lines; is this the right file?")
            return None
        if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            self.mistake(1, 1, "the file is UTF-16", "save it as UTF-8")
            return None
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError as error:
            if _BINARY.search(data[:_LOOKED_AT_BYTES]):
                self.mistake(1, 1, "this is no text", "a scenario is a text file in YAML")
                return None
            before = split_lines(data[: error.start].decode("utf-8"))
            shown = f"the byte 0x{data[error.start]:02x} is not UTF-8"
            self.mistake(len(before), len(before[-1]) + 1, shown, "save the file as UTF-8")
            return None
        if text.startswith("\ufeff"):
            self.mistake(1, 1, "the file starts with a byte order mark", "save it as UTF-8 without BOM")
            text = text[1:]
        self.lines = split_lines(text)
        bad = _UNPRINTABLE.search(text)
        if bad is not None:
            before = split_lines(text[: bad.start()])
            text = f"the character U+{ord(bad[0]):04X} is not allowed"
            self.mistake(len(before), len(before[-1]) + 1, text, "delete it; editors may not show it")
            return None
        return text

    def document(self, text: str) -> Table | None:
        """The first document's mapping, or None. Reports everything that is not plain YAML."""
        root: Node | None = None
        try:
            for node in self._nodes(yaml.parse(text, Loader=LOADER)):
                root = node
        except yaml.MarkedYAMLError as error:
            self._syntax(error)
            return None
        except yaml.YAMLError as error:
            self.mistake(1, 1, f"the file is not YAML: {str(error).splitlines()[0]}")
            return None
        self._tabs(root)
        if isinstance(root, Table):
            return root
        if root is None or (isinstance(root, Scalar) and root.plain and not root.text):
            if not self.mistakes:
                self.mistake(1, 1, "the file is empty", "start with 'scenario:' and a sentence")
        else:
            text = "a scenario is made of 'key: value' lines"
            self.mistake(root.span.line, root.span.column, text, "start with 'scenario:' and a sentence")
        return None

    def _nodes(self, events: Iterator[Any]) -> Iterator[Node]:
        """Build nodes from events; yields the root of the first document, ends early when it is hopeless."""
        opened: list[_Open] = []
        documents = 0
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self._at(event, "a second document starts here", "one file holds one scenario")
                    return
            elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
                self._plainness(event)
                opened.append(_Open(event.start_mark, isinstance(event, yaml.MappingStartEvent)))
                if len(opened) > limits.SCENARIO_DEPTH_MAX:
                    self._at(event, f"nested deeper than {limits.SCENARIO_DEPTH_MAX} levels")
                    return
            elif (node := self._node(event, opened)) is not None:
                if not opened:
                    yield node
                else:
                    opened[-1].nodes.append(node)

    def _node(self, event: Any, opened: list[_Open]) -> Node | None:
        """The node that is complete with this event, or None."""
        if isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            return self._close(opened.pop(), event.end_mark)
        if isinstance(event, yaml.ScalarEvent):
            self._plainness(event)
            indent = self._indent(event.start_mark) if event.style == "|" else None
            span = self._span(event.start_mark, event.end_mark)
            return Scalar(event.value, span, event.implicit[0], indent)
        if isinstance(event, yaml.AliasEvent):
            self._at(event, f"the alias *{event.anchor} is not part of this language", "write the value out")
            return Scalar(f"*{event.anchor}", self._span(event.start_mark, event.end_mark))
        return None

    def _indent(self, start: Any) -> int:
        """Blanks before the first line of a block that has any text."""
        texts = (text for text in self.lines[start.line + 1 :] if text.strip(" "))
        first = next(texts, "")
        return len(first) - len(first.lstrip(" "))

    def _close(self, ended: _Open, end: Any) -> Node:
        span = self._span(ended.start, end)
        if not ended.keyed:
            for item in ended.nodes:
                if isinstance(item, Scalar) and item.plain and not item.text:
                    self.mistakes.append(Mistake(item.span, "this list item is empty"))
            return Series(tuple(ended.nodes), span)
        first: dict[str, Scalar] = {}
        pairs = []
        for key, value in zip(ended.nodes[::2], ended.nodes[1::2], strict=True):
            if not isinstance(key, Scalar) or not key.text:
                self.mistakes.append(Mistake(key.span, "a key must be one word", "write it as 'key: value'"))
            elif key.text == "<<" and key.plain:
                text = "the merge key << is not part of this language"
                self.mistakes.append(Mistake(key.span, text, "write the keys out"))
            elif key.text in first:
                where = f"the first is on line {first[key.text].span.line}"
                self.mistakes.append(Mistake(key.span, f"the key {key.text!r} is given twice", where))
            else:
                first[key.text] = key
                if isinstance(value, Scalar) and value.plain and not value.text:
                    self.mistakes.append(Mistake(key.span, f"the key {key.text!r} has no value"))
                else:
                    pairs.append(Pair(key, value))
        return Table(tuple(pairs), span)

    def _plainness(self, event: Any) -> None:
        """Anchors and tags are refused; a quoted scalar is not a tag."""
        if event.anchor is not None:
            self._at(event, f"the anchor &{event.anchor} is not part of this language", "write the value out")
        if event.tag is not None:
            tag = str(event.tag).replace("tag:yaml.org,2002:", "!!")
            self._at(event, f"the tag {tag} is not part of this language", "the key gives a value its type")

    def _tabs(self, root: Node | None) -> None:
        """Tabs in the indentation that libyaml lets pass, outside texts that run over several lines."""
        inside = {line for scalar in _scalars(root) for line in range(scalar[0] + 1, scalar[1] + 1)}
        for number, line in enumerate(self.lines, 1):
            indent = re.match(r" *\t", line)
            if indent and line.strip() and number not in inside:
                self.mistake(number, indent.end(), "a tab in the indentation", "indent with spaces")

    def _syntax(self, error: yaml.MarkedYAMLError) -> None:
        """One syntax error of the parser in words for people, at the place an author would look at."""
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
        source = self.lines[line - 1] if line <= len(self.lines) else ""
        indent = re.match(r" *\t", source)
        if indent is None and line < len(self.lines) and "tab" in str(error.problem):
            # libyaml marks the scalar before the tab; the tab stands on the line after its last word.
            line += 1
            indent = re.match(r"[^\t]*\t", self.lines[line - 1])
        if indent is not None:
            self.mistake(line, indent.end(), "a tab in the indentation", "indent with spaces")
            return
        text, hint = _explain(str(error.problem or error), source[column - 1 : column])
        if text == _COLONS and (above := self._indented_otherwise(line)):
            column, text, hint = len(source) - len(source.lstrip()) + 1, above, _ALIKE
        if hint == _COMMENT:
            line, column, hint = self._comment(line, column)
        start = error.context_mark
        if "or the closing" in text and start is not None and start.line + 1 < line:
            opened = self.lines[start.line][start.column : start.column + 1]
            text, hint = f"this {opened!r} is never closed, or a ',' is missing before line {line}", ""
        if any(known in text for known in _AT_THE_START):
            line, column = (start.line + 1, start.column + 1) if start is not None else (line, column)
        self.mistake(line, column, text, hint)

    def _indented_otherwise(self, line: int) -> str:
        """What is wrong where a line stands deeper than the finished one above it, else nothing."""
        above = next((text for text in reversed(self.lines[: line - 1]) if text.strip()), "")
        deep, other = (len(_INDENT.match(text)[0]) for text in (self.lines[line - 1], above))  # type: ignore[index]
        if deep <= other or above.partition(" #")[0].rstrip().endswith((":", "|", ">")):
            return ""
        return f"this line is indented by {deep} blanks, the one above it by {other}"

    def _comment(self, line: int, column: int) -> tuple[int, int, str]:
        """Where a comment swallowed the value that is missing, else the place as given without a hint."""
        for number in (line, line - 1):
            found = self.lines[number - 1].find(" #") if 0 < number <= len(self.lines) else -1
            if found >= 0:
                return number, found + 2, _COMMENT
        return line, column, ""

    def _at(self, event: Any, text: str, hint: str = "") -> None:
        self.mistakes.append(Mistake(self._span(event.start_mark, event.end_mark), text, hint))

    def _span(self, start: Any, end: Any) -> Span:
        """From mark to mark, cut at the end of the first line, without the blanks after it."""
        line = self.lines[start.line] if start.line < len(self.lines) else ""
        stop = end.column if end.line == start.line else len(line.rstrip())
        return Span(self.path, start.line + 1, start.column + 1, max(1, stop - start.column))


def _scalars(node: Node | None) -> Iterator[tuple[int, int]]:
    """First and last line of every scalar below a node."""
    if isinstance(node, Scalar):
        yield node.span.line, node.span.line + node.text.count("\n") + 1 if not node.plain else node.span.line
    elif isinstance(node, Series):
        for item in node.items:
            yield from _scalars(item)
    elif isinstance(node, Table):
        for pair in node.pairs:
            yield from _scalars(pair.value)


_COMMENT = "a '#' after a blank begins a comment"

_INDENT = re.compile(r" *(?:- +)*")
_ALIKE = "lines that belong together begin in one column"

_COLONS = "a ':' too many on this line"
_COLON = "put a text that holds ': ' in quotes"

_PROBLEMS = (
    ("mapping values are not allowed", _COLONS, _COLON),
    ("found unexpected end of stream", "this quote is never closed", ""),
    ("found unexpected document indicator", "this quote is never closed", ""),
    ("could not find expected ':'", "a ':' is missing after the key", ""),
    ("did not find expected ',' or ']'", "a ',' or the closing ']' is missing before this", ""),
    ("did not find expected ',' or '}'", "a ',' or the closing '}' is missing before this", ""),
    ("did not find expected key", "this line does not fit the indentation above it", ""),
    ("did not find expected '-' indicator", "this line does not fit the list above it", "start it with '- '"),
    ("did not find expected node content", "a value is missing here", _COMMENT),
    ("expected alphabetic or numeric character", "a value cannot start with '*' or '&'", "put it in quotes"),
    ("expected <document start>", "nothing may follow the end of the document", "delete the line '...'"),
    ("unknown escape character", "a backslash escape that YAML does not know", "use single quotes"),
)


_AT_THE_START = ("never closed", "is missing after the key", "'*' or '&'")
"""Problems that are shown where the thing begins, not where the parser gave up."""


def _explain(problem: str, character: str) -> tuple[str, str]:
    """The parser's problem as a sentence and a hint."""
    if character in ("}", "]") and "did not find expected key" in problem:
        return f"a {character!r} too many", "delete it"
    for known, text, hint in _PROBLEMS:
        if known in problem:
            return text, _COLON if character == ":" else hint
    if "cannot start any token" in problem:
        return f"a value cannot start with {character!r}", "put it in quotes"
    return f"the file is not YAML: {problem}", ""
