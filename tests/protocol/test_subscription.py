"""Both sides of a refer subscription, every cell through a real Notifier or Subscriber on a leg.

RFC 3515 section 2.4, RFC 6665 sections 4.1 and 4.2.
"""

import pytest

from harness.protocol.subscription import NOTIFIER, REMOVING, SUBSCRIBER, Notifier
from harness.wire.sip.message import Message
from tests.ends import in_call, in_own_call, notify, reply
from tests.protocol.cells import Cell, expected, illegal, legal, mistaken

NOTIFIER_CELLS = expected(
    """
    accepted: progress -> active / active:180; result -> terminated / terminated:noresource:200
    accepted: expire -> terminated / terminated:timeout:100
    active: progress -> active / active:180; result -> terminated / terminated:noresource:200
    active: rejected -> terminated; expire -> terminated / terminated:timeout:180
    """
)
SUBSCRIBER_CELLS = expected(
    """
    waiting: accepted -> waiting; refused -> terminated; NOTIFY active -> active
    waiting: NOTIFY terminated -> terminated; N -> terminated
    active: accepted -> active; NOTIFY active -> active; NOTIFY terminated -> terminated
    """
)


class Reporter:
    """A notifier in a call, and what its NOTIFYs say."""

    def __init__(self, expires_s: int = 60, refer_number: int | None = None) -> None:
        self.bench, self.leg = in_call()
        self.notifier = Notifier(self.leg, refer_number=refer_number, expires_s=expires_s)
        self.leg.notifiers.append(self.notifier)

    def event(self, event: str) -> None:
        """Let it happen the way it happens in a call."""
        if event == "progress":
            self.notifier.tell(180)
        elif event == "result":
            self.notifier.tell(200)
        elif event == "expire":
            self.bench.after(60_000)
        else:
            self.bench.receive(reply(self.bench.last("NOTIFY"), 481))

    def answer(self, status: int = 200) -> list[str]:
        """The far end answers the last NOTIFY."""
        return self.bench.receive(reply(self.bench.last("NOTIFY"), status))

    def told(self) -> list[str]:
        return [heard(message) for message in self.bench.fresh() if message.method == "NOTIFY"]

    def reach(self, state: str) -> "Reporter":
        for event in {"accepted": (), "active": ("progress",), "terminated": ("progress", "result")}[state]:
            self.event(event)
            self.answer()
        self.bench.fresh()
        assert self.notifier.state == state
        return self


def heard(message: Message) -> str:
    """`active:180`, `terminated:noresource:200`: read from the text of a NOTIFY."""
    state = (message.first("subscription-state") or "").split(";")
    reason = [part.removeprefix("reason=") for part in state[1:] if part.startswith("reason=")]
    status = message.body.decode().split(" ")[1]
    return ":".join([state[0], *reason, status])


def test_every_cell_that_is_expected_exists() -> None:
    assert mistaken(NOTIFIER, NOTIFIER_CELLS) == [] and mistaken(SUBSCRIBER, SUBSCRIBER_CELLS) == []


@pytest.mark.parametrize("cell", legal(NOTIFIER_CELLS))
def test_a_legal_cell_of_the_notifier_reports_what_is_due(cell: Cell) -> None:
    reporter = Reporter().reach(cell.state)
    if cell.event == "rejected":
        reporter.event("progress")
        reporter.bench.fresh()
        reporter.event("rejected")
    elif cell.event == "expire":
        reporter.bench.until(59_999)
        assert reporter.told() == []
        reporter.bench.host.wake(reporter.bench.host.now_ns + 1_000_000)
        reporter.bench.collect()
    else:
        reporter.event(cell.event)
    assert reporter.notifier.state == cell.next
    assert reporter.told() == list(cell.effects)


@pytest.mark.parametrize(("state", "event"), illegal(NOTIFIER, NOTIFIER_CELLS))
def test_an_illegal_cell_of_the_notifier_tells_nothing(state: str, event: str) -> None:
    reporter, twin = Reporter().reach(state), Reporter().reach(state)
    if event in ("progress", "result"):
        reporter.event(event)
    assert not reporter.notifier._step(event)
    assert reporter.notifier.state == state
    assert reporter.told() == []
    reporter.bench.after(70_000), twin.bench.after(70_000)
    assert reporter.bench.sent == twin.bench.sent


class Listener:
    """A subscriber in a call of ours."""

    def __init__(self) -> None:
        self.bench, self.leg = in_own_call()
        self.refer = self.leg.refer("<sip:target@192.0.2.30>")
        (self.subscriber,) = self.leg.subscribers
        self.number = 0

    def event(self, event: str) -> list[str]:
        """Let it happen on the wire; what was sent because of it."""
        if event in ("accepted", "refused"):
            return self.bench.receive(reply(self.bench.last("REFER"), 202 if event == "accepted" else 603))
        if event == "N":
            return self.bench.after(32_000)
        self.number += 1
        state = "active;expires=60" if event == "NOTIFY active" else "terminated;reason=noresource"
        return self.bench.receive(notify(self.leg, self.number, state, 180))

    def reach(self, state: str) -> "Listener":
        for event in {
            "waiting": (),
            "active": ("accepted", "NOTIFY active"),
            "terminated": ("accepted", "NOTIFY terminated"),
        }[state]:
            self.event(event)
        self.bench.fresh()
        assert self.subscriber.state == state
        return self


@pytest.mark.parametrize("cell", legal(SUBSCRIBER_CELLS))
def test_a_legal_cell_of_the_subscriber_moves_it(cell: Cell) -> None:
    listener = Listener().reach(cell.state)
    if cell.event == "N":
        listener.event("accepted")
    if cell == SUBSCRIBER_CELLS["active", "accepted"]:
        listener = Listener()
        listener.event("NOTIFY active")  # it overtook the 2xx
    sent = listener.event(cell.event)
    assert listener.subscriber.state == cell.next
    assert sent == (["200 NOTIFY"] if cell.event.startswith("NOTIFY") else [])


@pytest.mark.parametrize(("state", "event"), illegal(SUBSCRIBER, SUBSCRIBER_CELLS))
def test_an_illegal_cell_of_the_subscriber_changes_nothing(state: str, event: str) -> None:
    listener, twin = Listener().reach(state), Listener().reach(state)
    before = listener.bench.host.next_wake()
    listener.subscriber._step(event)
    assert (listener.subscriber.state, listener.bench.host.next_wake()) == (state, before)
    listener.bench.after(70_000), twin.bench.after(70_000)
    assert listener.bench.sent == twin.bench.sent


def test_the_first_notify_may_overtake_the_answer_to_the_refer() -> None:
    """RFC 6665 section 4.1.2.4: it is answered 200, and the subscription is there."""
    listener = Listener()
    assert listener.event("NOTIFY active") == ["200 NOTIFY"]
    listener.event("accepted")
    listener.bench.after(60_000)
    assert listener.subscriber.state == "active", "no Timer N once a NOTIFY came"


def test_without_any_notify_the_subscription_ends_32_s_after_the_answer() -> None:
    """RFC 6665 section 4.1.2.4: Timer N is 64*T1."""
    listener = Listener()
    listener.bench.after(2000)
    listener.event("accepted")
    listener.bench.after(31_999)
    assert listener.subscriber.state == "waiting"
    listener.bench.after(1)
    assert listener.subscriber.state == "terminated"
    assert listener.event("NOTIFY active") == ["481 NOTIFY"]


def test_after_its_end_a_subscription_takes_no_notify() -> None:
    listener = Listener().reach("terminated")
    assert listener.event("NOTIFY active") == ["481 NOTIFY"]


def test_a_notify_is_answered_after_the_bye() -> None:
    """RFC 5057 section 5.5, RFC 6665: the subscription outlives the call in the dialog."""
    listener = Listener().reach("active")
    listener.leg.release()
    listener.bench.receive(reply(listener.bench.last("BYE"), 200))
    assert listener.leg.state == "ended"
    assert listener.event("NOTIFY terminated") == ["200 NOTIFY"]


@pytest.mark.parametrize(("event", "status"), [("refer", 200), ("refer;id=2", 200), ("refer;id=7", 481)])
def test_a_notify_must_name_the_refer_or_none(event: str, status: int) -> None:
    listener = Listener()
    assert listener.bench.last("REFER").cseq_number == 2
    sent = listener.bench.receive(notify(listener.leg, 1, "active;expires=60", 100, event=event))
    assert sent == [f"{status} NOTIFY"]
    assert listener.subscriber.state == ("active" if status == 200 else "waiting")


def test_two_refers_of_one_dialog_are_told_apart_by_id() -> None:
    """RFC 3515 section 2.4.6."""
    listener = Listener()
    listener.event("accepted")
    listener.leg.refer("<sip:other@192.0.2.31>")
    listener.event("accepted")
    first, second = listener.leg.subscribers
    assert (first.number, second.number) == (2, 3)
    terminated = "terminated;reason=noresource"
    listener.bench.receive(notify(listener.leg, 1, terminated, 200, event="refer;id=3"))
    assert (first.state, second.state) == ("waiting", "terminated")
    listener.bench.receive(notify(listener.leg, 2, terminated, 486, event="refer;id=2"))
    assert (first.state, second.state) == ("terminated", "terminated")


def test_an_event_package_we_did_not_ask_for_gets_489() -> None:
    listener = Listener()
    sent = listener.bench.receive(notify(listener.leg, 1, "active", 100, event="presence"))
    assert sent == ["489 NOTIFY"]


def test_one_notify_is_in_flight_at_a_time_and_all_arrive_in_order() -> None:
    reporter = Reporter()
    for status in (100, 180, 183, 200):
        reporter.notifier.tell(status)
    assert reporter.told() == ["active:100"]
    for wanted in ("active:180", "active:183", "terminated:noresource:200"):
        reporter.answer()
        assert [heard(reporter.bench.last("NOTIFY"))] == [wanted]
    assert reporter.answer() == []
    assert len(reporter.bench.times_ms("NOTIFY")) == 4


@pytest.mark.parametrize("status", sorted(REMOVING))
def test_an_answer_that_removes_the_subscription_ends_the_reports(status: int) -> None:
    """RFC 6665 section 4.2.2."""
    reporter = Reporter()
    for told in (100, 180, 200):
        reporter.notifier.tell(told)
    assert reporter.answer(status) == []
    reporter.bench.after(70_000)
    assert reporter.bench.times_ms("NOTIFY") == [0]


@pytest.mark.parametrize("status", [200, 202, 500, 503])
def test_another_answer_lets_the_reports_go_on(status: int) -> None:
    reporter = Reporter()
    reporter.notifier.tell(100)
    reporter.notifier.tell(180)
    assert reporter.answer(status) == ["NOTIFY"]


def test_a_notify_that_nobody_answers_ends_the_subscription() -> None:
    reporter = Reporter(expires_s=300)
    reporter.notifier.tell(100)
    reporter.notifier.tell(180)
    reporter.bench.after(32_000)
    assert reporter.notifier.state == "terminated"
    assert {heard(sent.message) for sent in reporter.bench.sent if sent.message.method == "NOTIFY"} == {
        "active:100"
    }


def test_a_subscription_that_expires_is_told_with_reason_timeout_and_the_last_status() -> None:
    """RFC 6665 section 4.2.1.4."""
    reporter = Reporter(expires_s=60)
    reporter.notifier.tell(180)
    reporter.answer()
    reporter.bench.until(60_000)
    assert reporter.bench.times_ms("NOTIFY") == [0, 60_000]
    assert heard(reporter.bench.last("NOTIFY")) == "terminated:timeout:180"
    reporter.answer()
    reporter.notifier.tell(200)
    reporter.bench.after(10_000)
    assert len(reporter.bench.times_ms("NOTIFY")) == 2


def test_the_time_that_is_left_is_told() -> None:
    reporter = Reporter(expires_s=60)
    reporter.notifier.tell(100)
    assert reporter.bench.last("NOTIFY").first("subscription-state") == "active;expires=60"
    reporter.answer()
    reporter.bench.after(10_500)
    reporter.notifier.tell(180)
    assert reporter.bench.last("NOTIFY").first("subscription-state") == "active;expires=49"


@pytest.mark.parametrize(("number", "event"), [(None, "refer"), (93, "refer;id=93")])
def test_a_notify_names_event_type_and_body_as_rfc_3515_wants(number: int | None, event: str) -> None:
    reporter = Reporter(refer_number=number)
    reporter.notifier.tell(486)
    message = reporter.bench.last("NOTIFY")
    assert message.first("event") == event
    assert message.first("content-type") == "message/sipfrag;version=2.0"
    assert message.body == b"SIP/2.0 486 Busy Here\r\n"
    assert message.first("contact") is not None
    assert (message.from_tag, message.to_tag) == (
        reporter.leg.dialog.local_tag,
        reporter.leg.dialog.remote_tag,
    )
    assert message.defects == ()


def test_a_final_report_may_pretend_that_the_subscription_lives() -> None:
    reporter = Reporter()
    reporter.notifier.tell(200, final_as_active=True)
    assert reporter.told() == ["active:200"]
    assert reporter.notifier.state == "active"


def test_a_refused_refer_leaves_no_subscription() -> None:
    listener = Listener()
    listener.event("refused")
    assert listener.event("NOTIFY active") == ["481 NOTIFY"]
