"""``irsa-doctor thumbprint``: the certificate chain behind an issuer's keys, and its thumbprint by AWS's rule."""

import sys
from collections.abc import Mapping
from typing import NamedTuple

from sidecar import jwt
from sidecar.arns import parse_role_arn
from sidecar.config import Config
from sidecar.facts import CertificateChain, Discovery, Token
from sidecar.model import Absent, Failed
from sidecar.oidc import Url, discovery_url
from sidecar.probe.dial import Dialer
from sidecar.probe.files import read_token
from sidecar.probe.issuer import read_issuer
from sidecar.probe.tls import read_chain
from sidecar.probe.world import Budget, World
from sidecar.render.remedy import plain
from sidecar.render.thumbprint import Thumbprint, thumbprint_json, thumbprint_text

FOUND, NOT_FOUND, MISUSE = 0, 1, 2
# What a host answered that is no discovery document: its own chain can still be shown.
_ANSWERED = frozenset({"denied", "not-found", "unavailable", "redirect", "too-large", "content"})


class _Asked(NamedTuple):
    """Whose chain is wanted, and the role whose account the provider is in."""

    issuer: str
    role_arn: str


def run(url: str | None, config: Config, environ: Mapping[str, str], *, as_json: bool) -> int:
    """Print the chain and its thumbprint; return 0, 1 where there is none or not the expected one, 2 asked wrongly."""
    world = World(environ)
    asked = _projected(config, world) if url is None else _named(url, config, environ)
    if not isinstance(asked, _Asked):
        return _give_up(asked.why, MISUSE if isinstance(asked, Absent) else NOT_FOUND)
    where = discovery_url(asked.issuer)
    if isinstance(where, Failed):
        return _give_up(where.why, NOT_FOUND if url is None else MISUSE)
    found = _look(asked, where, config, world)
    if not isinstance(found, Thumbprint):
        return _give_up(found.why, NOT_FOUND)
    print((thumbprint_json if as_json else thumbprint_text)(found), flush=True)
    return NOT_FOUND if found.unexpected else FOUND


def _named(url: str, config: Config, environ: Mapping[str, str]) -> _Asked:
    """Return what the argument names: an issuer's URL, or a host alone."""
    issuer = url if "://" in url else f"https://{url}"
    return _Asked(issuer, config.role_arn or environ.get("AWS_ROLE_ARN") or "")


def _projected(config: Config, world: World) -> _Asked | Failed | Absent:
    """Return what the projected token names. Absent where none is set."""
    from sidecar.probe.settings import read_settings  # brings botocore: a URL that is given needs none

    settings = read_settings(world, config).settings
    if isinstance(settings, Failed):
        return settings
    if settings.token_file is None:
        return Absent("no URL is given, and no token file is set (--token-file or AWS_WEB_IDENTITY_TOKEN_FILE)")
    path = settings.token_file.value
    file, raw = read_token(path, world)
    if isinstance(file, Failed):
        return file
    token = jwt.decode(raw or b"")
    if isinstance(token, Failed):
        return Failed(token.kind, f"the token in {path} cannot be read: {token.why}")
    return _issuer_of(token, settings.role_arn.value if settings.role_arn else "")


def _issuer_of(token: Token, role_arn: str) -> _Asked | Failed:
    return _Asked(token.issuer, role_arn) if token.issuer else Failed("malformed", "the token names no issuer")


def _look(asked: _Asked, where: Url, config: Config, world: World) -> Thumbprint | Failed | Absent:
    """Read the chain of the JWKS host; where there is no discovery document, that of the host that was asked."""
    budget = Budget(config.timeout, world.monotonic() + config.deadline, world.monotonic)
    reading = read_issuer(asked.issuer, world, budget, config.issuer_ca)
    chain: CertificateChain | Failed | Absent = reading.chain
    if isinstance(reading.discovery, Failed) and reading.discovery.kind in _ANSWERED:
        chain = read_chain(where, Dialer(world, budget, config.issuer_ca))
    if not isinstance(chain, CertificateChain):
        return chain
    role, expected = parse_role_arn(asked.role_arn), config.expect_thumbprint
    if isinstance(reading.discovery, Discovery):
        return Thumbprint(asked.issuer, chain, reading.discovery.jwks_uri, None, role, expected)
    return Thumbprint(asked.issuer, chain, None, reading.discovery.why, role, expected)


def _give_up(why: str, code: int) -> int:
    print(f"irsa-doctor: {plain(why)}", file=sys.stderr, flush=True)
    return code
