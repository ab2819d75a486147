"""botocore's connection pools, timed, and bounded in how much of an answer they read. Judges nothing.

The pools are behind private attributes of botocore's client: where those are gone, the client works untimed and
unbounded, and a test fails.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import IncompleteRead
from typing import Any

from urllib3.connectionpool import HTTPConnectionPool
from urllib3.exceptions import HTTPError, ProtocolError
from urllib3.response import BaseHTTPResponse, HTTPResponse

from sidecar.probe.sdk import AWSHTTPConnectionPool, AWSHTTPSConnectionPool, BaseClient
from sidecar.probe.timed import Stopwatch, timed

ANSWER_LIMIT = 1 << 20  # bytes; STS's longest answers are a few KiB


class TooLargeError(HTTPError):
    """The answer, with this HTTP status, is larger than any of STS's."""

    def __init__(self, status: int) -> None:
        super().__init__()
        self.status = status


class BoundedPool(HTTPConnectionPool):
    """Mixed in before a connection pool: the same pool, which reads no more of an answer than ``ANSWER_LIMIT``."""

    watch: Stopwatch

    def urlopen(self, *args: Any, **kwargs: Any) -> BaseHTTPResponse:  # noqa: ANN401  # passed on untouched
        """Return the answer with its whole body read, which ends the response phase."""
        response = super().urlopen(*args, **kwargs)
        body = _whole(response)
        self.watch.stop()
        return HTTPResponse(
            io.BytesIO(body), response.headers, response.status, preload_content=False, decode_content=False
        )


def _whole(response: BaseHTTPResponse) -> bytes:
    """Read the body. Raises TooLargeError, and ProtocolError where the connection broke before its end."""
    body = b""
    while piece := response.read(ANSWER_LIMIT + 1 - len(body), decode_content=False):
        body += piece
        if len(body) > ANSWER_LIMIT:
            response.close()
            raise TooLargeError(response.status)
    declared = response.headers.get("Content-Length", "")
    if declared.isdecimal() and len(body) < int(declared):
        short = IncompleteRead(body, int(declared) - len(body))
        message = "the connection was closed before the answer's end"
        raise ProtocolError(message, short)
    return body


@contextmanager
def timing(client: BaseClient, watch: Stopwatch) -> Iterator[None]:
    """Have ``watch`` time this client's requests; afterwards its connections are closed."""
    pools: Any = getattr(getattr(getattr(client, "_endpoint", None), "http_session", None), _POOLS, None)
    untimed = dict(pools) if isinstance(pools, dict) else {}
    if untimed:
        pools.update(http=_timed(AWSHTTPConnectionPool, watch), https=_timed(AWSHTTPSConnectionPool, watch))
    try:
        yield
    finally:
        client.close()
        if untimed:
            pools.update(untimed)


_POOLS = "_pool_classes_by_scheme"


def _timed(pool: type[HTTPConnectionPool], watch: Stopwatch) -> type[HTTPConnectionPool]:
    connection: Any = pool.ConnectionCls
    members = {"watch": watch, "ConnectionCls": timed(connection, watch)}
    return type(f"Timed{pool.__name__}", (BoundedPool, pool), members)
