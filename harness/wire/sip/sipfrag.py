"""message/sipfrag bodies (RFC 3420): the claim that a NOTIFY of a transfer carries.

Lives here: reading one tolerantly and writing one. Must not live here: whether the claim is true,
or allowed at that moment (`judge`). Never raises; linear.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from harness.base.limits import HEADER_ROWS_MAX, MESSAGE_BYTES_MAX
from harness.wire.sip.defects import Defect, Defects, shown
from harness.wire.sip.grammar import SPACE, canonical, is_token
from harness.wire.sip.split import read_start_line


@dataclass(frozen=True, slots=True)
class Sipfrag:
    """A fragment as received. `status` is None when there is no readable status line.

    `request` is true when the fragment starts with a request line. `headers` are (name as written,
    unfolded value). `text` is the start line as received, "" when there is none.
    """

    status: int | None = None
    reason: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    defects: tuple[Defect, ...] = ()
    request: bool = False
    text: str = ""

    def header(self, name: str) -> str | None:
        """Value of the first header of that name (any case, compact form too), None when absent."""
        wanted = canonical(name)
        return next((value for written, value in self.headers if canonical(written) == wanted), None)


@lru_cache(maxsize=64)  # claims, truth and a dozen rules read the same few bodies
def sipfrag(body: bytes) -> Sipfrag:
    """Read a message/sipfrag body. Never raises."""
    defects = Defects()
    text = body[:MESSAGE_BYTES_MAX].decode("latin-1")
    content = text.lstrip("\r\n")
    if not content.strip("\r\n \t\0"):
        defects.add(
            "sipfrag-empty", "the sipfrag body is empty; it needs a status line (RFC 3515 section 2.4.4)"
        )
        return Sipfrag(defects=defects.result())
    if len(content) != len(text):
        defects.add("sipfrag-leading-line-ends", "line ends before the status line of the sipfrag")
    lines = _lines(content, defects)
    start_line = lines[0]
    status, reason, request = _start(start_line, defects)
    if status is None and not request and ":" in start_line and _is_header(start_line):
        # Legal by RFC 3420 section 2, where the start line is optional, but not in a NOTIFY of a REFER.
        defects.add(
            "sipfrag-no-status-line", "no status line before the header fields (RFC 3515 section 2.4.4)"
        )
        return Sipfrag(None, "", _headers(lines, defects), defects.result())
    return Sipfrag(status, reason, _headers(lines[1:], defects), defects.result(), request, start_line)


def sipfrag_body(status: int, reason: str, headers: Sequence[tuple[str, str]] = ()) -> bytes:
    """Write a status line and headers, each with CRLF. Raises ValueError on CR, LF or NUL in them."""
    rows = [f"SIP/2.0 {status} {reason}", *(f"{name}: {value}" for name, value in headers)]
    if any(character in row for row in rows for character in "\r\n\0"):
        raise ValueError("CR, LF or NUL inside a sipfrag line (RFC 3420 section 2)")
    return "".join(row + "\r\n" for row in rows).encode("latin-1", "replace")


def _lines(content: str, defects: Defects) -> list[str]:
    """Cut into lines up to the empty one that ends the headers (what follows is a body of its own)."""
    if not content.endswith("\n") and "\n\n" not in content and "\n\r\n" not in content:
        # RFC 3261 section 25.1: Status-Line and message-header end with CRLF.
        defects.add(
            "sipfrag-no-crlf", "the last line of the sipfrag does not end with CRLF (RFC 3261 section 7.2)"
        )
    found: list[str] = []
    pieces = content.split("\n")
    for number, piece in enumerate(pieces):
        ended = piece.removesuffix("\r")
        if number < len(pieces) - 1 and ended == piece:
            defects.add(
                "sipfrag-bare-lf",
                "a line of the sipfrag ends with LF alone instead of CRLF (RFC 3261 section 7.2)",
            )
        if not ended and found:
            break
        if len(found) > HEADER_ROWS_MAX:
            defects.add(
                "too-many-rows",
                f"more than {HEADER_ROWS_MAX} header rows in the sipfrag; the rest is not read",
            )
            break
        found.append(ended.replace("\r", " ").replace("\0", " "))
    return found


def _start(line: str, defects: Defects) -> tuple[int | None, str, bool]:
    start = read_start_line(line)
    if start.status:
        defects.extend(start.defects)
        return start.status, start.reason, False
    if start.method:
        defects.add(
            "sipfrag-request",
            f"the sipfrag starts with a request line {shown(line)} (RFC 3515 section 2.4.4)",
        )
        return None, "", True
    if not _is_header(line):
        defects.add("sipfrag-status-line", f"no readable status line in the sipfrag: {shown(line)}")
    return None, "", False


def _is_header(line: str) -> bool:
    name, colon, _ = line.partition(":")
    return bool(colon) and is_token(name.strip(SPACE))


def _headers(lines: Sequence[str], defects: Defects) -> tuple[tuple[str, str], ...]:
    pieces: list[list[str]] = []
    for line in lines:
        if line[:1] in SPACE and pieces:
            pieces[-1].append(line.strip(SPACE))
        elif _is_header(line):
            pieces.append([line])
        elif line.strip(SPACE):
            defects.add("sipfrag-no-colon", f"the sipfrag line {shown(line)} is no header field")
    found = []
    for parts in pieces:
        name, _, value = " ".join(parts).partition(":")
        found.append((name.strip(SPACE), value.strip(SPACE)))
    return tuple(found)
