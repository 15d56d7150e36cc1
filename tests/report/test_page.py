"""The HTML page: self-contained, safe, deterministic, small; `test_browsing.py` opens it in a browser."""

import base64
import hashlib
import re
import zlib
from dataclasses import replace
from html.parser import HTMLParser
from time import process_time

import pytest

from harness.report import page as page_module
from harness.report.page import render
from harness.report.panel import Shown
from harness.report.readable import MESSAGE_CHARACTERS_MAX
from harness.results.comparison import Comparison, Comparisons, TimeKey, TimeTrend
from harness.results.model import Evidence, Results
from harness.results.rule_totals import rule_totals
from harness.trace.entries import MessageEntry, Trace
from tests.ladders import cold_transfer
from tests.results.samples import INVALID, RESULTS, RUN

SHOWN = [Shown(RUN, cold_transfer(), "scenario: x\n"), Shown(INVALID)]


class Outline(HTMLParser):
    """Collects ids, links and addresses, and holds that elements nest."""

    VOID = frozenset(("meta", "link", "br", "img", "line", "rect", "path", "input"))

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.opened: list[str] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self.VOID:
            self.opened.append(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            elif name == "href" and (tag == "a" or (value or "").startswith("#")):
                self.links.append(value or "")
            elif name in ("src", "href", "action", "srcset"):
                self.loaded.append(value or "")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in self.VOID:
            self.opened.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.opened.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def outline(page: str) -> Outline:
    parsed = Outline()
    parsed.feed(page)
    assert parsed.opened == []
    return parsed


def text_of(page: str) -> str:
    return " ".join(" ".join(outline(page).texts).split())


def test_the_page_tells_verdict_story_claim_and_evidence() -> None:
    text = text_of(render(RESULTS, SHOWN))
    for part in (
        "Invalid 1 failed, 1 invalid of 2 scenarios",
        "To blame: carrier .",
        "the reported success is false. The caller was dropped.",
        "Claimed success NOTIFY 100, 200",
        "Happened human was not reached",
        "Truth false-success Success was reported, and nobody answered.",
        "fail outcome connected failed 7 11 line 10",
        "carrier reported 200, nobody had answered",
        "'lukewarm' is no transfer",
        "nobody answered",
        "NOTIFY 100 (active)",
    ):
        assert part in text


def test_nothing_is_loaded_and_every_link_leads_somewhere() -> None:
    page = outline(render(RESULTS, SHOWN))
    assert page.loaded == ["data:,"]
    assert len(page.ids) == len(set(page.ids))
    assert {link.removeprefix("#") for link in page.links} <= set(page.ids)


def test_evidence_that_is_not_on_the_page_is_a_number_and_no_link() -> None:
    page = outline(render(RESULTS, [Shown(RUN), Shown(INVALID)]))
    assert [link for link in page.links if "/m" in link] == []


def test_a_flood_of_findings_is_told_up_to_a_bound() -> None:
    flood = tuple(
        replace(RUN.findings[0], text=f"text {n}", evidence=tuple(Evidence(each) for each in range(1, 60)))
        for n in range(2_000)
    )
    run = replace(RUN, findings=flood)
    page = render(replace(RESULTS, runs=(run,)), [Shown(run, cold_transfer())])
    assert "and 1988 more like these" in page
    assert len(page) < 1_500_000


def test_only_the_style_and_the_script_of_the_page_may_act() -> None:
    page = render(RESULTS, SHOWN)
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)
    assert policy is not None
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    assert style is not None
    assert len(scripts) == 1
    for kind, text in (("style", style[1]), ("script", scripts[0])):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy[1]
    assert policy[1].startswith("default-src 'none';")
    assert "unsafe" not in policy[1]


def test_rules_that_a_scenario_said_would_be_broken_are_not_counted_with_the_others() -> None:
    expected = tuple(replace(each, expected=True) for each in RUN.findings)
    runs = (RUN, replace(RUN, id="liar", verdict="pass", findings=expected))
    text = text_of(render(Results(1, "t", 0, "fail", runs), [Shown(run) for run in runs]))
    assert "40 rules held 1 broken 1 broken as the scenarios said 2 warned" in text


def test_equal_runs_give_equal_pages() -> None:
    assert render(RESULTS, SHOWN) == render(RESULTS, SHOWN)


def test_what_a_peer_or_an_author_writes_stays_text() -> None:
    evil = "</pre></script><script>alert(1)</script><img src=x onerror=alert(2)>\"'><svg onload=alert(3)>"
    trace = cold_transfer()
    first = trace.messages()[0]
    entry = replace(first, raw=f"INVITE sip:x SIP/2.0\r\nSubject: {evil}\r\n\r\n".encode(), parsed=None)
    run = replace(RUN, id=evil, scenario=evil, source=evil)
    page = render(Results(1, evil, 0, "fail", (run,)), [Shown(run, Trace(trace.header, [entry]), evil)])
    assert page.count("<script") == 1
    assert "<img" not in page
    assert "<svg onload" not in page
    outline(page)


def test_control_characters_of_a_peer_are_pictures() -> None:
    trace = cold_transfer()
    first = trace.messages()[0]
    entry = replace(first, raw=b"INVITE\x1b]0;x\x07 sip:x SIP/2.0\r\n\r\n", parsed=None)
    run = replace(RUN, scenario="\x1b[31mred\x7f\x9b\u202e")
    page = render(replace(RESULTS, runs=(run,)), [Shown(run, Trace(trace.header, [entry]), "\x07")])
    assert not {sign for sign in page if not sign.isprintable()} - {"\n", "\t"}
    assert "␛]0;x␇" in page
    assert "␛[31mred␡⟨U+009B⟩⟨U+202E⟩" in page


def test_bytes_that_are_no_text_and_giant_messages_are_shown_as_far_as_they_go() -> None:
    trace = cold_transfer()
    first = trace.messages()[0]
    entry = MessageEntry(1, 0, 1, first.source, first.destination, "udp", b"\x00\xff\x1b" * 20_000)
    page = render(Results(1, "t", 0, "fail", (RUN,)), [Shown(RUN, Trace(trace.header, [entry]))])
    assert "60000 bytes in all" in page
    assert "\x00" not in page
    assert "\x1b" not in page
    assert len(page) < 80_000 + 3 * MESSAGE_CHARACTERS_MAX


def test_no_runs_still_make_a_page() -> None:
    assert "Passed Nothing was played" in text_of(render(Results(1, "t", 0, "pass", ()), []))


@pytest.mark.parametrize(
    ("verdicts", "headline"),
    [
        (("pass", "pass"), "All 2 scenarios passed"),
        (("pass",), "The scenario passed"),
        (("fail",), "The scenario failed"),
        (("fail", "pass", "pass"), "1 of 3 scenarios failed"),
        (("inconclusive", "pass"), "1 of 2 scenarios is undecided"),
        (("fail", "broken", "pass"), "1 failed, 1 could not be played of 3 scenarios"),
    ],
)
def test_the_headline_counts_what_did_not_pass(verdicts: tuple[str, ...], headline: str) -> None:
    runs = tuple(replace(RUN, id=str(n), verdict=verdict) for n, verdict in enumerate(verdicts))  # type: ignore[arg-type]
    results = Results(1, "t", 0, runs[0].verdict, runs)
    assert headline in text_of(render(results, [Shown(run) for run in runs]))


def test_runs_of_one_cause_are_told_once_at_the_top_with_links_to_each() -> None:
    runs = tuple(replace(RUN, id=f"run{number}") for number in range(8))
    page = render(Results(1, "t", 0, "fail", runs), [Shown(run) for run in runs])
    assert page.count('<li class="fail">\n  <h3>') == 1
    assert "and 3 more" in text_of(page)


def test_a_thousand_scenarios_are_small_and_written_soon() -> None:
    trace = cold_transfer()
    count = 1_000
    runs = tuple(replace(RUN, id=f"run{n}", verdict="fail" if n % 4 else "pass") for n in range(count))
    results = Results(1, "t", 0, "fail", runs, rule_totals(runs))
    began = process_time()  # of this process alone: other tests run beside it
    page = render(results, [Shown(run, trace, "scenario: x\n" * 12) for run in runs])
    assert process_time() - began < 3.0
    assert len(page.encode()) < 15_000_000


def test_the_past_is_told_where_it_is_known_and_only_there() -> None:
    trend = TimeTrend(TimeKey("transfer", 0, "refer_response"), 1.04, 1.0, (1.0, 1.0), worse=True, why="slow")
    compared = Comparison(RUN.id, "fail", "newly-failing", "pass", 2, (trend,))
    page = render(RESULTS, SHOWN, comparisons=Comparisons(3, 2, {RUN.id: compared}))
    assert "newly failing 1 The carrier reports success" in text_of(page)
    assert page.count("<polyline") == 1
    outline(page)
    assert "<polyline" not in render(RESULTS, SHOWN)
    assert "last good run" not in render(RESULTS, SHOWN)


@pytest.fixture
def few_are_plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a page of three runs be a large one."""
    monkeypatch.setattr(page_module, "PLAIN_RUNS_MAX", 2)
    monkeypatch.setattr(page_module, "PLAIN_FAILURES_MAX", 1)


@pytest.mark.usefixtures("few_are_plain")
def test_a_large_page_packs_ladders_and_keeps_findings_of_failures_plain() -> None:
    runs = tuple(replace(RUN, id=f"run{number}") for number in range(3))
    page = render(Results(1, "t", 0, "fail", runs), [Shown(run, cold_transfer()) for run in runs])
    packs = [
        zlib.decompress(base64.b64decode(text)).decode()
        for text in re.findall(r'class="pack">([^<]+)</script>', page)
    ]
    assert len(packs) == 3
    assert [pack.count("<h4>Why it did not pass") for pack in packs] == [0, 1, 1]
    assert all('class="ladder"' in pack for pack in packs)
    assert page.count("<h4>Why it did not pass") == 1
    assert 'class="ladder"' not in page


@pytest.mark.usefixtures("few_are_plain")
def test_what_is_packed_is_as_harmless_as_the_rest() -> None:
    trace = cold_transfer()
    entry = replace(
        trace.messages()[0], raw=b"INVITE <img src=x>\x1b\xe2\x80\xae sip:x SIP/2.0\r\n\r\n", parsed=None
    )
    runs = tuple(replace(RUN, id=f"run{number}") for number in range(3))
    page = render(
        Results(1, "t", 0, "fail", runs), [Shown(run, Trace(trace.header, [entry])) for run in runs]
    )
    for text in re.findall(r'class="pack">([^<]+)</script>', page):
        pack = zlib.decompress(base64.b64decode(text)).decode()
        assert "<img" not in pack
        assert "␛⟨U+202E⟩" in pack
