"""Loopback servers that behave, or misbehave, on purpose: real sockets, real TLS, no mocks.

Each behaviour is a function of one accepted connection and of the server, which it asks whether to go on.
"""

import select
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import trustme

Behaviour = Callable[[socket.socket, "Server"], None]
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
_PACE_SECONDS = 0.02


class Server:
    """A server on a loopback address that treats every connection by ``behave``, within TLS where there is a context.

    ``connections`` counts what was accepted, ``received`` is what the clients sent.
    """

    def __init__(self, behave: Behaviour, context: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> None:
        self._behave = behave
        self._context = context
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listener = socket.create_server((host, 0), family=family)
        self._live: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self.ended = threading.Event()
        self.port: int = self._listener.getsockname()[1]
        self.connections = 0
        self.received = b""

    @property
    def url(self) -> str:
        """An https URL of it, by the name localhost."""
        return f"https://localhost:{self.port}"

    def __enter__(self) -> Self:
        """Begin to accept."""
        self._start(self._accept)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """End every connection and wait until nothing runs any more."""
        self.ended.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        for connection in self._live:
            with suppress(OSError):
                socket.socket.shutdown(connection, socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        self._listener.close()

    def read_head(self, connection: socket.socket) -> bytes:
        """Return a request's head, empty where the client has gone."""
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            piece = connection.recv(1)
            if not piece:
                return b""
            head += piece
        self.received += head
        return head

    def _start(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self.ended.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._start(lambda accepted=connection: self._serve(accepted))  # type: ignore[misc]

    def _serve(self, connection: socket.socket) -> None:
        self._live.append(connection)
        # The client's leaving, in whatever way, is what many tests are about.
        with suppress(OSError, ValueError):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._context is not None:
                connection = self._context.wrap_socket(connection, server_side=True)
                self._live.append(connection)
            self._behave(connection, self)
        connection.close()


class Authority:
    """A root, an intermediate, and a file that holds the root."""

    def __init__(self, folder: Path) -> None:
        self._root = trustme.CA()
        self._intermediate = self._root.create_child_ca()
        self.bundle = folder / "root.pem"
        self._root.cert_pem.write_to_path(self.bundle)

    def context(self, *names: str, not_after: datetime | None = None) -> ssl.SSLContext:
        """Return a server's context with a certificate for these names and its intermediate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        not_before = LONG_AGO.replace(year=2019) if not_after else None
        leaf = self._intermediate.issue_cert(*(names or ("localhost",)), not_after=not_after, not_before=not_before)
        leaf.configure_cert(context)
        return context


def response(body: bytes = b"", status: str = "200 OK", headers: Mapping[str, str] | None = None) -> bytes:
    """Return a whole HTTP response."""
    lines = {"Content-Length": str(len(body)), **(headers or {})}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + body


def routes(answers: Mapping[str, bytes]) -> Behaviour:
    """Answer each path with its bytes, any other with 404, on one connection as long as the client likes."""

    def behave(connection: socket.socket, server: Server) -> None:
        while head := server.read_head(connection):
            path = head.split(b" ")[1].decode()
            connection.sendall(answers.get(path, response(b"no", "404 Not Found")))

    return behave


def once(answer: bytes) -> Behaviour:
    """Answer one request with these bytes and close the connection."""

    def behave(connection: socket.socket, server: Server) -> None:
        server.read_head(connection)
        connection.sendall(answer)

    return behave


def drip(answer: bytes, at_once: int = 0) -> Behaviour:
    """Answer with the first bytes at once and then one at a time, slowly, to the end."""

    def behave(connection: socket.socket, server: Server) -> None:
        server.read_head(connection)
        connection.sendall(answer[:at_once])
        for byte in answer[at_once:]:
            if server.ended.wait(_PACE_SECONDS):
                return
            connection.sendall(bytes([byte]))

    return behave


def flood(head: bytes, piece: bytes, times: int) -> Behaviour:
    """Answer with a head and then one piece again and again."""

    def behave(connection: socket.socket, server: Server) -> None:
        server.read_head(connection)
        connection.sendall(head)
        for _ in range(times):
            connection.sendall(piece)

    return behave


def silent(_connection: socket.socket, server: Server) -> None:
    """Never say anything."""
    server.ended.wait()


def reset(connection: socket.socket, server: Server) -> None:
    """Read the request and reset the connection."""
    server.read_head(connection)
    reset_at_once(connection, server)


def reset_at_once(connection: socket.socket, _server: Server) -> None:
    """Reset the connection."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def close(_connection: socket.socket, _server: Server) -> None:
    """Close the connection."""


def tunnel(connection: socket.socket, server: Server) -> None:
    """Be a proxy: connect to wherever the client says, and carry bytes both ways."""
    target = server.read_head(connection).split(b" ")[1].decode()
    host, _, port = target.rpartition(":")
    with socket.create_connection((host.strip("[]"), int(port))) as upstream:
        connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        _carry({connection: upstream, upstream: connection})


def _carry(ways: Mapping[socket.socket, socket.socket]) -> None:
    while True:
        for ready in _readable(ways):
            piece = ready.recv(65536)
            if not piece:
                return
            ways[ready].sendall(piece)


def _readable(connections: Iterable[socket.socket]) -> list[socket.socket]:
    waiting: list[socket.socket] = [one for one in connections if isinstance(one, ssl.SSLSocket) and one.pending()]
    return waiting or select.select(list(connections), [], [])[0]
