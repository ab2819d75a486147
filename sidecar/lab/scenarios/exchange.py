"""Pods that STS does not answer or does not serve: IRSA5xx, 6xx, 901. Data only."""

from sidecar.lab.plan import (
    AUDIENCE,
    NAMESPACE,
    Certificate,
    CloudPlan,
    Outright,
    Scenario,
    StsPlan,
    TokenPlan,
    Transport,
)

QUICK = ("--timeout", "1s")


def _outright(name: str, summary: str, status: int, code: str, message: str) -> Scenario:
    return Scenario(name=name, summary=summary, expects=name, sts=StsPlan(exchange=Outright(status, code, message)))


def _trusting(operator: str, subject: str) -> CloudPlan:
    return CloudPlan(conditions={operator: {"$provider:aud": AUDIENCE, "$provider:sub": subject}})


EXCHANGE: tuple[Scenario, ...] = (
    Scenario(
        name="sts-dns",
        summary="STS's host does not resolve",
        expects="sts-dns",
        environ={"AWS_ENDPOINT_URL_STS": "https://sts.irsa-doctor-lab.invalid"},
        flags=QUICK,
    ),
    Scenario(
        name="sts-refused",
        summary="nothing listens at STS's address",
        expects="sts-refused",
        environ={"AWS_ENDPOINT_URL_STS": "https://$nowhere"},
        flags=QUICK,
    ),
    Scenario(
        name="sts-timeout",
        summary="STS accepts the connection and stays silent",
        expects="sts-timeout",
        sts=StsPlan(transport=Transport.SILENT),
        flags=QUICK,
    ),
    Scenario(
        name="sts-connection-reset",
        summary="the connection to STS is reset",
        expects="sts-connection-reset",
        sts=StsPlan(transport=Transport.RESET),
        flags=QUICK,
    ),
    Scenario(
        name="sts-tls-untrusted",
        summary="a certificate at STS that nobody trusts",
        expects="sts-tls-untrusted",
        sts=StsPlan(certificate=Certificate.UNTRUSTED),
        flags=QUICK,
    ),
    Scenario(
        name="proxy-error",
        summary="a proxy that refuses to connect to STS",
        expects="proxy-error",
        environ={"HTTPS_PROXY": "$proxy"},
        flags=QUICK,
    ),
    Scenario(
        name="proxy-unreachable",
        summary="a proxy that nothing listens at",
        expects="proxy-error",
        environ={"HTTPS_PROXY": "http://$nowhere"},
        flags=QUICK,
    ),
    Scenario(
        name="oidc-provider-missing",
        summary="the role's account has no provider for this issuer",
        expects="oidc-provider-missing",
        cloud=CloudPlan(provider=False),
    ),
    Scenario(
        name="token-unverifiable",
        summary="the provider's client ids lack the audience, which only IAM shows",
        expects="token-unverifiable",
        cloud=CloudPlan(client_ids=("another.example.com",)),
    ),
    Scenario(
        name="trust-policy-denied",
        summary="the trust policy names a misspelt service account",
        expects="trust-policy-denied",
        cloud=_trusting("StringEquals", f"system:serviceaccount:{NAMESPACE}:ap"),
    ),
    Scenario(
        name="healthy-by-wildcard",
        summary="a wildcard under StringLike, where it is one",
        cloud=_trusting("StringLike", f"system:serviceaccount:{NAMESPACE}:*"),
    ),
    _outright("throttled", "STS throttles", 400, "Throttling", "Rate exceeded"),
    _outright(
        "region-disabled",
        "STS is not active in this region for the role's account",
        403,
        "RegionDisabledException",
        "STS is not activated in this region for account: 111122223333. Your account administrator can activate "
        "STS in this region using the IAM Console.",
    ),
    _outright(
        "duration-too-long",
        "a longer session than the role allows",
        400,
        "ValidationError",
        "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
    ),
    _outright(
        "idp-communication",
        "STS had trouble with the issuer",
        400,
        "IDPCommunicationError",
        "The identity provider could not be reached",
    ),
    _outright(
        "idp-rejected-claim",
        "the issuer has taken the token back",
        403,
        "IDPRejectedClaim",
        "The identity provider reported that authentication failed",
    ),
    _outright(
        "packed-policy-too-large",
        "session policy and tags are too large",
        400,
        "PackedPolicyTooLarge",
        "Packed size of session tags consumes 105% of allotted space.",
    ),
    _outright(
        "sts-internal-failure",
        "STS itself fails",
        500,
        "InternalFailure",
        "The request processing has failed because of an unknown error, exception or failure.",
    ),
    _outright(
        "request-invalid",
        "STS finds the request malformed",
        400,
        "ValidationError",
        "1 validation error detected: Value at 'policyArns' failed to satisfy constraint: Member must have length "
        "less than or equal to 10",
    ),
    Scenario(
        name="roles-claim-excludes-role",
        summary="the token lists roles, and not this one",
        expects="roles-claim-excludes-role",
        token=TokenPlan(claims={"https://aws.amazon.com/roles": ["arn:aws:iam::$account:role/another"]}),
    ),
    Scenario(
        name="session-tags-invalid",
        summary="the token's session tags are not lists",
        expects="session-tags-invalid",
        token=TokenPlan(claims={"https://aws.amazon.com/tags": {"principal_tags": {"team": "payments"}}}),
    ),
    Scenario(
        name="sts-refused-unknown",
        summary="an answer that nobody has seen before",
        expects="sts-refused-unknown",
        sts=StsPlan(exchange=Outright(400, "TokenTooShiny", "The token is too shiny to be true.")),
    ),
    Scenario(
        name="caller-identity-refused",
        summary="the new credentials are not known yet",
        warns=("caller-identity-refused",),
        sts=StsPlan(
            caller=Outright(403, "InvalidClientTokenId", "The security token included in the request is invalid.")
        ),
    ),
    Scenario(
        name="clock-skew",
        summary="this pod's clock is ten minutes behind: its signatures have expired",
        expects="clock-skew",
        sts=StsPlan(ahead=600),
    ),
    Scenario(
        name="clock-skew-slight",
        summary="this pod's clock is two minutes behind",
        warns=("clock-skew",),
        sts=StsPlan(ahead=120),
    ),
)
