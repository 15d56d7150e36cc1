"""Finds every deviation of one message from the RFCs that can be seen in the message alone.

Lives here: cutting the body by Content-Length, and the inspections that fill `Message.defects`.
Must not live here: anything that needs a second message or a role (`judge/rules`). Never raises.
"""

from typing import TYPE_CHECKING

from harness.wire.sip.defects import Defect, Defects, shown
from harness.wire.sip.grammar import unsigned

if TYPE_CHECKING:
    from harness.wire.sip.message import Message


def cut_body(raw: bytes, body_at: int, lengths: list[str]) -> tuple[bytes, tuple[Defect, ...]]:
    """Cut the body by the Content-Length rows; whatever they say, some body is returned."""
    available = len(raw) - body_at
    if not lengths:
        # RFC 3261 section 18.3: without Content-Length the body of a datagram reaches to its end.
        return raw[body_at:], ()
    defects = Defects()
    if len(lengths) > 1:
        same = "with the same value" if len(set(lengths)) == 1 else "with different values"
        defects.add("content-length-repeated", f"{len(lengths)} Content-Length fields {same} (RFC 3261 section 20.14)")
    readable = [number for number in (unsigned(text) for text in lengths) if number is not None]
    if len(readable) < len(lengths):
        worst = next(text for text in lengths if unsigned(text) is None)
        defects.add("content-length", f"unreadable Content-Length {shown(worst)} (RFC 3261 section 20.14)")
    if not readable:
        return raw[body_at:], defects.result()
    length = available if available in readable else readable[0]
    if length < available:
        # RFC 3261 section 18.3: bytes beyond the body are discarded.
        extra = available - length
        defects.add("extra-octets", f"{extra} bytes after the body of {length} bytes (RFC 3261 section 18.3)")
    elif length > available:
        defects.add("body-short", f"Content-Length is {length} but {available} bytes follow (RFC 3261 section 18.3)")
    return raw[body_at : body_at + length], defects.result()


def defects_of(message: "Message") -> tuple[Defect, ...]:
    """All defects of a message, framing first."""
    defects = Defects(message.framing_defects)
    return defects.result()
