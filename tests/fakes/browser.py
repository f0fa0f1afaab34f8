"""A real browser: headless Chromium, driven by the W3C WebDriver protocol that its own chromedriver speaks."""

import base64
import json
import os
import shutil
import subprocess
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tests.fakes.daemons import free_port, program, wait_until

_ELEMENT = "element-6066-11e4-a52e-4f735466cecf"


class Browser:
    """One window."""

    def __init__(self, session: str) -> None:
        self._session = session

    def open(self, url: str) -> None:
        """Go to an address and wait for the page."""
        self._ask("/url", {"url": url})

    def type(self, selector: str, text: str) -> None:
        """Type into a field."""
        self._ask(f"/element/{self._find(selector)}/value", {"text": text})

    def click(self, selector: str) -> None:
        """Click on what leads to another page, and wait for that page."""
        self.run("window.isLeft = true")
        self._ask(f"/element/{self._find(selector)}/click", {})
        wait_until(self._has_arrived, "the next page")

    def _has_arrived(self) -> bool:
        with suppress(AssertionError):  # between two pages nothing can be run
            return bool(self.run("return !window.isLeft && document.readyState === 'complete'"))
        return False

    def run(self, script: str, *arguments: Any) -> Any:
        """Run a script in the page and return its answer."""
        return self._ask("/execute/sync", {"script": script, "args": list(arguments)})

    def text(self) -> str:
        """Return what can be read on the page."""
        return str(self.run("return document.body.innerText"))

    def texts(self, selector: str) -> list[str]:
        """Return what can be read in each element."""
        script = "return [...document.querySelectorAll(arguments[0])].map(e => e.innerText)"
        found: list[str] = self.run(script, selector)
        return found

    def list_unreadable(self) -> list[str]:
        """Return the texts whose contrast with what is behind them is below 4.5 to 1 (WCAG 2.2, 1.4.3)."""
        found: list[str] = self.run(_CONTRAST)
        return found

    def resize(self, width: int, height: int) -> None:
        """Make the page, not the window around it, so large; phones are narrower than a window can be."""
        facts = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self._ask("/goog/cdp/execute", {"cmd": "Emulation.setDeviceMetricsOverride", "params": facts})

    def prefer_dark(self) -> None:
        """Ask pages for their dark colours."""
        feature = {"name": "prefers-color-scheme", "value": "dark"}
        self._ask("/goog/cdp/execute", {"cmd": "Emulation.setEmulatedMedia", "params": {"features": [feature]}})

    def picture(self) -> bytes:
        """Return the page as PNG."""
        return base64.b64decode(self._ask("/screenshot"))

    def _find(self, selector: str) -> str:
        found = self._ask("/element", {"using": "css selector", "value": selector})
        return str(found[_ELEMENT])

    def _ask(self, path: str, body: Any = None) -> Any:
        return _call(self._session + path, body)


# Relative luminance and contrast ratio as WCAG 2.2 defines them.
_CONTRAST = """
const numbers = colour => colour.match(/[\\d.]+/g).map(Number);
const light = ([r, g, b]) => [r, g, b].map(v => v / 255)
  .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
  .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
const behind = e => {
  for (; e; e = e.parentElement) {
    const [r, g, b, a = 1] = numbers(getComputedStyle(e).backgroundColor);
    if (a > 0) return [r, g, b];
  }
  return [255, 255, 255];
};
return [...document.querySelectorAll('body *')]
  .filter(e => [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()))
  .filter(e => {
    const [a, b] = [light(numbers(getComputedStyle(e).color)), light(behind(e))];
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05) < 4.5;
  })
  .map(e => e.innerText);
"""


def _call(url: str, body: Any = None, method: str = "") -> Any:
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(url, data, method=method or None)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)["value"]
    except urllib.error.HTTPError as error:
        raise AssertionError(json.load(error)["value"]["message"]) from error


@contextmanager
def browser(language: str = "vi") -> Iterator[Browser]:
    """Give a window of a fresh profile that nobody sees."""
    port = free_port()
    profile = tempfile.mkdtemp(prefix="counter-browser-")
    with subprocess.Popen(
        [program("chromedriver"), f"--port={port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            root = f"http://127.0.0.1:{port}"
            wait_until(lambda: _is_ready(root), "the browser's driver")
            session = _call(f"{root}/session", _wanted(Path(profile), language))["sessionId"]
            try:
                yield Browser(f"{root}/session/{session}")
            finally:
                _call(f"{root}/session/{session}", method="DELETE")
        finally:
            process.terminate()
            process.wait()
            shutil.rmtree(profile, ignore_errors=True)


def _is_ready(root: str) -> bool:
    with suppress(OSError):
        return bool(_call(f"{root}/status")["ready"])
    return False


def _wanted(profile: Path, language: str) -> Any:
    options = ["--headless=new", "--disable-gpu", "--hide-scrollbars", "--no-first-run", "--disable-dev-shm-usage"]
    options += [f"--user-data-dir={profile}", f"--accept-lang={language}"]
    if os.geteuid() == 0:
        options.append("--no-sandbox")  # Chromium's own sandbox does not start as root
    return {"capabilities": {"alwaysMatch": {"goog:chromeOptions": {"args": options}}}}
