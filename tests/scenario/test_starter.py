"""What `siptransfer new` writes is a scenario, and whatever its comments offer is one as well."""

import re

import pytest

from harness.scenario.load import load_text
from harness.scenario.plan import Plan
from harness.scenario.starter import STYLES, starter
from harness.suite.collect import vocabulary


def plans(text: str) -> list[Plan]:
    return load_text(text.encode(), "new.yaml", vocabulary())


@pytest.mark.parametrize("style", STYLES)
def test_it_loads_and_is_of_its_style(style: str) -> None:
    (plan,) = plans(starter(style))
    assert plan.style == style
    assert plan.expectations and all(len(line) <= 110 for line in starter(style).splitlines())


OFFERED = re.compile(r"^((?:  )*)# ([a-z_]+: [^A-Z].*)$", re.MULTILINE)
"""A commented line that is a key with its value."""


def test_every_line_that_is_offered_can_be_switched_on() -> None:
    text = starter("cold")
    keys = [match[2].partition(":")[0] for match in OFFERED.finditer(text)]
    assert {
        "markers",
        "agent",
        "under_test",
        "carrier",
        "people",
        "fallback",
        "parameters",
        "violations",
    } <= {*keys}
    switched = OFFERED.sub(r"\1\2", text).replace("answers_after: 2s}", "rejects: $code}")
    assert len(plans(switched)) == 2


def test_it_says_where_the_schema_is_when_told() -> None:
    first, rest = starter("cold", "../schema.json").split("\n", 1)
    assert first == "# yaml-language-server: $schema=../schema.json"
    assert rest == starter("cold")
