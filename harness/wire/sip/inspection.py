"""Finds every deviation of one message from the RFCs that can be seen in the message alone.

Lives here: cutting the body by Content-Length, and the inspections that fill `Message.defects`.
Must not live here: anything that needs a second message or a role (`judge/rules`). Never raises.
"""

import re
from collections.abc import Callable
from functools import lru_cache, wraps
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
        names = tuple(message.names())
        defects.extend(_named(names))
        if message.is_request and "max-forwards" not in names:
            defects.add("max-forwards-missing", "no Max-Forwards header (RFC 3261 section 8.1.1.6)")
        for inspect in _inspections_of(names):
            inspect(message, defects)
    return defects.result()


_Inspection = Callable[[str, str], tuple[Defect, ...]]
_REMEMBERED_LENGTH_MAX = 512


def _remembered(inspect: _Inspection) -> _Inspection:
    """The same value of the same header field comes in message after message of a dialog: look at it once.
    Long ones, which only a hostile peer sends, are not kept."""
    cached = lru_cache(maxsize=512)(inspect)

    @wraps(inspect)
    def looked_at(text: str, name: str) -> tuple[Defect, ...]:
        return cached(text, name) if len(text) <= _REMEMBERED_LENGTH_MAX else inspect(text, name)

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
def _named(names: tuple[str, ...]) -> tuple[Defect, ...]:
    """What the names of the header fields alone show."""
    odd = [name for name in names if not is_token(name)]
    defects = [
        Defect("header-name", f"{shown(name)} is not a header name (RFC 3261 section 25.1)") for name in odd
    ]
    for name, written in _REQUIRED:
        if name not in names:
            defects.append(Defect("header-missing", f"no {written} header (RFC 3261 section 8.1.1)"))
    return tuple(defects)


def _rows(message: "Message", defects: Defects) -> None:
    present = message.names()
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


def _call_id(message: "Message", defects: Defects) -> None:
    text = message.first("call-id")
    if text is not None and (not text or " " in text or "\t" in text):
        defects.add("call-id", f"unreadable Call-ID {shown(text)} (RFC 3261 section 20.8)")


def _request_uri(message: "Message", defects: Defects) -> None:
    if not message.is_request:
        return
    uri = Uri.parse(message.uri)
    for defect in uri.defects:
        defects.add(defect.code, "Request-URI: " + defect.text)
    if uri.headers:
        # RFC 3261 section 19.1.1, table 1: headers are not allowed in a Request-URI.
        defects.add("request-uri-headers", "the Request-URI has a '?' part (RFC 3261 section 19.1.1)")


def _vias(message: "Message", defects: Defects) -> None:
    for number, text in enumerate(message.values("via")):
        defects.extend(_via(text, "" if number else "top"))


@_remembered
def _via(text: str, place: str) -> tuple[Defect, ...]:
    via = Via.parse(text)
    defects = Defects(via.defects)
    branch = via.parameter("branch")
    if place and branch is not None and (not is_token(branch) or branch.lower() == "z9hg4bk"):
        defects.add("branch", f"unusable branch {shown(branch)} in the top Via (RFC 3261 section 8.1.1.7)")
    elif place and (branch is None or not branch.startswith("z9hG4bK")):
        defects.add(
            "branch-cookie", "the top Via's branch does not start with z9hG4bK (RFC 3261 section 8.1.1.7)"
        )
    return defects.result()


_ONE_ADDRESS = (("from", "From"), ("to", "To"), ("referred-by", "Referred-By"))
_ADDRESSES = (
    ("contact", "Contact"),
    ("refer-to", "Refer-To"),
    ("route", "Route"),
    ("record-route", "Record-Route"),
    ("p-asserted-identity", "P-Asserted-Identity"),
    ("diversion", "Diversion"),
    ("history-info", "History-Info"),
)


def _addresses(message: "Message", defects: Defects) -> None:
    present = message.names()
    for name, written in _ONE_ADDRESS:
        if name in present:
            defects.extend(_address(message.first(name) or "", written))
    for name, written in _ADDRESSES:
        if name in present:
            for text in message.values(name):
                defects.extend(_address(text, written))
    if "from" in present and not message.from_tag:
        defects.add("from-tag-missing", "no tag in the From header (RFC 3261 section 8.1.1.3)")


@_remembered
def _address(text: str, written: str) -> tuple[Defect, ...]:
    address = NameAddress.parse(text)
    defects = Defects(tuple(Defect(each.code, f"{written}: {each.text}") for each in address.defects))
    if sum(name.lower() == "tag" for name, _ in address.parameters) > 1:
        defects.add("tag-repeated", f"{written}: more than one tag parameter (RFC 3261 section 19.3)")
    if written == "Contact":
        expires = address.parameter("expires")
        seconds = unsigned(expires) if expires is not None else 0
        if seconds is None or seconds > SECONDS_MAX:
            defects.add(
                "number", f"expires of Contact {shown(text)} is not 0 to 2**32 - 1 (RFC 3261 section 20.10)"
            )
    return defects.result()


_NUMBERS = (
    ("max-forwards", "Max-Forwards", 255, "RFC 3261 section 20.22"),
    ("expires", "Expires", SECONDS_MAX, "RFC 3261 section 20.19"),
    ("min-expires", "Min-Expires", SECONDS_MAX, "RFC 3261 section 20.23"),
)


def _numbers(message: "Message", defects: Defects) -> None:
    present = message.names()
    for name, written, largest, cites in _NUMBERS:
        text = message.first(name) if name in present else None
        if text is None:
            continue
        number = unsigned(text)
        if number is None or number > largest:
            defects.add("number", f"{written} {shown(text)} is not 0 to {largest} ({cites})")
    text = message.first("retry-after") if "retry-after" in present else None
    if text is not None:
        delay = unsigned(text.partition(";")[0].partition("(")[0].strip(SPACE))
        if delay is None or delay > SECONDS_MAX:
            defects.add(
                "number", f"Retry-After {shown(text)} has no number of seconds (RFC 3261 section 20.33)"
            )


def _date(message: "Message", defects: Defects) -> None:
    text = message.first("date")
    if text is not None and not text.endswith(" GMT"):
        # RFC 3261 section 20.17: SIP-date is always in GMT.
        defects.add("date", f"Date {shown(text)} is not in GMT (RFC 3261 section 20.17)")


_OF_TRANSFERS = frozenset(("refer-to", "replaces", "target-dialog", "refer-sub", "subscription-state"))


def _transfer(message: "Message", defects: Defects) -> None:
    for text in message.values("refer-to") if "refer-to" in message.names() else ():
        embedded = replaces_of(NameAddress.parse(text).uri)
        if embedded is not None:
            defects.extend(embedded.defects)
    replaces, target = message.first("replaces"), message.first("target-dialog")
    if replaces is not None:
        defects.extend(Replaces.parse(replaces).defects)
    if target is not None:
        defects.extend(TargetDialog.parse(target).defects)
    wish, state = message.first("refer-sub"), message.first("subscription-state")
    if wish is not None and wish.partition(";")[0].strip(SPACE).lower() not in ("true", "false"):
        defects.add("refer-sub", f"Refer-Sub {shown(wish)} is neither true nor false (RFC 4488 section 4)")
    if state is not None:
        defects.extend(SubscriptionState.parse(state).defects)


_LISTS = ("allow", "supported", "require", "proxy-require", "unsupported")


def _lists(message: "Message", defects: Defects) -> None:
    present = message.names()
    for name in _LISTS:
        for row in message.rows(name) if name in present else ():
            defects.extend(_list(row, name))


@_remembered
def _list(row: str, name: str) -> tuple[Defect, ...]:
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


_INSPECTIONS: tuple[tuple[Callable[["Message", Defects], None], frozenset[str]], ...] = (
    # In the order in which defects are told, with the header fields of which one must be there.
    (_head_bytes, frozenset()),
    (_rows, frozenset()),
    (_cseq, frozenset(("cseq",))),
    (_call_id, frozenset(("call-id",))),
    (_request_uri, frozenset()),
    (_vias, frozenset(("via",))),
    (_addresses, frozenset(name for name, _ in (*_ONE_ADDRESS, *_ADDRESSES))),
    (_numbers, frozenset(("retry-after", *(name for name, *_ in _NUMBERS)))),
    (_date, frozenset(("date",))),
    (_transfer, _OF_TRANSFERS),
    (_lists, frozenset(_LISTS)),
    (_body, frozenset()),
)


@lru_cache(maxsize=64)
def _inspections_of(names: tuple[str, ...]) -> tuple[Callable[["Message", Defects], None], ...]:
    return tuple(inspect for inspect, needs in _INSPECTIONS if not needs or not needs.isdisjoint(names))
