"""Cuts SIP messages out of a byte stream (RFC 3261 sections 7.5 and 18.3, RFC 5626 section 3.5.1).

Lives here: the state of one direction of one connection. Must not live here: sockets. Bounded: an
endless head or a body larger than MESSAGE_BYTES_MAX breaks the framer for good; the connection is
then to be closed. Fed byte by byte it still does linear work.
"""

import re

from harness.base.limits import HEAD_BYTES_MAX, MESSAGE_BYTES_MAX, STREAM_BUFFER_BYTES_MAX
from harness.wire.sip.defects import Defect, Defects, shown
from harness.wire.sip.grammar import unsigned
from harness.wire.sip.message import parse

_LINE_ENDS = re.compile(rb"[\r\n]+")
_END_OF_HEAD = re.compile(rb"\n\r?\n")
_SLICE_BYTES = STREAM_BUFFER_BYTES_MAX - HEAD_BYTES_MAX - MESSAGE_BYTES_MAX


class Framer:
    """Feed it what `recv` gave; it hands back whole messages, as raw bytes, in order.

    `broken` is None, or a sentence that says why nothing more can be cut. `pings` counts CRLF CRLF
    keep-alives (RFC 5626 section 3.5.1: each is answered with one CRLF, which is the owner's task).
    `defects` are those of the stream; those of a message are in the message.
    """

    __slots__ = ("_buffer", "_defects", "_last", "_length", "_line_ends", "_scanned", "broken", "pings")

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._scanned = 0
        self._length = -1
        self._line_ends = 0
        self._last: str | None = None
        self._defects = Defects()
        self.broken: str | None = None
        self.pings = 0

    @property
    def defects(self) -> tuple[Defect, ...]:
        """Deviations of the stream, at most DEFECTS_MAX."""
        return self._defects.result()

    @property
    def pending_bytes(self) -> int:
        """Bytes of a message that has not ended: not 0 when the peer closed in the middle of one."""
        return len(self._buffer)

    def feed(self, data: bytes) -> list[bytes]:
        """Take bytes, return the messages that are whole now. Never raises; nothing once `broken`."""
        found: list[bytes] = []
        # In slices, so that the buffer stays below STREAM_BUFFER_BYTES_MAX whatever one call brings.
        for begin in range(0, len(data), _SLICE_BYTES):
            if self.broken is not None:
                break
            self._buffer += data[begin : begin + _SLICE_BYTES]
            self._cut(found)
        return found

    def _cut(self, found: list[bytes]) -> None:
        buffer = self._buffer
        begin = 0
        while self.broken is None:
            if self._length < 0:
                if self._scanned == 0:
                    begin = self._skip_line_ends(begin)
                if not self._find_end_of_head(begin):
                    break
            end = begin + self._length
            if len(buffer) < end:
                break
            found.append(bytes(buffer[begin:end]))
            begin = end
            self._length = -1
            self._scanned = 0
            self.broken = self._last
        if self.broken is not None:
            buffer.clear()
        elif begin:
            del buffer[:begin]

    def _skip_line_ends(self, begin: int) -> int:
        """RFC 3261 section 7.5: CRLF before a start line is ignored; two are a ping of RFC 5626."""
        match = _LINE_ENDS.match(self._buffer, begin)
        if match is None:
            if begin < len(self._buffer):
                self._line_ends = 0
            return begin
        self._line_ends += match.group().count(b"\n")
        self.pings += self._line_ends // 2
        self._line_ends %= 2
        if match.end() < len(self._buffer):
            self._line_ends = 0
        return match.end()

    def _find_end_of_head(self, begin: int) -> bool:
        buffer = self._buffer
        match = _END_OF_HEAD.search(buffer, begin + max(0, self._scanned - 2), begin + HEAD_BYTES_MAX)
        if match is None:
            self._scanned = min(len(buffer) - begin, HEAD_BYTES_MAX)
            if len(buffer) - begin >= HEAD_BYTES_MAX:
                self.broken = f"no end of the head within {HEAD_BYTES_MAX} bytes"
                self._defects.add("head-too-large", self.broken)
            return False
        head = match.end() - begin
        self._length = head + self._body_bytes(bytes(buffer[begin : match.end()]))
        return True

    def _body_bytes(self, head: bytes) -> int:
        """Length of the body; 0 when it cannot be known, then the head is the last message handed out."""
        rows = parse(head).rows("content-length")
        if not rows:
            # RFC 3261 section 18.3: on streams the Content-Length MUST be used.
            self._defects.add(
                "content-length-missing", "no Content-Length on a stream (RFC 3261 section 18.3)"
            )
            return 0
        readable = [number for number in (unsigned(row) for row in rows) if number is not None]
        if not readable:
            self._last = f"unreadable Content-Length {shown(rows[0])} on a stream"
            self._defects.add("content-length", self._last)
            return 0
        if readable[0] > MESSAGE_BYTES_MAX:
            self._last = f"Content-Length {readable[0]} is larger than {MESSAGE_BYTES_MAX}"
            self._defects.add("body-too-large", self._last)
            return 0
        return readable[0]
