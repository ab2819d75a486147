"""A small HTTP server for few clients, none of them trusted: a thread for each connection, and not many of those.

Built on sockets, not on `http.server`: that one limits each packet's time and each header's size, not their sums. Logs
no request.
"""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from time import monotonic
from types import CodeType, TracebackType
from typing import Self

from sidecar.serve.connection import Connection, part
from sidecar.serve.message import PLAIN, Request, Response, refusal

__all__ = ["Request", "Response", "Server"]

CONNECTIONS = 64
"""The most connections at once; one more is refused."""
PATIENCE = 10.0
"""Seconds for reading one request, the wait for it included, and for writing one response."""

_SEND_BUFFER, _RECEIVE_BUFFER = 64 * 1024, 32 * 1024  # the kernel's memory is ours, too: it would give megabytes
_STACK = 512 * 1024  # less than a huge page: where the kernel gives stacks those, each thread would take 2 MiB
_PAUSE = 0.1  # seconds after accepting failed: what was lacking, most likely a descriptor, may be there again
_ENOUGH = 0.5  # seconds that closing waits for threads that are busy answering


class Server:
    """Answers requests at an address, from `__enter__` until `close`; ``port`` is the bound one.

    ``host`` is a name or an IP address, empty for every address, ``port`` 0 for any free one. Raises OSError where
    the address cannot be had. ``answer`` is called in many threads at once; where it raises the client gets 500.
    """

    def __init__(self, host: str, port: int, answer: Callable[[Request], Response], seconds: float = PATIENCE) -> None:
        self._answer = answer
        self._seconds = seconds
        self._listener = _listening(host, port)
        self.port: int = self._listener.getsockname()[1]
        self._accepting = threading.Thread(target=self._accept, name="accept", daemon=True)
        self._closing = threading.Event()
        self._lock = threading.Lock()
        self._live: dict[threading.Thread, socket.socket] = {}
        self._told: set[tuple[type[Exception], CodeType, int]] = set()

    def __enter__(self) -> Self:
        """Begin to answer."""
        self._accepting.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Close."""
        self.close()

    def close(self) -> None:
        """End every connection and thread, and free the port. May be called twice."""
        self._closing.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes accept()
        if self._accepting.ident is not None:
            self._accepting.join()
        self._listener.close()
        with self._lock:
            serving = list(self._live)
            for peer in self._live.values():
                with suppress(OSError):
                    peer.shutdown(socket.SHUT_RDWR)
        ends = monotonic() + _ENOUGH
        for thread in serving:
            thread.join(max(ends - monotonic(), 0))

    # -------------------------------------------------------------------------------------------------- accepting

    def _accept(self) -> None:
        while not self._closing.is_set():
            try:
                self._admit(self._listener.accept()[0])
            except (OSError, MemoryError):  # also of a client that has gone already
                self._closing.wait(_PAUSE)

    def _admit(self, peer: socket.socket) -> None:
        """Serve a connection in a thread, or refuse it where there are too many, of connections or of threads."""
        thread = threading.Thread(target=self._serve, args=(peer,), name="serve", daemon=True)
        with self._lock:
            full = len(self._live) >= CONNECTIONS
            if not full:
                self._live[thread] = peer
        if full or not _started(thread):
            self._refuse(thread, peer)

    def _refuse(self, thread: threading.Thread, peer: socket.socket) -> None:
        with suppress(OSError):
            peer.settimeout(0)
            peer.send(refusal(HTTPStatus.SERVICE_UNAVAILABLE))
        self._drop(thread, peer)

    def _drop(self, thread: threading.Thread, peer: socket.socket) -> None:
        with self._lock:  # `close` must not shut down a descriptor that is another's by now
            self._live.pop(thread, None)
            part(peer)

    # -------------------------------------------------------------------------------------------------- answering

    def _serve(self, peer: socket.socket) -> None:
        try:
            Connection(peer, self._answered, self._seconds).serve()
        finally:
            self._drop(threading.current_thread(), peer)

    def _answered(self, request: Request) -> Response:
        try:
            return self._answer(request)
        except Exception as error:  # noqa: BLE001 - whatever it is, the client hears of it, and others are served
            self._tell(error)
            return Response(HTTPStatus.INTERNAL_SERVER_ERROR, PLAIN, b"internal error\n")

    def _tell(self, error: Exception) -> None:
        """Give an error to the hook that says what ends a thread (`ending.watch_threads`); once for each place."""
        trace = error.__traceback__
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        if trace is None or (place := (type(error), trace.tb_frame.f_code, trace.tb_lineno)) in self._told:
            return
        self._told.add(place)
        threading.excepthook(
            threading.ExceptHookArgs((type(error), error, error.__traceback__, threading.current_thread()))
        )


def _started(thread: threading.Thread) -> bool:
    """Start a thread; return False where the system gives no more of them."""
    usual = threading.stack_size(_STACK)
    try:
        thread.start()
    except (RuntimeError, MemoryError):
        return False
    finally:
        threading.stack_size(usual)
    return True


def _listening(host: str, port: int) -> socket.socket:
    """Return a socket that listens at an address; of a name's addresses the first."""
    listener = _everywhere(port) if host in {"", "::"} else _at(host, port)
    # What a connection inherits: the kernel doubles these numbers.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
    return listener


def _everywhere(port: int) -> socket.socket:
    """Return a socket that listens on all addresses: of IPv6, too, where there is IPv6."""
    if socket.has_dualstack_ipv6():
        return socket.create_server(("", port), family=socket.AF_INET6, backlog=CONNECTIONS, dualstack_ipv6=True)
    return socket.create_server(("", port), backlog=CONNECTIONS)


def _at(host: str, port: int) -> socket.socket:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except UnicodeError:  # a label that is empty or too long
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known") from None
    family, _, _, _, address = found[0]
    return socket.create_server(address, family=family, backlog=CONNECTIONS)
