"""Rules on NOTIFYs about a REFER: one failing example for each, and where they stay silent."""

from dataclasses import replace

import pytest

from harness.base.instant import SECOND
from harness.trace.entries import Trace
from tests.judge.rules.example import Example, check, clean, exchange, findings
from tests.ladders import CARRIER, edit, find, move, with_entries

FINAL = "terminated;reason=noresource"


def notify(old: str, new: str, nth: int = 3, **options: object) -> Trace:
    """A clean trace in which the nth NOTIFY (the third is the last) says `new` instead of `old`."""
    trace = clean(**options)
    return edit(trace, find(trace, "NOTIFY", nth), old, new)


def other_call_id() -> Trace:
    """The second NOTIFY and its answer have another Call-ID."""
    trace = notify("Call-ID: agent-leg@", "Call-ID: other@", 2)
    return edit(trace, find(trace, "200 NOTIFY", 2), "Call-ID: agent-leg@", "Call-ID: other@")


def second_refer_without_id() -> Trace:
    """A REFER that was refused came first in the dialog; the NOTIFYs of the second have no id."""
    trace = clean(event_id=False)
    first = trace.messages()[find(trace, "REFER") - 1].raw.decode()
    answer = trace.messages()[find(trace, "200 REFER") - 1].raw.decode()
    before = find(trace, "ACK", 3)
    sent, back = (
        text.replace("CSeq: 2", "CSeq: 1").replace("ladder-7", "refused") for text in (first, answer)
    )
    back = back.replace("200 OK", "403 Forbidden")
    items = trace.messages()
    at_ns = items[before - 1].at_ns
    refer, final = items[before], items[before + 1]
    extra = [
        replace(refer, raw=sent.encode(), sent_ns=at_ns + 2000, received_ns=at_ns + 3000),
        replace(final, raw=back.encode(), sent_ns=at_ns + 4000, received_ns=at_ns + 5000),
    ]
    changed = with_entries(trace, sorted([*items, *extra], key=lambda entry: entry.at_ns))
    # The hold before had CSeq 1 already; it makes room.
    for number in range(before - 2, before + 1):
        changed = edit(changed, number, "CSeq: 1 ", "CSeq: 0 ")
    return changed


def late_first_notify() -> Trace:
    """Everything after the 200 to the REFER happens five seconds later."""
    trace = clean()
    final = find(trace, "200 REFER")
    items = [
        replace(e, sent_ns=e.at_ns + 5 * SECOND, received_ns=e.at_ns + 5 * SECOND) if e.n > final else e
        for e in trace.messages()
    ]
    return with_entries(trace, items)


def notify_after_481() -> Trace:
    """The first NOTIFY is answered 481, and two more come."""
    trace = clean()
    return edit(trace, find(trace, "200 NOTIFY"), "200 OK", "481 Subscription Does Not Exist")


def unwanted_notify() -> Trace:
    """The 2xx grants Refer-Sub: false, and NOTIFYs come all the same."""
    trace = clean(refer_headers=(("Refer-Sub", "false"),))
    number = find(trace, "200 REFER")
    return edit(trace, number, "Content-Length", "Refer-Sub: false\r\nContent-Length")


EXAMPLES = [
    Example("RFC3515-2.4.4-1", "a NOTIFY has another Call-ID", other_call_id, also=("RFC6665-4.1.3-1",)),
    Example("RFC3515-2.4.4-2", "a NOTIFY has no Event", lambda: notify("Event: refer\r\n", "", 2)),
    Example("RFC6665-8.2.1-2", "Event says Refer", lambda: notify("Event: refer", "Event: Refer", 2)),
    Example("RFC3515-2.4.6-1", "the second REFER's NOTIFYs have no id", second_refer_without_id),
    Example("RFC3515-2.4.7-1", "the last NOTIFY is active", lambda: notify(FINAL, "active;expires=60")),
    Example("RFC6665-4.2.1.2-1", "the first NOTIFY comes after 5 s", late_first_notify),
    Example(
        "RFC6665-4.2.2-6",
        "NOTIFYs follow after 481",
        notify_after_481,
        also=("RFC6665-4.1.3-3",),
    ),
    Example("RFC4488-4-2", "NOTIFYs follow granted suppression", unwanted_notify),
]


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_an_edit_trips_exactly_its_rules(example: Example) -> None:
    check(example)


def test_an_id_that_is_the_cseq_of_the_refer_is_right() -> None:
    assert not findings(clean(event_id=True))


def test_an_id_of_no_refer_is_wrong_also_for_the_first() -> None:
    trace = notify("Event: refer;id=2", "Event: refer;id=7", 2, event_id=True)
    assert {f.rule for f in findings(trace)} >= {"RFC3515-2.4.6-1"}


def test_doubled_reason_is_not_noresource() -> None:
    trace = notify(FINAL, "terminated;reason=reason=noresource")
    assert [f.rule for f in findings(trace)] == ["RFC3515-2.4.7-1"]


def test_a_notify_that_overtakes_the_answer_is_in_order() -> None:
    trace = clean()
    assert not findings(move(trace, find(trace, "200 REFER"), find(trace, "NOTIFY")))


def test_a_notify_of_another_package_in_the_dialog_is_let_alone() -> None:
    rows = (
        "Event: talk\r\nSubscription-State: active;expires=9\r\nContact: <sip:+15550101@192.0.2.2:5060>\r\n"
    )
    trace = clean()
    assert not findings(exchange(trace, find(trace, "200 BYE") - 2, "NOTIFY", 9, rows=rows))


def unseen_notifier(late_ns: int) -> Trace:
    """The first NOTIFY, and all that follows, later; of the carrier only arrivals were seen."""
    trace = clean()
    first = find(trace, "NOTIFY")
    items = [
        replace(
            e,
            sent_ns=None if e.source == CARRIER else e.at_ns + late_ns * (e.n >= first),
            received_ns=(e.received_ns or 0) + late_ns * (e.n >= first),
        )
        for e in trace.messages()
    ]
    return with_entries(trace, items)


@pytest.mark.parametrize(("late_ns", "verdict"), [(10 * SECOND, "info"), (40 * SECOND, "fail")])
def test_a_real_notifier_may_have_lost_copies_but_not_for_longer_than_a_transaction(
    late_ns: int, verdict: str
) -> None:
    found = findings(unseen_notifier(late_ns), "RFC6665-4.2.1.2-1")
    assert [each.verdict for each in found] == [verdict]
