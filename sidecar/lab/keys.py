"""Signing keys and their published form, as a cluster makes them (FACTS C13, K4)."""

import base64
import hashlib
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from sidecar.lab.plan import Published

MANY = 101
"""One key more than STS reads of a type (FACTS A17)."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key, the algorithm it signs with, and the name it is published under."""

    private: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
    algorithm: str
    kid: str

    def jwk(self) -> dict[str, Any]:
        """Return the published form: use, kty, kid, alg and the numbers; no x5c (FACTS K4)."""
        public = self.private.public_key()
        if isinstance(public, rsa.RSAPublicKey):
            numbers = RSAAlgorithm.to_jwk(public, as_dict=True)
        else:
            numbers = ECAlgorithm.to_jwk(public, as_dict=True)
        numbers.pop("key_ops", None)
        return {"use": "sig", "kty": numbers.pop("kty"), "kid": self.kid, "alg": self.algorithm, **numbers}


def rsa_key() -> SigningKey:
    """Make a key for RS256, as real clusters have; slow, so make few."""
    return _named(rsa.generate_private_key(public_exponent=65537, key_size=2048), "RS256")


def ec_key() -> SigningKey:
    """Make a key for ES256."""
    return _named(ec.generate_private_key(ec.SECP256R1()), "ES256")


def published(how: Published, key: SigningKey, other: SigningKey) -> list[dict[str, Any]]:
    """Return the key set's keys: ``key`` signs the tokens, ``other`` does not."""
    right, stranger = key.jwk(), other.jwk()
    keys: dict[Published, list[dict[str, Any]]] = {
        Published.RIGHT: [right],
        Published.NONE: [],
        Published.OTHER: [stranger],
        Published.WRONG: [{**stranger, "kid": key.kid}],
        Published.MANY: [right, *({**stranger, "kid": f"old-{number}"} for number in range(1, MANY))],
        Published.KEY_OPS: [{**right, "key_ops": ["verify"]}],
        Published.ENCRYPTION: [{**right, "use": "enc"}],
        Published.NAMELESS: [{name: value for name, value in right.items() if name != "kid"}],
    }
    return keys[how]


def _named(private: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, algorithm: str) -> SigningKey:
    der = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    kid = base64.urlsafe_b64encode(hashlib.sha256(der).digest()).rstrip(b"=").decode()
    return SigningKey(private, algorithm, kid)
