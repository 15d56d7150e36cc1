"""Which failures the words of `fallback: when:` stand for."""

from harness.actors.fallback import FAILURES, Way, fits, next_way
from harness.scenario.plan import Fallback
from harness.scenario.words import CAUSES


def test_every_word_of_a_fallback_has_its_statuses() -> None:
    assert {*FAILURES, "error"} == set(CAUSES)
    assert all(400 <= status <= 699 for statuses in FAILURES.values() for status in statuses)


def test_error_stands_for_every_failure() -> None:
    assert all(fits(Fallback(("error",), "desk"), status) for status in (400, 486, 500, 603))
    assert not fits(Fallback(("busy",), "desk"), 500)


def test_the_first_way_that_is_meant_for_the_failure_is_taken() -> None:
    ways = [Way(Fallback(("declined",), "a"), "sip:a"), Way(Fallback(("busy", "declined"), "b"), "sip:b")]
    assert next_way(ways, 486) is ways[1]
    assert next_way(ways, 603) is ways[0]
    assert next_way(ways, 404) is None
