"""Offer and answer of one leg (RFC 3264, RFC 3261 section 13.2.1): the table and our side's description.

Must not live here: RTP, and what the far end says about itself beyond its last description.
"""

import re
from functools import lru_cache
from typing import cast

from harness.base.endpoint import Endpoint
from harness.protocol.machine import Machine, table
from harness.wire.sdp import (
    STATIC_CODECS,
    Direction,
    SessionDescription,
    answer_direction,
    build,
    build_answer,
)

OFFER_ANSWER = Machine(
    name="offer/answer",
    source="RFC 3264 section 4, RFC 3261 section 14",
    states=("stable", "offered", "asked"),
    events=("send offer", "receive offer", "send answer", "receive answer", "fail"),
    initial="stable",
    rows=table(
        """
        stable + send offer -> offered
        stable + receive offer -> asked
        offered + receive answer -> stable
        offered + fail -> stable
        asked + send answer -> stable
        asked + fail -> stable
        """
    ),
)
CODECS = (STATIC_CODECS[0], STATIC_CODECS[8])
"""G.711 mu-law and A-law."""

OFFERED = re.compile(
    rb"v=0\r\no=- \d{1,18} \d{1,18} IN IP[46] ([0-9A-Fa-f:.]+)\r\ns=-\r\nc=IN IP[46] \1\r\nt=0 0\r\n"
    rb"m=audio [1-9]\d{0,4} RTP/AVP 0 8\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n"
    rb"a=(sendrecv|sendonly|recvonly|inactive)\r\n"
)
"""What our own parties offer, to the letter: nothing but its direction has to be read."""


class Session:
    """Our session description on one leg: its origin never changes, its version grows by one."""

    __slots__ = (
        "_address",
        "_described",
        "_id",
        "_port",
        "_text",
        "_version",
        "direction",
        "remote",
        "state",
    )

    def __init__(self, endpoint: Endpoint, session_id: int, port: int) -> None:
        self._address = endpoint.host
        self._id = session_id
        self._port = port
        self._version = 0
        self._described = ""
        self._text = b""
        self.state = OFFER_ANSWER.initial
        self.direction: Direction = "sendrecv"
        self.remote: bytes = b""
        """The far end's last description, as received."""

    def step(self, event: str) -> bool:
        """Move the machine; False in an illegal cell (glare, answer without offer)."""
        row = OFFER_ANSWER.rows.get((self.state, event))
        if row is None:
            return False
        self.state = row.next
        return True

    def offer(self, direction: Direction) -> bytes:
        """Our offer with this direction. Allowed only when `step("send offer")` was."""
        self.direction = direction
        return self._describe(direction)

    def description_for(self, offer: bytes) -> bytes | None:
        """What our 2xx to an INVITE carries: the answer to its offer, or ours when there is none.

        None when nothing in the offer can be taken; the offer is closed then.
        """
        if not offer:  # RFC 3261 section 13.2.1: the answer comes in the ACK
            self.step("send offer")
            return self.offer("sendrecv")
        self.step("receive offer")
        body = self.answer(offer)
        self.step("fail" if body is None else "send answer")
        return body

    def answer(self, offer: bytes) -> bytes | None:
        """Our answer to an offer; None when we have nothing in common with it (488 is due)."""
        self.remote = offer
        ours = OFFERED.fullmatch(offer)
        if ours is not None:
            return self.offer(answer_direction(cast("Direction", ours[2].decode())))
        offered = SessionDescription.parse(offer)
        text = build_answer(
            offered,
            self._address,
            self._port,
            session_id=self._id,
            version=self._version + 1,
            codecs=CODECS,
        )
        if text is None:
            return None
        self._version += 1
        self.direction = answer_direction(offered.direction)
        self._described, self._text = "", text
        return text

    def _describe(self, direction: Direction) -> bytes:
        if direction != self._described:  # RFC 3264 section 8: a changed description has the next version
            self._version += 1
            self._described = direction
            self._text = _described(self._address, self._port, self._id, self._version, direction)
        return self._text


@lru_cache(maxsize=1024)
def _described(address: str, port: int, session_id: int, version: int, direction: Direction) -> bytes:
    """Remembered, for every run of a plan has the same addresses, ports and origins."""
    return build(address, port, session_id=session_id, version=version, direction=direction, codecs=CODECS)
