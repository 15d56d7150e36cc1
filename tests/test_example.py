"""The example report in docs/: what its command makes today, to the byte, and a page that loads."""

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.report.test_page import Outline
from tests.suite.places import PACKAGE_AT

ROOT = Path(__file__).parents[1]
REPORT = ROOT / "docs" / "example-report.html"


def test_make_example_makes_the_report_that_is_here(tmp_path: Path) -> None:
    told = subprocess.run(
        [sys.executable, "-P", "-m", "harness", "run", "docs/example", "--html", str(tmp_path / "x.html")],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": PACKAGE_AT}, capture_output=True, text=True, check=False,
        stdin=subprocess.DEVNULL, timeout=60,
    )  # fmt: skip
    assert told.returncode == 1, "some of the example suite passes, some fails"
    assert "10 scenarios: 3 passed, 7 failed" in told.stdout
    assert (tmp_path / "x.html").read_bytes() == REPORT.read_bytes(), "type `make example` and look at it"


def test_the_example_report_is_one_page_that_loads_nothing() -> None:
    page = Outline()
    page.feed(REPORT.read_text(encoding="utf-8"))
    assert page.opened == []
    assert page.loaded == ["data:,"], "an empty icon, so that no browser asks for one"
    assert len(page.ids) == len(set(page.ids))
    assert {link for link in page.links if link.startswith("#")} <= {f"#{name}" for name in page.ids}


def test_the_example_tells_what_the_carrier_lied_about() -> None:
    text = re.sub(r"\s+", " ", REPORT.read_text(encoding="utf-8"))
    for words in ("the reported success is false", "truthful-notify", "final-notify-present"):
        assert words in text


def test_the_readme_links_to_the_example() -> None:
    assert "(docs/example-report.html)" in (ROOT / "README.md").read_text(encoding="utf-8")
