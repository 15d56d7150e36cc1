"""A state machine as data: the same table plays, is tested cell by cell, and draws its diagram.

Must not live here: any particular machine. A table does not know who uses it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """What happens in one legal cell: the next state and the actions, in order."""

    next: str
    actions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Machine:
    """One machine. `rows` holds the legal cells only; every other cell is illegal and changes nothing."""

    name: str
    source: str
    """The RFC sections the table was written from."""
    states: tuple[str, ...]
    events: tuple[str, ...]
    initial: str
    rows: Mapping[tuple[str, str], Row]

    def __post_init__(self) -> None:
        for (state, event), row in self.rows.items():
            assert state in self.states and row.next in self.states, (self.name, state, row.next)
            assert event in self.events, (self.name, event)

    def cells(self) -> Iterator[tuple[str, str, Row | None]]:
        """Every (state, event) cell with its row; None where the cell is illegal."""
        for state in self.states:
            for event in self.events:
                yield state, event, self.rows.get((state, event))

    def diagram(self) -> str:
        """The machine as a Mermaid state diagram, deterministic, for the docs."""
        lines = ["stateDiagram-v2"]
        lines += [f'    state "{state}" as {_identifier(state)}' for state in self.states if " " in state]
        lines.append(f"    [*] --> {_identifier(self.initial)}")
        for (state, event), row in self.rows.items():
            does = f" / {', '.join(row.actions)}" if row.actions else ""
            lines.append(f"    {_identifier(state)} --> {_identifier(row.next)}: {event}{does}")
        return "\n".join(lines) + "\n"


def table(text: str) -> dict[tuple[str, str], Row]:
    """Read rows written as `state + event -> next: action, action`, one a line; `#` starts a comment."""
    rows: dict[tuple[str, str], Row] = {}
    for line in text.splitlines():
        line = line.partition("#")[0].strip()
        if not line:
            continue
        left, _, right = line.partition("->")
        state, _, event = left.partition("+")
        after, _, actions = right.partition(":")
        key = (state.strip(), event.strip())
        assert key not in rows, f"cell written twice: {line}"
        rows[key] = Row(
            after.strip(), tuple(action.strip() for action in actions.split(",") if action.strip())
        )
    return rows


def _identifier(state: str) -> str:
    return state.replace(" ", "_")
