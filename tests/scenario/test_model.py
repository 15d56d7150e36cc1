"""The file format: blocks, keys, and complaints with their place."""

from harness.scenario import model
from harness.scenario.model import Scenario, block_at, json_schema, validate
from harness.scenario.typed import Problem, Words, keys_of
from harness.scenario.values import Names

SHORT = {"scenario": "A promise", "transfer": "cold"}


def problems(**more: object) -> list[Problem]:
    read = validate({**SHORT, **more}, Names())
    assert isinstance(read, list)
    return read


def test_two_keys_make_a_scenario() -> None:
    read = validate(SHORT, Names())
    assert isinstance(read, Scenario)
    assert read.carrier.profile == "rfc"


def test_one_value_stands_for_a_list_of_one() -> None:
    read = validate({**SHORT, "expect": {"progress": "100", "truth": "late"}}, Names())
    assert isinstance(read, Scenario)
    assert read.expect.progress == [100]
    assert read.expect.truth == ["late"]


def test_a_wrong_style_does_not_hide_the_other_problems() -> None:
    found = problems(transfer="wram", human={"rejects": "48"}, expect={"outcome": "great"})
    assert [problem.place for problem in found] == [
        ("transfer",),
        ("human", "rejects"),
        ("expect", "outcome"),
    ]


def test_other_keys_of_expect_are_parties() -> None:
    read = validate({**SHORT, "expect": {"bob": {"fate": "held"}}}, Names())
    assert isinstance(read, Scenario)
    assert read.expect.model_extra is not None
    assert read.expect.model_extra["bob"].fate == "held"


def test_every_block_has_a_place_at_which_its_keys_are_known() -> None:
    places: list[tuple[str | int, ...]] = [
        (), ("caller",), ("agent",), ("human",), ("people", "bob"), ("carrier",), ("carrier", "challenges"),
        ("carrier", "refuses"), ("context",), ("fallback", 0), ("expect",), ("expect", "attempts", 0),
        ("expect", "latency"), ("expect", "never"), ("expect", "never", "INVITE"), ("expect", "violations"),
        ("expect", "bob"), ("expect", "human_sees"), ("steps", 0), ("faults", 0),
    ]  # fmt: skip
    blocks = {
        block for block in vars(model).values() if isinstance(block, type) and issubclass(block, Words)
    } - {Words}
    assert {block_at(place) for place in places} == blocks
    assert block_at(("people",)) is None
    assert block_at(("expect", "attempts")) is None
    assert block_at(("context", "headers")) is None


def test_keys_are_named_as_they_are_written() -> None:
    assert keys_of(model.Way) == ["to", "from"]
    assert "$schema" in keys_of(Scenario)


def test_the_schema_uses_the_written_keys() -> None:
    assert set(json_schema()["properties"]) == set(keys_of(Scenario))
