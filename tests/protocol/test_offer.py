"""Every cell of offer/answer through a real Session, and our description (RFC 3264)."""

import pytest

from harness.base.endpoint import Endpoint
from harness.protocol.offer import OFFER_ANSWER, Session
from harness.wire.sdp import Direction, SessionDescription
from tests.ends import in_call, in_dialog, in_own_call, reply, sdp
from tests.protocol.cells import Cell, expected, illegal, legal, mistaken

CELLS = expected(
    """
    stable: send offer -> offered; receive offer -> asked
    offered: receive answer -> stable; fail -> stable
    asked: send answer -> stable; fail -> stable
    """
)
PATHS = {"stable": (), "offered": ("send offer",), "asked": ("receive offer",)}


def session(state: str = "stable") -> Session:
    made = Session(Endpoint("192.0.2.10", 5060), 77, 40_000)
    for event in PATHS[state]:
        assert made.step(event)
    assert made.state == state
    return made


def test_every_cell_that_is_expected_exists() -> None:
    assert mistaken(OFFER_ANSWER, CELLS) == []
    assert set(PATHS) == set(OFFER_ANSWER.states)


@pytest.mark.parametrize("cell", legal(CELLS))
def test_a_legal_cell_moves_the_session(cell: Cell) -> None:
    made = session(cell.state)
    assert made.step(cell.event)
    assert made.state == cell.next


@pytest.mark.parametrize(("state", "event"), illegal(OFFER_ANSWER, CELLS))
def test_an_illegal_cell_changes_nothing(state: str, event: str) -> None:
    made = session(state)
    assert not made.step(event)
    assert made.state == state
    assert made.offer("sendrecv") == session().offer("sendrecv")


def origin(body: bytes) -> tuple[str, int, int]:
    """Our o= line: user, session id and version, read by hand (RFC 8866 section 5.2)."""
    (line,) = [row for row in body.decode().split("\r\n") if row.startswith("o=")]
    user, session_id, version = line[2:].split()[:3]
    return user, int(session_id), int(version)


def test_a_changed_description_has_the_next_version_and_an_equal_one_the_same() -> None:
    """RFC 3264 section 8."""
    made = session()
    versions = [origin(made.offer(direction))[1:] for direction in directions("sendrecv sendrecv sendonly")]
    assert [version - versions[0][1] for _, version in versions] == [0, 0, 1]
    assert {identity for identity, _ in versions} == {77}
    assert origin(made.offer("sendrecv"))[2] == versions[0][1] + 2


def directions(text: str) -> list[Direction]:
    known: dict[str, Direction] = {"sendrecv": "sendrecv", "sendonly": "sendonly"}
    return [known[word] for word in text.split()]


@pytest.mark.parametrize(
    ("offered", "answered"),
    [("sendrecv", "sendrecv"), ("sendonly", "recvonly"), ("recvonly", "sendonly"), ("inactive", "inactive")],
)
def test_the_answer_mirrors_the_direction_of_the_offer(offered: Direction, answered: str) -> None:
    """RFC 3264 section 6.1."""
    made = session()
    answer = (made.answer(sdp(offered)) or b"").decode()
    assert f"a={answered}\r\n" in answer
    assert [row for row in answer.split("\r\n") if row.startswith("m=")] == ["m=audio 40000 RTP/AVP 0 8"]
    assert made.remote == sdp(offered) and made.direction == answered
    assert SessionDescription.parse(answer.encode()).defects == ()


def test_hold_and_resume_of_the_far_end_are_answered_in_the_call() -> None:
    bench, leg = in_call()
    assert bench.receive(in_dialog(leg, "INVITE", 2, body=sdp("sendonly", 2))) == ["200 INVITE"]
    assert b"a=recvonly" in bench.last("200 INVITE").body
    bench.receive(in_dialog(leg, "ACK", 2))
    assert bench.receive(in_dialog(leg, "INVITE", 3, body=sdp("sendrecv", 3))) == ["200 INVITE"]
    assert b"a=sendrecv" in bench.last("200 INVITE").body
    bench.receive(in_dialog(leg, "ACK", 3))
    assert leg.session.state == "stable"


@pytest.mark.parametrize("status", [200, 488, 491, 408])
def test_an_offer_of_ours_is_closed_by_whatever_answers_it(status: int) -> None:
    bench, leg = in_own_call()
    leg.reinvite("sendonly")
    bench.receive(reply(bench.last("INVITE"), status, body=sdp("recvonly", 2) if status == 200 else b""))
    assert leg.session.state == "stable"


def test_an_offer_that_is_never_answered_is_closed_by_the_timeout() -> None:
    bench, leg = in_own_call()
    leg.reinvite("sendonly")
    bench.after(32_000)
    assert leg.session.state == "stable"
