"""Tokens as the API server makes them (FACTS C11, K3), right or wrong in a planned way."""

import json
import uuid
from collections.abc import Callable, Mapping
from typing import Any

import jwt

from sidecar.lab.keys import SigningKey
from sidecar.lab.plan import AUDIENCE, NAMESPACE, POD_NAME, SERVICE_ACCOUNT, SUBJECT, TokenPlan

LIFETIME = 86400
"""Seconds that the webhook's tokens live (FACTS C1)."""


def minted(plan: TokenPlan, key: SigningKey, now: float, fill: Callable[[str], str]) -> str:
    """Return the token file's text. ``fill`` puts values for the placeholders in ``plan``."""
    if plan.raw is not None:
        return fill(plan.raw) + plan.tail
    claims = {**_claims(now), **{name: _filled(value, fill) for name, value in plan.claims.items()}}
    claims.update({name: int(now + offset) for name, offset in plan.times.items()})
    for name in plan.drop:
        claims.pop(name, None)
    claims = {name: _filled(value, fill) for name, value in claims.items()}
    return signed(claims, key, plan.algorithm, plan.header) + plan.tail


def signed(claims: Mapping[str, object], key: SigningKey, algorithm: str, header: Mapping[str, object]) -> str:
    """Sign claims of any shape; no ``typ`` in the header, as real tokens have none."""
    payload = json.dumps(claims, separators=(",", ":")).encode()
    secret: Any = key.private
    if algorithm == "none":
        secret = None
    elif algorithm.startswith("HS"):
        secret = b"a secret that no issuer may share"
    headers = {"typ": None, "kid": key.kid, **header}
    return jwt.PyJWS().encode(payload, secret, algorithm, {k: v for k, v in headers.items() if k == "typ" or v})


def _claims(now: float) -> dict[str, object]:
    issued = int(now) - 60
    return {
        "aud": [AUDIENCE],
        "exp": issued + LIFETIME,
        "iat": issued,
        "iss": "$issuer",
        "jti": str(uuid.uuid4()),
        "kubernetes.io": {
            "namespace": NAMESPACE,
            "node": {"name": "node-1", "uid": str(uuid.uuid4())},
            "pod": {"name": POD_NAME, "uid": str(uuid.uuid4())},
            "serviceaccount": {"name": SERVICE_ACCOUNT, "uid": str(uuid.uuid4())},
        },
        "nbf": issued,
        "sub": SUBJECT,
    }


def _filled(value: object, fill: Callable[[str], str]) -> object:
    if isinstance(value, str):
        return fill(value)
    if isinstance(value, list | tuple):
        return [_filled(item, fill) for item in value]
    if isinstance(value, Mapping):
        return {name: _filled(item, fill) for name, item in value.items()}
    return value
