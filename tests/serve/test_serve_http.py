"""The HTTP server on real sockets: what it answers, where it listens, how it ends."""

import errno
import http.client
import socket
import threading
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rawclient import Client, ask, eventually, get
from sidecar import __version__, ending
from sidecar.serve.http import Request, Response, Server

needs_ipv6 = pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="there is no IPv6 here")
SECRET = "eyJhbGciOi"


def echo(request: Request) -> Response:
    """Answer with the request."""
    return Response(200, "text/plain", f"{request.path} {request.accept}".encode())


def broken(request: Request) -> Response:
    """Fail, with what was asked for in the message."""
    raise KeyError(request.path)


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Return the port of a server that echoes."""
    with Server("127.0.0.1", 0, echo) as server:
        yield server.port


@pytest.mark.parametrize("version", ["1.0", "1.1"])
@pytest.mark.parametrize(
    "path", ["/", "/metrics", "//metrics", "/../metrics", "/%2e%2e/metrics", "/%6d", "/" + "a" * 9000]
)
def test_the_path_arrives_as_it_was_sent(port: int, version: str, path: str) -> None:
    """Nothing is decoded or folded, the query and the fragment are cut off."""
    answer = ask(port, get(f"{path}?token={SECRET}#x", "Accept: a/b", version=version))
    assert (answer.status, answer.body.decode()) == (200, f"{path} a/b")


def test_head_is_get_without_the_body(port: int) -> None:
    """HEAD has GET's headers, its length too, and nothing behind them."""
    with Client(port) as client:
        whole = client.send(get()).answer()
        bare = client.send(get(method="HEAD")).answer(bodiless=True)
        assert client.finish().rest() == b""
    assert whole.status == bare.status == 200
    assert {**whole.headers, "date": ""} == {**bare.headers, "date": ""}


def test_the_server_says_what_it_must_and_no_more(port: int) -> None:
    """No banner, no version; whoever reads it is told to keep and to guess nothing."""
    assert set(ask(port, get()).headers) == {
        "date",
        "content-type",
        "content-length",
        "content-security-policy",
        "connection",
        "cache-control",
        "referrer-policy",
        "x-content-type-options",
        "x-frame-options",
    }


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (get(method="POST"), 405),
        (get(method="DELETE"), 405),
        (get("*", method="OPTIONS"), 405),
        (get(method="PO ST"), 400),
        (b"GET /\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\n\n", 400),
        (get("/", "Broken header"), 400),
        (get(version="2.0"), 505),
        (get("/", *["X: x"] * 100), 431),
        (get("/", "X: " + "x" * 16384), 431),
        (get("/" + "x" * 16384), 414),
    ],
)
def test_what_is_refused(port: int, request_: bytes, status: int) -> None:
    """A refusal has a status and its name, and ends the connection."""
    with Client(port) as client:
        answer = client.send(request_).answer()
        assert client.rest() == b""
    assert (answer.status, answer.body) == (status, f"{http.client.responses[status].lower()}\n".encode())
    assert answer.headers.get("allow") == ("GET, HEAD" if status == 405 else None)


def test_a_head_of_exactly_the_allowed_size_is_read(port: int) -> None:
    """The limit is for the whole head: one byte more is refused."""
    room = 16384 - len(get("/", "X: "))
    assert ask(port, get("/", "X: " + "x" * room)).status == 200
    assert ask(port, get("/", "X: " + "x" * (room + 1))).status == 431


def test_requests_follow_each_other_on_a_connection(port: int) -> None:
    """Keep-alive by default in HTTP/1.1, on demand in 1.0, until one of them is the last."""
    with Client(port) as client:
        for number in range(3):
            assert client.send(get(f"/{number}")).answer().body == f"/{number} ".encode()
        answer = client.send(get("/", "Connection: keep-alive", version="1.0")).answer()
        assert answer.headers["connection"] == "keep-alive"
        assert client.send(get(version="1.0")).answer().headers["connection"] == "close"
        assert client.rest() == b""


def test_requests_sent_together_are_answered_in_order(port: int) -> None:
    """Pipelining, with the last of four cut in two."""
    requests = b"".join(get(f"/{number}") for number in range(4))
    with Client(port) as client:
        client.send(requests[:-3])
        assert [client.answer().body for _ in range(3)] == [b"/0 ", b"/1 ", b"/2 "]
        assert client.send(requests[-3:]).answer().body == b"/3 "


def test_a_request_may_come_in_pieces(port: int) -> None:
    """Wherever it is cut, also within the empty line."""
    request = b"\r\n" + get("/", "Accept: a")
    with Client(port) as client:
        for cut in range(1, len(request)):
            client.send(request[:cut]).send(request[cut:])
            assert client.answer().body == b"/ a"


@pytest.mark.parametrize("announced", ["Content-Length: 40", "Transfer-Encoding: chunked"])
def test_a_body_is_never_read(port: int, announced: str) -> None:
    """What announces a body is answered, and the body is not taken for a request."""
    with Client(port) as client:
        client.send(get("/", announced) + get("/smuggled"))
        assert client.answer().headers["connection"] == "close"
        assert client.rest() == b""


def test_a_client_that_sends_nothing_more_gets_its_answer(port: int) -> None:
    """A connection closed on one side is still open on the other."""
    with Client(port) as client:
        assert client.send(get()).finish().answer().status == 200
        assert client.rest() == b""


@given(st.binary(max_size=200) | st.binary(max_size=200).map(lambda data: get() + data))
def test_random_bytes_never_stop_it(port: int, data: bytes) -> None:
    """Whatever is sent, the connection ends and the next client is answered."""
    with Client(port) as client:
        client.send(data).finish().rest()
    assert ask(port, get()).status == 200


# --------------------------------------------------------------------------------------------------------- errors


def test_an_error_is_answered_and_said_once(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    """The client hears nothing about it; standard error has its type and place, once, and never its message."""
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    ending.watch_threads()
    with Server("127.0.0.1", 0, broken) as server, Client(server.port) as client:
        answers = [client.send(get(f"/{SECRET}")).answer() for _ in range(3)]
        assert {(answer.status, answer.body) for answer in answers} == {(500, b"internal error\n")}
    said = capfd.readouterr()
    assert said.out == ""
    start = f"irsa-doctor: a bug in irsa-doctor {__version__}: KeyError at sidecar.serve.http:"
    assert [line.startswith(start) for line in said.err.splitlines()] == [True]
    assert SECRET not in said.err


def test_nothing_is_said_about_requests(capfd: pytest.CaptureFixture[str]) -> None:
    """A URL may hold a secret: neither an answer nor a refusal leaves a line."""
    with Server("127.0.0.1", 0, echo) as server:
        for request in (get(f"/{SECRET}"), get(method="POST"), b"nonsense\n\n"):
            ask(server.port, request)
    assert capfd.readouterr() == ("", "")


# ------------------------------------------------------------------------------------------------ where it listens


@pytest.mark.parametrize("host", ["", "127.0.0.1", "0.0.0.0", "localhost"])  # noqa: S104 - what operators write
def test_it_listens_on_ipv4(host: str) -> None:
    """An address, a name, or all of them; port 0 is any free one."""
    with Server(host, 0, echo) as server:
        address = "localhost" if host == "localhost" else "127.0.0.1"
        assert ask(server.port, get(), address).status == 200


@needs_ipv6
@pytest.mark.parametrize("host", ["", "::", "::1"])
def test_it_listens_on_ipv6(host: str) -> None:
    """An address, or all of them: those of IPv4 then, too."""
    with Server(host, 0, echo) as server:
        assert ask(server.port, get(), "::1").status == 200
        if host != "::1":
            assert ask(server.port, get(), "127.0.0.1").status == 200


def test_without_ipv6_it_listens_on_ipv4(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system has no IPv6, all addresses are those of IPv4."""
    monkeypatch.setattr(socket, "has_dualstack_ipv6", lambda: False)
    with Server("", 0, echo) as server:
        assert ask(server.port, get()).status == 200
        with pytest.raises(OSError, match=r"refused|unreachable|assign|not supported"):
            ask(server.port, get(), "::1")


@pytest.mark.parametrize("host", ["", "127.0.0.1"])
def test_a_taken_port_is_an_error(host: str) -> None:
    """At once, when it is made: a port cannot be had twice."""
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match=r"in use") as caught:
        Server(host, taken.getsockname()[1], echo)
    assert caught.value.errno == errno.EADDRINUSE


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1", "a..b", "a" * 70])
def test_a_foreign_address_is_an_error(host: str) -> None:
    """An address that is not this machine's, or a name that is none."""
    with pytest.raises(OSError):  # noqa: PT011 - which one is the resolver's word
        Server(host, 0, echo)


# --------------------------------------------------------------------------------------------------- how it ends


def _idle(_client: Client) -> None:
    """Send nothing."""


def _half(client: Client) -> None:
    client.send(get()[:-2])


def _kept(client: Client) -> None:
    assert client.send(get()).answer().status == 200


@pytest.mark.parametrize("use", [_idle, _half, _kept])
def test_closing_ends_open_connections(use: Callable[[Client], None]) -> None:
    """Whatever a client is about; the port is free again and no thread is left."""
    before = threading.active_count()
    with Server("127.0.0.1", 0, echo) as server, Client(server.port) as admitted, Client(server.port) as client:
        _kept(admitted)  # accepted before the other, so that this one's thread is known to run
        use(client)
        server.close()
        assert admitted.rest() == client.rest() == b""
        assert threading.active_count() == before
        Server("127.0.0.1", server.port, echo).close()


def test_closing_ends_a_response_that_nobody_reads() -> None:
    """A client that does not read does not keep it from ending."""
    size = 1 << 24
    with Server("127.0.0.1", 0, lambda _: Response(200, "a/b", bytes(size))) as server, Client(server.port) as client:
        client.send(get())
        assert client.socket.recv(1)
        server.close()
        assert len(client.rest()) < size


def test_closing_does_not_wait_for_an_answer_without_end() -> None:
    """A thread that is stuck in an answer is left behind."""
    asked, released = threading.Event(), threading.Event()

    def stuck(request: Request) -> Response:
        asked.set()
        released.wait()
        return echo(request)

    before = threading.active_count()
    with Server("127.0.0.1", 0, stuck) as server, Client(server.port) as client:
        client.send(get())
        asked.wait()
        server.close()
        assert client.rest() == b""
        assert not released.is_set()
        released.set()
    assert eventually(lambda: threading.active_count() == before)


def test_a_server_that_never_began_can_be_closed() -> None:
    """Bound, not entered, closed twice: the port is free."""
    server = Server("127.0.0.1", 0, echo)
    server.close()
    server.close()
    with pytest.raises(ConnectionRefusedError):
        Client(server.port)
