"""The same plan on sockets and in virtual time: the same messages in each dialog.

Global order is not promised, so each direction of each dialog is compared for itself. Addresses are
mapped to names; what depends on time (expires) or on the route (Via) is left out.
"""

import re
from pathlib import Path

import pytest

from harness.base.endpoint import Transport
from harness.base.instant import SECOND
from harness.scenario.plan import Plan
from harness.trace.entries import MessageEntry, Trace
from tests.live.playing import hastened, live, plan_of, plans_in, virtually

TIMES = 8
HASTE = {"no-answer.yaml": 60}
"""A person's two minutes are shortened further than a person's two seconds."""

Told = tuple[str, ...]


def quick(plan: Plan) -> Plan:
    return hastened(plan, HASTE.get(Path(plan.source).name, TIMES))


def told(trace: Trace, entry: MessageEntry) -> Told:
    """What a message says, with names for addresses."""
    message = entry.message
    state = (message.first("subscription-state") or "").partition(";")
    parts = [
        entry.raw.split(b"\r\n", 1)[0].decode(),
        f"From tag {message.from_tag}, To tag {message.to_tag}",
        f"CSeq {message.cseq_number} {message.cseq_method}",
        *(
            f"{name}: {message.first(name)}"
            for name in ("event", "refer-to", "referred-by", "contact", "allow")
        ),
        f"Subscription-State: {state[0]}; {'reason' in state[2] and state[2].partition('reason=')[2]}",
        message.body.decode() if message.content_type == "message/sipfrag" else message.content_type,
    ]
    return tuple(named(trace, part) for part in parts)


def named(trace: Trace, text: str) -> str:
    for member in trace.header.cast:
        text = re.sub(re.escape(str(member.endpoint)) + r"(?!\d)", f"<{member.name}>", text)
    return text


def dialogs(trace: Trace) -> dict[tuple[str, str], list[Told]]:
    """(Call-ID, sender) -> what was sent, in order, retransmissions left out."""
    found: dict[tuple[str, str], list[Told]] = {}
    for entry in trace.messages():
        key = (entry.message.call_id, trace.name_of(entry.source))
        said = told(trace, entry)
        sent = found.setdefault(key, [])
        if said not in sent:
            sent.append(said)
    return found


@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_plan_says_the_same_on_sockets_as_in_virtual_time(transport: Transport, host: str) -> None:
    plans = [quick(plan) for plan in plans_in("cold") if not plan.all_faults()]  # those are virtual
    assert len(plans) >= 14
    for plan, trace in zip(plans, live(plans, transport, host), strict=True):
        assert dialogs(trace) == dialogs(virtually(plan, transport)), plan.id


def test_every_message_of_a_live_run_has_both_stamps_in_order() -> None:
    plans = [quick(plan_of("cold", name)) for name in ("answered", "busy")]
    for trace in live(plans):
        assert len(trace.messages()) > 20
        for entry in trace.messages():
            assert entry.sent_ns is not None and entry.received_ns is not None
            assert 0 <= entry.received_ns - entry.sent_ns < SECOND
            assert entry.stamp_source == "kernel"
