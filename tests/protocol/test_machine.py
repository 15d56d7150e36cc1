"""Reading, checking and drawing tables."""

import pytest

from harness.protocol.machine import Machine, Row, table

SWITCH = Machine(
    name="switch",
    source="none",
    states=("off", "on"),
    events=("press", "break"),
    initial="off",
    rows=table(
        """
        off + press -> on: light, hum   # a remark
        on + press -> off
        """
    ),
)


def test_a_row_is_read_with_its_actions_in_order() -> None:
    assert SWITCH.rows == {("off", "press"): Row("on", ("light", "hum")), ("on", "press"): Row("off")}


def test_every_cell_is_listed_and_those_without_a_row_are_illegal() -> None:
    assert list(SWITCH.cells()) == [
        ("off", "press", Row("on", ("light", "hum"))),
        ("off", "break", None),
        ("on", "press", Row("off")),
        ("on", "break", None),
    ]


def test_the_diagram_has_one_arrow_a_row() -> None:
    assert SWITCH.diagram() == (
        "stateDiagram-v2\n    [*] --> off\n    off --> on: press / light, hum\n    on --> off: press\n"
    )


def test_a_cell_is_written_once() -> None:
    with pytest.raises(AssertionError, match="twice"):
        table("a + b -> a\na + b -> c")


@pytest.mark.parametrize("row", ["off + kick -> on", "off + press -> broken", "gone + press -> on"])
def test_a_row_with_an_unknown_state_or_event_is_refused(row: str) -> None:
    with pytest.raises(AssertionError):
        Machine("x", "none", ("off", "on"), ("press",), "off", table(row))
