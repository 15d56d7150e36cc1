"""A Contact that leads nowhere: found where every party is known, and not guessed elsewhere."""

from dataclasses import replace

from harness.trace.entries import Trace
from tests.judge.rules.example import clean, findings
from tests.ladders import edit, find

RULE = "contact-leads-back"


def lost() -> Trace:
    trace = clean()
    return edit(trace, find(trace, "REFER"), "@192.0.2.3:5060>\r\nRefer-To", "@192.0.2.3:5099>\r\nRefer-To")


def test_a_contact_where_nobody_listens_is_found() -> None:
    assert not findings(clean(), RULE)
    assert [(f.who, f.text) for f in findings(lost(), RULE)] == [
        ("agent", "Contact names 192.0.2.3:5099, where nobody listens")
    ]


def test_where_not_everybody_is_known_nothing_is_said() -> None:
    trace = lost()
    assert not findings(Trace(replace(trace.header, mode="capture"), trace.entries), RULE)


def test_a_host_name_may_lead_anywhere_and_a_redirection_to_anybody() -> None:
    trace = clean()
    trace = edit(trace, find(trace, "REFER"), "@192.0.2.3:5060>\r\nRefer-To", "@agent.example>\r\nRefer-To")
    assert not findings(trace, RULE)
    assert not findings(clean(target_status=302), RULE)


def test_the_address_of_another_party_does_not_lead_back() -> None:
    trace = clean()
    trace = edit(trace, find(trace, "REFER"), "@192.0.2.3:5060>\r\nRefer-To", "@192.0.2.4:5060>\r\nRefer-To")
    assert [f.text for f in findings(trace, RULE)] == [
        "Contact names 192.0.2.4:5060, where somebody else listens"
    ]
