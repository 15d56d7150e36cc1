"""Every failing example again over TCP, from ports that nobody listens on: the same is found.

Must not live here: the examples themselves.
"""

import importlib
import pkgutil
from dataclasses import replace

import pytest

from harness.judge.rules import ALL
from harness.trace.entries import Trace
from tests.judge import rules
from tests.judge.rules.example import Example, clean, findings, from_other_ports
from tests.ladders import edit

EXAMPLES: list[Example] = [
    example
    for module in pkgutil.iter_modules(rules.__path__)
    if module.name.startswith("test_") and module.name != "test_streams"
    for table in vars(importlib.import_module(f"{rules.__name__}.{module.name}")).values()
    if isinstance(table, list)
    for example in table
    if isinstance(example, Example)
]
NOT_ON_STREAMS = {
    "RFC3261-17.1.1.2-1": "what is sent again, and when, is another question on streams, which lose nothing",
    "RFC3261-17.1.2.2-1": "the same",
    "RFC3261-18.1.1-1": "only datagrams are limited in size",
    "RFC4320-4.1-1": "100 is late where Timer E has reached T2; streams have no Timer E",
}
"""Rules that find other things over TCP, with the reason."""


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_the_same_is_found_whatever_port_a_stream_comes_from(example: Example) -> None:
    trace = example.trace()
    wanted = {(each.rule, each.who, each.verdict) for each in findings(trace, *ALL, profile=example.profile)}
    found = {
        (each.rule, each.who, each.verdict)
        for each in findings(from_other_ports(trace), *ALL, profile=example.profile)
    }
    left = {each for each in wanted ^ found if each[0] not in NOT_ON_STREAMS}
    assert left == set()


def test_the_clean_transfer_is_clean_from_any_port() -> None:
    assert findings(from_other_ports(clean()), *ALL) == []


def test_what_was_sent_wrong_on_purpose_is_known_by_its_sender_on_a_stream_too() -> None:
    wrong = edit(from_other_ports(clean()), 3, ", REFER", "")
    assert [each.rule for each in findings(wrong, "RFC5589-6-1")] == ["RFC5589-6-1"]
    asked_for = Trace(replace(wrong.header, deliberate=(3,)), wrong.entries)
    assert findings(asked_for, "RFC5589-6-1") == []
