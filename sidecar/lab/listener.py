"""Ports on loopback, chosen by the kernel: they serve, stay silent, reset or refuse, and end without a trace."""

import contextlib
import socket
import struct
import threading
from collections.abc import Callable

from sidecar.lab.plan import Transport

LOOPBACK = "127.0.0.1"
PATIENCE = 30.0
"""Seconds that a connection may be idle before the lab gives it up."""

Answer = Callable[[socket.socket], None]


class Listener:
    """A port whose connections are each answered in a thread of their own, until `close`.

    Raises OSError where no port can be bound.
    """

    def __init__(self, answer: Answer) -> None:
        """Bind, listen and answer from now on."""
        self._answer = answer
        self._socket = socket.create_server((LOOPBACK, 0), backlog=64)
        self.port: int = self._socket.getsockname()[1]
        self._closing = threading.Event()
        self._lock = threading.Lock()
        self._open: dict[threading.Thread, socket.socket] = {}
        self._thread = threading.Thread(target=self._accept, name=f"lab-{self.port}", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End every connection and thread, and free the port. May be called twice."""
        if self._closing.is_set():
            return
        self._closing.set()
        with contextlib.suppress(OSError), socket.create_connection((LOOPBACK, self.port), timeout=1):
            pass  # wakes accept()
        self._thread.join()
        self._socket.close()
        with self._lock:
            remaining = dict(self._open)
            for handle in remaining.values():
                with contextlib.suppress(OSError):
                    handle.shutdown(socket.SHUT_RDWR)
        for thread in remaining:
            thread.join()

    def _accept(self) -> None:
        while not self._closing.is_set():
            connection, _ = self._socket.accept()
            if self._closing.is_set():
                connection.close()
                return
            connection.settimeout(PATIENCE)
            thread = threading.Thread(target=self._handle, args=(connection,), daemon=True)
            with self._lock:
                # A handle of our own: TLS detaches the connection it wraps, and `close` must still reach it.
                self._open[thread] = connection.dup()
            thread.start()

    def _handle(self, connection: socket.socket) -> None:
        try:
            with contextlib.suppress(OSError), connection:  # a client that goes away is not our concern
                self._answer(connection)
        finally:
            with self._lock:
                self._open.pop(threading.current_thread()).close()


class Refusing:
    """A port that is held but not listened to: connections to it are refused."""

    def __init__(self) -> None:
        """Bind."""
        self._socket = socket.socket()
        self._socket.bind((LOOPBACK, 0))
        self.port: int = self._socket.getsockname()[1]

    def close(self) -> None:
        """Free the port."""
        self._socket.close()


def opened(transport: Transport, answer: Answer) -> Listener | Refusing:
    """Open a port that behaves so; ``answer`` is used where it serves."""
    if transport is Transport.REFUSE:
        return Refusing()
    return Listener({Transport.SILENT: _stay_silent, Transport.RESET: _reset}.get(transport, answer))


def _stay_silent(connection: socket.socket) -> None:
    while connection.recv(65536):
        pass


def _reset(connection: socket.socket) -> None:
    connection.recv(1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
