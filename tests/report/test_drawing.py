"""Lanes and arrows of the page's ladder."""

from dataclasses import replace

from harness.base.endpoint import Endpoint
from harness.report.drawing import ARROWS_MAX, draw, elapsed, label
from harness.trace.entries import Cast, Header, MessageEntry, Trace
from tests.ladders import AGENT, CARRIER, cold_transfer, find, lose


def test_every_message_is_an_arrow_between_the_lanes_of_the_cast() -> None:
    trace = cold_transfer()
    drawing = draw(trace)
    assert [lane.name for lane in drawing.lanes] == ["caller", "carrier", "agent", "human"]
    assert [arrow.number for arrow in drawing.arrows] == [each.n for each in trace.messages()]
    lanes = {lane.name: lane.x for lane in drawing.lanes}
    first = drawing.arrows[0]
    assert (first.label, first.from_x, first.to_x) == ("INVITE", lanes["caller"], lanes["carrier"])
    assert max(arrow.y for arrow in drawing.arrows) < drawing.height
    assert drawing.left_out == 0


def test_labels_tell_requests_answers_and_what_a_notify_reports() -> None:
    trace = cold_transfer()
    labels = {entry.n: label(entry) for entry in trace.messages()}
    assert labels[find(trace, "REFER")] == "REFER"
    assert labels[find(trace, "NOTIFY", 1)] == "NOTIFY 100 Trying"
    assert "202 Accepted (REFER)" in labels.values()


def test_a_lost_message_ends_between_the_lanes() -> None:
    trace = cold_transfer()
    number = find(trace, "REFER")
    arrow = next(each for each in draw(lose(trace, number)).arrows if each.number == number)
    assert arrow.lost
    assert arrow.from_x != arrow.tip_x != arrow.to_x


def test_evidence_is_marked() -> None:
    assert [arrow.number for arrow in draw(cold_transfer(), {3, 5}).arrows if arrow.marked] == [3, 5]


def test_garbage_gets_an_arrow_too() -> None:
    entry = MessageEntry(1, 0, 1, AGENT, CARRIER, "udp", b"\xff\x00garbage")
    assert draw(Trace(Header(), [entry])).arrows[0].label == "unreadable"


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
