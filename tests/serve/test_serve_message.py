"""A request's head as it is read, a response as it is written: bytes only."""

from http import HTTPStatus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.serve.message import HEADERS, Head, RefusedError, Request, Response, encode, parse, refusal

HOST = b"Host: localhost"


def head(line: bytes, *headers: bytes) -> bytes:
    """Return a head as `parse` gets it."""
    return b"\r\n".join((line, *headers))


def refused(data: bytes) -> int:
    """Return the status that a head is refused with."""
    with pytest.raises(RefusedError) as caught:
        parse(data)
    return caught.value.status


@pytest.mark.parametrize(
    ("target", "path"),
    [
        (b"/metrics", "/metrics"),
        (b"/metrics?name[]=up", "/metrics"),
        (b"/metrics?a?b#c", "/metrics"),
        (b"/metrics#a?b", "/metrics"),
        (b"/%6detrics", "/%6detrics"),
        (b"//metrics", "//metrics"),
        (b"/a/../metrics", "/a/../metrics"),
        (b"http://pod:9864/metrics?x", "/metrics"),
        (b"HTTPS://pod/report", "/report"),
        (b"http://pod", "/"),
        (b"http://pod?x", "/"),
    ],
)
def test_the_path_is_as_it_was_sent(target: bytes, path: str) -> None:
    """Query and fragment go, nothing is decoded and nothing is folded; a proxy names the host, too."""
    assert parse(head(b"GET %b HTTP/1.1" % target, HOST)).request.path == path


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"GET",
        b"GET /",
        b"GET  / HTTP/1.1",
        b"GET / HTTP/1.1 ",
        b" GET / HTTP/1.1",
        b"GET\t/ HTTP/1.1",
        b"GET / / HTTP/1.1",
        b"GET / http/1.1",
        b"GET / HTTP/11",
        b"GET / HTTP/1.1.1",
        b"G(T / HTTP/1.1",
        b"GET metrics HTTP/1.1",
        b"GET * HTTP/1.1",
        b"GET ?x HTTP/1.1",
        b"GET http:///metrics HTTP/1.1",
        b"GET ftp://pod/metrics HTTP/1.1",
        b"GET /\x00 HTTP/1.1",
        b"GET /\xc3\xa9 HTTP/1.1",
        b"GET /\r HTTP/1.1",
    ],
)
def test_a_malformed_request_line_is_refused(line: bytes) -> None:
    """What is no request line is answered 400."""
    assert refused(head(line, HOST)) == 400


@pytest.mark.parametrize(
    "header",
    [
        b"",
        b"no colon",
        b": no name",
        b"Accept : a",
        b"A b: c",
        b" folded: a",
        b"\tfolded",
        b"Accept: a\x00b",
        b"Accept: a\rb",
        b"Accept: a\x7f",
        b"Host: another",
        b"Content-Length: -1",
        b"Content-Length: 1e3",
        b"Content-Length: ",
        b"Content-Length: 1\r\nContent-Length: 2",
    ],
)
def test_a_malformed_header_is_refused(header: bytes) -> None:
    """What is no header, or contradicts another, is answered 400."""
    assert refused(head(b"GET / HTTP/1.1", HOST, header)) == 400


@pytest.mark.parametrize("method", [b"POST", b"PUT", b"DELETE", b"OPTIONS", b"TRACE", b"CONNECT", b"get", b"BREW"])
def test_other_methods_are_refused(method: bytes) -> None:
    """Only GET and HEAD are answered, whatever the target."""
    assert refused(head(b"%b / HTTP/1.1" % method, HOST)) == 405
    assert refused(head(b"%b * HTTP/1.1" % method, HOST)) == 405


@pytest.mark.parametrize("line", [b"PRI * HTTP/2.0", b"GET / HTTP/0.9", b"GET / HTTP/3.1"])
def test_other_versions_are_refused(line: bytes) -> None:
    """HTTP/1.0 and 1.1 only."""
    assert refused(head(line, HOST)) == 505


def test_the_host_is_needed_from_version_1_1_on() -> None:
    """As RFC 9112 asks of a server; HTTP/1.0 did not know it."""
    assert refused(head(b"GET / HTTP/1.1")) == 400
    assert parse(head(b"GET / HTTP/1.0")).request.path == "/"


def test_headers_are_counted() -> None:
    """A hundred headers are read, one more is not."""
    headers = [HOST, *(b"X-%d: x" % number for number in range(HEADERS - 1))]
    assert parse(head(b"GET / HTTP/1.1", *headers)).request.path == "/"
    assert refused(head(b"GET / HTTP/1.1", *headers, b"X: x")) == 431


@pytest.mark.parametrize(
    ("version", "headers", "last"),
    [
        (b"1.1", [], False),
        (b"1.1", [b"Connection: close"], True),
        (b"1.1", [b"connection: TE , Close"], True),
        (b"1.1", [b"Connection: keep-alive", b"Connection: close"], True),
        (b"1.1", [b"Connection: closed"], False),
        (b"1.0", [], True),
        (b"1.0", [b"Connection: Keep-Alive"], False),
        (b"1.7", [], False),
        (b"1.1", [b"Content-Length: 0"], False),
        (b"1.1", [b"Content-Length: 00", b"Content-Length: 00"], False),
        (b"1.1", [b"Content-Length: 5"], True),
        (b"1.1", [b"Transfer-Encoding: chunked"], True),
        (b"1.1", [b"Transfer-Encoding: chunked", b"Content-Length: 0"], True),
    ],
)
def test_which_request_is_the_last(version: bytes, headers: list[bytes], last: bool) -> None:
    """The client says so, or announces a body: nothing behind that could be read."""
    assert parse(head(b"GET / HTTP/" + version, HOST, *headers)).last is last


def test_what_is_accepted() -> None:
    """All Accept headers, in their order, without the blanks around them."""
    lines = (HOST, b"accept:text/plain;q=0.5 \t", b"User-Agent: x", b"ACCEPT: \t*/*")
    found = parse(head(b"HEAD /metrics HTTP/1.1", *lines))
    assert found == Head(Request("/metrics", "text/plain;q=0.5, */*"), bodiless=True, last=False)


def test_lines_may_end_plainly() -> None:
    """A line feed alone ends a line, and one empty line may come first, as RFC 9112 suggests."""
    assert parse(b"\r\nGET / HTTP/1.1\nHost: localhost\r").request.path == "/"


@given(st.binary() | st.lists(st.sampled_from([b"GET", b" ", b"/", b"HTTP/1.1", b"\r\n", b":", b"Host", b"\xff"])))
def test_any_bytes_are_read_or_refused(data: bytes | list[bytes]) -> None:
    """Nothing else is ever raised."""
    try:
        parse(data if isinstance(data, bytes) else b"".join(data))
    except RefusedError as error:
        assert error.status in {400, 405, 431, 505}  # noqa: PT017 - either way is right


def test_a_response_says_how_it_may_be_used() -> None:
    """Every header that protects who reads it, no word about who made it, and exactly its own policy."""
    written = encode(Response(200, "text/html", b"<p>", "default-src 'self'"))
    lines = written.decode().split("\r\n")
    assert lines[0] == "HTTP/1.1 200 OK"
    assert lines[1].startswith("Date: ")
    assert lines[2:] == [
        "Content-Type: text/html",
        "Content-Length: 3",
        "Content-Security-Policy: default-src 'self'",
        "Connection: keep-alive",
        "Cache-Control: no-store",
        "Referrer-Policy: no-referrer",
        "X-Content-Type-Options: nosniff",
        "X-Frame-Options: DENY",
        "",
        "<p>",
    ]


@pytest.mark.parametrize(
    ("status", "line"),
    [(405, "Allow: GET, HEAD"), (503, "Retry-After: 1"), (400, "Content-Security-Policy: default-src 'none'")],
)
def test_a_refusal_is_the_last_response(status: int, line: str) -> None:
    """A refusal says what would be right, and ends the connection."""
    lines = refusal(HTTPStatus(status)).decode().split("\r\n")
    assert {line, "Connection: close"} <= set(lines)
    assert lines[-1] == f"{HTTPStatus(status).phrase.lower()}\n"
