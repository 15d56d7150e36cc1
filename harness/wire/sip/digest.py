"""Digest authentication: RFC 7616 as SIP uses it (RFC 8760), down to RFC 2617 and RFC 2069 peers.

Lives here: reading a challenge, answering one, checking an answer. Must not live here: the choice
of nonces (arguments: chance is seeded) and when to retry (`protocol`). MD5 is here because the
protocol demands it, not for security. qop `auth` or none; `auth-int` is not offered or answered.
"""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass

from harness.wire.sip.grammar import Parameters, parameter, parameters, quote, split_outside

ALGORITHMS: tuple[str, ...] = ("SHA-512-256", "SHA-256", "MD5")
"""Best first (RFC 8760 section 2.4 leaves the order to the server; `choose` keeps the server's)."""


def hashed(algorithm: str, text: str) -> str:
    """H() of RFC 7616 section 3.2 in hexadecimal; unknown algorithms count as MD5, as absent ones do."""
    data = text.encode("latin-1", "replace")
    name = algorithm.upper().removesuffix("-SESS")
    if name == "SHA-256":
        return hashlib.sha256(data).hexdigest()
    if name == "SHA-512-256":
        return hashlib.new("sha512_256", data).hexdigest()
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


@dataclass(frozen=True, slots=True)
class Challenge:
    """WWW-Authenticate or Proxy-Authenticate. `scheme` as written; `qop` lower-case, may be empty."""

    scheme: str = ""
    realm: str = ""
    nonce: str = ""
    algorithm: str = "MD5"
    qop: tuple[str, ...] = ()
    opaque: str | None = None
    stale: bool = False
    parameters: Parameters = ()

    @staticmethod
    def parse(text: str) -> "Challenge":
        """Read one row; the commas inside belong to it (RFC 3261 section 7.3.1). Never raises."""
        scheme, pairs = _credentials(text)
        qop = parameter(pairs, "qop") or ""
        return Challenge(
            scheme,
            parameter(pairs, "realm") or "",
            parameter(pairs, "nonce") or "",
            parameter(pairs, "algorithm") or "MD5",
            tuple(word.strip().lower() for word in qop.split(",") if word.strip()),
            parameter(pairs, "opaque"),
            (parameter(pairs, "stale") or "").lower() == "true",
            pairs,
        )

    def __str__(self) -> str:
        words = [f"realm={quote(self.realm)}", f"nonce={quote(self.nonce)}", f"algorithm={self.algorithm}"]
        if self.qop:
            words.append(f"qop={quote(','.join(self.qop))}")
        if self.opaque is not None:
            words.append(f"opaque={quote(self.opaque)}")
        if self.stale:
            words.append("stale=true")
        return "Digest " + ", ".join(words)

    @property
    def answerable(self) -> bool:
        """Whether `answer` can answer it: Digest, a known algorithm, qop none or auth."""
        known = self.algorithm.upper().removesuffix("-SESS") in ALGORITHMS
        return self.scheme.lower() == "digest" and known and (not self.qop or "auth" in self.qop)


@dataclass(frozen=True, slots=True)
class Credentials:
    """Authorization or Proxy-Authorization; "" for what is absent, `nonce_count` -1 when unreadable."""

    scheme: str = ""
    user: str = ""
    realm: str = ""
    nonce: str = ""
    uri: str = ""
    response: str = ""
    algorithm: str = "MD5"
    qop: str = ""
    cnonce: str = ""
    nonce_count: int = -1
    opaque: str | None = None
    parameters: Parameters = ()

    @staticmethod
    def parse(text: str) -> "Credentials":
        """Read one row. Never raises."""
        scheme, pairs = _credentials(text)
        written = parameter(pairs, "nc") or ""
        hexadecimal = 0 < len(written) <= 8 and all(
            character in "0123456789abcdefABCDEF" for character in written
        )
        return Credentials(
            scheme,
            parameter(pairs, "username") or "",
            parameter(pairs, "realm") or "",
            parameter(pairs, "nonce") or "",
            parameter(pairs, "uri") or "",
            parameter(pairs, "response") or "",
            parameter(pairs, "algorithm") or "MD5",
            (parameter(pairs, "qop") or "").lower(),
            parameter(pairs, "cnonce") or "",
            int(written, 16) if hexadecimal else -1,
            parameter(pairs, "opaque"),
            pairs,
        )


def _wire(text: str) -> str:
    """Plain text as the head of a message holds it: UTF-8 octets, one character each."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("latin-1")


def _credentials(text: str) -> tuple[str, Parameters]:
    scheme, _, tail = text.strip().partition(" ")
    pairs = [pair for piece in split_outside(tail, ",", 64) for pair in parameters(piece)]
    return scheme, tuple(pairs)


def choose(challenges: Sequence[Challenge]) -> Challenge | None:
    """The topmost challenge that we can answer (RFC 8760 section 2.4), None when there is none."""
    return next((challenge for challenge in challenges if challenge.answerable), None)


def answer(  # noqa: PLR0917  the parts of a digest, in the order of RFC 7616
    challenge: Challenge, method: str, uri: str, user: str, password: str, cnonce: str, nc: int = 1
) -> str:
    """The value of Authorization or Proxy-Authorization.

    `uri` is the Request-URI as it goes on the wire (RFC 3261 section 22.4). `cnonce` and `nc` are
    used only when the challenge has qop. `user` and `password` are plain
    Unicode. Raises ValueError on CR, LF or NUL in a text.
    """
    qop = "auth" if "auth" in challenge.qop else ""
    user, password = _wire(user), _wire(password)
    secret = _secret(challenge.algorithm, user, challenge.realm, password, challenge.nonce, cnonce)
    response = _response(
        challenge.algorithm, secret, challenge.nonce, f"{method}:{uri}", qop, f"{nc:08x}:{cnonce}"
    )
    words = [
        f"username={quote(user)}",
        f"realm={quote(challenge.realm)}",
        f"nonce={quote(challenge.nonce)}",
        f"uri={quote(uri)}",
        f'response="{response}"',
        f"algorithm={challenge.algorithm}",
    ]
    if qop or challenge.algorithm.upper().endswith("-SESS"):
        words.append(f"cnonce={quote(cnonce)}")
    if qop:
        # RFC 3261 section 22.4: qop and nc are not quoted.
        words += [f"qop={qop}", f"nc={nc:08x}"]
    if challenge.opaque is not None:
        words.append(f"opaque={quote(challenge.opaque)}")
    return "Digest " + ", ".join(words)


def verify(text: str, method: str, *, user: str, password: str, realm: str, nonce: str) -> bool:
    """Whether an Authorization value proves the password for this nonce. Never raises.

    The digest covers the `uri` parameter as sent; comparing it with the Request-URI is the caller's.
    """
    given = Credentials.parse(text)
    user, password = _wire(user), _wire(password)
    if given.scheme.lower() != "digest" or (given.user, given.realm, given.nonce) != (user, realm, nonce):
        return False
    if given.qop not in ("", "auth") or given.algorithm.upper().removesuffix("-SESS") not in ALGORITHMS:
        return False
    count = parameter(given.parameters, "nc") or ""
    secret = _secret(given.algorithm, user, realm, password, nonce, given.cnonce)
    expected = _response(
        given.algorithm, secret, nonce, f"{method}:{given.uri}", given.qop, f"{count}:{given.cnonce}"
    )
    # As bytes: compare_digest refuses text that is not ASCII, and a peer may send such.
    return hmac.compare_digest(expected.encode(), given.response.lower().encode("utf-8", "replace"))


def _secret(  # noqa: PLR0917  the parts of A1, in the order of RFC 7616
    algorithm: str, user: str, realm: str, password: str, nonce: str, cnonce: str
) -> str:
    """H(A1) of RFC 7616 section 3.4.2."""
    secret = hashed(algorithm, f"{user}:{realm}:{password}")
    if algorithm.upper().endswith("-SESS"):
        secret = hashed(algorithm, f"{secret}:{nonce}:{cnonce}")
    return secret


def _response(  # noqa: PLR0917  the parts of a digest, in the order of RFC 7616
    algorithm: str, secret: str, nonce: str, request: str, qop: str, counted: str
) -> str:
    """RFC 7616 section 3.4.1; `request` is method and URI, `counted` is nc and cnonce."""
    hashed_request = hashed(algorithm, request)
    if qop:
        return hashed(algorithm, f"{secret}:{nonce}:{counted}:{qop}:{hashed_request}")
    return hashed(algorithm, f"{secret}:{nonce}:{hashed_request}")
