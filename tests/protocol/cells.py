"""What each cell of a machine must do, written apart from the tables of the package.

Reads compact text: `state: event -> next / effect effect; event -> next`. Every cell that is not
written is illegal. Must not live here: assertions.
"""

from dataclasses import dataclass

from harness.protocol.machine import Machine


@dataclass(frozen=True, slots=True)
class Cell:
    """What is expected of one cell: the next state and what an observer sees, in order."""

    state: str
    event: str
    next: str
    effects: tuple[str, ...]


def expected(text: str) -> dict[tuple[str, str], Cell]:
    """Read the compact text."""
    cells: dict[tuple[str, str], Cell] = {}
    for line in text.strip().splitlines():
        state, _, rest = line.partition(":")
        for piece in rest.split(";"):
            event, _, outcome = piece.partition("->")
            after, _, effects = outcome.partition("/")
            cell = Cell(state.strip(), event.strip(), after.strip(), tuple(effects.split()))
            cells[cell.state, cell.event] = cell
    return cells


def legal(cells: dict[tuple[str, str], Cell]) -> list[Cell]:
    return list(cells.values())


def illegal(machine: Machine, cells: dict[tuple[str, str], Cell]) -> list[tuple[str, str]]:
    """Every cell of the machine that is not expected to be legal."""
    return [
        key for state in machine.states for event in machine.events if (key := (state, event)) not in cells
    ]


def mistaken(machine: Machine, cells: dict[tuple[str, str], Cell]) -> list[tuple[str, str]]:
    """Expected cells that name a state or an event the machine does not have."""
    known = {(state, event) for state in machine.states for event in machine.events}
    return [key for key in cells if key not in known]
