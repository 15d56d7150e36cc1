"""A real browser for tests: headless Chromium spoken to by the WebDriver protocol, without a library.

Needs Debian's chromium and chromium-driver. Must not live here: what the page is expected to do.
"""

import base64
import json
import shutil
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.error import HTTPError
from urllib.request import Request, urlopen

CHROMIUM = shutil.which("chromium")
DRIVER = shutil.which("chromedriver")
MISSING = "chromium and chromium-driver are not installed"

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
"""Key of a reference to an element (W3C WebDriver section 12)."""

KEYS = {"Enter": "\ue007", "Escape": "\ue00c", "Tab": "\ue004", "ArrowDown": "\ue015", "ArrowUp": "\ue013"}

ARGUMENTS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--hide-scrollbars",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--force-device-scale-factor=1", "--disable-dev-shm-usage", "--font-render-hinting=none",
)  # fmt: skip


class Browser:
    """One window. Use it in a `with` statement; it ends the processes it started."""

    def __init__(self, profile: Path, *, script: bool = True) -> None:
        self._process = subprocess.Popen(
            [str(DRIVER), "--port=0"],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
        )
        assert self._process.stdout is not None
        port = next(
            line.rsplit(b" ", 1)[1].strip(b". \n").decode()
            for line in self._process.stdout
            if b"successfully on port" in line
        )
        self._base = f"http://127.0.0.1:{port}"
        preferences = {} if script else {"profile.managed_default_content_settings.javascript": 2}
        options = {
            "binary": CHROMIUM,
            "args": [*ARGUMENTS, f"--user-data-dir={profile}"],
            "prefs": preferences,
        }
        wanted = {"goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}
        made = self._post("/session", {"capabilities": {"alwaysMatch": wanted}})
        self._base += f"/session/{made['sessionId']}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._call("DELETE", "")
        finally:
            self._process.terminate()
            self._process.wait(10)

    def open(self, address: str) -> None:
        """Load an address afresh, also when only its fragment differs from the one before."""
        self._post("/url", {"url": "about:blank"})
        self._post("/url", {"url": address})

    def run(self, script: str, *arguments: Any) -> Any:
        """The value of a script's `return`; a promise is waited for."""
        return self._post("/execute/sync", {"script": script, "args": list(arguments)})

    def text(self, selector: str) -> str:
        """The visible text of the first match."""
        return str(self.run("return document.querySelector(arguments[0]).innerText", selector))

    def count(self, selector: str) -> int:
        """How many matches are drawn."""
        script = (
            "return [...document.querySelectorAll(arguments[0])].filter((e) => e.checkVisibility()).length"
        )
        return int(self.run(script, selector))

    def wait(self, selector: str) -> None:
        """Come back when there is a match; the time limit of scripts (30 s) is the longest wait."""
        script = """return new Promise((done) => {
          const look = () => document.querySelector(arguments[0]) ? done() : setTimeout(look, 5);
          look();
        })"""
        self.run(script, selector)

    def click(self, selector: str) -> None:
        """Click the first match as a mouse would."""
        element = self._post("/element", {"using": "css selector", "value": selector})[ELEMENT]
        self._post(f"/element/{element}/click", {})

    def press(self, *keys: str) -> None:
        """Type keys, each a character or a name of `KEYS`, wherever the focus is."""
        strokes = [
            {"type": stroke, "value": KEYS.get(key, key)} for key in keys for stroke in ("keyDown", "keyUp")
        ]
        self._post("/actions", {"actions": [{"type": "key", "id": "keyboard", "actions": strokes}]})

    def tell(self, command: str, **parameters: Any) -> Any:
        """A command of the DevTools protocol."""
        return self._post("/goog/cdp/execute", {"cmd": command, "params": parameters})

    def size(self, width: int, height: int) -> None:
        """Size of the visible part of the page, in pixels."""
        self.tell(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 500,
        )

    def prefer(self, scheme: str) -> None:
        """What the system prefers: `light` or `dark`."""
        self.tell("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def picture(self) -> bytes:
        """What is visible, as PNG."""
        return base64.b64decode(self._call("GET", "/screenshot"))

    def paper(self) -> bytes:
        """The page as printed, PDF."""
        return base64.b64decode(self._post("/print", {"background": True}))

    def complaints(self) -> list[str]:
        """What the console said since the last look."""
        return [each["message"] for each in self._post("/se/log", {"type": "browser"})]

    def _post(self, path: str, body: dict[str, Any]) -> Any:
        return self._call("POST", path, body)

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = Request(self._base + path, data, {"Content-Type": "application/json"}, method=method)
        try:
            with urlopen(request, timeout=60) as answer:
                return json.load(answer)["value"]
        except HTTPError as error:
            raise AssertionError(json.load(error)["value"]["message"]) from None
