"""Every cell of the leg, legal or not, driven through a real leg of a real host.

The expectations follow RFC 3261 sections 9, 13 and 15. Whole flows are in `test_leg.py`.
"""

from collections.abc import Callable

import pytest

from harness.protocol.leg import Leg
from harness.protocol.leg_table import LEG
from tests.ends import Bench, called, calling, in_own_call, reply, sdp
from tests.protocol.cells import Cell, expected, illegal, legal, mistaken

CELLS = expected(
    """
    idle: send INVITE -> calling; INVITE -> incoming; release -> ended
    calling: 1xx -> proceeding; 2xx -> up / ACK; failure -> ended; release -> cancel wanted
    proceeding: 1xx -> proceeding; 2xx -> up / ACK; failure -> ended; release -> cancelling / CANCEL
    proceeding: BYE -> ended; challenged -> calling
    cancel wanted: 1xx -> cancelling / CANCEL; 2xx -> ending / ACK BYE; failure -> ended
    cancelling: 1xx -> cancelling; 2xx -> ending / ACK BYE; failure -> ended; BYE -> ended
    incoming: send 1xx -> incoming / 180:INVITE; send 2xx -> answered / 200:INVITE
    incoming: send 3xx-6xx -> ended / 486:INVITE; release -> ended / 480:INVITE
    incoming: CANCEL -> ended / 487:INVITE; BYE -> ended / 487:INVITE
    answered: ACK -> up; no ACK -> ending / BYE; CANCEL -> answered; BYE -> ended; release -> bye wanted
    bye wanted: ACK -> ending / BYE; no ACK -> ending / BYE; BYE -> ended
    up: 2xx -> up / ACK; ACK -> up; BYE -> ended; release -> ending / BYE
    ending: 2xx -> ending / ACK; ACK -> ending; BYE -> ending; BYE answered -> ended
    ended: 2xx -> ended / ACK; ACK -> ended
    """
)

Made = tuple[Bench, Leg]


def idle() -> Made:
    bench = Bench()
    return bench, bench.host.prepare("sip:far@192.0.2.20:5060")


def sent_invite() -> Made:
    bench = Bench()
    return bench, calling(bench)


def proceeding() -> Made:
    bench, leg = sent_invite()
    bench.receive(reply(bench.last("INVITE"), 180))
    return bench, leg


def released(make: Callable[[], Made]) -> Made:
    bench, leg = make()
    leg.release()
    return bench, leg


def answered() -> Made:
    bench, leg = called()
    leg.accept()
    return bench, leg


def ended() -> Made:
    bench, leg = released(in_own_call)
    bench.receive(reply(bench.last("BYE"), 200))
    return bench, leg


STATES: dict[str, Callable[[], Made]] = {
    "idle": idle,
    "calling": sent_invite,
    "proceeding": proceeding,
    "cancel wanted": lambda: released(sent_invite),
    "cancelling": lambda: released(proceeding),
    "incoming": called,
    "answered": answered,
    "bye wanted": lambda: released(answered),
    "up": in_own_call,
    "ending": lambda: released(in_own_call),
    "ended": ended,
}
"""How each state is reached."""

ACTS: dict[str, Callable[[Leg], object]] = {
    "send 1xx": lambda leg: leg.ring(),
    "send 2xx": lambda leg: leg.accept(),
    "send 3xx-6xx": lambda leg: leg.reject(486),
    "release": lambda leg: leg.release(),
}
"""Events that are actions of a script."""


def made(state: str) -> Made:
    bench, leg = STATES[state]()
    assert leg.state == state
    bench.said()
    return bench, leg


def happens(leg: Leg, event: str) -> None:
    if event == "no ACK":
        leg._no_ack()  # what 32 s without an ACK come to; `test_leg.py` lets them pass
    elif event in ACTS:
        ACTS[event](leg)
    else:
        assert leg.step(event, leg.invite)


def test_every_cell_that_is_expected_exists_and_every_state_is_reached() -> None:
    assert mistaken(LEG, CELLS) == []
    assert set(STATES) == set(LEG.states)


@pytest.mark.parametrize("cell", legal(CELLS), ids=lambda cell: f"{cell.state}, {cell.event}")
def test_a_legal_cell_moves_the_leg_and_sends_what_is_due(cell: Cell) -> None:
    bench, leg = made(cell.state)
    happens(leg, cell.event)
    assert leg.state == cell.next
    assert [what.replace(" ", ":") for what in bench.said()] == list(cell.effects)
    # RFC 3261 section 13.3.1.4: the 2xx is repeated while its ACK is missing, and only then.
    repeated = bench.after(1000).count("200 INVITE")
    assert repeated == (1 if cell.next in ("answered", "bye wanted") else 0)
    assert leg.up == (cell.next in ("up", "answered"))
    assert leg.over == (cell.next in ("ending", "ended"))


@pytest.mark.parametrize(("state", "event"), illegal(LEG, CELLS))
def test_an_illegal_cell_changes_nothing_sends_nothing_and_arms_nothing(state: str, event: str) -> None:
    (bench, leg), (twin, twin_leg) = made(state), made(state)
    before = (bench.host.open_work, bench.host.next_wake())
    if event in ACTS:
        ACTS[event](leg)
    assert not leg.step(event, leg.invite)
    assert leg.state == state
    assert bench.said() == []
    assert (bench.host.open_work, bench.host.next_wake()) == before
    assert leg.inbox == twin_leg.inbox or [event.kind for event in leg.inbox] == [
        event.kind for event in twin_leg.inbox
    ]
    bench.after(70_000), twin.after(70_000)
    assert bench.sent == twin.sent
    assert leg.state == twin_leg.state


def test_a_leg_that_was_answered_twice_over_is_not_brought_back() -> None:
    bench, leg = proceeding()
    invite = bench.last("INVITE")
    leg.step("BYE")
    assert bench.receive(reply(invite, 200, body=sdp())) == ["ACK"]
    assert leg.state == "ended" and bench.host.open_legs() == []
