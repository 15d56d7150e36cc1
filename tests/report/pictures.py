"""Takes the pictures of the example report for the README: `make pictures`, with chromium and its driver.

No test: what is in a picture is looked at by people. Must not live here: what the report shows.
"""

import sys
import tempfile
from pathlib import Path

from tests.report.browser import CHROMIUM, DRIVER, MISSING, Browser

DOCS = Path(__file__).parents[2] / "docs"
WIDTH = 1280


def main() -> int:
    """The first screen in light, the ladder of a failure with the lie in dark."""
    if CHROMIUM is None or DRIVER is None:
        print(MISSING, file=sys.stderr)
        return 1
    page = (DOCS / "example-report.html").as_uri()
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile,
        Browser(Path(profile)) as browser,
    ):
        for scheme, height, fragment in (("light", 960, ""), ("dark", 960, "#docs-example-early/m19")):
            browser.size(WIDTH, height)
            browser.prefer(scheme)
            browser.open(page + fragment)
            path = DOCS / f"report-{scheme}.png"
            path.write_bytes(browser.picture())
            print(path.relative_to(DOCS.parent), path.stat().st_size)
    return 0


if __name__ == "__main__":
    sys.exit(main())
