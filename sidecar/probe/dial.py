"""Opens one TLS connection to an issuer's host, through the proxy where there is one, and says why it could not.

One attempt for each address, no retry. Sends nothing but what connecting takes.
"""

import ipaddress
import socket
import ssl
import sys
from dataclasses import dataclass
from functools import cached_property
from http.client import HTTPException
from typing import Any, NamedTuple

from urllib3.connection import HTTPSConnection, ProxyConfig
from urllib3.exceptions import HTTPError
from urllib3.util.url import Url as ProxyUrl

from sidecar.model import Absent, Failed
from sidecar.oidc import Url
from sidecar.probe.failures import Distrust, LinkLocalError, connect_failure
from sidecar.probe.proxies import Proxy, proxy_for
from sidecar.probe.timed import Stopwatch, TimedConnection
from sidecar.probe.trust import trusting
from sidecar.probe.world import Budget, World

PRECISION = 0.01  # seconds by which a time-out may come early
REFUSED_NETWORKS = tuple(
    ipaddress.ip_network(network)
    for network in (
        "169.254.0.0/16",
        "fe80::/10",
        "fd00:ec2::/32",
        "64:ff9b::a9fe:0/112",
    )  # the last: NAT64 of the first
)


class Connection(TimedConnection, HTTPSConnection):
    """A timed TLS connection that is never reopened behind its user's back."""

    auto_open = 0


class Line(NamedTuple):
    """An open connection to ``where``, what times it, and the certificates presented (DER, in order). Close it."""

    where: Url
    connection: Connection
    watch: Stopwatch
    allowance: "Allowance"
    presented: tuple[bytes, ...]

    def close(self) -> None:
        """Close the connection and stop watching it."""
        self.connection.close()
        self.watch.close()


@dataclass(frozen=True)
class Dialer:
    """Opens connections for one reading: with one trust, within one budget."""

    world: World
    budget: Budget
    ca: str | None

    @cached_property
    def trust(self) -> ssl.SSLContext | Failed:
        """Whom TLS is trusted to."""
        return trusting(self.ca, self.world.environ)

    def dial(self, where: Url, context: ssl.SSLContext | None = None) -> Line | Distrust | Failed | Absent:
        """Connect, trusting ``context`` or else what was configured. Absent where the deadline left too little time."""
        trust = context or self.trust
        if isinstance(trust, Failed):
            return Distrust(0, trust.why, trust.why)
        proxy = proxy_for(where.authority, self.world.environ)
        if isinstance(proxy, Failed):
            return proxy
        if isinstance(self.trust, Failed) and proxy is not None and proxy.scheme == "https":
            return Failed("proxy", f"the proxy {proxy.shown} cannot be verified: {self.trust.why}")
        if self.budget.left <= 0:
            return Absent(f"the deadline ran out before {where.host} could be asked", overdue=True)
        return self._connect(where, proxy, trust)

    def _connect(self, where: Url, proxy: Proxy | None, trust: ssl.SSLContext) -> Line | Distrust | Failed | Absent:
        allowance = Allowance(self.budget)
        watch = Stopwatch(self.budget.monotonic, allowance)
        try:
            connection = self._prepare(where, proxy, trust)
        except (OSError, HTTPException, ValueError) as error:
            # Only a proxy's URL gets here that cannot be taken apart: the issuer's was read before.
            return Failed("proxy", f"the proxy's URL is not one ({type(error).__name__})")
        connection.watch = watch
        try:
            _refuse_literal(where.host)
            connection.connect()
            return Line(where, connection, watch, allowance, _presented(connection.sock))
        except (OSError, HTTPError, HTTPException, ValueError) as error:
            connection.close()
            watch.close()
            failure = connect_failure(error, where, proxy, watch)
            return allowance.excuse(failure) if isinstance(failure, Failed) else failure

    def _prepare(self, where: Url, proxy: Proxy | None, trust: ssl.SSLContext) -> Connection:
        timeout = self.budget.operation
        if proxy is None:
            connection = Connection(where.host, where.port, timeout=timeout, ssl_context=trust)
            connection.refuse = _refuse
            return connection
        verified = self.trust if isinstance(self.trust, ssl.SSLContext) else None
        connection = Connection(
            proxy.host,
            proxy.port,
            timeout=timeout,
            ssl_context=trust,
            proxy=ProxyUrl(scheme=proxy.scheme, host=proxy.host, port=proxy.port),
            proxy_config=ProxyConfig(
                verified, use_forwarding_for_https=False, assert_hostname=None, assert_fingerprint=None
            ),
        )
        connection.set_tunnel(where.host, where.port, headers=dict(proxy.headers), scheme=proxy.scheme)
        return connection


class Allowance:
    """How long the phase about to begin may take, remembering whether the deadline curtailed one."""

    def __init__(self, budget: Budget) -> None:
        """Nothing is curtailed yet."""
        self.budget = budget
        self.curtailed = False

    def __call__(self) -> float:
        """Seconds for the next phase."""
        self.curtailed = self.budget.curtailed
        return self.budget.operation

    def excuse(self, failure: Failed) -> Failed | Absent:
        """Return the failure, or Absent where it only says that the run's deadline came first."""
        if self.curtailed and self.budget.left < PRECISION:
            return Absent(f"the deadline ran out: {failure.why}", overdue=True)
        return failure


def is_refused(address: str) -> bool:
    """Whether this IP address is one that nothing is ever sent to."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is not None:
        parsed = parsed.ipv4_mapped
    return any(parsed in network for network in REFUSED_NETWORKS)


def _refuse(addresses: list[str]) -> None:
    for address in addresses:
        if is_refused(address):
            raise LinkLocalError(address)


def _refuse_literal(host: str) -> None:
    """Refuse a link-local host written as a number in any way: a proxy would be asked for it unresolved."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except (OSError, UnicodeError):
        return  # a name
    _refuse([str(address[4][0]) for address in found])


def _presented(connected: object) -> tuple[bytes, ...]:
    """Return the certificates of a TLS socket, or of TLS within a proxy's TLS, as DER in the order presented."""
    outer: Any = getattr(connected, "sslobj", connected)  # typeshed knows of no chain before Python 3.13
    if sys.version_info >= (3, 13):
        return tuple(outer.get_unverified_chain())
    inner = outer._sslobj  # noqa: SLF001  # public only from Python 3.13 on
    return tuple(ssl.PEM_cert_to_DER_cert(certificate.public_bytes()) for certificate in inner.get_unverified_chain())
