"""A request's head read, a response written: bytes in, bytes out. Neither waits nor listens.

Reads strictly (RFC 9112), and only what an answer depends on: all else in a head is held against the grammar, no more.
"""

import re
from email.utils import formatdate
from http import HTTPStatus
from typing import NamedTuple

HEAD_BYTES = 16 * 1024
"""The most that a request's head may take, request line and headers together."""
HEADERS = 100
"""The most headers that a request may have."""
PLAIN = "text/plain; charset=utf-8"

_TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_REQUEST_LINE = re.compile(rb"(%b) ([!-~]+) HTTP/([0-9])\.([0-9])" % _TOKEN)
_HEADER = re.compile(rb"(%b):[ \t]*([\t -~\x80-\xff]*)" % _TOKEN)
_TARGET = re.compile(rb"(?:(?=/)|https?://[^/?#]+)(/[^?#]*)?(?:[?#].*)?", re.IGNORECASE)
_METHODS = frozenset({b"GET", b"HEAD"})
_READ = frozenset({b"host", b"accept", b"connection", b"content-length", b"transfer-encoding"})

_ALWAYS = (
    "Cache-Control: no-store\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "X-Frame-Options: DENY\r\n"
)
_WITH = {HTTPStatus.METHOD_NOT_ALLOWED: "Allow: GET, HEAD\r\n", HTTPStatus.SERVICE_UNAVAILABLE: "Retry-After: 1\r\n"}


class Request(NamedTuple):
    """What is asked for: the path as it was sent, without query and fragment; the Accept header, empty if none."""

    path: str
    accept: str


class Response(NamedTuple):
    """An answer; ``policy`` is its Content-Security-Policy."""

    status: int
    content_type: str
    body: bytes
    policy: str = "default-src 'none'"


class Head(NamedTuple):
    """A request's head. ``bodiless``: the answer goes without its body. ``last``: no request can follow this one."""

    request: Request
    bodiless: bool
    last: bool


class RefusedError(Exception):
    """A request that gets no answer but this status, and the end of its connection."""

    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status)
        self.status = status


# -------------------------------------------------------------------------------------------------------- reading


def parse(head: bytes) -> Head:
    """Return what a head says, given without the empty line that ends it; raise RefusedError where it is not valid."""
    line, *lines = [one.removesuffix(b"\r") for one in head.removeprefix(b"\r\n").split(b"\n")]
    method, target, major, minor = _matched(_REQUEST_LINE, line).groups()
    if major != b"1":
        raise RefusedError(HTTPStatus.HTTP_VERSION_NOT_SUPPORTED)
    headers = _headers(lines)
    if len(headers[b"host"]) > 1 or (minor != b"0" and not headers[b"host"]):
        raise RefusedError(HTTPStatus.BAD_REQUEST)
    has_body = _has_body(headers)
    if method not in _METHODS:
        raise RefusedError(HTTPStatus.METHOD_NOT_ALLOWED)
    request = Request(_path(target), b", ".join(headers[b"accept"]).decode("latin-1"))
    return Head(request, bodiless=method == b"HEAD", last=has_body or _ends(minor, headers[b"connection"]))


def _matched(pattern: re.Pattern[bytes], line: bytes) -> re.Match[bytes]:
    match = pattern.fullmatch(line)
    if match is None:
        raise RefusedError(HTTPStatus.BAD_REQUEST)
    return match


def _headers(lines: list[bytes]) -> dict[bytes, list[bytes]]:
    """Return the values of each header that is read here, in their order."""
    if len(lines) > HEADERS:
        raise RefusedError(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
    found: dict[bytes, list[bytes]] = {name: [] for name in _READ}
    for line in lines:
        name, value = _matched(_HEADER, line).groups()
        if name.lower() in _READ:
            found[name.lower()].append(value.rstrip(b" \t"))
    return found


def _has_body(headers: dict[bytes, list[bytes]]) -> bool:
    """Return whether a body is announced, which is then never read: nothing behind it can be."""
    lengths = headers[b"content-length"]
    if not all(length.isdigit() for length in lengths) or len(set(lengths)) > 1:
        raise RefusedError(HTTPStatus.BAD_REQUEST)
    return bool(headers[b"transfer-encoding"]) or any(length.strip(b"0") for length in lengths)


def _path(target: bytes) -> str:
    """Return the path of ``/path?query`` or, as a proxy is asked, of ``http://host/path?query``."""
    return (_matched(_TARGET, target)[1] or b"/").decode("ascii")


def _ends(minor: bytes, connection: list[bytes]) -> bool:
    options = {option.strip().lower() for line in connection for option in line.split(b",")}
    return b"close" in options or (minor == b"0" and b"keep-alive" not in options)


# -------------------------------------------------------------------------------------------------------- writing


def encode(response: Response, *, bodiless: bool = False, last: bool = False, more: str = "") -> bytes:
    """Return a response as it is sent; ``more`` are header lines of its own."""
    status = HTTPStatus(response.status)
    head = (
        f"HTTP/1.1 {status.value} {status.phrase}\r\n"
        f"Date: {formatdate(usegmt=True)}\r\n"
        f"Content-Type: {response.content_type}\r\n"
        f"Content-Length: {len(response.body)}\r\n"
        f"Content-Security-Policy: {response.policy}\r\n"
        f"Connection: {'close' if last else 'keep-alive'}\r\n"
        f"{_ALWAYS}{more}\r\n"
    )
    return head.encode("latin-1") + (b"" if bodiless else response.body)


def refusal(status: HTTPStatus) -> bytes:
    """Return the last response on a connection: a status and its name."""
    response = Response(status, PLAIN, f"{status.phrase.lower()}\n".encode())
    return encode(response, last=True, more=_WITH.get(status, ""))
