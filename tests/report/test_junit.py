"""JUnit XML as CI servers read it.

The facts are those of the schema that Jenkins publishes (junit-10.xsd) and of what pytest writes: names of
elements and attributes, their order, numbers in `time` and in the counts.
"""

import xml.etree.ElementTree as ET
from dataclasses import replace

from harness.report.junit import MESSAGE_MAX, render
from harness.results.comparison import Comparison, Comparisons, TimeKey, TimeTrend
from harness.results.model import Results
from tests.results.samples import RESULTS, RUN, TRANSFER

SUITE = {"name", "tests", "failures", "errors", "skipped", "time"}
CASE = {"classname", "name", "file", "line", "time"}
CHILDREN = ["properties", "skipped", "error", "failure", "system-out", "system-err"]
"""What may stand in a test case, in this order."""

HOSTILE = "\x00\x1b[31m<&>\"'\ufffe]]>\ud800\r\n\U0010ffff"


def properties(element: ET.Element) -> dict[str, str]:
    return {each.attrib["name"]: each.attrib["value"] for each in element.findall("properties/property")}


def test_names_attributes_and_order_are_those_of_the_schema() -> None:
    suite = ET.fromstring(render(RESULTS, {RUN.id: "why"}))
    assert suite.tag == "testsuite"
    assert set(suite.attrib) == SUITE
    assert [child.tag for child in suite] == ["properties", "testcase", "testcase"]
    for case in suite.findall("testcase"):
        assert set(case.attrib) == CASE
        tags = [child.tag for child in case]
        assert tags == sorted(tags, key=CHILDREN.index)
        assert float(case.attrib["time"]) >= 0
        assert int(case.attrib["line"]) >= 1
        for problem in case.findall("failure") + case.findall("error"):
            assert set(problem.attrib) == {"type", "message"}


def test_counts_names_and_times_are_where_servers_look() -> None:
    suite = ET.fromstring(render(RESULTS, {RUN.id: "why"}))
    assert [suite.get(name) for name in ("tests", "failures", "errors", "time")] == ["2", "1", "1", "31.200"]
    failed, invalid = suite.findall("testcase")
    assert failed.get("classname") == "scenarios.cold"
    assert failed.get("name") == RUN.id
    assert (failed.get("file"), failed.get("line"), failed.get("time")) == (RUN.source, "1", "31.200")
    problem = failed.find("failure")
    assert problem is not None
    assert problem.text == "why"
    assert problem.attrib["message"].startswith("Agent asked carrier")
    assert invalid.find("error") is not None


def test_verdict_seed_and_times_in_ms_are_properties() -> None:
    suite = ET.fromstring(render(RESULTS, {}))
    assert properties(suite) == {"tool": "siptransfer 0.1.0", "seed": "7", "verdict": "invalid"}
    told = properties(suite.findall("testcase")[0])
    assert (told["verdict"], told["seed"], told["mode"]) == ("fail", "7", "virtual")
    assert (told["transfer[0].outcome"], told["transfer[0].truth"]) == ("failed", "false-success")
    assert told["transfer[0].refer_response_ms"] == "1.040"
    assert "transfer[0].refer_to_answer_ms" not in told, "what is unknown is no number"


def test_a_passed_run_has_properties_only() -> None:
    passed = Results(1, "t", 0, "pass", (replace(RUN, verdict="pass", findings=()),))
    (case,) = ET.fromstring(render(passed, {})).findall("testcase")
    assert [child.tag for child in case] == ["properties"]


def test_warnings_are_in_the_output_of_their_test_case() -> None:
    passed = Results(1, "t", 0, "pass", (replace(RUN, verdict="pass"),))
    suite = ET.fromstring(render(passed, {}))
    told = suite.findtext("testcase/system-out")
    assert told == "warning: carrier: no expires (RFC3515-2.4.4-3)  [message 7]"


def test_no_text_of_a_peer_makes_it_other_than_xml() -> None:
    run = replace(
        RUN, id=HOSTILE, scenario=HOSTILE, source=HOSTILE, transfers=(replace(TRANSFER, truth=HOSTILE),)
    )
    suite = ET.fromstring(render(replace(RESULTS, runs=(run,), tool=HOSTILE), {HOSTILE: HOSTILE}).encode())
    text = suite.findtext("testcase/failure")
    assert text is not None
    assert text.startswith("\ufffd\ufffd[31m<&>\"'\ufffd]]>\ufffd")
    assert text.endswith("\U0010ffff")


def test_a_story_of_any_length_is_one_short_message() -> None:
    run = replace(RUN, transfers=(TRANSFER,) * 500)
    problem = ET.fromstring(render(replace(RESULTS, runs=(run,)), {})).find("testcase/failure")
    assert problem is not None
    assert len(problem.attrib["message"]) == MESSAGE_MAX


def test_what_changed_since_the_last_good_run_is_a_property() -> None:
    trend = TimeTrend(TimeKey("transfer", 0, "refer_response"), 9.0, 1.0, (1.0,), worse=True, why="too long")
    compared = Comparison(RUN.id, "fail", "newly-failing", "pass", 3, (trend,))
    past = Comparisons(4, 3, {RUN.id: compared}, ("gone.yaml",))
    suite = ET.fromstring(render(RESULTS, {}, past))
    assert properties(suite)["last_good_run"] == "3"
    assert properties(suite)["gone"] == "gone.yaml"
    told = properties(suite.findall("testcase")[0])
    assert told["change"] == "newly-failing"
    assert told["transfer[0].refer_response_worse"] == "too long"
    assert "change" not in properties(suite.findall("testcase")[1]), "nothing is known of it"


def test_printed_in_a_job_it_commands_nothing_and_is_the_same_xml() -> None:
    evil = "##[add-mask]a\n  ::stop-commands::x\n::error::y"
    text = render(replace(RESULTS, runs=(replace(RUN, scenario=evil),)), {RUN.id: evil})
    assert "##[" not in text
    assert not [line for line in text.splitlines() if line.strip().startswith("::")]
    failure = ET.fromstring(text).find("testcase/failure")
    assert failure is not None and failure.text == evil
