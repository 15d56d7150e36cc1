"""Messages written by hand: what a template sees of a call, and what is added to the text."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.actors.raw import LegView, PartyView, composed, written
from harness.base.endpoint import Endpoint
from harness.base.entropy import Stream
from harness.protocol.host import Host
from harness.protocol.leg import Leg
from harness.protocol.stack import Identity
from harness.scenario.rendering import CALL_WORDS, TemplateFailed
from harness.scenario.steps import SendRaw
from harness.wire.sip.message import parse
from tests.long_form import plan_of, played


def leg() -> Leg:
    host = Host(Identity("agent", Endpoint("192.0.2.10", 5060), "a"), Stream(1, "host"))
    made = host.prepare("sip:b@192.0.2.11", destination=Endpoint("192.0.2.11", 5060))
    made.dialog.remote_tag = "there"
    made.dialog.remote = "<sip:b@192.0.2.11>;tag=there"
    return made


def step(text: str, *, exact: bool = False) -> SendRaw:
    return SendRaw(number=1, line=1, column=1, who="agent", call="main", text=text, exact=exact)


REFER = 'REFER {{ main.remote_target }} SIP/2.0\n{{ main.headers(cseq="next") }}\nRefer-To: <sip:x@y>\n'


def test_a_request_in_the_dialog_has_what_makes_it_valid() -> None:
    known = leg()
    message = parse(written(step(REFER), {"main": known}, {}))
    assert message.defects == ()
    assert (message.method, message.uri) == ("REFER", "sip:b@192.0.2.11")
    assert (message.cseq_number, message.cseq_method) == (1, "REFER")
    assert (message.from_tag, message.to_tag) == (known.dialog.local_tag, "there")
    assert message.call_id == known.dialog.call_id
    assert message.branch.startswith("z9hG4bK")
    assert message.first("max-forwards") == "70"
    assert message.first("content-length") == "0"
    assert message.contact_uri


def test_next_counts_on_and_same_does_not() -> None:
    known = leg()
    numbers = [
        parse(written(step(REFER.replace('"next"', said)), {"main": known}, {})).cseq_number
        for said in ('"next"', '"next"', '"same"', "77", '"next"')
    ]
    assert numbers == [1, 2, 2, 77, 3]


def test_a_branch_is_new_the_same_or_as_it_is_written() -> None:
    view = LegView(leg(), "INFO")
    branches = [
        re.search(r"branch=(\w+)", view.headers(branch=said)) for said in ("new", "same", "new", "mine")
    ]
    first, same, new, own = (found[1] for found in branches if found)
    assert first == same != new
    assert own == "mine"


def test_a_view_has_every_word_of_templates() -> None:
    view = LegView(leg(), "INFO")
    assert all(hasattr(view, word) for word in CALL_WORDS)
    assert view.local_uri == "sip:a@192.0.2.10:5060"
    assert (view.remote_uri, view.remote_tag, view.cseq) == ("sip:b@192.0.2.11", "there", 0)


def test_a_party_is_named_by_number_and_uri() -> None:
    text = "INFO {{ human.uri }} {{ human.number }} {{ human.name }}"
    data = written(step(text, exact=True), {}, {"human": PartyView("human", "+1", "sip:+1@x")})
    assert data == b"INFO sip:+1@x +1 human"


def test_exactly_means_every_line_end_and_every_byte_after_the_last() -> None:
    text = "A\r\nB: {{ human.number }}\rC: d\n\x1c\x1d\r\r\n{% if 1 %}\r\n{% endif %}{{ \r\n'e\r' }} \n\r\n\n"
    data = written(step(text, exact=True), {}, {"human": PartyView("human", "+1", "sip:+1@x")})
    assert data == b"A\r\nB: +1\rC: d\n\x1c\x1d\r\r\n\r\ne\r \n\r\n\n"


@given(st.text(alphabet="\r\n\x1c\x1d ab", max_size=40))
def test_exactly_means_whatever_the_text_is(text: str) -> None:
    assert written(step(text, exact=True), {}, {}) == text.encode()


def test_what_stands_in_quotes_in_a_file_goes_out_as_it_stands() -> None:
    text = r"INFO sip:a@b SIP/2.0\r\nX-Bare: c\rX-LF: d\n{{ main.headers() }}\r\n\r\nbody\r\n \n"
    plan = plan_of(f'send_raw: {{as: agent, in: main, exact: true, deliberate: true, text: "{text}"}}')
    (sent,) = {entry.raw for entry in played(plan).messages() if entry.raw.startswith(b"INFO")}
    assert sent.startswith(b"INFO sip:a@b SIP/2.0\r\nX-Bare: c\rX-LF: d\nVia: ")
    assert re.search(rb"\r\nContact: [^\r\n]+\r\n\r\nbody\r\n \n$", sent)


def test_the_headers_of_an_exact_message_end_in_crlf() -> None:
    text = "INFO {{ main.remote_target }} SIP/2.0\r\n{{ main.headers() }}\r\nContent-Length: 0\r\n\r\n"
    data = written(step(text, exact=True), {"main": leg()}, {})
    assert parse(data).defects == ()
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", data)


@pytest.mark.parametrize(
    ("text", "exact", "wanted"),
    [
        ("A\nB: c\n", False, b"A\r\nB: c\r\nContent-Length: 0\r\n\r\n"),
        ("A\nB: c\n\nbody\n", False, b"A\r\nB: c\r\nContent-Length: 6\r\n\r\nbody\r\n"),
        ("A\r\nB: c\n\nbo", False, b"A\r\nB: c\r\nContent-Length: 2\r\n\r\nbo"),
        ("A\ncontent-LENGTH : 99\n\nbo", False, b"A\r\ncontent-LENGTH : 99\r\n\r\nbo"),
        ("A\nl: 5\n", False, b"A\r\nl: 5\r\n\r\n"),
        ("A\nB: c\n\nbody\n", True, b"A\nB: c\n\nbody\n"),
        ("", False, b"\r\nContent-Length: 0\r\n\r\n"),
        ("A: \u00e9\n", True, b"A: \xc3\xa9\n"),
    ],
)
def test_line_ends_become_crlf_and_a_length_is_added_unless_exact(
    text: str, exact: bool, wanted: bytes
) -> None:
    assert composed(text, exact=exact) == wanted


@given(st.text(max_size=100))
def test_whatever_is_written_has_no_bare_line_end_and_one_empty_line(text: str) -> None:
    data = composed(text, exact=False)
    assert b"\r\n\r\n" in data
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", data)


def test_what_goes_wrong_is_a_reason() -> None:
    with pytest.raises(TemplateFailed, match="cseq is"):
        written(step("{{ main.headers(cseq='x') }}"), {"main": leg()}, {})
