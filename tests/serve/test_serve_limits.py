"""What clients can take from the HTTP server is bounded: time, connections, memory, threads, descriptors."""

import errno
import os
import resource
import select
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from rawclient import Client, ask, eventually, get
from sidecar.serve.http import CONNECTIONS, Request, Response, Server

SHORT = 0.5
"""A patience that tests can wait for."""
LARGE = 1 << 24
_PACE_MILLISECONDS = 10
_TIMES = 3000  # of that pace: far more than SHORT


def small(_request: Request) -> Response:
    """Answer shortly."""
    return Response(200, "text/plain", b"ok\n")


def large(_request: Request) -> Response:
    """Answer with more than the kernel holds for a client."""
    return Response(200, "text/plain", bytes(LARGE))


@pytest.fixture
def server() -> Iterator[Server]:
    """Return a server with little patience."""
    with Server("127.0.0.1", 0, small, SHORT) as running:
        yield running


def descriptors() -> int:
    """Return how many descriptors this process has."""
    return len(list(Path("/proc/self/fd").iterdir()))


def cut_off(client: Client, act: Callable[[], object]) -> bool:
    """Act again and again, slowly; return whether the server ended the connection meanwhile."""
    poller = select.poll()
    poller.register(client.socket, select.POLLRDHUP)
    for _ in range(_TIMES):
        if poller.poll(_PACE_MILLISECONDS):
            return True
        act()
    return False


# ----------------------------------------------------------------------------------------------------------- time


def test_a_silent_client_is_sent_away(server: Server) -> None:
    """No request, no answer: the connection is closed."""
    with Client(server.port) as client:
        assert client.rest() == b""


def test_an_idle_connection_is_closed(server: Server) -> None:
    """Also one that was answered before."""
    with Client(server.port) as client:
        assert client.send(get()).answer().status == 200
        assert client.rest() == b""


def test_half_a_request_is_given_up(server: Server) -> None:
    """Who began to ask hears that it took too long."""
    with Client(server.port) as client:
        assert client.send(get()[:-1]).answer().status == 408
        assert client.rest() == b""


@pytest.mark.parametrize("begun", [b"", b"GET / HTTP/1.1\r\nX: ", get() + b"GET /"])
def test_a_drip_is_cut_off(server: Server, begun: bytes) -> None:
    """Time counts for the whole request: a byte now and then does not extend it."""
    with Client(server.port) as client:
        client.send(begun)
        assert cut_off(client, lambda: client.send(b"x"))


def test_a_client_that_never_reads_is_cut_off() -> None:
    """It is reset, so that what it did not take leaves the kernel's memory at once."""
    with Server("127.0.0.1", 0, large, SHORT) as server, Client(server.port) as client:
        client.send(get())
        assert cut_off(client, lambda: None)
        assert client.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == errno.ECONNRESET


@pytest.mark.parametrize("piece", [1, 65536])
def test_a_client_that_reads_slowly_is_cut_off(piece: int) -> None:
    """Time counts for the whole response: to take some of it now and then does not extend it."""
    taken = []
    with Server("127.0.0.1", 0, large, SHORT) as server, Client(server.port) as client:
        client.send(get())
        assert cut_off(client, lambda: taken.append(len(client.socket.recv(piece))))
    assert sum(taken) < LARGE


def test_a_client_that_only_asks_is_cut_off() -> None:
    """Requests without end whose answers are not read: the first that does not go out is the last."""
    with Server("127.0.0.1", 0, small, SHORT) as server, Client(server.port) as client:
        client.socket.settimeout(0)
        requests = get() * 1000

        def flood() -> None:
            with suppress(BlockingIOError):
                while True:
                    client.socket.send(requests)

        with suppress(ConnectionError):
            assert cut_off(client, flood)


# ---------------------------------------------------------------------------------------------------- connections


def test_one_connection_too_many_is_refused_and_the_next_is_not() -> None:
    """64 are served; another is told to come back, without a thread, until one of them has gone."""
    with Server("127.0.0.1", 0, small) as server, ExitStack() as stack:
        clients = [stack.enter_context(Client(server.port)) for _ in range(CONNECTIONS)]
        assert {client.send(get()).answer().status for client in clients} == {200}
        threads = threading.active_count()
        for _ in range(3):
            with Client(server.port) as late:
                refused = late.answer()
                assert late.rest() == b""
            assert (refused.status, refused.headers["retry-after"]) == (503, "1")
        assert threading.active_count() == threads
        assert clients[0].send(get()).answer().status == 200
        clients[1].socket.close()
        assert eventually(lambda: ask(server.port, get()).status == 200)


def test_a_system_without_threads_to_give_refuses(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """A limit on a container's processes counts threads: it costs a connection, not the server."""

    def none_left(_thread: threading.Thread) -> None:
        message = "can't start new thread"
        raise RuntimeError(message)

    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", none_left)
        assert ask(server.port, b"").status == 503
    assert ask(server.port, get()).status == 200


class Waits(threading.Event):
    """An event that says when it is waited for."""

    def __init__(self) -> None:
        super().__init__()
        self.times: list[float | None] = []

    def wait(self, timeout: float | None = None) -> bool:
        """Note how long somebody means to wait."""
        self.times.append(timeout)
        return super().wait(timeout)


def test_a_lack_of_descriptors_passes() -> None:
    """Without one to accept with, it waits and tries again, and answers when there is one."""
    server = Server("127.0.0.1", 0, small)
    server._closing = waits = Waits()
    usual = resource.getrlimit(resource.RLIMIT_NOFILE)
    highest = max(int(path.name) for path in Path("/proc/self/fd").iterdir())
    with server, socket.socket() as late, ExitStack() as stack:
        stack.callback(resource.setrlimit, resource.RLIMIT_NOFILE, usual)
        resource.setrlimit(resource.RLIMIT_NOFILE, (highest + 8, usual[1]))
        with ExitStack() as held:
            with suppress(OSError):  # until there are too many open files
                while True:
                    held.callback(os.close, os.dup(late.fileno()))
            late.connect(("127.0.0.1", server.port))
            late.sendall(get())
            assert eventually(lambda: len(waits.times) > 1)
            assert all(waits.times)
        assert late.recv(100).startswith(b"HTTP/1.1 200 ")


# --------------------------------------------------------------------------------------------------------- memory


@pytest.mark.parametrize(("line", "status"), [(b"", 414), (get()[:-2], 431)])
def test_fifty_megabytes_of_head_are_not_taken(line: bytes, status: int) -> None:
    """The server answers after 16 KiB and closes: the client cannot even send them."""
    piece, sent = b"x" * 65536, 0
    with Server("127.0.0.1", 0, small) as server, Client(server.port) as client:
        client.send(line)
        with suppress(ConnectionError):
            while sent < 50_000_000:
                sent += client.socket.send(piece)
        assert sent < 10_000_000
        assert client.rest().startswith(b"HTTP/1.1 %d " % status)
        assert ask(server.port, get()).status == 200


# ------------------------------------------------------------------------------------- threads and descriptors


def _answered(client: Client) -> None:
    client.send(get()).answer()


def _reset(client: Client) -> None:
    client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


KINDS: tuple[Callable[[Client], object], ...] = (
    _answered,
    _reset,
    Client.finish,
    lambda client: client.send(get()),
    lambda client: client.send(get()[:-1]),
    lambda client: client.send(get() * 20),
    lambda client: client.send(b"\r\n\r\n"),
    lambda client: client.send(get(method="POST")).rest(),
    lambda client: client.send(get("/" + "x" * 16384)).rest(),
    lambda client: client.send(get("/", "Content-Length: 3") + b"abc").rest(),
)


def test_connections_leave_nothing_behind() -> None:
    """After 500 of all kinds, some refused, there are the threads and the descriptors that there were before."""
    with Server("127.0.0.1", 0, small) as server:
        before = threading.active_count(), descriptors()
        for number in range(500):
            with Client(server.port) as client, suppress(ConnectionError, AssertionError):
                KINDS[number % len(KINDS)](client)
        assert eventually(lambda: (threading.active_count(), descriptors()) == before)
        assert ask(server.port, get()).status == 200


def test_closing_leaves_nothing_behind() -> None:
    """Neither a thread nor a descriptor, however many clients there were."""
    before = threading.active_count(), descriptors()
    with Server("127.0.0.1", 0, small) as server, ExitStack() as stack:
        clients = [stack.enter_context(Client(server.port)) for _ in range(CONNECTIONS + 1)]
        assert {client.send(get()).answer().status for client in clients[:-1]} == {200}
        server.close()
        assert threading.active_count() == before[0]
    assert descriptors() == before[1]
