"""Runs made ahead are those that an item gets when it is played by itself, whatever pytest leaves out."""

from pathlib import Path

import pytest

from harness.pytest_plugin.ahead import Ahead, worth_it
from harness.results.json_text import to_json
from harness.suite.collect import Item, collect
from harness.suite.play import Settings
from harness.suite.run import results, run_item
from tests.suite.places import scenario

TEXT = """\
scenario: Every cause of failure
transfer: cold
human: {rejects: $code}
parameters: {code: [%s]}
expect: {outcome: failed}
"""


@pytest.fixture
def items(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Item]:
    monkeypatch.chdir(tmp_path)
    scenario(tmp_path / "scenarios", TEXT % ", ".join(map(str, range(480, 540))), "a.yaml")
    return collect(["scenarios"])


def alone(item: Item) -> str:
    return to_json(results([run_item(item, Settings(), "x").run], 0))


def test_runs_are_taken_in_order_and_what_was_left_out_is_passed_over(items: list[Item]) -> None:
    ahead = Ahead(items, Settings())
    try:
        for place in (0, 1, 7, 58):
            run = ahead.take(items[place])
            assert run is not None
            assert to_json(results([run.run], 0)) == alone(items[place])
        assert ahead.take(items[7]) is None, "its turn is over: whoever plays it again plays it himself"
    finally:
        ahead.close()
    assert ahead.take(items[59]) is None


def test_what_was_never_planned_is_not_taken(items: list[Item]) -> None:
    ahead = Ahead(items[:55], Settings())
    assert ahead.take(items[59]) is None
    ahead.close()


def test_few_items_and_those_on_sockets_are_played_one_after_the_other(items: list[Item]) -> None:
    assert worth_it(items, Settings())
    assert not worth_it(items[:10], Settings())
    assert not worth_it(items, Settings(live=True))
