"""What a live run writes down."""

from harness.base.endpoint import Endpoint
from harness.base.limits import LIVE_NOTES_MAX
from harness.runtime.live.recorder import Recorder, Way
from harness.trace.entries import Header, MessageEntry, NoteEntry, Trace
from harness.wire.sip.message import parse
from tests.runtime.live.talkers import request

AGENT = Endpoint("127.0.0.1", 5070)
CARRIER = Endpoint("127.0.0.1", 5080)
REAL = Endpoint("127.0.0.1", 5090)
ONE = request(1, AGENT)


def recorder() -> Recorder:
    return Recorder({"agent": AGENT, "carrier": CARRIER})


def finished(recorded: Recorder) -> Trace:
    return recorded.finish(Header(), ended_ns=1000, complete=True)


def only(recorded: Recorder) -> MessageEntry:
    (entry,) = finished(recorded).messages()
    return entry


def test_a_message_between_two_of_ours_is_one_entry_with_both_stamps() -> None:
    recorded = recorder()
    recorded.sent(10, Way(AGENT, CARRIER, "udp"), ONE)
    assert recorded.flying == 1
    recorded.received(15, Way(AGENT, CARRIER, "udp"), parse(ONE), kernel=True)
    entry = only(recorded)
    assert (entry.n, entry.sent_ns, entry.received_ns, entry.stamp_source) == (1, 10, 15, "kernel")
    assert (entry.source, entry.destination, entry.raw, entry.vantage) == (AGENT, CARRIER, ONE, "")
    assert entry.parsed is not None
    assert recorded.flying == 0


def test_equal_messages_are_matched_in_order_of_sending() -> None:
    recorded = recorder()
    for at_ns in (10, 20):
        recorded.sent(at_ns, Way(AGENT, CARRIER, "udp"), ONE)
    for at_ns in (30, 40):
        recorded.received(at_ns, Way(AGENT, CARRIER, "udp"), parse(ONE), kernel=True)
    stamps = [(entry.sent_ns, entry.received_ns) for entry in finished(recorded).messages()]
    assert stamps == [(10, 30), (20, 40)]


def test_a_message_of_ours_that_never_arrived_says_so() -> None:
    recorded = recorder()
    recorded.sent(10, Way(AGENT, CARRIER, "udp"), ONE)
    entry = only(recorded)
    assert entry.received_ns is None
    assert not entry.arrived


def test_a_message_with_a_real_system_is_seen_from_one_side() -> None:
    recorded = recorder()
    recorded.sent(10, Way(AGENT, REAL, "udp"), ONE)
    recorded.received(20, Way(REAL, AGENT, "udp"), parse(ONE), kernel=True)
    sent, received = finished(recorded).messages()
    assert (sent.sent_ns, sent.received_ns, sent.vantage, sent.stamp_source) == (
        10,
        None,
        "agent",
        "application",
    )
    assert (received.sent_ns, received.received_ns, received.vantage) == (None, 20, "agent")
    assert received.stamp_source == "kernel"
    assert sent.arrived and received.arrived


def test_a_message_the_network_refused_has_not_arrived() -> None:
    recorded = recorder()
    recorded.sent(10, Way(AGENT, REAL, "udp"), ONE)
    recorded.undelivered(AGENT, REAL)
    assert not only(recorded).arrived


def test_nothing_arrives_before_it_was_sent() -> None:
    recorded = recorder()
    recorded.sent(10, Way(AGENT, CARRIER, "udp"), ONE)
    recorded.received(9, Way(AGENT, CARRIER, "udp"), parse(ONE), kernel=True)
    assert only(recorded).received_ns == 10


def test_entries_and_notes_are_in_order_of_time_and_numbered_from_1() -> None:
    recorded = recorder()
    recorded.sent(30, Way(AGENT, REAL, "udp"), ONE)
    recorded.note(20, "agent", "a remark")
    recorded.received(10, Way(REAL, AGENT, "udp"), parse(ONE), kernel=True)
    entries = finished(recorded).entries
    assert [entry.at_ns for entry in entries] == [10, 20, 30]
    assert [entry.n for entry in entries] == [1, 2, 3]
    assert isinstance(entries[1], NoteEntry)


def test_a_flood_is_counted_and_the_trace_says_that_it_is_not_whole(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr("harness.runtime.live.recorder.LIVE_BYTES_MAX", 10 * len(ONE))
    recorded = recorder()
    for at_ns in range(15):
        recorded.received(at_ns, Way(REAL, AGENT, "udp"), parse(ONE), kernel=True)
    for at_ns in range(LIVE_NOTES_MAX + 3):
        recorded.note(at_ns, "agent", "a remark")
    trace = finished(recorded)
    assert len(trace.messages()) == 10
    assert not trace.header.complete
    assert trace.header.stopped_ns == 10, "when the first message had no room"
    texts = [entry.text for entry in trace.entries if isinstance(entry, NoteEntry)]
    assert "5 further messages were not recorded: the trace is full" in texts
    assert "3 further remarks were dropped" in texts


def test_a_message_of_a_step_is_marked_once_and_one_that_is_meant_wrong_with_its_copies() -> None:
    recorded = recorder()
    recorded.mark(ONE, 3, deliberate=True)
    for at_ns in (10, 20):
        recorded.sent(at_ns, Way(AGENT, CARRIER, "udp"), ONE)
    trace = finished(recorded)
    assert [entry.step for entry in trace.messages()] == [3, None]
    assert trace.header.deliberate == (1, 2)
