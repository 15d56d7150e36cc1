"""Typed views of headers: written by the RFCs, and as real peers write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.wire.sip.headers import (
    Cseq,
    Event,
    NameAddress,
    Reason,
    RetryAfter,
    SubscriptionState,
    Via,
    option_tags,
)


@pytest.mark.parametrize(
    ("text", "display", "uri", "tag"),
    [
        ('"Bob" <sip:bob@biloxi.com> ;tag=a48s', "Bob", "sip:bob@biloxi.com", "a48s"),
        ("sip:+12125551212@phone2net.com;tag=887s", "", "sip:+12125551212@phone2net.com", "887s"),
        (
            "Anonymous <sip:c8oqz84zk7z@privacy.org>;tag=hyh8",
            "Anonymous",
            "sip:c8oqz84zk7z@privacy.org",
            "hyh8",
        ),
        ("<sip:a@b;tag=inside>;TAG=outside", "", "sip:a@b;tag=inside", "outside"),
        ('"a <sip:x@y>;tag=1" <sip:a@b>;tag=2', "a <sip:x@y>;tag=1", "sip:a@b", "2"),
        (r'"J \"R\" \\" <sip:a@b>', r'J "R" ' + "\\", "sip:a@b", ""),
        ("caller<sip:caller@example.com>;tag=323", "caller", "sip:caller@example.com", "323"),
        ('"J\xc3\xb6rg" <sip:a@b>', "J\xf6rg", "sip:a@b", ""),
        ("Mr. Watson <sip:a@b>", "Mr. Watson", "sip:a@b", ""),
    ],
)
def test_addresses_are_read(text: str, display: str, uri: str, tag: str) -> None:
    """RFC 3261 sections 20.10, 20.20 and 20.39."""
    address = NameAddress.parse(text)
    assert (address.display, address.uri.text, address.tag, address.defects) == (display, uri, tag, ())


@pytest.mark.parametrize(
    ("text", "uri", "code"),
    [
        ("sip:a@b?Replaces=x;to-tag=1", "sip:a@b?Replaces=x", "brackets-missing"),
        ("<sip:a@b", "sip:a@b", "bracket"),
        ('"Bob <sip:a@b>', "sip:a@b", "quote"),
        ("a.b@c <sip:a@b>", "sip:a@b", "display-name"),
        ("<sip:a@b> tag=1", "sip:a@b", "after-bracket"),
        ("< sip:a@b >", "sip:a@b", "uri-space"),
        ("<>", "", "uri-scheme"),
        ("", "", "uri-scheme"),
    ],
)
def test_a_bad_address_is_a_value_with_a_defect(text: str, uri: str, code: str) -> None:
    address = NameAddress.parse(text)
    assert address.uri.text == uri
    assert code in {defect.code for defect in address.defects}


def test_the_star_of_contact_is_no_defect() -> None:
    assert NameAddress.parse("*").defects == ()
    assert NameAddress.parse("*").text == "*"


def test_a_made_address_reads_back() -> None:
    made = NameAddress.of("sip:a@b;x=1?y=2", 'J\xf6rg "J" \u20ac', (("tag", "1"),))
    read = NameAddress.parse(made.text)
    assert (read.display, read.uri, read.tag, read.defects) == ('J\xf6rg "J" \u20ac', made.uri, "1", ())


@pytest.mark.parametrize(
    ("text", "transport", "host", "port", "branch"),
    [
        (
            "SIP/2.0/UDP erlang.bell-telephone.com:5060;branch=z9hG4bK87asdks7",
            "UDP",
            "erlang.bell-telephone.com",
            5060,
            "z9hG4bK87asdks7",
        ),
        (
            "SIP / 2.0 / UDP first.example.com: 4000;ttl=16 ;maddr=224.2.0.1 ;branch=z9hG4bKa7c6a8dlze.1",
            "UDP",
            "first.example.com",
            4000,
            "z9hG4bKa7c6a8dlze.1",
        ),
        ("SIP/2.0/tcp [2001:DB8::1]:5061;Branch=x", "TCP", "2001:db8::1", 5061, "x"),
        ("SIP/2.0/UNKNOWN h;rport", "UNKNOWN", "h", None, ""),
    ],
)
def test_vias_are_read(text: str, transport: str, host: str, port: int | None, branch: str) -> None:
    """RFC 3261 section 20.42."""
    via = Via.parse(text)
    assert (via.protocol, via.transport, via.host, via.port, via.branch) == (
        "SIP/2.0",
        transport,
        host,
        port,
        branch,
    )
    assert via.defects == ()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "via"),
        ("SIP/2.0/UDP", "via"),
        ("SIP/2.0/UDP h:x", "via"),
        ("SIP/2.0/UDP h;;a=1", "via-parameter"),
    ],
)
def test_a_bad_via_is_a_value_with_a_defect(text: str, code: str) -> None:
    assert [defect.code for defect in Via.parse(text).defects] == [code]


@pytest.mark.parametrize(
    ("text", "number", "method"),
    [
        ("4711 INVITE", 4711, "INVITE"),
        ("0009  INVITE", 9, "INVITE"),
        ("123456789 NOTIFY", 123456789, "NOTIFY"),
        ("36893488147419103232 REGISTER", -1, "REGISTER"),
        ("REFER", -1, ""),
        ("", -1, ""),
        ("-1 BYE", -1, "BYE"),
    ],
)
def test_cseqs_are_read(text: str, number: int, method: str) -> None:
    assert Cseq.parse(text) == Cseq(number, method)


def test_an_event_has_package_and_id() -> None:
    event = Event.parse("Refer ; id = 93809824")
    assert (event.package, event.id) == ("refer", "93809824")
    assert Event.parse("") == Event()


@pytest.mark.parametrize(
    ("text", "state", "expires", "reason", "codes"),
    [
        ("active;expires=60", "active", 60, None, []),
        ("Terminated ; Reason=NoResource", "terminated", None, "noresource", []),
        ("terminated;reason=reason=noresource", "terminated", None, "noresource", ["reason-doubled"]),
        ("active;expires=soon", "active", None, None, ["expires"]),
        ("", "", None, None, ["subscription-state"]),
        ("pending;expires=0;retry-after=5", "pending", 0, None, []),
    ],
)
def test_subscription_states_are_read(
    text: str, state: str, expires: int | None, reason: str | None, codes: list[str]
) -> None:
    """RFC 6665 section 8.2.3; the doubled reason was seen from a real PBX."""
    found = SubscriptionState.parse(text)
    assert (found.state, found.expires, found.reason) == (state, expires, reason)
    assert [defect.code for defect in found.defects] == codes


def test_a_subscription_state_can_name_a_time_to_retry() -> None:
    assert SubscriptionState.parse("terminated;retry-after=5").retry_after == 5
    assert SubscriptionState.parse("terminated;retry-after=x").retry_after is None


@pytest.mark.parametrize(
    ("text", "protocol", "cause", "words"),
    [
        ('SIP ;cause=200 ;text="Call completed elsewhere"', "SIP", 200, "Call completed elsewhere"),
        ('SIP ; cause = 481 ; text="a;b \\"c\\""', "SIP", 481, 'a;b "c"'),
        ("Q.850;cause=16;text=Terminated", "Q.850", 16, "Terminated"),
        ("SIP;cause=x", "SIP", None, ""),
        ("", "", None, ""),
    ],
)
def test_reasons_are_read(text: str, protocol: str, cause: int | None, words: str) -> None:
    """RFC 3326 section 2; spaces round the semicolons were seen from a real PBX."""
    reason = Reason.parse(text)
    assert (reason.protocol, reason.cause, reason.text) == (protocol, cause, words)


def test_a_written_reason_reads_back() -> None:
    assert Reason.write("SIP", 200) == "SIP;cause=200"
    read = Reason.parse(Reason.write("SIP", 486, 'busy; "J\xf6rg"'))
    assert (read.cause, read.text) == (486, 'busy; "J\xf6rg"')


def test_a_retry_after_may_have_a_comment() -> None:
    """RFC 3261 section 20.33."""
    found = RetryAfter.parse("18000;duration=3600")
    assert (found.seconds, found.parameters) == (18000, (("duration", "3600"),))
    assert RetryAfter.parse("120 (I'm in a meeting)") == RetryAfter(120, "I'm in a meeting")
    assert RetryAfter.parse("soon").seconds is None


def test_option_tags_come_from_all_rows() -> None:
    assert option_tags(["replaces, ,norefersub", "timer", ""]) == ("replaces", "norefersub", "timer")


@given(st.text(st.characters(max_codepoint=255)))
def test_no_text_makes_a_reader_raise(text: str) -> None:
    for reader in (NameAddress, Via, Cseq, Event, SubscriptionState, Reason, RetryAfter):
        reader.parse(text)
    for prefix in ("<sip:", '"', "SIP/2.0/UDP ", "active;", "SIP;cause="):
        NameAddress.parse(prefix + text)
        Via.parse(prefix + text)
        SubscriptionState.parse(prefix + text)


@pytest.mark.parametrize("piece", ['"', "<", "\\", ";", ",", '";<', "<sip:", "%"])
def test_long_hostile_values_are_read_in_linear_time(piece: str) -> None:
    """64 KiB of one piece: quadratic work would take minutes, not milliseconds."""
    text = piece * (65_535 // len(piece))
    NameAddress.parse(text)
    Via.parse("SIP/2.0/UDP h;" + text)
    NameAddress.parse("<sip:a@b;" + text)
    NameAddress.parse('"' + text)
