"""JUnit XML for CI servers: one test case for each run.

`time` is how long the call took, in virtual time where it was played there: what a reader of a call
transfer asks for, and equal for equal runs. Wall time per test is in pytest's own `--junitxml`. Must not
live here: why a run failed (`failure.py`).
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Mapping

from harness.report.failure import as_text, warned
from harness.report.story import story
from harness.results.comparison import Comparisons, times_of
from harness.results.model import Results, RunEntry

_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 section 2.2 does not allow; peers send them."""

_COMMAND = re.compile(r"^(\s*):(?=:)", re.MULTILINE)

MESSAGE_MAX = 1_000
"""Characters of the one-line message; the text below it says the rest."""

PROPERTIES_MAX = 200
"""Properties of one test case; a capture may hold any number of transfers."""


def render(results: Results, texts: Mapping[str, str], past: Comparisons | None = None) -> str:
    """The file's text. `texts` explains runs that did not pass, by run id."""
    runs = results.runs
    suite = ET.Element(
        "testsuite",
        name="siptransfer",
        tests=str(len(runs)),
        failures=str(sum(run.verdict in ("fail", "inconclusive") for run in runs)),
        errors=str(sum(run.verdict in ("invalid", "broken") for run in runs)),
        skipped="0",
        time=f"{sum(run.seconds for run in runs):.3f}",
    )
    about = [("tool", results.tool), ("seed", str(results.seed)), ("verdict", results.verdict)]
    if past is not None:
        about.append(("history_run", str(past.number)))
        about += [("last_good_run", str(past.last_good))] if past.last_good is not None else []
        about += [("gone", run_id) for run_id in past.gone[:PROPERTIES_MAX]]
    _add_properties(suite, about)
    for run in runs:
        suite.append(_case(run, results.seed, texts.get(run.id, ""), past))
    ET.indent(suite)
    return _unobeyed(ET.tostring(suite, encoding="unicode", xml_declaration=True)) + "\n"


def _unobeyed(text: str) -> str:
    """The same XML without what GitHub's runner would obey, if it is printed (`readable.not_obeyed`)."""
    return _COMMAND.sub(r"\1&#58;", text.replace("##[", "##&#91;"))


def _case(run: RunEntry, seed: int, text: str, past: Comparisons | None) -> ET.Element:
    folder = run.source.rpartition("/")[0].replace("/", ".")
    case = ET.Element(
        "testcase",
        classname=_clean(folder or "siptransfer"),
        name=_clean(run.id),
        file=_clean(run.source),
        line=str(run.line),
        time=f"{run.seconds:.3f}",
    )
    _add_properties(case, _facts(run, seed, past))
    if run.verdict != "pass":
        kind = "failure" if run.verdict in ("fail", "inconclusive") else "error"
        message = _clean(story(run)[:MESSAGE_MAX])
        problem = ET.SubElement(case, kind, type=run.verdict, message=message)
        problem.text = _clean(text)
    told = warned(run)
    if told:
        ET.SubElement(case, "system-out").text = _clean(as_text(told))
    return case


def _facts(run: RunEntry, seed: int, past: Comparisons | None) -> list[tuple[str, str]]:
    """Verdict, seed, what was claimed and what happened, and every known time in ms."""
    facts = [("scenario", run.scenario), ("verdict", run.verdict), ("mode", run.mode), ("seed", str(seed))]
    for place, transfer in enumerate(run.transfers):
        facts += [
            (f"transfer[{place}].outcome", transfer.true_outcome),
            (f"transfer[{place}].truth", transfer.truth),
        ]
    facts += [(f"{key.of}[{key.index}].{key.name}_ms", f"{ms:.3f}") for key, ms in times_of(run).items()]
    compared = None if past is None else past.of(run.id)
    if compared is not None:
        facts.append(("change", compared.change))
        facts += [
            (f"{trend.key.of}[{trend.key.index}].{trend.key.name}_worse", trend.why)
            for trend in compared.worse()
        ]
    return facts[:PROPERTIES_MAX]


def _add_properties(parent: ET.Element, facts: Iterable[tuple[str, str]]) -> None:
    properties = ET.SubElement(parent, "properties")
    for name, value in facts:
        ET.SubElement(properties, "property", name=name, value=_clean(value))


def _clean(text: str) -> str:
    return _NOT_XML.sub("�", text)
