"""The commented scenario that `siptransfer new` writes, for each style that can be played.

Must not live here: where it is written to (`cli/author.py`).
"""

from collections.abc import Sequence
from pathlib import Path

STYLES: Sequence[str] = ("cold",)
"""Styles with a file in `templates/`."""


def starter(style: str, schema: str = "") -> str:
    """The text of a scenario of that style; `schema` is where editors find the JSON Schema."""
    text = (Path(__file__).parent / "templates" / f"{style}.yaml").read_text(encoding="utf-8")
    return f"# yaml-language-server: $schema={schema}\n{text}" if schema else text
