"""Rules on challenges and who may refer: one failing example for each, and where they must stay silent."""

from dataclasses import replace

import pytest

from harness.base.endpoint import Endpoint
from harness.base.instant import MS
from harness.trace.entries import Trace
from tests.judge.rules.example import Example, check, clean, exactly, findings, outside
from tests.ladders import AGENT, CARRIER, drop, edit, find, insert, with_entries

CHALLENGE = 'Proxy-Authenticate: Digest realm="carrier", nonce="n1", algorithm=MD5, qop="auth"\r\n'
ANSWER = (
    'Proxy-Authorization: Digest username="agent", realm="carrier", nonce="n1", uri="sip:x", '
    'response="00", qop=auth, nc=00000001, cnonce="c"\r\n'
)


def challenged(challenge: str = CHALLENGE, answer: str = ANSWER, sent: str = "") -> Trace:
    """The REFER (with `sent`) is challenged, and repeated with `answer`."""
    trace = clean()
    number = find(trace, "REFER")
    texts = [trace.messages()[n].raw.decode("latin-1") for n in (number - 1, number)]
    texts = [text.replace("-ladder-", "-first-") for text in texts]
    texts[0] = texts[0].replace("Refer-To", f"{sent}Refer-To")
    texts[1] = texts[1].replace("200 OK", "407 Proxy Authentication Required")
    texts[1] = texts[1].replace("Content-Length", f"{challenge}Content-Length")
    made = insert(trace, number - 1, texts[0], source=AGENT, destination=CARRIER, delay_ns=MS // 4)
    made = insert(made, number, texts[1], source=CARRIER, destination=AGENT, delay_ns=MS // 4)
    made = with_entries(
        made,
        [
            e
            if e.n in (number, number + 1) or e.n < number
            else replace(e, sent_ns=e.at_ns + 10 * MS, received_ns=(e.received_ns or 0) + 10 * MS)
            for e in made.messages()
        ],
    )
    made = edit(made, find(made, "REFER", 2), "Refer-To", f"{answer}Refer-To")
    for what, old in (("REFER", 2), ("200 REFER", 2), ("BYE", 3), ("200 BYE", 3)):
        name = what.rpartition(" ")[2]
        nth = 2 if what == "REFER" else 1
        made = edit(made, find(made, what, nth), f"CSeq: {old} {name}", f"CSeq: {old + 1} {name}")
    return made


def cancel_challenged() -> Trace:
    """The human's phone challenges the CANCEL."""
    trace = clean(target_status=None)
    return edit(
        trace,
        find(trace, "200 CANCEL"),
        "SIP/2.0 200 OK\r\n",
        'SIP/2.0 401 Unauthorized\r\nWWW-Authenticate: Digest realm="x", nonce="n", qop="auth"\r\n',
    )


def from_elsewhere() -> Trace:
    """The REFER comes from a third address, with the tags of the call."""
    trace = clean()
    number = find(trace, "REFER")
    stranger = Endpoint("198.51.100.66", 5060)
    items = [
        replace(e, source=stranger)
        if e.n == number
        else replace(e, destination=stranger)
        if e.n == number + 1
        else e
        for e in trace.messages()
    ]
    return with_entries(trace, items)


NO_QOP = CHALLENGE.replace(', qop="auth"', "")

EXAMPLES = [
    Example(
        "RFC3261-8.1.3.5-1", "the REFER is repeated without credentials", lambda: challenged(answer=""),
        who="agent",
    ),
    Example("RFC3261-22.1-1", "the CANCEL is challenged", cancel_challenged, who="human"),
    Example(
        "RFC8760-2.6-1",
        "the challenge has no qop",
        lambda: challenged(NO_QOP),
        profile="modern",
        also=("RFC7647-3-1",),
    ),
]  # fmt: skip

PRACTICES = [
    Example("challenge-carries-qop", "the challenge has no qop", lambda: challenged(NO_QOP)),
    Example(
        "refer-from-other-source-accepted",
        "the REFER comes from a third address",
        from_elsewhere,
    ),
    Example(
        "unauthenticated-refer-accepted",
        "a REFER out of nothing is accepted",
        lambda: outside(""),
        verdict="info",
    ),
]


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_an_edit_trips_exactly_its_rules(example: Example) -> None:
    check(example)


@pytest.mark.parametrize("example", PRACTICES, ids=str)
def test_an_edit_shows_a_practice(example: Example) -> None:
    exactly(example)


def test_a_challenge_that_is_answered_well_trips_no_rule() -> None:
    assert not findings(challenged())


@pytest.mark.parametrize(
    ("challenge", "answer", "sent", "text"),
    [
        ('Proxy-Authenticate: Basic realm="carrier"\r\n', ANSWER, "", "Basic"),
        (CHALLENGE, ANSWER, ANSWER, "had been rejected"),
    ],
)
def test_basic_and_rejected_credentials_are_found(challenge: str, answer: str, sent: str, text: str) -> None:
    (finding,) = findings(challenged(challenge, answer, sent), "RFC3261-22.1-1")
    assert text in finding.text


def test_credentials_without_the_offered_qop_are_found() -> None:
    answer = ANSWER.replace(', qop=auth, nc=00000001, cnonce="c"', "")
    (finding,) = findings(challenged(answer=answer), "RFC8760-2.6-1", profile="modern")
    assert (finding.who, finding.verdict) == ("agent", "fail")


def test_a_referrer_that_gives_up_is_not_judged_by_its_answer() -> None:
    trace = clean(refer_status=407)
    trace = edit(trace, find(trace, "407 REFER"), "Content-Length", f"{CHALLENGE}Content-Length")
    assert not findings(trace, "RFC3261-8.1.3.5-1")


def test_an_outside_refer_is_held_against_who_challenges_others() -> None:
    trace = outside("")
    number = find(trace, "REFER")
    text = trace.messages()[number - 1].raw.decode("latin-1").replace("-ladder-", "-other-")
    reply = trace.messages()[number].raw.decode("latin-1").replace("-ladder-", "-other-")
    reply = reply.replace("200 OK", "407 Proxy Authentication Required")
    reply = reply.replace("Content-Length", f"{CHALLENGE}Content-Length")
    more = [t.replace("CSeq: 2", "CSeq: 1") for t in (text, reply)]
    trace = insert(trace, number - 1, more[0], source=AGENT, destination=CARRIER, delay_ns=MS // 4)
    trace = insert(trace, number, more[1], source=CARRIER, destination=AGENT, delay_ns=MS // 4)
    (finding,) = findings(trace, "unauthenticated-refer-accepted")
    assert finding.verdict == "fail"


def test_a_named_call_or_credentials_are_enough() -> None:
    assert not findings(outside(), "unauthenticated-refer-accepted")
    assert not findings(outside(ANSWER), "unauthenticated-refer-accepted")


def test_a_refer_that_is_refused_may_come_from_anywhere() -> None:
    trace = from_elsewhere()
    trace = edit(trace, find(trace, "200 REFER"), "SIP/2.0 200 OK", "SIP/2.0 403 Forbidden")
    trace = drop(trace, *(e.n for e in trace.messages() if e.message.method == "NOTIFY"))
    assert not findings(trace, "refer-from-other-source-accepted")
