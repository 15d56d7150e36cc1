"""REFERs and what belongs to them: reports, triggered calls, the moved party."""

from harness.trace.calls import rebuild
from harness.trace.entries import Trace
from harness.trace.model import Transfer
from harness.trace.transfers import replacements
from harness.wire.sip.sipfrag import sipfrag
from tests.ladders import AGENT, CALLER, CARRIER, HUMAN, cold_transfer, drop, edit, find, insert, move


def transfers(trace: Trace) -> list[Transfer]:
    return [transfer for case in rebuild(trace) for transfer in case.transfers]


def progress(transfer: Transfer) -> list[int | None]:
    return [sipfrag(one.request.message.body).status for one in transfer.subscription.notifies]


def test_a_cold_transfer_is_rebuilt_whole() -> None:
    (transfer,) = transfers(cold_transfer())
    assert (transfer.referrer, transfer.referee, transfer.status) == (AGENT, CARRIER, 202)
    assert progress(transfer) == [100, 180, 200]
    assert transfer.leg is transfer.about
    assert transfer.leg is not None
    assert transfer.leg.callee == AGENT
    assert transfer.target_leg is not None
    assert transfer.target_leg.callee == HUMAN
    assert transfer.moved is not None
    assert transfer.moved.caller == CALLER


def test_a_refused_refer_triggers_nothing() -> None:
    (transfer,) = transfers(cold_transfer(refer_status=403))
    assert transfer.status == 403
    assert not transfer.accepted
    assert progress(transfer) == []
    assert transfer.triggered == []


def test_a_notify_that_overtakes_the_202_is_joined() -> None:
    trace = cold_transfer()
    trace = move(trace, find(trace, "202 REFER"), after=find(trace, "NOTIFY", 1))
    (transfer,) = transfers(trace)
    assert progress(transfer) == [100, 180, 200]
    assert transfer.status == 202


def test_notifies_after_the_bye_are_joined() -> None:
    (transfer,) = transfers(cold_transfer(leaves="on-refer-accepted"))
    assert progress(transfer) == [100, 180, 200]


def test_a_lost_202_leaves_the_transfer_whole() -> None:
    trace = cold_transfer()
    (transfer,) = transfers(drop(trace, find(trace, "202 REFER")))
    assert transfer.status is None
    assert progress(transfer) == [100, 180, 200]
    assert transfer.target_leg is not None


def second_refer(trace: Trace, *, change: tuple[str, str] = ("", ""), status: str = "202 Accepted") -> Trace:
    """The REFER is sent a second time as a new request, right before the final NOTIFY."""
    n = find(trace, "NOTIFY", 3)
    refer = trace.messages()[find(trace, "REFER") - 1].raw.decode()
    refer = refer.replace("CSeq: 2", "CSeq: 3").replace("branch=z9hG4bK-", "branch=z9hG4bK-2-")
    answer = trace.messages()[find(trace, "202 REFER") - 1].raw.decode().replace("202 Accepted", status)
    answer = answer.replace("CSeq: 2", "CSeq: 3").replace("branch=z9hG4bK-", "branch=z9hG4bK-2-")
    trace = insert(trace, n - 1, refer.replace(*change), source=AGENT, destination=CARRIER, delay_ns=1000)
    return insert(trace, n, answer, source=CARRIER, destination=AGENT, delay_ns=1000)


def test_a_notify_with_id_belongs_to_the_refer_it_names() -> None:
    trace = second_refer(cold_transfer(event_id=True))
    first, second = transfers(trace)
    assert progress(first) == [100, 180, 200]
    assert progress(second) == []


def test_a_notify_without_id_belongs_to_the_newest_accepted_refer() -> None:
    first, second = transfers(second_refer(cold_transfer()))
    assert (progress(first), progress(second)) == ([100, 180], [200])
    first, second = transfers(second_refer(cold_transfer(), status="603 Decline"))
    assert (progress(first), progress(second)) == ([100, 180, 200], [])


def test_an_id_that_names_no_refer_does_not_lose_the_report() -> None:
    trace = cold_transfer()
    trace = edit(trace, find(trace, "NOTIFY", 3), "Event: refer", "Event: refer;id=99")
    (transfer,) = transfers(trace)
    assert progress(transfer) == [100, 180, 200]


def test_a_notify_of_another_package_is_no_report() -> None:
    trace = cold_transfer()
    trace = edit(trace, find(trace, "NOTIFY", 2), "Event: refer", "Event: presence")
    (transfer,) = transfers(trace)
    assert progress(transfer) == [100, 200]


def test_a_sipfrag_without_event_is_a_report_all_the_same() -> None:
    trace = cold_transfer()
    trace = edit(trace, find(trace, "NOTIFY", 2), "Event: refer\r\n", "")
    assert progress(transfers(trace)[0]) == [100, 180, 200]


def test_a_challenged_refer_and_its_retry_are_two_transfers() -> None:
    trace = cold_transfer()
    n = find(trace, "REFER")
    refer, answer = (trace.messages()[n - 1].raw.decode(), trace.messages()[n].raw.decode())
    early = refer.replace("CSeq: 2", "CSeq: 1").replace("branch=z9hG4bK-", "branch=z9hG4bK-0-")
    refusal = answer.replace("CSeq: 2", "CSeq: 1").replace("branch=z9hG4bK-", "branch=z9hG4bK-0-")
    trace = edit(trace, n, "Contact:", "Proxy-Authorization: Digest x=y\r\nContact:")
    trace = insert(trace, n - 1, early, source=AGENT, destination=CARRIER, delay_ns=1000)
    refusal = refusal.replace("202 Accepted", "407 Proxy Authentication Required")
    trace = insert(trace, n, refusal, source=CARRIER, destination=AGENT, delay_ns=1000)
    first, second = transfers(trace)
    assert first.status == 407
    assert second.retry_of is first
    assert progress(second) == [100, 180, 200]
    assert second.target_leg is not None
    assert first.triggered == []


def test_a_refer_out_of_dialog_names_its_call_by_target_dialog() -> None:
    trace = cold_transfer()
    n = find(trace, "REFER")
    dialog = "Target-Dialog: agent-leg@192.0.2.2;local-tag=carrier-b;remote-tag=agent-b\r\n"
    for number in [n, n + 1, *(find(trace, "NOTIFY", nth) for nth in (1, 2, 3))]:
        trace = edit(trace, number, "Call-ID: agent-leg@192.0.2.2", "Call-ID: refer-alone")
    trace = edit(
        trace, n, ";tag=carrier-b\r\nCall-ID: refer-alone\r\n", f"\r\nCall-ID: refer-alone\r\n{dialog}"
    )
    (transfer,) = transfers(trace)
    assert transfer.leg is None
    assert transfer.about is not None
    assert transfer.about.callee == AGENT
    assert transfer.moved is not None
    assert transfer.moved.caller == CALLER
    assert progress(transfer) == [100, 180, 200]
    assert len(rebuild(trace)) == 1


def test_between_phones_nobody_else_is_moved() -> None:
    trace = cold_transfer()
    caller_leg = [entry.n for entry in trace.messages() if b"caller-leg" in entry.raw]
    (transfer,) = transfers(drop(trace, *caller_leg))
    assert transfer.moved is None


def test_an_invite_with_replaces_names_the_leg_it_replaces() -> None:
    trace = cold_transfer()
    n = find(trace, "INVITE sip:+15550103")
    trace = edit(trace, n, "Allow:", "Replaces: agent-leg@192.0.2.2;to-tag=x;from-tag=y\r\nAllow:")
    legs = rebuild(trace)[0].legs
    (link,) = replacements(legs)
    assert link.leg.callee == HUMAN
    assert link.replaced.callee == AGENT
