"""How rules are registered and run; every registered rule has a failing example and a right citation."""

from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.base.spec import cite
from harness.judge.finding import SEVERITIES, Tally
from harness.judge.rule import RULES, Check, apply, rule, tally_of
from harness.judge.rules import ALL
from harness.trace.calls import rebuild
from harness.trace.entries import MessageEntry, Trace
from harness.trace.model import Case
from tests.judge.rules.example import RFC_RULES, Example, clean
from tests.ladders import AGENT, CARRIER, drop, edit, find, with_entries

FAMILIES = (
    "refer",
    "reference",
    "outside",
    "suppression",
    "referee",
    "triggered",
    "target_call",
    "uri_forming",
    "notify",
    "pace",
    "subscription_state",
    "sipfrag",
    "subscription",
    "subscribe",
    "dialog",
    "session",
    "transaction",
    "message",
    "flow",
    "authentication",
    "repetition",
    "glare",
)


def examples() -> list[Example]:
    """The examples of all families."""
    return [
        example
        for family in FAMILIES
        for example in import_module(f"tests.judge.rules.test_{family}").EXAMPLES
    ]


def case_of(trace: Trace) -> Case:
    (case,) = rebuild(trace)
    return case


@pytest.fixture
def temporary() -> Iterator[None]:
    """Rules that a test registers are gone after it."""
    before = dict(RULES)
    yield
    RULES.clear()
    RULES.update(before)


def register(*checks: Check, id: str = "a-practice") -> None:
    """Register a rule that yields these checks."""

    @rule(id, level="PRACTICE", severity="cosmetic", cites="practice", role="referee", text="A rule")
    def function(case: Case) -> Iterator[Check]:
        yield from checks


def test_every_rule_has_a_failing_example_and_every_example_a_rule() -> None:
    assert {example.rule for example in examples()} == set(RFC_RULES)


def test_a_clean_trace_trips_no_rule() -> None:
    applied = apply(case_of(clean()), *RFC_RULES)
    assert not applied.findings
    assert applied.tally.passed > 40


@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize("status", [200, 302, 486, 603, None])
def test_a_clean_failure_trips_no_rule_either(status: int | None, transport: str) -> None:
    assert not apply(case_of(clean(target_status=status, transport=transport)), *RFC_RULES).findings


@pytest.mark.parametrize("each", ALL.values(), ids=lambda each: each.id)
def test_a_rule_says_what_it_is_in_one_sentence(each: object) -> None:
    info = ALL[each.id].info  # type: ignore[attr-defined]
    assert info.severity in SEVERITIES
    assert info.text[0] == info.text[0].upper() or info.text.startswith("message/")
    if info.level != "PRACTICE":
        number, section = cite(info.cites)
        assert info.id.startswith(f"RFC{number}-{section}-")


def test_rules_have_more_than_one_file_and_a_fixed_order() -> None:
    assert len(RFC_RULES) >= 30
    assert next(iter(ALL)) == "RFC3515-2-1"
    root = Path(__file__).parents[2] / "harness" / "judge" / "rules"
    assert all((root / f"{family}.py").exists() for family in FAMILIES)


@pytest.mark.usefixtures("temporary")
def test_an_id_is_registered_once() -> None:
    register()
    with pytest.raises(ValueError, match="registered twice"):
        register()


@pytest.mark.usefixtures("temporary")
def test_an_unknown_citation_is_an_error_at_once() -> None:
    with pytest.raises(ValueError, match="spec"):
        rule("x", level="MUST", severity="cosmetic", cites="RFC 3515 section 99", role="any", text="X")


@pytest.mark.usefixtures("temporary")
@pytest.mark.parametrize(
    ("checks", "verdict"),
    [
        ((), "not-applicable"),
        ((Check.passed(),), "pass"),
        ((Check.passed(), Check.informed("i", who=CARRIER)), "info"),
        ((Check.informed("i", who=CARRIER), Check.undecided("u")), "inconclusive"),
        ((Check.undecided("u"), Check.failed("f", who=CARRIER), Check.passed()), "fail"),
    ],
)
def test_the_worst_check_decides_the_verdict(checks: tuple[Check, ...], verdict: str) -> None:
    register(*checks)
    applied = apply(case_of(clean()), "a-practice")
    assert applied.verdicts == {"a-practice": verdict}
    assert len(applied.findings) == sum(check.kind != "passed" for check in checks)


@pytest.mark.usefixtures("temporary")
def test_a_finding_names_party_role_and_entries() -> None:
    case = case_of(clean())
    entry = case.trace.messages()[14]
    register(Check.failed("wrong", entry, None, who=CARRIER, role="notifier"))
    (finding,) = apply(case, "a-practice").findings
    assert (finding.who, finding.role, finding.evidence) == ("carrier", "notifier", (15,))
    assert (finding.rule, finding.verdict, finding.severity) == ("a-practice", "fail", "cosmetic")


def test_a_party_on_a_stream_is_named_by_where_it_listens() -> None:
    trace = clean(transport="tcp")
    client = AGENT._replace(port=40123)
    items = [
        replace(e, source=client if e.source == AGENT else e.source, parsed=None) for e in trace.messages()
    ]
    items = [replace(e, destination=client if e.destination == AGENT else e.destination) for e in items]
    trace = Trace(trace.header, list(items))
    trace = edit(trace, find(trace, "REFER"), "Max-Forwards: 70\r\n", "")
    (finding,) = apply(case_of(trace), "RFC3261-8.1.1-1").findings
    assert finding.who == "agent"


def test_what_a_scenario_breaks_on_purpose_is_not_held_against_the_sender() -> None:
    trace = clean()
    number = find(trace, "REFER")
    broken = edit(trace, number, "Max-Forwards: 70\r\n", "")
    meant = Trace(replace(trace.header, deliberate=(number,)), broken.entries)
    assert [f.rule for f in apply(case_of(broken), *RFC_RULES).findings] == ["RFC3261-8.1.1-1"]
    assert not apply(case_of(meant), *RFC_RULES).findings


def test_what_others_make_of_a_deliberate_message_is_still_judged() -> None:
    trace = clean()
    number = find(trace, "REFER")
    trace = edit(trace, number, "Refer-To", "X-Refer-To")
    meant = Trace(replace(trace.header, deliberate=(number,)), trace.entries)
    assert {(f.rule, f.who) for f in apply(case_of(meant), *RFC_RULES).findings} == {
        ("RFC3515-2.4.2-1", "carrier")
    }


EDITS = st.lists(
    st.tuples(
        st.integers(0, 31),
        st.sampled_from(["drop", "repeat", "lose", "cut", "blank", "swap"]),
        st.integers(0, 400),
        st.sampled_from([b"", b"\r\n", b";", b"<", b"?", b"tag=", b"-1", b"\xff", b",", b"refer"]),
    ),
    min_size=1,
    max_size=6,
)


def damaged(entry: MessageEntry, what: str, at: int, junk: bytes) -> list[MessageEntry]:
    """What becomes of a message after one random edit."""
    raw = entry.raw
    if what == "drop":
        return []
    if what == "repeat":
        return [entry, replace(entry, parsed=None)]
    if what == "lose":
        return [replace(entry, received_ns=None)]
    if what == "cut":
        return [replace(entry, raw=raw[:at] or b"x", parsed=None)]
    if what == "blank":
        return [replace(entry, raw=raw[:at] + junk + raw[at + 7 :], parsed=None)]
    return [replace(entry, source=entry.destination, destination=entry.source)]


@given(EDITS)
@settings(max_examples=150, deadline=None)
def test_whatever_was_on_the_wire_rules_do_not_raise(edits: list[tuple[int, str, int, bytes]]) -> None:
    items = clean().messages()
    for n, what, at, junk in edits:
        position = n % len(items)
        items[position : position + 1] = damaged(items[position], what, at, junk)
        if not items:
            return
    for case in rebuild(with_entries(clean(), items)):
        for finding in apply(case).findings:
            assert finding.text
            assert finding.verdict == "inconclusive" or finding.who


def test_an_unknown_rule_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        apply(case_of(clean()), "RFC0-0-0")


def test_the_tally_counts_rules_not_checks() -> None:
    applied = apply(case_of(clean()), *RFC_RULES)
    tally = applied.tally
    assert sum((tally.passed, tally.failed, tally.informed, tally.not_applicable, tally.inconclusive)) == len(
        RFC_RULES
    )
    assert tally_of(["pass", "fail", "fail", "info"]) == Tally(1, 2, 1, 0, 0)


def test_rules_hold_without_any_transfer() -> None:
    trace = clean(refer_status=403)
    calls = drop(trace, find(trace, "REFER"), find(trace, "403 REFER"))
    for case in rebuild(calls):
        assert not apply(case, *RFC_RULES).findings
