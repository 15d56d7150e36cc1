"""Texts as YAML: whatever is written is read back as the same text."""

import yaml
from hypothesis import given
from hypothesis import strategies as st

from harness.scenario.source import Table, read
from harness.scenario.yaml_words import block, row, text

PRINTABLE = st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126), max_size=60)


@given(
    PRINTABLE | st.sampled_from(["yes", "on", "null", "+1", "12:30", "a: b", "- x", "#", "'", "a\nb\r\tc"])
)
def test_a_text_is_read_back_as_it_was(value: str) -> None:
    root = read(f"key: {text(value)}\n".encode(), "x.yaml").root
    assert isinstance(root, Table)
    node = root.get("key")
    shown = f"${value}" if text(value).startswith('"$$') else value
    assert node is not None and getattr(node, "text", None) == shown


def test_rows_and_blocks_stand_on_one_line() -> None:
    assert row([100, "a", "b: c"]) == '[100, a, "b: c"]'
    assert block([("a", "1"), ("b", row(["x"]))]) == "{a: 1, b: [x]}"
    assert yaml.safe_load(block([("a", text("yes"))])) == {"a": "yes"}
