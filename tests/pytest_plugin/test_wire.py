"""A run on its way from a worker to the controller loses nothing that a report needs."""

from harness.pytest_plugin.wire import Arrived, pack, unpack
from harness.report import page, panel
from harness.report.files import Played
from tests.ladders import cold_transfer
from tests.results.samples import INVALID, RESULTS, RUN

ARRIVED = Arrived(3, "fail", "fail: why\ud800", Played(RUN, cold_transfer(), ("a", "b"), "x.yaml"))


def test_what_is_packed_is_unpacked() -> None:
    back = unpack(pack(ARRIVED, trace=True))
    assert back.played is not None and ARRIVED.played is not None
    assert (back.number, back.verdict, back.summary) == (3, "fail", "fail: why\ud800")
    assert (back.played.run, back.played.source, back.played.path) == (RUN, ("a", "b"), "x.yaml")
    assert back.played.explanation() == ARRIVED.played.explanation()


def test_the_page_of_what_arrived_is_the_same_to_the_byte() -> None:
    back = unpack(pack(ARRIVED, trace=True))
    assert back.played is not None
    pages = [
        page.render(RESULTS, [panel.Shown(run, trace, "a\nb"), panel.Shown(INVALID)])
        for run, trace in ((RUN, cold_transfer()), (back.played.run, back.played.trace))
    ]
    assert pages[0] == pages[1]


def test_messages_travel_only_where_a_page_was_asked_for() -> None:
    assert len(pack(ARRIVED, trace=False)) < len(pack(ARRIVED, trace=True)) / 2
    assert len(pack(Arrived(1, "pass", "pass: x"), trace=True)) < 100
