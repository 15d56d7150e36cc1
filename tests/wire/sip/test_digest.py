"""Digest authentication: the known answers of RFC 2617 section 3.5 and RFC 7616 section 3.9."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.wire.sip.digest import ALGORITHMS, Challenge, Credentials, answer, choose, hashed, verify
from harness.wire.sip.message import build_response, parse

RFC_7616 = (
    'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm={}, '
    'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", '
    'opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
)
CNONCE = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
RFC_2617 = (
    'Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", '
    'opaque="5ccc069c403ebaf9f0171e9517f40e41"'
)


@pytest.mark.parametrize(
    ("challenge", "password", "cnonce", "response"),
    [
        (RFC_2617, "Circle Of Life", "0a4f113b", "6629fae49393a05397450978507c4ef1"),
        (RFC_7616.format("MD5"), "Circle of Life", CNONCE, "8ca523f5e9506fed4657c9700eebdbec"),
        (
            RFC_7616.format("SHA-256"),
            "Circle of Life",
            CNONCE,
            "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
        ),
    ],
)
def test_known_answers(challenge: str, password: str, cnonce: str, response: str) -> None:
    read = Challenge.parse(challenge)
    text = answer(read, "GET", "/dir/index.html", "Mufasa", password, cnonce, 1)
    given_back = Credentials.parse(text)
    assert given_back.response == response
    assert (given_back.nonce_count, given_back.qop, given_back.cnonce) == (1, "auth", cnonce)
    assert (given_back.uri, given_back.opaque) == ("/dir/index.html", read.opaque)
    assert verify(text, "GET", user="Mufasa", password=password, realm=read.realm, nonce=read.nonce)
    assert not verify(text, "PUT", user="Mufasa", password=password, realm=read.realm, nonce=read.nonce)


def test_sha_512_256_is_the_one_of_fips_180_4() -> None:
    """RFC 7616 section 3.9.2 printed SHA-512 cut short; erratum 4897 has this user name hash."""
    user = "J\xe4s\xf8n Doe".encode().decode("latin-1")
    expected = "793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b"
    assert hashed("SHA-512-256", f"{user}:api@example.org") == expected


def test_a_challenge_without_qop_is_answered_the_old_way() -> None:
    """RFC 2617 section 3.2.2.1 for RFC 2069 peers: MD5(HA1:nonce:HA2);
    the answer is that of RFC 2069's erratum 749.
    """
    challenge = 'Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"'
    text = answer(Challenge.parse(challenge), "GET", "/dir/index.html", "Mufasa", "CircleOfLife", "unused")
    assert Credentials.parse(text).response == "1949323746fe6a43ef61f9606e7febea"
    assert "cnonce" not in text and "qop" not in text


def test_a_written_challenge_reads_back() -> None:
    challenge = Challenge("Digest", 'a "realm"', "n", "SHA-256", ("auth",), "o", stale=True)
    assert replace(Challenge.parse(str(challenge)), parameters=()) == challenge
    bare = Challenge("Digest", "r", "n")
    assert replace(Challenge.parse(str(bare)), parameters=()) == bare


def test_a_challenge_keeps_its_commas_in_a_message() -> None:
    """RFC 3261 section 7.3.1: these headers are not lists."""
    rows = [("WWW-Authenticate", RFC_7616.format("SHA-256")), ("WWW-Authenticate", RFC_7616.format("MD5"))]
    found = parse(build_response(401, "Unauthorized", rows)).rows("www-authenticate")
    assert [Challenge.parse(row).algorithm for row in found] == ["SHA-256", "MD5"]


def test_the_topmost_answerable_challenge_is_chosen() -> None:
    """RFC 8760 section 2.4."""
    wanted = Challenge.parse(RFC_7616.format("SHA-512-256"))
    others = [Challenge.parse("Basic realm=x"), Challenge.parse("Digest algorithm=WHIRLPOOL"), wanted]
    assert choose([*others, Challenge.parse(RFC_2617)]) == wanted
    assert choose([Challenge.parse('Digest qop="auth-int"'), Challenge.parse("")]) is None


@pytest.mark.parametrize("algorithm", [*ALGORITHMS, "MD5-sess", "SHA-256-sess", "md5"])
def test_what_is_answered_verifies(algorithm: str) -> None:
    challenge = Challenge("Digest", "r", "n", algorithm, ("auth",))
    text = answer(challenge, "REFER", "sip:a@b", "J\xf6rg \u20ac", "p:w", "c", 0xABC)
    wire = parse(build_response(200, "OK", [("Authorization", text)])).first("authorization") or ""
    assert verify(wire, "REFER", user="J\xf6rg \u20ac", password="p:w", realm="r", nonce="n")
    for changed in ({"password": "x"}, {"user": "x"}, {"realm": "x"}, {"nonce": "x"}):
        facts = {"user": "J\xf6rg \u20ac", "password": "p:w", "realm": "r", "nonce": "n", **changed}
        assert not verify(wire, "REFER", **facts)


@pytest.mark.parametrize(
    "text", ["", "Basic x", 'Digest username="u", realm="r", nonce="n", qop=auth-int', "Digest"]
)
def test_what_proves_nothing_does_not_verify(text: str) -> None:
    assert not verify(text, "REFER", user="u", password="p", realm="r", nonce="n")


@given(st.text(st.characters(max_codepoint=255)))
def test_no_text_makes_the_reader_raise(text: str) -> None:
    for candidate in (
        text,
        "Digest " + text,
        f'Digest username="u", realm="r", nonce="n", response="{text}"',
    ):
        Challenge.parse(candidate)
        assert not verify(candidate, "REFER", user="u", password="p", realm="r", nonce="n")
