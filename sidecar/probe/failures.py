"""What went wrong on the way to an issuer, in one kind and one clause. Connects to nothing; shows no credentials."""

import errno
import ssl
from typing import NamedTuple

from urllib3.exceptions import (
    ConnectTimeoutError,
    LocationParseError,
    NameResolutionError,
    NewConnectionError,
    ProtocolError,
    ReadTimeoutError,
    SSLError,
)

from sidecar.model import Failed
from sidecar.oidc import Url
from sidecar.probe.proxies import Proxy
from sidecar.probe.timed import Stopwatch

_SPOKE_NO_TLS = frozenset({"WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG"})


class LinkLocalError(OSError):
    """The host's address is link-local: an instance's metadata could be there, and nothing is sent to it."""


class Distrust(NamedTuple):
    """The host's certificate was refused: OpenSSL's number and words; 0 where nothing could be verified at all."""

    code: int
    reason: str
    why: str


def connect_failure(error: Exception, where: Url, proxy: Proxy | None, watch: Stopwatch) -> Distrust | Failed:
    """Say what happened, by the phase in which it did."""
    if isinstance(error, LinkLocalError):
        return Failed("link-local", f"{where.host} has the link-local address {error}, to which nothing is sent")
    if watch.phase == "tls":
        return tls_failure(error, where, expired=watch.expired)
    if proxy is not None:
        return Failed("proxy", f"the proxy {proxy.shown} {_proxy_failure(error, expired=watch.expired)}")
    return _unconnected(error, where)


def _unconnected(error: Exception, where: Url) -> Failed:
    if isinstance(error, NameResolutionError | LocationParseError):
        return Failed("dns", f"{where.host} does not resolve ({cause_of(error)})")
    if _is_connect_timeout(error):
        return Failed("timeout", f"{where.authority} did not accept a connection in time")
    number = getattr(error.__cause__, "errno", None)
    kind = {errno.ETIMEDOUT: "timeout", errno.ECONNRESET: "reset"}.get(number or 0, "refused")
    return Failed(kind, f"{where.authority} cannot be connected to ({cause_of(error)})")


def _is_connect_timeout(error: Exception) -> bool:
    """Whether connecting took too long: urllib3 derives what was refused from what was late."""
    late = isinstance(error, ConnectTimeoutError) and not isinstance(error, NewConnectionError)
    return late or isinstance(error, TimeoutError)


def _proxy_failure(error: Exception, *, expired: bool) -> str:
    if expired or _is_connect_timeout(error):
        return "did not answer in time"
    if isinstance(error, NameResolutionError | LocationParseError):
        return f"does not resolve ({cause_of(error)})"
    if str(error).startswith("Tunnel connection failed: "):
        return f"refused the connection ({printable(str(error).partition(': ')[2])})"
    if isinstance(error, ssl.SSLError):
        return f"has no TLS that can be trusted ({_tls_reason(error)})"
    return f"cannot be used ({cause_of(error)})"


def tls_failure(error: Exception, where: Url, *, expired: bool) -> Distrust | Failed:
    """Say why the TLS handshake did not succeed."""
    if isinstance(error, ssl.SSLCertVerificationError):
        reason = error.verify_message.rstrip(".")
        return Distrust(error.verify_code, reason, f"the certificate of {where.host} is not trusted ({reason})")
    if expired or isinstance(error, TimeoutError):
        return Failed("timeout", f"{where.authority} did not finish the TLS handshake in time")
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError | ConnectionError):
        return Failed("reset", f"{where.authority} closed the connection during the TLS handshake")
    if isinstance(error, ssl.SSLError) and error.reason in _SPOKE_NO_TLS:
        return Failed("handshake", f"{where.authority} does not speak TLS")
    return Failed("handshake", f"the TLS handshake with {where.authority} failed ({_tls_reason(error)})")


def response_failure(error: Exception, where: Url, *, expired: bool) -> Failed:
    """Say why no whole answer came over a connection that stood."""
    if expired or isinstance(error, TimeoutError | ReadTimeoutError):
        return Failed("timeout", f"{where.authority} did not answer in time")
    if isinstance(error, ConnectionError | ProtocolError | ssl.SSLEOFError):
        return Failed("reset", f"{where.authority} closed the connection before its answer was whole")
    if isinstance(error, ssl.SSLError | SSLError):
        return Failed("handshake", f"TLS with {where.authority} broke off ({_tls_reason(error)})")
    return Failed("content", f"{where.authority} does not answer with HTTP that can be read")


def _tls_reason(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message.rstrip(".")
    return str(getattr(error, "reason", None) or "unknown").lower().replace("_", " ")


def cause_of(error: Exception) -> str:
    """Return the system's words for what lies under urllib3's exception."""
    cause = error.__cause__ or error
    words = getattr(cause, "strerror", None)
    return printable(words if isinstance(words, str) else "connection closed")


def printable(text: str, most: int = 120) -> str:
    """Return at most that many characters of a stranger's text, none of which can move a cursor."""
    return "".join(character if character.isprintable() else "?" for character in text[:most])
