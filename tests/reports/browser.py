"""Chromium, driven by its DevTools protocol: opens a page, and remembers what it logged and asked the network for."""

from __future__ import annotations

import base64
import contextlib
import json
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from websockets.sync.client import connect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from websockets.sync.client import ClientConnection

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SECONDS = 60
"""How long Chromium may take for anything, on a machine that has other work."""
_OPTIONS = (
    "--headless=new",
    "--no-sandbox",  # it runs as root in CI
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--disable-features=DialMediaRouteProvider,MediaRouter,OptimizationHints,Translate",
    "--proxy-server=http://127.0.0.1:9",  # it asks for pages of its own: nothing here may look their names up
    "--no-first-run",
    "--remote-debugging-port=0",
)


CONTRAST = """
(() => {
  const rgba = (text) => { const [r, g, b, a = 1] = (text.match(/[\\d.]+/g) ?? []).map(Number);
    return text.startsWith('color(') ? [r * 255, g * 255, b * 255, a] : [r, g, b, a]; };
  const linear = (v) => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
  const light = (colour) => colour.slice(0, 3).map((v) => linear(v / 255))
    .reduce((sum, v, place) => sum + v * [.2126, .7152, .0722][place], 0);
  const over = ([r, g, b, a], back) => [r, g, b].map((v, place) => v * a + back[place] * (1 - a));
  const behind = (element) => {
    if (!element) return [255, 255, 255];
    const colour = rgba(getComputedStyle(element).backgroundColor);
    return colour[3] === 1 ? colour : over(colour, behind(element.parentElement));
  };
  const ink = (element) => {
    const style = getComputedStyle(element), drawn = element.closest('svg');
    const colour = rgba(drawn ? style.fill : style.color);
    let alpha = colour[3] * (drawn ? Number(style.fillOpacity) : 1);
    for (let at = element; at; at = at.parentElement) alpha *= Number(getComputedStyle(at).opacity);
    return [...colour.slice(0, 3), alpha];
  };
  const found = [];
  for (const element of document.querySelectorAll('body *:not(svg, title, desc, script, style, option)')) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!own || !element.checkVisibility() || element.disabled) continue;
    const back = behind(element);
    const [a, b] = [light(over(ink(element), back)), light(back)].sort((x, y) => y - x);
    if ((a + .05) / (b + .05) < 4.5) found.push(`${element.tagName}: ${element.textContent}`);
  }
  return found;
})()
"""
"""Which texts of a page have less contrast than WCAG 2.2 asks for (1.4.3, level AA)."""


@dataclass
class Page:
    """One tab.

    Attributes:
        errors: What it logged as an error: exceptions, `console.error`, violations of the page's policy.
        asked: The URLs that it asked for, but the file itself and data in the page.
        dialogs: Texts of dialogs, which only foreign scripts would open.
    """

    socket: ClientConnection
    session: str
    errors: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)
    _number: int = 0
    _opened: str = ""

    def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a command, and return its result."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters, "sessionId": self.session}
        self.socket.send(json.dumps(message))
        while True:
            told = json.loads(self.socket.recv(timeout=SECONDS))
            if told.get("id") == self._number:
                assert "error" not in told, told
                result: dict[str, Any] = told["result"]
                return result
            self._note(told)

    def open(self, file: Path) -> float:
        """Open a file, and return the seconds until its list of exchanges was there."""
        self._opened = file.as_uri()
        began = time.monotonic()
        self.send("Page.navigate", url=self._opened)
        self.wait("document.documentElement?.dataset.ready === 'true'")
        return time.monotonic() - began

    def value(self, expression: str) -> Any:
        """Return the value of an expression of the page."""
        told = self.send("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in told, told
        return told["result"].get("value")

    def wait(self, expression: str) -> None:
        """Wait until an expression of the page is true."""
        until = time.monotonic() + SECONDS
        while not self.value(expression):
            assert time.monotonic() < until, f"never true: {expression}"
            time.sleep(0.02)

    def press(self, key: str, code: int, text: str = "") -> None:
        """Press a key."""
        both = {"key": key, "code": key, "windowsVirtualKeyCode": code}
        self.send("Input.dispatchKeyEvent", type="keyDown", text=text, **both)
        self.send("Input.dispatchKeyEvent", type="keyUp", **both)

    def search(self, text: str, *, deep: bool = False, which: str = "all") -> str:
        """Search the list, and return how many it says it has found."""
        self.value(
            f"byId('text').value = {json.dumps(text)}; byId('deep').checked = {json.dumps(deep)};"
            f"byId('which').value = {json.dumps(which)}; search().then(() => true)"
        )
        return str(self.value("byId('count').textContent"))

    def look(self, scheme: str, width: int, height: int) -> None:
        """Set the colour scheme and the window's size."""
        self.send("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        size = {"width": width, "height": height}
        self.send("Emulation.setDeviceMetricsOverride", **size, deviceScaleFactor=1, mobile=width < 600)

    def picture(self) -> bytes:
        """Return what is seen, as PNG."""
        return base64.b64decode(self.send("Page.captureScreenshot", format="png")["data"])

    def _note(self, told: dict[str, Any]) -> None:
        parameters = told.get("params", {})
        match told.get("method"):
            case "Runtime.exceptionThrown":
                self.errors.append(str(parameters["exceptionDetails"]))
            case "Runtime.consoleAPICalled":
                self.errors.append(str(parameters["args"]))
            case "Log.entryAdded":
                self.errors.append(parameters["entry"]["text"])
            case "Network.requestWillBeSent":
                url = parameters["request"]["url"]
                if url != self._opened and not url.startswith(("data:", f"{self._opened}#")):
                    self.asked.append(url)
            case "Page.javascriptDialogOpening":
                self.dialogs.append(parameters["message"])


def binary() -> str:
    """Return the browser's path; without one, a test fails and says what to install."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        pytest.fail(f"None of {', '.join(NAMES)} was found. Install Chromium (Debian: apt-get install chromium).")
    return found


@contextlib.contextmanager
def chromium() -> Iterator[Page]:
    """Start Chromium, and give a tab of it."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        process = subprocess.Popen(
            [binary(), *_OPTIONS, f"--user-data-dir={folder}", "about:blank"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            # Its pings would take from the global `random` in a thread of theirs, under whatever Hypothesis draws then.
            with connect(
                _address(Path(folder), process), max_size=None, compression=None, ping_interval=None
            ) as socket:
                yield _tab(socket)
        finally:
            process.terminate()
            process.wait(SECONDS)


def _address(folder: Path, process: subprocess.Popen[bytes]) -> str:
    """Return where the browser listens, which it writes into a file."""
    file, until = folder / "DevToolsActivePort", time.monotonic() + SECONDS
    while not file.exists() or len(lines := file.read_text().splitlines()) < 2:
        assert process.poll() is None, f"Chromium has ended with {process.returncode}"
        assert time.monotonic() < until, "Chromium did not start"
        time.sleep(0.05)
    return f"ws://127.0.0.1:{lines[0]}{lines[1]}"


def _tab(socket: ClientConnection) -> Page:
    browser = Page(socket, "")

    def ask(method: str, **parameters: Any) -> dict[str, Any]:
        browser._number += 1  # noqa: SLF001 -- the browser itself has no session to name
        socket.send(json.dumps({"id": browser._number, "method": method, "params": parameters}))  # noqa: SLF001 -- likewise
        while (told := json.loads(socket.recv(timeout=SECONDS))).get("id") != browser._number:  # noqa: SLF001 -- likewise
            pass
        result: dict[str, Any] = told["result"]
        return result

    target = ask("Target.createTarget", url="about:blank")["targetId"]
    page = Page(socket, ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"], _number=1000)
    for domain in ("Page", "Runtime", "Log", "Network"):
        page.send(f"{domain}.enable")
    return page
