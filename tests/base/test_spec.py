"""The table of citable RFC sections: complete for what the code cites, and strict."""

import re
from pathlib import Path

import pytest

from harness.base.spec import SECTIONS, cite, title

ROOT = Path(__file__).parents[2]
SECTION = r"(?:\d+(?:\.\d+)*|[A-Z]\b(?:\.\d+)*)"
CITED = re.compile(rf"RFC (\d{{3,5}}) sections? ({SECTION}(?:(?:, | and |, and ){SECTION})*)")


def test_a_citation_is_read_as_rfc_number_and_section() -> None:
    assert cite("RFC 3261 section 17.1.1.3") == (3261, "17.1.1.3")


def test_a_citation_has_the_title_of_its_section() -> None:
    assert title("RFC 3515 section 2.4.1") == "Forming a REFER Request"


@pytest.mark.parametrize(
    "text", ["RFC 3261 section 99", "RFC 1 section 1", "RFC 3515 section 2.4.1 ", "rfc3261 8"]
)
def test_an_unknown_or_misspelt_citation_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"spec|citation"):
        cite(text)


def test_every_section_has_a_title_and_a_well_formed_number() -> None:
    for (number, section), name in SECTIONS.items():
        assert cite(f"RFC {number} section {section}") == (number, section)
        assert name


def test_every_citation_in_the_code_stands_in_the_table() -> None:
    unknown: list[str] = []
    for path in sorted((ROOT / "harness").rglob("*.py")):
        for line, text in enumerate(path.read_text("utf-8").splitlines(), 1):
            for number, sections in CITED.findall(text):
                unknown += [
                    f"{path.relative_to(ROOT)}:{line}: RFC {number} section {section}"
                    for section in re.findall(SECTION, sections)
                    if (int(number), section) not in SECTIONS
                ]
    assert not unknown, "add to harness/base/spec.py or correct:\n" + "\n".join(unknown)
