"""One client: its requests read and answered, one after the other, within bounded time and memory.

A time limit holds for all of a request and for all of a response, not for each packet: neither a drip of single bytes
nor a reader that never reads can hold a connection for longer. The thread that runs it belongs to `http`.
"""

import re
import select
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from time import monotonic

from sidecar.serve.message import HEAD_BYTES, Head, RefusedError, Request, Response, encode, parse, refusal

_EMPTY_LINE = re.compile(rb"\n\r?\n")
_OVERLAP = 2  # of an empty line's three bytes, so many can have come with the piece before
_RESET = struct.pack("ii", 1, 0)
_PARTING_READS = 16


class Connection:
    """A client's requests on ``peer``, answered by ``answer``; each of both takes ``seconds`` at most."""

    def __init__(self, peer: socket.socket, answer: Callable[[Request], Response], seconds: float) -> None:
        self._peer = peer
        self._answer = answer
        self._seconds = seconds
        self._poll = select.poll()
        self._unread = b""

    def serve(self) -> None:
        """Answer requests until the client has gone, asked for the end, or broke a rule; leave the socket open."""
        with suppress(OSError):  # a client that goes away is not our concern
            self._peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._peer.settimeout(0)
            while self._exchange():
                pass

    def _exchange(self) -> bool:
        """Read a request and answer it; return whether another may follow."""
        try:
            head = self._read()
        except RefusedError as refused:
            self._send(refusal(refused.status))
            return False
        if head is None:
            return False
        self._send(encode(self._answer(head.request), bodiless=head.bodiless, last=head.last))
        return not head.last

    # ---------------------------------------------------------------------------------------------------- reading

    def _read(self) -> Head | None:
        """Return the next request's head; None where the client has gone, or has stayed silent."""
        ends, seen = monotonic() + self._seconds, 0
        while (end := _EMPTY_LINE.search(self._unread, max(seen - _OVERLAP, 0))) is None:
            seen = len(self._unread)
            piece = self._receive(ends)
            if not piece:
                return None
            self._unread += piece
        head, self._unread = self._unread[: end.start()], self._unread[end.end() :]
        return parse(head)

    def _receive(self, ends: float) -> bytes:
        """Return what has come, empty where nothing will; never more than a head may take altogether."""
        room = HEAD_BYTES - len(self._unread)
        if room <= 0:
            line_ended = b"\n" in self._unread
            long = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE if line_ended else HTTPStatus.REQUEST_URI_TOO_LONG
            raise RefusedError(long)
        try:
            self._wait(select.POLLIN, ends)
            return self._peer.recv(room)
        except TimeoutError:
            if self._unread:
                raise RefusedError(HTTPStatus.REQUEST_TIMEOUT) from None
            return b""

    def _wait(self, event: int, ends: float) -> None:
        """Wait for an event; raise TimeoutError where it is too late, even if there is something to read."""
        self._poll.register(self._peer, event)
        left = ends - monotonic()
        if left <= 0 or not self._poll.poll(left * 1000):
            raise TimeoutError

    # ---------------------------------------------------------------------------------------------------- writing

    def _send(self, data: bytes) -> None:
        ends, left = monotonic() + self._seconds, memoryview(data)
        try:
            while left:
                left = left[self._send_some(left, ends) :]
        except TimeoutError:
            # What the client does not take would stay in the kernel's memory after the end.
            self._peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            raise

    def _send_some(self, data: memoryview, ends: float) -> int:
        """Return how many bytes were sent; 0 after a wait for room."""
        try:
            return self._peer.send(data)
        except BlockingIOError:
            self._wait(select.POLLOUT, ends)
            return 0


def part(peer: socket.socket) -> None:
    """Close a connection without waiting, so that the client can still read what it was sent."""
    with suppress(OSError), peer:
        peer.settimeout(0)
        # Bytes left unread would make the kernel reset the connection, and the answer be lost on the way.
        for _ in range(_PARTING_READS):
            if not peer.recv(HEAD_BYTES):
                break
