"""The only source of chance below the faces: seeded SHA-256 streams, one for each use.

A stream is named by a path, so that a party which draws one more number does not shift what the
others draw. Must not live here: `random`, `os.urandom`, `hash()`, anything that depends on the
process. Same seed and path: same bytes on every machine.
"""

from hashlib import sha256


class Stream:
    """An endless sequence of bytes that depends on `seed` and `path` alone."""

    __slots__ = ("_count", "_digits", "_key")

    def __init__(self, seed: int, *path: str) -> None:
        self._key = sha256("\x1f".join((str(seed), *path)).encode()).digest()
        self._count = 0
        self._digits = ""

    def token(self, length: int = 16) -> str:
        """Draw `length` (at most 64) lower-case hexadecimal digits, for tags, branches and Call-IDs."""
        if len(self._digits) < length:
            self._digits = self._draw().hex()
        token, self._digits = self._digits[:length], self._digits[length:]
        return token

    def below(self, bound: int) -> int:
        """Draw an integer in range(bound); the bias is under 2**-192 for any bound used here."""
        return int.from_bytes(self._draw(), "big") % bound

    def one_in(self, parts: int, of: int) -> bool:
        """Draw true with probability parts/of."""
        return self.below(of) < parts

    def _draw(self) -> bytes:
        self._count += 1
        return sha256(self._key + self._count.to_bytes(8, "big")).digest()
