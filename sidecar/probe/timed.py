"""urllib3 connections that time their phases apart, and that can be cut when a phase takes too long.

Used for our own requests and, mixed into botocore's connection classes, for its. Imports only what botocore
loads anyway, and raises what urllib3 raises, so that botocore maps every failure as usual. Judges nothing.
"""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, LocationParseError, NameResolutionError, NewConnectionError
from urllib3.util.connection import allowed_gai_family

from sidecar.model import Phases

Address = tuple[int, int, int, str, tuple[str, int] | tuple[str, int, int, int]]


class Stopwatch:
    """The phases of one request: resolve, connect, tls, response, in seconds.

    ``limit`` gives the seconds that the phase about to begin may take: when they have passed, the connection is
    shut down and ``expired`` is true. A phase that fails is not recorded, and stays in ``phase``.
    Holds a duplicate of the connection's socket, so it must be closed: use it in a ``with``.
    """

    def __init__(self, monotonic: Callable[[], float], limit: Callable[[], float] | None = None) -> None:
        """Start outside any phase."""
        self.phase: str | None = None
        self.expired = False
        self.monotonic = monotonic
        self.limit = limit
        self._began = 0.0
        self._taken: dict[str, float] = {}
        self._timer: threading.Timer | None = None
        self._socket: socket.socket | None = None

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Close."""
        self.close()

    @property
    def phases(self) -> Phases:
        """The phases that ended, in seconds."""
        return Phases(**self._taken)

    def enter(self, phase: str) -> None:
        """End the phase before and begin this one."""
        self.stop()
        self.phase = phase
        self._began = self.monotonic()
        if self.limit is not None and self._socket is not None:
            self._timer = threading.Timer(self.limit(), self._cut, (self._socket,))
            self._timer.daemon = True
            self._timer.start()

    def stop(self) -> None:
        """End the current phase, if there is one, and record what it took."""
        self._disarm()
        if self.phase is not None:
            self._taken[self.phase] = self._taken.get(self.phase, 0.0) + self.monotonic() - self._began
        self.phase = None

    def restart(self) -> None:
        """Forget all phases: another request begins on the same connection."""
        self._disarm()
        self.phase = None
        self._taken = {}

    def attach(self, connected: socket.socket) -> None:
        """Watch this connection from now on."""
        self._disarm()
        self._release()
        self._socket = connected.dup()

    def close(self) -> None:
        """Stop watching; the phases stay readable."""
        self._disarm()
        self._release()

    def _disarm(self) -> None:
        timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()
            timer.join()

    def _release(self) -> None:
        held, self._socket = self._socket, None
        if held is not None:
            held.close()

    def _cut(self, held: socket.socket) -> None:
        self.expired = True
        with suppress(OSError):  # the peer may have closed it already, which ends the wait just as well
            held.shutdown(socket.SHUT_RDWR)


class TimedConnection(HTTPConnection):
    """Mixed in before a urllib3 connection class: the same connection, timed by ``watch``.

    ``refuse`` may raise, given every address the host has, before anything is sent to any of them.
    """

    watch: Stopwatch
    refuse: Callable[[list[str]], None] | None = None

    def connect(self) -> None:
        """Connect, through the proxy's tunnel and TLS where there are any."""
        super().connect()
        self.watch.enter("response")

    def _new_conn(self) -> socket.socket:
        self.watch.enter("resolve")
        addresses = self._resolve()
        if self.refuse is not None:
            self.refuse([address[4][0] for address in addresses])
        self.watch.enter("connect")
        connected = self._connect_first(addresses)
        self.watch.attach(connected)
        self.watch.enter("connect" if self._tunnel_host or not isinstance(self, HTTPSConnection) else "tls")
        return connected

    def _tunnel(self) -> None:
        super()._tunnel()
        if self.watch.expired:  # http.client takes a connection's end for the end of the proxy's answer
            message = "the proxy did not answer in time"
            raise TimeoutError(message)
        self.watch.enter("tls")

    @property
    def _allowed(self) -> float | None:
        """Seconds that the phase about to begin may take."""
        return self.timeout if self.watch.limit is None else self.watch.limit()

    def _resolve(self) -> list[Address]:
        host = self._dns_host.strip("[]")
        try:
            host.encode("idna")
        except UnicodeError:
            message = f"'{host}', label empty or too long"
            raise LocationParseError(message) from None
        try:
            return resolve(host, self.port, self._allowed)
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from error

    def _connect_first(self, addresses: list[Address]) -> socket.socket:
        """Try the addresses in order, each with its share of the time that is left."""
        allowed = self._allowed
        ends = None if allowed is None else self.watch.monotonic() + allowed
        failure: OSError = OSError("the host has no address")
        for behind, address in zip(range(len(addresses), 0, -1), addresses, strict=True):
            share = None if ends is None else max(ends - self.watch.monotonic(), 0.001) / behind
            try:
                return self._open(address, share)
            except OSError as error:
                failure = error
        if isinstance(failure, TimeoutError):
            message = f"Connection to {self.host} timed out. (connect timeout={allowed})"
            raise ConnectTimeoutError(self, message) from failure
        message = f"Failed to establish a new connection: {failure}"
        raise NewConnectionError(self, message) from failure

    def _open(self, address: Address, timeout: float | None) -> socket.socket:
        family, kind, protocol, _, where = address
        opened = socket.socket(family, kind, protocol)
        try:
            for option in self.socket_options or ():
                opened.setsockopt(*option)
            opened.settimeout(timeout)
            opened.connect(where)
            opened.settimeout(self.timeout)
        except BaseException:
            opened.close()
            raise
        return opened


def timed(connection: type[HTTPConnection], watch: Stopwatch) -> type[HTTPConnection]:
    """Return ``connection`` with every instance of it timed by ``watch``."""
    return type(f"Timed{connection.__name__}", (TimedConnection, connection), {"watch": watch})


def resolve(host: str, port: int, timeout: float | None) -> list[Address]:
    """Return the addresses of ``host``, in the system's order, or raise ``socket.gaierror``.

    getaddrinfo knows no time-out: it runs in a thread, which is left behind when ``timeout`` seconds have passed.
    """
    answers: list[list[Address] | OSError] = []

    def look() -> None:
        try:
            answers.append(socket.getaddrinfo(host, port, allowed_gai_family(), socket.SOCK_STREAM))  # type: ignore[arg-type]  # the stub allows for Pythons without IPv6
        except OSError as error:
            answers.append(error)

    thread = threading.Thread(target=look, name="resolve", daemon=True)
    thread.start()
    thread.join(timeout)
    if not answers:
        raise socket.gaierror(socket.EAI_AGAIN, f"no answer within {timeout:g} s")
    if isinstance(answers[0], OSError):
        raise answers[0]
    return answers[0]
