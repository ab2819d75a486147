"""``irsa-doctor watch`` as a process, and a gate in front of a server that can be shut, jammed and slowed."""

import http.client
import json
import os
import queue
import re
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from enum import Enum
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any, NamedTuple, Self

from insidepod import PATIENCE
from sidecar.lab.lab import Pod

SAMPLE = re.compile(r"^([a-z_]+)(\{[^}]*\})? (\S+)$", re.MULTILINE)
_PAUSE = 0.02  # between two looks at what must come


def until(seen: Callable[[], Any], what: str, patience: float = PATIENCE, pause: float = _PAUSE) -> Any:  # noqa: ANN401
    """Return the first true thing that is seen, looking every ``pause`` seconds. Fails where none comes."""
    ends = time.monotonic() + patience
    while time.monotonic() < ends:
        found = seen()
        if found:
            return found
        time.sleep(pause)
    message = f"{what} did not come within {patience:g} s"
    raise AssertionError(message)


class Answer(NamedTuple):
    """What a path answered."""

    status: int
    body: str
    headers: Mapping[str, str]


class Watching:
    """A context: `watch` in a pod, at a port that it chooses, with its log as JSON; ended with the context.

    ``events`` are the log's objects so far; whatever the process wrote on standard error is in ``noise``.
    """

    def __init__(
        self,
        pod: Pod,
        *arguments: str,
        program: tuple[str, ...] = ("-m", "sidecar"),
        variables: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """Say how it is started: ``program`` is what Python runs; a variable that is empty is taken away."""
        chosen = ("--listen", "127.0.0.1:0", "--log-format", "json", "--interval", "1h", *pod.arguments, *arguments)
        self._command = [sys.executable, *program, "watch", *chosen]
        environ = {**pod.environ, **variables}
        self._environ = {name: value for name, value in environ.items() if value}
        self._came: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self.events: list[dict[str, Any]] = []
        self.noise = ""

    def __enter__(self) -> Self:
        """Start it, and wait until it serves."""
        self.process = subprocess.Popen(
            self._command, env=self._environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self._threads = [threading.Thread(target=work, daemon=True) for work in (self._read, self._hear)]
        for thread in self._threads:
            thread.start()
        self.port = int(self.event("started")["port"])
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """End it, whatever became of it."""
        self.process.kill()
        self.process.wait()
        for thread in self._threads:
            thread.join()
        for stream in (self.process.stdout, self.process.stderr):
            if stream:
                stream.close()

    def _read(self) -> None:
        if self.process.stdout:
            for line in self.process.stdout:
                self._came.put(json.loads(line))

    def _hear(self) -> None:
        if self.process.stderr:
            for line in self.process.stderr:
                self.noise += line

    # ------------------------------------------------------------------------------------------------ what it says

    def log(self) -> list[dict[str, Any]]:
        """Return all that it has logged so far."""
        with suppress(queue.Empty):
            while True:
                self.events.append(self._came.get_nowait())
        return self.events

    def event(self, name: str, seen: Callable[[dict[str, Any]], bool] = lambda _: True) -> dict[str, Any]:
        """Wait for an event of this name that is not one of those waited for before, and return it."""
        found = until(lambda: next((e for e in self._fresh() if e["event"] == name and seen(e)), None), f"event {name}")
        self._passed = self.events.index(found) + 1
        return dict(found)

    _passed = 0

    def _fresh(self) -> list[dict[str, Any]]:
        assert self.process.poll() is None or self.log()[self._passed :], f"it has ended: {self.noise}"
        return self.log()[self._passed :]

    def get(self, path: str, **headers: str) -> Answer:
        """Ask for a path, on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            return Answer(answer.status, answer.read().decode(), dict(answer.getheaders()))
        finally:
            connection.close()

    def samples(self) -> dict[str, float]:
        """Return the metrics: each series, as it is written, with its value."""
        text = self.get("/metrics").body
        return {f"{name}{labels or ''}": float(value) for name, labels, value in SAMPLE.findall(text)}

    def runs(self, result: str | None = None) -> float:
        """Return how many runs have ended, of one result or of all."""
        wanted = f'irsa_runs_total{{result="{result}"}}' if result else "irsa_runs_total{"
        return sum(value for series, value in self.samples().items() if series.startswith(wanted))

    # ----------------------------------------------------------------------------------------------- what it is made of

    def children(self) -> list[int]:
        """Return the processes that it has started and that still run."""
        found = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text(encoding="ascii")
        return [int(pid) for pid in found.split()]

    def child(self) -> int:
        """Wait for a child, and return it."""
        return int(until(self.children, "a child")[0])

    def threads(self) -> int:
        """Return how many threads it has."""
        return len(list(Path(f"/proc/{self.process.pid}/task").iterdir()))

    def descriptors(self) -> int:
        """Return how many descriptors it has."""
        return len(list(Path(f"/proc/{self.process.pid}/fd").iterdir()))

    def end(self, number: int = signal.SIGTERM) -> int:
        """Send it a signal, and return its exit code."""
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)


class Way(Enum):
    """What a gate does with a connection: lets it pass, resets it, swallows all of it, or lets it pass late."""

    OPEN = "open"
    SHUT = "shut"
    JAMMED = "jammed"
    SLOW = "slow"


class Gate:
    """A port in front of another one on loopback; ``passed`` counts connections.

    ``way`` and ``delay``, the seconds of the slow way, may be changed at any time.
    """

    def __init__(self, port: int, delay: float = 0.5) -> None:
        """Stand before a port; ``delay`` is the seconds of the slow way."""
        self._target = port
        self.delay = delay
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port: int = self._listener.getsockname()[1]
        self.way = Way.OPEN
        self.passed = 0
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def __enter__(self) -> Self:
        """It stands already."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Take it away."""
        self._ended.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        while not self._ended.is_set():
            with suppress(OSError):
                peer, _ = self._listener.accept()
                self.passed += 1
                thread = threading.Thread(target=self._treat, args=(peer, self.way), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _treat(self, peer: socket.socket, way: Way) -> None:
        with peer, suppress(OSError):
            if way is Way.SHUT:
                peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            elif way is Way.JAMMED:
                _swallow(peer, self._ended)
            else:
                self._ended.wait(self.delay if way is Way.SLOW else 0)
                with socket.create_connection(("127.0.0.1", self._target)) as inner:
                    _join(peer, inner, self._ended)


def _swallow(peer: socket.socket, ended: threading.Event) -> None:
    while not ended.is_set():
        if select.select([peer], [], [], 0.1)[0] and not peer.recv(65536):
            return


def _join(one: socket.socket, other: socket.socket, ended: threading.Event) -> None:
    """Carry bytes both ways until one side ends."""
    ways = {one: other, other: one}
    while not ended.is_set():
        for ready in select.select(list(ways), [], [], 0.1)[0]:
            piece = ready.recv(65536)
            if not piece:
                return
            ways[ready].sendall(piece)


def gated(pod: Pod) -> Gate:
    """Return a gate before the pod's STS; `through` gives the variable that leads through it."""
    return Gate(int(pod.environ["AWS_ENDPOINT_URL_STS"].rpartition(":")[2]))


def through(gate: Gate) -> dict[str, str]:
    """Return the variable that leads a pod to STS through the gate."""
    return {"AWS_ENDPOINT_URL_STS": f"https://127.0.0.1:{gate.port}"}


def alive(pid: int) -> bool:
    """Return whether a process runs."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] != "Z"
