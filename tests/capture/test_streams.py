"""TCP segments become messages, whatever order they come in."""

from hypothesis import given, settings
from hypothesis import strategies as st

from harness.base.endpoint import Endpoint
from harness.base.limits import CAPTURE_SEGMENTS_MAX
from harness.capture.packets import FIN, SYN, Packet
from harness.capture.streams import Cut, Streams
from tests.capture.frames import REQUEST, with_body

A, B = Endpoint("192.0.2.1", 40000), Endpoint("192.0.2.2", 5060)
OTHER = REQUEST.replace(b"Call-ID: c", b"Call-ID: d")


def segment(sequence: int, data: bytes, flags: int = 0x18, *, back: bool = False) -> Packet:
    ends = (B, A) if back else (A, B)
    return Packet("tcp", *ends, data, 0, 0, b"", sequence % (1 << 32), flags)


def cut(*packets: Packet) -> list[Cut]:
    streams = Streams()
    found = [one for frame, packet in enumerate(packets, 1) for one in streams.feed(packet, frame)]
    return found + [one for _, one in streams.rest()]


def pieces(stream: bytes, size: int, first: int = 1000) -> list[Packet]:
    return [segment(first + at, stream[at : at + size]) for at in range(0, len(stream), size)]


def test_messages_are_cut_with_the_frames_they_came_in() -> None:
    found = cut(segment(999, b"", SYN), *pieces(REQUEST + OTHER, 100))
    assert [one.data for one in found] == [REQUEST, OTHER]
    count = -(-len(REQUEST + OTHER) // 100)
    assert found[0].frames[0] == 2
    assert found[1].frames[-1] == count + 1


def test_several_messages_in_one_segment_and_keep_alives_between() -> None:
    found = cut(
        segment(1, b"\r\n\r\n" + REQUEST + b"\r\n\r\n" + OTHER), segment(1 + 8 + 2 * len(REQUEST), REQUEST)
    )
    assert [one.data for one in found] == [REQUEST, OTHER, REQUEST]
    assert [one.frames for one in found] == [(1,), (1,), (2,)]


def test_the_start_may_be_missing_and_sequence_numbers_may_wrap() -> None:
    found = cut(*pieces(REQUEST + OTHER, 90, first=(1 << 32) - 100))
    assert [one.data for one in found] == [REQUEST, OTHER]


@settings(max_examples=60, deadline=None)
@given(st.data(), st.integers(20, 200))
def test_order_and_repetition_of_segments_do_not_matter(data: st.DataObject, size: int) -> None:
    stream = with_body(300) + OTHER
    parts = pieces(stream, size)
    shuffled = data.draw(st.permutations(parts + parts[:2]))
    found = cut(segment(999, b"", SYN), *shuffled)
    assert [one.data for one in found] == [with_body(300), OTHER]


def test_overlapping_retransmissions_add_nothing() -> None:
    found = cut(segment(1, REQUEST[:80]), segment(41, REQUEST[40:120]), segment(1, REQUEST))
    assert [one.data for one in found] == [REQUEST]


def test_what_the_capture_missed_is_jumped_over() -> None:
    lost = segment(1, REQUEST[:50])
    after = segment(1 + len(REQUEST), OTHER)
    assert [one.data for one in cut(lost, after)] == [OTHER]


def test_waiting_segments_are_bounded() -> None:
    later = [segment(10_000 + 2 * number, b"x") for number in range(CAPTURE_SEGMENTS_MAX + 5)]
    assert cut(segment(1, REQUEST[:50]), *later) == []


def test_a_stream_that_is_no_sip_gives_nothing() -> None:
    assert cut(*pieces(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 50, 100)) == []


def test_both_directions_are_one_connection_and_a_new_syn_is_another() -> None:
    found = cut(
        segment(1, REQUEST),
        segment(9, OTHER, back=True),
        segment(1 + len(REQUEST), b"", FIN),
        segment(77, b"", SYN),
        segment(78, REQUEST),
    )
    assert [one.data for one in found] == [REQUEST, OTHER, REQUEST]
    assert found[0].connection == found[1].connection
