"""The text ladder: golden drawings, and what must hold for any messages.

The golden files were read by eye against the flow they show; `SIPTRANSFER_GOLDEN=write` writes them.
"""

import os
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.base.endpoint import Endpoint
from harness.base.instant import MS
from harness.trace.calls import rebuild
from harness.trace.entries import Cast, FaultEntry, Header, MessageEntry, NoteEntry, Trace
from harness.trace.ladder import render
from tests.ladders import AGENT, CARRIER, cold_transfer, find, insert, lose, repeat

GOLDEN = Path(__file__).parent / "golden"


def check(name: str, drawn: str) -> None:
    """Compare with the golden file of that name."""
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("SIPTRANSFER_GOLDEN") == "write":
        path.write_text(drawn, encoding="utf-8")
    assert drawn == path.read_text(encoding="utf-8")


def with_lost_and_repeated() -> Trace:
    """The second NOTIFY is lost and sent again."""
    trace = cold_transfer()
    lost = find(trace, "NOTIFY", 2)
    return repeat(lose(trace, lost), lost)


def test_a_clean_cold_transfer_is_drawn() -> None:
    check("cold-answered", render(cold_transfer()))


def test_a_refused_target_is_drawn_in_80_columns_of_plain_ascii() -> None:
    drawn = render(cold_transfer(target_status=486), width=80, ascii_only=True)
    assert drawn.isascii()
    check("cold-busy-80-ascii", drawn)


def test_no_answer_is_drawn_with_its_pause() -> None:
    check("cold-no-answer-120", render(cold_transfer(target_status=None), width=120))


def test_lost_messages_and_retransmissions_are_marked() -> None:
    drawn = render(with_lost_and_repeated())
    assert drawn.count("(lost)") == 1
    assert drawn.count("(again)") == 1
    check("lost-and-repeated", drawn)


def test_a_case_is_drawn_like_the_trace_it_came_from() -> None:
    trace = cold_transfer()
    assert render(rebuild(trace)[0]) == render(trace)


def test_notes_faults_and_marks_have_their_lines() -> None:
    trace = cold_transfer()
    refer = find(trace, "REFER")
    at_ns = trace.messages()[refer - 1].at_ns
    trace.entries.insert(refer - 1, NoteEntry(100, at_ns, "agent", "the caller wants a person"))
    trace.entries.insert(refer + 1, FaultEntry(101, at_ns, "drop", "as the scenario asked", refer))
    drawn = render(trace, marks={refer: "RFC3515-2.4.1-1: two Refer-To"})
    assert "* agent: the caller wants a person\n" in drawn
    assert "* [drop] as the scenario asked\n" in drawn
    assert "^ RFC3515-2.4.1-1: two Refer-To\n" in drawn


def test_hostile_text_cannot_reach_the_terminal() -> None:
    trace = cold_transfer()
    evil = "SIP/2.0 200 \x1b[2J\x9b\r\n".encode("latin-1")
    drawn = render(insert(trace, 3, evil + trace.messages()[3].raw.partition(b"\r\n")[2]), ascii_only=True)
    assert r" 200 \x1b[2J\x9b (INVITE) " in drawn
    assert all(character == "\n" or " " <= character <= "~" for character in drawn)


@pytest.mark.parametrize("named", [True, False])
def test_addresses_that_do_not_fit_never_run_together(named: bool) -> None:
    ends = [Endpoint(f"192.0.2.{number}", 50_600) for number in range(11, 16)]
    names = ("caller", "carrier", "agent", "human", "supervisor")
    cast = tuple(Cast(name, name, end) for name, end in zip(names, ends, strict=True)) if named else ()
    raw = cold_transfer().messages()[0].raw
    entries = [MessageEntry(n, n * MS, None, ends[n - 1], ends[n], "udp", raw) for n in range(1, len(ends))]
    head = render(Trace(Header(cast=cast), list(entries)), width=76).splitlines()[: 2 if named else 1]
    for word in head[0].split():
        assert word in names or (word.startswith("192.0.2.1") and word.count("192") == 1)
    if named:
        assert head[1].split()[:2] == ["#", "ms"], "addresses are left out where they would be cut"
        whole = render(Trace(Header(cast=cast), list(entries)), width=100).splitlines()[1]
        assert whole.split() == list(map(str, ends))


def test_many_parties_are_listed_instead_of_drawn() -> None:
    trace = cold_transfer()
    messages = [
        replace(entry, source=Endpoint("192.0.2.9", 6000 + index), destination=CARRIER)
        for index, entry in enumerate(trace.messages()[:9])
    ]
    drawn = render(Trace(trace.header, list(messages)))
    assert "192.0.2.9:6000 -> carrier: INVITE +15550102\n" in drawn


def test_a_party_that_talks_to_itself_is_drawn() -> None:
    trace = insert(cold_transfer(), 3, b"OPTIONS sip:x@y SIP/2.0\r\n\r\n", source=AGENT, destination=AGENT)
    assert "◄ OPTIONS" in render(trace)


def test_streams_are_drawn_at_the_port_their_owner_listens_on() -> None:
    trace = cold_transfer(transport="tcp")
    moved = [
        replace(entry, source=Endpoint(AGENT.host, 49152)) if entry.source == AGENT else entry
        for entry in trace.messages()
    ]
    drawn = render(Trace(trace.header, list(moved)))
    assert "49152" not in drawn


def test_nothing_to_draw_is_an_empty_text() -> None:
    assert render(Trace(Header(), [])) == ""


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.binary(max_size=80), st.integers(0, 4), st.integers(0, 4)), max_size=8),
    st.integers(40, 140),
)
def test_any_bytes_give_printable_lines(sent: list[tuple[bytes, int, int]], width: int) -> None:
    entries = [
        MessageEntry(
            n, n * MS, None, Endpoint("192.0.2.1", 5000 + a), Endpoint("192.0.2.1", 5000 + b), "udp", raw
        )
        for n, (raw, a, b) in enumerate(sent, 1)
    ]
    drawn = render(Trace(Header(), list(entries)), width=width)
    assert all(line.isprintable() for line in drawn.split("\n"))
    assert render(Trace(Header(), list(entries)), width=width) == drawn


@pytest.mark.parametrize("width", [80, 100, 120])
def test_lines_keep_to_the_width(width: int) -> None:
    assert max(map(len, render(with_lost_and_repeated(), width=width).splitlines())) <= width + 4


def test_a_list_takes_the_names_that_fit() -> None:
    trace = cold_transfer()
    wide, narrow = render(trace, width=54), render(trace, width=45)
    assert "agent -> carrier: REFER -> +15550103\n" in wide
    assert "agent -> carrier: REFER\n" in narrow
    assert max(len(line) for line in narrow.splitlines()) <= 45
