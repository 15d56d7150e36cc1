"""The page in a real browser: what it shows, what a click and a key do, and what a hostile peer cannot."""

import re
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from harness.report import page as page_module
from harness.report.page import render
from harness.report.panel import Shown
from harness.results.model import Evidence, Results, RunEntry
from harness.results.rule_totals import rule_totals
from harness.trace.entries import Trace
from tests.ladders import cold_transfer, find
from tests.report.browser import CHROMIUM, DRIVER, MISSING, Browser
from tests.results.samples import INVALID, RUN

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None or DRIVER is None, reason=MISSING),
    pytest.mark.xdist_group("browser"),
]

TRACE = cold_transfer()
NOTIFY = find(TRACE, "NOTIFY", 3)
LIAR = replace(
    RUN,
    id="scenarios/liar.yaml",
    findings=tuple(replace(each, evidence=(Evidence(NOTIFY), Evidence(11))) for each in RUN.findings),
    rule_verdicts={"truthful-notify": "fail", "RFC3515-2.4.4-3": "warn"},
)
CLEAN = replace(
    RUN, id="scenarios/clean.yaml", scenario="All is well", verdict="pass", findings=(), expectations=(),
    causes=(), seconds=40.0,
)  # fmt: skip
EVIL = (
    "</script></pre></details><script>window.hit = 1</script><img src=x onerror='window.hit = 2'>"
    "\"'><svg onload='window.hit = 3'></svg>{{ 7 * 7 }}\u202e\x1b[2J&amp;<!-- "
)


def page(*runs: tuple[RunEntry, Trace | None]) -> str:
    entries = tuple(run for run, _ in runs)
    results = Results(1, "siptransfer test", 7, "fail", entries, rule_totals(entries))
    return render(results, [Shown(run, trace, "scenario: x\n" * 14) for run, trace in runs])


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    # Not pytest's own folder: its long name would be too long for a socket of the browser.
    with tempfile.TemporaryDirectory(prefix="page-", ignore_cleanup_errors=True) as name:
        yield Path(name)


@pytest.fixture(scope="module")
def address(folder: Path) -> str:
    path = folder / "page.html"
    path.write_text(page((LIAR, TRACE), (CLEAN, TRACE), (INVALID, None)), encoding="utf-8")
    return path.as_uri()


@pytest.fixture(scope="module")
def started(folder: Path) -> Iterator[Browser]:
    with Browser(folder / "profile") as browser:
        yield browser


@pytest.fixture
def browser(started: Browser, address: str) -> Iterator[Browser]:
    """The page, freshly opened on a desktop; afterwards the console must be silent."""
    started.size(1280, 900)
    started.prefer("light")
    started.open(address)
    started.complaints()
    yield started
    assert started.complaints() == []


def shown(browser: Browser) -> list[str]:
    script = (
        "return [...document.querySelectorAll('.run')].filter((r) => r.checkVisibility()).map((r) => r.id)"
    )
    return list(browser.run(script))


def focus(browser: Browser) -> str:
    """What has the focus, by the text before its first line break."""
    return str(
        browser.run("return document.activeElement.innerText ?? document.activeElement.textContent")
    ).strip()


LIAR_KEY, CLEAN_KEY, BROKEN_KEY = "scenarios-liar", "scenarios-clean", "scenarios-broken"


def test_the_first_screen_says_verdict_counts_and_what_to_look_at_first(browser: Browser) -> None:
    assert browser.text("h1").split("\n")[0].startswith("Failed")
    assert "1 failed, 1 invalid of 3 scenarios" in browser.text("h1")
    assert "carrier" in browser.text(".concerns li")
    browser.click(".concerns li a")
    assert browser.count(f"#{LIAR_KEY} .ladder") == 1


def test_verdict_severity_and_text_filter_the_list(browser: Browser) -> None:
    assert shown(browser) == [LIAR_KEY, BROKEN_KEY, CLEAN_KEY]
    browser.click(".chip.pass")
    assert shown(browser) == [CLEAN_KEY]
    assert browser.text("#shown") == "1 of 3 shown"
    browser.click(".chip.pass")
    browser.run("document.getElementById('severity').value = 'cosmetic';"
                "document.getElementById('severity').dispatchEvent(new Event('change'))")  # fmt: skip
    assert shown(browser) == [LIAR_KEY]
    browser.press("/")
    browser.press(*"lukewarm")
    assert shown(browser) == []
    assert browser.count("#none") == 1
    browser.press("Escape")
    assert len(shown(browser)) == 3
    browser.press("/", *"truthful-notify")
    assert shown(browser) == [LIAR_KEY], "ids of broken rules are found too"


def test_a_count_of_the_rule_table_shows_the_scenarios_it_counts(browser: Browser) -> None:
    browser.run("for (const each of document.querySelectorAll('details:not(.run)')) each.open = true")
    browser.click(".chip.pass")
    browser.run("document.querySelector('td.broken a').click()")
    assert shown(browser) == [LIAR_KEY]


def test_the_list_can_be_ordered(browser: Browser) -> None:
    for name, order in (
        ("seconds", [CLEAN_KEY, LIAR_KEY, BROKEN_KEY]),
        ("number", [LIAR_KEY, CLEAN_KEY, BROKEN_KEY]),
    ):
        browser.run("const order = document.getElementById('order'); order.value = arguments[0];"
                    "order.dispatchEvent(new Event('change'))", name)  # fmt: skip
        assert shown(browser) == order


def test_a_click_on_a_message_shows_its_headers_with_the_finding_where_it_belongs(browser: Browser) -> None:
    browser.click(f"#{LIAR_KEY} summary")
    browser.click(f"#{LIAR_KEY} .ladder a[href$='/m{NOTIFY}'] .label")
    reader = browser.text(".reader")
    assert reader.startswith(f"{NOTIFY} · NOTIFY 200 (terminated)")
    assert "Subscription-State\nterminated" in reader
    assert reader.index("SIP/2.0 200 OK") < reader.index("carrier reported 200, nobody had answered")
    assert browser.run("return location.hash") == f"#{LIAR_KEY}/m{NOTIFY}"
    browser.press("j")
    assert browser.text(".reader h5").startswith(f"{NOTIFY + 1} · ")
    browser.press("Escape")
    assert browser.count(".reader") == 0
    assert "200 OK" in focus(browser), "the focus is back on the arrow"


def test_the_names_of_the_parties_stay_in_sight(browser: Browser) -> None:
    browser.click(f"#{LIAR_KEY} summary")
    browser.run("scrollTo(0, document.querySelector('.ladder').getBoundingClientRect().top + scrollY + 300)")
    browser.wait(".heads[transform]:not([transform='translate(0 0)'])")


def test_a_time_says_what_it_means_when_it_has_the_focus(browser: Browser) -> None:
    browser.click(f"#{LIAR_KEY} summary")
    told = "return getComputedStyle(document.querySelector('.times .term'), '::after').content"
    assert browser.run(told) == "none"
    browser.press("Tab")
    browser.run("document.querySelector('.times .term').focus()")
    assert browser.run(told) == '"From the REFER to its final response."'


def test_a_deep_link_opens_the_scenario_and_the_message(browser: Browser, address: str) -> None:
    browser.open(f"{address}#{LIAR_KEY}/m3")
    assert browser.text(".reader h5").startswith("3 · INVITE")
    assert browser.count(f"#{LIAR_KEY} .messages[open]") == 0
    browser.open(f"{address}#{CLEAN_KEY}")
    assert browser.count(f"#{CLEAN_KEY}[open]") == 1
    assert browser.count(f"#{LIAR_KEY}[open]") == 0


def test_it_can_be_read_by_keyboard_alone(browser: Browser) -> None:
    browser.press("j")
    assert "The carrier reports success" in focus(browser)
    browser.press("j", "ArrowDown")
    assert "All is well" in focus(browser)
    browser.press("k", "k", "Enter")
    assert browser.count(f"#{LIAR_KEY}[open] .ladder") == 1
    browser.run("document.querySelector('.ladder a').focus()")
    browser.press("ArrowDown", "Enter")
    assert browser.text(".reader h5").startswith("2 · ")
    browser.press("Escape")
    browser.press("?")
    assert browser.count("dialog[open]") == 1
    browser.press("Escape")
    assert browser.count("dialog[open]") == 0


def test_dark_and_light_follow_the_system_and_the_switch(browser: Browser, address: str) -> None:
    ground = "return getComputedStyle(document.body).backgroundColor"
    light = browser.run(ground)
    browser.prefer("dark")
    dark = browser.run(ground)
    assert light == "rgb(255, 255, 255)" != dark
    browser.click("#theme")
    assert browser.run(ground) == light
    browser.open(address)
    assert browser.run(ground) == light, "the choice is remembered"
    browser.press("d")
    assert browser.run(ground) == dark
    browser.run("localStorage.clear()")


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_nothing_but_the_ladder_scrolls_sideways(width: int, browser: Browser, address: str) -> None:
    browser.size(width, 800)
    for fragment in ("", f"#{LIAR_KEY}", f"#{LIAR_KEY}/m{NOTIFY}"):
        browser.open(address + fragment)
        browser.run("for (const each of document.querySelectorAll('details')) each.open = true")
        assert browser.run("return document.documentElement.scrollWidth") <= width


CONTRAST = """
  const channel = (value) => value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  const light = (rgb) => {
    const [r, g, b] = rgb.map((v) => channel(v / 255));
    return .2126 * r + .7152 * g + .0722 * b;
  };
  const numbers = (text) => text.match(/[\\d.]+/g).map(Number);
  const ground = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const colour = numbers(getComputedStyle(each).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour.slice(0, 3);
    }
    return [255, 255, 255];
  };
  const weak = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.data.trim(), element = walker.currentNode.parentElement;
    if (!text || !element.checkVisibility() || element.closest("script, svg, .unseen")) continue;
    const [a, b] = [light(numbers(getComputedStyle(element).color).slice(0, 3)), light(ground(element))];
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (ratio < 4.5) weak.push(`${ratio.toFixed(2)} ${element.className} ${text.slice(0, 40)}`);
  }
  return weak;
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_has_the_contrast_that_wcag_aa_asks_for(
    scheme: str, browser: Browser, address: str
) -> None:
    browser.prefer(scheme)
    browser.open(f"{address}#{LIAR_KEY}/m{NOTIFY}")
    browser.run("for (const each of document.querySelectorAll('details')) each.open = true")
    assert browser.run(CONTRAST) == []


def test_a_screen_reader_finds_landmarks_headings_and_names(browser: Browser) -> None:
    browser.click(f"#{LIAR_KEY} summary")
    tree = browser.tell("Accessibility.getFullAXTree")["nodes"]
    told = [
        (node["role"]["value"], node.get("name", {}).get("value", ""))
        for node in tree
        if not node.get("ignored")
    ]
    roles = {role for role, _ in told}
    assert {"banner", "main", "search", "heading", "link", "table", "status"} <= roles
    assert any(
        role == "link" and name.startswith("3: INVITE") and "carrier to agent" in name for role, name in told
    )
    nameless = [
        role for role, name in told if role in ("button", "link", "searchbox", "combobox") and not name
    ]
    assert nameless == []


def test_paper_shows_what_failed_and_is_light(browser: Browser) -> None:
    browser.prefer("dark")
    assert len(browser.paper()) > 20_000
    assert browser.count(".run[open]") == 0, "closed again afterwards"


def test_hostile_content_adds_no_element_and_runs_nothing(started: Browser, folder: Path) -> None:
    raw = (
        f'INVITE sip:x SIP/2.0\r\nFrom: "{EVIL}" <sip:{EVIL}>\r\nSubject: {EVIL * 300}\r\n\r\n{EVIL}'.encode()
        + b"\xff\xfe"
    )
    first = TRACE.messages()[0]
    trace = Trace(TRACE.header, [replace(first, raw=raw, parsed=None)])
    findings = (
        replace(RUN.findings[0], who=EVIL, text=EVIL, rule=EVIL, cites=EVIL, evidence=(Evidence(1),)),
    )
    wishes = tuple(replace(each, name=EVIL, wanted=EVIL, got=EVIL) for each in RUN.expectations)
    run = replace(
        RUN, id=EVIL, scenario=EVIL, source=EVIL, error=EVIL, findings=findings, expectations=wishes
    )
    plain = replace(run, id="x", scenario="x", source="x", error="x", findings=(), expectations=())
    path = folder / "hostile.html"
    strange = "img, script, svg[onload], [onerror]"
    tags = "return [...document.querySelectorAll(arguments[0])].map((each) => each.outerHTML.slice(0, 40))"
    found = []
    for entry, wire in ((plain, cold_transfer()), (run, trace)):
        path.write_text(page((entry, wire), (replace(entry, id=f"{entry.id} 2"), wire)), encoding="utf-8")
        started.open(path.as_uri())
        started.run("for (const each of document.querySelectorAll('details')) each.open = true")
        started.run("location.hash = document.querySelector('.ladder a').getAttribute('href')")
        started.wait(".reader")
        found.append(started.run(tags, strange))
        assert started.complaints() == []
    assert found[0] == found[1]
    assert started.run("return window.hit ?? 0") == 0
    assert "⟨U+202E⟩␛[2J" in started.text(".reader")
    assert started.run("return document.documentElement.scrollWidth") <= 1280


def test_a_large_page_unpacks_what_is_opened(
    started: Browser, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_module, "PLAIN_RUNS_MAX", 1)
    path = folder / "large.html"
    path.write_text(page((LIAR, TRACE), (CLEAN, TRACE)), encoding="utf-8")
    started.size(1280, 900)
    started.open(path.as_uri())
    assert started.count(".ladder") == 0
    started.open(f"{path.as_uri()}#{CLEAN_KEY}/m3")
    started.wait(".reader")
    assert started.text(".reader h5").startswith("3 · INVITE")
    assert started.complaints() == []


def test_without_javascript_everything_can_be_read(folder: Path, address: str) -> None:
    with Browser(folder / "silent", script=False) as browser:
        browser.open(address)
        assert browser.count(".tools button") == 0
        browser.click(f"#{LIAR_KEY} summary")
        assert browser.count(f"#{LIAR_KEY} .ladder") == 1
        assert "carrier reported 200, nobody had answered" in browser.text(f"#{LIAR_KEY}")
        browser.click(f"#{LIAR_KEY} .ref")
        assert re.search(r"SIP/2\.0", browser.text(f"[id='{LIAR_KEY}/m7']")), (
            "the link leads to the message's text"
        )
