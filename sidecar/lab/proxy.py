"""Two proxies: one refuses every CONNECT; the other carries each to the lab, as if the host were there."""

import select
import socket

from sidecar.lab.listener import LOOPBACK, PATIENCE, Answer

REFUSAL = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
OPENED = b"HTTP/1.1 200 Connection established\r\n\r\n"
HTTPS = 443
LONGEST = 65536


def refuse(connection: socket.socket) -> None:
    """Read one request and refuse it."""
    if _asked(connection):
        connection.sendall(REFUSAL)


def tunnel(sts: int) -> Answer:
    """Return a proxy by which every host is the lab's: STS, at port ``sts``, where HTTPS's own port is asked for."""

    def carry(connection: socket.socket) -> None:
        target = _asked(connection).partition(b" ")[2].partition(b" ")[0].rpartition(b":")[2]
        if not target.isdigit():
            return
        port = sts if int(target) == HTTPS else int(target)
        with socket.create_connection((LOOPBACK, port), timeout=PATIENCE) as upstream:
            connection.sendall(OPENED)
            _both_ways(connection, upstream)

    return carry


def _asked(connection: socket.socket) -> bytes:
    """Return the head of one request, empty where the client goes away before its end."""
    received = b""
    while b"\r\n\r\n" not in received and len(received) < LONGEST:
        more = connection.recv(4096)
        if not more:
            return b""
        received += more
    return received


def _both_ways(one: socket.socket, other: socket.socket) -> None:
    """Carry bytes until one side ends, or nothing comes any more."""
    ways = {one: other, other: one}
    while ready := select.select(ways, [], [], PATIENCE)[0]:
        for each in ready:
            piece = each.recv(LONGEST)
            if not piece:
                return
            ways[each].sendall(piece)
