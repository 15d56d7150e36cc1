"""Routing and policy of the carrier."""

import pytest

from harness.actors.carrier.network import Network, Route, identity
from harness.actors.carrier.profiles import Profile
from harness.base.endpoint import Endpoint
from harness.wire.sip.uri import Uri
from tests.ends import called

DESK = Route("sip:+12025550102@192.0.2.12", Endpoint("192.0.2.12", 5060))


def network(*allows: str) -> Network:
    return Network(Profile(), {"+12025550102": DESK}, allows=allows)


@pytest.mark.parametrize(
    ("uri", "found"),
    [
        ("sip:+12025550102@carrier.example", True),
        ("sip:+12025550102@192.0.2.1;user=phone", True),
        ("tel:+12025550102", True),
        ("tel:+1-202-555-0102", True),
        ("sip:+12025550109@192.0.2.1", False),
        ("sip:192.0.2.1", False),
        ("mailto:x@y", False),
    ],
)
def test_a_number_is_routed_however_it_is_written(uri: str, found: bool) -> None:
    assert network().route(Uri.parse(uri)) == (DESK if found else None)


@pytest.mark.parametrize(
    ("patterns", "number", "allowed"),
    [
        ((), "+12025550102", True),
        (("+1202*",), "+12025550102", True),
        (("+1202*",), "+442025550102", False),
        (("+44*", "+12025550102"), "+12025550102", True),
    ],
)
def test_numbers_outside_the_patterns_are_not_let_through(
    patterns: tuple[str, ...], number: str, allowed: bool
) -> None:
    for uri in (f"sip:{number}@192.0.2.1", f"tel:{number}"):
        assert network(*patterns).allowed(Uri.parse(uri)) == allowed


def test_the_far_end_is_shown_to_others_without_its_tag() -> None:
    _, leg = called()
    leg.dialog.remote = '"Maria, home" <sip:+12025550101@192.0.2.20>;tag=secret'
    assert identity(leg) == '"Maria, home" <sip:+12025550101@192.0.2.20>'
