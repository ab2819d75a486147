"""A certificate chain and its thumbprint, for people and as JSON. Pure.

Nothing that a server wrote reaches the output but through `plain`, or quoted in the command.
"""

import json
import shlex
from collections.abc import Mapping
from typing import NamedTuple

from sidecar.arns import RoleArn, provider_path
from sidecar.checks.token import instant
from sidecar.facts import Certificate, CertificateChain
from sidecar.partitions import COMMERCIAL, iam_region, partition_of, region_in
from sidecar.render.remedy import escape, plain

SCHEMA = "irsa-doctor/thumbprint/v1"
_ACCOUNT = "ACCOUNT_ID"


class Thumbprint(NamedTuple):
    """What was read. ``jwks_uri`` is None where the chain is the issuer's own host's, and ``unread`` says why.

    ``role`` is whose account the provider is in, where that is known; ``expected`` what IAM should hold.
    """

    issuer: str
    chain: CertificateChain
    jwks_uri: str | None
    unread: str | None = None
    role: RoleArn | None = None
    expected: tuple[str, ...] = ()

    @property
    def unexpected(self) -> bool:
        """Whether thumbprints are expected, and this is none of them."""
        return bool(self.expected) and self.chain.thumbprint not in self.expected


def thumbprint_text(found: Thumbprint) -> str:
    """Return the chain, the thumbprint, what to know of it, and the command that installs it."""
    chain = found.chain
    head = {"issuer": found.issuer, "JWKS": found.jwks_uri or "not known", "chain of": f"{chain.host}:{chain.port}"}
    certificates = [
        [f"certificate {number} of {len(chain.certificates)}", *_aligned(_fields(certificate))]
        for number, certificate in enumerate(chain.certificates, 1)
    ]
    blocks = [
        _aligned(head),
        *certificates,
        [f"Note: {note}" for note in notes(found)],
        [
            "To install it:" if found.unexpected or not found.expected else "It is expected. To install it:",
            f"    {command(found)}",
        ],
        [f"irsa-doctor: thumbprint: {chain.thumbprint}{', none of those expected' if found.unexpected else ''}"],
    ]
    return "\n\n".join("\n".join(block) for block in blocks)


def thumbprint_json(found: Thumbprint) -> str:
    """Return the same as one JSON object."""
    chain = found.chain
    document = {
        "schema": SCHEMA,
        "issuer": found.issuer,
        "jwks_uri": found.jwks_uri,
        "host": chain.host,
        "port": chain.port,
        "thumbprint": chain.thumbprint,
        "expected": list(found.expected),
        "verified": distrust(chain) is None,
        "verify_error": distrust(chain),
        "certificates": [_document(certificate) for certificate in chain.certificates],
        "notes": notes(found),
        "command": command(found),
    }
    return json.dumps(document, indent=2)


def distrust(chain: CertificateChain) -> str | None:
    """Why this chain is not trusted from here for this host, or None."""
    unnamed = None if chain.name_matches else f"the certificate does not name {chain.host}"
    return chain.verify_error or unnamed


def notes(found: Thumbprint) -> list[str]:
    """Return what to know before the command is run, a sentence each."""
    why, told = distrust(found.chain), []
    if found.unread is not None:
        told.append(
            f"the JWKS host is not known, whose chain counts for AWS; this one is of the host that was asked: "
            f"{plain(found.unread)}."
        )
    if why is not None:
        told.append(
            f"TLS to {found.chain.host} cannot be trusted from here: {plain(why)}. This may be the chain of a proxy "
            "between here and there: do not install its thumbprint unless you know that it is the issuer's."
        )
    told.append(
        "AWS looks at the thumbprint only where its own trust store does not cover the chain, or where the host takes "
        "nothing but TLS 1.3: for the certificate of a public authority another value is mostly no fault."
    )
    if found.role is None:
        told.append(f"no role's ARN is known: put the provider's account in place of {_ACCOUNT}.")
    return told


def command(found: Thumbprint) -> str:
    """Return the command that makes this the provider's thumbprint (FACTS B1, B4)."""
    region = iam_region(_partition(found), region_in(found.issuer) or "REGION")
    return (
        f"aws iam update-open-id-connect-provider-thumbprint --open-id-connect-provider-arn "
        f"{shlex.quote(escape(provider(found)))} --thumbprint-list {found.chain.thumbprint}"
        f"{f' --region {region}' if region else ''}"
    )


def provider(found: Thumbprint) -> str:
    """Return the ARN of the issuer's OIDC provider, which has no trailing slash (FACTS A36)."""
    path = provider_path(found.issuer).rstrip("/")
    account = _ACCOUNT if found.role is None else found.role.account
    return f"arn:{_partition(found)}:iam::{account}:oidc-provider/{path}"


def _partition(found: Thumbprint) -> str:
    """Return the role's partition, else that of the region which the issuer's host names, else ``aws``."""
    if found.role is not None:
        return found.role.partition
    return partition_of(region_in(found.issuer) or "") or COMMERCIAL


def _fields(certificate: Certificate) -> dict[str, str]:
    return {
        "subject": certificate.subject,
        "issuer": certificate.issuer,
        "valid": f"{instant(certificate.not_before)} to {instant(certificate.not_after)}",
        "SHA-1": certificate.sha1,
        "SHA-256": certificate.sha256,
    }


def _document(certificate: Certificate) -> dict[str, object]:
    return {
        "subject": certificate.subject,
        "issuer": certificate.issuer,
        "not_before": instant(certificate.not_before),
        "not_after": instant(certificate.not_after),
        "sha1": certificate.sha1,
        "sha256": certificate.sha256,
        "names": list(certificate.names),
    }


def _aligned(pairs: Mapping[str, str]) -> list[str]:
    width = max(map(len, pairs))
    return [f"  {name:{width}}  {plain(value)}" for name, value in pairs.items()]
