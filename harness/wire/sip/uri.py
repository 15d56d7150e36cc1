"""URIs of SIP: sip and sips (RFC 3261 section 19.1), tel (RFC 3966); anything else is kept as text.

Lives here: reading, changing, comparing and escaping of URIs. Must not live here: name-addr with
display name and brackets (`headers.py`). Reading never raises: a hopeless text has scheme "".
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

from harness.wire.sip.defects import Defect, Defects, shown
from harness.wire.sip.grammar import SPACE, Parameters, canonical, parameter, unsigned

_UNRESERVED = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.!~*'()"
USER_SAFE = _UNRESERVED + "&=+$,;?/"
"""RFC 3261 section 25.1: unreserved / user-unreserved."""
PARAMETER_SAFE = _UNRESERVED + "[]/:&+$"
"""RFC 3261 section 25.1: paramchar."""
HEADER_SAFE = _UNRESERVED + "[]/?:+$"
"""RFC 3261 section 25.1: hnv-unreserved / unreserved."""
_HEX = frozenset("0123456789abcdefABCDEF")
_CACHED_LENGTH_MAX = 512
_KNOWN_SCHEMES = ("sip", "sips", "tel")
_SCHEME_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789+-.")


def escape(text: str, safe: str) -> str:
    """Percent-escape every character not in `safe`; characters above U+00FF as their UTF-8 bytes."""
    parts: list[str] = []
    for character in text:
        if character in safe:
            parts.append(character)
        else:
            octets = character.encode("latin-1" if character <= "\xff" else "utf-8", "replace")
            parts += [f"%{octet:02X}" for octet in octets]
    return "".join(parts)


def unescape(text: str) -> str:
    """Undo percent escapes, one octet to one character (latin-1); a bad escape stays as written."""
    if "%" not in text:
        return text
    first, *rest = text.split("%")
    parts = [first]
    for piece in rest:
        if len(piece) >= 2 and piece[0] in _HEX and piece[1] in _HEX:
            parts.append(chr(int(piece[:2], 16)) + piece[2:])
        else:
            parts.append("%" + piece)
    return "".join(parts)


@dataclass(frozen=True, slots=True)
class Uri:
    """A URI as a peer wrote it.

    `scheme` is lower-case, "" when the text is no URI. `user` and `password` are as written (still
    escaped); of a tel URI `user` is the number as written. `host` is lower-case without IPv6
    brackets, "" for schemes without host. `parameters` are as written; `headers` (the part behind
    "?") have unescaped names and values. `text` is the whole as written and what `str()` gives.
    """

    scheme: str = ""
    user: str | None = None
    password: str | None = None
    host: str = ""
    port: int | None = None
    parameters: Parameters = ()
    headers: tuple[tuple[str, str], ...] = ()
    text: str = ""
    defects: tuple[Defect, ...] = ()

    @staticmethod
    def parse(text: str) -> "Uri":
        """Read a URI without display name and brackets. Never raises."""
        return _parse_cached(text) if len(text) <= _CACHED_LENGTH_MAX else _parse(text)

    @staticmethod
    def of(
        user: str | None,
        host: str,
        port: int | None = None,
        *,
        scheme: str = "sip",
        parameters: Parameters = (),
        headers: tuple[tuple[str, str], ...] = (),
    ) -> "Uri":
        """Make a URI from plain (unescaped) parts."""
        written = None if user is None else escape(user, USER_SAFE)
        uri = Uri(scheme.lower(), written, None, host.strip("[]").lower(), port, parameters, headers)
        return replace(uri, text=_compose(uri))

    def __str__(self) -> str:
        return self.text

    def parameter(self, name: str) -> str | None:
        """Unescaped value of a URI parameter, "" for one without value, None when absent."""
        value = parameter(self.parameters, name)
        return value if value is None else unescape(value)

    def header(self, name: str) -> str | None:
        """Unescaped value of the first header of that name behind the "?", None when absent."""
        wanted = canonical(name)
        for written, value in self.headers:
            if canonical(written) == wanted:
                return value
        return None

    def without_headers(self) -> "Uri":
        """The same URI without its header part, as it goes into a Request-URI (RFC 3261 section 19.1.5)."""
        if not self.headers and "?" not in self.text:
            return self
        return self.with_(headers=())

    def with_(
        self,
        *,
        scheme: str | None = None,
        user: str | None = None,
        host: str | None = None,
        port: int | None = None,
        parameters: Parameters | None = None,
        headers: tuple[tuple[str, str], ...] | None = None,
    ) -> "Uri":
        """A copy with some parts changed (None: keep) and written anew. `user` is taken as written."""
        changed = replace(
            self,
            scheme=self.scheme if scheme is None else scheme.lower(),
            user=self.user if user is None else user,
            host=self.host if host is None else host.strip("[]").lower(),
            port=self.port if port is None else port,
            parameters=self.parameters if parameters is None else parameters,
            headers=self.headers if headers is None else headers,
        )
        return replace(changed, text=_compose(changed))

    @property
    def tel_number(self) -> str:
        """The telephone number in a tel URI or a sip user part, without visual separators.

        `+1-415-555.0100` gives `+14155550100` (RFC 3966 section 5.1.1). "" when there is none.
        """
        if self.scheme not in ("tel", "sip", "sips") or not self.user:
            return ""
        return _telephone(self.user)


@lru_cache(maxsize=256)  # who is who is asked by number, again and again for the same few
def _telephone(user: str) -> str:
    number = unescape(user).partition(";")[0].translate(_NO_SEPARATORS)
    return number.lower() if _DIGITS.fullmatch(number) else ""


_NO_SEPARATORS = str.maketrans("", "", "-.()")
_DIGITS = re.compile(r"\+?[0-9*#a-fA-F]+")


def _compose(uri: Uri) -> str:
    if uri.scheme not in ("sip", "sips", "tel"):
        return uri.text
    user = "" if uri.user is None else uri.user
    if uri.password is not None:
        user += ":" + uri.password
    if uri.scheme != "tel":
        host = f"[{uri.host}]" if ":" in uri.host else uri.host
        user = (user + "@" if uri.user is not None else "") + host
        if uri.port is not None:
            user += f":{uri.port}"
    tail = "".join(f";{name}" if value is None else f";{name}={value}" for name, value in uri.parameters)
    pairs = "&".join(
        f"{escape(name, HEADER_SAFE)}={escape(value, HEADER_SAFE)}" for name, value in uri.headers
    )
    return f"{uri.scheme}:{user}{tail}" + (f"?{pairs}" if pairs else "")


def _parse(written: str) -> Uri:
    text = written.strip(SPACE)
    scheme, colon, rest = text.partition(":")
    scheme = scheme.lower()
    if not colon or (scheme not in _KNOWN_SCHEMES and not _is_scheme(scheme)):
        return Uri(
            text=text,
            defects=(Defect("uri-scheme", f"no URI scheme in {shown(text)} (RFC 3261 section 19.1.1)"),),
        )
    defects = Defects()
    _check_characters(text, defects)
    if scheme in ("sip", "sips"):
        return _parse_sip(scheme, rest, text, defects)
    if scheme == "tel":
        return _parse_tel(rest, text, defects)
    return Uri(scheme, text=text, defects=defects.result())


def _is_scheme(scheme: str) -> bool:
    return _SCHEME_CHARACTERS.issuperset(scheme) and scheme[:1].isalpha()


_parse_cached = lru_cache(maxsize=2048)(_parse)


def _check_characters(text: str, defects: Defects) -> None:
    if " " in text or "\t" in text:
        defects.add("uri-space", f"white space inside the URI {shown(text)}")
    if "<" in text or ">" in text or '"' in text:
        defects.add("uri-character", f"character not allowed in the URI {shown(text)}")
    if not text.isascii():
        defects.add("uri-character", f"unescaped non-ASCII character in the URI {shown(text)}")
    if "%" in text:
        for piece in text.split("%")[1:]:
            if len(piece) < 2 or piece[0] not in _HEX or piece[1] not in _HEX:
                defects.add("uri-escape", f"'%' without two hexadecimal digits in the URI {shown(text)}")
                return


def _parse_sip(scheme: str, rest: str, text: str, defects: Defects) -> Uri:
    user, password, place = _cut_user(rest, text, defects)
    place, question, header_text = place.partition("?")
    hostport, semicolon, parameter_text = place.partition(";")
    host, port = _cut_port(hostport, text, defects)
    if not host:
        defects.add("uri-host", f"no host in the URI {shown(text)} (RFC 3261 section 19.1.1)")
    pairs = _cut_parameters(parameter_text, text, defects) if semicolon else ()
    headers = _cut_headers(header_text, text, defects) if question else ()
    return Uri(scheme, user, password, host, port, pairs, headers, text, defects.result())


def _cut_user(rest: str, text: str, defects: Defects) -> tuple[str | None, str | None, str]:
    at = rest.find("@")
    question = rest.find("?")
    if 0 <= question < at:
        # "?" is legal in a user part, but `sip:host?Replaces=a@b` is an unescaped "@" in a header:
        # told apart by the name that follows.
        name = rest[question + 1 : at].partition("=")[0].lower()
        if name in _EMBEDDED:
            defects.add("uri-unescaped-at", f"unescaped '@' in the headers of the URI {shown(text)}")
            return None, None, rest
    if at < 0:
        return None, None, rest
    question = rest.find("?", at)
    last = rest.rfind("@", 0, question if question >= 0 else len(rest))
    if last > at or (question >= 0 and "@" in rest[question:]):
        defects.add("uri-unescaped-at", f"more than one '@' in the URI {shown(text)}")
    user, colon, password = rest[:last].partition(":")
    if not user:
        defects.add("uri-user", f"empty user part in the URI {shown(text)}")
    return user, password if colon else None, rest[last + 1 :]


_EMBEDDED = frozenset(
    ("replaces", "require", "referred-by", "call-id", "from", "to", "contact", "route", "join")
)


def _cut_port(hostport: str, text: str, defects: Defects) -> tuple[str, int | None]:
    hostport = hostport.strip(SPACE)
    if hostport.startswith("["):
        host, bracket, tail = hostport[1:].partition("]")
        if not bracket:
            defects.add("uri-host", f"IPv6 bracket never closed in the URI {shown(text)}")
    elif hostport.count(":") > 1:
        defects.add(
            "uri-host", f"IPv6 address without brackets in the URI {shown(text)} (RFC 3261 section 19.1.1)"
        )
        return hostport.lower(), None
    else:
        host, colon, port_text = hostport.partition(":")
        tail = colon + port_text
    port = None
    if tail:
        port = unsigned(tail[1:].strip(SPACE), 5) if tail.startswith(":") else None
        if port is None or port > 65_535:
            defects.add("uri-port", f"unreadable port in the URI {shown(text)}")
            port = None
    return host.strip(SPACE).lower(), port


def _cut_parameters(text: str, whole: str, defects: Defects) -> Parameters:
    found: list[tuple[str, str | None]] = []
    names: set[str] = set()
    for piece in text.split(";"):
        name, equals, value = piece.partition("=")
        name = name.strip(SPACE)
        if not name:
            defects.add("uri-parameter", f"empty parameter in the URI {shown(whole)}")
            continue
        if name.lower() in names:
            defects.add(
                "uri-parameter", f"parameter {shown(name)} twice in the URI (RFC 3261 section 19.1.1)"
            )
        names.add(name.lower())
        found.append((name, value.strip(SPACE) if equals else None))
    return tuple(found)


def _cut_headers(text: str, whole: str, defects: Defects) -> tuple[tuple[str, str], ...]:
    found: list[tuple[str, str]] = []
    for piece in text.split("&"):
        name, equals, value = piece.partition("=")
        if not equals or not name:
            defects.add("uri-header", f"header without name or '=' in the URI {shown(whole)}")
        if name:
            # A carriage return in an embedded header must never become a line of a request built from it.
            plain = unescape(value).replace("\r", " ").replace("\n", " ").replace("\0", " ")
            found.append((unescape(name), plain))
    return tuple(found)


def _parse_tel(rest: str, text: str, defects: Defects) -> Uri:
    number, semicolon, tail = rest.partition(";")
    number = number.strip(SPACE)
    pairs = _cut_parameters(tail, text, defects) if semicolon else ()
    uri = Uri("tel", number, parameters=pairs, text=text)
    if not uri.tel_number:
        defects.add("tel-number", f"no telephone number in {shown(text)} (RFC 3966 section 3)")
    elif not number.startswith("+") and parameter(pairs, "phone-context") is None:
        defects.add(
            "tel-context", f"local number without phone-context in {shown(text)} (RFC 3966 section 5.1.5)"
        )
    return replace(uri, defects=defects.result())


def equivalent(a: Uri, b: Uri) -> bool:
    """Compare by RFC 3261 section 19.1.4, tel URIs by RFC 3966 section 5; other schemes by text."""
    if a.scheme != b.scheme:
        return False  # "A SIP and SIPS URI are never equivalent."
    if a.scheme == "tel":
        return a.tel_number == b.tel_number and _folded(a.parameters) == _folded(b.parameters)
    if a.scheme not in ("sip", "sips"):
        return a.text == b.text
    if _user(a) != _user(b):
        return False  # userinfo is the one case-sensitive part
    # A URI omitting a component never matches one that has it, even with the default value (port).
    if (a.host, a.port) != (b.host, b.port):
        return False
    return _same_parameters(a.parameters, b.parameters) and _folded_headers(a) == _folded_headers(b)


_ALWAYS_COMPARED = ("user", "ttl", "method", "maddr", "transport")
"""RFC 3261 section 19.1.4: user, ttl, method, maddr; transport by the rule on default values."""


def _plain(text: str) -> str:
    """Undo the escapes that mean nothing: of unreserved characters (RFC 3261 section 19.1.4)."""
    if "%" not in text:
        return text
    first, *rest = text.split("%")
    parts = [first]
    for piece in rest:
        if len(piece) >= 2 and piece[0] in _HEX and piece[1] in _HEX:
            character = chr(int(piece[:2], 16))
            parts.append((character if character in _UNRESERVED else f"%{piece[:2].upper()}") + piece[2:])
        else:
            parts.append("%" + piece)
    return "".join(parts)


def _user(uri: Uri) -> tuple[str | None, str | None]:
    user = None if uri.user is None else _plain(uri.user)
    return user, None if uri.password is None else _plain(uri.password)


def _folded(pairs: Iterable[tuple[str, str | None]]) -> dict[str, str]:
    return {_plain(name).lower(): _plain(value or "").lower() for name, value in pairs}


def _same_parameters(a: Parameters, b: Parameters) -> bool:
    if not a and not b:
        return True
    left, right = _folded(a), _folded(b)
    for name in (*left, *right):
        if name in left and name in right:
            if left[name] != right[name]:
                return False
        elif name in _ALWAYS_COMPARED:
            return False
    return True


def _folded_headers(uri: Uri) -> list[tuple[str, str]]:
    return sorted((canonical(name), value) for name, value in uri.headers)
