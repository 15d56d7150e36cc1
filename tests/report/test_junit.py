"""JUnit XML as CI servers read it."""

import xml.etree.ElementTree as ET
from dataclasses import replace

from harness.report.junit import render
from harness.results.model import Results
from tests.results.samples import INVALID, RESULTS, RUN


def test_counts_names_and_times_are_where_servers_look() -> None:
    suite = ET.fromstring(render(RESULTS, {RUN.id: "why"}, {RUN.id: 1.25, INVALID.id: 0.5}))
    assert (suite.tag, suite.get("tests"), suite.get("failures"), suite.get("errors")) == (
        "testsuite",
        "2",
        "1",
        "1",
    )
    assert suite.get("time") == "1.750"
    failed, invalid = suite.findall("testcase")
    assert failed.get("classname") == "scenarios.cold"
    assert failed.get("name") == RUN.id
    assert (failed.find("failure") or failed[0]).text == "why"
    assert invalid.find("error") is not None


def test_a_passed_run_is_a_bare_test_case() -> None:
    passed = Results(1, "t", 0, "pass", (replace(RUN, verdict="pass"),))
    (case,) = ET.fromstring(render(passed, {}, {}))
    assert list(case) == []


def test_what_xml_cannot_hold_is_replaced() -> None:
    text = render(RESULTS, {RUN.id: "\x00\x1b[31m<&>\ufffe"}, {})
    problem = ET.fromstring(text).find("testcase/failure")
    assert problem is not None
    assert problem.text == "\ufffd\ufffd[31m<&>\ufffd"
