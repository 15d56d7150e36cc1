"""The text of results.json: its bytes, and reading it back."""

import pytest

from harness.base.errors import UsageError
from harness.results.json_text import from_json, run_from_json, run_to_json, to_json
from harness.results.model import Results
from tests.results.samples import RESULTS, RUN


def test_reading_back_gives_the_same_values_and_the_same_bytes() -> None:
    text = to_json(RESULTS)
    assert from_json(text) == RESULTS
    assert to_json(from_json(text)) == text


def test_a_run_without_anything_is_legal() -> None:
    assert from_json(to_json(Results(1, "t", 0, "pass", ()))).runs == ()


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", "null", '{"format": 1}', '{"format": 1, "runs": 3}', "\x00"]
)
def test_something_else_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(UsageError, match="not a results file"):
        from_json(text)


def test_a_later_format_is_refused_by_its_number() -> None:
    with pytest.raises(UsageError, match="format 99"):
        from_json('{"format": 99}')


def test_one_run_alone_is_read_back_as_it_was() -> None:
    assert run_from_json(run_to_json(RUN)) == RUN
    assert "\n" not in run_to_json(RUN)
