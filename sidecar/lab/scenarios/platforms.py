"""Pods of other platforms and partitions than an EKS cluster in aws. Data only.

``$tunnel`` is a proxy by which each host is the lab's, so that hosts of AWS can be asked for by their own names.
"""

from sidecar.lab.plan import AUDIENCE, SUBJECT, CloudPlan, IssuerPlan, Page, Scenario, StsPlan, TokenPlan

TUNNELLED: dict[str, str | None] = {
    "AWS_ENDPOINT_URL_STS": None,
    "HTTPS_PROXY": "$tunnel",
    "NO_PROXY": "localhost,127.0.0.1",
}
OPENSHIFT = "openshift"
BUCKET = "payments-oidc.s3.us-west-2.amazonaws.com"
OPENSHIFT_PROFILE = (
    "[default]\nsts_regional_endpoints = regional\nrole_arn = $role_arn\nweb_identity_token_file = $token_file\n"
)
SUBJECT_ONLY = {"StringEquals": {"$provider:sub": SUBJECT}}
BY_PROFILE: dict[str, str | None] = {"AWS_ROLE_ARN": None, "AWS_WEB_IDENTITY_TOKEN_FILE": None}

PLATFORMS: tuple[Scenario, ...] = (
    Scenario(
        name="healthy-in-china",
        summary="an EKS cluster, its role and STS in the partition aws-cn",
        environ={**TUNNELLED, "AWS_REGION": "cn-north-1", "AWS_DEFAULT_REGION": "cn-north-1"},
        issuer=IssuerPlan(host="oidc.eks.cn-north-1.amazonaws.com.cn"),
        cloud=CloudPlan(partition="aws-cn"),
        sts=StsPlan(host="sts.cn-north-1.amazonaws.com.cn"),
    ),
    Scenario(
        name="healthy-openshift",
        summary="OpenShift: profile, audience and subject-only trust policy as its own tools make them",
        environ={**TUNNELLED, **BY_PROFILE},
        files={"credentials": OPENSHIFT_PROFILE},
        flags=("--expect-audience", OPENSHIFT),
        token=TokenPlan(claims={"aud": [OPENSHIFT]}),
        issuer=IssuerPlan(host=BUCKET),
        cloud=CloudPlan(client_ids=(OPENSHIFT, AUDIENCE), conditions=SUBJECT_ONLY),
        sts=StsPlan(host="sts.us-west-2.amazonaws.com"),
    ),
    Scenario(
        name="audience-of-openshift",
        summary="a token for openshift, which this provider does not have among its client ids",
        expects="audience-mismatch",
        token=TokenPlan(claims={"aud": [OPENSHIFT]}),
        cloud=CloudPlan(conditions=SUBJECT_ONLY),
    ),
    Scenario(
        name="both-audiences-of-openshift",
        summary="a token for openshift and for STS at once",
        expects="audience-ambiguous",
        token=TokenPlan(claims={"aud": [OPENSHIFT, AUDIENCE]}),
        cloud=CloudPlan(client_ids=(OPENSHIFT, AUDIENCE), conditions=SUBJECT_ONLY),
    ),
    Scenario(
        name="issuer-bucket-private",
        summary="an issuer in a bucket that nobody else may read",
        expects="issuer-access-denied",
        environ=TUNNELLED,
        issuer=IssuerPlan(host=BUCKET, discovery=Page(status=403, body="<Error><Code>AccessDenied</Code></Error>")),
        sts=StsPlan(host="sts.us-west-2.amazonaws.com"),
    ),
    Scenario(
        name="global-token-in-opt-in-region",
        summary="AWS_REGION alone, in a region where the global endpoint's credentials are not valid",
        warns=("region-missing", "global-token-in-opt-in-region"),
        environ={**TUNNELLED, "AWS_REGION": "me-south-1", "AWS_DEFAULT_REGION": None},
        sts=StsPlan(host="sts.me-south-1.amazonaws.com"),
    ),
    Scenario(
        name="fips-without-region",
        summary="AWS_USE_FIPS_ENDPOINT without a region, which leads to a host that is not there",
        expects="sts-endpoint-setting-invalid",
        environ={
            **TUNNELLED,
            "AWS_REGION": None,
            "AWS_DEFAULT_REGION": None,
            "AWS_USE_FIPS_ENDPOINT": "true",
            # A proxy resolves the host: this one answers as one does that cannot.
            "HTTPS_PROXY": "$proxy",
        },
    ),
)
