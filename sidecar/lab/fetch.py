"""How the lab's STS gets an issuer's keys: over TLS, in AWS's way (FACTS A15 to A19, B2).

The lab's root stands for the authorities that AWS trusts. Every host name leads to loopback, as if public.
"""

import hashlib
import http.client
import itertools
import json
import ssl
from collections.abc import Collection
from typing import Any
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature

from sidecar.lab import refusals
from sidecar.lab.issuer import DISCOVERY, STS_AGENT
from sidecar.lab.listener import LOOPBACK

PATIENCE = 5.0
"""Seconds that AWS waits for an issuer (FACTS A19b)."""
LARGEST = 1 << 20
UNTRUSTED = frozenset({18, 19, 20, 21})
"""OpenSSL's reasons for a chain that ends at no trusted root."""
REQUIRED = ("issuer", "jwks_uri", "response_types_supported", "subject_types_supported")


class Keys:
    """Fetches key sets, trusting one root; nothing is cached."""

    def __init__(self, root: str) -> None:
        """Trust ``root`` (PEM)."""
        self._root = root

    def of(self, issuer: str, thumbprints: Collection[str]) -> list[dict[str, Any]]:
        """Return the issuer's keys. Raises `refusals.RefusalError` as STS would."""
        document = _parsed(self._get(issuer.rstrip("/") + DISCOVERY, thumbprints))
        if not isinstance(document, dict) or any(not document.get(name) for name in REQUIRED):
            raise refusals.bad_discovery(issuer)
        if document["issuer"] != issuer:
            raise refusals.bad_discovery(issuer)
        jwks = _parsed(self._get(str(document["jwks_uri"]), thumbprints))
        if not isinstance(jwks, dict) or not isinstance(jwks.get("keys"), list):
            raise refusals.no_key()
        return [key for key in jwks["keys"] if isinstance(key, dict)]

    def _get(self, url: str, thumbprints: Collection[str]) -> bytes:
        try:
            return self._get_from_trusted(url, thumbprints)
        except (OSError, ValueError, http.client.HTTPException) as error:
            raise refusals.no_key() from error

    def _get_from_trusted(self, url: str, thumbprints: Collection[str]) -> bytes:
        try:
            return _request(url, ssl.create_default_context(cadata=self._root), None)
        except ssl.SSLCertVerificationError as error:
            if error.verify_code not in UNTRUSTED:
                raise
        # No public authority vouches for it: now, and only now, the thumbprint counts (FACTS B2).
        return _request(url, _trusting_all(), thumbprints)


def _request(url: str, context: ssl.SSLContext, thumbprints: Collection[str] | None) -> bytes:
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or 443
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=PATIENCE)
    try:
        connection.connect()
        tls = context.wrap_socket(connection.sock, server_hostname=host)
        connection.sock = tls
        _examine(_presented(tls), thumbprints)
        headers = {"Host": f"{host}:{port}", "User-Agent": STS_AGENT}
        connection.request("GET", parts.path + (f"?{parts.query}" if parts.query else ""), headers=headers)
        response = connection.getresponse()
        body = response.read(LARGEST + 1)
    finally:
        connection.close()
    if response.status != http.client.OK or len(body) > LARGEST:
        raise refusals.no_key()
    return body


def _trusting_all() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _presented(tls: ssl.SSLSocket) -> list[bytes]:
    """Return the chain as presented, DER. Before Python 3.13 only the inner socket knows it."""
    outer: Any = tls
    if hasattr(outer, "get_unverified_chain"):
        return list(outer.get_unverified_chain())
    inner = outer._sslobj  # noqa: SLF001 - the only way there is before 3.13
    return [ssl.PEM_cert_to_DER_cert(certificate.public_bytes()) for certificate in inner.get_unverified_chain()]


def _examine(chain: list[bytes], thumbprints: Collection[str] | None) -> None:
    """Refuse a chain that is out of order (FACTS A19) or, where thumbprints count, has none of them."""
    last = hashlib.sha1(chain[-1], usedforsecurity=False).hexdigest()
    if thumbprints is not None and last not in thumbprints:
        raise refusals.bad_thumbprint()
    certificates = [x509.load_der_x509_certificate(der) for der in chain]
    for lower, upper in itertools.pairwise(certificates):
        try:
            lower.verify_directly_issued_by(upper)
        except (ValueError, TypeError, InvalidSignature) as error:
            raise refusals.no_key() from error


def _parsed(body: bytes) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):  # the latter: nested too deeply
        return None
