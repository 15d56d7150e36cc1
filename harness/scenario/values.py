"""How one written value is read: durations, codes, numbers, names. Text in, typed value or `Wrong` out.

Must not live here: keys and blocks (`model.py`).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from harness.base import limits
from harness.base.instant import SECOND, parse_duration
from harness.scenario.vocabulary import NameKind, Vocabulary, suggest
from harness.scenario.words import EXPECT_WORDS, METHODS, NOT_YET, OWN_HEADERS, RESERVED, SENT_HEADERS

_USER = r"[A-Za-z0-9_.!~*'()&=+$%-]{1,128}"
"""RFC 3261 section 25.1 `user`, without the signs that would end a URI in careless hands."""

TEXT_CHARACTERS_MAX = 2_000
"""Longer texts are refused before a pattern looks at them."""


class Wrong(ValueError):
    """A value that is not what the key wants: a sentence and a hint for the author."""

    def __init__(self, text: str, hint: str = "") -> None:
        super().__init__(text)
        self.text = text
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Names:
    """What may be named in the file at hand: the vocabulary, and the parties the file itself defines."""

    vocabulary: Vocabulary = field(default_factory=Vocabulary)
    parties: tuple[str, ...] = RESERVED
    numbers: tuple[str, ...] = ()
    """What those parties have as `number:`; it may be a word."""

    @property
    def people(self) -> list[str]:
        """Every party but the carrier."""
        return [name for name in self.parties if name != "carrier"]


def one_text(value: object) -> str:
    """The value as one text. Raises Wrong for lists and blocks."""
    if not isinstance(value, str):
        raise Wrong("one value is wanted here, not a list or a block")
    return value


def reader(
    pattern: str, wanted: str, example: str, longest: int = TEXT_CHARACTERS_MAX
) -> Callable[[object], str]:
    """A check of whole values against a pattern, which sees at most `longest` characters."""
    compiled = re.compile(pattern)

    def check(value: object) -> str:
        text = one_text(value)
        if len(text) > longest:
            raise Wrong(
                f"{text[:40]!r}... is too long for {wanted}", f"{len(text)} characters, at most {longest}"
            )
        if compiled.fullmatch(text) is None:
            raise Wrong(f"{text[:100]!r} is not {wanted}", example)
        return text

    return check


_MANY_DIGITS = re.compile(r"\d{10,}(\.\d+)?\s*(s|m|min|h)")


def read_duration(value: object) -> int:
    """Nanoseconds, at most as long as a run may last."""
    text = one_text(value)
    too_long = f"{text[:100]!r} is longer than a run may last ({limits.RUN_VIRTUAL_SECONDS_MAX} s)"
    if _MANY_DIGITS.fullmatch(text.strip()):
        raise Wrong(too_long)
    if text.strip().startswith("-"):
        raise Wrong(f"{text[:100]!r} is negative; a duration is not")
    try:
        ns = parse_duration(text)
    except ValueError:
        hint = "write a number and a unit, such as 500ms, 2s or 2m"
        raise Wrong(f"{text[:100]!r} is not a duration", hint) from None
    if ns > limits.RUN_VIRTUAL_SECONDS_MAX * SECOND:
        raise Wrong(too_long)
    return ns


def read_rings_after(value: object) -> int | Literal["never"]:
    """Nanoseconds, or `never` for a party that does not ring."""
    return "never" if value == "never" else read_duration(value)


def read_under(value: object) -> int:
    """`under 4s` as nanoseconds."""
    if isinstance(value, dict) and any(re.fullmatch(r"p[0-9]{1,2}", str(key)) for key in value):
        raise Wrong(f"a block of percentiles {NOT_YET}", "write it as 'under 4s'")
    text = one_text(value)
    match = re.fullmatch(r"under\s+(.+)", text)
    try:
        ns = parse_duration(match[1]) if match else 0
    except ValueError:
        ns = 0
    if ns <= 0:
        raise Wrong(f"{text[:100]!r} is not an upper limit", "write it as 'under 4s'")
    return ns


def read_within(value: object) -> int:
    """`5s` or `under 5s` as nanoseconds."""
    text = one_text(value)
    return read_under(text) if text.startswith("under") else read_duration(text)


def read_flag(value: object) -> bool:
    """`true`, `yes`, `on` or their opposites."""
    text = one_text(value).lower()
    if text not in ("true", "yes", "on", "false", "no", "off"):
        raise Wrong(f"{text[:100]!r} is neither true nor false", "write true or false")
    return text in ("true", "yes", "on")


_CODES = {100: 180, 200: 202, 300: 403, 400: 486}
"""An example for each range of codes."""


def code(low: int, high: int) -> Callable[[object], int]:
    """A check for SIP status codes of a range, both ends included."""

    def check(value: object) -> int:
        text = one_text(value)
        if re.fullmatch(r"[1-6][0-9][0-9]", text) is None or not low <= int(text) <= high:
            hint = "" if re.fullmatch(r"[0-9]{3}", text) else f"write three digits, such as {_CODES[low]}"
            raise Wrong(f"{text[:100]!r} is not a SIP status code from {low} to {high}", hint)
        return int(text)

    return check


def read_refer(value: object) -> int | str:
    """`accepted` or a final status code."""
    if value == "accepted":
        return "accepted"
    if isinstance(value, str) and not value.isdigit():
        near = suggest(value, ["accepted"], listed_max=0)
        raise Wrong(f"{value[:100]!r} is not what a REFER can get", near or "accepted, or a status code")
    return code(200, 699)(value)


def read_reported(value: object) -> int | str:
    """A sipfrag's code, or `connected` or `failed`."""
    return value if value in ("connected", "failed") and isinstance(value, str) else code(100, 699)(value)


_LISTED: dict[NameKind, str] = {
    "rule": "docs/rules.md lists them, such as RFC3515-2.4.1-1 or truthful-notify",
    "profile": "docs/carriers.md lists them",
    "quirk": "docs/carriers.md lists them",
}


def known_name(kind: NameKind) -> Callable[[object, Names], str]:
    """A name of the vocabulary: rule, profile or quirk."""

    def check(value: object, names: Names) -> str:
        text = one_text(value)
        known = names.vocabulary.names(kind)
        if known is not None and text not in known:
            raise Wrong(f"there is no {kind} {text[:100]!r}", suggest(text, list(known)) or _LISTED[kind])
        return text

    return check


def party_name(*, carrier: bool) -> Callable[[object, Names], str]:
    """The name of somebody in the file."""

    def check(value: object, names: Names) -> str:
        text = one_text(value)
        known = list(names.parties) if carrier else names.people
        if text not in known:
            raise _nobody(text, known)
        return text

    return check


def _nobody(name: str, known: list[str]) -> Wrong:
    hint = suggest(name, known, listed_max=0) or f"write people: {{{name[:100]}: {{}}}} to bring it in"
    return Wrong(f"nobody in this scenario is named {name[:100]!r}", hint)


def read_caller_id(value: object, names: Names) -> str:
    """A party whose number is meant, `anonymous`, or a number."""
    text = one_text(value)
    if text == "anonymous" or text in names.people or text.startswith("+"):
        return text if text == "anonymous" or text in names.people else read_number(text)
    raise Wrong(f"{text[:100]!r} is no party and no number", suggest(text, ["anonymous", *names.people]))


def read_legs(value: object, names: Names) -> str:
    """Two parties joined by a hyphen; the names themselves may hold hyphens."""
    text = one_text(value)
    pairs = [f"{one}-{other}" for one in names.people for other in names.people if one != other]
    if text not in pairs:
        raise Wrong(f"{text[:100]!r} is not a leg between two parties", suggest(text, pairs, listed_max=0))
    return text


def read_new_name(value: object) -> str:
    """The name of a person that the file brings in."""
    text = reader(r"[A-Za-z][A-Za-z0-9_-]{0,63}", "a name", "letters, digits, - and _, a letter first")(value)
    if text in RESERVED:
        raise Wrong(f"{text!r} is a role of its own", "give this person another name")
    if text in EXPECT_WORDS:
        raise Wrong(f"{text!r} is a word of `expect:`", "give this person another name")
    return text


PYTEST_MARKS = ("filterwarnings", "parametrize", "skip", "skipif", "usefixtures", "xfail")


def read_marker(value: object) -> str:
    """A word by which pytest picks scenarios (`-m smoke`)."""
    text = reader(r"[A-Za-z_][A-Za-z0-9_]{0,63}", "a marker", "letters, digits and _, a letter first")(value)
    if text in PYTEST_MARKS:
        raise Wrong(f"{text!r} means something of its own to pytest", "choose another marker")
    return text


def read_header_name(value: object) -> str:
    """A header the agent does not write itself."""
    text = reader(r"[A-Za-z0-9.!%*_+`'~-]{1,100}", "a header name", "such as X-AI-Context")(value)
    if text.lower() in OWN_HEADERS:
        raise Wrong(f"the agent writes {text} itself", "choose another, such as X-AI-Context")
    return text


def read_number(value: object) -> str:
    """A phone number or SIP user part."""
    text = one_text(value)
    if text.lower().startswith("tel:"):
        raise Wrong(f"{text[:100]!r} is a URI", f"write {text[4:104]}, and agent: {{refers_to: tel}}")
    bare = re.sub(r"[\s().-]", "", text)
    hint = f"write {bare}" if bare != text and re.fullmatch(r"\+?[0-9]{3,15}", bare) else "such as +15550100"
    return reader(_USER, "a phone number or SIP user", hint)(text)


def read_redirect(value: object, names: Names = Names()) -> str:
    """A party, a number, a SIP user part or a SIP URI. A word alone that is none of the file's names and
    numbers is a misspelt one: a call would go nowhere, and what must not happen would not."""
    text = one_text(value)
    if re.fullmatch(r"[A-Za-z_-]+", text) and text not in (*names.people, *names.numbers):
        raise _nobody(text, names.people)
    if re.match(r"sips?:", text, re.IGNORECASE):
        return reader(r"(?i:sips?):[!-;=?-~]{1,500}", "a SIP URI", "such as sip:bob@example.com")(text)
    return read_number(text)


def read_listed(value: object) -> object:
    """One value alone is a list of one."""
    return value if isinstance(value, list) else [value]


def read_new_call(value: object) -> str:
    """The name of a call, which templates can use."""
    return reader(r"[A-Za-z][A-Za-z0-9_]{0,63}", "a name", "letters, digits and _, a letter first")(value)


def read_method(value: object) -> str:
    """A request's method."""
    text = one_text(value)
    if text not in METHODS:
        raise Wrong(f"{text[:100]!r} is not a method", suggest(text, list(METHODS), listed_max=14))
    return text


def read_selector(value: object) -> str:
    """What a fault meets: a method, a status code, or both."""
    text = one_text(value)
    code_text, _, method = text.partition(" ")
    if text.isalpha():
        return read_method(text)
    code(100, 699)(code_text)
    if method:
        read_method(method)
    return text


def read_target(value: object, names: Names = Names()) -> str:
    """Whom a REFER names: a party, a number, or a SIP or tel URI."""
    text = one_text(value)
    if re.match(r"tel:", text, re.IGNORECASE):
        return reader(r"(?i:tel):[0-9+*#A-Za-z().;=_-]{1,200}", "a tel URI", "such as tel:+15550100")(text)
    return read_redirect(text, names)


def read_event(value: object) -> str:
    """The value of an Event header."""
    return reader(r"[A-Za-z0-9.!%*_+`'~=;-]{1,200}", "an event", "such as refer;id=2")(value)


def read_sent_header(value: object) -> str:
    """A header that `send` does not write itself."""
    text = reader(r"[A-Za-z0-9.!%*_+`'~-]{1,100}", "a header name", "such as Subject")(value)
    if text.lower() in SENT_HEADERS:
        raise Wrong(f"`send` writes {text} itself", "send_raw leaves all of it to you")
    return text


def read_block(value: object) -> str:
    """A text of many lines."""
    text = one_text(value)
    if len(text.encode()) > limits.MESSAGE_BYTES_MAX:
        raise Wrong(f"this text is longer than a message can be ({limits.MESSAGE_BYTES_MAX} bytes)")
    return text


def read_count(value: object) -> int:
    """Which one of several, counted from 1."""
    return int(reader(r"[1-9][0-9]{0,2}", "a count", "1 is the first")(value))


def read_actor(value: object) -> object:
    """`answer: human` is short for `answer: {as: human}`."""
    return {"as": value} if isinstance(value, str) else value


def read_refusal(value: object) -> object:
    """`refuses: 603` is short for `refuses: {refer: 603}`."""
    return {"refer": value} if isinstance(value, str) else value
