"""Reads an issuer: its discovery document, its key set, and the certificate chain of the host that serves the keys.

Straight-line looking, no judging: a failure to look is itself a fact.
"""

from dataclasses import dataclass

from sidecar import oidc
from sidecar.facts import CertificateChain, Discovery, Jwks
from sidecar.model import Absent, Failed, Phases
from sidecar.probe.dial import Dialer
from sidecar.probe.failures import Distrust
from sidecar.probe.http import Fetcher, Nothing, Reply
from sidecar.probe.tls import chain_of, read_distrusted
from sidecar.probe.world import Budget, World


@dataclass(frozen=True, slots=True)
class IssuerReading:
    """What an issuer publishes. ``keys`` are the public JWKs, one for each of ``jwks.keys``.

    ``chain`` is that of the JWKS host (FACTS B1), or of the issuer's where its TLS already was not trusted.
    """

    discovery: Discovery | Failed | Absent
    jwks: Jwks | Failed | Absent
    chain: CertificateChain | Absent
    keys: tuple[oidc.Jwk, ...] = ()
    discovery_phases: Phases = Phases()
    jwks_phases: Phases = Phases()


def read_issuer(issuer: str, world: World, budget: Budget, ca: str | None) -> IssuerReading:
    """Read the issuer as far as it can be read, within the budget; ``ca`` is a CA file, else the environment's."""
    where = oidc.discovery_url(issuer)
    if isinstance(where, Failed):
        refused = Absent(where.why)
        return IssuerReading(refused, refused, refused)
    with Fetcher(Dialer(world, budget, ca)) as fetcher:
        reply = fetcher.get(where)
        if not isinstance(reply, Reply):
            return _undiscovered(reply, where, fetcher)
        document = oidc.parse_discovery(reply.body)
        if isinstance(document, Failed):
            return _undiscovered(document, where, fetcher)
        discovery = Discovery(where.text, document.issuer, document.jwks_uri, reply.seconds)
        return _read_keys(discovery, document.keys, fetcher, fetcher.phases)


def _undiscovered(reply: Nothing, where: oidc.Url, fetcher: Fetcher) -> IssuerReading:
    """Return what is known without a discovery document: no JWKS host, so the issuer's chain if that is the reason."""
    chain = _chain(reply, where, fetcher) if isinstance(reply, Distrust) else _without(reply)
    return IssuerReading(_fact(reply), _without(reply), chain, discovery_phases=fetcher.phases)


def _read_keys(discovery: Discovery, where: oidc.Url, fetcher: Fetcher, phases: Phases) -> IssuerReading:
    """Read the key set and the chain of the host that serves it."""
    reply = fetcher.get(where)
    jwks, keys = _keys(reply, where)
    return IssuerReading(discovery, jwks, _chain(reply, where, fetcher), keys, phases, fetcher.phases)


def _keys(reply: Reply | Nothing, where: oidc.Url) -> tuple[Jwks | Failed | Absent, tuple[oidc.Jwk, ...]]:
    if not isinstance(reply, Reply):
        return _fact(reply), ()
    found = oidc.parse_jwks(reply.body)
    if isinstance(found, Failed):
        return found, ()
    return Jwks(where.text, found.keys, reply.seconds), found.jwks


def _chain(reply: Reply | Nothing, where: oidc.Url, fetcher: Fetcher) -> CertificateChain | Absent:
    """Return the chain presented, which stands however bad the answer was that came with it."""
    if isinstance(reply, Distrust):
        chain = read_distrusted(where, fetcher.dialer, reply)
        return chain if isinstance(chain, CertificateChain) else _without(chain)
    if isinstance(reply, Reply):
        return chain_of(reply.line)
    return _without(reply) if fetcher.line is None else chain_of(fetcher.line)


def _fact(nothing: Nothing) -> Failed | Absent:
    return Failed("tls", nothing.why) if isinstance(nothing, Distrust) else nothing


def _without(nothing: Nothing) -> Absent:
    return Absent(nothing.why, overdue=isinstance(nothing, Absent) and nothing.overdue)
