"""A client that says exactly what it is told to, byte by byte, and reads what comes back."""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import NamedTuple, Self

_PATIENCE = 60.0  # seconds after which a test fails rather than hangs
_PACE = 0.01


class Answer(NamedTuple):
    """A response: header names are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


class Client:
    """One connection to a server on loopback. Receives nothing until it is asked to."""

    def __init__(self, port: int, host: str = "127.0.0.1") -> None:
        self.socket = socket.create_connection((host, port), timeout=_PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._unread = b""

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Close the connection."""
        self.socket.close()

    def send(self, data: bytes) -> Self:
        """Send bytes."""
        self.socket.sendall(data)
        return self

    def finish(self) -> Self:
        """Say that nothing more will be sent."""
        with suppress(OSError):  # the server may have been quicker
            self.socket.shutdown(socket.SHUT_WR)
        return self

    def answer(self, *, bodiless: bool = False) -> Answer:
        """Return the next response; ``bodiless``: as HEAD gets it."""
        head = self._until(b"\r\n\r\n").decode("latin-1")
        status, *lines = head.removesuffix("\r\n\r\n").split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        assert len(headers) == len(lines)
        length = 0 if bodiless else int(headers["content-length"])
        while len(self._unread) < length:
            self._receive()
        body, self._unread = self._unread[:length], self._unread[length:]
        return Answer(int(status.split(" ")[1]), headers, body)

    def rest(self) -> bytes:
        """Return all that comes until the server ends the connection, in whatever way."""
        with suppress(ConnectionError):
            while piece := self.socket.recv(65536):
                self._unread += piece
        rest, self._unread = self._unread, b""
        return rest

    def _until(self, end: bytes) -> bytes:
        while end not in self._unread:
            self._receive()
        found, _, self._unread = self._unread.partition(end)
        return found + end

    def _receive(self) -> None:
        piece = self.socket.recv(65536)
        assert piece, f"the server closed the connection after {self._unread!r}"
        self._unread += piece


def get(path: str = "/", *headers: str, method: str = "GET", version: str = "1.1") -> bytes:
    """Return a request's bytes."""
    lines = "".join(f"{line}\r\n" for line in ("Host: localhost", *headers))
    return f"{method} {path} HTTP/{version}\r\n{lines}\r\n".encode()


def ask(port: int, request: bytes, host: str = "127.0.0.1") -> Answer:
    """Return the response to one request on a connection of its own."""
    with Client(port, host) as client:
        return client.send(request).answer()


def eventually(true: Callable[[], bool]) -> bool:
    """Wait until something that happens in another thread has happened; return whether it has."""
    tick = threading.Event()
    return any(true() or tick.wait(_PACE) for _ in range(round(_PATIENCE / _PACE)))
