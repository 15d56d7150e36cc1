"""Challenges answered and made (RFC 3261 section 22, RFC 7616, RFC 8760).

The digest is computed here once more by hand, from RFC 7616 section 3.4.1.
"""

import hashlib
import re

import pytest

from harness.protocol.authorization import Account, Challenger
from harness.protocol.transaction import ServerTransaction
from harness.wire.sip.message import Message
from tests.ends import Bench, Headers, calling, in_call, in_dialog, in_own_call, notify, reply, sdp

LAB = Account("lab", "secret")
GIVEN = {401: ("WWW-Authenticate", "authorization"), 407: ("Proxy-Authenticate", "proxy-authorization")}


def challenge(status: int, *algorithms: str, nonce: str = "n1", more: str = "") -> Headers:
    name = GIVEN[status][0]
    return [
        (name, f'Digest realm="field", nonce="{nonce}", algorithm={algorithm}, qop="auth"{more}')
        for algorithm in algorithms
    ]


def digest_is_right(credentials: str, method: str, algorithm: str) -> bool:
    """RFC 7616 section 3.4.1 with qop=auth, computed from the text of the header."""
    words: dict[str, str] = dict(re.findall(r'(\w+)="?([^",]+)"?', credentials.partition(" ")[2]))
    name = "sha256" if algorithm == "SHA-256" else "md5"

    def h(text: str) -> str:
        return hashlib.new(name, text.encode()).hexdigest()

    first = h(f"lab:{words['realm']}:secret")
    second = h(f"{method}:{words['uri']}")
    wanted = h(f"{first}:{words['nonce']}:{words['nc']}:{words['cnonce']}:{words['qop']}:{second}")
    return words["response"] == wanted and words["algorithm"] == algorithm


def given(message: Message, status: int) -> str:
    return message.first(GIVEN[status][1]) or ""


@pytest.mark.parametrize("status", [401, 407])
@pytest.mark.parametrize("algorithm", ["MD5", "SHA-256"])
def test_a_challenged_invite_is_acknowledged_and_repeated_with_credentials(
    status: int, algorithm: str
) -> None:
    """RFC 3261 section 8.1.3.5: same Call-ID, From and To; CSeq one higher; section 22.2, 22.3."""
    bench = Bench(account=LAB)
    leg = calling(bench)
    first = bench.last("INVITE")
    assert bench.receive(reply(first, status, extra=challenge(status, algorithm))) == ["ACK", "INVITE"]
    again = bench.last("INVITE")
    assert digest_is_right(given(again, status), "INVITE", algorithm)
    assert (again.call_id, again.from_tag, again.to_tag) == (first.call_id, first.from_tag, "")
    assert again.cseq_number == first.cseq_number + 1
    assert again.branch != first.branch
    assert (again.uri, again.body) == (first.uri, first.body)
    assert bench.receive(reply(again, 200, body=sdp())) == ["ACK"]
    ack = bench.last("ACK")
    assert ack.cseq_number == again.cseq_number
    assert given(ack, status) == given(again, status), "RFC 3261 section 13.2.2.4"
    assert leg.state == "up"
    assert [(event.kind, event.status) for event in leg.inbox] == [("final", 200)]


@pytest.mark.parametrize("status", [401, 407])
def test_a_challenged_refer_is_repeated_and_its_reports_belong_to_the_repetition(status: int) -> None:
    bench, leg = in_own_call(account=LAB)
    refer = leg.refer("<sip:x@192.0.2.30>")
    first = bench.last("REFER")
    assert bench.receive(reply(first, status, extra=challenge(status, "SHA-256"))) == ["REFER"]
    again = bench.last("REFER")
    assert digest_is_right(given(again, status), "REFER", "SHA-256")
    assert again.first("refer-to") == first.first("refer-to")
    assert (again.cseq_number, again.to_tag) == (first.cseq_number + 1, first.to_tag)
    bench.receive(reply(again, 202))
    final = leg.inbox[-1]
    assert (final.kind, final.status, final.transaction) == ("final", 202, refer)
    event = f"refer;id={again.cseq_number}"
    assert bench.receive(notify(leg, 1, "active;expires=60", 100, event=event)) == ["200 NOTIFY"]


@pytest.mark.parametrize(
    ("offered", "taken"),
    [(("SHA-256", "MD5"), "SHA-256"), (("MD5", "SHA-256"), "MD5"), (("FOO", "MD5"), "MD5")],
)
def test_the_topmost_challenge_that_can_be_answered_is(offered: tuple[str, ...], taken: str) -> None:
    """RFC 8760 section 2.4: the server lists its preference first."""
    bench = Bench(account=LAB)
    calling(bench)
    bench.receive(reply(bench.last("INVITE"), 401, extra=challenge(401, *offered)))
    assert digest_is_right(given(bench.last("INVITE"), 401), "INVITE", taken)


def test_a_stale_nonce_is_replaced_once_more() -> None:
    """RFC 7616 section 3.3: stale=true means the password was right."""
    bench = Bench(account=LAB)
    calling(bench)
    bench.receive(reply(bench.last("INVITE"), 401, extra=challenge(401, "MD5")))
    stale = challenge(401, "MD5", nonce="n2", more=", stale=true")
    assert bench.receive(reply(bench.last("INVITE"), 401, extra=stale)) == ["ACK", "INVITE"]
    assert 'nonce="n2"' in given(bench.last("INVITE"), 401)
    assert len(bench.last("INVITE").rows("authorization")) == 1


def test_rejected_credentials_are_not_sent_again() -> None:
    """RFC 3261 section 22.1."""
    bench = Bench(account=LAB)
    leg = calling(bench)
    bench.receive(reply(bench.last("INVITE"), 401, extra=challenge(401, "MD5")))
    assert bench.receive(reply(bench.last("INVITE"), 401, extra=challenge(401, "MD5", nonce="n2"))) == ["ACK"]
    assert leg.state == "ended"
    assert leg.inbox[-1].status == 401


def test_a_proxy_and_a_callee_may_both_ask() -> None:
    bench = Bench(account=LAB)
    calling(bench)
    bench.receive(reply(bench.last("INVITE"), 407, extra=challenge(407, "MD5")))
    assert bench.receive(reply(bench.last("INVITE"), 401, extra=challenge(401, "MD5"))) == ["ACK", "INVITE"]
    last = bench.last("INVITE")
    assert digest_is_right(given(last, 401), "INVITE", "MD5")
    assert digest_is_right(given(last, 407), "INVITE", "MD5")


def test_who_asks_for_ever_is_left() -> None:
    bench = Bench(account=LAB)
    leg = calling(bench)
    for number in range(10):
        stale = challenge(401, "MD5", nonce=f"n{number}", more=", stale=true")
        bench.receive(reply(bench.last("INVITE"), 401, extra=stale))
    assert len(bench.times_ms("INVITE")) == 3
    assert leg.state == "ended" and bench.host.idle()


@pytest.mark.parametrize(
    "asked",
    ["", "Basic realm=x", "Digest", 'Digest realm="x", nonce="y", algorithm=FOO', "Digest qop=auth-int"],
)
def test_a_challenge_that_cannot_be_answered_ends_the_request(asked: str) -> None:
    bench = Bench(account=LAB)
    leg = calling(bench)
    extra = [("WWW-Authenticate", asked)] if asked else []
    sent = bench.receive(reply(bench.last("INVITE"), 401, extra=extra))
    if asked != "Digest":  # what has neither realm nor nonce may be tried
        assert sent == ["ACK"] and leg.state == "ended"


def test_without_an_account_a_challenge_is_a_refusal() -> None:
    bench = Bench()
    leg = calling(bench)
    assert bench.receive(reply(bench.last("INVITE"), 401, extra=challenge(401, "MD5"))) == ["ACK"]
    assert leg.inbox[-1].status == 401


@pytest.mark.parametrize("method", ["BYE", "NOTIFY"])
def test_other_requests_in_the_call_are_repeated_too(method: str) -> None:
    bench, leg = in_own_call(account=LAB)
    leg.send(method)
    assert bench.receive(reply(bench.last(method), 401, extra=challenge(401, "SHA-256"))) == [method]
    assert digest_is_right(given(bench.last(method), 401), method, "SHA-256")


# The other side.


def challenged(status: int, password: str = "secret") -> tuple[Bench, Message, bool]:
    """A REFER that our challenger met, repeated by somebody with that password; whether it passed."""
    ours, leg = in_call()
    theirs, far = in_own_call(account=Account("lab", password))
    challenger = Challenger((("REFER", status),), "field", (LAB,))

    def meets(raw: bytes) -> bool:
        before = len(leg.inbox)
        ours.receive(raw)
        assert len(leg.inbox) == before + 1
        transaction = leg.inbox[-1].transaction
        assert isinstance(transaction, ServerTransaction)
        return challenger.admits(leg, transaction)

    assert not meets(in_dialog(leg, "REFER", 2))
    asked = ours.last(f"{status} REFER")
    far.refer("<sip:x@192.0.2.30>")
    rows = [(name, value) for name, value in asked.headers() if name.endswith("Authenticate")]
    theirs.receive(reply(theirs.last("REFER"), status, extra=rows))
    credentials = given(theirs.last("REFER"), status)
    # The far end answers for its own Request-URI; ours is put in its place in `in_dialog`.
    name = "Authorization" if status == 401 else "Proxy-Authorization"
    repeated = in_dialog(leg, "REFER", 3, extra=[(name, credentials)])
    repeated = repeated.replace(b"REFER sip:us@192.0.2.10:5060", b"REFER sip:far@192.0.2.20:5060", 1)
    return ours, asked, meets(repeated)


@pytest.mark.parametrize("status", [401, 407])
def test_a_request_passes_with_the_right_password_only(status: int) -> None:
    bench, asked, passed = challenged(status)
    assert passed
    algorithms = [re.findall("algorithm=([-A-Z0-9]+)", row)[0] for row in asked.rows(GIVEN[status][0])]
    assert algorithms == ["SHA-256", "MD5"], "RFC 8760: the preferred one first"
    assert bench.times_ms(f"{status} REFER") == [0]
    again, _, passed = challenged(status, "wrong")
    assert not passed
    assert len(again.times_ms(f"{status} REFER")) == 2


def test_credentials_for_another_uri_do_not_pass() -> None:
    """RFC 3261 section 22.4: the uri parameter names the Request-URI."""
    bench, leg = in_call()
    challenger = Challenger((("REFER", 401),), "field", (LAB,))
    extra = [("Authorization", 'Digest username="lab", realm="field", nonce="x", uri="sip:o", response="0"')]
    bench.receive(in_dialog(leg, "REFER", 2, extra=extra))
    transaction = leg.inbox[-1].transaction
    assert isinstance(transaction, ServerTransaction)
    assert not challenger.admits(leg, transaction)


def test_methods_that_are_not_listed_pass() -> None:
    bench, leg = in_call()
    bench.receive(in_dialog(leg, "REFER", 2))
    transaction = leg.inbox[-1].transaction
    assert isinstance(transaction, ServerTransaction)
    assert Challenger((("INVITE", 407),), "field", (LAB,)).admits(leg, transaction)
