"""What is sent again must be the same: requests and final responses."""

from tests.judge.rules.example import clean, findings
from tests.ladders import edit, find, repeat

RULE = "retransmission-is-identical"


def test_the_same_bytes_again_are_a_retransmission() -> None:
    trace = repeat(clean(), find(clean(), "REFER"))
    trace = repeat(trace, find(trace, "200 REFER"))
    assert not findings(trace, RULE)


def test_another_refer_to_under_the_same_branch_is_found() -> None:
    trace = repeat(clean(), find(clean(), "REFER"))
    trace = edit(trace, find(trace, "REFER", 2), "Refer-To: <sip:+15550103", "Refer-To: <sip:+15550109")
    (found,) = findings(trace, RULE)
    assert (found.who, found.text) == ("agent", "the REFER was sent again with other content")


def test_another_answer_with_the_same_status_is_found() -> None:
    trace = repeat(clean(), find(clean(), "200 INVITE", 4))
    trace = edit(trace, find(trace, "200 INVITE", 5), "m=audio 30000", "m=audio 30004")
    assert [(f.who, f.text) for f in findings(trace, RULE)] == [
        ("human", "the 200 to INVITE was sent again with other content")
    ]


def test_two_forks_answer_in_their_own_words() -> None:
    trace = repeat(clean(), find(clean(), "200 INVITE", 4))
    trace = edit(trace, find(trace, "200 INVITE", 5), ";tag=human-c", ";tag=fork")
    assert not findings(trace, RULE)
