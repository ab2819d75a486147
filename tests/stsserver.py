"""A loopback HTTP(S) server that answers what a test tells it to, and remembers what it was asked.

For tests of the exchange: canned answers in STS's XML, and ways for a server to misbehave.
"""

import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qs

NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"
ACCESS_KEY = "ASIAIOSFODNN7EXAMPLE"
SECRET_KEY = "madeForTheseTestsOnly/+andForNothingElse"
SESSION_TOKEN = "FwoGZXIvYXdzEXAMPLESESSIONTOKEN"
ASSUMED_ROLE = "arn:aws:sts::111122223333:assumed-role/app/irsa-doctor-app-0"
DATE = "Sat, 21 Nov 2026 10:00:00 GMT"
REQUEST_ID = "c6104cbe-af31-11e0-8154-cbc7ccf896c7"

ACCEPTED = f"""<AssumeRoleWithWebIdentityResponse xmlns="{NAMESPACE}"><AssumeRoleWithWebIdentityResult>
<SubjectFromWebIdentityToken>system:serviceaccount:default:app</SubjectFromWebIdentityToken>
<Audience>sts.amazonaws.com</Audience>
<AssumedRoleUser><Arn>{ASSUMED_ROLE}</Arn><AssumedRoleId>AROA:irsa-doctor-app-0</AssumedRoleId></AssumedRoleUser>
<Credentials><SessionToken>{SESSION_TOKEN}</SessionToken><SecretAccessKey>{SECRET_KEY}</SecretAccessKey>
<Expiration>2026-11-21T11:00:00Z</Expiration><AccessKeyId>{ACCESS_KEY}</AccessKeyId></Credentials>
<Provider>arn:aws:iam::111122223333:oidc-provider/oidc.test</Provider></AssumeRoleWithWebIdentityResult>
<ResponseMetadata><RequestId>{REQUEST_ID}</RequestId></ResponseMetadata></AssumeRoleWithWebIdentityResponse>"""
CALLER = f"""<GetCallerIdentityResponse xmlns="{NAMESPACE}"><GetCallerIdentityResult>
<Arn>{ASSUMED_ROLE}</Arn><UserId>AROA:irsa-doctor-app-0</UserId><Account>111122223333</Account>
</GetCallerIdentityResult><ResponseMetadata><RequestId>{REQUEST_ID}</RequestId></ResponseMetadata>
</GetCallerIdentityResponse>"""


def refusal(code: str, message: str) -> str:
    """Return STS's error document."""
    return (
        f'<ErrorResponse xmlns="{NAMESPACE}"><Error><Type>Sender</Type><Code>{code}</Code>'
        f"<Message>{message}</Message></Error><RequestId>{REQUEST_ID}</RequestId></ErrorResponse>"
    )


@dataclass(frozen=True, slots=True)
class Request:
    """What the server was asked: the header as one text, and the form's fields."""

    head: str
    form: dict[str, str]
    connection: int

    @property
    def signed(self) -> bool:
        """Whether the request bears a signature."""
        return "\nauthorization:" in self.head.lower()


Answer = Callable[[socket.socket], bool]
"""Writes to the connection; returns whether to go on with it."""


def answering(
    body: str | bytes, status: int = 200, *, content_type: str = "text/xml", date: str | None = DATE, keep: bool = True
) -> Answer:
    """Answer with a whole HTTP response."""
    content = body.encode() if isinstance(body, str) else body
    dated = f"Date: {date}\r\n" if date is not None else ""
    kept = "keep-alive" if keep else "close"
    head = f"HTTP/1.1 {status} Whatever\r\n{dated}Content-Type: {content_type}\r\nConnection: {kept}\r\n"
    whole = f"{head}Content-Length: {len(content)}\r\n\r\n".encode() + content

    def write(connection: socket.socket) -> bool:
        connection.sendall(whole)
        return keep

    return write


def raw(content: bytes) -> Answer:
    """Answer with these very bytes and close."""

    def write(connection: socket.socket) -> bool:
        connection.sendall(content)
        return False

    return write


def resetting(connection: socket.socket) -> bool:
    """Reset the connection instead of answering."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return False


def silent(connection: socket.socket) -> bool:
    """Never answer: wait until the client gives up."""
    connection.settimeout(None)
    try:
        while connection.recv(4096):
            pass
    except OSError:
        pass
    return False


def dripping(connection: socket.socket) -> bool:
    """Answer without an end, byte by byte, until the client gives up."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 100000\r\n\r\n")
    pause = threading.Event()
    try:
        while not pause.wait(0.02):
            connection.sendall(b" ")
    except OSError:
        pass
    return False


@dataclass(slots=True)
class Server:
    """The running server. ``requests`` are those received, in order."""

    url: str
    requests: list[Request] = field(default_factory=list)
    connections: int = 0

    @property
    def port(self) -> int:
        """The port it listens at."""
        return int(self.url.rpartition(":")[2])


@contextmanager
def serving(*answers: Answer, context: ssl.SSLContext | None = None) -> Iterator[Server]:
    """Serve at a free port of localhost: the n-th request gets the n-th answer, later ones the last."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = Server(f"{'https' if context else 'http'}://localhost:{listener.getsockname()[1]}")
    threads: list[threading.Thread] = []

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            server.connections += 1
            thread = threading.Thread(target=_serve, args=(connection, server, answers, context), daemon=True)
            threads.append(thread)
            thread.start()

    accepting = threading.Thread(target=accept, daemon=True)
    accepting.start()
    try:
        yield server
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        accepting.join(5)
        for thread in threads:
            thread.join(5)


def _serve(
    connection: socket.socket, server: Server, answers: Sequence[Answer], context: ssl.SSLContext | None
) -> None:
    number = server.connections
    try:
        connection.settimeout(5)
        if context is not None:
            connection = context.wrap_socket(connection, server_side=True)
        while (request := _receive(connection, number)) is not None:
            server.requests.append(request)
            if not answers[min(len(server.requests), len(answers)) - 1](connection):
                return
    except OSError:
        return
    finally:
        connection.close()


def _receive(connection: socket.socket, number: int) -> Request | None:
    received = b""
    while b"\r\n\r\n" not in received:
        piece = connection.recv(65536)
        if not piece:
            return None
        received += piece
    head, _, body = received.partition(b"\r\n\r\n")
    lines = [line for line in head.decode("latin-1").split("\r\n") if line.lower().startswith("content-length:")]
    length = int(lines[0].partition(":")[2]) if lines else 0
    while len(body) < length:
        body += connection.recv(65536)
    form = {name: values[0] for name, values in parse_qs(body.decode(), keep_blank_values=True).items()}
    return Request(head.decode("latin-1").replace("\r\n", "\n"), form, number)
