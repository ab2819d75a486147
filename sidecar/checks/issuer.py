"""The fourth link: the issuer, its discovery document and its keys, as this pod sees them. Pure.

AWS fetches these by itself, from outside the VPC: what only this pod cannot see is a warning (FACTS A19d, C17).
"""

import re

from sidecar import faults
from sidecar.check import check
from sidecar.facts import CertificateChain, Discovery, Jwks, Names, Signature, Token
from sidecar.model import Absent, Fail, Failed, Fault, Pass, Severity, Skip, Verdict
from sidecar.partitions import partition_of
from sidecar.platforms import Kind, Platform, platform_of

_URL = re.compile(r"https://(?P<host>[^/?#@:\[\]\s]+)(?P<port>:\d+)?(?P<path>/[^?#\s]*)?", re.IGNORECASE)
_NETWORK = frozenset({"tls", "dns", "refused", "timeout", "reset", "handshake", "proxy", "link-local", "unavailable"})
_NO_WAY = frozenset({"dns", "refused", "timeout", "reset"})
_DENIED = {
    Kind.S3: "S3 answers 403 also where there is no such object, or where bucket or account block public access",
    Kind.CLOUDFRONT: "CloudFront answers 403 also where its bucket has no such object, or does not let it read there",
}
_LONGEST_URL = 255  # characters (FACTS A19e)
_MOST_KEYS_OF_A_TYPE = 100  # FACTS A17
_SLOW_SECONDS = 5.0  # FACTS A19b


@check("issuer.url")
def url(token: Token) -> Verdict:
    """Is the issuer's URL one that IAM accepts?"""
    if token.issuer is None:
        return Skip("the token has no usable iss")
    match = _URL.fullmatch(token.issuer)
    evidence = {"found": token.issuer}
    if match is None or not token.issuer.isascii() or len(token.issuer) > _LONGEST_URL:
        return Fail(faults.ISSUER_URL_INVALID, {**evidence, "reason": _unacceptable(token.issuer)})
    if match["port"]:
        return Fail(faults.ISSUER_URL_INVALID, {**evidence, "reason": "it has a port"}, Severity.WARNING)
    if (match["path"] or "").endswith("/"):
        return Fail(faults.ISSUER_URL_INVALID, {**evidence, "reason": "it ends in a slash"}, Severity.WARNING)
    words = platform_of(token.issuer).words
    return Pass(f"{token.issuer} ({words})" if words else token.issuer)


@check("issuer.discovery")
def discovery(discovery: Discovery | Failed, chain: CertificateChain | Absent, token: Token) -> Verdict:
    """Does the issuer publish a discovery document?"""
    if isinstance(discovery, Discovery):
        return Pass(discovery.url)
    if _told_by_certificate(discovery, chain):
        return Skip(discovery.why)
    address = (token.issuer or Names().issuer).removesuffix("/") + "/.well-known/openid-configuration"
    return _unfetched(discovery, address, faults.ISSUER_UNREACHABLE, faults.DISCOVERY_INVALID)


@check("issuer.name")
def name(discovery: Discovery, token: Token) -> Verdict:
    """Does the discovery document name the token's issuer?"""
    if discovery.issuer == token.issuer:
        return Pass("it names the token's issuer")
    return Fail(faults.ISSUER_MISMATCH, {"expected": token.issuer or "", "found": discovery.issuer})


@check("issuer.keys")
def keys(jwks: Jwks | Failed, chain: CertificateChain | Absent, discovery: Discovery, token: Token) -> Verdict:
    """Does the issuer publish keys that STS can use?"""
    if isinstance(jwks, Failed):
        if _told_by_certificate(jwks, chain):
            return Skip(jwks.why)
        return _unfetched(jwks, discovery.jwks_uri, faults.JWKS_UNREACHABLE, faults.JWKS_INVALID)
    flaw = _flaw(jwks, token)
    if flaw:
        return Fail(faults.JWKS_INVALID, {"url": jwks.url, "found": flaw})
    usable = sum(key.problem is None for key in jwks.keys)
    return Pass(f"{usable} usable key{'s' if usable > 1 else ''}")


@check("issuer.key_published")
def key_published(jwks: Jwks, token: Token) -> Verdict:
    """Is the key that signed the token published?"""
    if not any(key.problem is None for key in jwks.keys):
        return Skip("the key set holds no usable key")
    published = jwks.position(token.kid) is not None
    if token.kid is None:
        if published:
            return Pass("the token has no kid, and there is one usable key only")
        evidence = {"expected": "a kid in the token's header", "found": f"none, and {len(jwks.keys)} keys"}
        return Fail(faults.KEY_NOT_PUBLISHED, {**evidence, "url": jwks.url})
    if published:
        return Pass(f"kid {token.kid}")
    kids = [key.kid for key in jwks.keys if key.kid]
    found = ", ".join(kids[:5]) + (f" and {len(kids) - 5} more" if len(kids) > 5 else "")  # noqa: PLR2004 - a taste
    return Fail(faults.KEY_NOT_PUBLISHED, {"expected": token.kid, "found": found or "no key", "url": jwks.url})


@check("issuer.signature")
def signature(signature: Signature, jwks: Jwks) -> Verdict:
    """Does the published key verify the token?"""
    if signature.verified:
        return Pass("it does")
    return Fail(faults.SIGNATURE_INVALID, {"found": signature.why, "kid": signature.kid or "none", "url": jwks.url})


@check("issuer.prompt")
def prompt(discovery: Discovery, jwks: Jwks) -> Verdict:
    """Does the issuer answer as fast as STS needs?"""
    slowest, address = max((discovery.seconds, discovery.url), (jwks.seconds, jwks.url))
    if slowest > _SLOW_SECONDS:
        return Fail(faults.ISSUER_SLOW, {"url": address, "found": f"{slowest:.1f} s", "expected": "at most 5 s"})
    return Pass(f"in {slowest:.2f} s")


def _told_by_certificate(failed: Failed, chain: CertificateChain | Absent) -> bool:
    """Whether the certificate's checks name this failure: they can, where the chain was read in spite of it."""
    return failed.kind == "tls" and isinstance(chain, CertificateChain)


def _unfetched(failed: Failed, address: str, unreachable: Fault, invalid: Fault) -> Fail:
    """Return the fault of a document that could not be fetched, by what stood in the way."""
    evidence = {"url": address, "host": address.partition("://")[2].partition("/")[0], "found": failed.why}
    note = _note(platform_of(address), failed)
    if note:
        evidence["note"] = note
    if failed.kind == "denied":
        return Fail(faults.ISSUER_ACCESS_DENIED, evidence)
    return Fail(unreachable if failed.kind in _NETWORK else invalid, evidence)


def _note(platform: Platform, failed: Failed) -> str:
    """Return what such a failure mostly means on the platform that serves the document, empty where nothing special."""
    if platform.kind is Kind.EKS and failed.kind in _NO_WAY:
        return (
            f"a VPC without internet, or with an EKS interface endpoint, has a way to this host only by the "
            f"PrivateLink service {_service(platform.region or '')}; STS needs none"
        )
    return _DENIED.get(platform.kind, "") if failed.kind == "denied" else ""


def _service(region: str) -> str:
    """Return the name of the service by which a VPC reaches its EKS issuers, where it is documented (FACTS C17)."""
    return f"com.amazonaws.{region}.oidc-eks" if partition_of(region) in {"aws", "aws-us-gov"} else "oidc-eks"


def _flaw(jwks: Jwks, token: Token) -> str | None:
    """Return what keeps STS from using the key set for this token (FACTS A17, A18), None where nothing does."""
    kty = "EC" if token.algorithm.startswith("ES") else "RSA"  # too many of the other type break other tokens
    count = sum(key.kty == kty for key in jwks.keys)
    if count > _MOST_KEYS_OF_A_TYPE:
        return f"{count} {kty} keys, where IAM takes {_MOST_KEYS_OF_A_TYPE}"
    place = jwks.position(token.kid)
    own = None if place is None else jwks.keys[place].problem
    if own:
        return f"the token's key: {own}"
    if not any(key.problem is None for key in jwks.keys):
        problems = ", ".join(dict.fromkeys(key.problem for key in jwks.keys if key.problem))
        return f"no usable key ({problems or 'the set is empty'})"
    return None


def _unacceptable(issuer: str) -> str:
    """Return why the URL as a whole is not one of an OIDC provider (FACTS A14)."""
    if not issuer.lower().startswith("https://"):
        return "it is not an https URL"
    if not issuer.isascii():
        return "it holds characters that are not ASCII"
    if len(issuer) > _LONGEST_URL:
        return f"it is longer than {_LONGEST_URL} characters"
    reasons = {"?": "it has a query", "#": "it has a fragment", "@": "it has a user name"}
    return next((reason for sign, reason in reasons.items() if sign in issuer), "it is not a whole URL")
