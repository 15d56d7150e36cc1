"""How fast a REFER is read: our parser against sippy's, in pairs in one process.

Parse and touch: CSeq, Call-ID, top branch, both tags, Contact URI, Content-Length check. Every
message is different and there are more of them than any cache holds, so nothing is read twice.
sippy gets text, as its own transport hands it over; its body check is part of its constructor.
Run: `python benchmarks/parse.py` (needs sippy, which is BSD licensed and only used here).
"""

import gc
import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from harness.wire.sip.message import build_request, parse

MESSAGES = 4096
ROUNDS = 15
RATIO_MIN = 4.0
"""The promise: parse and touch at least this many times faster than sippy's."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Medians over all rounds, in microseconds for each message; `ratio` is that of the pairs."""

    message_bytes: int
    ours_us: float
    ours_typed_us: float
    sippy_us: float
    ratio: float
    ratio_typed: float
    build_us: float

    def __str__(self) -> str:
        return (
            f"REFER of {self.message_bytes} bytes, medians of {ROUNDS} rounds of {MESSAGES} messages\n"
            f"  parse, touch (Contact URI as text)   {self.ours_us:6.2f} us, {self.ratio:.2f} times sippy\n"
            f"  parse, touch (Contact URI cut up)    {self.ours_typed_us:6.2f} us, "
            f"{self.ratio_typed:.2f} times sippy\n"
            f"  sippy SipRequest, touch              {self.sippy_us:6.2f} us\n"
            f"  build_request                        {self.build_us:6.2f} us"
        )


def refer_headers(number: int) -> list[tuple[str, str]]:
    """Headers of the n-th REFER of an agent; the message has about 836 bytes."""
    mark = f"{number:08x}"
    return [
        ("Via", f"SIP/2.0/UDP 198.51.100.20:5060;branch=z9hG4bK{mark}cafe0001;rport"),
        ("Max-Forwards", "70"),
        ("Route", "<sip:edge1.carrier.example;lr>"),
        ("From", f'"Support Agent" <sip:agent@voice.example>;tag={mark}a1'),
        ("To", f'"Caller" <sip:+14155550123@carrier.example;user=phone>;tag={mark}b2'),
        ("Call-ID", f"{mark}-5f1d-4c55-9a3e-7d1f0e@198.51.100.20"),
        ("CSeq", f"{100 + number} REFER"),
        ("Contact", f"<sip:agent-{mark}@198.51.100.20:5060;transport=udp>"),
        ("Refer-To", "<sip:+14155550199@carrier.example;user=phone>"),
        ("Referred-By", '<sip:agent@voice.example>;cid="2UWQFN309shb3@voice.example"'),
        ("Allow", "INVITE, ACK, CANCEL, BYE, OPTIONS, REFER, NOTIFY, UPDATE"),
        ("Supported", "replaces, norefersub, tdialog"),
        ("User-Agent", "Voice Agent Platform 3.2"),
        ("X-AI-Context", "case=48213;summary=billing"),
        ("User-to-User", "56a390f3d2b7310023a;encoding=hex"),
    ]


def touch(data: bytes) -> tuple[object, ...]:
    """What an engine needs of every message; the Contact URI as text."""
    message = parse(data)
    return (
        message.cseq_number,
        message.cseq_method,
        message.call_id,
        message.branch,
        message.from_tag,
        message.to_tag,
        message.contact_uri,
        message.body,
    )


def touch_typed(data: bytes) -> tuple[object, ...]:
    """The same with the Contact URI cut into its parts."""
    message = parse(data)
    contact = message.contact
    return (
        message.cseq_number,
        message.cseq_method,
        message.call_id,
        message.branch,
        message.from_tag,
        message.to_tag,
        contact.uri if contact else None,
        message.body,
    )


def sippy_touch() -> Callable[[bytes], tuple[object, ...]]:
    """The same with sippy's SipRequest."""
    from sippy.SipRequest import SipRequest  # noqa: PLC0415  only this script needs sippy

    def touch_with_sippy(data: bytes) -> tuple[object, ...]:
        request = SipRequest(data.decode())
        number, method = request.getHFBody("cseq").getCSeq()
        return (
            number,
            method,
            str(request.getHFBody("call-id")),
            request.getHFBody("via").getBranch(),
            request.getHFBody("from").getTag(),
            request.getHFBody("to").getTag(),
            request.getHFBody("contact").getUrl(),
            request.getBody(),
        )

    return touch_with_sippy


def _us_each(function: Callable[[bytes], object], messages: Iterable[bytes]) -> float:
    begin = time.perf_counter_ns()
    for data in messages:
        function(data)
    return (time.perf_counter_ns() - begin) / MESSAGES / 1000


def measure(rounds: int = ROUNDS) -> Figures:
    """Alternate between the candidates round by round, so that a slow spell hits all of them."""
    headers = [refer_headers(number) for number in range(MESSAGES)]
    messages = [build_request("REFER", "sip:edge1.carrier.example;transport=udp", rows) for rows in headers]
    with_sippy = sippy_touch()
    agreed = [str(part) for part in touch(messages[7])[:6]] == [
        str(part) for part in with_sippy(messages[7])[:6]
    ]
    assert agreed, "both read the same"
    ours: list[float] = []
    typed: list[float] = []
    theirs: list[float] = []
    build: list[float] = []
    for _ in range(rounds):
        gc.collect()
        ours.append(_us_each(touch, messages))
        theirs.append(_us_each(with_sippy, messages))
        typed.append(_us_each(touch_typed, messages))
        begin = time.perf_counter_ns()
        for rows in headers:
            build_request("REFER", "sip:edge1.carrier.example;transport=udp", rows)
        build.append((time.perf_counter_ns() - begin) / MESSAGES / 1000)
    return Figures(
        len(messages[7]),
        statistics.median(ours),
        statistics.median(typed),
        statistics.median(theirs),
        statistics.median(b / a for a, b in zip(ours, theirs, strict=True)),
        statistics.median(b / a for a, b in zip(typed, theirs, strict=True)),
        statistics.median(build),
    )


if __name__ == "__main__":
    figures = measure()
    print(figures)
    raise SystemExit(0 if figures.ratio >= RATIO_MIN else 1)
