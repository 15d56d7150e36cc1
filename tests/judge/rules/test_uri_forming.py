"""Rules on the request made of a Refer-To URI: one failing example for each, and where they are silent."""

from dataclasses import replace

import pytest

from harness.base.instant import MS
from harness.trace.entries import MessageEntry, Trace
from tests.judge.rules.example import Example, check, clean, exactly, findings
from tests.ladders import CARRIER, HUMAN_URI, edit, find, replaced, with_entries


def invited(old: str, new: str, refer_to: str = f"<{HUMAN_URI}>") -> Trace:
    """The REFER names this target, and the triggered INVITE says `new` instead of `old`."""
    trace = clean(refer_to=refer_to)
    number = find(trace, "INVITE sip:+15550103")
    return edit(trace, number, old, new)


def to(uri: str, refer_to: str) -> Trace:
    """The REFER names this target, and the carrier calls that URI."""
    trace = clean(refer_to=refer_to)
    number = find(trace, "INVITE sip:+15550103")
    return edit(trace, number, f"INVITE {HUMAN_URI} SIP/2.0", f"INVITE {uri} SIP/2.0")


SIPS = HUMAN_URI.replace("sip:", "sips:")
SUBJECT = f"<{HUMAN_URI}?Subject=hello>"

EXAMPLES = [
    Example(
        "RFC3261-19.1.5-2",
        "Organization of the Refer-To URI is taken over",
        lambda: invited(
            "Referred-By", "Organization: evil\r\nReferred-By", f"<{HUMAN_URI}?Organization=evil>"
        ),
    ),
    Example(
        "RFC3261-19.1.5-3",
        "method stays in the Request-URI",
        lambda: to(f"{HUMAN_URI};method=INVITE", f"<{HUMAN_URI};method=INVITE>"),
    ),
]

PRACTICES = [
    Example(
        "uri-headers-left-in-request-uri",
        "Subject stays in the Request-URI",
        lambda: to(f"{HUMAN_URI}?Subject=hello", SUBJECT),
    ),
    Example("sips-not-downgraded", "sips is called by sip", lambda: clean(refer_to=f"<{SIPS}>")),
    Example(
        "refer-to-keeps-target-port",
        "the port of Refer-To is lost",
        lambda: clean(refer_to=f"<{HUMAN_URI}:5090>"),
    ),
]


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_an_edit_trips_exactly_its_rules(example: Example) -> None:
    check(example)


@pytest.mark.parametrize("example", PRACTICES, ids=str)
def test_an_edit_shows_a_practice(example: Example) -> None:
    exactly(example)


def redirected(contact: str) -> Trace:
    """The human's phone redirects (302); the carrier calls `contact`, and is redirected once more."""
    trace = clean(target_status=302)
    first = [entry for entry in trace.messages() if entry.message.call_id == "human-leg@192.0.2.2"]
    later_ns = first[-1].at_ns - first[0].at_ns + 10 * MS
    more = []
    for entry in first:
        text = entry.raw.decode("latin-1").replace("human-leg", "human-more").replace("-ladder-", "-again-")
        for method in ("INVITE", "ACK"):
            text = text.replace(f"{method} {HUMAN_URI}", f"{method} {contact}")
        more.append(shifted(replaced(entry, text), later_ns))
    rest = [shifted(entry, later_ns) for entry in trace.messages() if entry.n > first[-1].n]
    return with_entries(trace, [*trace.messages()[: first[-1].n], *more, *rest])


def shifted(entry: MessageEntry, by_ns: int) -> MessageEntry:
    """The same message so much later."""
    return replace(entry, sent_ns=entry.at_ns + by_ns, received_ns=(entry.received_ns or 0) + by_ns)


def test_a_redirection_back_to_where_it_came_from_is_a_loop() -> None:
    (finding,) = findings(redirected(HUMAN_URI), "redirect-loop")
    assert (finding.verdict, finding.who) == ("fail", "carrier")
    assert not findings(redirected("sip:+15550104@carrier.example"), "redirect-loop")


def test_a_number_at_the_referee_itself_may_be_called_at_any_port() -> None:
    trace = to(f"sip:+15550103@{CARRIER.host}:5090", f"<sip:+15550103@{CARRIER}>")
    assert not findings(trace, "refer-to-keeps-target-port")


def test_the_same_port_written_out_is_no_other_port() -> None:
    assert not findings(clean(refer_to=f"<{HUMAN_URI}:5060>"), "refer-to-keeps-target-port")


def test_a_dangerous_header_that_is_left_out_is_fine() -> None:
    assert not findings(clean(refer_to=f"<{HUMAN_URI}?Organization=evil>"), "RFC3261-19.1.5-2")


def test_a_method_that_is_used_is_fine() -> None:
    assert not findings(clean(refer_to=f"<{HUMAN_URI};method=INVITE>"), "RFC3261-19.1.5-3")
