"""Short names of messages, as ladders and reports write them on an arrow.

Several variants of each, from long to short, so that a ladder can take what fits. Text of a peer is
escaped to printable ASCII. Must not live here: drawing.
"""

import re

from harness.wire.sip.headers import SubscriptionState
from harness.wire.sip.message import Message
from harness.wire.sip.sipfrag import sipfrag
from harness.wire.sip.transfer import refer_to
from harness.wire.sip.uri import Uri

_DIRECTION = re.compile(rb"^a=(sendrecv|sendonly|recvonly|inactive)\s*$", re.MULTILINE)
_TEXT_LENGTH_MAX = 200


def safe(text: str) -> str:
    """The text with everything but printable ASCII escaped: hostile bytes never reach a terminal."""
    text = text[:_TEXT_LENGTH_MAX]
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        character if character.isascii() and character.isprintable() else _escaped(character)
        for character in text
    )


def _escaped(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" if code < 65536 else f"\\U{code:08x}"


def variants(message: Message) -> list[str]:
    """Names of a message from the longest to the shortest; at least one, none empty."""
    if message.is_request and message.method:
        found = _request(message)
    elif message.status:
        found = _response(message)
    else:
        found = [f"no SIP ({len(message.raw)} bytes)", "no SIP"]
    return [safe(label) for label in found]


def label(message: Message) -> str:
    """The longest name of a message."""
    return variants(message)[0]


def _request(message: Message) -> list[str]:
    method = message.method
    if method == "INVITE":
        return _invite(message)
    if method == "REFER":
        return _refer(message)
    if method == "NOTIFY":
        return _notify(message)
    return [method]


def _invite(message: Message) -> list[str]:
    if not message.to_tag:
        uri = Uri.parse(message.uri)
        name = uri.user or uri.host
        if message.first("replaces") is not None:
            return [f"INVITE {name} (Replaces)", "INVITE (Replaces)", "INVITE"]
        return [f"INVITE {name}", "INVITE"] if name else ["INVITE"]
    found = _DIRECTION.search(message.body)
    if found is None:
        return ["re-INVITE"]
    return [f"re-INVITE ({found[1].decode('ascii')})", "re-INVITE"]


def _refer(message: Message) -> list[str]:
    target = refer_to(message)
    if target is None or not target.uri.text:
        return ["REFER (no Refer-To)", "REFER"]
    uri = target.uri.without_headers()
    extra = " (Replaces)" if target.uri.header("replaces") is not None else ""
    number = uri.user or uri.host
    return [
        f"REFER -> {uri.text}{extra}",
        f"REFER -> {uri.text}",
        f"REFER -> {number}{extra}",
        f"REFER -> {number}",
        "REFER",
    ]


def _notify(message: Message) -> list[str]:
    report = sipfrag(message.body)
    if report.status is None:
        package = (message.first("event") or "").partition(";")[0].strip()
        return [f"NOTIFY ({package})", "NOTIFY"] if package and package != "refer" else ["NOTIFY"]
    text = message.first("subscription-state")
    state = SubscriptionState.parse(text).state if text is not None else ""
    plain = f"NOTIFY {report.status}"
    short = [f"{plain} (end)"] if state == "terminated" else []
    return [f"{plain} ({state})", *short, plain] if state else [plain]


def _response(message: Message) -> list[str]:
    named = f"{message.status} {message.reason}".rstrip()
    about = message.cseq_method
    if about in ("INVITE", "") and message.status < 200:
        return [named, str(message.status)]
    return [f"{named} ({about})", named, f"{message.status} ({about})", str(message.status)]
