"""SIP and SIPS URIs (RFC 3261 section 19.1) and tel URIs (RFC 3966)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.wire.sip.uri import HEADER_SAFE, PARAMETER_SAFE, USER_SAFE, Uri, equivalent, escape, unescape


@pytest.mark.parametrize(
    ("text", "user", "password", "host", "port"),
    [
        ("sip:alice@atlanta.com", "alice", None, "atlanta.com", None),
        ("sip:alice:secretword@atlanta.com;transport=tcp", "alice", "secretword", "atlanta.com", None),
        ("sips:alice@atlanta.com?subject=project%20x&priority=urgent", "alice", None, "atlanta.com", None),
        ("sip:+1-212-555-1212:1234@gateway.com;user=phone", "+1-212-555-1212", "1234", "gateway.com", None),
        ("sips:1212@gateway.com", "1212", None, "gateway.com", None),
        ("sip:alice@192.0.2.4", "alice", None, "192.0.2.4", None),
        ("sip:atlanta.com;method=REGISTER?to=alice%40atlanta.com", None, None, "atlanta.com", None),
        ("sip:alice;day=tuesday@atlanta.com", "alice;day=tuesday", None, "atlanta.com", None),
        ("SIP:a@[2001:DB8::10]:5070;lr", "a", None, "2001:db8::10", 5070),
        ("sip:ATLANTA.com:5060", None, None, "atlanta.com", 5060),
        ("sip:user?x@host", "user?x", None, "host", None),
    ],
)
def test_the_uris_of_the_rfc_are_read(
    text: str, user: str | None, password: str | None, host: str, port: int | None
) -> None:
    """RFC 3261 section 19.1.3."""
    uri = Uri.parse(text)
    assert (uri.user, uri.password, uri.host, uri.port, uri.defects) == (user, password, host, port, ())
    assert str(uri) == text


def test_parameters_and_headers_are_apart() -> None:
    uri = Uri.parse("sip:bob@b.example;transport=tcp;lr?Replaces=a%40b%3Bto-tag%3D1&Require=replaces")
    assert uri.parameter("TRANSPORT") == "tcp"
    assert uri.parameter("lr") == ""
    assert uri.parameter("maddr") is None
    assert uri.headers == (("Replaces", "a@b;to-tag=1"), ("Require", "replaces"))
    assert uri.header("replaces") == "a@b;to-tag=1"
    assert uri.without_headers().text == "sip:bob@b.example;transport=tcp;lr"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "uri-scheme"),
        ("bob", "uri-scheme"),
        ("1sip:bob", "uri-scheme"),
        ("sip:", "uri-host"),
        ("sip:@host", "uri-user"),
        ("sip:a@host:99999", "uri-port"),
        ("sip:a@host:", "uri-port"),
        ("sip:a@[::1", "uri-host"),
        ("sip:a@2001:db8::1", "uri-host"),
        ("sip:a b@host", "uri-space"),
        ("sip:a%4@host", "uri-escape"),
        ("sip:a%zz@host", "uri-escape"),
        ("sip:a@b@host", "uri-unescaped-at"),
        ("sip:host?Replaces=a@b", "uri-unescaped-at"),
        ("sip:a@host;;lr", "uri-parameter"),
        ("sip:a@host;lr;lr", "uri-parameter"),
        ("sip:a@host?x", "uri-header"),
        ("sip:\xe9@host", "uri-character"),
        ("tel:abc-xyz", "tel-number"),
        ("tel:7042", "tel-context"),
    ],
)
def test_a_bad_uri_is_a_value_with_a_defect(text: str, code: str) -> None:
    assert code in {defect.code for defect in Uri.parse(text).defects}


def test_an_unescaped_at_sign_in_an_embedded_header_does_not_become_a_user() -> None:
    uri = Uri.parse("sip:host.example?Replaces=a@b;to-tag=1;from-tag=2")
    assert (uri.user, uri.host) == (None, "host.example")
    assert uri.header("replaces") == "a@b;to-tag=1;from-tag=2"


def test_a_line_end_hidden_in_an_embedded_header_is_taken_out() -> None:
    uri = Uri.parse("sip:a@b?Subject=x%0D%0AVia:%20evil%00")
    assert uri.header("subject") == "x  Via: evil "


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp"),
        ("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"),
        ("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;newparam=5"),
        (
            "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
            "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com",
        ),
        (
            "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
            "sip:alice@atlanta.com?priority=urgent&subject=project%20x",
        ),
        ("tel:+1-201-555-0123", "tel:+12015550123"),
        ("tel:7042;phone-context=example.com", "tel:7042;Phone-Context=EXAMPLE.com"),
    ],
)
def test_equivalent_uris_of_the_rfc(a: str, b: str) -> None:
    """RFC 3261 section 19.1.4, RFC 3966 section 5."""
    assert equivalent(Uri.parse(a), Uri.parse(b))
    assert equivalent(Uri.parse(b), Uri.parse(a))


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"),
        ("sip:bob@biloxi.com:5060", "sip:bob@biloxi.com:6000;transport=tcp"),
        ("sip:carol@chicago.com;newparam=5", "sip:carol@chicago.com;newparam=6"),
        ("sip:carol@chicago.com?Subject=next%20meeting", "sip:carol@chicago.com"),
        ("sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"),
        ("sip:a@b", "sips:a@b"),
        ("sip:a@b;user=phone", "sip:a@b"),
        ("sip:a%3Bx@b", "sip:a;x@b"),
        ("tel:+12015550123", "tel:+12015550124"),
        ("urn:a", "urn:b"),
    ],
)
def test_different_uris_of_the_rfc(a: str, b: str) -> None:
    """RFC 3261 section 19.1.4; the reserved ';' is not the same as its escape."""
    assert not equivalent(Uri.parse(a), Uri.parse(b))
    assert not equivalent(Uri.parse(b), Uri.parse(a))


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("tel:+1-415-555.0100", "+14155550100"),
        ("tel:(415)5550100;phone-context=+1", "4155550100"),
        ("sip:+1-212-555-1212@gateway.com;user=phone", "+12125551212"),
        ("sip:%2B12125551212@gateway.com", "+12125551212"),
        ("sip:1212;isub=3@gateway.com", "1212"),
        ("sip:alice@gateway.com", ""),
        ("mailto:a@b", ""),
    ],
)
def test_a_number_is_read_without_its_separators(text: str, number: str) -> None:
    """RFC 3966 section 5.1.1."""
    assert Uri.parse(text).tel_number == number


def test_a_uri_is_made_from_plain_parts() -> None:
    uri = Uri.of(
        "a b@c",
        "2001:DB8::1",
        5070,
        parameters=(("transport", "tcp"),),
        headers=(("Replaces", "x@y;to-tag=1"),),
    )
    assert uri.text == "sip:a%20b%40c@[2001:db8::1]:5070;transport=tcp?Replaces=x%40y%3Bto-tag%3D1"
    assert Uri.parse(uri.text) == uri


def test_a_changed_uri_is_written_anew() -> None:
    uri = Uri.parse("sip:bob:pw@b.example:5060;lr")
    assert uri.with_(host="C.example", port=5070).text == "sip:bob:pw@c.example:5070;lr"
    assert uri.with_(parameters=()).text == "sip:bob:pw@b.example:5060"
    assert Uri.parse("tel:+1").with_(parameters=(("ext", "2"),)).text == "tel:+1;ext=2"
    assert Uri.parse("urn:a?b").without_headers().text == "urn:a?b"


@given(st.text(st.characters(max_codepoint=255)), st.sampled_from([USER_SAFE, PARAMETER_SAFE, HEADER_SAFE]))
def test_what_is_escaped_reads_back_the_same(text: str, safe: str) -> None:
    assert unescape(escape(text, safe)) == text


def test_a_character_beyond_latin_1_is_escaped_as_utf_8() -> None:
    assert escape("\u20ac", USER_SAFE) == "%E2%82%AC"


@given(st.text(st.characters(max_codepoint=255)))
def test_no_text_makes_the_reader_raise(text: str) -> None:
    for candidate in (text, "sip:" + text, "tel:" + text, "sip:a@" + text, "sip:a@b?" + text):
        uri = Uri.parse(candidate)
        assert equivalent(uri, uri)
        str(uri.without_headers().with_(user="x"))
        assert isinstance(uri.tel_number, str)


@given(
    st.text(st.characters(max_codepoint=255), min_size=1),
    st.from_regex(r"[a-z][a-z0-9]{0,8}\.example", fullmatch=True),
)
def test_a_made_uri_reads_back_with_the_same_user(user: str, host: str) -> None:
    uri = Uri.of(user, host)
    assert uri.defects == ()
    assert unescape(Uri.parse(uri.text).user or "") == user
    assert Uri.parse(uri.text).host == host
