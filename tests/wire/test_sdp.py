"""Session descriptions: RFC 8866, and the answers of RFC 3264."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.wire.sdp import (
    DIRECTIONS,
    STATIC_CODECS,
    TELEPHONE_EVENT,
    Codec,
    Direction,
    Origin,
    SessionDescription,
    answer_direction,
    build,
    build_answer,
    common_codecs,
)

OFFER = (
    b"v=0\r\no=alice 2890844526 2890844527 IN IP4 host.anywhere.com\r\ns= \r\n"
    b"c=IN IP4 192.0.2.1/127\r\nt=0 0\r\n"
    b"a=recvonly\r\na=group:BUNDLE\r\nm=audio 49170 RTP/AVP 0 97 101\r\n"
    b"a=rtpmap:0 PCMU/8000\r\na=rtpmap:97 opus/48000/2\r\n"
    b"a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=sendonly\r\na=rtcp-mux\r\n"
    b"m=video 0 RTP/AVP 31\r\nc=IN IP6 2001:db8::1\r\n"
)


def codes(body: bytes) -> list[str]:
    """Codes of the defects, in order."""
    return [defect.code for defect in SessionDescription.parse(body).defects]


def test_a_description_is_read() -> None:
    found = SessionDescription.parse(OFFER)
    assert found.origin == Origin("alice", 2890844526, 2890844527, "IN", "IP4", "host.anywhere.com")
    assert (found.name, found.connection, found.attribute("group"), found.attribute("x")) == (
        " ",
        "192.0.2.1",
        "BUNDLE",
        None,
    )
    audio, video = found.media
    assert (audio.kind, audio.port, audio.protocol, audio.formats) == (
        "audio",
        49170,
        "RTP/AVP",
        ("0", "97", "101"),
    )
    assert (audio.address, audio.direction, audio.attribute("rtcp-mux")) == ("192.0.2.1", "sendonly", "")
    assert audio.codecs == (Codec(0, "PCMU", 8000), Codec(97, "opus", 48000, 2), TELEPHONE_EVENT)
    assert (video.address, video.direction, video.rejected, audio.rejected) == (
        "2001:db8::1",
        "recvonly",
        True,
        False,
    )
    assert (found.audio, found.direction, found.held, found.defects) == (audio, "sendonly", True, ())


def test_a_description_without_audio_is_inactive() -> None:
    found = SessionDescription.parse(b"")
    assert (found.audio, found.direction, found.held) == (None, "inactive", False)


@pytest.mark.parametrize(
    ("line", "held"),
    [
        ("a=sendonly", True),
        ("a=inactive", True),
        ("a=recvonly", False),
        ("a=sendrecv", False),
        ("c=IN IP4 0.0.0.0", True),
    ],
)
def test_hold_is_seen_in_the_new_and_the_old_way(line: str, held: bool) -> None:
    """RFC 3264 section 8.4."""
    body = (
        b"v=0\r\no=- 1 1 IN IP4 h\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"
        + line.encode()
    )
    assert SessionDescription.parse(body).held is held


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (b"v=0", b"v=1", "sdp-version"),
        (b"v=0\r\n", b"", "sdp-missing"),
        (b"v=0\r\n", b"v=0\n", "sdp-bare-lf"),
        (b"s= ", b"session", "sdp-line"),
        (b"o=alice 2890844526", b"o=alice", "sdp-origin"),
        (b"2890844527", b"x", "sdp-origin"),
        (b"c=IN IP4 192.0.2.1/127", b"c=IN IP4", "sdp-connection"),
        (b"c=IN IP4 192.0.2.1/127\r\n", b"", "sdp-connection"),
        (b"m=audio 49170", b"m=audio 99999", "sdp-media"),
        (b"m=audio 49170 RTP/AVP 0 97 101", b"m=audio", "sdp-media"),
        (b"a=rtpmap:97 opus/48000/2", b"a=rtpmap:97 opus", "sdp-rtpmap"),
        (b"a=rtpmap:97 opus/48000/2\r\n", b"", "sdp-format"),
        (b"a=rtcp-mux", b"a=inactive", "sdp-direction"),
    ],
)
def test_a_bad_description_is_a_value_with_a_defect(old: bytes, new: bytes, code: str) -> None:
    assert old in OFFER
    assert code in codes(OFFER.replace(old, new))


def test_a_built_description_is_exactly_this() -> None:
    assert build(
        "192.0.2.1", 4000, session_id=7, version=8, direction="sendonly", codecs=(STATIC_CODECS[0],)
    ) == (
        b"v=0\r\no=- 7 8 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"
        b"m=audio 4000 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na=sendonly\r\n"
    )


@given(
    st.sampled_from(["192.0.2.1", "2001:db8::1"]),
    st.integers(1, 65535),
    st.sampled_from(DIRECTIONS),
    st.integers(0, 2**63),
)
def test_what_is_built_reads_back(address: str, port: int, direction: Direction, version: int) -> None:
    body = build(
        address,
        port,
        session_id=1,
        version=version,
        direction=direction,
        attributes=[("x", None), ("y", "z")],
    )
    found = SessionDescription.parse(body)
    assert (found.connection, found.direction, found.origin.version, found.defects) == (
        address,
        direction,
        version,
        (),
    )
    assert found.audio is not None and found.audio.port == port
    assert found.audio.codecs == (STATIC_CODECS[0], STATIC_CODECS[8], TELEPHONE_EVENT)
    assert (found.audio.attribute("y"), found.audio.attribute("fmtp")) == ("z", "101 0-15")


def test_a_line_end_cannot_be_built_in() -> None:
    with pytest.raises(ValueError, match="CR, LF or NUL"):
        build("192.0.2.1", 1, session_id=1, version=1, name="x\r\na=y")


@pytest.mark.parametrize(
    ("offered", "wanted", "answer"),
    [
        ("sendrecv", "sendrecv", "sendrecv"),
        ("sendrecv", "sendonly", "sendonly"),
        ("sendonly", "sendrecv", "recvonly"),
        ("sendonly", "sendonly", "inactive"),
        ("recvonly", "sendrecv", "sendonly"),
        ("recvonly", "recvonly", "inactive"),
        ("inactive", "sendrecv", "inactive"),
        ("sendrecv", "inactive", "inactive"),
    ],
)
def test_an_answer_never_exceeds_the_offer(offered: Direction, wanted: Direction, answer: Direction) -> None:
    """RFC 3264 section 6.1."""
    assert answer_direction(offered, wanted) == answer


def test_an_answer_has_a_section_for_each_of_the_offer() -> None:
    """RFC 3264 section 6: same number of m= lines, refused ones with port 0."""
    offer = SessionDescription.parse(OFFER.replace(b"m=video 0", b"m=video 5000"))
    body = build_answer(offer, "192.0.2.9", 4000, session_id=1, version=1)
    assert body is not None
    found = SessionDescription.parse(body)
    assert [(media.kind, media.port) for media in found.media] == [("audio", 4000), ("video", 0)]
    assert (found.direction, found.defects) == ("recvonly", ())
    assert found.media[0].codecs == (STATIC_CODECS[0], TELEPHONE_EVENT)


@pytest.mark.parametrize(
    "change", [(b"RTP/AVP 0 97 101", b"RTP/AVP 97 101"), (b"m=audio 49170", b"m=audio 0")]
)
def test_an_offer_with_nothing_for_us_has_no_answer(change: tuple[bytes, bytes]) -> None:
    offer = SessionDescription.parse(OFFER.replace(*change))
    assert build_answer(offer, "192.0.2.9", 4000, session_id=1, version=1) is None


def test_common_codecs_keep_the_order_and_numbers_of_the_offer() -> None:
    audio = SessionDescription.parse(OFFER).audio
    assert audio is not None
    ours = (TELEPHONE_EVENT, Codec(111, "OPUS", 48000, 2))
    assert common_codecs(audio, ours) == (Codec(97, "opus", 48000, 2), TELEPHONE_EVENT)


@given(st.binary(max_size=200), st.sampled_from([b"", OFFER, b"m=", b"o=", b"a=rtpmap:"]))
def test_no_bytes_make_the_reader_raise(data: bytes, before: bytes) -> None:
    found = SessionDescription.parse(before + data)
    assert found.direction in DIRECTIONS
    build_answer(found, "192.0.2.9", 4000, session_id=1, version=1)


def test_an_endless_description_is_bounded() -> None:
    found = SessionDescription.parse(b"m=audio 1 RTP/AVP 0\r\n" * 100_000)
    assert len(found.media) < 5000
    assert "sdp-too-many-lines" in [defect.code for defect in found.defects]
