"""One story for each caller."""

from dataclasses import replace

from harness.base.instant import SECOND
from harness.judge.handoff import group
from harness.judge.judgement import judge
from harness.trace.entries import MessageEntry, Trace
from tests.judge.stories import BUSY, abandoned, later, plain_call, recast, with_header
from tests.ladders import cold_transfer, drop, find, with_entries


def twice(second: int = 200) -> Trace:
    """The first attempt is refused; half a second later the agent tries again in the same call."""
    trace = cold_transfer(target_status=second)
    refer, final = find(trace, "REFER"), find(trace, "202 REFER")
    first = []
    for n, old, new in ((refer, "CSeq: 2 ", "CSeq: 1 "), (final, "SIP/2.0 202 Accepted", "SIP/2.0 403 No")):
        item = trace.messages()[n - 1]
        text = item.raw.decode().replace(old, new).replace("CSeq: 2 ", "CSeq: 1 ")
        first.append((item, text.replace("branch=z9hG4bK-", "branch=z9hG4bK-first-")))
    moved = later(trace, refer, SECOND)
    copies = [_again(item, text) for item, text in first]
    return with_entries(moved, sorted([*moved.messages(), *copies], key=lambda item: item.at_ns))


def _again(item: MessageEntry, text: str) -> MessageEntry:
    return replace(item, raw=text.encode(), parsed=None)


def challenged() -> Trace:
    trace = twice()
    items = []
    for item in trace.messages():
        text = item.raw.decode().replace("SIP/2.0 403 No", "SIP/2.0 407 Proxy Authentication Required")
        if text.startswith("REFER") and "-first-" not in text:
            text = text.replace("Refer-To:", 'Proxy-Authorization: Digest username="a"\r\nRefer-To:')
        items.append(_again(item, text))
    return with_entries(trace, items)


def test_the_human_was_reached_by_name() -> None:
    (handoff,) = judge(cold_transfer()).handoffs
    assert (handoff.reached, handoff.transfers, handoff.follows) == ("human", (0,), None)
    assert handoff.caller is not None and handoff.caller.name == "caller"


def test_an_agent_who_took_the_caller_back_is_who_got_the_caller() -> None:
    (handoff,) = judge(cold_transfer(**BUSY)).handoffs
    assert handoff.reached == "agent"


def test_nobody_reached_has_a_reason() -> None:
    (handoff,) = judge(abandoned()).handoffs
    assert handoff.reached is None
    assert handoff.why["reached"] == "the caller hung up during the transfer"


def test_a_second_try_on_the_same_leg_is_another_attempt_of_the_same_handoff() -> None:
    judgement = judge(twice())
    (handoff,) = judgement.handoffs
    assert handoff.transfers == (0, 1)
    assert [attempt.true_outcome for attempt in judgement.attempts] == ["refused", "connected"]
    assert [attempt.superseded for attempt in judgement.attempts] == [False, False]
    assert judgement.attempts[0].caller_fate.value == "held"
    assert handoff.times.ns["handoff"] > judgement.attempts[1].times.ns["refer_to_answer"]


def test_a_challenged_refer_and_its_retry_are_one_attempt_and_two_transfers() -> None:
    judgement = judge(challenged())
    assert [attempt.superseded for attempt in judgement.attempts] == [True, False]
    assert judgement.handoffs[0].transfers == (0, 1)
    assert judgement.attempts[0].causes == ()


def test_group_keeps_one_caller_together() -> None:
    groups = group(judge(twice()).attempts)
    assert [(len(chain), earlier) for chain, earlier in groups] == [(2, None)]


def test_there_is_a_story_without_any_refer() -> None:
    (handoff,) = judge(plain_call()).handoffs
    assert (handoff.transfers, handoff.reached, handoff.mechanism) == ((), "agent", "unknown")


def test_no_call_has_no_story() -> None:
    assert judge(Trace(cold_transfer().header, [])).handoffs == ()


def test_a_mailbox_is_reached_but_no_person_was_joined() -> None:
    (handoff,) = judge(recast(cold_transfer(), "human", "voicemail")).handoffs
    assert handoff.reached == "human"
    assert handoff.times.get("handoff") is None


def test_without_a_cast_names_are_addresses() -> None:
    trace = with_header(cold_transfer(), cast=())
    (handoff,) = judge(trace).handoffs
    assert handoff.reached == "192.0.2.4:5060"


def test_a_call_whose_agent_never_answered_reached_nobody() -> None:
    trace = plain_call()
    agent = [item.n for item in trace.messages() if "agent-leg" in item.raw.decode()]
    (handoff,) = judge(drop(trace, *agent)).handoffs
    assert handoff.reached is None
