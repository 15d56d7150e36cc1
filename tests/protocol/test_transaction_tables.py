"""What holds for the four tables as a whole; their cells are in `test_transaction.py`."""

import pytest

from harness.protocol.machine import Machine
from harness.protocol.transaction_tables import (
    INVITE_CLIENT,
    INVITE_SERVER,
    NON_INVITE_CLIENT,
    NON_INVITE_SERVER,
)

FOUR = (INVITE_CLIENT, NON_INVITE_CLIENT, INVITE_SERVER, NON_INVITE_SERVER)


@pytest.mark.parametrize("machine", FOUR, ids=lambda machine: machine.name)
def test_a_terminated_transaction_does_nothing_more(machine: Machine) -> None:
    assert not [cell for cell in machine.rows if cell[0] == "terminated"]


@pytest.mark.parametrize("machine", FOUR, ids=lambda machine: machine.name)
def test_every_timer_that_is_started_has_a_row_where_it_can_ring(machine: Machine) -> None:
    for row in machine.rows.values():
        for action in row.actions:
            verb, _, timer = action.partition(" ")
            if verb == "start" and row.next != "terminated":
                assert (row.next, timer) in machine.rows


@pytest.mark.parametrize(
    ("machine", "timers"),
    [
        # RFC 3261 table 4; L and M are those of RFC 6026.
        (INVITE_CLIENT, set("ABDM")),
        (NON_INVITE_CLIENT, set("EFK")),
        (INVITE_SERVER, set("GHIL")),
        (NON_INVITE_SERVER, set("J")),
    ],
    ids=lambda value: value.name if isinstance(value, Machine) else "",
)
def test_a_machine_has_the_timers_of_its_rfc(machine: Machine, timers: set[str]) -> None:
    assert {event for event in machine.events if len(event) == 1 and event.isupper()} == timers


def test_a_final_response_is_never_followed_by_another_but_a_2xx_of_an_invite() -> None:
    """RFC 6026 section 7.1: further 2xx pass; else what was answered stays answered."""
    for machine in (INVITE_SERVER, NON_INVITE_SERVER):
        settled = {
            row.next for (_, event), row in machine.rows.items() if event in ("send 2xx", "send 3xx-6xx")
        }
        answers = {cell for cell in machine.rows if cell[0] in settled and cell[1].startswith("send")}
        assert answers <= {("accepted", "send 2xx")}
