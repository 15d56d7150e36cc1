"""The HTML page: self-contained, safe, deterministic; and it draws in a real browser."""

import re
import shutil
import subprocess
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from harness.report.page import MESSAGE_CHARACTERS_MAX, Shown, render
from harness.results.model import Results
from harness.trace.entries import MessageEntry, Trace
from tests.ladders import cold_transfer
from tests.results.samples import INVALID, RESULTS, RUN

SHOWN = [Shown(RUN, cold_transfer(), "scenario: x\n"), Shown(INVALID)]


class Outline(HTMLParser):
    """Collects ids, links and addresses, and holds that elements nest."""

    VOID = frozenset(("meta", "link", "br", "img", "line", "rect", "path"))

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
            elif name == "href" and tag == "a":
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


def test_the_page_tells_verdict_story_claim_and_evidence() -> None:
    text = " ".join(" ".join(outline(render(RESULTS, SHOWN)).texts).split())
    for part in (
        "invalid 2 scenarios",
        "the reported success is false. The caller was dropped.",
        "connected (100, 200) failed (signalling) false-success",
        "outcome: wanted connected, got failed",
        "carrier reported 200, nobody had answered",
        "'lukewarm' is no transfer",
        "nobody answered",
        "NOTIFY 100 Trying",
    ):
        assert part in text


def test_nothing_is_loaded_and_every_link_leads_somewhere() -> None:
    page = outline(render(RESULTS, SHOWN))
    assert page.loaded == ["data:,"]
    assert len(page.ids) == len(set(page.ids))
    assert {link.removeprefix("#") for link in page.links} <= set(page.ids)


def test_equal_runs_give_equal_pages() -> None:
    assert render(RESULTS, SHOWN) == render(RESULTS, SHOWN)


def test_what_a_peer_or_an_author_writes_stays_text() -> None:
    evil = "</pre><script>alert(1)</script><img src=x onerror=alert(2)>"
    trace = cold_transfer()
    first = trace.messages()[0]
    entry = replace(first, raw=f"INVITE sip:x SIP/2.0\r\nSubject: {evil}\r\n\r\n".encode(), parsed=None)
    run = replace(RUN, id=evil, scenario=evil, source=evil)
    page = render(Results(1, evil, 0, "fail", (run,)), [Shown(run, Trace(trace.header, [entry]), evil)])
    assert "<script" not in page
    assert "<img" not in page
    outline(page)


def test_control_characters_of_a_peer_are_pictures() -> None:
    trace = cold_transfer()
    first = trace.messages()[0]
    entry = replace(first, raw=b"INVITE\x1b]0;x\x07 sip:x SIP/2.0\r\n\r\n", parsed=None)
    run = replace(RUN, scenario="\x1b[31mred\x7f\x9b\u202e")
    page = render(replace(RESULTS, runs=(run,)), [Shown(run, Trace(trace.header, [entry]), "\x07")])
    assert not {sign for sign in page if not sign.isprintable()} - {"\n", "\t"}
    assert "␛]0;x␇" in page
    assert "␛[31mred␡��" in page


def test_bytes_that_are_no_text_and_giant_messages_are_shown_as_far_as_they_go() -> None:
    trace = cold_transfer()
    first = trace.messages()[0]
    entry = MessageEntry(1, 0, 1, first.source, first.destination, "udp", b"\x00\xff\x1b" * 20_000)
    page = render(Results(1, "t", 0, "fail", (RUN,)), [Shown(RUN, Trace(trace.header, [entry]))])
    assert "60000 bytes in all" in page
    assert "\x00" not in page
    assert "\x1b" not in page
    assert len(page) < 40_000 + 3 * MESSAGE_CHARACTERS_MAX


def test_no_runs_still_make_a_page() -> None:
    outline(render(Results(1, "t", 0, "pass", ()), []))


@pytest.mark.skipif(shutil.which("chromium") is None, reason="chromium is not installed")
@pytest.mark.parametrize("width", [390, 1280])
def test_a_real_browser_draws_it_without_sideways_scrolling(width: int, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    # The browser itself measures: a script of the test writes the widths into the title.
    measure = "<script>document.title = document.documentElement.scrollWidth + '/' + innerWidth</script>"
    page = render(RESULTS, SHOWN).replace("</body>", f"{measure}</body>")
    page = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page)
    path.write_text(page, encoding="utf-8")
    told = subprocess.run(
        [
            "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            f"--user-data-dir={tmp_path}", f"--window-size={width},800", "--dump-dom", path.as_uri(),
        ],
        capture_output=True, timeout=60, check=True, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    title = re.search(r"<title>(\d+)/(\d+)</title>", told.stdout.decode("utf-8"))
    assert title is not None
    assert int(title[1]) <= int(title[2])
