"""Reconstruction as a whole: real captures with known numbers, and any bytes at all."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.capture.reader import read
from harness.trace.calls import rebuild
from harness.trace.entries import Trace
from harness.trace.model import Transfer
from harness.wire.sip.sipfrag import sipfrag
from tests.ladders import cold_transfer, drop, lose, repeat, with_entries

CAPTURES = Path(__file__).parent.parent.parent / "captures"
INDEX: list[dict[str, Any]] = yaml.safe_load((CAPTURES / "index.yaml").read_text(encoding="utf-8"))[
    "captures"
]


def progress(transfer: Transfer) -> list[int]:
    """Status codes that were reported in sipfrag bodies."""
    found = []
    for notify in transfer.subscription.notifies:
        message = notify.request.message
        status = sipfrag(message.body).status
        if message.content_type == "message/sipfrag" and status is not None:
            found.append(status)
    return found


@pytest.mark.parametrize("truth", INDEX, ids=lambda truth: truth["file"])
def test_a_real_capture_gives_the_numbers_that_reading_it_gave(truth: dict[str, Any]) -> None:
    trace = read(CAPTURES / truth["file"])
    cases = rebuild(trace)
    transfers = [transfer for case in cases for transfer in case.transfers]
    reports = [
        transaction
        for case in cases
        for transaction in case.transactions()
        if transaction.method == "NOTIFY" and transaction.request.message.content_type == "message/sipfrag"
    ]
    assert len(trace.messages()) == truth["messages"]
    assert len(transfers) == truth["refers"]
    assert len(reports) == truth["notifies"]
    assert [transfer.status for transfer in transfers] == [one["refer_status"] for one in truth["transfers"]]
    assert [progress(transfer) for transfer in transfers] == [one["progress"] for one in truth["transfers"]]
    assert sorted(entry.n for case in cases for entry in case.messages()) == [
        entry.n for entry in trace.messages()
    ]


@pytest.mark.parametrize("truth", INDEX, ids=lambda truth: truth["file"])
def test_the_target_leg_of_a_real_capture_shows_the_known_outcome(truth: dict[str, Any]) -> None:
    transfers = [transfer for case in rebuild(read(CAPTURES / truth["file"])) for transfer in case.transfers]
    for transfer, known in zip(transfers, truth["transfers"], strict=True):
        leg = transfer.target_leg
        if known["true_outcome"] == "connected":
            assert leg is not None
            assert leg.answered is not None
        elif known["true_outcome"] == "failed" and transfer.accepted:
            assert leg is None or leg.answered is None
        elif known["true_outcome"] == "unknown":
            assert leg is None


def test_the_same_trace_gives_the_same_cases_twice() -> None:
    trace = cold_transfer()
    first, second = ([[entry.n for entry in case.messages()] for case in rebuild(trace)] for _ in range(2))
    assert first == second


FLOWS: list[dict[str, object]] = [{}, {"target_status": 486}, {"target_status": None}]


@pytest.mark.parametrize("options", FLOWS, ids=["answered", "busy", "cancelled"])
def test_a_lost_or_repeated_message_changes_nothing_that_is_joined(options: dict[str, object]) -> None:
    clean = cold_transfer(**options)
    for n in range(1, len(clean.entries) + 1):
        for trace in (lose(clean, n), repeat(clean, n)):
            (case,) = rebuild(trace)
            (transfer,) = case.transfers
            assert len(case.legs) == 3
            assert case.strays == []
            assert len(transfer.subscription.notifies) == 3
            assert len(transfer.triggered) == 1
            assert transfer.moved is not None


@pytest.mark.parametrize("options", FLOWS, ids=["answered", "busy", "cancelled"])
def test_a_message_that_the_capture_missed_loses_no_other(options: dict[str, object]) -> None:
    clean = cold_transfer(**options)
    for n in range(1, len(clean.entries) + 1):
        trace = drop(clean, n)
        found = sorted(entry.n for case in rebuild(trace) for entry in case.messages())
        assert found == [entry.n for entry in trace.messages()]


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_damage_to_any_message_is_survived(data: st.DataObject) -> None:
    messages = cold_transfer().messages()
    for _ in range(data.draw(st.integers(1, 6))):
        entry = messages[data.draw(st.integers(0, len(messages) - 1))]
        start = data.draw(st.integers(0, len(entry.raw)))
        entry.raw = entry.raw[:start] + data.draw(st.binary(max_size=30)) + entry.raw[start + 10 :]
    order = data.draw(st.permutations(messages))
    trace: Trace = with_entries(cold_transfer(), order)
    found = sorted(entry.n for case in rebuild(trace) for entry in case.messages())
    assert found == [entry.n for entry in trace.messages()]
