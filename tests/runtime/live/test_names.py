"""Destinations by name."""

from harness.base.endpoint import Endpoint
from harness.runtime.live.names import numeric

FOUR = Endpoint("127.0.0.1", 5060)
SIX = Endpoint("::1", 5060)


def test_a_numeric_address_stays_as_it_is() -> None:
    assert numeric(Endpoint("127.0.0.2", 9), FOUR) == Endpoint("127.0.0.2", 9)
    assert numeric(Endpoint("[::1]", 9), SIX) == Endpoint("::1", 9)


def test_an_address_of_the_other_family_cannot_be_reached() -> None:
    assert numeric(SIX, FOUR) is None
    assert numeric(FOUR, SIX) is None


def test_localhost_is_looked_up() -> None:
    assert numeric(Endpoint("localhost", 9), FOUR) == Endpoint("127.0.0.1", 9)


def test_a_name_without_address_and_an_impossible_port_are_refused() -> None:
    assert numeric(Endpoint("no such host", 9), FOUR) is None
    assert numeric(Endpoint("a" * 300, 9), FOUR) is None
    assert numeric(Endpoint("127.0.0.1", 0), FOUR) is None
    assert numeric(Endpoint("127.0.0.1", 65_536), FOUR) is None
