"""A real browser without a screen, driven over its own protocol: what it shows, fetches, and complains of.

https://chromedevtools.github.io/devtools-protocol/
"""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = shutil.which("chromium")

needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed (Debian: apt install chromium)")

# It fetches lists and updates of its own otherwise.
_QUIETLY = (
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-default-apps", "--disable-sync", "--disable-dev-shm-usage",
    "--disable-features=OptimizationHints,MediaRouter,Translate", "--hide-scrollbars", "--no-proxy-server",
)  # fmt: skip


@dataclass
class Browser:
    """One tab."""

    to_it: int
    from_it: int
    session: str = ""
    fetched: list[str] = field(default_factory=list)  # addresses of requests, frames' too
    complaints: list[str] = field(default_factory=list)  # of the console
    _read: bytes = b""
    _number: int = 0

    def call(self, method: str, *, seconds: float = 60.0, **parameters: Any) -> Any:
        """The result of a command."""
        self._number += 1
        sent = {"id": self._number, "method": method, "params": parameters}
        if self.session:
            sent["sessionId"] = self.session
        os.write(self.to_it, json.dumps(sent).encode() + b"\0")
        return self._wait(lambda told: told.get("id") == sent["id"], seconds)["result"]

    def open(self, path: Path, *, width: int, height: int = 800, dark: bool = False, media: str = "screen") -> None:
        """Show a file; returns once it is loaded, frames and images too."""
        phone = width < 500
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=phone)
        features = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self.call("Emulation.setEmulatedMedia", media=media, features=features)
        self.fetched.clear()
        self.complaints.clear()
        self.call("Page.navigate", url=path.resolve().as_uri())
        self._wait(lambda told: told.get("method") == "Page.loadEventFired", 60.0)
        self.call("Runtime.evaluate", expression="new Promise(r => setTimeout(r, 300))", awaitPromise=True)

    def ask(self, expression: str) -> Any:
        """The value of an expression on the page; the page's own policy does not bind us."""
        told = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in told, told
        return told["result"].get("value")

    def press(self, key: str) -> None:
        """A key."""
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode={"Tab": 9}[key])
        self.ask("new Promise(done => setTimeout(done, 100))")  # a frame is another process, which hears of it later

    def picture(self, path: Path) -> None:
        """The whole page as PNG. Frames are painted only as far as the screen reaches, so it is made as high first."""
        width, height = self.ask("[innerWidth, document.documentElement.scrollHeight]")
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 500
        )
        self.call("Runtime.evaluate", expression="new Promise(r => setTimeout(r, 500))", awaitPromise=True)
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot")["data"]))

    def pdf(self) -> bytes:
        """The page as printed."""
        return base64.b64decode(self.call("Page.printToPDF")["data"])

    def _wait(self, is_it: Any, seconds: float) -> dict[str, Any]:
        ends = time.monotonic() + seconds
        while True:
            while b"\0" not in self._read:
                assert select.select([self.from_it], [], [], max(0.0, ends - time.monotonic()))[0], "no answer"
                read = os.read(self.from_it, 1 << 20)
                assert read, "the browser has ended"
                self._read += read
            line, _, self._read = self._read.partition(b"\0")
            told: dict[str, Any] = json.loads(line)
            assert "error" not in told, told
            self._note(told.get("method", ""), told.get("params", {}))
            if is_it(told):
                return told

    def _note(self, method: str, told: dict[str, Any]) -> None:
        if method == "Network.requestWillBeSent":
            self.fetched.append(told["request"]["url"])
        elif method == "Log.entryAdded":
            self.complaints.append(told["entry"]["text"])
        elif method == "Runtime.consoleAPICalled":
            self.complaints.append(json.dumps(told["args"]))
        elif method == "Runtime.exceptionThrown":
            self.complaints.append(json.dumps(told["exceptionDetails"]))


@contextmanager
def browser(folder: Path, *more: str) -> Iterator[Browser]:
    """Chromium with a profile in this folder, and with these flags too; ended with the block."""
    assert CHROMIUM is not None
    (its_end, to_it), (from_it, its_other) = os.pipe(), os.pipe()
    # The protocol is spoken on the file descriptors 3 and 4.
    process = subprocess.Popen(
        ["/bin/bash", "-c", f'exec "$@" 3<&{its_end} 4>&{its_other}', "bash", CHROMIUM, *_QUIETLY,
         "--remote-debugging-pipe", f"--user-data-dir={folder / 'profile'}", *more, "about:blank"],
        pass_fds=(its_end, its_other),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "HOME": str(folder)},
    )  # fmt: skip
    os.close(its_end)
    os.close(its_other)
    tab = Browser(to_it, from_it)
    try:
        target = tab.call("Target.createTarget", url="about:blank")["targetId"]
        tab.session = tab.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            tab.call(f"{domain}.enable")
        yield tab
        tab.session = ""
        tab.call("Browser.close")
        process.wait(timeout=20)
    finally:
        process.kill()
        process.wait()
        os.close(to_it)
        os.close(from_it)
