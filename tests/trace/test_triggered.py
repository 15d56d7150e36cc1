"""Which call belongs to which REFER."""

from dataclasses import replace

import pytest

from harness.base.instant import MS
from harness.trace.calls import rebuild
from harness.trace.entries import Trace
from harness.trace.model import Transfer
from tests.ladders import HUMAN, cold_transfer, edit, find, with_entries


def transfers(trace: Trace) -> list[Transfer]:
    return [transfer for case in rebuild(trace) for transfer in case.transfers]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("sip:+15550103@carrier.example SIP", "sip:+15550103@192.0.2.4:5060 SIP"),
        ("INVITE sip:+15550103@carrier.example", "INVITE sip:+1-555-0103@10.0.0.1"),
        ("sip:+15550103@carrier.example", "sip:desk@10.0.0.1"),
        ("Referred-By", "X-Was-Referred-By"),
    ],
)
def test_a_triggered_call_is_found_however_the_referee_writes_it(old: str, new: str) -> None:
    trace = cold_transfer()
    trace = edit(trace, find(trace, "INVITE sip:+15550103"), old, new)
    (transfer,) = transfers(trace)
    assert transfer.target_leg is not None
    assert transfer.target_leg.callee == HUMAN


def test_a_call_to_somebody_else_entirely_is_joined_by_order() -> None:
    trace = cold_transfer()
    n = find(trace, "INVITE sip:+15550103")
    trace = edit(edit(trace, n, "+15550103", "voicemail"), n, "Referred-By", "X-Nothing")
    (transfer,) = transfers(trace)
    assert transfer.target_leg is not None


def test_a_call_that_began_before_the_refer_is_not_triggered() -> None:
    (transfer,) = transfers(cold_transfer(refer_to="<sip:+15550102@carrier.example>", target_status=486))
    assert [leg.callee for leg in transfer.triggered] == [HUMAN]


def at_the_same_time(count: int, *, one_target: bool) -> Trace:
    """Cold transfers of several callers through one carrier, a few milliseconds apart."""
    entries = []
    for number in range(count):
        for entry in cold_transfer().messages():
            text = entry.raw.decode().replace("-leg@", f"-leg{number}@")
            text = text.replace("z9hG4bK-", f"z9hG4bK-{number}-")
            for old in ("+15550101", "+15550102") if one_target else ("+1555010",):
                text = text.replace(old, old.replace("+1555", f"+16{number}5"))
            at_ns = entry.at_ns + 3 * number * MS
            entries.append(replace(entry, raw=text.encode(), sent_ns=at_ns, received_ns=at_ns + MS))
    return with_entries(cold_transfer(), sorted(entries, key=lambda entry: entry.at_ns))


@pytest.mark.parametrize("one_target", [False, True])
def test_calls_of_several_transfers_at_once_are_not_mixed_up(one_target: bool) -> None:
    cases = rebuild(at_the_same_time(5, one_target=one_target))
    assert len(cases) == 5
    for case in cases:
        (transfer,) = case.transfers
        (leg,) = transfer.triggered
        call = transfer.refer.request.message.call_id
        assert leg.call_id.partition("-leg")[2] == call.partition("-leg")[2]


def test_a_second_attempt_gets_the_second_call() -> None:
    first = cold_transfer(target_status=486, resumes=False)
    entries = first.messages()[:26]
    for entry in cold_transfer().messages()[13:26]:
        text = entry.raw.decode().replace("human-leg", "human-leg2").replace("z9hG4bK-", "z9hG4bK-2-")
        for old, new in (
            ("CSeq: 2 REFER", "CSeq: 3 REFER"),
            *((f"CSeq: {n} NOT", f"CSeq: {n + 3} NOT") for n in (4, 3, 2)),
        ):
            text = text.replace(old, new)
        at_ns = entry.at_ns + 5000 * MS
        entries.append(replace(entry, raw=text.encode(), sent_ns=at_ns, received_ns=at_ns + MS))
    one, two = transfers(with_entries(first, entries))
    assert [leg.call_id for leg in one.triggered] == ["human-leg@192.0.2.2"]
    assert [leg.call_id for leg in two.triggered] == ["human-leg2@192.0.2.2"]


def test_a_call_that_a_redirection_pointed_at_is_joined_too() -> None:
    trace = cold_transfer(target_status=302)
    n = find(trace, "302 INVITE")
    trace = edit(trace, n, "Content-Length", "Contact: <sip:desk@192.0.2.7>\r\nContent-Length")
    invite = trace.messages()[find(trace, "INVITE sip:+15550103") - 1]
    text = invite.raw.decode().replace("sip:+15550103@carrier.example", "sip:desk@192.0.2.7")
    text = (
        text.replace("human-leg", "desk-leg")
        .replace("branch=z9", "branch=z9hG4bK9")
        .replace("Referred-By", "X-R")
    )
    at_ns = trace.messages()[n].at_ns + MS // 2
    entries = trace.messages()
    entries.insert(n + 1, replace(invite, raw=text.encode(), sent_ns=at_ns, received_ns=at_ns))
    (transfer,) = transfers(with_entries(trace, entries))
    assert [leg.call_id for leg in transfer.triggered] == ["human-leg@192.0.2.2", "desk-leg@192.0.2.2"]
