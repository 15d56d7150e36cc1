"""Finds every deviation of one message from the RFCs that can be seen in the message alone.

Lives here: cutting the body by Content-Length, and the inspections that fill `Message.defects`.
Must not live here: anything that needs a second message or a role (`judge/rules`). Never raises.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING

from harness.base.limits import HEADER_VALUES_MAX
from harness.wire.sip.defects import Defect, Defects, shown
from harness.wire.sip.grammar import SPACE, is_token, split_outside, unsigned
from harness.wire.sip.headers import NameAddress, SubscriptionState, Via
from harness.wire.sip.sipfrag import sipfrag
from harness.wire.sip.transfer import Replaces, TargetDialog, replaces_of
from harness.wire.sip.uri import Uri

if TYPE_CHECKING:
    from harness.wire.sip.message import Message

_QUOTED_PAIR = re.compile(r"\\.")

CSEQ_MAX = 2**31 - 1
"""RFC 3261 section 8.1.1.5: the sequence number MUST be less than 2**31."""

SECONDS_MAX = 2**32 - 1
"""RFC 3261 section 20.19: Expires is 0 to 2**32 - 1."""


def cut_body(raw: bytes, body_at: int, lengths: list[str]) -> tuple[bytes, tuple[Defect, ...]]:
    """Cut the body by the Content-Length rows; whatever they say, some body is returned."""
    available = len(raw) - body_at
    if not lengths:
        # RFC 3261 section 18.3: without Content-Length the body of a datagram reaches to its end.
        return raw[body_at:], ()
    defects = Defects()
    if len(lengths) > 1:
        same = "with the same value" if len(set(lengths)) == 1 else "with different values"
        defects.add(
            "content-length-repeated", f"{len(lengths)} Content-Length fields {same} (RFC 3261 section 20.14)"
        )
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
        defects.add(
            "body-short", f"Content-Length is {length} but {available} bytes follow (RFC 3261 section 18.3)"
        )
    return raw[body_at : body_at + length], defects.result()


def defects_of(message: "Message") -> tuple[Defect, ...]:
    """All defects of a message, framing first; of garbage only those of the framing."""
    defects = Defects(message.framing_defects)
    if message.is_request or message.status:
        for inspect in (_head_bytes, _rows, _cseq, _request_uri):
            inspect(message, defects)
        seen, inspections = _of_names(tuple(message.names()))
        defects.extend(seen)
        for name, inspect_value in inspections:
            for number, row in enumerate(message.rows(name)):
                found = inspect_value(row, number == 0)
                if found:
                    defects.extend(found)
        if not message.from_tag and message.first("from") is not None:
            defects.add("from-tag-missing", "no tag in the From header (RFC 3261 section 8.1.1.3)")
        _body(message, defects)
    return defects.result()


_OfValue = Callable[[str, bool], tuple[Defect, ...]]
"""What the text of one row shows by itself; the flag says whether it is the first row of its name."""

_OF_VALUE: dict[str, _OfValue] = {}
"""By canonical name, in the order in which defects are told."""
_REMEMBERED_LENGTH_MAX = 512


def _inspects(*names: str) -> Callable[[Callable[[str, str, bool], tuple[Defect, ...]]], None]:
    """Register an inspection of rows. The same row comes in message after message of a dialog and is looked
    at once; a long one, which only a hostile peer sends, is not kept."""

    def register(inspect: Callable[[str, str, bool], tuple[Defect, ...]]) -> None:
        for name in names:
            _OF_VALUE[name] = _remembering(name, inspect)

    return register


def _remembering(name: str, inspect: Callable[[str, str, bool], tuple[Defect, ...]]) -> _OfValue:
    cached = lru_cache(maxsize=256)(lambda row, first: inspect(name, row, first))

    def looked_at(row: str, first: bool) -> tuple[Defect, ...]:
        return cached(row, first) if len(row) <= _REMEMBERED_LENGTH_MAX else inspect(name, row, first)

    return looked_at


_USUAL = bytes(range(0x20, 0x7F)) + b"\t\r\n"
"""What a head is made of, but for control characters and what is not ASCII."""


def _head_bytes(message: "Message", defects: Defects) -> None:
    if not message.raw[: len(message.raw) - len(message.body)].translate(None, _USUAL):
        return
    text = "".join(name + value for name, value in message.headers()) + message.reason
    if not text.isascii():
        try:
            text.encode("latin-1").decode("utf-8")
        except UnicodeError:
            defects.add("not-utf8", "the head is not UTF-8 (RFC 3261 section 7)")
    plain = _QUOTED_PAIR.sub("", text)  # a control character may stand behind a backslash
    if any((character < " " and character != "\t") or character == "\x7f" for character in plain):
        defects.add("control-character", "a control character in the head (RFC 3261 section 25.1)")


_REQUIRED = (("via", "Via"), ("from", "From"), ("to", "To"), ("call-id", "Call-ID"), ("cseq", "CSeq"))
_ONCE = (
    ("from", "From"),
    ("to", "To"),
    ("call-id", "Call-ID"),
    ("cseq", "CSeq"),
    ("max-forwards", "Max-Forwards"),
    ("content-type", "Content-Type"),
    ("expires", "Expires"),
    ("event", "Event"),
    ("subscription-state", "Subscription-State"),
    ("referred-by", "Referred-By"),
    ("refer-sub", "Refer-Sub"),
    ("replaces", "Replaces"),
    ("target-dialog", "Target-Dialog"),
    ("date", "Date"),
)


@lru_cache(maxsize=64)  # a peer writes the same header fields again and again
def _of_names(names: tuple[str, ...]) -> tuple[tuple[Defect, ...], tuple[tuple[str, _OfValue], ...]]:
    """What the names of the header fields alone show, and whose values are to be looked at."""
    odd = [name for name in names if not is_token(name)]
    defects = [
        Defect("header-name", f"{shown(name)} is not a header name (RFC 3261 section 25.1)") for name in odd
    ]
    for name, written in _REQUIRED:
        if name not in names:
            defects.append(Defect("header-missing", f"no {written} header (RFC 3261 section 8.1.1)"))
    return tuple(defects), tuple((name, inspect) for name, inspect in _OF_VALUE.items() if name in names)


def _rows(message: "Message", defects: Defects) -> None:
    present = message.names()
    if message.is_request and "max-forwards" not in present:
        defects.add("max-forwards-missing", "no Max-Forwards header (RFC 3261 section 8.1.1.6)")
    for name, written in _ONCE if message.repeats else ():
        count = len(message.rows(name))
        if count > 1:
            defects.add(
                "header-repeated", f"{count} {written} headers where one is allowed (RFC 3261 section 7.3.1)"
            )
    # Refer-To is a rule of its own (RFC 3515 section 2.4.1), with its own code.
    if "refer-to" in present and len(message.values("refer-to")) > 1:
        defects.add("refer-to-repeated", "more than one Refer-To value (RFC 3515 section 2.4.1)")


def _cseq(message: "Message", defects: Defects) -> None:
    text = message.first("cseq")
    if text is None:
        return
    method = message.cseq_method
    if message.cseq_number < 0 or len(text.split()) != 2 or not is_token(method):
        defects.add("cseq", f"unreadable CSeq {shown(text)} (RFC 3261 section 20.16)")
    elif message.cseq_number > CSEQ_MAX:
        defects.add(
            "cseq-number", f"CSeq number {message.cseq_number} is not below 2**31 (RFC 3261 section 8.1.1.5)"
        )
    if message.is_request and message.cseq_method and message.cseq_method != message.method:
        text = f"CSeq says {shown(message.cseq_method)}, the request line {shown(message.method)}"
        defects.add("cseq-method", f"{text} (RFC 3261 section 8.1.1.5)")


def _request_uri(message: "Message", defects: Defects) -> None:
    if not message.is_request:
        return
    uri = Uri.parse(message.uri)
    for defect in uri.defects:
        defects.add(defect.code, "Request-URI: " + defect.text)
    if uri.headers:
        # RFC 3261 section 19.1.1, table 1: headers are not allowed in a Request-URI.
        defects.add("request-uri-headers", "the Request-URI has a '?' part (RFC 3261 section 19.1.1)")


@_inspects("call-id")
def _call_id(_: str, text: str, first: bool) -> tuple[Defect, ...]:
    if first and (not text or " " in text or "\t" in text):
        return (Defect("call-id", f"unreadable Call-ID {shown(text)} (RFC 3261 section 20.8)"),)
    return ()


@_inspects("via")
def _vias(_: str, row: str, first: bool) -> tuple[Defect, ...]:
    defects = Defects()
    for number, text in enumerate(_values(row)):
        via = Via.parse(text)
        defects.extend(via.defects)
        top, branch = first and number == 0, via.parameter("branch")
        if top and branch is not None and (not is_token(branch) or branch.lower() == "z9hg4bk"):
            defects.add(
                "branch", f"unusable branch {shown(branch)} in the top Via (RFC 3261 section 8.1.1.7)"
            )
        elif top and (branch is None or not branch.startswith("z9hG4bK")):
            defects.add(
                "branch-cookie", "the top Via's branch does not start with z9hG4bK (RFC 3261 section 8.1.1.7)"
            )
    return defects.result()


def _values(row: str) -> list[str]:
    return [value for value in split_outside(row, ",", HEADER_VALUES_MAX) if value]


_ONE_ADDRESS = {"from": "From", "to": "To", "referred-by": "Referred-By"}
_ADDRESSES = {
    "contact": "Contact",
    "refer-to": "Refer-To",
    "route": "Route",
    "record-route": "Record-Route",
    "p-asserted-identity": "P-Asserted-Identity",
    "diversion": "Diversion",
    "history-info": "History-Info",
}


@_inspects(*_ONE_ADDRESS)
def _one_address(name: str, text: str, first: bool) -> tuple[Defect, ...]:
    return _address(text, _ONE_ADDRESS[name]).result() if first else ()


@_inspects(*_ADDRESSES)
def _addresses(name: str, row: str, _: bool) -> tuple[Defect, ...]:
    defects = Defects()
    for text in _values(row):
        defects.extend(_address(text, _ADDRESSES[name]).result())
    for text in _values(row) if name == "contact" else ():
        expires = NameAddress.parse(text).parameter("expires")
        seconds = unsigned(expires) if expires is not None else 0
        if seconds is None or seconds > SECONDS_MAX:
            defects.add(
                "number", f"expires of Contact {shown(text)} is not 0 to 2**32 - 1 (RFC 3261 section 20.10)"
            )
    for text in _values(row) if name == "refer-to" else ():
        embedded = replaces_of(NameAddress.parse(text).uri)
        if embedded is not None:
            defects.extend(embedded.defects)
    return defects.result()


def _address(text: str, written: str) -> Defects:
    address = NameAddress.parse(text)
    defects = Defects(tuple(Defect(each.code, f"{written}: {each.text}") for each in address.defects))
    if sum(name.lower() == "tag" for name, _ in address.parameters) > 1:
        defects.add("tag-repeated", f"{written}: more than one tag parameter (RFC 3261 section 19.3)")
    return defects


_NUMBERS = {
    "max-forwards": ("Max-Forwards", 255, "RFC 3261 section 20.22"),
    "expires": ("Expires", SECONDS_MAX, "RFC 3261 section 20.19"),
    "min-expires": ("Min-Expires", SECONDS_MAX, "RFC 3261 section 20.23"),
}


@_inspects(*_NUMBERS)
def _numbers(name: str, text: str, first: bool) -> tuple[Defect, ...]:
    written, largest, cites = _NUMBERS[name]
    number = unsigned(text)
    if first and (number is None or number > largest):
        return (Defect("number", f"{written} {shown(text)} is not 0 to {largest} ({cites})"),)
    return ()


@_inspects("retry-after")
def _retry_after(_: str, text: str, first: bool) -> tuple[Defect, ...]:
    delay = unsigned(text.partition(";")[0].partition("(")[0].strip(SPACE))
    if first and (delay is None or delay > SECONDS_MAX):
        return (
            Defect("number", f"Retry-After {shown(text)} has no number of seconds (RFC 3261 section 20.33)"),
        )
    return ()


@_inspects("date")
def _date(_: str, text: str, first: bool) -> tuple[Defect, ...]:
    if first and not text.endswith(" GMT"):
        # RFC 3261 section 20.17: SIP-date is always in GMT.
        return (Defect("date", f"Date {shown(text)} is not in GMT (RFC 3261 section 20.17)"),)
    return ()


@_inspects("replaces")
def _replaces(_: str, text: str, first: bool) -> tuple[Defect, ...]:
    return Replaces.parse(text).defects if first else ()


@_inspects("target-dialog")
def _target_dialog(_: str, text: str, first: bool) -> tuple[Defect, ...]:
    return TargetDialog.parse(text).defects if first else ()


@_inspects("refer-sub")
def _refer_sub(_: str, wish: str, first: bool) -> tuple[Defect, ...]:
    if first and wish.partition(";")[0].strip(SPACE).lower() not in ("true", "false"):
        text = f"Refer-Sub {shown(wish)} is neither true nor false (RFC 4488 section 4)"
        return (Defect("refer-sub", text),)
    return ()


@_inspects("subscription-state")
def _subscription_state(_: str, text: str, first: bool) -> tuple[Defect, ...]:
    return SubscriptionState.parse(text).defects if first else ()


@_inspects("allow", "supported", "require", "proxy-require", "unsupported")
def _list(name: str, row: str, _: bool) -> tuple[Defect, ...]:
    # Supported may be empty as a whole (RFC 3261 section 20.37), but not a piece between commas.
    pieces = split_outside(row, ",", HEADER_VALUES_MAX) if row else []
    worst = next((piece for piece in pieces if not is_token(piece)), None)
    if worst is None:
        return ()
    return (Defect("list", f"{shown(worst)} in {name} is no token (RFC 3261 section 25.1)"),)


def _body(message: "Message", defects: Defects) -> None:
    if message.body and message.first("content-type") is None:
        defects.add("content-type-missing", "a body without Content-Type (RFC 3261 section 20.15)")
    if message.content_type == "message/sipfrag":
        defects.extend(sipfrag(message.body).defects)
    elif message.content_type == "multipart/mixed":
        text = message.first("content-type") or ""
        pairs = split_outside(text, ";")[1:]
        if not any(pair.lower().startswith("boundary") for pair in pairs):
            defects.add("multipart", "a multipart body without boundary (RFC 5621 section 3.1)")
