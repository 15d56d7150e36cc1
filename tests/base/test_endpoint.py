"""Addresses."""

from harness.base.endpoint import RELIABLE, Endpoint


def test_an_ipv6_address_is_printed_in_brackets() -> None:
    assert str(Endpoint("127.0.0.1", 5060)) == "127.0.0.1:5060"
    assert str(Endpoint("::1", 5060)) == "[::1]:5060"


def test_only_udp_is_unreliable() -> None:
    assert "udp" not in RELIABLE
    assert {"tcp", "tls", "ws", "wss"} == RELIABLE
