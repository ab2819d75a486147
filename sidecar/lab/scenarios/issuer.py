"""Pods whose issuer, keys or certificates are at fault: IRSA3xx and 4xx. Data only.

Where AWS meets the same breakage, its refusal proves it; where it does not, the pod is healthy with a warning.
"""

from sidecar.lab.plan import Certificate, CloudPlan, IssuerPlan, Page, Published, Scenario, Seen, Transport

QUICK = ("--timeout", "1s")
MIB = 1 << 20

ISSUER: tuple[Scenario, ...] = (
    Scenario(
        name="issuer-url-invalid",
        summary="an issuer with a query, which IAM takes for no provider",
        expects="issuer-url-invalid",
        issuer=IssuerPlan(suffix="?tenant=1"),
        cloud=CloudPlan(provider=False),
    ),
    Scenario(
        name="issuer-unreachable",
        summary="the issuer answers 500",
        expects="issuer-unreachable",
        issuer=IssuerPlan(discovery=Page(status=500, body="oops")),
    ),
    Scenario(
        name="issuer-refused",
        summary="nothing listens at the issuer",
        expects="issuer-unreachable",
        issuer=IssuerPlan(transport=Transport.REFUSE),
    ),
    Scenario(
        name="issuer-unresolvable-here",
        summary="the issuer resolves for AWS, not in this VPC",
        warns=("issuer-unreachable",),
        issuer=IssuerPlan(host="oidc.irsa-doctor-lab.invalid"),
    ),
    Scenario(
        name="issuer-access-denied",
        summary="a private bucket: discovery answers 403",
        expects="issuer-access-denied",
        issuer=IssuerPlan(discovery=Page(status=403, body="<Error><Code>AccessDenied</Code></Error>")),
    ),
    Scenario(
        name="jwks-access-denied",
        summary="discovery is public, the key set answers 403",
        expects="issuer-access-denied",
        issuer=IssuerPlan(jwks=Page(status=403, body="<Error><Code>AccessDenied</Code></Error>")),
    ),
    Scenario(
        name="discovery-missing",
        summary="discovery answers 404",
        expects="discovery-invalid",
        issuer=IssuerPlan(discovery=Page(status=404, body="not found")),
    ),
    Scenario(
        name="discovery-invalid",
        summary="discovery is a page for people",
        expects="discovery-invalid",
        issuer=IssuerPlan(discovery=Page(body="<!doctype html><p>Welcome", content_type="text/html")),
    ),
    Scenario(
        name="discovery-incomplete",
        summary="discovery names no jwks_uri",
        expects="discovery-invalid",
        issuer=IssuerPlan(discovery=Page(drop=("jwks_uri",))),
    ),
    Scenario(
        name="discovery-huge",
        summary="discovery is larger than any sane one",
        expects="discovery-invalid",
        issuer=IssuerPlan(discovery=Page(size=2 * MIB)),
    ),
    Scenario(
        name="discovery-redirected",
        summary="discovery redirects to another host",
        expects="discovery-invalid",
        issuer=IssuerPlan(discovery=Page(status=302, body="", redirect="https://elsewhere.invalid/")),
    ),
    Scenario(
        name="issuer-mismatch",
        summary="discovery states another issuer than the token",
        expects="issuer-mismatch",
        issuer=IssuerPlan(discovery=Page(put={"issuer": "https://oidc.eks.us-west-2.amazonaws.com/id/OLD"})),
    ),
    Scenario(
        name="jwks-unreachable",
        summary="the key set answers 500",
        expects="jwks-unreachable",
        issuer=IssuerPlan(jwks=Page(status=500, body="oops")),
    ),
    Scenario(
        name="jwks-invalid",
        summary="the key set is empty",
        expects="jwks-invalid",
        issuer=IssuerPlan(published=Published.NONE),
    ),
    Scenario(
        name="jwks-missing",
        summary="the key set answers 404",
        expects="jwks-invalid",
        issuer=IssuerPlan(jwks=Page(status=404, body="not found")),
    ),
    Scenario(
        name="jwks-too-many-keys",
        summary="102 RSA keys, of which STS reads none",
        expects="jwks-invalid",
        issuer=IssuerPlan(published=Published.MANY),
    ),
    Scenario(
        name="jwks-key-ops",
        summary="a key with key_ops, which STS does not use",
        expects="jwks-invalid",
        issuer=IssuerPlan(published=Published.KEY_OPS),
    ),
    Scenario(
        name="jwks-for-encryption",
        summary="a key with use=enc",
        expects="jwks-invalid",
        issuer=IssuerPlan(published=Published.ENCRYPTION),
    ),
    Scenario(
        name="key-not-published",
        summary="the key that signed the token is not in the key set",
        expects="key-not-published",
        issuer=IssuerPlan(published=Published.OTHER),
    ),
    Scenario(
        name="signature-invalid",
        summary="another key under the token's kid",
        expects="signature-invalid",
        issuer=IssuerPlan(published=Published.WRONG),
    ),
    Scenario(
        name="issuer-slow",
        summary="discovery takes longer than the 5 s that STS waits",
        expects="issuer-slow",
        issuer=IssuerPlan(discovery=Page(delay=5.5)),
        flags=("--timeout", "10s"),
    ),
    Scenario(
        name="issuer-certificate-untrusted",
        summary="a private authority's certificate, whose thumbprint IAM knows",
        warns=("issuer-certificate-untrusted",),
        issuer=IssuerPlan(certificate=Certificate.UNTRUSTED),
    ),
    Scenario(
        name="issuer-certificate-expired",
        summary="the key set's certificate ended yesterday",
        expects="issuer-certificate-expired",
        issuer=IssuerPlan(certificate=Certificate.EXPIRED),
    ),
    Scenario(
        name="issuer-certificate-expiring",
        summary="the key set's certificate ends in ten days",
        warns=("issuer-certificate-expiring",),
        issuer=IssuerPlan(certificate=Certificate.EXPIRING),
    ),
    Scenario(
        name="issuer-certificate-name-mismatch",
        summary="a wildcard certificate that does not fit the host",
        expects="issuer-certificate-name-mismatch",
        issuer=IssuerPlan(certificate=Certificate.WRONG_NAME, issuer_certificate=Certificate.WRONG_NAME),
    ),
    Scenario(
        name="issuer-chain-disordered",
        summary="the root before the intermediate",
        expects="issuer-chain-disordered",
        issuer=IssuerPlan(certificate=Certificate.DISORDERED),
    ),
    Scenario(
        name="issuer-chain-duplicated",
        summary="the intermediate twice",
        expects="issuer-chain-disordered",
        issuer=IssuerPlan(certificate=Certificate.DUPLICATED),
    ),
    Scenario(
        name="issuer-chain-stranger",
        summary="another authority's certificate in the chain",
        expects="issuer-chain-disordered",
        issuer=IssuerPlan(certificate=Certificate.STRANGER),
    ),
    Scenario(
        name="thumbprint-differs",
        summary="another thumbprint than the operator expects, which AWS does not look at",
        warns=("thumbprint-differs",),
        flags=("--expect-thumbprint", "9e99a48a9960b14926bb7f3b02e22da2b0ab7280"),
    ),
    Scenario(
        name="verification-key-unavailable",
        summary="a firewall lets this pod reach the key set, and not AWS",
        expects="verification-key-unavailable",
        issuer=IssuerPlan(jwks=Page(status=403, body="blocked", seen=Seen.STS)),
    ),
    Scenario(
        name="discovery-rejected",
        summary="AWS gets another discovery document than this pod",
        expects="discovery-rejected",
        issuer=IssuerPlan(discovery=Page(body="{}", seen=Seen.STS)),
    ),
    Scenario(
        name="thumbprint-mismatch",
        summary="a private authority that this pod knows, and a thumbprint that is not its",
        expects="thumbprint-mismatch",
        issuer=IssuerPlan(certificate=Certificate.UNTRUSTED),
        cloud=CloudPlan(thumbprint=False),
        flags=("--issuer-ca", "$directory/private-ca.pem"),
    ),
)
