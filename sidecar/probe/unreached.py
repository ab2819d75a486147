"""Why STS gave no answer: botocore's exception, as one kind and one clause. Connects to nothing; shows no secret."""

import socket
import ssl
from collections.abc import Iterator
from http.client import IncompleteRead, RemoteDisconnected
from urllib.parse import urlsplit

from urllib3.exceptions import (
    HTTPError,
    LocationParseError,
    NameResolutionError,
    NewConnectionError,
    ProxyError,
    ProxySchemeUnknown,
)
from urllib3.exceptions import TimeoutError as PoolTimeoutError
from urllib3.util.ssl_match_hostname import CertificateError

from sidecar.facts import Settings
from sidecar.model import Failed
from sidecar.probe.failures import printable
from sidecar.probe.sdk import exceptions
from sidecar.probe.timed import Stopwatch

UNREACHED = (exceptions.HTTPClientError, exceptions.ConnectionError)
"""What botocore raises where no answer came."""

_NO_CERTIFICATE = "NO_CERTIFICATE_OR_CRL_FOUND"
_DEEPEST = 10  # exceptions in one another
# Where there is a proxy, it is the proxy's URL that urllib3 cannot take apart: STS's was looked at before.
_PROXY = (
    ProxyError,
    ProxySchemeUnknown,
    LocationParseError,
    exceptions.ProxyConnectionError,
    exceptions.InvalidProxiesConfigError,
)
_TO_PROXY = {"resolve", "connect"}  # the phases that end where the tunnel through the proxy is open
_UNRESOLVED = (socket.gaierror, NameResolutionError, LocationParseError)
_TIMEOUT = (TimeoutError, PoolTimeoutError, exceptions.ConnectTimeoutError, exceptions.ReadTimeoutError)
_UNTRUSTED = (ssl.SSLCertVerificationError, CertificateError)
_CLOSED = (ConnectionError, RemoteDisconnected, IncompleteRead, ssl.SSLEOFError, ssl.SSLZeroReturnError)


def failure_of(error: Exception, url: str, settings: Settings, watch: Stopwatch) -> Failed:
    """Say what happened on the way to ``url``, while ``watch`` timed it."""
    chain = tuple(_chain(error))
    where, expired = urlsplit(url).netloc, watch.expired
    if settings.proxy is not None and _is_proxys(chain, watch):
        proxy = f"the proxy {settings.proxy.value} ({settings.proxy.source})"
        return Failed("proxy", f"{proxy} {_reason(chain, expired=expired)}")
    if _has(chain, _UNRESOLVED):
        return Failed("dns", f"{urlsplit(url).hostname} does not resolve ({_words(chain)})")
    if _is_late(chain, expired=expired):
        return Failed("timeout", f"{where} did not answer in time")
    if _has(chain, (ssl.SSLError, exceptions.SSLError)):
        return _tls_failure(chain, where, settings)
    return _connection_failure(chain, where)


def _tls_failure(chain: tuple[BaseException, ...], where: str, settings: Settings) -> Failed:
    for error in chain:
        if isinstance(error, _UNTRUSTED):
            reason = getattr(error, "verify_message", "") or "its names do not cover the host"
            return Failed("tls", f"the certificate of {where} is not trusted ({printable(reason).rstrip('.')})")
    if _has(chain, _CLOSED):
        return Failed("reset", f"{where} closed the connection during the TLS handshake")
    reason = next((str(error.reason) for error in chain if isinstance(error, ssl.SSLError) and error.reason), "")
    if settings.ca_bundle is not None and not (reason and reason != _NO_CERTIFICATE):
        told = "it holds no certificate" if reason else _words(chain)
        return Failed("tls", f"{settings.ca_bundle.source} is {settings.ca_bundle.value}, which is of no use: {told}")
    return Failed(
        "handshake", f"the TLS handshake with {where} failed ({reason.lower().replace('_', ' ') or 'unknown'})"
    )


def _connection_failure(chain: tuple[BaseException, ...], where: str) -> Failed:
    if _has(chain, (ConnectionRefusedError,)):
        return Failed("refused", f"{where} refuses connections")
    if _has(chain, _CLOSED):
        return Failed("reset", f"{where} closed the connection before its answer was whole")
    if _has(chain, (NewConnectionError,)):
        return Failed("refused", f"{where} cannot be connected to ({_words(chain)})")
    return Failed("reset", f"{where} does not answer with HTTP that can be read")


def _is_proxys(chain: tuple[BaseException, ...], watch: Stopwatch) -> bool:
    """Whether the proxy failed: by its own error, before the way through it was open, or before anything was tried."""
    untried = not _has(chain, (OSError, HTTPError))
    return untried or watch.phase in _TO_PROXY or _has(chain, _PROXY)


def _reason(chain: tuple[BaseException, ...], *, expired: bool) -> str:
    for error in chain:
        if str(error).startswith("Tunnel connection failed: "):
            return f"refused the connection ({printable(str(error).partition(': ')[2])})"
    if _has(chain, (LocationParseError,)):
        return "is not a URL with a host and a port"
    if _has(chain, _UNRESOLVED):
        return f"does not resolve ({_words(chain)})"
    if _is_late(chain, expired=expired):
        return "did not answer in time"
    return f"cannot be used ({_words(chain)})"


def _has(chain: tuple[BaseException, ...], kinds: tuple[type[BaseException], ...]) -> bool:
    return any(isinstance(error, kinds) for error in chain)


def _is_late(chain: tuple[BaseException, ...], *, expired: bool) -> bool:
    """Whether time ran out; to urllib3 a refused connection is a kind of time-out."""
    return expired or any(isinstance(error, _TIMEOUT) and not isinstance(error, NewConnectionError) for error in chain)


def _words(chain: tuple[BaseException, ...]) -> str:
    """Return the system's own words, or none of anybody's: other texts may quote a request."""
    for error in reversed(chain):
        words = getattr(error, "strerror", None)
        if isinstance(words, str):
            return printable(words)
    return "no reason is known"


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield the exception and those it wraps, as botocore, urllib3 and Python each wrap them."""
    for _ in range(_DEEPEST):
        if error is None:
            return
        yield error
        inside = [*getattr(error, "kwargs", {}).values(), getattr(error, "original_error", None), *error.args]
        error = next((inner for inner in inside if isinstance(inner, BaseException)), error.__cause__)
