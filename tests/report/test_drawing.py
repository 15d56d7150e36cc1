"""Lanes and arrows of the page's ladder."""

from dataclasses import replace
from itertools import pairwise

from harness.base.endpoint import Endpoint
from harness.base.instant import SECOND
from harness.report.drawing import ARROWS_MAX, LANE_GAP_MIN, REMARKS_MAX, draw, elapsed
from harness.trace.entries import Cast, Entry, FaultEntry, Header, MessageEntry, NoteEntry, Trace
from tests.ladders import AGENT, CARRIER, cold_transfer, find, lose


def test_every_message_is_an_arrow_between_the_lanes_of_the_cast() -> None:
    trace = cold_transfer()
    drawing = draw(trace)
    assert [lane.name for lane in drawing.lanes] == ["caller", "carrier", "agent", "human"]
    assert [arrow.number for arrow in drawing.arrows] == [each.n for each in trace.messages()]
    lanes = {lane.name: lane.x for lane in drawing.lanes}
    first = drawing.arrows[0]
    assert first.spoken == "1: INVITE +15550102, caller to carrier, 0.000 s"
    assert first.shaft.startswith(f"M{lanes['caller']} 0H")
    assert first.head.startswith(f"M{lanes['carrier']} 0l-9 ")
    assert lanes["caller"] < first.label_x < lanes["carrier"]
    assert max(arrow.y for arrow in drawing.arrows) < drawing.height
    assert drawing.left_out == 0


def test_labels_are_the_longest_names_that_fit_and_the_full_name_is_kept() -> None:
    trace = cold_transfer()
    arrows = {arrow.number: arrow for arrow in draw(trace).arrows}
    refer = arrows[find(trace, "REFER")]
    assert refer.label == "REFER -> +15550103"
    assert "REFER -> sip:+15550103@carrier.example" in refer.spoken
    assert "202 Accepted (REFER)" in [arrow.label for arrow in arrows.values()]


def test_a_lost_message_ends_between_the_lanes() -> None:
    trace = cold_transfer()
    number = find(trace, "REFER")
    arrow = next(each for each in draw(lose(trace, number)).arrows if each.number == number)
    lanes = {lane.name: lane.x for lane in draw(trace).lanes}
    assert arrow.kind == "request lost"
    assert lanes["carrier"] < int(arrow.shaft.rpartition("H")[2]) < lanes["agent"]
    assert arrow.spoken.endswith(", lost")


def test_evidence_is_marked_and_what_is_held_against_it_stands_below_in_lines_that_fit() -> None:
    trace = cold_transfer()
    plain = draw(trace)
    drawing = draw(trace, {3: [("fail", "word " * 60), ("warn", "short")], 5: [("fail", "")]})
    third, fourth, fifth = drawing.arrows[2:5]
    assert [arrow.kind.split()[1:] for arrow in (third, fourth, fifth)] == [["fail"], [], ["fail"]]
    assert [remark.kind for remark in third.remarks] == ["fail", "fail", "fail", "warn"]
    assert third.remarks[2].text.endswith(" …")
    assert fifth.remarks == ()
    assert third.y - 19 + third.height <= fourth.y - 19, "the next row begins below the remarks"
    assert drawing.height - plain.height == third.remarks[-1].y - 2


def test_a_message_that_breaks_many_rules_has_some_of_them_below_and_the_rest_counted() -> None:
    drawing = draw(cold_transfer(), {3: [("fail", "short")] * (REMARKS_MAX + 4)})
    assert len(drawing.arrows[2].remarks) == REMARKS_MAX + 1
    assert drawing.arrows[2].remarks[-1].text == "and 4 more, told in the message"


def test_a_retransmission_is_told_from_a_second_message() -> None:
    trace = cold_transfer()
    first = trace.messages()[0]
    twice = [first, replace(first, n=2), replace(first, n=3, raw=first.raw + b"x")]
    assert [arrow.kind for arrow in draw(Trace(trace.header, list(twice))).arrows] == [
        "request", "request again", "request",
    ]  # fmt: skip


def test_a_silence_of_a_second_is_a_pause() -> None:
    trace = cold_transfer()
    first = trace.messages()[0]
    assert first.sent_ns is not None
    later = replace(first, n=2, sent_ns=first.sent_ns + 4 * SECOND)
    drawing = draw(Trace(trace.header, [first, later]))
    assert [pause.text for pause in drawing.pauses] == ["4.0 s"]
    assert drawing.arrows[0].y < drawing.pauses[0].y < drawing.arrows[1].y


def test_faults_and_notes_stand_between_the_messages() -> None:
    trace = cold_transfer()
    first = trace.messages()[0]
    entries: list[Entry] = [
        first,
        FaultEntry(2, first.at_ns, "drop", "dropped", 1),
        NoteEntry(3, first.at_ns, "agent", "waits"),
    ]
    drawing = draw(Trace(trace.header, entries))
    assert [(aside.text, aside.fault) for aside in drawing.asides] == [
        ("drop: dropped", True),
        ("agent: waits", False),
    ]


def test_many_parties_keep_a_readable_distance() -> None:
    ends = [Endpoint("192.0.2.1", port) for port in range(1, 12)]
    entries = [MessageEntry(n, n, n, ends[0], end, "udp", b"x") for n, end in enumerate(ends[1:], 1)]
    lanes = draw(Trace(Header(), list(entries))).lanes
    assert min(right.x - left.x for left, right in pairwise(lanes)) == LANE_GAP_MIN


def test_a_party_that_speaks_to_itself_has_a_loop() -> None:
    entry = MessageEntry(1, 0, 1, AGENT, AGENT, "udp", b"OPTIONS sip:a SIP/2.0\r\n\r\n")
    drawing = draw(Trace(Header(), [entry]))
    assert drawing.arrows[0].shaft == f"M{drawing.lanes[0].x} -8h26v8h-18"


def test_garbage_gets_an_arrow_too() -> None:
    entry = MessageEntry(1, 0, 1, AGENT, CARRIER, "udp", b"\xff\x00garbage")
    assert draw(Trace(Header(), [entry])).arrows[0].label == "no SIP (9 bytes)"


def test_a_client_port_of_a_member_shares_its_lane() -> None:
    trace = cold_transfer()
    client = Endpoint(AGENT.host, 40_001)
    moved = [replace(each, source=client) if each.source == AGENT else each for each in trace.messages()]
    assert [lane.name for lane in draw(Trace(trace.header, list(moved))).lanes] == [
        "caller", "carrier", "agent", "human",
    ]  # fmt: skip


def test_members_of_one_host_keep_their_own_lanes() -> None:
    ends = [Endpoint("127.0.0.1", port) for port in (1, 2)]
    header = Header(cast=tuple(Cast(str(end.port), "x", end) for end in ends))
    entry = MessageEntry(1, 0, 1, ends[0], ends[1], "udp", b"OPTIONS sip:a SIP/2.0\r\n\r\n")
    assert [lane.name for lane in draw(Trace(header, [entry])).lanes] == ["1", "2"]


def test_a_flood_is_drawn_up_to_a_bound_and_the_rest_counted() -> None:
    trace = cold_transfer()
    many = [replace(trace.messages()[0], n=number) for number in range(1, ARROWS_MAX + 11)]
    drawing = draw(Trace(trace.header, list(many)))
    assert (len(drawing.arrows), drawing.left_out) == (ARROWS_MAX, 10)


def test_times_are_seconds_with_milliseconds() -> None:
    assert elapsed(0) == "0.000"
    assert elapsed(126_175_999_999) == "126.175"
    assert elapsed(-1_500_000_000) == "-1.500"
