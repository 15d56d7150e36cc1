"""The torture messages of RFC 4475, each with its exact list of defects.

Written anew from the RFC's descriptions: same structure and same trap, shorter where length is not
the trap. Must not live here: our own hostile messages (`test_message.py`).
"""

import pytest

from harness.wire.sip.headers import NameAddress, Via
from harness.wire.sip.message import Message, build_request, parse
from harness.wire.sip.transfer import refer_to
from harness.wire.sip.uri import Uri, equivalent, unescape


def sip(text: str, body: bytes = b"") -> Message:
    """A message written with LF here, sent with CRLF; text beyond ASCII is UTF-8."""
    return parse(text.lstrip("\n").replace("\n", "\r\n").encode() + body)


def codes(message: Message) -> list[str]:
    """Codes of all defects, in order."""
    return [defect.code for defect in message.defects]


WSINV = """
INVITE sip:vivekg@chair-dnrc.example.com;unknownparam SIP/2.0
TO :
 sip:vivekg@chair-dnrc.example.com ;   tag    = 1918181833n
from   : "J Rosenberg \\\\\\""       <sip:jdrosen@example.com>
  ;
  tag = 98asjd8
MaX-fOrWaRdS: 0068
Call-ID: wsinv.ndaksdj@192.0.2.1
Content-Length   : 3
cseq: 0009
  INVITE
Via  : SIP  /   2.0
 /UDP
    192.0.2.2;branch=390skdjuw
s :
NewFangledHeader:   newfangled value
 continued newfangled value
UnknownHeaderWithUnusualValue: ;;,,;;,;
Content-Type: application/sdp
Route:
 <sip:services.example.com;lr;unknownwith=value;unknown-no-value>
v:  SIP  / 2.0  / TCP     spindle.example.com   ;
  branch  =   z9hG4bK9ikj8  ,
 SIP  /    2.0   / UDP  192.168.255.111   ; branch=
 z9hG4bK30239
m:"Quoted string \\"\\"" <sip:jdrosen@example.com> ; newparam =
      newvalue ;
  secondparam ; q = 0.33

"""


def test_wsinv_a_short_tortuous_invite() -> None:
    """RFC 4475 section 3.1.1.1. Its top branch has no magic cookie, which is legal for an RFC 2543 peer."""
    found = sip(WSINV, b"v=0")
    assert codes(found) == ["branch-cookie"]
    assert (found.method, found.cseq_number, found.cseq_method) == ("INVITE", 9, "INVITE")
    assert (found.to_tag, found.from_tag, found.branch) == ("1918181833n", "98asjd8", "390skdjuw")
    assert found.from_.display == 'J Rosenberg \\"'
    vias = [Via.parse(text) for text in found.values("via")]
    assert [(via.transport, via.host, via.branch) for via in vias] == [
        ("UDP", "192.0.2.2", "390skdjuw"),
        ("TCP", "spindle.example.com", "z9hG4bK9ikj8"),
        ("UDP", "192.168.255.111", "z9hG4bK30239"),
    ]
    assert (found.first("subject"), found.body) == ("", b"v=0")
    assert found.first("newfangledheader") == "newfangled value continued newfangled value"
    contact = found.contact
    assert contact is not None
    assert (contact.display, contact.parameter("newparam"), contact.parameter("q")) == (
        'Quoted string ""',
        "newvalue",
        "0.33",
    )


def test_intmeth_wide_range_of_valid_characters() -> None:
    """RFC 4475 section 3.1.1.2."""
    password = "&it+has=1,weird!*pas$wo~d_too.(doesn't-it)"
    uri = f"sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:{password}@example.com"
    method = "!interesting-Method0123456789_*+`.%indeed'~"
    found = sip(f"""
{method} {uri} SIP/2.0
Via: SIP/2.0/TCP host1.example.com;branch=z9hG4bK-.!%66*_+`'~
To: "BEL:\\\x07 NUL:\\\x00 DEL:\\\x7f" <{uri}>
From: token1~` token2'+_ token3*%!.- <sip:mundane@example.com>
 ;fromParam''~+*_!.-%="работающий";tag=_token~1'+`*%!-.
Call-ID: intmeth.word%ZK-!.*_+'@word`~)(><:\\/"][?}}{{
CSeq: 139122385 {method}
Max-Forwards: 255
extensionHeader-!.%*+_`'~:大停電
Content-Length: 0

""")
    assert codes(found) == []
    assert (found.method, found.cseq_number, found.from_tag) == (method, 139122385, "_token~1'+`*%!-.")
    assert found.from_.parameter("fromParam''~+*_!.-%") == "работающий".encode().decode("latin-1")
    read = Uri.parse(found.uri)
    assert (read.host, read.password) == ("example.com", password)


def test_esc01_escapes_mean_the_same_as_the_characters() -> None:
    """RFC 4475 section 3.1.1.3."""
    found = sip(
        """
INVITE sip:sips%3Auser%40example.com@example.net SIP/2.0
To: sip:%75se%72@example.com
From: <sip:I%20have%20spaces@example.net>;tag=938
Max-Forwards: 87
i: esc01.239409asdfakjkn23onasd0-3234
CSeq: 234234 INVITE
Via: SIP/2.0/UDP host5.example.net;branch=z9hG4bKkdjuw
C: application/sdp
Contact: <sip:cal%6Cer@host5.example.net;%6C%72;n%61me=v%61lue%25%34%31>
Content-Length: 3

""",
        b"v=0",
    )
    assert codes(found) == []
    assert unescape(Uri.parse(found.uri).user or "") == "sips:user@example.com"
    assert equivalent(found.to.uri, Uri.parse("sip:user@example.com"))
    assert found.contact is not None
    assert unescape(found.contact.uri.user or "") == "caller"


def test_escnull_an_escaped_nul_is_a_character_like_others() -> None:
    """RFC 4475 section 3.1.1.4."""
    found = sip("""
REGISTER sip:example.com SIP/2.0
To: sip:null-%00-null@example.com
From: sip:null-%00-null@example.com;tag=839923423
Max-Forwards: 70
Call-ID: escnull.39203ndfvkjdasfkq3w4otrq0adsfdfnavd
CSeq: 14398234 REGISTER
Via: SIP/2.0/UDP host5.example.com;branch=z9hG4bKkdjuw
Contact: <sip:%00@host5.example.com>
Contact: <sip:%00%00@host5.example.com>
L:0

""")
    assert codes(found) == []
    one, two = [NameAddress.parse(text).uri for text in found.values("contact")]
    assert not equivalent(one, two)


def test_esc02_a_percent_sign_outside_uris_is_no_escape() -> None:
    """RFC 4475 section 3.1.1.5."""
    found = sip("""
RE%47IST%45R sip:registrar.example.com SIP/2.0
To: "%Z%45" <sip:resource@example.com>
From: "%Z%45" <sip:resource@example.com>;tag=f232jadfj23
Call-ID: esc02.asdfnqwo34rq23i34jrjasdcnl23nrlknsdf
Via: SIP/2.0/TCP host.example.com;branch=z9hG4bK209%fzsnel234
CSeq: 29344 RE%47IST%45R
Max-Forwards: 70
Contact: <sip:alias1@host1.example.com>
C%6Fntact: <sip:alias2@host2.example.com>
l: 0

""")
    assert codes(found) == []
    assert (found.method, found.to.display, len(found.values("contact"))) == ("RE%47IST%45R", "%Z%45", 1)


def test_lwsdisp_no_space_before_the_bracket() -> None:
    """RFC 4475 section 3.1.1.6."""
    assert (
        sip(
            "OPTIONS sip:u@example.com SIP/2.0\nFrom: caller<sip:caller@example.com>;tag=323\n\n"
        ).from_.display
        == "caller"
    )


def test_longreq_long_values_pass() -> None:
    """RFC 4475 section 3.1.1.7."""
    long = "really" * 500
    found = parse(
        build_request(
            "INVITE",
            f"sip:{long}@example.com",
            [
                ("Via", f"SIP/2.0/TCP {long}.example.com;branch=z9hG4bK{long}"),
                ("Max-Forwards", "70"),
                ("Call-ID", long),
                ("CSeq", "1 INVITE"),
                ("To", f'"I have a user name of {long} proportion" <sip:{long}@example.com:6000;x={long}>'),
                ("From", f"<sip:a@b>;tag={long}"),
            ],
        )
    )
    assert codes(found) == []
    assert (found.branch, found.from_tag, found.call_id) == (f"z9hG4bK{long}", long, long)
    assert found.to.uri.port == 6000


def test_dblreq_octets_after_the_message_are_not_part_of_it() -> None:
    """RFC 4475 section 3.1.1.8."""
    second = b"INVITE sip:joe@example.com SIP/2.0\r\nContent-Length: 0\r\n\r\n"
    found = parse(build_request("REGISTER", "sip:example.com", []) + second)
    assert (found.method, found.body) == ("REGISTER", b"")
    assert codes(found)[0] == "extra-octets"


def test_semiuri_semicolons_in_the_user_part() -> None:
    """RFC 4475 section 3.1.1.9."""
    uri = Uri.parse("sip:user;par=u%40example.net@example.com")
    assert (uri.user, uri.host, uri.parameters, uri.defects) == (
        "user;par=u%40example.net",
        "example.com",
        (),
        (),
    )


def test_transports_known_and_unknown() -> None:
    """RFC 4475 section 3.1.1.10."""
    rows = [
        f"SIP/2.0/{name} t.example.com;branch=z9hG4bK{name}"
        for name in ("UDP", "SCTP", "TLS", "UNKNOWN", "TCP")
    ]
    found = parse(build_request("OPTIONS", "sip:user@example.com", [("Via", row) for row in rows]))
    assert [Via.parse(text).transport for text in found.values("via")] == [
        "UDP",
        "SCTP",
        "TLS",
        "UNKNOWN",
        "TCP",
    ]


def test_mpart01_a_binary_multipart_body_is_kept() -> None:
    """RFC 4475 section 3.1.1.11."""
    body = b"--7a9\r\nContent-Type: text/plain\r\n\r\nHello\r\n--7a9\r\n\r\n0\x82\x01\x00\r\n\r\n--7a9--"
    found = parse(
        build_request("MESSAGE", "sip:a@b", [("Content-Type", "multipart/mixed;boundary=7a9")], body)
    )
    assert (found.body, found.framing_defects, found.content_type) == (body, (), "multipart/mixed")


@pytest.mark.parametrize("reason", ["= 2**3 * 5**2 но сто девяносто девять - простое", ""])
def test_unreason_and_noreason_any_reason_phrase(reason: str) -> None:
    """RFC 4475 sections 3.1.1.12 and 3.1.1.13."""
    found = sip(f"SIP/2.0 200 {reason}\nContent-Length: 0\n\n")
    assert (found.status, found.framing_defects) == (200, ())
    assert found.reason.encode("latin-1").decode() == reason


ROWS = {
    "Via": "SIP/2.0/UDP 192.0.2.15;branch=z9hG4bKkdjuw",
    "To": "sip:j.user@example.com",
    "From": "sip:caller@example.net;tag=134161461246",
    "Max-Forwards": "7",
    "Call-ID": "torture.0ha0isndaksdjasdf3234nas",
    "CSeq": "8 INVITE",
}


def torture(
    start: str = "INVITE sip:user@example.com SIP/2.0", body: bytes = b"", **changes: str | None
) -> list[str]:
    """Codes of the defects of a clean INVITE with these changes (`Content_Length` for Content-Length)."""
    rows = {**ROWS, **{name.replace("_", "-"): text for name, text in changes.items()}}
    head = "".join(f"{name}: {text}\r\n" for name, text in rows.items() if text is not None)
    return codes(parse(f"{start}\r\n{head}\r\n".encode() + body))


def test_the_message_that_the_invalid_ones_are_made_from_is_clean() -> None:
    assert torture() == []


@pytest.mark.parametrize(
    ("name", "found", "expected"),
    [
        (
            "badinv01 3.1.2.1",
            torture(Via="SIP/2.0/UDP 192.0.2.15;;,;,,", Contact='"Joe" <sip:joe@example.org>;;;;'),
            ["via-parameter", "branch-cookie", "via"],
        ),
        ("clerr 3.1.2.2", torture(Content_Length="9999", Content_Type="a/b", body=b"v=0"), ["body-short"]),
        ("ncl 3.1.2.3", torture(Content_Length="-999", Content_Type="a/b", body=b"v=0"), ["content-length"]),
        (
            "scalar02 3.1.2.4",
            torture(
                "REGISTER sip:example.com SIP/2.0",
                CSeq="36893488147419103232 REGISTER",
                Max_Forwards="300",
                Expires="10000000000000000000",
                Contact="<sip:user@host129.example.com>;expires=280297596632815",
            ),
            ["cseq", "number", "number", "number"],
        ),
        (
            "scalarlg 3.1.2.5",
            torture(
                "SIP/2.0 503 Service Unavailable",
                CSeq="9292394834772304023312 OPTIONS",
                Retry_After="949302838503028349304023988",
            ),
            ["cseq", "number"],
        ),
        ("quotbal 3.1.2.6", torture(To='"Mr. J. User <sip:j.user@example.com>'), ["quote"]),
        ("ltgtruri 3.1.2.7", torture("INVITE <sip:user@example.com> SIP/2.0"), ["request-uri-brackets"]),
        (
            "lwsruri 3.1.2.8",
            torture("INVITE sip:user@example.com; lr SIP/2.0"),
            ["request-line-space", "uri-space"],
        ),
        ("lwsstart 3.1.2.9", torture("INVITE  sip:user@example.com  SIP/2.0"), ["request-line-space"]),
        ("trws 3.1.2.10", torture("INVITE sip:user@example.com SIP/2.0  "), ["start-line-space"]),
        (
            "escruri 3.1.2.11",
            torture("INVITE sip:user@example.com?Route=%3Csip:example.com%3E SIP/2.0"),
            ["request-uri-headers"],
        ),
        ("baddate 3.1.2.12", torture(Date="Fri, 01 Jan 2010 16:00:00 EST"), ["date"]),
        (
            "regbadct 3.1.2.13",
            torture(Contact="sip:user@example.com?Route=%3Csip:sip.example.com%3E"),
            ["brackets-missing"],
        ),
        ("badaspec 3.1.2.14", torture(To='"Watson, Thomas" < sip:t.watson@example.org >'), ["uri-space"]),
        (
            "baddn 3.1.2.15",
            torture(From="Bell, Alexander <sip:a.g.bell@example.com>;tag=43"),
            ["display-name"],
        ),
        ("badvers 3.1.2.16", torture("INVITE sip:t.watson@example.org SIP/7.0"), ["version"]),
        ("mismatch01 3.1.2.17", torture("OPTIONS sip:user@example.com SIP/2.0"), ["cseq-method"]),
        ("mismatch02 3.1.2.18", torture("NEWMETHOD sip:user@example.com SIP/2.0"), ["cseq-method"]),
        ("bigcode 3.1.2.19", torture("SIP/2.0 4294967301 better not break the receiver"), ["status-code"]),
        ("badbranch 3.2.1", torture(Via="SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK"), ["branch"]),
        ("insuf 3.3.1", torture(To=None, From=None, Call_ID=None), ["header-missing"] * 3),
        (
            "unkscm 3.3.2",
            torture("OPTIONS nobodyKnowsThisScheme:totallyopaquecontent SIP/2.0", CSeq="8 OPTIONS"),
            [],
        ),
        ("novelsc 3.3.3", torture("OPTIONS soap.beep://192.0.2.103:3002 SIP/2.0", CSeq="8 OPTIONS"), []),
        ("unksm2 3.3.4", torture(To="isbn:2983792873", From="<http://www.example.com>;tag=323"), []),
        ("bext01 3.3.5", torture(Require="nothingSupportsThis, nothingSupportsThisEither"), []),
        ("invut 3.3.6", torture(Content_Type="application/unknownformat", body=b"<audio>"), []),
        ("multi01 3.3.8", torture(f="<sip:a@b>;tag=9", cseq="9 INVITE", i="other"), ["header-repeated"] * 3),
        (
            "mcl01 3.3.9",
            torture(Content_Length="3", L="99", Content_Type="a/b", body=b"v=0"),
            ["content-length-repeated"],
        ),
        (
            "bcast 3.3.10",
            torture(
                "SIP/2.0 200 OK",
                Via="SIP/2.0/UDP 192.0.2.198;branch=z9hG4bK13, SIP/2.0/UDP 255.255.255.255;branch=z9hG4bK1",
            ),
            [],
        ),
        ("zeromf 3.3.11", torture(Max_Forwards="0"), []),
        (
            "inv2543 3.4.1",
            torture(
                Via="SIP/2.0/UDP 192.0.2.15", Max_Forwards=None, From="sip:caller@example.net", To="<sip:a@b>"
            ),
            ["max-forwards-missing", "branch-cookie", "from-tag-missing"],
        ),
    ],
)
def test_the_other_torture_messages_have_exactly_these_defects(
    name: str, found: list[str], expected: list[str]
) -> None:
    assert found == expected, name


def test_cparam01_and_02_unknown_parameters_of_contact() -> None:
    """RFC 4475 sections 3.3.12 and 3.3.13."""
    outside = NameAddress.parse("sip:+19725552222@gw1.example.net;unknownparam")
    inside = NameAddress.parse("<sip:+19725552222@gw1.example.net;unknownparam>")
    assert (outside.parameter("unknownparam"), outside.uri.parameters) == ("", ())
    assert (inside.parameters, inside.uri.parameter("unknownparam")) == ((), "")


def test_regescrt_an_escaped_route_in_a_contact() -> None:
    """RFC 4475 section 3.3.14."""
    found = NameAddress.parse("<sip:user@example.com?Route=%3Csip:sip.example.com%3E>")
    assert (found.uri.header("route"), found.defects) == ("<sip:sip.example.com>", ())


def test_a_refer_to_with_everything_escaped() -> None:
    """In the manner of RFC 4475, for transfers."""
    target = refer_to(
        sip(
            'REFER sip:a@b SIP/2.0\nr:\n "a;,<>?" '
            "<sip:%61@b:5070;x=%3f?Repl%61ces=1%3Bto-tag=2&a=%26>\n ;y\n\n"
        )
    )
    assert target is not None
    assert (target.display, target.uri.user, target.uri.port, target.parameter("y")) == (
        "a;,<>?",
        "%61",
        5070,
        "",
    )
    assert target.uri.headers == (("Replaces", "1;to-tag=2"), ("a", "&"))
