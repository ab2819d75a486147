"""Pods whose environment or token file is at fault: IRSA1xx. Data only."""

from sidecar.lab.plan import MountPlan, Scenario, Shape, TokenPlan

NO_IRSA: dict[str, str | None] = {"AWS_ROLE_ARN": None, "AWS_WEB_IDENTITY_TOKEN_FILE": None}
STATIC_PROFILE = "[default]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = not-a-key\n"
CHAINED_PROFILE = "[profile chained]\nrole_arn = $role_arn\nsource_profile = keys\n"
WEB_IDENTITY_PROFILE = "[default]\nsts_regional_endpoints = regional\nrole_arn = $role_arn\n"

ENVIRONMENT: tuple[Scenario, ...] = (
    Scenario(
        name="healthy-by-profile",
        summary="OpenShift's way: role and token file come from the AWS profile",
        environ=NO_IRSA,
        files={"credentials": WEB_IDENTITY_PROFILE + "web_identity_token_file = $token_file\n"},
    ),
    Scenario(
        name="irsa-env-not-injected",
        summary="the webhook did not act: no IRSA variable at all",
        expects="irsa-env-not-injected",
        environ=NO_IRSA,
    ),
    Scenario(
        name="webidentity-config-incomplete",
        summary="a token file without a role",
        expects="webidentity-config-incomplete",
        environ={"AWS_ROLE_ARN": None},
    ),
    Scenario(
        name="role-arn-misspelt",
        summary="AWS_IAM_ROLE_ARN instead of AWS_ROLE_ARN",
        expects="webidentity-config-incomplete",
        environ={"AWS_ROLE_ARN": None, "AWS_IAM_ROLE_ARN": "$role_arn"},
    ),
    Scenario(
        name="role-arn-invalid",
        summary="the ARN of a policy instead of a role's",
        expects="role-arn-invalid",
        environ={"AWS_ROLE_ARN": "arn:aws:iam::$account:policy/payments-app"},
    ),
    Scenario(
        name="role-arn-quoted",
        summary="a stray quote after the role's ARN",
        expects="role-arn-invalid",
        environ={"AWS_ROLE_ARN": '$role_arn"'},
    ),
    Scenario(
        name="role-arn-unexpected",
        summary="another role than the operator expects",
        expects="role-arn-unexpected",
        flags=("--expect-role-arn", "arn:aws:iam::$account:role/another"),
    ),
    Scenario(
        name="region-missing",
        summary="no region, in a partition that has no global endpoint",
        expects="region-missing",
        environ={
            "AWS_ROLE_ARN": "arn:aws-us-gov:iam::$account:role/payments-app",
            "AWS_REGION": None,
            "AWS_DEFAULT_REGION": None,
            "AWS_ENDPOINT_URL_STS": None,
            # Nothing of the lab may reach the real endpoint.
            "HTTPS_PROXY": "$proxy",
            "NO_PROXY": "localhost,127.0.0.1",
        },
    ),
    Scenario(
        name="region-only-for-some",
        summary="AWS_REGION alone, which boto3 and the AWS CLI v1 do not read",
        warns=("region-missing",),
        environ={"AWS_DEFAULT_REGION": None},
    ),
    Scenario(
        name="region-invalid",
        summary="white space after the region",
        expects="region-invalid",
        environ={"AWS_REGION": "eu-west-1 ", "AWS_DEFAULT_REGION": "eu-west-1 "},
    ),
    Scenario(
        name="partition-mismatch",
        summary="a role in China, asked for in us-east-1",
        expects="partition-mismatch",
        environ={
            "AWS_ROLE_ARN": "arn:aws-cn:iam::$account:role/payments-app",
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
        },
    ),
    Scenario(
        name="session-name-invalid",
        summary="a session name with a blank",
        expects="session-name-invalid",
        environ={"AWS_ROLE_SESSION_NAME": "payments app"},
    ),
    Scenario(
        name="sts-endpoint-setting-invalid",
        summary="AWS_STS_REGIONAL_ENDPOINTS=Regional",
        expects="sts-endpoint-setting-invalid",
        environ={"AWS_STS_REGIONAL_ENDPOINTS": "Regional"},
    ),
    Scenario(
        name="sts-endpoint-url-malformed",
        summary="an endpoint URL without a scheme",
        expects="sts-endpoint-setting-invalid",
        environ={"AWS_ENDPOINT_URL_STS": "sts.us-west-2.amazonaws.com"},
    ),
    Scenario(
        name="shadowed-credentials",
        summary="static keys in the environment, which every SDK takes first",
        expects="shadowed-credentials",
        environ={"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "not-a-key"},
    ),
    Scenario(
        name="shadowed-by-profile",
        summary="a profile that assumes the role from static keys",
        expects="shadowed-credentials",
        environ={"AWS_PROFILE": "chained"},
        files={"config": CHAINED_PROFILE, "credentials": STATIC_PROFILE.replace("default", "keys")},
    ),
    Scenario(
        name="shadowed-for-some",
        summary="static keys in the default profile, which some SDKs take first",
        warns=("shadowed-credentials",),
        files={"credentials": STATIC_PROFILE},
    ),
    Scenario(
        name="aws-profile-invalid",
        summary="AWS_PROFILE names a profile that does not exist",
        expects="aws-profile-invalid",
        environ={"AWS_PROFILE": "production"},
    ),
    Scenario(
        name="token-file-missing",
        summary="nothing at the token file's path",
        expects="token-file-missing",
        mount=MountPlan(shape=Shape.MISSING),
    ),
    Scenario(
        name="token-file-unreadable",
        summary="a token file that this user may not read",
        expects="token-file-unreadable",
        mount=MountPlan(mode=0o000),
        unprivileged=True,
    ),
    Scenario(
        name="token-file-directory",
        summary="a directory where the token file should be",
        expects="token-file-unreadable",
        mount=MountPlan(shape=Shape.DIRECTORY),
    ),
    Scenario(
        name="token-file-fifo",
        summary="a FIFO where the token file should be",
        expects="token-file-unreadable",
        mount=MountPlan(shape=Shape.FIFO),
    ),
    Scenario(
        name="token-file-loop",
        summary="a link to itself where the token file should be",
        expects="token-file-unreadable",
        mount=MountPlan(shape=Shape.LOOP),
    ),
    Scenario(
        name="token-empty",
        summary="an empty token file",
        expects="token-empty",
        token=TokenPlan(raw=""),
    ),
    Scenario(
        name="token-file-exposed",
        summary="a token file that every user in the pod can read",
        warns=("token-file-exposed",),
        mount=MountPlan(mode=0o644),
    ),
    Scenario(
        name="token-file-stale",
        summary="a copy of a token, at 95 % of its life, that nothing replaces",
        warns=("token-file-stale",),
        token=TokenPlan(times={"iat": -82000, "nbf": -82000, "exp": 4400}),
        mount=MountPlan(shape=Shape.COPY, age=82000),
    ),
    Scenario(
        name="token-file-unclean",
        summary="a newline after the token, which SDKs send as it is",
        expects="token-file-unclean",
        token=TokenPlan(tail="\n"),
    ),
)
