"""Headers of transfers, after the examples of their RFCs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.wire.sip.headers import NameAddress
from harness.wire.sip.message import build_request, parse
from harness.wire.sip.transfer import (
    ReferredBy,
    Replaces,
    TargetDialog,
    refer_sub,
    refer_to,
    refer_to_text,
    referred_by,
    replaces_of,
)


def request(*headers: tuple[str, str]) -> bytes:
    """A REFER with these headers."""
    return build_request("REFER", "sip:a@b", headers)


@pytest.mark.parametrize(
    ("text", "replaces"),
    [
        (
            "<sip:dave@denver.example.org?Replaces=12345%40192.168.118.3%3Bto-tag%3D12345%3Bfrom-tag%3D5FFE-3994>",
            Replaces("12345@192.168.118.3", "12345", "5FFE-3994"),
        ),
        (
            "sip:carol@c.com?replaces=a%3Bfrom-tag%3D1%3Bto-tag%3D2%3Bearly-only",
            Replaces("a", "2", "1", True),
        ),
        ("<sip:carol@cleveland.example.org;method=SUBSCRIBE>", None),
    ],
)
def test_a_refer_to_may_carry_replaces(text: str, replaces: Replaces | None) -> None:
    """RFC 3515 section 2.1."""
    target = refer_to(parse(request(("Refer-To", text))))
    assert target is not None
    assert replaces_of(target.uri) == replaces


def test_the_first_of_several_refer_to_is_given() -> None:
    found = parse(request(("Refer-To", "<sip:a@b>, <sip:c@d>")))
    target = refer_to(found)
    assert target is not None and target.uri.user == "a"
    assert len(found.values("refer-to")) == 2
    assert refer_to(parse(request())) is None


def test_a_written_refer_to_reads_back() -> None:
    replaces = Replaces("a;b=c@d%40", "t1", "f1", early_only=True)
    text = refer_to_text("sip:x@y;lr?Replaces=old&Require=replaces", Replaces("a@b", "t", "f"), display="Bob")
    uri = NameAddress.parse(text).uri
    assert NameAddress.parse(text).display == "Bob"
    assert (replaces_of(uri), uri.header("require")) == (Replaces("a@b", "t", "f"), "replaces")
    assert refer_to_text("sip:x@y") == "<sip:x@y>"
    assert str(replaces).endswith(";to-tag=t1;from-tag=f1;early-only")


@pytest.mark.parametrize(
    ("text", "call_id", "to_tag", "from_tag", "codes"),
    [
        (
            "98732@sip.example.com\t;from-tag=r33th4x0r ;to-tag=ff87ff",
            "98732@sip.example.com",
            "ff87ff",
            "r33th4x0r",
            [],
        ),
        ("12adf2f34456gs5;to-tag=12345;from-tag=54321", "12adf2f34456gs5", "12345", "54321", []),
        ("87134@171.161.34.23;to-tag=24796;from-tag=0", "87134@171.161.34.23", "24796", "0", []),
        ("a;to-tag=1", "a", "1", "", ["replaces-tag"]),
        ("a;to-tag=1;to-tag=2;from-tag=3", "a", "1", "3", ["replaces-tag"]),
        (";to-tag=1;from-tag=2", "", "1", "2", ["replaces-call-id"]),
        ("", "", "", "", ["replaces-call-id", "replaces-tag", "replaces-tag"]),
    ],
)
def test_replaces_is_read(text: str, call_id: str, to_tag: str, from_tag: str, codes: list[str]) -> None:
    """RFC 3891 section 6.1."""
    found = Replaces.parse(text)
    assert (found.call_id, found.to_tag, found.from_tag, found.early_only) == (
        call_id,
        to_tag,
        from_tag,
        False,
    )
    assert [defect.code for defect in found.defects] == codes


def test_a_target_dialog_is_read_and_written() -> None:
    """RFC 4538 section 7."""
    text = "fa77as7dad8-sd98ajzz@host.example.com;local-tag=kkaz-;remote-tag=6544"
    found = TargetDialog.parse(text)
    assert (found.call_id, found.local_tag, found.remote_tag) == (
        "fa77as7dad8-sd98ajzz@host.example.com",
        "kkaz-",
        "6544",
    )
    assert str(found) == text
    assert [defect.code for defect in TargetDialog.parse("x;local-tag=1").defects] == ["replaces-tag"]


def test_a_referred_by_names_the_referrer_and_a_token() -> None:
    """RFC 3892 section 3."""
    found = parse(request(("b", 'sip:r@ref.example;cid="2UWQFN309shb3@ref.example"')))
    by = referred_by(found)
    assert by is not None
    assert (by.uri.text, by.cid) == ("sip:r@ref.example", "2UWQFN309shb3@ref.example")
    assert referred_by(parse(request())) is None
    assert str(ReferredBy.parse("<sip:a@b>")) == "<sip:a@b>"


@pytest.mark.parametrize(
    ("text", "wish"),
    [("true", True), ("False ;x", False), ("false", False), ("no", None), ("", None), (None, None)],
)
def test_refer_sub_is_true_false_or_unknown(text: str | None, wish: bool | None) -> None:
    """RFC 4488 section 4."""
    assert refer_sub(parse(request(*([("Refer-Sub", text)] if text is not None else [])))) is wish


@given(st.text(st.characters(max_codepoint=255)))
def test_no_text_makes_a_reader_raise(text: str) -> None:
    for candidate in (text, f"a;{text}", f"a;to-tag={text};from-tag={text}"):
        Replaces.parse(candidate)
        TargetDialog.parse(candidate)
        ReferredBy.parse(candidate)


_TOKENS = st.text("abcXYZ019-.!%*_+`'~", min_size=1)


@given(_TOKENS, _TOKENS, _TOKENS, st.booleans())
def test_any_replaces_survives_the_way_through_a_refer_to(
    call_id: str, to_tag: str, from_tag: str, early: bool
) -> None:
    replaces = Replaces(f"{call_id}@h", to_tag, from_tag, early)
    assert replaces_of(NameAddress.parse(refer_to_text("sip:a@b", replaces)).uri) == replaces
