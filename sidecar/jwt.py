"""Decode a token, and verify it with a published key. Pure; never keeps or shows the token itself.

Decoding here is for showing: only STS's own verification counts (FACTS A20 to A29).
"""

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from sidecar.facts import Signature, Token
from sidecar.model import Failed

MOST_CHARACTERS = 20_000
"""STS takes no longer token (FACTS A2)."""

SUPPORTED_ALGORITHMS = ("RS256", "RS384", "RS512", "ES256", "ES384", "ES512")
"""Signature algorithms that IAM OIDC providers accept (FACTS A16)."""

_COMPACT = re.compile(rb"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*")
_WHOLE_SECONDS = re.compile(r"\d{1,15}", re.ASCII)
_USERINFO = re.compile(r"//[^/?#]*@")
_LEGACY_ISSUER = "kubernetes/serviceaccount"
_ROLES_CLAIM = "https://aws.amazon.com/roles"
_UNVERIFIED = {"verify_signature": False}


def decode(raw: bytes) -> Token | Failed:
    """Return header and claims of the token in ``raw``, white space around it passed over.

    `Failed` kinds: ``too-large`` and ``malformed``. The last of duplicate claims counts (FACTS A29).
    """
    compact = _compact(raw)
    if len(compact) > MOST_CHARACTERS:
        return Failed("too-large", f"it is longer than the {MOST_CHARACTERS} characters that STS takes")
    if not _COMPACT.fullmatch(compact):
        return Failed("malformed", _misshapen(compact))
    import jwt  # brings cryptography: not for who only wants this module's constants

    try:
        whole = jwt.decode_complete(compact, options=_UNVERIFIED)  # type: ignore[arg-type] # a partial options dict
    except (jwt.InvalidTokenError, ValueError, RecursionError) as error:
        # JSON nested too deeply gets past the own errors of older PyJWTs.
        return Failed("malformed", _fixed_words(error))
    return _token(whole["header"], whole["payload"], len(compact))


def verify(raw: bytes, token: Token, keys: Sequence[Mapping[str, Any]]) -> Signature:
    """Return whether the published key with the token's kid verifies it; the last of duplicates counts (FACTS A18)."""
    if token.algorithm not in SUPPORTED_ALGORITHMS:
        return Signature(token.kid, verified=False, why=f"{token.algorithm} is not verified here")
    candidates = [key for key in keys if token.kid is None or key.get("kid") == token.kid]
    if not candidates:
        return Signature(token.kid, verified=False, why="no published key has the token's kid")
    import jwt

    signed, _, signature = _compact(raw).rpartition(b".")
    try:
        key = jwt.PyJWK(dict(candidates[-1]), algorithm=token.algorithm)
        # Not by PyJWS.decode: it warns on standard error of RSA keys under 2048 bits.
        material = key.Algorithm.prepare_key(key.key)
        fits = key.Algorithm.verify(signed, material, jwt.utils.base64url_decode(signature))
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
        return Signature(token.kid, verified=False, why=f"the published key is no key for {token.algorithm}")
    return Signature(token.kid, verified=fits, why="" if fits else "the published key does not fit the signature")


def _compact(raw: bytes) -> bytes:
    """Return the token without what may stand around it in a file: white space, a byte order mark."""
    return raw.strip().removeprefix(b"\xef\xbb\xbf")


def _misshapen(compact: bytes) -> str:
    parts = compact.count(b".") + 1
    if parts != 3:  # noqa: PLR2004 - header, payload, signature: RFC 7515, section 3.1
        return f"it has {parts} part{'s' if parts > 1 else ''} between dots where a JWT has 3"
    return "a part of it is empty or not base64url"


def _fixed_words(error: Exception) -> str:
    """Return the parser's reason up to its first colon: what follows may quote the token."""
    words = str(error).partition(":")[0].strip()
    return f"it cannot be decoded ({words[:1].lower()}{words[1:]})"


def _token(header: Mapping[str, Any], claims: Mapping[str, Any], length: int) -> Token:
    kubernetes = _mapping(claims.get("kubernetes.io"))
    problems = {claim: problem for claim in _CLAIMS if (problem := _CLAIMS[claim](claims, claim))}
    crit = header.get("crit")
    return Token(
        algorithm=_text(header.get("alg")) or "no alg",
        kid=header.get("kid"),
        crit=tuple(map(str, crit)) if isinstance(crit, list) else (),
        issuer=_shown(claims.get("iss")),
        subject=_subject(claims.get("sub")),
        audience=_texts(claims.get("aud")),
        authorized_party=_text(claims.get("azp")),
        issued=_seconds(claims.get("iat")),
        expires=_seconds(claims.get("exp")),
        not_before=_seconds(claims.get("nbf")),
        problems=problems,
        namespace=_text(kubernetes.get("namespace")),
        service_account=_text(_mapping(kubernetes.get("serviceaccount")).get("name")),
        pod=_text(_mapping(kubernetes.get("pod")).get("name")),
        legacy=claims.get("iss") == _LEGACY_ISSUER,
        warnafter="warnafter" in kubernetes,
        roles=_roles(claims.get(_ROLES_CLAIM)),
        length=length,
    )


def _text_problem(claims: Mapping[str, Any], claim: str) -> str | None:
    value = claims.get(claim)
    if claim not in claims:
        return "missing"
    if value is None or (claim == "iss" and not isinstance(value, str)):
        return "of a wrong type"
    if claim == "sub" and (isinstance(value, bool) or not isinstance(value, str | int | float)):
        return "of a wrong type"
    return "empty" if value == "" and claim == "iss" else None


def _audience_problem(claims: Mapping[str, Any], claim: str) -> str | None:
    value = claims.get(claim)
    if claim not in claims:
        return "missing"
    if value in ([], ""):
        return "empty"
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        return "of a wrong type"
    return None


def _time_problem(claims: Mapping[str, Any], claim: str) -> str | None:
    if claim not in claims:
        return None if claim == "nbf" else "missing"
    return "not a whole number of seconds" if _seconds(claims[claim]) is None else None


_CLAIMS = {
    "iss": _text_problem,
    "sub": _text_problem,
    "aud": _audience_problem,
    "iat": _time_problem,
    "exp": _time_problem,
    "nbf": _time_problem,
}


def _seconds(value: object) -> float | None:
    """Return a time claim: a whole number or its decimal digits as text, nothing else (FACTS A26)."""
    if isinstance(value, str):
        return float(value) if _WHOLE_SECONDS.fullmatch(value) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    whole = abs(value) < 1e15 and math.isfinite(value) and value == int(value)  # noqa: PLR2004 - 30 million years
    return float(value) if whole else None


def _shown(issuer: object) -> str | None:
    """Return iss, a password in it masked: an issuer with userinfo is none that is ever asked."""
    return _USERINFO.sub("//***@", issuer) if isinstance(issuer, str) else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _subject(value: object) -> str | None:
    """Return sub: text, or a number as text, which STS takes too (FACTS A25)."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return str(value)


def _texts(value: object) -> tuple[str, ...]:
    values = value if isinstance(value, list) else [value]
    return tuple(item for item in values if isinstance(item, str))


def _roles(value: object) -> tuple[str, ...] | None:
    """Return the roles that the token may be used for: a list, or text with semicolons (FACTS A31)."""
    if isinstance(value, str):
        return tuple(value.split(";"))
    return _texts(value) if isinstance(value, list) else None


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
