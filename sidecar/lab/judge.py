"""The lab's own judge of tokens: what AWS checks, in AWS's order, in AWS's words (FACTS A10, A11, A16 to A31)."""

import base64
import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import jwt

from sidecar.lab import refusals

LEEWAY = 300
"""Seconds (FACTS A27, A28)."""
ALGORITHMS = frozenset({"RS256", "RS384", "RS512", "ES256", "ES384", "ES512"})
MOST_KEYS = 100
REQUIRED = ("sub", "aud", "iat", "exp")
SEGMENTS = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]*)")
ROLES = "https://aws.amazon.com/roles"
TAGS = "https://aws.amazon.com/tags"

Claims = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Sent:
    """A token as it was sent, parsed and not yet believed."""

    text: str
    header: Claims
    claims: Claims

    @property
    def issuer(self) -> str:
        """The ``iss`` claim. Raises `refusals.RefusalError` where there is none."""
        name = "iss"
        if not self.claims.get(name):
            raise refusals.missing_claim(name)
        return str(self.claims[name])


def parse(text: str) -> Sent:
    """Read a token. White space around it makes it no token, as for AWS (FACTS C14)."""
    match = SEGMENTS.fullmatch(text)
    if match is None:
        raise refusals.not_a_jwt()
    header, claims = _object(match[1]), _object(match[2])
    if "crit" in header:
        raise refusals.not_a_jwt()
    return Sent(text, header, claims)


def verify(sent: Sent, keys: list[dict[str, Any]]) -> None:
    """Refuse a token that the issuer's keys do not verify."""
    algorithm = str(sent.header.get("alg"))
    if algorithm not in ALGORITHMS:
        raise refusals.unverifiable()
    key = _chosen(keys, "RSA" if algorithm.startswith("RS") else "EC", sent.header.get("kid"))
    if "key_ops" in key:
        raise refusals.unverifiable()
    numbers = {name: value for name, value in key.items() if name not in ("use", "alg", "x5c")}
    try:
        jwt.PyJWS().decode(sent.text, jwt.PyJWK(numbers, algorithm), [algorithm])
    except jwt.PyJWTError as error:
        raise refusals.unverifiable() from error


def judge(claims: Claims, client_ids: Collection[str], now: float) -> str:
    """Refuse claims that AWS refuses, and return the effective audience (FACTS A21)."""
    for name in REQUIRED:
        if name not in claims:
            raise refusals.missing_claim(name)
    audience = _audience(claims, client_ids)
    _judge_times(claims, now)
    if claims["sub"] is None:
        raise refusals.internal()
    _judge_tags(claims.get(TAGS))
    return audience


def judge_roles(claims: Claims, role_arn: str) -> None:
    """Refuse a role that the token's own list of roles does not name (FACTS A31)."""
    if ROLES not in claims:
        return
    named = claims[ROLES]
    roles = named.split(";") if isinstance(named, str) else named
    if role_arn not in roles:
        raise refusals.role_not_named()


def _object(segment: str) -> dict[str, Any]:
    try:
        parsed = json.loads(base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4)))
    except (ValueError, RecursionError) as error:
        raise refusals.not_a_jwt() from error
    if not isinstance(parsed, dict):
        raise refusals.not_a_jwt()
    return parsed


def _chosen(keys: list[dict[str, Any]], kty: str, kid: object) -> dict[str, Any]:
    """Return the key that AWS would use: of the right type, named, and the last of its name (FACTS A17, A18)."""
    same = [key for key in keys if key.get("kty") == kty]
    usable = {key["kid"]: key for key in same if "kid" in key and key.get("use", "sig") == "sig" and len(key) > 1}
    if len(same) > MOST_KEYS:
        raise refusals.no_key()
    if kid is None and len(usable) == 1:
        return next(iter(usable.values()))
    if kid not in usable:
        raise refusals.no_key()
    return usable[kid]


def _audience(claims: Claims, client_ids: Collection[str]) -> str:
    named = claims["aud"]
    audiences = named if isinstance(named, list) else [named]
    if not audiences:
        raise refusals.empty_audience()
    if "azp" not in claims and len(audiences) > 1:
        raise refusals.ambiguous_audience()
    audience = claims.get("azp", audiences[0])
    if audience not in client_ids:
        raise refusals.unverifiable()
    return str(audience)


def _judge_times(claims: Claims, now: float) -> None:
    times = {name: _seconds(claims[name]) for name in ("iat", "exp", "nbf") if name in claims}
    if times["iat"] > now + LEEWAY:
        raise refusals.issued_in_the_future(times["iat"])
    if "nbf" in times and times["nbf"] > now + LEEWAY:
        raise refusals.not_yet_valid(int(now) + LEEWAY, times["nbf"])
    if times["exp"] <= now - LEEWAY:
        raise refusals.expired(int(now) - LEEWAY, times["exp"])


def _seconds(value: object) -> int:
    """Return a time claim: an integer, or a string of one (FACTS A26)."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and re.fullmatch(r"\d{1,18}", value, re.ASCII):
        return int(value)
    raise refusals.bad_time()


def _judge_tags(tags: object) -> None:
    if tags is None:
        return
    values = tags.get("principal_tags") if isinstance(tags, dict) else None
    if not isinstance(values, dict) or not all(isinstance(value, list) for value in values.values()):
        raise refusals.bad_tags()
