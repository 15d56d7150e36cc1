"""Where responses go: RFC 3261 section 18.2.2 and RFC 3581, from their text."""

import pytest

from harness.base.endpoint import Endpoint, Transport
from harness.protocol.response_path import reply_to, vias
from harness.wire.sip.message import parse
from tests.ends import Bench, ask

SOURCE = Endpoint("192.0.2.99", 1024)


@pytest.mark.parametrize(
    ("via", "transport", "port"),
    [
        ("SIP/2.0/UDP 192.0.2.99:5070;branch=z9hG4bKa", "udp", 5070),
        ("SIP/2.0/UDP 192.0.2.99;branch=z9hG4bKa", "udp", 5060),
        ("SIP/2.0/UDP pbx.example:5070;branch=z9hG4bKa", "udp", 5070),
        ("SIP/2.0/UDP 192.0.2.99:5070;branch=z9hG4bKa;rport", "udp", 1024),
        ("SIP/2.0/UDP 192.0.2.99:5070 ; rport ; branch=z9hG4bKa", "udp", 1024),
        (
            "SIP/2.0/UDP 192.0.2.99:5070;branch=z9hG4bKa, SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKb;rport",
            "udp",
            5070,
        ),
        ("SIP/2.0/TCP 192.0.2.99:5070;branch=z9hG4bKa", "tcp", 1024),
    ],
)
def test_the_port_of_sent_by_unless_rport_was_asked_for_or_a_connection_is_there(
    via: str, transport: Transport, port: int
) -> None:
    request = parse(ask("OPTIONS", 1).replace(ask_via(), via.encode()))
    assert reply_to(request, SOURCE, transport) == Endpoint("192.0.2.99", port)


@pytest.mark.parametrize(
    ("rows", "written"),
    [
        (
            ["SIP/2.0/UDP 192.0.2.99:5070;rport;branch=z9hG4bKa"],
            ["SIP/2.0/UDP 192.0.2.99:5070;received=192.0.2.99;rport=1024;branch=z9hG4bKa"],
        ),
        (["SIP/2.0/UDP 192.0.2.99;branch=z9hG4bKa"], ["SIP/2.0/UDP 192.0.2.99;branch=z9hG4bKa"]),
        (
            ["SIP/2.0/UDP pbx.example;branch=z9hG4bKa"],
            ["SIP/2.0/UDP pbx.example;branch=z9hG4bKa;received=192.0.2.99"],
        ),
        (
            ["SIP/2.0/UDP pbx.example;branch=z9hG4bKa, SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKb;rport"],
            [
                "SIP/2.0/UDP pbx.example;branch=z9hG4bKa;received=192.0.2.99",
                "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKb;rport",
            ],
        ),
    ],
)
def test_only_the_top_via_is_told_where_the_request_came_from(rows: list[str], written: list[str]) -> None:
    request = parse(ask("OPTIONS", 1).replace(ask_via(), "\r\nVia: ".join(rows).encode()))
    assert vias(request, SOURCE) == written


def test_a_host_sends_its_response_to_the_port_of_sent_by() -> None:
    bench = Bench()
    bench.receive(ask("OPTIONS", 1), SOURCE)
    assert bench.sent[0].destination == Endpoint("192.0.2.99", 5060)
    assert "received=192.0.2.99" in bench.sent[0].message.rows("via")[0]


def test_two_senders_with_one_branch_have_a_transaction_each() -> None:
    """RFC 3261 section 17.2.3: the branch names a transaction only together with sent-by."""
    bench = Bench()
    first = ask("OPTIONS", 1, branch="z9hG4bKsame")
    other = first.replace(b"192.0.2.20:5060;branch", b"192.0.2.21:5060;branch").replace(b"far-tag", b"other")
    assert bench.receive(first) == ["200 OPTIONS"]
    assert bench.receive(other) == ["200 OPTIONS"]
    assert bench.receive(first) == ["200 OPTIONS"]
    assert len(bench.host.servers) == 2


def ask_via() -> bytes:
    """The Via value that `ask` writes."""
    return parse(ask("OPTIONS", 1)).rows("via")[0].encode()
