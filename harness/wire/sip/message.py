"""SIP messages as they were on the wire: read lazily, never refused; and written.

`parse` keeps the raw bytes, indexes the rows and takes out at once what every user asks for
(Call-ID, CSeq, tags, top branch, body). Everything else is read on first use and kept. The head is
text in latin-1, so that no byte is lost. Must not live here: tolerance for damaged framing
(`split.py`), the text of what is written (`writing.py`), the list of deviations (`inspection.py`),
typed headers (`headers.py`, `transfer.py`).
Speed: this is the hot path of the engine; see `benchmarks/parse.py` before changing anything.
"""

from collections.abc import Callable, Collection, Sequence
from functools import lru_cache
from typing import cast

from harness.base.limits import HEAD_BYTES_MAX, HEADER_ROWS_MAX, HEADER_VALUES_MAX
from harness.wire.sip import inspection
from harness.wire.sip.defects import Defect
from harness.wire.sip.grammar import COMPACT, KNOWN, SPACE, canonical, is_token, split_outside
from harness.wire.sip.headers import Cseq, NameAddress, Via
from harness.wire.sip.split import read_start_line, split_head
from harness.wire.sip.writing import write

__all__ = [
    "Defect", "Message", "build_request", "build_response", "compose_request", "compose_response", "parse",
]  # fmt: skip

_known = KNOWN.get
_ODD = ("\0", "\v", "\f", "\x1c", "\x1d", "\x1e")
"""What no header holds and, but for NUL, what `str.splitlines` takes for the end of a line."""
_COMPACT_INITIALS = {name: letter + letter.upper() for letter, name in COMPACT.items()}


class Message:
    """One request, response or piece of garbage. Nobody writes to it after `parse`.

    `method` is the request's method, for a response that of CSeq, "" when unreadable. `status` is 0
    for requests and garbage. `uri` is the Request-URI as written. `body` is cut by Content-Length.
    `cseq_number` is -1 when unreadable; tags and branch are "" when absent.
    """

    __slots__ = (
        "_contact", "_content_type", "_defects", "_first", "_from", "_lines", "_to", "_via", "body", "branch",
        "call_id", "cseq_method", "cseq_number", "framing_defects", "from_tag", "is_request", "method", "raw",
        "reason", "status", "to_tag", "uri",
    )  # fmt: skip

    raw: bytes
    body: bytes
    is_request: bool
    method: str
    uri: str
    status: int
    reason: str
    call_id: str
    cseq_number: int
    cseq_method: str
    branch: str
    from_tag: str
    to_tag: str
    framing_defects: tuple[Defect, ...]
    """Defects of start line, line ends and Content-Length alone; `defects` has all."""

    _lines: list[str]
    _first: dict[str, str]
    _defects: tuple[Defect, ...] | None
    _from: NameAddress | None
    _to: NameAddress | None
    _contact: NameAddress | None
    _content_type: str | None
    _via: Via | None

    def __init__(self, raw: bytes) -> None:
        """Read `raw`; use `parse`."""
        self.raw = raw
        self._defects = self._from = self._to = self._contact = self._via = self._content_type = None
        # Most messages have no body; looking at the end is cheaper than searching for the empty line.
        # An empty line further up then makes `_index` say no, and the search is made after all.
        if not (raw.endswith(b"\r\n\r\n") and self._read(len(raw) - 4)) and not self._read(
            raw.find(b"\r\n\r\n")
        ):
            head = split_head(raw)
            self._index(head.rows)
            self._read_start(head.rows[0], head.defects)
            self._read_identity(_READERS)
            self._cut_body(head.body_at)

    @classmethod
    def _of_rows(cls, raw: bytes, lines: list[str], first: dict[str, str], body: bytes) -> "Message":
        """What reading `raw` leads to, made of its rows and their index."""
        message = cls.__new__(cls)
        message.raw = raw
        message._defects = message._from = message._to = message._contact = message._via = None
        message._content_type = None
        message._lines = lines
        message._first = first
        message.body = body
        message._read_start(lines[0], ())
        message._read_identity(_REMEMBERING)
        return message

    def _read(self, end: int) -> bool:
        """Read quickly a head that ends at `end`; False when it is not made of clean CRLF rows."""
        if not 0 < end <= HEAD_BYTES_MAX:
            return False
        text = self.raw[:end].decode("latin-1")
        # `splitlines` also cuts at lone CR, LF and some control characters; then joining differs.
        lines = text.splitlines()
        if "\r\n".join(lines) != text or "\0" in text or len(lines) > HEADER_ROWS_MAX + 1:
            return False
        if not self._index(lines):
            return False
        self._read_start(lines[0], ())
        self._read_identity(_READERS)
        self._cut_body(end + 4)
        return True

    def _index(self, lines: list[str]) -> bool:
        """Note the rows by canonical name; False when a line is folded, empty or no header field."""
        first: dict[str, str] = {}
        known = _known
        # Backwards, so that the first row of a name is what stays in the dictionary.
        for line in lines[:0:-1]:
            name, colon, value = line.partition(":")
            key = known(name)
            if key is None:
                if not colon or name[:1] in SPACE:
                    return False
                key = canonical(name)
            elif not colon:
                return False
            first[key] = value.strip(SPACE)
        self._lines = lines
        self._first = first
        return True

    def _read_start(self, line: str, noted: tuple[Defect, ...]) -> None:
        self.framing_defects = noted
        self.uri = self.reason = ""
        self.status = 0
        if line.startswith("SIP/2.0 "):
            code = line[8:11]
            if code.isdecimal() and "100" <= code <= "699" and line[11:12] == " ":
                self.is_request = False
                self.method = ""
                self.status = int(code)
                self.reason = line[12:]
                return
        else:
            words = line.split(" ")
            if len(words) == 3 and words[2] == "SIP/2.0" and (words[0] in _METHODS or is_token(words[0])):
                uri = words[1]
                if uri and uri[0] != "<" and "\t" not in uri:
                    self.is_request = True
                    self.method = words[0]
                    self.uri = uri
                    return
        start = read_start_line(line)
        self.is_request = bool(start.method)
        self.method, self.uri, self.status, self.reason = start.method, start.uri, start.status, start.reason
        self.framing_defects += start.defects

    def _read_identity(self, readers: "_Readers") -> None:
        """Take out what dialogs and transactions are known by, by searching instead of parsing."""
        cseq, tag, branch = readers
        first = self._first
        self.call_id = first.get("call-id", "")
        self.cseq_number, self.cseq_method = cseq(first.get("cseq", ""))
        if not self.is_request:
            self.method = self.cseq_method if self.status else ""
        self.from_tag = tag(first.get("from", ""))
        self.to_tag = tag(first.get("to", ""))
        self.branch = branch(first.get("via", ""))

    def _cut_body(self, body_at: int) -> None:
        raw = self.raw
        length = self._first.get("content-length")
        if length is not None and len(length) <= 10:
            digits = length.strip(SPACE)
            if (
                digits.isdecimal()
                and int(digits) == len(raw) - body_at
                and (len(self._first) == len(self._lines) - 1 or len(self.rows("content-length")) == 1)
            ):
                self.body = raw[body_at:]
                return
        body, defects = inspection.cut_body(raw, body_at, self.rows("content-length"))
        self.body = body
        self.framing_defects += defects

    def first(self, name: str) -> str | None:
        """Unfolded text of the first row of that name, None when absent. Also `r` and `Refer-To`."""
        value = self._first.get(name)
        return self._first.get(canonical(name)) if value is None else value

    def rows(self, name: str) -> list[str]:
        """Each row's unfolded text, not cut at commas; empty when absent."""
        key = name
        value = self._first.get(key)
        if value is None:
            key = canonical(name)
            value = self._first.get(key)
            if value is None:
                return []
        if len(self._first) == len(self._lines) - 1:
            return [value]
        initials = key[0] + key[0].upper() + _COMPACT_INITIALS.get(key, "")
        found: list[str] = []
        for line in self._lines[1:]:
            if line[0] in initials:
                written, _, value = line.partition(":")
                if canonical(written) == key:
                    found.append(value.strip(SPACE))
        return found

    def values(self, name: str) -> list[str]:
        """All values of that name: rows cut at commas outside quotes and brackets; empty pieces dropped.

        At most HEADER_VALUES_MAX. Not for headers whose grammar has no list (Date, Subject, Reason text).
        """
        rows = self.rows(name)
        if len(rows) == 1 and rows[0] and "," not in rows[0]:  # as nearly all are
            return rows
        found: list[str] = []
        for row in rows:
            found += [value for value in split_outside(row, ",", HEADER_VALUES_MAX) if value]
            if len(found) >= HEADER_VALUES_MAX:
                return found[:HEADER_VALUES_MAX]
        return found

    def names(self) -> Collection[str]:
        """The canonical name of each header field, once."""
        return self._first

    @property
    def repeats(self) -> bool:
        """True when a header field stands in more than one row."""
        return len(self._first) != len(self._lines) - 1

    def headers(self) -> list[tuple[str, str]]:
        """(name as written, unfolded value) of each row, in order."""
        found = []
        for line in self._lines[1:]:
            name, _, value = line.partition(":")
            found.append((name.rstrip(SPACE), value.strip(SPACE)))
        return found

    @property
    def defects(self) -> tuple[Defect, ...]:
        """Every deviation found in this message, framing first; computed on first use."""
        if self._defects is None:
            self._defects = inspection.defects_of(self)
        return self._defects

    @property
    def from_(self) -> NameAddress:
        """The From header; an empty NameAddress when absent."""
        if self._from is None:
            self._from = NameAddress.parse(self._first.get("from", ""))
        return self._from

    @property
    def to(self) -> NameAddress:
        """The To header; an empty NameAddress when absent."""
        if self._to is None:
            self._to = NameAddress.parse(self._first.get("to", ""))
        return self._to

    @property
    def contact(self) -> NameAddress | None:
        """The first Contact value, None when absent."""
        if self._contact is None and "contact" in self._first:
            values = split_outside(self._first["contact"], ",", 1)
            self._contact = NameAddress.parse(values[0])
        return self._contact

    @property
    def contact_uri(self) -> str:
        """Text of the first Contact's URI, "" when absent: the quick way to a remote target."""
        value = self._first.get("contact", "")
        opening = value.find("<")
        closing = value.find(">", opening)
        if 0 <= opening < closing and '"' not in value:
            return value[opening + 1 : closing]
        contact = self.contact
        return contact.uri.text if contact is not None else ""

    @property
    def via(self) -> Via | None:
        """The topmost Via value, None when absent."""
        if self._via is None and "via" in self._first:
            values = split_outside(self._first["via"], ",", 1)
            self._via = Via.parse(values[0])
        return self._via

    @property
    def content_type(self) -> str:
        """Media type of the body, lower-case, without parameters: `message/sipfrag`; "" when absent."""
        if self._content_type is None:
            self._content_type = self._first.get("content-type", "").partition(";")[0].strip(SPACE).lower()
        return self._content_type

    def __repr__(self) -> str:
        what = (
            f"{self.method} {self.uri}" if self.is_request else f"{self.status} {self.reason} ({self.method})"
        )
        return f"<Message {what}, CSeq {self.cseq_number}, Call-ID {self.call_id}, {len(self.raw)} bytes>"


_METHODS = frozenset((
    "INVITE", "ACK", "BYE", "CANCEL", "REFER", "NOTIFY", "OPTIONS", "REGISTER", "SUBSCRIBE", "INFO", "UPDATE",
    "PRACK",
))  # fmt: skip


def parse(data: bytes) -> Message:
    """Read one message (a datagram, or what `frame.Framer` cut out of a stream). Never raises."""
    return Message(data)


def _cseq(value: str) -> tuple[int, str]:
    """Number and method of a CSeq value, -1 when unreadable."""
    words = value.split()
    if len(words) == 2 and len(words[0]) <= 10 and words[0].isdecimal():
        return int(words[0]), words[1]
    cseq = Cseq.parse(value)
    return cseq.number, cseq.method


def _branch(value: str) -> str:
    """The branch of the top value of a Via row, found by searching; odd rows go through Via."""
    at = value.find(";branch=")
    plain = at >= 0 and "," not in value and '"' not in value and "<" not in value
    if plain and "branch" not in value[:at].lower():  # else an odd `; branch=` may come before it
        end = value.find(";", at + 8)
        return (value[at + 8 :] if end < 0 else value[at + 8 : end]).strip(SPACE)
    return Via.parse(split_outside(value, ",", 1)[0]).branch if value else ""


def _tag(value: str) -> str:
    """The tag of a From or To value, found by searching; odd values go through NameAddress."""
    head, found, tail = value.rpartition(">;tag=")
    plain = found and ">" not in head and "<" not in tail and ">" not in tail
    if plain and ";" not in tail and '"' not in tail:
        return tail.strip(SPACE)
    return NameAddress.parse(value).tag if "tag" in value.lower() else ""


_Readers = tuple[Callable[[str], tuple[int, str]], Callable[[str], str], Callable[[str], str]]
_READERS: _Readers = (_cseq, _tag, _branch)
_remember = lru_cache(maxsize=1024)
_REMEMBERING: _Readers = (_remember(_cseq), _remember(_tag), _remember(_branch))
"""For what we write ourselves: each value comes several times in a call."""


def build_request(method: str, uri: str, headers: Sequence[tuple[str, str]], body: bytes = b"") -> bytes:
    """Write a request; Content-Length is computed and appended, so `headers` must not hold it.

    Raises ValueError on CR, LF or NUL anywhere in the arguments (but the body) and on a header name
    that is no token: what we send is well-formed unless a scenario sends raw bytes on purpose.
    """
    return write(f"{method} {uri} SIP/2.0\r\n", headers, body)


def build_response(status: int, reason: str, headers: Sequence[tuple[str, str]], body: bytes = b"") -> bytes:
    """Write a response; Content-Length is computed and appended. Raises ValueError as `build_request`."""
    return write(f"SIP/2.0 {status} {reason}\r\n", headers, body)


def compose_request(method: str, uri: str, headers: Sequence[tuple[str, str]], body: bytes = b"") -> Message:
    """What `parse` makes of `build_request` with the same arguments; cheaper, for nothing is read back."""
    return _compose(f"{method} {uri} SIP/2.0", headers, body)


def compose_response(
    status: int, reason: str, headers: Sequence[tuple[str, str]], body: bytes = b""
) -> Message:
    """What `parse` makes of `build_response` with the same arguments."""
    return _compose(f"SIP/2.0 {status} {reason}", headers, body)


def _compose(start: str, headers: Sequence[tuple[str, str]], body: bytes) -> Message:
    length = str(len(body))
    lines = [start, *map(": ".join, headers), f"Content-Length: {length}"]
    text = "\r\n".join(lines)
    breaks = len(headers) + 1
    if (
        text.isascii()
        and text.count("\n") == text.count("\r") == breaks < HEADER_ROWS_MAX
        and len(text) <= HEAD_BYTES_MAX
        and not any(map(text.__contains__, _ODD))
    ):
        # Backwards, so that the first row of a name is what stays in the index.
        first = {_known(name): value.strip(SPACE) for name, value in headers[::-1]}
        if None not in first and "content-length" not in first:
            first["content-length"] = length
            raw = f"{text}\r\n\r\n".encode("ascii") + body
            return Message._of_rows(raw, lines, cast("dict[str, str]", first), body)
    return Message(write(f"{start}\r\n", headers, body))
