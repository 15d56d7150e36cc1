"""Session descriptions (RFC 8866, offer/answer of RFC 3264) as values, order kept.

Lives here: reading any bytes, writing one audio session, the direction of an answer. Must not live
here: when to offer or answer (`protocol`), RTP. Reading never raises; what is wrong is in `defects`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from harness.base.limits import MESSAGE_BYTES_MAX
from harness.wire.sip.defects import Defect, Defects, shown
from harness.wire.sip.grammar import unsigned

Direction = Literal["sendrecv", "sendonly", "recvonly", "inactive"]
DIRECTIONS: tuple[Direction, ...] = ("sendrecv", "sendonly", "recvonly", "inactive")
_HOLD_ADDRESS = "0.0.0.0"  # noqa: S104  the hold of RFC 2543; nothing is bound to it
LINES_MAX = 2048
"""Lines of one description that are looked at."""


@dataclass(frozen=True, slots=True)
class Origin:
    """The o= line (RFC 8866 section 5.2). `session_id` and `version` are -1 when unreadable."""

    user: str = "-"
    session_id: int = -1
    version: int = -1
    network: str = "IN"
    address_type: str = "IP4"
    address: str = ""


@dataclass(frozen=True, slots=True)
class Codec:
    """One rtpmap: payload type, encoding name as written, clock rate in Hz, channels."""

    payload_type: int
    name: str
    rate_hz: int
    channels: int = 1


STATIC_CODECS: dict[int, Codec] = {
    0: Codec(0, "PCMU", 8000),
    3: Codec(3, "GSM", 8000),
    4: Codec(4, "G723", 8000),
    8: Codec(8, "PCMA", 8000),
    9: Codec(9, "G722", 8000),
    15: Codec(15, "G728", 8000),
    18: Codec(18, "G729", 8000),
}
"""Audio payload types that need no rtpmap (RFC 3551 section 6)."""

TELEPHONE_EVENT = Codec(101, "telephone-event", 8000)
"""DTMF as usually offered (RFC 4733 section 7.1.1)."""


@dataclass(frozen=True, slots=True)
class Media:
    """One m= section. `address` is its own c= address or the session's; "" when there is none.

    `direction` is the section's or the session's, `sendrecv` when neither says one (RFC 8866 section 6.7).
    `attributes` are (name, value or None) in order, those of this section alone.
    """

    kind: str
    port: int
    protocol: str
    formats: tuple[str, ...]
    address: str = ""
    direction: Direction = "sendrecv"
    attributes: tuple[tuple[str, str | None], ...] = ()
    codecs: tuple[Codec, ...] = ()

    def attribute(self, name: str) -> str | None:
        """First value of the attribute, "" for one without value, None when absent."""
        return _attribute(self.attributes, name)

    @property
    def rejected(self) -> bool:
        """Port zero: the stream is refused or switched off (RFC 3264 section 6)."""
        return self.port == 0


@dataclass(frozen=True, slots=True)
class SessionDescription:
    """A description as received. `text` is latin-1 of the bytes; `connection` the session's c= address."""

    origin: Origin = Origin()
    name: str = ""
    connection: str = ""
    attributes: tuple[tuple[str, str | None], ...] = ()
    media: tuple[Media, ...] = ()
    text: str = ""
    defects: tuple[Defect, ...] = ()

    @staticmethod
    def parse(body: bytes) -> "SessionDescription":
        """Read any bytes. Never raises."""
        return _Reader(body).read()

    def attribute(self, name: str) -> str | None:
        """First session-level value of the attribute, "" for one without value, None when absent."""
        return _attribute(self.attributes, name)

    @property
    def audio(self) -> Media | None:
        """The first audio section that is not rejected, None when there is none."""
        return next((media for media in self.media if media.kind == "audio" and media.port), None)

    @property
    def direction(self) -> Direction:
        """Direction of the first audio section, `inactive` without one."""
        return self.audio.direction if self.audio is not None else "inactive"

    @property
    def held(self) -> bool:
        """Whether the sender put the other side on hold (RFC 3264 section 8.4), also the old 0.0.0.0 way."""
        audio = self.audio
        return audio is not None and (
            audio.direction in ("sendonly", "inactive") or audio.address == _HOLD_ADDRESS
        )


def _attribute(pairs: Sequence[tuple[str, str | None]], name: str) -> str | None:
    return next((value or "" for written, value in pairs if written == name), None)


class _Reader:
    """Reads the lines once, in order; session first, then one section for each m= line."""

    def __init__(self, body: bytes) -> None:
        self.defects = Defects()
        self.text = body[:MESSAGE_BYTES_MAX].decode("latin-1")
        self.origin = Origin()
        self.name = ""
        self.connection = ""
        self.attributes: list[tuple[str, str | None]] = []
        self.sections: list[tuple[Media, list[tuple[str, str | None]], list[str]]] = []
        self.seen: set[str] = set()

    def read(self) -> SessionDescription:
        lines = self.text.split("\n")
        if len(lines) > LINES_MAX:
            self.defects.add("sdp-too-many-lines", f"more than {LINES_MAX} lines; the rest is not looked at")
        for number, line in enumerate(lines[:LINES_MAX]):
            ended = line.removesuffix("\r").replace("\r", " ").replace("\0", " ")
            if line and not line.endswith("\r") and number < len(lines) - 1:
                self.defects.add("sdp-bare-lf", "a line ends with LF alone (RFC 8866 section 5)")
            if ended:
                self._line(ended)
        for letter, what in (("v", "v= line"), ("o", "o= line"), ("s", "s= line"), ("t", "t= line")):
            if letter not in self.seen:
                self.defects.add("sdp-missing", f"no {what} (RFC 8866 section 5)")
        media = tuple(self._finish(*section) for section in self.sections)
        return SessionDescription(
            self.origin,
            self.name,
            self.connection,
            tuple(self.attributes),
            media,
            self.text,
            self.defects.result(),
        )

    def _line(self, line: str) -> None:
        letter, equals, value = line.partition("=")
        if not equals or len(letter) != 1:
            self.defects.add("sdp-line", f"{shown(line)} is not of the form x=value (RFC 8866 section 5)")
            return
        self.seen.add(letter)
        if letter == "v" and value.strip() != "0":
            self.defects.add("sdp-version", f"version {shown(value)} instead of 0 (RFC 8866 section 5.1)")
        elif letter == "o":
            self.origin = self._origin(value)
        elif letter == "s":
            self.name = value
        elif letter == "c":
            self._connection(value)
        elif letter == "m":
            self._media(value)
        elif letter == "a":
            name, colon, rest = value.partition(":")
            target = self.sections[-1][1] if self.sections else self.attributes
            target.append((name, rest if colon else None))

    def _origin(self, value: str) -> Origin:
        words = value.split()
        if len(words) != 6:
            self.defects.add(
                "sdp-origin", f"o= line {shown(value)} has not six fields (RFC 8866 section 5.2)"
            )
        words = [*words, *[""] * 6][:6]
        session_id, version = unsigned(words[1], 20), unsigned(words[2], 20)
        if session_id is None or version is None:
            self.defects.add(
                "sdp-origin", f"session id or version of {shown(value)} is no number (RFC 8866 section 5.2)"
            )
        return Origin(
            words[0],
            -1 if session_id is None else session_id,
            -1 if version is None else version,
            words[3],
            words[4],
            words[5],
        )

    def _connection(self, value: str) -> None:
        words = value.split()
        if len(words) != 3:
            self.defects.add(
                "sdp-connection", f"c= line {shown(value)} has not three fields (RFC 8866 section 5.7)"
            )
        address = words[2].partition("/")[0] if len(words) > 2 else ""
        if self.sections:
            self.sections[-1][2].append(address)
        else:
            self.connection = address

    def _media(self, value: str) -> None:
        words = value.split()
        port = unsigned(words[1].partition("/")[0], 5) if len(words) > 1 else None
        if len(words) < 4 or port is None or port > 65_535:
            self.defects.add("sdp-media", f"unreadable m= line {shown(value)} (RFC 8866 section 5.14)")
            port = 0 if port is None or port > 65_535 else port
        words = [*words, "", "", ""][: max(3, len(words))]
        self.sections.append((Media(words[0], port, words[2], tuple(words[3:])), [], []))

    def _finish(self, media: Media, attributes: list[tuple[str, str | None]], addresses: list[str]) -> Media:
        address = addresses[0] if addresses else self.connection
        if not address and media.port:
            self.defects.add("sdp-connection", "no c= line for a media section (RFC 8866 section 5.7)")
        direction = _direction(attributes) or _direction(self.attributes) or "sendrecv"
        if sum(name in DIRECTIONS for name, _ in attributes) > 1:
            self.defects.add(
                "sdp-direction", "more than one direction in a media section (RFC 8866 section 6.7)"
            )
        codecs = self._codecs(media.formats, attributes) if media.kind == "audio" else ()
        return replace(
            media, address=address, direction=direction, attributes=tuple(attributes), codecs=codecs
        )

    def _codecs(
        self, formats: Sequence[str], attributes: Sequence[tuple[str, str | None]]
    ) -> tuple[Codec, ...]:
        named: dict[int, Codec] = {}
        for name, value in attributes:
            if name == "rtpmap":
                codec = _rtpmap(value or "")
                if codec is None:
                    self.defects.add(
                        "sdp-rtpmap", f"unreadable rtpmap {shown(value or '')} (RFC 8866 section 6.6)"
                    )
                else:
                    named.setdefault(codec.payload_type, codec)
        found = []
        for written in formats:
            number = unsigned(written, 3)
            codec = None if number is None else named.get(number) or STATIC_CODECS.get(number)
            if codec is None:
                self.defects.add(
                    "sdp-format", f"format {shown(written)} has no rtpmap (RFC 8866 section 5.14)"
                )
            else:
                found.append(codec)
        return tuple(found)


def _direction(pairs: Sequence[tuple[str, str | None]]) -> Direction | None:
    for name, _ in pairs:
        for direction in DIRECTIONS:
            if name == direction:
                return direction
    return None


def _rtpmap(value: str) -> Codec | None:
    payload_type, _, encoding = value.strip().partition(" ")
    name, _, rest = encoding.strip().partition("/")
    rate, _, channels = rest.partition("/")
    number, rate_hz = unsigned(payload_type, 3), unsigned(rate.strip(), 7)
    if number is None or rate_hz is None or not name:
        return None
    return Codec(number, name, rate_hz, unsigned(channels.strip(), 2) or 1)


OUR_CODECS: tuple[Codec, ...] = (STATIC_CODECS[0], STATIC_CODECS[8], TELEPHONE_EVENT)
"""What our own parties offer and accept: PCMU, PCMA and telephone-event."""


def build(
    address: str,
    port: int,
    *,
    session_id: int,
    version: int,
    direction: Direction = "sendrecv",
    codecs: Sequence[Codec] = OUR_CODECS,
    user: str = "-",
    name: str = "-",
    attributes: Sequence[tuple[str, str | None]] = (),
) -> bytes:
    """Write one audio session. `port` 0 rejects it. Raises ValueError on CR, LF or NUL in any text."""
    lines = _session_lines(user, session_id, version, address, name)
    return _joined(lines + _audio_lines(port, "RTP/AVP", codecs, direction, attributes))


def build_answer(
    offer: SessionDescription,
    address: str,
    port: int,
    *,
    session_id: int,
    version: int,
    wanted: Direction = "sendrecv",
    codecs: Sequence[Codec] = OUR_CODECS,
) -> bytes | None:
    """Write the answer to an offer with any media sections: one for each, in order (RFC 3264 section 6).

    The first audio section over RTP/AVP with a common codec is taken, every other one gets port 0.
    None when nothing can be taken; the INVITE is then refused with 488 (RFC 3261 section 13.3.1.3).
    """
    lines = _session_lines("-", session_id, version, address, "-")
    taken = False
    for media in offer.media:
        common = common_codecs(media, codecs)
        speech = any(codec.name.lower() != TELEPHONE_EVENT.name for codec in common)
        if speech and media.port and media.protocol == "RTP/AVP" and not taken:
            taken = True
            lines += _audio_lines(port, media.protocol, common, answer_direction(media.direction, wanted), ())
        else:
            lines.append(f"m={media.kind} 0 {media.protocol} {' '.join(media.formats) or '0'}")
    return _joined(lines) if taken else None


def _session_lines(user: str, session_id: int, version: int, address: str, name: str) -> list[str]:
    kind = "IP6" if ":" in address else "IP4"
    origin = f"o={user} {session_id} {version} IN {kind} {address}"
    return ["v=0", origin, f"s={name}", f"c=IN {kind} {address}", "t=0 0"]


def _audio_lines(
    port: int,
    protocol: str,
    codecs: Sequence[Codec],
    direction: Direction,
    attributes: Sequence[tuple[str, str | None]],
) -> list[str]:
    lines = [f"m=audio {port} {protocol} {' '.join([str(codec.payload_type) for codec in codecs])}"]
    for codec in codecs:
        channels = f"/{codec.channels}" if codec.channels > 1 else ""
        lines.append(f"a=rtpmap:{codec.payload_type} {codec.name}/{codec.rate_hz}{channels}")
        if codec.name == TELEPHONE_EVENT.name:
            lines.append(f"a=fmtp:{codec.payload_type} 0-15")
    lines += [f"a={name}" if value is None else f"a={name}:{value}" for name, value in attributes]
    lines.append(f"a={direction}")
    return lines


def _joined(lines: Sequence[str]) -> bytes:
    text = "\r\n".join(lines) + "\r\n"
    if text.count("\n") != len(lines) or text.count("\r") != len(lines) or "\0" in text:
        raise ValueError("CR, LF or NUL inside a line of a session description (RFC 8866 section 9)")
    return text.encode("utf-8", "replace")


def answer_direction(offered: Direction, wanted: Direction = "sendrecv") -> Direction:
    """The direction of an answer: what we want as far as the offer lets us (RFC 3264 section 6.1)."""
    send = offered in ("sendrecv", "recvonly") and wanted in ("sendrecv", "sendonly")
    receive = offered in ("sendrecv", "sendonly") and wanted in ("sendrecv", "recvonly")
    if send:
        return "sendrecv" if receive else "sendonly"
    return "recvonly" if receive else "inactive"


def common_codecs(offered: Media, ours: Sequence[Codec]) -> tuple[Codec, ...]:
    """The offered codecs we have too, in the order and with the types of the offer (RFC 3264 section 6.1)."""
    names = {(codec.name.lower(), codec.rate_hz, codec.channels) for codec in ours}
    return tuple(
        codec for codec in offered.codecs if (codec.name.lower(), codec.rate_hz, codec.channels) in names
    )
