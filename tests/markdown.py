"""Reads Markdown as far as the tests of our own pages need it: fenced blocks, headings, links."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

_FENCE = re.compile(r"^```(\S*) *$")
_LINK = re.compile(
    r"(?<!\\)\[[^\]]*\]\(([^)\s]+)\)|<(?:a|img|source)\b[^>]*?(?:href|src|srcset)=\"([^\"]+)\""
)


@dataclass(frozen=True)
class Fence:
    """A fenced block: the word behind its fence, its text, its line (from 1), the text line above."""

    language: str
    text: str
    line: int
    above: str


def fences(page: str) -> list[Fence]:
    """All fenced blocks of a page, in order."""
    found: list[Fence] = []
    inside: list[str] | None = None
    language, began, above, last = "", 0, "", ""
    for number, line in enumerate(page.splitlines(), 1):
        fence = _FENCE.match(line)
        if inside is not None and line == "```":
            found.append(Fence(language, "\n".join([*inside, ""]), began, above))
            inside = None
        elif inside is not None:
            inside.append(line)
        elif fence:
            language, began, above, inside = fence[1], number, last, []
        elif line.strip():
            last = line
    assert inside is None, f"the block of line {began} has no end"
    return found


def prose(page: str) -> str:
    """The page without its fenced blocks and without code in a line."""
    outside: list[str] = []
    inside = False
    for line in page.splitlines():
        if line.startswith("```"):
            inside = not inside
        elif not inside:
            outside.append(re.sub(r"`[^`]*`", "", line))
    return "\n".join(outside)


def links(page: str) -> Iterator[str]:
    """Targets of all links and pictures."""
    for match in _LINK.finditer(prose(page)):
        yield match[1] or match[2]


def anchors(page: str) -> set[str]:
    """What `#...` may name: the headings as GitHub spells them (repeated ones are numbered)."""
    seen: Counter[str] = Counter()
    found: set[str] = set()
    inside = False
    for line in page.splitlines():
        inside ^= line.startswith("```")
        if inside or not line.startswith("#"):
            continue
        words = re.sub(r"[^\w\- ]", "", line.lstrip("#").strip().lower())
        slug = words.replace(" ", "-")
        found.add(f"{slug}-{seen[slug]}" if seen[slug] else slug)
        seen[slug] += 1
    return found
