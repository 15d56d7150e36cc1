"""The names that scenarios may use but that are defined above this layer: rules, profiles, quirks.

`suite` fills a `Vocabulary` from the judge and the actors, so that did-you-mean works without
importing upwards. Must not live here: the words of the language itself (`words.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

NameKind = Literal["rule", "profile", "quirk"]

NEAR = 0.6
"""How alike a word must be to be suggested: difflib's ratio, 1 is equal."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Name -> one-sentence description, for each kind. None: that kind is not checked."""

    rules: Mapping[str, str] | None = None
    profiles: Mapping[str, str] | None = None
    quirks: Mapping[str, str] | None = None

    def names(self, kind: NameKind) -> Mapping[str, str] | None:
        """The names of one kind with their descriptions, or None when they are not known here."""
        return {"rule": self.rules, "profile": self.profiles, "quirk": self.quirks}[kind]


def suggest(word: str, known: list[str], *, listed_max: int = 12) -> str:
    """`did you mean 'busy'?`, else the words that are known where they are few, else nothing."""
    plain = {name.lower().replace("-", "_"): name for name in reversed(known)}
    near = get_close_matches(word[:100].lower().replace("-", "_"), list(reversed(plain)), n=1, cutoff=NEAR)
    if near and not word.isdigit():  # a number is not a misspelling of another
        return f"did you mean {plain[near[0]]!r}?"
    if known and len(known) <= listed_max:
        return f"known here: {', '.join(known)}"
    return ""
