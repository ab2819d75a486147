"""A proxy that refuses every CONNECT."""

import socket

REFUSAL = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
LONGEST = 65536


def refuse(connection: socket.socket) -> None:
    """Read one request and refuse it."""
    received = b""
    while b"\r\n\r\n" not in received and len(received) < LONGEST:
        more = connection.recv(4096)
        if not more:
            return
        received += more
    connection.sendall(REFUSAL)
