"""WSGI applications, over TLS or plainly: one thread for each connection, one request for each connection."""

import http.client
import socket
import ssl
import sys
from collections.abc import Callable, Iterable
from email.message import Message
from email.utils import formatdate
from io import BufferedIOBase
from typing import TYPE_CHECKING, Any

from sidecar.lab.listener import Answer

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

LONGEST_LINE = 65537
WORDS = 3
"""Of a request's first line: method, target, version."""

Headers = list[tuple[str, str]]


def served(app: "WSGIApplication", context: ssl.SSLContext | None) -> Answer:
    """Return what answers a connection with this application; without a context, without TLS."""

    def answer(connection: socket.socket) -> None:
        if context is None:
            _serve(app, connection)
            return
        with context.wrap_socket(connection, server_side=True) as tls:
            _serve(app, tls)

    return answer


def _serve(app: "WSGIApplication", connection: socket.socket) -> None:
    with connection.makefile("rb") as incoming:
        environ = _environ(incoming)
        if environ is not None:
            connection.sendall(_answered(app, environ))


def respond(start: "StartResponse", status: int, headers: Iterable[tuple[str, str]], body: bytes) -> list[bytes]:
    """Answer with a body."""
    start(f"{status} {http.client.responses.get(status, '')}", list(headers))
    return [body]


def read_body(environ: "WSGIEnvironment") -> bytes:
    """Return the request's body."""
    body: bytes = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    return body


def _answered(app: "WSGIApplication", environ: dict[str, Any]) -> bytes:
    head: list[str] = []

    def start(status: str, headers: Headers, _error: object = None) -> Callable[[bytes], object]:
        given = {name.lower() for name, _ in headers}
        date = [] if "date" in given else [("Date", formatdate(usegmt=True))]
        kept = [*headers, *date, ("Connection", "close")]
        head[:] = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in kept if name != "Content-Length")]
        return chunks.append

    chunks: list[bytes] = []
    chunks.extend(app(environ, start))
    body = b"".join(chunks)
    return "\r\n".join([*head, f"Content-Length: {len(body)}", "", ""]).encode("latin-1") + body


def _environ(incoming: BufferedIOBase) -> dict[str, Any] | None:
    line = incoming.readline(LONGEST_LINE).decode("latin-1").split()
    if len(line) != WORDS:
        return None
    path, _, query = line[1].partition("?")
    headers = http.client.parse_headers(incoming)
    return {
        "REQUEST_METHOD": line[0],
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "443",
        "SERVER_PROTOCOL": line[2],
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_TYPE": headers.get("Content-Type", ""),
        "CONTENT_LENGTH": headers.get("Content-Length", ""),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "https",
        "wsgi.input": incoming,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        **_variables(headers),
    }


def _variables(headers: Message) -> dict[str, Any]:
    return {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
