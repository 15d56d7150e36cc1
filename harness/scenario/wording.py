"""What the model complains about, in words for the author, at the place to be mended.

Must not live here: what is right and wrong (`model.py`, `crosscheck.py`).
"""

import re
from collections.abc import Collection, Iterable

from harness.base.span import Mistake
from harness.scenario.model import block_at
from harness.scenario.source import Table, locate
from harness.scenario.typed import Problem, keys_of
from harness.scenario.values import Wrong
from harness.scenario.vocabulary import suggest
from harness.scenario.words import EXPECT_WORDS, LATER, LATER_VALUES, NOT_YET

_BLOCK_NAMES = {
    "Scenario": "a scenario", "Caller": "a caller", "Agent": "the agent", "Callee": "the human",
    "Person": "a person", "Carrier": "the carrier", "Challenges": "`challenges:`", "Refuses": "`refuses:`",
    "Context": "`context:`", "Fallback": "`fallback:`", "Expect": "`expect:`", "Attempt": "an attempt",
    "PartyExpect": "the expectations on a party", "Latency": "`latency:`", "Never": "`never:`",
    "HumanSees": "`human_sees:`", "Way": "`never:`", "Violations": "`violations:`", "StepWords": "a step",
    "Disturbance": "a fault", "CallStep": "`call:`", "ConsultStep": "`consult:`", "PartyStep": "this step",
    "RingStep": "`ring:`", "RejectStep": "`reject:`", "ByeStep": "`bye:`", "ReferStep": "`refer:`",
    "NotifyStep": "`notify:`", "SendStep": "`send:`", "SendRawStep": "`send_raw:`",
    "ExpectStep": "`expect:`", "NeverStep": "`never:`",
}  # fmt: skip

_MISSING_HINTS = {
    "scenario": "start the file with 'scenario:' and a sentence",
    "transfer": "write 'transfer: cold'",
    "to": "name the party that is tried next",
}


_EXAMPLES = {
    "caller": "{name: Maria}",
    "agent": "{leaves: on-refer-accepted}",
    "human": "{busy: true}",
    "people": "{mailbox: {role: voicemail}}",
    "carrier": "{quirks: [no-notify]}",
    "context": "{headers: {X-AI-Context: refinance}}",
    "fallback": "[{when: busy, to: mailbox}]",
    "expect": "{reaches: human}",
}
"""What such a block looks like, for who wrote something else."""

_EXPECTED = {
    "attempts": "[{reported: 486}]",
    "latency": "{refer_to_answer: under 4s}",
    "human_sees": "{caller_id: caller}",
    "never": "{INVITE: {to: human}}",
    "violations": "{includes: [truthful-notify]}",
}
"""The same below `expect:`, where all other blocks are parties."""

_OTHER_WORDS = {
    "blind": "cold", "unattended": "cold", "basic": "cold", "consultative": "warm", "consultation": "warm",
    "supervised": "warm", "three-way": "attended", "conference": "attended",
}  # fmt: skip
"""Words of RFC 5589 and of PBXs for the styles."""

_ACTORS = ("as", "at")
_MEANT_ACTOR = ("as", "at", "by", "from", "who", "party")
"""What authors write for the party of a step."""

_STEP_HINTS = {
    "as": "who does it; for a call: its name",
    "from": "who calls",
    "to": "a party, or for a REFER its target",
    "at": "where the message must arrive",
    "for": "how long, such as for: 5s",
    "request": "a method, such as INVITE",
    "text": "the message, after 'text: |'",
}


def put(problems: Iterable[Problem], root: Table, parties: Iterable[str]) -> list[Mistake]:
    """The problems as mistakes with the exact span of key or value.

    Problems below a key of `expect:` that names nobody, or belongs to a later version, are left out:
    `crosscheck` reports that key. So are missing keys that were only misspelt.
    """
    judged = (EXPECT_WORDS | set(parties)) - {"carrier", *LATER["Expect"]}
    found = []
    problems = list(problems)
    missing = {problem.place for problem in problems if problem.kind == "missing"}
    for problem in problems:
        place = problem.place
        if place[0] == "expect" and len(place) > 1 and place[1] not in judged:
            continue
        found.append((problem, _one(problem, root, missing)))
    meant = {(each.place[:-1], mistake.hint) for each, mistake in found if each.kind == "extra_forbidden"}
    return [
        mistake
        for each, mistake in found
        if each.kind != "missing" or (each.place[:-1], f"did you mean {each.place[-1]!r}?") not in meant
    ]


def _one(problem: Problem, root: Table, missing: Collection[tuple[str | int, ...]]) -> Mistake:
    place = problem.place
    key = str(place[-1])
    if problem.kind == "extra_forbidden":
        return _unknown_key(place, root, missing)
    if problem.kind == "missing":
        span = locate(root, place[:-1], key=True)
        hints = _STEP_HINTS if place[0] == "steps" else _MISSING_HINTS
        return Mistake(span, f"the key {key!r} is missing", hints.get(key, ""))
    at_key = place[-1] == "[key]"
    span = locate(root, place[:-1] if at_key else place, key=at_key)
    error = problem.context.get("error")
    if isinstance(error, Wrong):
        return Mistake(span, error.text, error.hint)
    if problem.kind == "literal_error":
        named = next((str(step) for step in reversed(place) if isinstance(step, str)), "")
        known = re.findall(r"'([^']*)'", str(problem.context.get("expected", "")))
        known += LATER_VALUES.get(named, ())
        if isinstance(problem.value, str):
            text = f"{problem.value[:100]!r} is not a value of {named!r}"
            meant = _OTHER_WORDS.get(problem.value.lower()) if named == "transfer" else None
            hint = f"here that is called {meant!r}" if meant is not None else suggest(problem.value, known)
            return Mistake(span, text, hint)
        return Mistake(span, "one value is wanted here, not a list or a block")
    return Mistake(span, *_by_kind(problem, key))


def _by_kind(problem: Problem, key: str) -> tuple[str, str]:
    """What is wrong with the shape of a value, and a hint."""
    kind = problem.kind
    if kind in ("model_type", "model_attributes_type", "dict_type"):
        if isinstance(problem.place[-1], int):
            return "a block of 'key: value' lines is wanted here", "such as 'answer: human'"
        return f"{key!r} wants a block of 'key: value' lines", _block_hint(problem)
    if kind in ("too_short", "missing_argument"):
        return "this list is empty", ""
    if kind == "too_long":
        actual, most = (problem.context.get(word) for word in ("actual_length", "max_length"))
        return f"{actual} {key}; at most {most} are possible", "make two files"
    if kind == "string_type":
        return "one value is wanted here, not a list or a block", ""
    return f"the value of {key!r} is not understood ({kind.replace('_', ' ')})", ""


def _unknown_key(
    place: tuple[str | int, ...], root: Table, missing: Collection[tuple[str | int, ...]]
) -> Mistake:
    span = locate(root, place, key=True)
    key = str(place[-1])
    block = block_at(place[:-1])
    if block is None:
        return Mistake(span, f"unknown key {key[:100]!r}")
    if key in LATER.get(block.__name__, ()):
        return Mistake(span, f"{key!r} {NOT_YET}")
    hint = suggest(key, [*keys_of(block), *LATER.get(block.__name__, ())], listed_max=0)
    actor = next((word for word in _ACTORS if (*place[:-1], word) in missing), None)
    if place[0] == "steps" and key in _MEANT_ACTOR and actor is not None:
        hint = f"did you mean {actor!r}?"
    if not hint:
        hint = f"known here: {', '.join(key for key in keys_of(block) if key != '$schema')}"
    return Mistake(span, f"unknown key {key[:100]!r} in {_BLOCK_NAMES[block.__name__]}", hint)


def _block_hint(problem: Problem) -> str:
    """What a block looks like; where one of its flags was written alone, that flag."""
    key = str(problem.place[-1])
    block = block_at(problem.place)
    if isinstance(problem.value, str) and block is not None and problem.value in keys_of(block):
        value = "true" if block.model_fields[problem.value].default is False else "..."
        return f"write {key}: {{{problem.value}: {value}}}"
    example = _EXAMPLES.get(key)
    if problem.place[0] == "expect" and len(problem.place) > 1:
        example = _EXPECTED.get(key, "{fate: with-human}" if len(problem.place) == 2 else None)
    return f"such as {key}: {example}" if example is not None else ""
