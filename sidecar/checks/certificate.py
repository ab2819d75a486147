"""The fifth link: the certificate chain of the host that serves the keys (FACTS B1). Pure.

Warnings all: AWS judges that chain by itself, from outside, with its own trust store (FACTS B2).
"""

from itertools import pairwise

from sidecar import faults
from sidecar.check import check
from sidecar.checks.token import instant
from sidecar.facts import Certificate, CertificateChain, Expectation, Moment, Names, NoProvider, OidcProvider
from sidecar.model import Absent, Fail, Pass, Skip, Verdict
from sidecar.platforms import platform_of

_SOON_SECONDS = 30 * 86_400


@check("certificate.trusted")
def trusted(chain: CertificateChain, moment: Moment, names: Names) -> Verdict:
    """Is the issuer's certificate trusted from here?"""
    if chain.verify_error is None:
        return Pass(f"{len(chain.certificates)} certificates from {chain.host}")
    if _expired(chain, moment):
        return Skip("a certificate has expired, which hides whether it is trusted")
    evidence = {"host": chain.host, "found": chain.verify_error, "issued_by": chain.certificates[-1].issuer}
    return Fail(faults.ISSUER_CERTIFICATE_UNTRUSTED, {**evidence, "issuer": names.issuer})


@check("certificate.unexpired")
def unexpired(chain: CertificateChain, moment: Moment) -> Verdict:
    """Are all certificates of the chain within their time?"""
    late = _expired(chain, moment)
    if late is None:
        return Pass("all of them")
    when = {"subject": late.subject, "not_before": instant(late.not_before), "not_after": instant(late.not_after)}
    return Fail(faults.ISSUER_CERTIFICATE_EXPIRED, {"host": chain.host, **when})


@check("certificate.lasting")
def lasting(chain: CertificateChain, moment: Moment) -> Verdict:
    """Do all certificates of the chain last another 30 days?"""
    first = min(chain.certificates, key=lambda certificate: certificate.not_after)
    if first.not_after < moment.now:
        return Skip("a certificate has expired")
    if first.not_after < moment.now + _SOON_SECONDS:
        evidence = {"host": chain.host, "subject": first.subject, "not_after": instant(first.not_after)}
        return Fail(faults.ISSUER_CERTIFICATE_EXPIRING, evidence)
    return Pass(f"the first expires {instant(first.not_after)}")


@check("certificate.name")
def name(chain: CertificateChain) -> Verdict:
    """Does the certificate name the host?"""
    found = ", ".join(chain.certificates[0].names[:5]) or "no name"
    if chain.name_matches:
        return Pass(found)
    return Fail(faults.ISSUER_CERTIFICATE_NAME_MISMATCH, {"host": chain.host, "found": found})


@check("certificate.order")
def order(chain: CertificateChain) -> Verdict:
    """Is each certificate followed by its issuer?"""
    prints = [certificate.sha256 for certificate in chain.certificates]
    subjects = " > ".join(certificate.subject for certificate in chain.certificates)
    if len(set(prints)) < len(prints):
        return Fail(faults.ISSUER_CHAIN_DISORDERED, {"host": chain.host, "found": "a duplicate", "chain": subjects})
    for lower, upper in pairwise(chain.certificates):
        if lower.issuer != upper.subject:
            found = f"after {lower.subject} comes {upper.subject}, not its issuer {lower.issuer}"
            return Fail(faults.ISSUER_CHAIN_DISORDERED, {"host": chain.host, "found": found, "chain": subjects})
    return Pass(f"{len(prints)} in order")


@check("certificate.thumbprint")
def thumbprint(
    chain: CertificateChain, oidc_provider: OidcProvider | NoProvider | Absent, expectation: Expectation, names: Names
) -> Verdict:
    """Is the thumbprint the one that is configured?"""
    configured = oidc_provider.thumbprints if isinstance(oidc_provider, OidcProvider) else ()
    expected = expectation.thumbprints or configured
    if not expected:
        return Skip(f"none is expected (--expect-thumbprint); it is {chain.thumbprint}")
    if chain.thumbprint in expected:
        return Pass(chain.thumbprint)
    differing = {"expected": ", ".join(expected), "found": chain.thumbprint, "host": chain.host}
    if platform_of(f"https://{chain.host}").in_aws:
        differing["note"] = (
            "AWS serves these keys itself: its trust store most likely knows the chain, and this is no fault"
        )
    return Fail(faults.THUMBPRINT_DIFFERS, {**differing, "provider_arn": names.provider_arn})


def _expired(chain: CertificateChain, moment: Moment) -> Certificate | None:
    times = (one for one in chain.certificates if one.not_after < moment.now)
    return next(times, None)
