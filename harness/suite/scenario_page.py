"""The page of the docs on the scenario language, made from the model that reads scenarios.

`python -m harness.suite.scenario_page > docs/scenarios.md` writes the page; a test holds it fresh. Must
not live here: keys and their sentences (`scenario/`), what outcomes and times are (`base/definitions.py`).
"""

import re
import sys
from collections.abc import Iterator, Mapping
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from harness.actors.fallback import FAILURES
from harness.base import definitions
from harness.scenario import typed, words
from harness.scenario.meanings import MEANINGS
from harness.scenario.model import Scenario
from harness.scenario.rendering import CALL_WORDS, FILTERS, PARTY_WORDS
from harness.scenario.typed import Words
from harness.scenario.words import CAUSES, LATER, LATER_VALUES

VALUES: dict[str, str] = {
    "Flag": "`true` or `false`",
    "Duration": "duration",
    "RingsAfter": "duration, or `never`",
    "Under": "`under` and a duration",
    "Within": "duration",
    "Sentence": "one sentence",
    "Display": "text",
    "HeaderName": "header name",
    "HeaderValue": "text",
    "Number": "number",
    "Pattern": "number with `*`",
    "Redirect": "number, SIP URI or party",
    "RejectCode": "code 400-699",
    "RefusalCode": "code 300-699",
    "SipfragCode": "code 100-699",
    "ChallengeCode": "`401` or `407`",
    "ReferResult": "`accepted`, or code 200-699",
    "Reported": "`connected`, `failed`, or code 100-699",
    "Marker": "word",
    "Rule": "[rule](rules.md)",
    "Profile": "[profile](carriers.md#profiles)",
    "Quirk": "[quirk](carriers.md#quirks)",
    "PersonName": "a new name",
    "PartyName": "party",
    "AnyName": "party or `carrier`",
    "CallName": "a name",
    "Method": "method",
    "Selector": "method, code, or both: `200 INVITE`",
    "Target": "party, number, SIP or tel URI",
    "EventText": "text",
    "SentHeader": "header name",
    "Block": "text of many lines",
    "StatusCode": "code 100-699",
    "ProgressCode": "code 101-199",
    "Count": "number 1-999",
    "LegName": "two parties: `caller-human`",
}
"""Type of `scenario/typed.py` to how its values are written."""

_NAMED = [(written, getattr(typed, name)) for name, written in VALUES.items()]

CHOICES: dict[str, Any] = {
    "[outcome](#outcomes)": words.Outcome,
    "[fate](#fates)": words.Fate,
    "[truth](#truths)": words.Truth,
    "[failure](#failures)": words.Cause,
}
"""Choices too long for a cell: a link to their meanings, and the type."""

HEAD = """# The scenario language

Made from the model that reads scenarios (`python -m harness.suite.scenario_page`).

A scenario is a YAML file that says who takes part in a transfer, and what must be true in the end. What it
does not say has a default. This is the shortest one, with something to prove:

```yaml
scenario: A cold transfer reaches the human
transfer: cold
expect:
  reaches: human
```

`siptransfer new FILE` writes a commented one. `siptransfer lint PATH` finds every mistake.
`siptransfer show PATH` prints every default. A file that `new` wrote names the JSON Schema in its first
line: editors with a YAML language server complete the keys and say what they mean.

## How values are written

- *duration*: a number and a unit: `500ms`, `2s`, `2m`.
- *number*: a phone number such as `"+15550100"`, or the user part of a SIP URI. Quotes do no harm and are
  not needed.
- *code*: a SIP status code.
- *party*: `caller`, `agent`, `human` or a name under `people:`.
- A list of one may be written as the value alone: `quirks: event-id`.
- `$name` stands for a value of `parameters: {name: [...]}`; the scenario is played once for each
  combination.
- Keys that are left out have the default, or no effect where the table says none.
"""

LONG = """## The long form

Where a transfer must go wrong in a way of its own, `steps:` stand in the place of `transfer:` and say
everything that happens, one after the other, whoever does it:

```yaml
scenario: A REFER with two Refer-To headers gets 400 and starts no call
steps:
  - call: {from: caller, to: agent, as: main}
  - send_raw:
      as: agent
      in: main
      deliberate: true
      text: |
        REFER {{ main.remote_target }} SIP/2.0
        {{ main.headers(cseq="next", branch="new") }}
        Refer-To: <sip:a@example.com>
        Refer-To: <sip:b@example.com>
        Content-Length: 0
  - expect: {at: agent, response: 400, to: last, within: 32s}
  - never: {request: INVITE, from: carrier, for: 5s}
under_test: carrier
```

- `as:` says who acts; in `call` it gives the call its name, by which later steps mean it (`in: main`).
  `answer: human` is short for `answer: {as: human}`.
- A `call` is done when it is answered, `hold` and `resume` when the other side agreed; every other step when
  its message is sent. What must come of it is an `expect` of its own, and each message fulfils one of them.
- Who is called and has no `ring`, `answer` or `reject` rings at once and answers after 2s. Parties without
  steps do what their block says. After the last step callers hang up, then everybody else.
- `expect: {headers: ...}` compares whole values, parameters included: `Event: refer` is not `refer;id=2`.
- Beside a `notify` step our carrier still sends the NOTIFYs of its own; `no-notify` among its `quirks` keeps
  it silent.
- A message that is wrong on purpose says `deliberate: true`, and is not held against its sender.
- A real system does what it does: no step can be its own, and faults exist in virtual runs only.

The text of `send_raw` is a small part of Jinja2: `{{ values }}`, `if`, `set`, and `for` over `range(...)` or
a list. Its line ends become CRLF and a missing Content-Length is added, unless it says `exact: true`: then
not a byte of the text is changed or added, and `headers()` ends its lines in CRLF. What the text is, YAML
decides: after `text: |` every line ends in a bare LF, whatever the file has; in double quotes `\\r` and `\\n`
are what they say: `text: "INFO sip:a@b SIP/2.0\\r\\n{{ main.headers() }}\\r\\n\\r\\n"`.
Only texts and whole numbers come out of it; the filters are FILTERS.
Of a call: CALL_WORDS. Of a party: PARTY_WORDS. Outside of any call (`to:` instead of `in:`) the call is
named `new`.
"""

TAIL = """## Results

What the tool writes about a run: [results.md](results.md). What everybody is held to: [rules.md](rules.md).
"""


def page() -> str:
    """The whole Markdown page, ending in one line feed."""
    places: dict[type[Words], list[str]] = {}
    _walk(Scenario, "", places)
    headings = {block: where[0] if where else "The file" for block, where in places.items()}
    sections = [_section(block, where, headings) for block, where in places.items()]
    long = LONG
    for place, known in (
        ("CALL_WORDS", CALL_WORDS),
        ("PARTY_WORDS", PARTY_WORDS),
        ("FILTERS", tuple(FILTERS)),
    ):
        long = long.replace(place, ", ".join(f"`{word}`" for word in known))
    return "\n".join([HEAD, long, *sections, *_meanings(), _later(headings), TAIL])


def _walk(block: type[Words], place: str, places: dict[type[Words], list[str]]) -> None:
    """Note where every block stands, in the order of the file."""
    known = block in places
    places.setdefault(block, [])
    if place:
        places[block].append(place)
    if known:
        return
    for key, hint, _ in _fields(block):
        for child in _children(hint):
            _walk(child, f"{place}: {key}" if place else key, places)


def _fields(block: type[Words]) -> Iterator[tuple[str, Any, Any]]:
    """Keys of a block as they are written, with the type of their values."""
    hints = get_type_hints(block, include_extras=True)
    for name, info in block.model_fields.items():
        yield info.alias or name, hints[name], info
    extra = hints.get("__pydantic_extra__")
    if block.model_config.get("extra") == "allow" and extra is not None:
        yield "NAME", get_args(extra)[1], None


def _children(hint: Any) -> Iterator[type[Words]]:
    """The blocks that may stand as a value of this type."""
    if isinstance(hint, type) and issubclass(hint, Words):
        yield hint
    for part in get_args(hint):
        if not isinstance(part, str):
            yield from _children(part)


def _section(block: type[Words], places: list[str], headings: Mapping[type[Words], str]) -> str:
    """Heading, what the block is, and a table of its keys; keys that differ in name only share a row."""
    parent = next((base for base in block.__mro__[1:] if base in headings), None)
    inherited = set() if parent is None else {key for key, _, _ in _fields(parent)}
    own = [field for field in _fields(block) if field[0] not in inherited]
    lines = [f"## {headings[block]}", "", " ".join((block.__doc__ or "").split()), ""]
    if parent is not None:
        lines[-2] += f" All keys of {_link(headings[parent])}" + (", and:" if own else ".")
    if len(places) > 1:
        others = ", ".join(f"`{place.rpartition(': ')[2]}`" for place in places[1:])
        lines[-2] += f" The same for {others}."
    rows: dict[tuple[str, ...], list[str]] = {}
    for key, hint, info in own:
        meaning = _meaning(block, key, info)
        rows.setdefault((_value(hint, headings), _default(info), meaning), []).append(f"`{key}`")
    if rows:
        lines += ["| key | value | default | meaning |", "|---|---|---|---|"]
        lines += [_row(", ".join(keys), *cells) for cells, keys in rows.items()]
        lines.append("")
    return "\n".join(lines)


def _meaning(block: type[Words], key: str, info: Any) -> str:
    if info is None:
        return "What must be true of this party: `caller`, `agent`, `human` or a name under `people:`"
    for base in block.__mro__:
        if key in MEANINGS.get(base.__name__, {}):
            return MEANINGS[base.__name__][key]
    return info.description or ""


def _default(info: Any) -> str:
    if info is not None and info.is_required():
        return "required"
    given = None if info is None else info.default
    if isinstance(given, bool):
        return f"`{str(given).lower()}`"
    return f"`{given}`" if isinstance(given, str | int) and given != "" else ""


def _value(hint: Any, headings: Mapping[type[Words], str]) -> str:
    """How a value of this type is written."""
    for written, known in (*_NAMED, *CHOICES.items()):
        if hint == known:
            return written
    if isinstance(hint, type):
        return _link(headings[hint], "block") if hint in headings else "text"
    origin, parts = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _value(parts[0], headings)
    if origin is Literal:
        return ", ".join(f"`{word}`" for word in parts)
    if origin in (Union, UnionType):
        return " or ".join(_value(part, headings) for part in parts if part is not NoneType)
    if origin is list:
        return f"list of {_value(parts[0], headings)}"
    if origin is dict:
        return f"{_value(parts[0], headings)}: {_value(parts[1], headings)}"
    return "any value"


def _link(heading: str, text: str = "") -> str:
    slug = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
    return f"[{text or heading}](#{slug})"


def _row(*cells: str) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _meanings() -> Iterator[str]:
    """What the words that can be expected mean."""
    yield "## What the words mean\n"
    for title, known in (
        ("Outcomes", definitions.OUTCOMES),
        ("Fates", definitions.FATES),
        ("Truths", definitions.TRUTHS),
        ("Failures", _failures()),
        ("Times", {name: time.sentence for name, time in definitions.TIMES.items()}),
    ):
        rows = [_row(f"`{word}`", meaning) for word, meaning in known.items()]
        yield "\n".join([f"### {title}", "", "| word | meaning |", "|---|---|", *rows, ""])


def _failures() -> dict[str, str]:
    """What each word of `fallback: {when: ...}` stands for."""
    told = {word: f"Final status {', '.join(map(str, sorted(codes)))}." for word, codes in FAILURES.items()}
    return {word: told.get(word, "Every failure.") for word in CAUSES}


def _later(headings: Mapping[type[Words], str]) -> str:
    """Words that lint knows, but that cannot be played yet."""
    places = {block.__name__: heading for block, heading in headings.items()}
    written = {name: info.alias or name for block in headings for name, info in block.model_fields.items()}
    rows = [
        _row(_link(places[block]), ", ".join(f"`{key}`" for key in keys))
        for block, keys in LATER.items()
        if block in places
    ]
    rows += [
        _row(f"values of `{written[key]}`", ", ".join(f"`{value}`" for value in values))
        for key, values in LATER_VALUES.items()
    ]
    head = ["## Not yet", "", "Words of the language that this version knows but cannot play.", ""]
    return "\n".join([*head, "| where | words |", "|---|---|", *rows, ""])


if __name__ == "__main__":
    sys.stdout.write(page())
