"""What makes and moves a dialog, and how its requests are routed (RFC 3261 section 12)."""

import pytest

from harness.base.endpoint import Endpoint
from harness.protocol.dialog import Dialog, resolve
from harness.wire.sip.message import Message, parse
from tests.ends import FAR_TAG, THEM, Bench, ask, called, calling, in_call, in_dialog, in_own_call, reply, sdp

LOOSE = ["<sip:192.0.2.21;lr>", "<sip:192.0.2.22;lr>"]
STRICT = ["<sip:192.0.2.21>", "<sip:192.0.2.22;lr>"]


def test_a_callers_dialog_is_made_of_the_answer() -> None:
    """RFC 3261 section 12.1.2: To tag, Contact, and Record-Route in reverse."""
    bench = Bench()
    leg = calling(bench)
    recorded = [("Record-Route", ", ".join(reversed(LOOSE)))]
    bench.receive(reply(bench.last("INVITE"), 200, extra=recorded, body=sdp()))
    dialog = leg.dialog
    assert dialog.remote_tag == FAR_TAG
    assert dialog.target == f"sip:far@{THEM}"
    assert dialog.routes == LOOSE


def test_a_callees_dialog_is_made_of_the_invite() -> None:
    """RFC 3261 section 12.1.1: From tag, Contact, and Record-Route in order."""
    request = parse(ask("INVITE", 41, extra=[("Record-Route", LOOSE[0]), ("Record-Route", LOOSE[1])]))
    dialog = Dialog.of_request(request, "ours")
    assert (dialog.call_id, dialog.local_tag, dialog.remote_tag) == (request.call_id, "ours", FAR_TAG)
    assert dialog.target == f"sip:far@{THEM}"
    assert dialog.routes == LOOSE
    assert dialog.remote_number == 41
    assert dialog.local == "<sip:us@192.0.2.10:5060>;tag=ours"


def routed(routes: list[str]) -> tuple[Message, Endpoint]:
    """A BYE in a dialog with this route set, and where it went."""
    bench, leg = in_own_call()
    leg.dialog.routes = routes
    leg.release()
    bench.collect()
    return bench.last("BYE"), bench.sent[-1].destination


def test_with_loose_routers_the_target_stays_the_request_uri() -> None:
    """RFC 3261 section 12.2.1.1."""
    bye, destination = routed(LOOSE)
    assert bye.uri == f"sip:far@{THEM}"
    assert bye.values("route") == LOOSE
    assert destination == Endpoint("192.0.2.21", 5060)


def test_a_strict_router_gets_its_own_uri_and_the_target_goes_last() -> None:
    """RFC 3261 section 12.2.1.1: the remote target becomes the last Route value."""
    bye, destination = routed(STRICT)
    assert bye.uri == "sip:192.0.2.21"
    assert bye.values("route") == ["<sip:192.0.2.22;lr>", f"<sip:far@{THEM}>"]
    assert destination == Endpoint("192.0.2.21", 5060)


def test_without_routes_the_contact_is_both_request_uri_and_next_hop() -> None:
    bye, destination = routed([])
    assert bye.uri == f"sip:far@{THEM}"
    assert bye.values("route") == []
    assert destination == THEM


def test_the_ack_of_an_answer_follows_the_route_set() -> None:
    bench = Bench()
    calling(bench)
    bench.receive(reply(bench.last("INVITE"), 200, extra=[("Record-Route", LOOSE[0])], body=sdp()))
    assert bench.last("ACK").values("route") == LOOSE[:1]
    assert bench.sent[-1].destination == Endpoint("192.0.2.21", 5060)


def test_each_request_has_the_next_number_and_the_ack_that_of_its_invite() -> None:
    """RFC 3261 sections 12.2.1.1 and 13.2.2.4."""
    bench, leg = in_own_call()
    leg.refer("<sip:x@192.0.2.30>")
    leg.reinvite("sendonly")
    bench.receive(reply(bench.last("INVITE"), 200, body=sdp("recvonly", 2)))
    leg.release()
    bench.collect()
    numbers = [(sent.message.method, sent.message.cseq_number) for sent in bench.sent]
    assert numbers == [("INVITE", 1), ("ACK", 1), ("REFER", 2), ("INVITE", 3), ("ACK", 3), ("BYE", 4)]
    assert len({sent.message.branch for sent in bench.sent}) == len(bench.sent)


@pytest.mark.parametrize("method", ["INVITE", "NOTIFY", "REFER"])
def test_a_request_that_refreshes_the_target_moves_it(method: str) -> None:
    """RFC 3261 section 12.2.2, RFC 6665 section 3.1."""
    bench, leg = in_call()
    moved = [("Contact", "<sip:far@192.0.2.33:5070>")]
    raw = in_dialog(leg, method, 2, extra=moved).replace(f"Contact: <sip:far@{THEM}>\r\n".encode(), b"")
    bench.receive(raw)
    assert leg.dialog.target == "sip:far@192.0.2.33:5070"


def test_other_requests_leave_the_target_alone() -> None:
    bench, leg = in_call()
    raw = in_dialog(leg, "OPTIONS", 2).replace(str(THEM).encode(), b"192.0.2.33:5070")
    bench.receive(raw)
    assert leg.dialog.target == f"sip:far@{THEM}"


def test_an_early_dialog_is_replaced_by_that_of_the_answer() -> None:
    """Another fork than the one that rang may answer (RFC 3261 section 13.2.2.4)."""
    bench = Bench()
    leg = calling(bench)
    invite = bench.last("INVITE")
    bench.receive(reply(invite, 180, tag="rang", contact="<sip:rang@192.0.2.40>"))
    assert leg.dialog.remote_tag == "rang"
    bench.receive(reply(invite, 200, tag="took", contact="<sip:took@192.0.2.41>", body=sdp()))
    assert (leg.dialog.remote_tag, bench.last("ACK").to_tag, bench.last("ACK").uri) == (
        "took",
        "took",
        "sip:took@192.0.2.41",
    )


@pytest.mark.parametrize(
    ("uri", "where"),
    [
        ("sip:a@192.0.2.9", (Endpoint("192.0.2.9", 5060), None)),
        ("sip:a@192.0.2.9:5070", (Endpoint("192.0.2.9", 5070), None)),
        ("sip:a@[2001:db8::9]:5070", (Endpoint("2001:db8::9", 5070), None)),
        ("sip:a@192.0.2.9;transport=tcp", (Endpoint("192.0.2.9", 5060), "tcp")),
        ("sip:a@192.0.2.9;transport=UDP", (Endpoint("192.0.2.9", 5060), "udp")),
        ("sip:a@example.com;maddr=192.0.2.8", (Endpoint("192.0.2.8", 5060), None)),
        ("sip:a@example.com", None),
        ("tel:+12025550101", None),
        ("", None),
        ("garbage", None),
    ],
)
def test_a_uri_leads_to_an_address_only_when_it_names_one(uri: str, where: object) -> None:
    assert resolve(uri) == where


def test_what_names_no_address_goes_where_the_call_came_from() -> None:
    bench, leg = called()
    leg.dialog.target = "sip:far@pbx.example"
    leg.accept()
    bench.receive(in_dialog(leg, "ACK", 1))
    leg.release()
    bench.collect()
    assert bench.last("BYE").uri == "sip:far@pbx.example"
    assert bench.sent[-1].destination == THEM


@pytest.mark.parametrize("hostile", ["", "<", "<>", "<sip:>", "x", "<sip:a@192.0.2.1:99999>", "<sip:a@[::1>"])
def test_a_hostile_contact_or_route_is_survived(hostile: str) -> None:
    bench = Bench()
    leg = calling(bench)
    extra = [("Record-Route", hostile)]
    bench.receive(reply(bench.last("INVITE"), 200, contact=hostile, extra=extra, body=sdp()))
    leg.release()
    bench.after(33_000)
    assert leg.state == "ended"


def test_the_answer_of_another_fork_sets_the_route_set_anew() -> None:
    """RFC 3261 section 13.2.2.4: recomputed from the 2xx, also to nothing."""
    bench = Bench()
    leg = calling(bench)
    invite = bench.last("INVITE")
    bench.receive(reply(invite, 180, tag="fork-a", extra=[("Record-Route", LOOSE[0])]))
    assert leg.dialog.routes == LOOSE[:1]
    bench.receive(reply(invite, 200, tag="fork-b", body=sdp()))
    assert leg.dialog.routes == []
    assert bench.last("ACK").rows("route") == []


@pytest.mark.parametrize("route", ["<sip:192.0.2.21;lrx>", "<sip:192.0.2.21>;lr"])
def test_only_the_lr_of_the_uri_makes_a_router_loose(route: str) -> None:
    message, _ = routed([route])
    assert message.uri.startswith("sip:192.0.2.21")
