"""Certificate chains of every kind a server can present: a root, an intermediate, a leaf (trustme)."""

import hashlib
import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import trustme

from sidecar.lab.plan import Certificate

ELSEWHERE = "*.s3.eu-west-1.amazonaws.com"
"""What a certificate of the wrong name is for: a wildcard that no dotted bucket name fits."""


class Authority:
    """A root that the lab trusts, its intermediate, and another root that only strangers have."""

    def __init__(self) -> None:
        """Make the keys: all EC, some milliseconds."""
        self.root = trustme.CA(organization_name="irsa-doctor lab")
        self.intermediate = self.root.create_child_ca()
        self.foreign = trustme.CA(organization_name="a private authority")
        self.foreign_intermediate = self.foreign.create_child_ca()

    @property
    def bundle(self) -> str:
        """The trusted root as PEM, for AWS_CA_BUNDLE."""
        return self.root.cert_pem.bytes().decode()

    @property
    def foreign_bundle(self) -> str:
        """The private root as PEM, for those who know it."""
        return self.foreign.cert_pem.bytes().decode()

    def context(self, kind: Certificate, *names: str) -> ssl.SSLContext:
        """Return a server's TLS context that presents a chain of this kind for these names."""
        issuing = self.foreign_intermediate if kind is Certificate.UNTRUSTED else self.intermediate
        leaf = _leaf(issuing, kind, *names)
        chain = b"".join([leaf.cert_chain_pems[0].bytes(), *self._upper(kind)])
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with trustme.Blob(leaf.private_key_pem.bytes() + chain).tempfile() as path:
            context.load_cert_chain(path)
        return context

    def thumbprint(self, kind: Certificate) -> str:
        """Return the SHA-1 of the last certificate of such a chain, 40 lower-case hex digits (FACTS B1)."""
        last = self._upper(kind)[-1].decode()
        return hashlib.sha1(ssl.PEM_cert_to_DER_cert(last), usedforsecurity=False).hexdigest()

    def _upper(self, kind: Certificate) -> list[bytes]:
        root, middle, stranger = (
            ca.cert_pem.bytes() for ca in (self.root, self.intermediate, self.foreign_intermediate)
        )
        return {
            Certificate.WITH_ROOT: [middle, root],
            Certificate.DISORDERED: [root, middle],
            Certificate.DUPLICATED: [middle, middle],
            Certificate.STRANGER: [stranger, middle],
            Certificate.UNTRUSTED: [stranger],
        }.get(kind, [middle])


def _leaf(issuing: trustme.CA, kind: Certificate, *names: str) -> trustme.LeafCert:
    now = datetime.now(UTC)
    last_day: dict[Certificate, Callable[[], datetime]] = {
        Certificate.EXPIRED: lambda: now - timedelta(days=1),
        Certificate.EXPIRING: lambda: now + timedelta(days=10),
    }
    ends = last_day.get(kind, lambda: now + timedelta(days=365))()
    for_names = (ELSEWHERE,) if kind is Certificate.WRONG_NAME else names
    return issuing.issue_cert(*for_names, not_before=now - timedelta(days=90), not_after=ends)
