"""Chromium without a window, spoken to by its own protocol over two pipes: the judge of what the page looks like."""

import fcntl
import json
import os
import select
import subprocess
from base64 import b64decode
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

PATIENCE = 60.0
"""Seconds until a browser that does not answer counts as hung."""

_FLAGS = (
    "--headless",
    "--no-sandbox",  # it is started as root, too, and shows only pages of ours
    "--disable-gpu",
    "--disable-dev-shm-usage",  # containers have little of it
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-extensions",
    "--disable-sync",
    "--no-proxy-server",
    "--remote-debugging-pipe",
)
_FIRST_FREE = 10  # above 3 and 4, which the protocol's pipes become


class Browser:
    """A browser process, ended on exit. Messages are JSON, each ended by a NUL: out on its 3, in from its 4."""

    def __init__(self, chromium: Path, profile: Path) -> None:
        """Start the browser; ``profile`` is a folder of its own."""
        (its_in, self._out), (self._in, its_out) = map(_pipe, (0, 1))
        command = [str(chromium), *_FLAGS, f"--user-data-dir={profile}", "about:blank"]
        self._process = subprocess.Popen(
            ["bash", "-c", f'exec "$@" 3<&{its_in} 4>&{its_out}', "bash", *command],
            pass_fds=(its_in, its_out),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(its_in)
        os.close(its_out)
        self._number = 0
        self._unread = b""
        self.events: list[dict[str, Any]] = []

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the pipes, upon which the browser ends; kill it where it does not."""
        os.close(self._out)
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._in)

    def ask(self, method: str, session: str | None = None, **parameters: object) -> dict[str, Any]:
        """Call a method of the protocol and return its result. Events that come before it are kept."""
        self._number += 1
        call: dict[str, object] = {"id": self._number, "method": method, "params": parameters}
        if session is not None:
            call["sessionId"] = session
        os.write(self._out, json.dumps(call).encode() + b"\0")
        while True:
            message = self._message()
            if message.get("id") == self._number:
                assert "error" not in message, (method, message["error"])
                result: dict[str, Any] = message["result"]
                return result
            self.events.append(message)

    def until(self, event: str) -> None:
        """Read messages until such an event has come, now or before."""
        while not any(message["method"] == event for message in self.events):
            self.events.append(self._message())

    def tab(self) -> "Tab":
        """Open a tab."""
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        return Tab(self, self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"])

    def _message(self) -> dict[str, Any]:
        while b"\0" not in self._unread:
            ready, _, _ = select.select([self._in], [], [], PATIENCE)
            read = os.read(self._in, 1 << 20) if ready else b""
            assert read, f"Chromium {'has ended' if ready else 'does not answer'}"
            self._unread += read
        whole, _, self._unread = self._unread.partition(b"\0")
        message: dict[str, Any] = json.loads(whole)
        return message


class Tab:
    """A tab of the browser, in which the page's own scripts would not run: ours come from outside."""

    def __init__(self, browser: Browser, session: str) -> None:
        """Switch on what is to be heard of."""
        self.browser, self._session = browser, session
        for domain in ("Page", "Runtime", "Network", "Log", "Audits", "DOM", "Accessibility"):
            self.ask(f"{domain}.enable")

    def ask(self, method: str, **parameters: object) -> dict[str, Any]:
        """Call a method of the protocol for this tab."""
        return self.browser.ask(method, self._session, **parameters)

    def goto(self, address: str) -> None:
        """Load a page, wholly; what was heard before is forgotten."""
        self.browser.events.clear()
        self.ask("Page.navigate", url=address)
        self.browser.until("Page.loadEventFired")

    def look(self, *, width: int = 1280, height: int = 800, scheme: str = "light") -> None:
        """Set the window's size, in CSS pixels, and the colour scheme that the user prefers."""
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def run(self, script: str) -> Any:  # noqa: ANN401 - whatever the script makes, as JSON
        """Return what a script evaluates to."""
        answer = self.ask("Runtime.evaluate", expression=script, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def press(self, key: str, code: int) -> None:
        """Press a key and let it go."""
        for kind in ("keyDown", "keyUp"):
            self.ask("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code)

    def click(self, x: float, y: float) -> None:
        """Click at a place in the window."""
        for kind in ("mousePressed", "mouseReleased"):
            self.ask("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def picture(self) -> bytes:
        """Return the whole page as a PNG."""
        shot = self.ask("Page.captureScreenshot", captureBeyondViewport=True)
        return b64decode(shot["data"])

    def heard(self, methods: Sequence[str]) -> list[dict[str, Any]]:
        """Return the parameters of the events of these kinds since the page was asked for."""
        return [event["params"] for event in self.browser.events if event["method"] in methods]


def _pipe(inherited: int) -> tuple[int, int]:
    """Return a pipe's reading and writing end, out of the way of 3 and 4; one end is for the child."""
    ends = []
    for number, end in enumerate(os.pipe()):
        command = fcntl.F_DUPFD if number == inherited else fcntl.F_DUPFD_CLOEXEC
        ends.append(fcntl.fcntl(end, command, _FIRST_FREE))
        os.close(end)
    return ends[0], ends[1]
