"""What the legs of one party share: identity, chance, addresses of requests and responses."""

import pytest

from harness.base.endpoint import Endpoint
from harness.base.entropy import Stream
from harness.protocol.host import Host
from harness.protocol.stack import ALLOW, Identity
from harness.wire.sip.message import parse
from tests.ends import THEM, US, Bench, calling, in_call, in_own_call, reply, sdp


def test_a_request_has_what_rfc_3261_section_8_1_1_demands() -> None:
    bench = Bench()
    calling(bench)
    invite = bench.last("INVITE")
    assert invite.uri == f"sip:far@{THEM}"
    assert invite.branch.startswith("z9hG4bK")
    assert invite.first("via") == f"SIP/2.0/UDP {US};branch={invite.branch};rport"
    assert invite.first("max-forwards") == "70"
    assert invite.from_tag and not invite.to_tag and invite.call_id
    assert invite.contact_uri == f"sip:us@{US}"
    assert invite.first("cseq") == "1 INVITE"
    assert invite.first("allow") == ALLOW
    assert (invite.content_type, invite.defects) == ("application/sdp", ())
    assert bench.sent[0].destination == THEM


def test_on_tcp_via_and_contact_name_the_transport() -> None:
    bench = Bench(transport="tcp")
    calling(bench, f"sip:far@{THEM};transport=tcp")
    invite = bench.last("INVITE")
    assert (invite.first("via") or "").startswith("SIP/2.0/TCP ")
    assert invite.contact_uri == f"sip:us@{US};transport=tcp"
    assert bench.sent[0].transport == "tcp"


def test_a_request_goes_by_the_transport_that_its_uri_names() -> None:
    bench = Bench()
    calling(bench, f"sip:far@{THEM};transport=tcp")
    assert bench.sent[0].transport == "tcp"
    assert (bench.last("INVITE").first("via") or "").startswith("SIP/2.0/TCP ")


def test_a_number_without_address_goes_where_it_is_told() -> None:
    bench = Bench()
    leg = bench.host.prepare("tel:+12025550101", destination=Endpoint("192.0.2.77", 5080))
    leg.call()
    bench.collect()
    assert bench.sent[0].destination == Endpoint("192.0.2.77", 5080)
    assert bench.last("INVITE").uri == "tel:+12025550101"


def test_an_ipv6_party_writes_its_address_in_brackets() -> None:
    host = Host(Identity("us", Endpoint("2001:db8::1", 5060), "us"), Stream(1))
    host.prepare("sip:far@[2001:db8::2]:5070").call()
    (command,) = host.commands()
    message = parse(command.data)  # type: ignore[union-attr]  # a request is transmitted
    assert message.via is not None and message.via.defects == () and message.defects == ()
    assert message.contact_uri == "sip:us@[2001:db8::1]:5060"
    assert command.destination == Endpoint("2001:db8::2", 5070)  # type: ignore[union-attr]


def test_names_of_calls_differ_and_are_the_same_for_the_same_seed() -> None:
    def names(seed: int) -> list[tuple[str, str, str]]:
        bench = Bench(seed=seed)
        for _ in range(3):
            calling(bench)
        return [(sent.message.call_id, sent.message.from_tag, sent.message.branch) for sent in bench.sent]

    assert names(1) == names(1)
    assert len({text for entry in (*names(1), *names(2)) for text in entry}) == 18


def test_each_call_has_a_media_port_and_an_origin_of_its_own() -> None:
    bench = Bench()
    legs = [calling(bench), calling(bench)]
    bodies = [sent.message.body for sent in bench.sent]
    assert len(legs) == len(set(bodies)) == 2
    ports = [line.split()[1] for body in bodies for line in body.split(b"\r\n") if line.startswith(b"m=")]
    assert len(set(ports)) == 2 and all(int(port) % 2 == 0 for port in ports)


def test_capabilities_are_said_in_invite_its_answer_and_to_options() -> None:
    identity = Identity("us", US, "us", takes_refer=True, supported="norefersub")
    host = Host(identity, Stream(1))
    assert host.capabilities == [
        ("Allow", ALLOW), ("Supported", "norefersub"), ("Allow-Events", "refer"),
    ]  # fmt: skip
    bench, _ = in_call()
    assert bench.last("200 INVITE").first("allow-events") == "refer"


def test_a_display_name_is_shown_in_from() -> None:
    host = Host(Identity("us", US, "us", display="Maria, at work"), Stream(1))
    host.prepare(f"sip:far@{THEM}").call()
    (command,) = host.commands()
    message = parse(command.data)  # type: ignore[union-attr]  # a request is transmitted
    assert message.from_.display == "Maria, at work"


@pytest.mark.parametrize("unreachable", [True, False])
def test_only_what_goes_to_a_dead_address_fails(unreachable: bool) -> None:
    bench, leg = in_own_call()
    leg.reinvite("sendonly")
    bench.host.unreachable(bench.host.now_ns, THEM if unreachable else Endpoint("192.0.2.99", 5060))
    failed = [event.status for event in leg.inbox if event.kind == "final"][1:]
    assert failed == ([503] if unreachable else [])
    assert leg.session.state == ("stable" if unreachable else "offered")


def test_open_work_counts_what_is_not_settled() -> None:
    bench = Bench()
    assert bench.host.open_work == 0
    leg = calling(bench)
    assert bench.host.open_work == 1
    assert sdp() and leg.state == "calling"


@pytest.mark.parametrize("status", [200, 405, 481])
def test_options_in_a_call_of_ours_tells_its_answer_and_leaves_the_call_alone(status: int) -> None:
    bench, leg = in_own_call()
    options = leg.send("OPTIONS")
    sent = bench.last("OPTIONS")
    assert (sent.to_tag, sent.cseq_number) == (leg.dialog.remote_tag, 2)
    bench.receive(reply(sent, status))
    final = leg.inbox[-1]
    assert (final.kind, final.status, final.transaction) == ("final", status, options)
    assert leg.state == "up"
