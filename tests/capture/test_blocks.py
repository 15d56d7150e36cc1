"""The frames of pcap and pcapng files, of both byte orders, whole and damaged."""

import struct
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.base.errors import CaptureError
from harness.capture.blocks import Frame, Walk
from tests.capture.frames import ETHERNET, block, save, save_ng, section


def walked(data: bytes) -> tuple[list[Frame], Walk]:
    walk = Walk(memoryview(data))
    return list(walk.frames()), walk


def classic(order: str, magic: int, *frames: bytes) -> bytes:
    data = struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 65535, 1)
    for frame in frames:
        data += struct.pack(order + "IIII", 7, 5, len(frame), len(frame) + 3) + frame
    return data


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(("magic", "ns"), [(0xA1B2C3D4, 5000), (0xA1B23C4D, 5)])
def test_pcap_of_either_byte_order_and_resolution(order: str, magic: int, ns: int) -> None:
    frames, walk = walked(classic(order, magic, b"abc", b"de"))
    assert [(frame.number, frame.at_ns, frame.end - frame.start) for frame in frames] == [
        (1, 7_000_000_000 + ns, 3),
        (2, 7_000_000_000 + ns, 2),
    ]
    assert frames[0].length == 6
    assert walk.damage == ""


def test_files_of_another_writer_are_read(tmp_path: Path) -> None:
    packets = [ETHERNET / b"abcdef", ETHERNET / b"ghi"]
    for path in (save(tmp_path / "a.pcap", packets), save_ng(tmp_path / "a.pcapng", packets)):
        data = path.read_bytes()
        frames, walk = walked(data)
        assert [data[frame.start + 14 : frame.end] for frame in frames] == [b"abcdef", b"ghi"]
        assert [frame.at_ns for frame in frames] == [1_000_000_001_000_000_000, 1_000_000_002_000_000_000]
        assert walk.damage == ""


def interface(order: str, link: int, options: bytes = b"") -> bytes:
    return block(1, struct.pack(order + "HHI", link, 0, 0) + options, order)


def packet(order: str, index: int, stamp: int, data: bytes) -> bytes:
    head = struct.pack(order + "IIIII", index, stamp >> 32, stamp & 0xFFFFFFFF, len(data), len(data))
    return block(6, head + data, order)


@pytest.mark.parametrize("order", ["<", ">"])
def test_pcapng_keeps_link_and_resolution_of_each_interface(order: str) -> None:
    binary = struct.pack(order + "HHBBBB", 9, 1, 0x80 | 10, 0, 0, 0) + b"\0\0\0\0"
    offset = struct.pack(order + "HHq", 14, 8, 100) + b"\0\0\0\0"
    data = (
        section(order) + interface(order, 1) + interface(order, 101, binary) + interface(order, 113, offset)
    )
    data += packet(order, 0, 3_000_000, b"abc") + packet(order, 1, 1024, b"de") + packet(order, 2, 1, b"f")
    frames, _ = walked(data)
    assert [(frame.link, frame.at_ns) for frame in frames] == [
        (1, 3_000_000_000),
        (101, 1_000_000_000),
        (113, 100_000_001_000),
    ]


def test_simple_and_old_packet_blocks_are_frames_and_unknown_blocks_are_not() -> None:
    old = struct.pack("<HHIIIII", 0, 0, 0, 9, 3, 3, 0)[:20] + b"abc"
    simple = struct.pack("<I", 4) + b"defg"
    data = section() + interface("<", 1) + block(2, old) + block(0xBAD, b"x" * 8) + block(3, simple)
    frames, walk = walked(data)
    assert [data[frame.start : frame.end] for frame in frames] == [b"abc", b"defg"]
    assert [frame.number for frame in frames] == [1, 2]
    assert walk.damage == ""


def test_a_second_section_starts_its_interfaces_anew() -> None:
    data = section() + interface("<", 1) + packet("<", 0, 1, b"a") + section(">") + interface(">", 101)
    frames, _ = walked(data + packet(">", 0, 1, b"b"))
    assert [frame.link for frame in frames] == [1, 101]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b"hello world, this is text", "not a capture"),
        (b"\x1f\x8b\x08\x00\x00", "gunzip"),
        (b"\xd4\xc3\xb2\xa1\x02\x00", "ends inside its header"),
    ],
)
def test_what_is_no_capture_is_told(data: bytes, said: str) -> None:
    with pytest.raises(CaptureError, match=said):
        walked(data)


def test_a_cut_file_gives_the_frames_before_the_cut() -> None:
    whole = classic("<", 0xA1B2C3D4, b"abc", b"defgh")
    for cut in range(24 + 16 + 3, len(whole)):
        frames, walk = walked(whole[:cut])
        assert len(frames) == 1
        assert bool(walk.damage) == (cut != 24 + 16 + 3)
    data = section() + interface("<", 1) + packet("<", 0, 1, b"abc") + packet("<", 0, 1, b"def")
    frames, walk = walked(data[:-5])
    assert len(frames) == 1
    assert "after frame 1" in walk.damage


def test_lengths_that_lie_end_the_walk() -> None:
    frames, walk = walked(classic("<", 0xA1B2C3D4, b"abc")[:-3].replace(b"\x03\0\0\0", b"\xff\xff\xff\x7f"))
    assert frames == []
    assert "claims" in walk.damage
    lying = struct.pack("<IIIII", 0, 0, 1, 5000, 5000) + b"abc"
    frames, walk = walked(section() + interface("<", 1) + block(6, lying))
    assert frames == []
    assert "does not fit" in walk.damage


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200), st.integers(0, 200))
def test_any_bytes_give_frames_inside_the_file(noise: bytes, cut: int) -> None:
    good = section() + interface("<", 1) + packet("<", 0, 1, b"abcdef")
    for start in (good, classic("<", 0xA1B2C3D4, b"abc")):
        data = start[: max(cut, 24)] + noise
        for frame in walked(data)[0]:
            assert 0 <= frame.start <= frame.end <= len(data)
