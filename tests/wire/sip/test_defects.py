"""The collector of defects."""

from harness.base.limits import DEFECTS_MAX
from harness.wire.sip.defects import Defect, Defects, shown


def test_the_same_defect_counts_once() -> None:
    defects = Defects((Defect("a", "one"),))
    defects.add("a", "one")
    defects.add("a", "two")
    assert defects.result() == (Defect("a", "one"), Defect("a", "two"))


def test_a_hostile_message_has_a_bounded_number_of_defects() -> None:
    defects = Defects()
    for number in range(1000):
        defects.add("a", str(number))
    assert len(defects.result()) == DEFECTS_MAX
    assert defects.result()[-1].code == "more-defects"


def test_a_shown_piece_is_short_and_printable() -> None:
    assert shown("a\r\nb") == r"'a\r\nb'"
    assert len(shown("x" * 10_000)) < 50
