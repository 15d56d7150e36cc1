"""Typed views of the headers of calls and subscriptions (RFC 3261 section 20, RFC 6665, RFC 3326).

Lives here: name-addr, Via, CSeq, Event, Subscription-State, Reason, Retry-After, option tags. Must
not live here: headers of transfers (`transfer.py`) and credentials (`digest.py`). Each value has a
`parse` that never raises: what cannot be read is empty, and `defects` says so where it can matter.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from harness.wire.sip.defects import Defect, Defects, shown
from harness.wire.sip.grammar import (
    SPACE,
    Parameters,
    is_token,
    parameter,
    parameters,
    quote,
    split_outside,
    unquote,
    unsigned,
)
from harness.wire.sip.uri import Uri

_CACHED_LENGTH_MAX = 512
_NO_URI = Uri()


@dataclass(frozen=True, slots=True)
class NameAddress:
    """`"Display" <uri>;parameters` of From, To, Contact, Route, Refer-To and their kin.

    `display` is the plain name ("" when absent), read as UTF-8 with replacement characters.
    `parameters` belong to the header, not to the URI; values as written. `text` is as received.
    """

    display: str = ""
    uri: Uri = _NO_URI
    parameters: Parameters = ()
    text: str = ""
    defects: tuple[Defect, ...] = ()

    @staticmethod
    def parse(text: str) -> "NameAddress":
        """Read one value (not a comma-joined list). Never raises; `*` has scheme ""."""
        return _address_cached(text) if len(text) <= _CACHED_LENGTH_MAX else _address(text)

    @staticmethod
    def of(uri: Uri | str, display: str = "", parameters: Parameters = ()) -> "NameAddress":
        """Make one, always with brackets (RFC 3261 section 20: needed when the URI has `,`, `;` or `?`)."""
        parsed = Uri.parse(uri) if isinstance(uri, str) else uri
        name = quote(display).encode("utf-8", "replace").decode("latin-1") + " " if display else ""
        text = f"{name}<{parsed.text}>{format_parameters(parameters)}"
        return NameAddress(display, parsed, parameters, text)

    def __str__(self) -> str:
        return self.text

    @property
    def tag(self) -> str:
        """The tag parameter, "" when absent."""
        return self.parameter("tag") or ""

    def parameter(self, name: str) -> str | None:
        """Unquoted value of a header parameter; "" for one without value; None when absent."""
        return parameter(self.parameters, name)


def _address(text: str) -> NameAddress:
    defects = Defects()
    stripped = text.strip(SPACE)
    opening = _opening_bracket(stripped)
    if opening < 0:
        return _address_without_brackets(stripped, defects)
    closing = stripped.find(">", opening)
    if closing < 0:
        defects.add("bracket", f"'<' is never closed in {shown(stripped)}")
        inside, tail = stripped[opening + 1 :], ""
    else:
        inside, tail = stripped[opening + 1 : closing], stripped[closing + 1 :].strip(SPACE)
    display = _display(stripped[:opening].strip(SPACE), defects)
    if tail and not tail.startswith(";"):
        defects.add("after-bracket", f"{shown(tail)} follows '>' without a semicolon")
        tail = tail[tail.find(";") :] if ";" in tail else ""
    uri = Uri.parse(inside)
    if uri.text != inside:
        defects.add("uri-space", f"white space between '<' and '>' around the URI {shown(uri.text)}")
    defects.extend(uri.defects)
    return NameAddress(display, uri, parameters(tail), stripped, defects.result())


_address_cached = lru_cache(maxsize=2048)(_address)


def _opening_bracket(text: str) -> int:
    """Position of the first "<" outside a quoted display name; inside a never closed quote it counts."""
    opening = text.find("<")
    first_quote = text.find('"')
    if opening < 0 or first_quote < 0 or opening < first_quote:
        return opening
    at = first_quote + 1
    while at < len(text):
        if text[at] == "\\":
            at += 1
        elif text[at] == '"':
            after = text.find("<", at)
            return after if after >= 0 else opening
        at += 1
    return opening


def _address_without_brackets(text: str, defects: Defects) -> NameAddress:
    # RFC 3261 section 20.10: without brackets, everything behind ";" is a header parameter.
    uri_text, semicolon, tail = text.partition(";")
    uri = Uri.parse(uri_text)
    if "?" in uri_text or "," in uri_text:
        # RFC 8217: a URI with comma, question mark or semicolon must stand in brackets.
        defects.add(
            "brackets-missing", f"the URI {shown(uri_text)} needs angle brackets (RFC 8217 section 3)"
        )
    if text != "*":
        defects.extend(uri.defects)
    return NameAddress("", uri, parameters(tail) if semicolon else (), text, defects.result())


def _display(text: str, defects: Defects) -> str:
    if not text:
        return ""
    if text.startswith('"'):
        if len(text) < 2 or not text.endswith('"'):
            defects.add("quote", f"the quoted display name {shown(text)} is never closed")
            text = text.strip('"')
        else:
            text = unquote(text)
    elif not all(is_token(word) for word in text.split()):
        # RFC 3261 section 25.1: display-name is quoted or made of tokens (RFC 4475 section 3.1.2.15).
        defects.add("display-name", f"the display name {shown(text)} must be quoted")
    return text.encode("latin-1", "replace").decode("utf-8", "replace")


def format_parameters(pairs: Parameters) -> str:
    """Write `;name=value` for each pair, values as they are."""
    return "".join(f";{name}" if value is None else f";{name}={value}" for name, value in pairs)


@dataclass(frozen=True, slots=True)
class Via:
    """One Via value (RFC 3261 section 20.42). `port` is None when not written."""

    protocol: str = ""
    transport: str = ""
    host: str = ""
    port: int | None = None
    parameters: Parameters = ()
    text: str = ""
    defects: tuple[Defect, ...] = ()

    @staticmethod
    def parse(text: str) -> "Via":
        """Read `SIP / 2.0 / UDP host:port;branch=...`. Never raises."""
        return _via_cached(text) if len(text) <= _CACHED_LENGTH_MAX else _via(text)

    @property
    def branch(self) -> str:
        """The branch parameter, "" when absent."""
        return self.parameter("branch") or ""

    def parameter(self, name: str) -> str | None:
        """Unquoted value of a parameter; "" for one without value (`rport`); None when absent."""
        return parameter(self.parameters, name)


def _via(text: str) -> Via:
    defects = Defects()
    head, semicolon, tail = text.strip(SPACE).partition(";")
    words = head.replace("/", " / ").split()
    # protocol-name SLASH protocol-version SLASH transport LWS sent-by; white space round each SLASH.
    if len(words) < 6 or words[1] != "/" or words[3] != "/":
        defects.add("via", f"unreadable Via {shown(text)} (RFC 3261 section 20.42)")
        return Via(parameters=parameters(tail), text=text, defects=defects.result())
    if (words[0].upper(), words[2]) != ("SIP", "2.0"):
        written = shown(f"{words[0]}/{words[2]}")
        defects.add("via", f"Via of {written} instead of SIP/2.0 (RFC 3261 section 20.42)")
    place = "".join(words[5:])
    host, port = _sent_by(place, defects)
    if semicolon and any(not piece for piece in split_outside(tail, ";")):
        defects.add("via-parameter", f"empty parameter in the Via {shown(text)}")
    return Via(
        f"{words[0]}/{words[2]}", words[4].upper(), host, port, parameters(tail), text, defects.result()
    )


_via_cached = lru_cache(maxsize=2048)(_via)


def _sent_by(place: str, defects: Defects) -> tuple[str, int | None]:
    if place.startswith("["):
        host, _, tail = place[1:].partition("]")
    else:
        host, colon, port_text = place.partition(":")
        tail = colon + port_text
    if not tail:
        return host.lower(), None
    port = unsigned(tail[1:], 5) if tail.startswith(":") else None
    if port is None or port > 65_535:
        defects.add("via", f"unreadable port in the sent-by {shown(place)} of a Via")
        port = None
    return host.lower(), port


@dataclass(frozen=True, slots=True)
class Cseq:
    """CSeq (RFC 3261 section 20.16): `number` is -1 and `method` "" when unreadable."""

    number: int = -1
    method: str = ""

    @staticmethod
    def parse(text: str) -> "Cseq":
        """Read `314159 INVITE`. Numbers of more than 10 digits are unreadable. Never raises."""
        words = text.split()
        number = unsigned(words[0]) if words else None
        return Cseq(-1 if number is None else number, words[1] if len(words) > 1 else "")


@dataclass(frozen=True, slots=True)
class Event:
    """Event (RFC 6665 section 8.2.1): package lower-case as compared, id "" when absent."""

    package: str = ""
    id: str = ""
    parameters: Parameters = ()

    @staticmethod
    def parse(text: str) -> "Event":
        """Read `refer;id=93809824`. Never raises."""
        package, _, tail = text.partition(";")
        pairs = parameters(tail)
        return Event(package.strip(SPACE).lower(), parameter(pairs, "id") or "", pairs)


@dataclass(frozen=True, slots=True)
class SubscriptionState:
    """Subscription-State (RFC 6665 section 8.2.3): state and reason lower-case."""

    state: str = ""
    expires: int | None = None
    reason: str | None = None
    parameters: Parameters = ()
    defects: tuple[Defect, ...] = ()

    @staticmethod
    def parse(text: str) -> "SubscriptionState":
        """Read `active;expires=60` or `terminated;reason=noresource`, also `;reason=reason=noresource`."""
        return _state_cached(text) if len(text) <= _CACHED_LENGTH_MAX else SubscriptionState._read(text)

    @staticmethod
    def _read(text: str) -> "SubscriptionState":
        defects = Defects()
        state, _, tail = text.partition(";")
        pairs = parameters(tail)
        reason = parameter(pairs, "reason")
        if reason is not None and reason.lower().startswith("reason="):
            defects.add("reason-doubled", f"'reason=' written twice in Subscription-State {shown(text)}")
            reason = reason[len("reason=") :]
        written = parameter(pairs, "expires")
        expires = None if written is None else unsigned(written)
        if written is not None and expires is None:
            defects.add("expires", f"unreadable expires in Subscription-State {shown(text)}")
        if not is_token(state.strip(SPACE)):
            defects.add(
                "subscription-state", f"unreadable Subscription-State {shown(text)} (RFC 6665 section 8.2.3)"
            )
        lower = None if reason is None else reason.lower()
        return SubscriptionState(state.strip(SPACE).lower(), expires, lower, pairs, defects.result())

    @property
    def retry_after(self) -> int | None:
        """Seconds of the retry-after parameter, None when absent or unreadable."""
        return unsigned(parameter(self.parameters, "retry-after") or "")


@dataclass(frozen=True, slots=True)
class Reason:
    """One Reason value (RFC 3326 section 2): `cause` None when absent or unreadable."""

    protocol: str = ""
    cause: int | None = None
    text: str = ""
    parameters: Parameters = ()

    @staticmethod
    def parse(text: str) -> "Reason":
        """Read `SIP ;cause=481 ;text="..."`, with or without spaces round the semicolons. Never raises."""
        protocol, _, tail = text.partition(";")
        pairs = parameters(tail)
        words = parameter(pairs, "text") or ""
        plain = words.encode("latin-1", "replace").decode("utf-8", "replace")
        return Reason(protocol.strip(SPACE), unsigned(parameter(pairs, "cause") or ""), plain, pairs)

    @staticmethod
    def write(protocol: str, cause: int, text: str = "") -> str:
        """Header text `SIP;cause=200;text="Call completed elsewhere"`."""
        words = quote(text).encode("utf-8", "replace").decode("latin-1")
        return f"{protocol};cause={cause}" + (f";text={words}" if text else "")


@dataclass(frozen=True, slots=True)
class RetryAfter:
    """Retry-After (RFC 3261 section 20.33): `seconds` None when unreadable."""

    seconds: int | None = None
    comment: str = ""
    parameters: Parameters = ()

    @staticmethod
    def parse(text: str) -> "RetryAfter":
        """Read `18000 (in a meeting);duration=3600`. Never raises."""
        head, _, tail = text.partition(";")
        number, bracket, comment = head.partition("(")
        plain = comment.rpartition(")")[0] if bracket else ""
        return RetryAfter(unsigned(number.strip(SPACE)), plain, parameters(tail))


_state_cached = lru_cache(maxsize=256)(SubscriptionState._read)


def option_tags(values: Iterable[str]) -> tuple[str, ...]:
    """Option tags or methods of Allow, Supported, Require, Allow-Events in order; empty ones dropped.

    Takes rows or already split values: `option_tags(message.rows("supported"))`. As written:
    methods are case-sensitive, option tags are compared lower-case (RFC 3261 section 7.3.1).
    """
    return tuple(piece for value in values for piece in split_outside(value, ",") if piece)
