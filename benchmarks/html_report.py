"""The HTML report of 1,000 scenarios of about 30 messages: its size, how long it takes to write and to open.

Run from the root of the project: `python -m benchmarks.html_report`. Needs chromium and chromium-driver for
the second half. Exit code 1 when a bound is broken.
"""

import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from time import perf_counter, process_time

from harness.report.page import render
from harness.report.panel import Shown
from harness.suite.collect import collect
from harness.suite.events import RunFinished
from harness.suite.play import Settings
from harness.suite.run import results, run_all
from tests.report.browser import CHROMIUM, DRIVER, Browser

SCENARIOS = 1_000
BYTES_MAX = 15_000_000
WRITE_SECONDS_MAX = 3.0
OPEN_SECONDS_MAX = 2.0

OPENED = """
const [page] = performance.getEntriesByType('navigation');
const [paint] = performance.getEntriesByName('first-contentful-paint');
return [page.domContentLoadedEventEnd, page.loadEventEnd, paint ? paint.startTime : 0];
"""


def suite(folders: list[str], count: int) -> list[Shown]:
    """Played scenarios, repeated under other names until there are `count`."""
    played = [each for each in run_all(collect(folders), Settings()) if isinstance(each, RunFinished)]
    shown = []
    for number in range(count):
        each = played[number % len(played)]
        run = replace(each.run, id=f"{each.run.id}[{number}]")
        shown.append(Shown(run, each.trace, "\n".join(each.source)))
    return shown


def main() -> int:
    """Print the figures; 1 when a bound is broken."""
    broken = 0
    for name, folders in (("all pass", ["scenarios/cold"]), ("most fail", ["docs/example"])):
        runs = suite(folders, SCENARIOS)
        whole = results([each.run for each in runs], 0)
        began, began_processor = perf_counter(), process_time()
        page = render(whole, runs)
        wrote, worked = perf_counter() - began, process_time() - began_processor
        data = page.encode()
        messages = sum(each.run.messages for each in runs) / SCENARIOS
        print(
            f"{name}, {messages:.0f} messages in each: {len(data) / 1e6:.1f} MB in {wrote:.2f} s,"
            f" {worked:.2f} s of the processor"
        )
        # A machine that does other things too must not decide: the bound is on our own work.
        broken |= len(data) > BYTES_MAX or worked > WRITE_SECONDS_MAX
        if CHROMIUM and DRIVER:
            broken |= opened(data) > OPEN_SECONDS_MAX
    return int(broken)


def opened(data: bytes) -> float:
    """Seconds until the page has loaded and been painted."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        path = Path(folder, "page.html")
        path.write_bytes(data)
        with Browser(Path(folder, "profile")) as browser:
            browser.size(1280, 900)
            began = perf_counter()
            browser.open(path.as_uri())
            content, load, paint = browser.run(OPENED)
            whole = perf_counter() - began
            began = perf_counter()
            browser.press("/", *"carrier")
            found = perf_counter() - began
            browser.run("document.querySelector('.run').open = true")
            began = perf_counter()
            browser.wait(".ladder")
            unpacked = perf_counter() - began
    print(
        f"  chromium: painted after {paint / 1000:.2f} s, parsed {content / 1000:.2f} s, loaded"
        f" {load / 1000:.2f} s ({whole:.2f} s seen from outside); a word found in {found:.2f} s,"
        f" a ladder drawn in {unpacked:.2f} s"
    )
    return max(load, paint) / 1000


if __name__ == "__main__":
    sys.exit(main())
