"""JUnit XML for CI servers: one test case for each run. The only report that holds wall time.

Must not live here: why a run failed (`failure.py`).
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping

from harness.report.story import story
from harness.results.model import Results, RunEntry

_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 section 2.2 does not allow; peers send them."""


def render(results: Results, texts: Mapping[str, str], seconds: Mapping[str, float]) -> str:
    """The file's text. `texts` explains runs that did not pass, `seconds` is wall time; both by run id."""
    runs = results.runs
    suite = ET.Element(
        "testsuite",
        name="siptransfer",
        tests=str(len(runs)),
        failures=str(sum(run.verdict in ("fail", "inconclusive") for run in runs)),
        errors=str(sum(run.verdict in ("invalid", "broken") for run in runs)),
        skipped="0",
        time=f"{sum(seconds.get(run.id, 0.0) for run in runs):.3f}",
    )
    for run in runs:
        suite.append(_case(run, texts.get(run.id, ""), seconds.get(run.id, 0.0)))
    ET.indent(suite)
    return ET.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"


def _case(run: RunEntry, text: str, seconds: float) -> ET.Element:
    folder = run.source.rpartition("/")[0].replace("/", ".")
    case = ET.Element(
        "testcase",
        classname=_clean(folder or "siptransfer"),
        name=_clean(run.id),
        file=_clean(run.source),
        line=str(run.line),
        time=f"{seconds:.3f}",
    )
    if run.verdict == "pass":
        return case
    kind = "failure" if run.verdict in ("fail", "inconclusive") else "error"
    problem = ET.SubElement(case, kind, type=run.verdict, message=_clean(story(run)))
    problem.text = _clean(text)
    return case


def _clean(text: str) -> str:
    return _NOT_XML.sub("�", text)
