"""Rules on REFERs outside the dialog: one failing example for each, and where they must stay silent."""

import pytest

from harness.judge.rule import apply
from harness.trace.calls import rebuild
from harness.trace.entries import Trace
from tests.judge.rules.example import RFC_RULES, TARGET_DIALOG, Example, check, clean, findings, outside
from tests.ladders import edit, find, move

REQUIRE = "Require: tdialog\r\n"


def answered(status: str, rows: str = "", **options: object) -> Trace:
    """The answer to the REFER outside the dialog has this status and these rows."""
    trace = outside(**options)  # type: ignore[arg-type]
    return edit(trace, find(trace, "200 REFER"), "SIP/2.0 200 OK\r\n", f"SIP/2.0 {status}\r\n{rows}")


def without_announcement() -> Trace:
    """The carrier's INVITE to the agent does not list tdialog."""
    trace = outside()
    return edit(trace, 3, "Supported: replaces, tdialog", "Supported: replaces")


def plain_contact() -> Trace:
    """The 2xx to the REFER has a Contact that is no GRUU."""
    trace = outside()
    return edit(trace, find(trace, "200 REFER"), ";gr=urn:uuid:f81d4fae", "")


EXAMPLES = [
    Example(
        "RFC4538-3-1",
        "the tags of Target-Dialog are swapped",
        lambda: outside(
            f"Target-Dialog: agent-leg@192.0.2.2;local-tag=agent-b;remote-tag=carrier-b\r\n{REQUIRE}"
        ),
        who="agent",
    ),
    Example(
        "RFC4538-3-2",
        "Target-Dialog has no remote-tag",
        lambda: outside(f"Target-Dialog: agent-leg@192.0.2.2;local-tag=carrier-b\r\n{REQUIRE}"),
        who="agent",
    ),
    Example("RFC4538-3-3", "tdialog is not required", lambda: outside(TARGET_DIALOG), who="agent"),
    Example(
        "RFC4538-7-1",
        "Target-Dialog in a response",
        lambda: answered("200 OK", TARGET_DIALOG),
    ),
    Example("RFC5589-5-2", "the carrier did not announce tdialog", without_announcement, who="agent"),
    Example("RFC7647-4-2", "the call is not named", lambda: outside(""), who="agent", profile="modern"),
    Example(
        "RFC7647-4-3",
        "tdialog is not understood",
        lambda: answered("420 Bad Extension", "Unsupported: tdialog\r\n"),
        profile="modern",
    ),
    Example("RFC7647-3-1", "the Contact is no GRUU", plain_contact, profile="modern"),
    Example(
        "RFC6665-4.4.4-1",
        "refer is not announced",
        lambda: edit(outside(), 3, "Allow-Events: refer\r\n", ""),
        profile="modern",
    ),
]


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_an_edit_trips_exactly_its_rules(example: Example) -> None:
    check(example)


def test_a_refer_after_the_call_has_no_call_to_name() -> None:
    assert findings(outside(""), "RFC7647-4-2", profile="modern")
    trace = outside("")
    before = find(trace, "REFER") - 1
    trace = move(trace, find(trace, "BYE"), before)
    trace = move(trace, find(trace, "200 BYE"), before + 1)
    assert not findings(trace, "RFC7647-4-2", profile="modern")


@pytest.mark.parametrize("profile", ["legacy", "modern"])
def test_a_refer_outside_the_dialog_as_it_should_be_trips_no_rule(profile: str) -> None:
    for case in rebuild(outside()):
        assert not apply(case, *RFC_RULES, profile=profile).findings  # type: ignore[arg-type]


def test_a_dialog_that_is_not_in_the_trace_leaves_the_tags_undecided() -> None:
    trace = outside(f"Target-Dialog: other@192.0.2.9;local-tag=a;remote-tag=b\r\n{REQUIRE}")
    verdicts = [apply(case, "RFC4538-3-1").verdicts["RFC4538-3-1"] for case in rebuild(trace)]
    assert "inconclusive" in verdicts
    assert "fail" not in verdicts


def test_in_the_legacy_profile_nobody_needs_a_gruu_or_allow_events() -> None:
    trace = edit(clean(), 3, "Allow-Events: refer\r\n", "")
    (case,) = rebuild(trace)
    verdicts = apply(case).verdicts
    assert {verdicts[name] for name in ("RFC7647-3-1", "RFC6665-4.4.4-1", "RFC7647-4-2")} == {
        "not-applicable"
    }
