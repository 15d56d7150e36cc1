"""Rules on what the referee does with a REFER: one failing example for each, and where they are silent."""

from dataclasses import replace

import pytest

from harness.base.instant import SECOND
from harness.judge.rule import apply
from harness.trace.calls import rebuild
from harness.trace.entries import Trace
from tests.judge.rules.example import Example, check, clean, exchange, findings, outside
from tests.judge.test_handoff import challenged
from tests.ladders import HUMAN, HUMAN_URI, drop, edit, find, move, with_entries

REFER_TO = f"Refer-To: <{HUMAN_URI}>\r\n"
CARRIER_CONTACT = "Contact: <sip:+15550101@192.0.2.2:5060>\r\n"


def answer(old: str, new: str, **options: object) -> Trace:
    """A clean trace in which the answer to the REFER says `new` instead of `old`."""
    trace = clean(**options)
    return edit(trace, find(trace, "200 REFER"), old, new)


def two_targets() -> Trace:
    """The REFER names two targets and is accepted all the same."""
    trace = clean()
    return edit(trace, find(trace, "REFER"), REFER_TO, f"{REFER_TO}Refer-To: <sip:x@carrier.example>\r\n")


def without_notifies(trace: Trace) -> Trace:
    """No NOTIFY and no answer to one."""
    return drop(trace, *(e.n for e in trace.messages() if e.message.method == "NOTIFY"))


def old_code() -> Trace:
    """The REFER, sent outside the dialog as RFC 7647 wants it, is accepted with 202."""
    trace = outside()
    return edit(trace, find(trace, "200 REFER"), "200 OK", "202 Accepted")


def unanswered_refer() -> Trace:
    """The REFER is never answered and nothing comes of it; 40 s later the agent hangs up."""
    trace = clean(refer_status=403)
    return drop(trace, find(trace, "403 REFER"))


def late_answer() -> Trace:
    """The REFER is answered when the human has answered."""
    trace = clean()
    return move(trace, find(trace, "200 REFER"), find(trace, "200 INVITE", 4))


def suppression_ignored() -> Trace:
    """Refer-Sub: false was asked for; the 2xx does not say so, and no NOTIFY comes."""
    trace = clean(refer_headers=(("Refer-Sub", "false"),))
    return without_notifies(trace)


def early_bye() -> Trace:
    """The carrier hangs up the agent's leg right after it accepted the REFER; the agent does not."""
    trace = clean()
    trace = drop(trace, find(trace, "BYE"), find(trace, "200 BYE"))
    return exchange(trace, find(trace, "200 NOTIFY"), "BYE", 9)


EXAMPLES = [
    Example("RFC3515-2.2-1", "the 2xx has no Contact", lambda: answer(CARRIER_CONTACT, "")),
    Example("RFC3515-2.4.2-1", "two Refer-To are accepted", two_targets, also=("RFC3515-2.4.1-1",)),
    Example("RFC3515-2.4.2-3", "the REFER is never answered", unanswered_refer, also=("RFC3261-17.1.2.2-1",)),
    Example("RFC3515-2.4.2-4", "no NOTIFY follows", lambda: without_notifies(clean())),
    Example("RFC4488-4-1", "suppression is not confirmed", suppression_ignored, also=("RFC3515-2.4.2-4",)),
    Example("RFC7647-5-1", "202 as before", old_code, profile="modern"),
    Example("RFC5589-5-1", "the REFER in the call is refused with 481", lambda: clean(refer_status=481)),
    Example(
        "RFC5057-5.6-1",
        "the REFER is refused with 404",
        lambda: clean(refer_status=404),
    ),
    Example(
        "RFC5589-4-1", "the carrier hangs up before the outcome", early_bye, also=("RFC3261-12.2.1.1-1",)
    ),
    Example(
        "RFC5589-6.1-1",
        "the agent stays on the line after success",
        lambda: clean(leaves="never"),
        who="agent",
        verdict="info",
    ),
]


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_an_edit_trips_exactly_its_rules(example: Example) -> None:
    check(example)


def test_the_usual_202_is_information_outside_its_profile() -> None:
    found = findings(clean(refer_status=202))
    assert [(f.rule, f.verdict, f.who) for f in found] == [("RFC7647-5-1", "info", "carrier")]


def test_an_answer_that_waits_for_the_outcome_is_too_late() -> None:
    trace = late_answer()
    items = [
        replace(e, sent_ns=e.at_ns + 5 * SECOND, received_ns=e.at_ns + 5 * SECOND) if e.n > 18 else e
        for e in trace.messages()
    ]
    assert "RFC3515-2.4.2-3" in {f.rule for f in findings(with_entries(trace, items))}


def test_a_capture_that_ends_after_the_202_is_undecided() -> None:
    trace = clean()
    final = find(trace, "200 REFER")
    items = [replace(e, stamp_source="capture") for e in trace.messages()[:final]]
    cut = Trace(replace(trace.header, mode="capture", cast=(), ended_ns=0), list(items))
    (case,) = rebuild(cut)
    assert apply(case, "RFC3515-2.4.2-4").verdicts == {"RFC3515-2.4.2-4": "inconclusive"}
    (finding,) = apply(case, "RFC3515-2.4.2-4").findings
    assert finding.text.startswith("the trace ended 1ms after")


@pytest.mark.parametrize(("target_hangs_up", "expected"), [(True, []), (False, ["carrier"])])
def test_a_target_who_hangs_up_excuses_the_referee(target_hangs_up: bool, expected: list[str]) -> None:
    trace = clean(leaves="never", report=None)
    trace = drop(trace, find(trace, "BYE"), find(trace, "200 BYE"))
    bye = find(trace, "BYE")
    items = trace.messages()
    assert items[bye - 1].destination == HUMAN
    if target_hangs_up:
        items[bye - 1 :] = [replace(e, source=e.destination, destination=e.source) for e in items[bye - 1 :]]
    else:
        del items[bye - 1 :]
    trace = exchange(with_entries(trace, items), len(items), "BYE", 9)
    late = [
        replace(e, sent_ns=e.at_ns + 3 * SECOND, received_ns=e.at_ns + 3 * SECOND)
        for e in trace.messages()[-2:]
    ]
    trace = with_entries(trace, [*trace.messages()[:-2], *late])
    assert [f.who for f in findings(trace, "RFC5589-4-1")] == expected


def test_a_caller_who_hangs_up_excuses_the_referee() -> None:
    trace = clean(target_status=None, no_answer_ns=SECOND)
    assert not findings(trace, "RFC5589-4-1")


def test_a_refer_with_strange_tags_may_be_refused_with_481() -> None:
    trace = clean(refer_status=481)
    assert [f.rule for f in findings(trace, "RFC5589-5-1")] == ["RFC5589-5-1"]
    assert not findings(edit(trace, find(trace, "REFER"), ";tag=agent-b", ";tag=nobody"), "RFC5589-5-1")


def test_silence_on_a_refer_that_nobody_can_answer_is_not_held_against_the_referee() -> None:
    trace = edit(unanswered_refer(), find(clean(), "REFER"), "CSeq: 2 REFER", "CSeq: 2 INFO")
    assert not findings(trace, "RFC3515-2.4.2-3")


def test_a_refused_refer_that_is_executed_all_the_same_breaks_the_transfer() -> None:
    trace = clean()
    trace = edit(trace, find(trace, "200 REFER"), "SIP/2.0 200 OK", "SIP/2.0 603 Decline")
    (found,) = findings(trace, "refused-refer-executed")
    assert (found.who, found.verdict, found.severity) == ("carrier", "fail", "breaks-transfer")
    messages = {entry.n: entry.message for entry in trace.messages()}
    shown = [messages[n] for n in found.evidence]
    assert [one.method if one.is_request else str(one.status) for one in shown] == ["INVITE", "603", "REFER"]
    assert shown[0].uri.startswith("sip:+15550103@")


@pytest.mark.parametrize("status", [401, 603])
def test_a_refused_refer_that_leads_to_nothing_keeps_the_rule(status: int) -> None:
    (case,) = rebuild(clean(refer_status=status))
    assert apply(case, "refused-refer-executed").verdicts == {"refused-refer-executed": "pass"}


def test_a_refer_that_was_challenged_and_came_again_is_executed_once() -> None:
    for case in rebuild(challenged()):
        assert not apply(case, "refused-refer-executed").findings
