"""The slow, tolerant way to cut a message into start line, header rows and body.

`message.parse` takes its fast way when the head is CRLF-clean; anything else comes here: bare LF,
folding, NULs, no end of head, too many rows, garbage. Must not live here: meaning of any header.
Never raises; linear in the length of the data.
"""

import re
from typing import NamedTuple

from harness.base.limits import HEAD_BYTES_MAX, HEADER_ROWS_MAX
from harness.wire.sip.defects import Defect, Defects, shown
from harness.wire.sip.grammar import SPACE, is_token

_END_OF_HEAD = re.compile(rb"\n\r?\n")
_VERSION = "SIP/2.0"


class Head(NamedTuple):
    """A head cut into unfolded rows; `rows[0]` is the start line, the others hold a colon."""

    rows: list[str]
    body_at: int
    defects: tuple[Defect, ...]


class StartLine(NamedTuple):
    """A start line. Unreadable: no method and status 0."""

    method: str = ""
    uri: str = ""
    status: int = 0
    reason: str = ""
    defects: tuple[Defect, ...] = ()


def split_head(data: bytes) -> Head:
    """Cut the head out of any bytes. Never raises."""
    defects = Defects()
    begin = len(data) - len(data.lstrip(b"\r\n"))
    if begin == len(data):
        defects.add("empty", "no message: nothing but line ends" if data else "no message: no bytes")
        return Head([""], len(data), defects.result())
    if begin:
        # RFC 3261 section 7.5: CRLF before the start line is ignored (on streams; here everywhere).
        defects.add("leading-line-ends", "line ends before the start line (RFC 3261 section 7.5)")
    match = _END_OF_HEAD.search(data, begin, begin + HEAD_BYTES_MAX)
    if match:
        end, body_at = match.start(), match.end()
    elif len(data) - begin > HEAD_BYTES_MAX:
        end = body_at = begin + HEAD_BYTES_MAX
        body_at = len(data)
        defects.add(
            "head-too-large", f"the head is longer than {HEAD_BYTES_MAX} bytes; the rest is not looked at"
        )
    else:
        end = body_at = len(data)
        defects.add(
            "no-end-of-head", "the empty line after the header fields is missing (RFC 3261 section 7)"
        )
    lines = _lines(data[begin:end].decode("latin-1"), defects)
    return Head(_rows(lines, defects), body_at, defects.result())


def _lines(text: str, defects: Defects) -> list[str]:
    lines = text.split("\n")
    last = len(lines) - 1
    clean: list[str] = []
    for number, line in enumerate(lines):
        ended = line.removesuffix("\r")
        if number < last and len(ended) == len(line):
            defects.add("bare-lf", "a line ends with LF alone instead of CRLF (RFC 3261 section 7)")
        if "\r" in ended:
            defects.add("bare-cr", "a carriage return inside a line; read as a space")
            ended = ended.replace("\r", " ")
        # RFC 3261 section 25.1: NUL is legal behind a backslash in a quoted string, nowhere else.
        ended = ended.replace("\\\0", "\\ ")
        if "\0" in ended:
            defects.add("nul", "a NUL byte inside the head; read as a space")
            ended = ended.replace("\0", " ")
        clean.append(ended)
    if last and not clean[-1]:
        clean.pop()
    return clean


def _rows(lines: list[str], defects: Defects) -> list[str]:
    start = lines[0]
    pieces: list[list[str]] = []
    for line in lines[1:]:
        if line[:1] in SPACE:
            # RFC 3261 section 7.3.1: folding equals one space. Legal, so no defect.
            if pieces:
                pieces[-1].append(line.strip(SPACE))
            elif line.strip(SPACE):
                defects.add("folded-start-line", "a folded line follows the start line; it is ignored")
        elif len(pieces) >= HEADER_ROWS_MAX:
            defects.add(
                "too-many-rows", f"more than {HEADER_ROWS_MAX} header rows; the rest is not looked at"
            )
            break
        else:
            pieces.append([line])
    rows = [start]
    for parts in pieces:
        row = " ".join(parts) if len(parts) > 1 else parts[0]
        if not row.partition(":")[1] or not row.partition(":")[0].strip(SPACE):
            defects.add("no-colon", f"the line {shown(row)} is no header field: no name and colon")
        else:
            rows.append(row)
    return rows


def read_start_line(line: str) -> StartLine:
    """Read any start line; what the grammar forbids is read as well as possible, with defects."""
    defects = Defects()
    words = line.split()
    # The reason phrase may end with spaces, or be empty behind one (RFC 3261 section 25.1).
    if line != line.strip(SPACE) and not (words and line.startswith("SIP/")):
        defects.add("start-line-space", "white space around the start line (RFC 3261 section 7.1)")
    if not words:
        defects.add("start-line", "the start line is empty")
        return StartLine(defects=defects.result())
    if words[0][:4].upper() == "SIP/":
        return _status_line(words, line, defects)
    return _request_line(words, line, defects)


def _status_line(words: list[str], line: str, defects: Defects) -> StartLine:
    if words[0] != _VERSION:
        defects.add("version", f"SIP version {shown(words[0])} instead of SIP/2.0 (RFC 3261 section 7.2)")
    code = words[1] if len(words) > 1 else ""
    if not (len(code) == 3 and code.isascii() and code.isdecimal() and "100" <= code <= "699"):
        defects.add("status-code", f"status code {shown(code)} is not 100 to 699 (RFC 3261 section 7.2)")
        return StartLine(defects=defects.result())
    tail = line.strip(SPACE).split(None, 2)
    if len(words) == 2 and not line.endswith(" "):
        defects.add("status-line-space", "no space after the status code (RFC 3261 section 7.2)")
    return StartLine(status=int(code), reason=tail[2] if len(tail) > 2 else "", defects=defects.result())


def _request_line(words: list[str], line: str, defects: Defects) -> StartLine:
    method = words[0]
    versioned = len(words) > 1 and words[-1][:4].upper() == "SIP/"
    target = words[1:-1] if versioned else words[1:]
    if not is_token(method) or not target:
        defects.add(
            "start-line", f"{shown(line)} is neither a request line nor a status line (RFC 3261 section 7)"
        )
        return StartLine(defects=defects.result())
    if not versioned:
        if ":" not in target[0]:
            defects.add("start-line", f"{shown(line)} is neither a request line nor a status line")
            return StartLine(defects=defects.result())
        defects.add("version", "no SIP version in the request line (RFC 3261 section 7.1)")
    elif words[-1] != _VERSION:
        defects.add("version", f"SIP version {shown(words[-1])} instead of SIP/2.0 (RFC 3261 section 7.1)")
    uri = " ".join(target)
    if len(target) > 1 or line.strip(SPACE).count(" ") != len(target) + versioned:
        defects.add(
            "request-line-space", "more than single spaces in the request line (RFC 3261 section 7.1)"
        )
    if uri.startswith("<") and uri.endswith(">"):
        defects.add("request-uri-brackets", "the Request-URI stands in angle brackets (RFC 3261 section 7.1)")
        uri = uri[1:-1]
    return StartLine(method=method, uri=uri, defects=defects.result())
