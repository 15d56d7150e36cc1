"""From file to plans, or to all mistakes at once: shipped scenarios, the language's examples, noise."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.base import limits
from harness.base.errors import ScenarioError, UsageError
from harness.base.instant import SECOND
from harness.base.span import Mistake
from harness.scenario.load import load, load_text, shown_path, source_lines
from harness.scenario.model import Expect, Scenario
from harness.scenario.plan import Limit, NeverSent, Plan
from harness.scenario.typed import keys_of
from harness.suite.collect import vocabulary
from tests.scenario.written import HEAD, VOCABULARY, mistakes, plans

ROOT = Path(__file__).parent.parent.parent
SHIPPED = sorted((ROOT / "scenarios").rglob("*.yaml"))

SCENARIO_1 = """\
scenario: Cold transfer to a busy human ends in voicemail
transfer: cold
caller: {number: "+19175551212"}
human: {number: "+18005550100", rejects: 486}
people: {mailbox: {role: voicemail, number: "+18005550199", answers_after: 1s}}
fallback: [{when: [busy, declined, no-answer, unreachable], to: mailbox, by: agent}]
expect:
  reaches: mailbox
  attempts:
    - {refer: accepted, reported: 486, truth: truthful, caller_fate: held}
    - {refer: accepted, reported: 200}
  caller: {never: [dropped], alone: under 5s, dead_air: under 2s}
"""

SCENARIO_7 = """\
scenario: A target outside the allowed numbers is refused after authentication, the caller stays\
 with the agent
transfer: cold
caller: {number: "+19175551212"}
human: {number: "+447700900123"}
carrier: {challenges: {REFER: 407}, allows: ["+1*"], refuses: 603}
expect:
  refer: [407, 603]
  outcome: refused
  never: {INVITE: {to: human}}
  caller: {fate: with-agent, within: 5s}
"""


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_scenario_is_without_mistakes_and_says_its_promise_first(path: Path) -> None:
    made = load(str(path), vocabulary())
    assert made and made[0].line == 1
    assert path.read_text(encoding="utf-8").startswith("scenario: ")


def test_the_cold_transfers_that_were_promised_are_there() -> None:
    promised = (
        "answered answered-without-ringing busy declined no-answer not-found unavailable refused-403"
        " refused-603 challenged challenged-then-refused caller-hangs-up agent-leaves-early redirected"
        " lying-early-200 silent-carrier premature busy-then-voicemail accepted-with-200"
        " notify-overtakes-202 no-subscription two-refers second-refer-without-event-id sipfrag-bare-lf"
        " subscription-never-ends busy-told-as-503 bye-crosses-notify caller-dropped-after-failure"
        " voicemail-told-as-human bounced-to-the-agent tel-target redirect-loop carrier-tries-next"
        " failures shortest"
    )
    assert set(promised.split()) <= {path.stem for path in SHIPPED}


@pytest.mark.parametrize(
    ("name", "text"), [("busy-then-voicemail", SCENARIO_1), ("challenged-then-refused", SCENARIO_7)]
)
def test_the_examples_of_the_language_are_in_the_library_as_written(name: str, text: str) -> None:
    assert (ROOT / "scenarios" / "cold" / f"{name}.yaml").read_text(encoding="utf-8") == text


def test_the_library_is_large_enough_and_its_files_are_short() -> None:
    """A scenario is read at one glance, and the shortest shows how little is needed."""
    lines = {path.stem: path.read_text(encoding="utf-8").count("\n") for path in SHIPPED}
    assert len([path for path in SHIPPED if path.parent.name == "cold"]) >= 25
    assert [name for name, count in lines.items() if count > 25] == []
    assert min(lines.values()) <= 8


def test_scenario_1_of_the_language_compiles_as_written() -> None:
    (made,) = plans(SCENARIO_1)
    wanted = {one.name: one.wanted for one in made.expectations}
    assert made.fallback[0].when == ("busy", "declined", "no-answer", "unreachable")
    assert made.party("mailbox").role == "voicemail"
    assert wanted["attempts"] == 2
    assert wanted["attempts.0.caller_fate"] == "held"
    assert wanted["caller.dead_air"] == Limit(2 * SECOND)


def test_scenario_7_of_the_language_compiles_as_written() -> None:
    (made,) = plans(SCENARIO_7)
    wanted = {one.name: one.wanted for one in made.expectations}
    assert made.carrier.challenges == (("REFER", 407),)
    assert (made.carrier.allows, made.carrier.refuses) == (("+1*",), 603)
    assert wanted["refer"] == (407, 603)
    assert wanted["never"] == NeverSent("INVITE", "human")
    assert wanted["caller.within"] == Limit(5 * SECOND)


def test_all_mistakes_of_a_file_are_said_at_once_in_its_order() -> None:
    text = (
        "scenario: Everything is wrong here\n"
        "transfer: wram\n"
        "calller: {number: +15550100}\n"
        "human: {number: +1 555 0100, rejects: 48, busy: true}\n"
        "carrier: {quirks: no-notfy, challenges: {REFR: 407}}\n"
        "human: {busy: true}\n"
        "expect:\n"
        "  reaches: humn\n"
        "  latency: {refer_to_anwser: 4s}\n"
        "ring: {all: [a]}\n"
    )
    assert mistakes(text) == [
        "2:11: 'wram' is not a value of 'transfer'; did you mean 'warm'?",
        "3:1: unknown key 'calller' in a scenario; did you mean 'caller'?",
        "4:17: '+1 555 0100' is not a phone number or SIP user; write +15550100",
        "4:39: '48' is not a SIP status code from 400 to 699; write three digits, such as 486",
        "4:43: 'busy' and 'rejects' exclude each other; a party does one thing with a call",
        "5:19: there is no quirk 'no-notfy'; did you mean 'no-notify'?",
        "5:42: unknown key 'REFR' in `challenges:`; did you mean 'REFER'?",
        "6:1: the key 'human' is given twice; the first is on line 4",
        "8:12: nobody in this scenario is named 'humn'; did you mean 'human'?",
        "9:13: unknown key 'refer_to_anwser' in `latency:`; did you mean 'refer_to_answer'?",
        "10:1: 'ring' is a known word of the language, but not playable in this version",
    ]


def test_only_so_many_mistakes_are_said() -> None:
    many = "".join(f"key{number}: x\n" for number in range(500))
    assert len(mistakes(HEAD + many)) == limits.SCENARIO_MISTAKES_MAX


def test_an_error_carries_path_and_spans_for_the_caret(tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(HEAD + "humam: {}\n", encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        load(str(path), VOCABULARY)
    (mistake,) = caught.value.mistakes
    assert mistake.span.path == str(path)
    assert mistake.render(source_lines(str(path))).splitlines()[1:] == ["    humam: {}", "    ^^^^^"]


def test_a_file_that_cannot_be_read_is_a_usage_error(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.yaml", Path("a\0b")):
        with pytest.raises(UsageError) as caught:
            load(str(path), VOCABULARY)
        assert not isinstance(caught.value, ScenarioError)


def test_an_id_is_relative_to_the_current_folder_or_to_what_was_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside = tmp_path / "here" / "cold" / "a.yaml"
    inside.parent.mkdir(parents=True)
    inside.write_text(HEAD, encoding="utf-8")
    monkeypatch.chdir(tmp_path / "here")
    assert [made.id for made in load("cold/a.yaml", VOCABULARY)] == ["cold/a.yaml"]
    assert shown_path(str(inside)) == "cold/a.yaml"
    assert shown_path(os.path.join("..", "here", "cold", "a.yaml")) == "cold/a.yaml"
    monkeypatch.chdir(tmp_path / "here" / "cold")
    (tmp_path / "there").mkdir()
    monkeypatch.chdir(tmp_path / "there")
    assert shown_path(str(inside)) == "a.yaml"
    assert shown_path(str(inside), str(tmp_path / "here")) == "here/cold/a.yaml"
    assert shown_path(str(inside), "../here/cold") == "cold/a.yaml"


def test_importing_the_loader_stays_cheap() -> None:
    """Counted in modules, not in seconds: what would slow the start-up down must not be imported."""
    script = "import sys, harness.scenario.load; print(' '.join(sys.modules))"
    shown = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    loaded = set(shown.stdout.split())
    assert not loaded & {
        "asyncio",
        "jinja2",
        "rich",
        "scapy",
        "harness.scenario.schema",
        "pydantic.v1",
    }
    assert not any(
        name.startswith(("harness.protocol", "harness.actors", "harness.judge")) for name in loaded
    )


SEEDS = [path.read_text(encoding="utf-8") for path in SHIPPED] + [SCENARIO_1, SCENARIO_7]
SIGNS = ["{", "}", "[", "]", ":", ",", " ", "\n", "- ", "\t", "'", '"', "#", "&a", "*a", "!x", "$a", "~", "é"]
NAMES = ["human", "expect", "never", "parameters", "people", "attempts"]
PIECES = [*SIGNS, *NAMES, "486", "under 4s", "true"]


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A valid file with up to four pieces cut out, doubled, put in or swapped for others."""
    text = draw(st.sampled_from(SEEDS))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 12)))
        new = draw(st.sampled_from(["", text[start:end] * 2, *PIECES]))
        text = text[:start] + new + text[end:]
    return text


def plans_or_mistakes(data: bytes) -> None:
    """What the loader promises about any bytes."""
    lines = data.decode("utf-8", "replace").splitlines() or [""]
    found: Sequence[Mistake] = ()
    made: list[Plan] = []
    try:
        made = load_text(data, "x.yaml", VOCABULARY)
    except ScenarioError as error:
        found = error.mistakes
    assert bool(made) != bool(found)
    for mistake in found:
        assert 1 <= mistake.span.line <= len(lines) + 1
        assert "\n" not in mistake.headline()
        mistake.render(lines)


@given(mutated())
@settings(deadline=None, max_examples=300)
def test_a_damaged_scenario_makes_plans_or_mistakes(text: str) -> None:
    plans_or_mistakes(text.encode())


@given(st.binary(max_size=200))
@settings(deadline=None)
def test_any_bytes_make_plans_or_mistakes(data: bytes) -> None:
    plans_or_mistakes(data)
    plans_or_mistakes(HEAD.encode() + data)


def block(rows: Mapping[str, str]) -> str:
    return "{" + ", ".join(f'"{key}": {value}' for key, value in rows.items()) + "}"


KEYS = st.sampled_from(keys_of(Scenario))
INNER = st.sampled_from(["fate", "never", "to", "refer", "role", "number", "bob", "for", "within", "headers"])
EXPECTED = st.sampled_from([*keys_of(Expect), "human", "bob", "hears"])
WORDS = st.sampled_from(
    [*NAMES, "x", "1s", "+15550100", "$a", "carrier", "INVITE", "true", "486", "under 4s"]
)
VALUES = st.recursive(
    WORDS.map(lambda word: f'"{word}"'),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: "[" + ", ".join(items) + "]")
        | st.dictionaries(INNER, inner, max_size=3).map(block)
    ),
    max_leaves=6,
)


@given(st.dictionaries(KEYS, VALUES, max_size=6), st.dictionaries(EXPECTED, VALUES, max_size=4))
@settings(deadline=None, max_examples=300)
def test_every_shape_of_block_makes_plans_or_mistakes(rows: dict[str, str], expect: dict[str, str]) -> None:
    whole = {"scenario": "x", "transfer": "cold", **rows}
    if expect:
        whole["expect"] = block(expect)
    plans_or_mistakes("".join(f"{key}: {value}\n" for key, value in whole.items()).encode())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("scenario: x\ntransfer: *foo\n", "the alias *foo is not part of this language"),
        ("scenrio: x\ntransfer: cold\n", "unknown key 'scenrio' in a scenario; did you mean 'scenario'?"),
        ("scenario:\ntransfer: cold\n", "the key 'scenario' has no value"),
        ("scenario: x\ntransfer: cold\nfallback: [{when: busy, to: }]\n", "the key 'to' has no value"),
    ],
)
def test_one_cause_is_one_mistake(text: str, said: str) -> None:
    (mistake,) = mistakes(text)
    assert said in mistake


def test_an_unknown_name_of_a_long_list_comes_with_the_place_of_the_list() -> None:
    with pytest.raises(ScenarioError) as caught:
        load_text(b"scenario: x\ntransfer: cold\ncarrier: {quirks: [zzz]}\n", "x.yaml", vocabulary())
    (mistake,) = caught.value.mistakes
    assert mistake.hint == "docs/carriers.md lists them"
