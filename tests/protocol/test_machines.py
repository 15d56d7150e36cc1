"""The list of all machines, and the page of the docs."""

from pathlib import Path

from harness.protocol.machines import MACHINES, page

PAGE = Path(__file__).parents[2] / "docs" / "machines.md"


def test_the_page_in_the_docs_is_drawn_from_the_tables_as_they_are() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()


def test_every_machine_has_its_own_name_and_names_its_rfc() -> None:
    assert len({machine.name for machine in MACHINES}) == len(MACHINES)
    assert all("RFC" in machine.source for machine in MACHINES)


def test_every_state_can_be_reached_and_every_event_has_a_row() -> None:
    for machine in MACHINES:
        reached = {machine.initial}
        while True:
            more = {row.next for (state, _), row in machine.rows.items() if state in reached} - reached
            if not more:
                break
            reached |= more
        assert reached == set(machine.states), machine.name
        assert {event for _, event in machine.rows} == set(machine.events), machine.name
