"""Pods whose token is at fault: IRSA2xx. Data only."""

from sidecar.lab.plan import (
    AUDIENCE,
    NAMESPACE,
    SUBJECT,
    CloudPlan,
    Scenario,
    TokenPlan,
)

ANOTHER = f"system:serviceaccount:{NAMESPACE}:another"
API_SERVER = "https://kubernetes.default.svc.cluster.local"
CLAIMS_OF_ANOTHER = {
    "sub": ANOTHER,
    "kubernetes.io": {"namespace": NAMESPACE, "serviceaccount": {"name": "another", "uid": "0"}},
}
CLAIMS_FOR_API = {
    "aud": [API_SERVER],
    "kubernetes.io": {
        "namespace": NAMESPACE,
        "serviceaccount": {"name": "app", "uid": "0"},
        "warnafter": 1795309392,
    },
}
LEGACY_CLAIMS = {
    "iss": "kubernetes/serviceaccount",
    "kubernetes.io/serviceaccount/namespace": NAMESPACE,
    "kubernetes.io/serviceaccount/secret.name": "app-token-abcde",
    "kubernetes.io/serviceaccount/service-account.name": "app",
    "kubernetes.io/serviceaccount/service-account.uid": "0",
}
TRUSTS_ANOTHER = CloudPlan(
    conditions={"StringEquals": {"$provider:aud": AUDIENCE, "$provider:sub": ANOTHER}},
)

TOKEN: tuple[Scenario, ...] = (
    Scenario(
        name="healthy-es256",
        summary="a cluster that signs with ES256",
        token=TokenPlan(algorithm="ES256"),
    ),
    Scenario(
        name="token-malformed",
        summary="a token file that holds no token",
        expects="token-malformed",
        token=TokenPlan(raw="this is not a token"),
    ),
    Scenario(
        name="token-critical-header",
        summary="a token with a crit header, which STS takes for no token",
        expects="token-malformed",
        token=TokenPlan(header={"crit": ["exp"]}),
    ),
    Scenario(
        name="token-wrong-kind",
        summary="the Kubernetes API's token instead of one for STS",
        expects="token-wrong-kind",
        token=TokenPlan(claims=CLAIMS_FOR_API),
    ),
    Scenario(
        name="token-legacy",
        summary="a service account's token from a Secret, as clusters made them before 1.24",
        expects="token-wrong-kind",
        token=TokenPlan(claims=LEGACY_CLAIMS, drop=("aud", "exp", "iat", "nbf", "jti", "kubernetes.io")),
    ),
    Scenario(
        name="token-missing-claim",
        summary="a token without a subject",
        expects="token-missing-claim",
        token=TokenPlan(drop=("sub",)),
    ),
    Scenario(
        name="token-null-subject",
        summary="a token whose subject is null, of which STS says only that it failed",
        expects="token-missing-claim",
        token=TokenPlan(claims={"sub": None}),
    ),
    Scenario(
        name="token-empty-audience",
        summary="a token whose list of audiences is empty",
        expects="token-missing-claim",
        token=TokenPlan(claims={"aud": []}),
    ),
    Scenario(
        name="token-fractional-time",
        summary="a token with a fractional expiry",
        expects="token-missing-claim",
        token=TokenPlan(claims={"exp": 4102444800.5}),
    ),
    Scenario(
        name="token-expired",
        summary="a token an hour past its expiry",
        expects="token-expired",
        token=TokenPlan(times={"iat": -90000, "nbf": -90000, "exp": -3600}),
    ),
    Scenario(
        name="token-in-leeway",
        summary="a token a minute past its expiry, which STS still takes",
        warns=("token-file-stale",),
        token=TokenPlan(times={"iat": -3660, "nbf": -3660, "exp": -60}),
    ),
    Scenario(
        name="token-not-yet-valid",
        summary="a token that begins in an hour",
        expects="token-not-yet-valid",
        token=TokenPlan(times={"nbf": 3600}),
    ),
    Scenario(
        name="token-from-the-future",
        summary="a token issued in an hour",
        expects="token-not-yet-valid",
        token=TokenPlan(times={"iat": 3600, "nbf": -60}),
    ),
    Scenario(
        name="audience-mismatch",
        summary="a token for another audience than the provider accepts",
        expects="audience-mismatch",
        token=TokenPlan(claims={"aud": ["vault.example.com"]}),
    ),
    Scenario(
        name="authorized-party-mismatch",
        summary="the right aud, but an azp that the provider does not accept",
        expects="audience-mismatch",
        token=TokenPlan(claims={"azp": "vault.example.com"}),
    ),
    Scenario(
        name="audience-ambiguous",
        summary="a token for two audiences, without azp",
        expects="audience-ambiguous",
        token=TokenPlan(claims={"aud": [AUDIENCE, "vault.example.com"]}),
        cloud=CloudPlan(client_ids=(AUDIENCE, "vault.example.com")),
    ),
    Scenario(
        name="subject-mismatch",
        summary="another service account's token, which the role trusts",
        warns=("subject-mismatch",),
        token=TokenPlan(claims=CLAIMS_OF_ANOTHER),
        cloud=TRUSTS_ANOTHER,
    ),
    Scenario(
        name="algorithm-unsupported",
        summary="a token signed with a shared secret",
        expects="algorithm-unsupported",
        token=TokenPlan(algorithm="HS256"),
    ),
    Scenario(
        name="algorithm-none",
        summary="a token without a signature",
        expects="algorithm-unsupported",
        token=TokenPlan(algorithm="none", claims={"sub": SUBJECT}),
    ),
)
