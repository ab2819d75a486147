"""Clients that scrape as fast as they are answered, in one process: prints each scrape's milliseconds, a line each.

``python benchmarks/scrape.py PORT CLIENTS SECONDS``. Each client has one connection, and one request at a time.
"""

import select
import socket
import sys
import time

REQUEST = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nAccept: text/plain\r\n\r\n"


class Client:
    """A connection with one request under way."""

    def __init__(self, port: int) -> None:
        """Connect."""
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._got = b""
        self._asked = 0.0

    def ask(self) -> None:
        """Send a request."""
        self._got, self._asked = b"", time.perf_counter()
        self.socket.sendall(REQUEST)

    def hear(self) -> float | None:
        """Read what is there; return the seconds since the request once all of the answer is."""
        piece = self.socket.recv(1 << 18)
        if not piece:
            message = "the server closed a connection"
            raise SystemExit(message)
        self._got += piece
        head, end, body = self._got.partition(b"\r\n\r\n")
        if not end or len(body) < _length(head):
            return None
        if not head.startswith(b"HTTP/1.1 200 "):
            raise SystemExit(head.decode())
        return time.perf_counter() - self._asked


def _length(head: bytes) -> int:
    lines = (line.partition(b":") for line in head.lower().split(b"\r\n"))
    return next(int(value) for name, _, value in lines if name == b"content-length")


def main() -> None:
    """Scrape."""
    port, clients, seconds = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    poll, asking = select.poll(), {}
    for client in [Client(port) for _ in range(clients)]:
        poll.register(client.socket, select.POLLIN)
        asking[client.socket.fileno()] = client
        client.ask()
    took: list[float] = []
    ends = time.perf_counter() + seconds
    while time.perf_counter() < ends:
        for descriptor, _ in poll.poll(1000):
            waited = asking[descriptor].hear()
            if waited is not None:
                took.append(waited)
                asking[descriptor].ask()
    print("\n".join(f"{1000 * one:.3f}" for one in took))


if __name__ == "__main__":
    main()
