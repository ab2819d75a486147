"""One request to the agent of EKS Pod Identity, and what became of it. Judges nothing.

Only addresses are called, never names, without a proxy, and no redirect is followed. No fact, message or exception of
it holds what was sent, nor the credentials that came.

What the agent answers [S: aws/eks-pod-identity-agent, pkg/handlers, pkg/errors, internal/validation, 2026]: 200 with
JSON; else plain text. Of its own: 400 ``Service account token cannot be empty``, ``... cannot be parsed: ...``, ``...
failed basic claim validations: ...`` (the expiry, by the node's clock, without a leeway), ``... failed claim
validations: ...`` (the audience); 403 ``Access Denied. Called agent through invalid address, ...``; 429 ``Too Many
Requests``. EKS Auth's errors are passed on with their status as ``[request id]: (Code): message, fault: client``, and
with 500 and ``[]`` or Go's words where the agent could not reach EKS Auth.
"""

import json
import re
from dataclasses import dataclass
from datetime import datetime
from http.client import HTTPException
from typing import Any, NamedTuple

from urllib3.connection import HTTPConnection
from urllib3.exceptions import HTTPError
from urllib3.response import BaseHTTPResponse

from sidecar.facts import Refused
from sidecar.model import Absent, Failed
from sidecar.oidc import Url
from sidecar.probe.body import read_body
from sidecar.probe.dial import Allowance
from sidecar.probe.failures import Distrust, connect_failure, printable, response_failure
from sidecar.probe.http import HEADERS
from sidecar.probe.timed import Stopwatch, TimedConnection
from sidecar.probe.world import Budget

AGENTS = ("169.254.170.23", "fd00:ec2::23")
"""The agent's addresses (FACTS C20): on every node the same, by IPv4 and by IPv6."""

_OK = 200
_REDIRECTING = range(300, 400)
_HTTP_PORT = 80
_LONGEST = 500  # characters of an answer that are shown
_OTHER_SECONDS = 1.0  # how long the agent's other address may take: it is on this node
_PASSED_ON = re.compile(
    r"(?:\[(?P<id>[\w-]*)\]: )?\((?P<code>\w+)\): ?(?P<message>.*?)(?:, fault: \w+)?", re.ASCII | re.DOTALL
)
_MARKUP = ("{", "[{", "<")


class Where(NamedTuple):
    """Where the request goes; ``known``: the path is the agent's own, and may be shown."""

    host: str
    port: int
    path: str
    known: bool = True

    @property
    def authority(self) -> str:
        """Host and, where it is not 80, port, as they stand in a URL."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _HTTP_PORT else f"{host}:{self.port}"

    @property
    def text(self) -> str:
        """The URL, as far as it may be shown."""
        return f"http://{self.authority}{self.path if self.known else '/***'}"


@dataclass(frozen=True, slots=True, repr=False)
class Credentials:
    """What the agent gave: no fact, and shown nowhere."""

    access_key: str
    secret_key: str
    token: str
    expiry: float


class _Connection(TimedConnection, HTTPConnection):
    """A timed connection that is never reopened behind its user's back."""

    auto_open = 0


def ask(
    where: Where, token: bytes, budget: Budget, agents: tuple[str, ...] = AGENTS
) -> Credentials | Refused | Failed | Absent:
    """GET the credentials, once. `Failed.kind` is refused, timeout, reset or content.

    Where one of ``agents`` cannot be connected to, the failure says whether the others can.
    """
    if budget.left <= 0:
        return Absent("the deadline ran out before the agent could be asked", overdue=True)
    allowance = Allowance(budget)
    with Stopwatch(budget.monotonic, allowance) as watch:
        connection = _Connection(where.host, where.port, timeout=budget.operation)
        connection.watch = watch
        try:
            answer = _connected(connection, where) or _asked(connection, where, token)
        finally:
            connection.close()
    if not isinstance(answer, Failed):
        return answer
    if watch.phase == "connect" and where.host in agents:
        answer = answer._replace(why=answer.why + _others(where, budget, agents))
    return allowance.excuse(answer)


def _connected(connection: _Connection, where: Where) -> Failed | None:
    try:
        connection.connect()
    except (OSError, HTTPError, HTTPException) as error:
        failure = connect_failure(error, _url(where), None, connection.watch)
        return Failed("refused", failure.why) if isinstance(failure, Distrust) else failure
    return None


def _asked(connection: _Connection, where: Where, token: bytes) -> Credentials | Refused | Failed:
    headers = {**HEADERS, "Authorization": token.decode("latin-1")}
    try:
        connection.request("GET", where.path, headers=headers, preload_content=False)
        with connection.getresponse() as response:
            answer = _read(response, where)
        connection.watch.stop()
    except (OSError, HTTPError, HTTPException, ValueError) as error:
        return response_failure(error, _url(where), expired=connection.watch.expired)
    # A connection that was cut can look like an answer's end.
    return response_failure(TimeoutError(), _url(where), expired=True) if connection.watch.expired else answer


def _url(where: Where) -> Url:
    """Return the same for who puts failures into words."""
    return Url(where.host, where.port, where.path)


def _read(response: BaseHTTPResponse, where: Where) -> Credentials | Refused:
    body = read_body(response, "the answer")
    if isinstance(body, Failed):
        return Refused("", f"an answer that is not the agent's: {body.why}", response.status, None)
    kind = printable(response.headers.get("Content-Type") or "no content type", 60)
    stranger = Refused("", f"an answer that is not the agent's ({kind})", response.status, None)
    if response.status == _OK:
        return _credentials(body) or stranger
    if response.status in _REDIRECTING:
        return stranger._replace(message=f"a redirect, which is not followed: {where.authority} is not the agent")
    return _refusal(body, response.status) or stranger


def _credentials(body: bytes) -> Credentials | None:
    """Return what an answer of the agent's form holds; None where it has another."""
    try:
        found: Any = json.loads(body)
        texts = [found[name] for name in ("AccessKeyId", "SecretAccessKey", "Token")]
        expiry = datetime.fromisoformat(found["Expiration"])
    except (ValueError, TypeError, LookupError, RecursionError):
        return None
    if expiry.tzinfo is None or not all(isinstance(text, str) and text.isascii() and text for text in texts):
        return None
    access_key, secret_key, token = texts
    return Credentials(access_key, secret_key, token, expiry.timestamp())


def _refusal(body: bytes, status: int) -> Refused | None:
    """Return a refusal in the agent's form: plain text, and no document that could hold anything."""
    text = body.decode("utf-8", errors="replace").strip()
    found = _PASSED_ON.fullmatch(text)
    if found:
        return Refused(found["code"], printable(found["message"], _LONGEST), status, found["id"] or None)
    if not text or text.startswith(_MARKUP):
        return None
    return Refused("", printable(text, _LONGEST), status, None)


def _others(where: Where, budget: Budget, agents: tuple[str, ...]) -> str:
    """Say whether the agent's address of the other family can be connected to; nothing is sent there."""
    said = (_other(where._replace(host=host), budget) for host in agents if host != where.host)
    return "".join(f"; {one}" for one in said)


def _other(where: Where, budget: Budget) -> str:
    connection = _Connection(where.host, where.port, timeout=max(min(_OTHER_SECONDS, budget.operation), 0.001))
    with Stopwatch(budget.monotonic) as watch:
        connection.watch = watch
        failure = _connected(connection, where)
        connection.close()
    return f"{where.authority} can be connected to" if failure is None else failure.why
