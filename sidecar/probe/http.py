"""Fetches one URL: one attempt, its phases timed apart, bounded in time and size, redirected only within its origin.

Judges no content. Nothing is sent but a GET without credentials.
"""

from http.client import HTTPException
from types import TracebackType
from typing import NamedTuple, Self
from urllib.parse import urljoin

from urllib3.exceptions import HTTPError
from urllib3.response import BaseHTTPResponse

from sidecar import __version__
from sidecar.model import Absent, Failed, Phases
from sidecar.oidc import Url, read_url
from sidecar.probe.body import read_body
from sidecar.probe.dial import Dialer, Line
from sidecar.probe.failures import Distrust, response_failure

REDIRECTS = 3
HEADERS = {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": f"irsa-doctor/{__version__}"}
_OK = 200
_SERVER_ERROR = 500
_REDIRECTING = frozenset({301, 302, 303, 307, 308})
_KINDS = {401: "denied", 403: "denied", 404: "not-found", 410: "not-found", 429: "unavailable"}


class Reply(NamedTuple):
    """A whole answer with status 200, and the connection that it came over, which the fetcher closes."""

    body: bytes
    seconds: float
    line: Line


class Redirect(NamedTuple):
    """An answer that names another URL; ``location`` as sent."""

    location: str


Nothing = Distrust | Failed | Absent


class Fetcher:
    """GETs URLs, reusing the connection while the host keeps it. ``phases`` are those of the last GET.

    ``line`` is the connection last used, kept even where the answer was bad.
    """

    def __init__(self, dialer: Dialer) -> None:
        self.dialer = dialer
        self.phases = Phases()
        self.line: Line | None = None

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Close the connection."""
        self.close()

    def close(self) -> None:
        """Close the connection, if there is one."""
        line, self.line = self.line, None
        if line is not None:
            line.close()

    def get(self, where: Url) -> Reply | Nothing:
        """GET the URL. Distrust where its certificate is not trusted; Absent where the deadline ran out."""
        self.phases = Phases()
        began = self.dialer.budget.monotonic()
        for _ in range(REDIRECTS + 1):
            answer = self._ask(where)
            if isinstance(answer, Reply):
                return answer._replace(seconds=self.dialer.budget.monotonic() - began)
            if not isinstance(answer, Redirect):
                return answer
            target = _target(where, answer)
            if isinstance(target, Failed):
                return target
            where = target
        return Failed("redirect", f"{where.authority} redirects more than {REDIRECTS} times")

    def _ask(self, where: Url) -> Reply | Redirect | Nothing:
        kept = self._kept(where)
        if kept is not None:
            try:
                return self._exchange(kept, where)
            except ConnectionError as error:
                if kept.watch.expired:
                    return _failed(error, kept, where)
        # None was kept, or the host has given it up meanwhile, which is its right and no fault.
        self.close()
        opened = self.dialer.dial(where)
        if not isinstance(opened, Line):
            return opened
        self.line = opened
        try:
            return self._exchange(opened, where)
        except ConnectionError as error:
            return _failed(error, opened, where)

    def _kept(self, where: Url) -> Line | None:
        """Return the open connection where it leads to that host and still seems alive."""
        line = self.line
        if line is None or line.where.authority != where.authority or not line.connection.is_connected:
            return None
        line.watch.restart()
        line.watch.enter("response")
        return line

    def _exchange(self, line: Line, where: Url) -> Reply | Redirect | Failed | Absent:
        """Send the request and read the answer. Raises ConnectionError where no answer begins."""
        try:
            answer = _answer(line, where)
        except ConnectionError:
            raise
        except (OSError, HTTPError, HTTPException, ValueError) as error:
            answer = _failed(error, line, where)
        if isinstance(answer, Failed | Absent):
            line.connection.close()  # something may still be on its way: nothing else is asked over it
        self.phases = _sum(self.phases, line.watch.phases)
        return answer


def _answer(line: Line, where: Url) -> Reply | Redirect | Failed | Absent:
    line.connection.request("GET", where.target, headers=HEADERS, preload_content=False)
    with line.connection.getresponse() as response:
        answer = _read(response, line, where)
    line.watch.stop()
    # A connection that was cut can look like an answer's end.
    return _failed(TimeoutError(), line, where) if line.watch.expired else answer


def _read(response: BaseHTTPResponse, line: Line, where: Url) -> Reply | Redirect | Failed:
    if response.status == _OK:
        body = read_body(response, where.text)
        return body if isinstance(body, Failed) else Reply(body, 0.0, line)
    location = response.headers.get("Location")
    if response.status in _REDIRECTING and location is not None:
        unread = read_body(response, where.text)
        return unread if isinstance(unread, Failed) else Redirect(location)
    kind = "unavailable" if response.status >= _SERVER_ERROR else _KINDS.get(response.status, "content")
    return Failed(kind, f"{where.text} answers with HTTP status {response.status}")


def _failed(error: Exception, line: Line, where: Url) -> Failed | Absent:
    return line.allowance.excuse(response_failure(error, where, expired=line.watch.expired))


def _target(where: Url, redirect: Redirect) -> Url | Failed:
    """Return where a redirect leads, if that is the same origin. Shows no more than the other's host."""
    try:
        target = read_url(urljoin(where.text, redirect.location))
    except ValueError:
        target = Failed("content", "is not a URL")
    if isinstance(target, Failed):
        return Failed("redirect", f"{where.text} redirects to what {target.why}")
    if target.authority != where.authority:
        return Failed("redirect", f"{where.text} redirects elsewhere, to {target.authority}")
    return target


def _sum(one: Phases, other: Phases) -> Phases:
    return Phases(*(_add(mine, yours) for mine, yours in zip(one, other, strict=True)))


def _add(mine: float | None, yours: float | None) -> float | None:
    return yours if mine is None else mine + (yours or 0.0)
