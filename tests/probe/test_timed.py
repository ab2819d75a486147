"""Connections that are timed, and cut when a phase takes too long; botocore's own among them."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest
from botocore.awsrequest import AWSHTTPConnection, AWSHTTPSConnection
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, LocationParseError, NameResolutionError, NewConnectionError

from servers import Authority, Server, once, response, silent
from sidecar.probe.timed import Address, Stopwatch, TimedConnection, timed


def address_of(port: int) -> Address:
    """Return a loopback address as getaddrinfo gives it."""
    return socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", port)


@pytest.fixture
def watch() -> Iterator[Stopwatch]:
    """Return a stopwatch without limits."""
    with Stopwatch(time.monotonic) as watching:
        yield watching


def test_botocore_s_connection_records_each_phase_of_a_tls_request(authority: Authority, watch: Stopwatch) -> None:
    """Resolve, connect, tls and response are there, apart, once the request is over."""
    with Server(once(response(b"hello")), authority.context()) as server:
        connection = timed(AWSHTTPSConnection, watch)("localhost", server.port, timeout=10)
        assert isinstance(connection, HTTPSConnection)
        connection.ca_certs = str(authority.bundle)
        connection.request("GET", "/")
        assert connection.getresponse().data == b"hello"
        watch.stop()
        connection.close()
    phases = watch.phases
    assert None not in (phases.resolve, phases.connect, phases.tls, phases.response)


def test_a_plain_connection_has_no_tls_phase(watch: Stopwatch) -> None:
    """A phase that does not happen stays None."""
    with Server(once(response(b"hello"))) as server:
        connection = timed(AWSHTTPConnection, watch)("127.0.0.1", server.port, timeout=10)
        connection.request("GET", "/")
        connection.getresponse()
        watch.stop()
        connection.close()
    assert watch.phases.tls is None
    assert watch.phases.connect is not None


def test_a_name_that_does_not_resolve_is_urllib3_s_own_error(watch: Stopwatch) -> None:
    """Botocore maps it as it maps urllib3's; the phase says where it ended."""
    with pytest.raises(NameResolutionError):
        timed(AWSHTTPConnection, watch)("nowhere.invalid", 80, timeout=10).connect()
    assert watch.phase == "resolve"
    assert watch.phases.resolve is None


def test_a_label_that_is_too_long_is_urllib3_s_own_error(watch: Stopwatch) -> None:
    """No getaddrinfo is asked what IDNA cannot express."""
    with pytest.raises(LocationParseError):
        timed(AWSHTTPConnection, watch)("a" * 64 + ".example", 80, timeout=10).connect()


def test_a_refused_connection_is_urllib3_s_own_error(watch: Stopwatch) -> None:
    """Botocore makes EndpointConnectionError of it."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(NewConnectionError) as caught:
        timed(AWSHTTPConnection, watch)("127.0.0.1", port, timeout=10).connect()
    assert not isinstance(caught.value, NameResolutionError)
    assert watch.phase == "connect"


def test_a_connection_that_nobody_takes_times_out(watch: Stopwatch, full: int) -> None:
    """Botocore makes ConnectTimeoutError of it."""
    with pytest.raises(ConnectTimeoutError):
        timed(AWSHTTPConnection, watch)("127.0.0.1", full, timeout=0.2).connect()
    assert watch.phase == "connect"


def test_a_silent_address_leaves_time_for_the_next(watch: Stopwatch, full: int) -> None:
    """Of several addresses each gets its share of the time, so that one black hole is not the end."""
    with Server(silent) as server:
        connection = timed(HTTPConnection, watch)("localhost", server.port, timeout=1.0)
        assert isinstance(connection, TimedConnection)
        watch.enter("connect")
        with connection._connect_first([address_of(full), address_of(server.port)]) as connected:
            assert connected.getpeername()[1] == server.port
            assert connected.gettimeout() == 1.0


def test_a_resolver_that_never_answers_is_left_behind(watch: Stopwatch, monkeypatch: pytest.MonkeyPatch) -> None:
    """Getaddrinfo knows no time-out; the wait for it has one."""
    never = threading.Event()

    def wait(*_: object) -> list[Address]:
        never.wait()
        return []

    monkeypatch.setattr(socket, "getaddrinfo", wait)
    try:
        with pytest.raises(NameResolutionError, match="no answer within"):
            timed(HTTPConnection, watch)("a.example", 80, timeout=0.05).connect()
    finally:
        never.set()


def test_a_host_without_an_address_cannot_be_connected_to(watch: Stopwatch) -> None:
    """An empty answer of the resolver is an error, not a crash."""
    connection = timed(HTTPConnection, watch)("a.example", 80, timeout=None)
    assert isinstance(connection, TimedConnection)
    with pytest.raises(NewConnectionError):
        connection._connect_first([])


def test_a_phase_over_its_limit_is_cut() -> None:
    """A server that never answers cannot hold a connection without a time-out of its own."""
    with Server(silent) as server, Stopwatch(time.monotonic, lambda: 0.2) as watch:
        connection = timed(HTTPConnection, watch)("127.0.0.1", server.port, timeout=None)
        connection.request("GET", "/")
        with pytest.raises(OSError, match="without response"):
            connection.getresponse()
        connection.close()
        assert watch.expired
        assert watch.phase == "response"


def test_a_restarted_stopwatch_knows_nothing_of_the_request_before(watch: Stopwatch) -> None:
    """A second request on the same connection has its own phases only."""
    watch.enter("resolve")
    watch.enter("response")
    watch.restart()
    watch.enter("response")
    watch.stop()
    assert watch.phases.resolve is None
    assert watch.phases.response is not None
